//! Slopes of terms that read few coordinates each, on the CPU engine: against exact derivatives, and that a term is run along
//! what it reads, and along nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::by_precision;
use crate::common::truth::{Pair, Truth, distance};
use ndarray::{Array2, Axis};
use plusminus::{
    Bars, Closure, Difference, Engine, Evaluator, Method, Notice, Number, Precision, Remark, Scheme,
    Separable, Step,
};

fn cpu() -> [Engine; 2] {
    [Precision::F32, Precision::F64].map(Engine::cpu)
}

/// Coordinates; terms, which are more than a task takes.
const N: usize = 11;
const TERMS: usize = 300;

/// Terms that read one to three coordinates, here and there.
#[derive(Clone)]
struct Scattered;

impl Separable for Scattered {
    fn terms(&self) -> usize {
        TERMS
    }

    fn reads(&self, s: usize) -> Vec<usize> {
        vec![s % N, (3 * s + 7) % N, (5 * s + 4) % N]
    }

    #[inline(always)]
    fn term<X: Number>(&self, s: usize, x: &[X]) -> X {
        let [a, b, c] = [s % N, (3 * s + 7) % N, (5 * s + 4) % N].map(|i| x[i]);
        let k = X::of(s as f64) * X::of(0.01);
        (a * b).sin() + k * (X::of(0.25) * c).exp() / (X::of(2.0) + a * a) - k.mul_add(b, c).powi(2)
    }
}

/// The same of the terms that data names.
const TEXT: &str = "fn term(i: u32) -> real {
    let s = u32(data(i));
    let a = x(s % 11u);
    let b = x((3u * s + 7u) % 11u);
    let c = x((5u * s + 4u) % 11u);
    let k = real(s) * 0.01;
    let d = k * b + c;
    return sin(a * b) + k * exp(0.25 * c) / (2.0 + a * a) - d * d;
}";

fn truth(terms: &[u32]) -> Truth {
    let data: Vec<f64> = terms.iter().map(|&term| f64::from(term)).collect();
    Truth::new(TEXT, N, Some(terms.len()), &data)
}

fn points(count: usize) -> Array2<f64> {
    Array2::from_shape_fn((count, N), |(i, j)| {
        0.25 + 0.125 * ((3 * i + 5 * j) % 17) as f64 - 0.0625 * i as f64
    })
}

fn is_statistical(remark: &Remark) -> bool {
    matches!(remark.notice, Notice::Statistical { .. })
}

/// Each within its bar, which is narrow.
fn hold<'a>(
    what: &str,
    got: impl Iterator<Item = (&'a f64, &'a f64)>,
    want: impl Iterator<Item = Pair>,
    most: f64,
    slack: f64,
) {
    let all: Vec<_> = got.zip(want).collect();
    let size = all.iter().fold(0.0, |most: f64, (_, want)| most.max(want.0.abs()));
    for (i, ((&got, &bar), want)) in all.into_iter().enumerate() {
        let error = distance(got, want);
        assert!(error <= bar + slack * size, "{what}, {i}: {got} ± {bar:e} for {}", want.0);
        assert!(bar <= most * size, "{what}, {i}: {got} ± {bar:e}");
        assert!(error <= 0.02 * most * size, "{what}, {i}: {got} is off by {error:e}");
    }
}

/// The sums over all terms and over some, at one point and at many: gradients, along directions, at a step of one's own.
#[test]
fn first_slopes() {
    let f = Closure::separable(N, Scattered).unwrap();
    let (all, some) = ((0..TERMS as u32).collect::<Vec<_>>(), vec![3, 140, 77, 299, 12]);
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let most = by_precision(&engine, 1e-4, 2e-13);
        let how = Difference::default();
        assert_eq!(evaluator.resolve(&how).unwrap().method, Method::Incremental);
        for (terms, count) in [(&all, 1), (&some, 3)] {
            evaluator.select((terms.len() < TERMS).then_some(&terms[..])).unwrap();
            let (truth, points) = (truth(terms), points(count));
            let found = evaluator.value_and_gradient(points.view(), &how).unwrap();
            let bars = found.error.as_ref().unwrap();
            assert!(found.remarks.iter().all(is_statistical), "{:?}", found.remarks);
            let plain = evaluator.gradient(points.view(), &how.with_bars(Bars::Off)).unwrap();
            assert_eq!(plain.value, found.value);
            let along = evaluator.directional(points.view(), points.view(), &how).unwrap();
            let step = how.with_step(Step::fixed(1.0).unwrap());
            let finite = evaluator.gradient(points.view(), &step).unwrap();
            assert!(finite.error.is_none() && finite.remarks.is_empty());
            for (p, x) in points.rows().into_iter().enumerate() {
                let x = x.to_vec();
                let exact = truth.gradient(&x).unwrap();
                let got = found.value.row(p).to_vec();
                hold("gradient", got.iter().zip(bars.row(p)), exact.pairs.iter().copied(), most, 0.0);
                let value = found.values.as_ref().unwrap()[p];
                assert!((value - exact.value).abs() <= 0.02 * most * exact.value.abs().max(1.0));
                let want: f64 = exact.gradient.iter().zip(&x).map(|(d, x)| d * x).sum();
                assert!((along.value[p] - want).abs() <= 0.02 * most * want.abs().max(10.0));
                let seed =
                    |axis: usize| -> Vec<f64> { (0..N).map(|i| f64::from(u8::from(i == axis))).collect() };
                // Exact quotients of all terms take long.
                for axis in (0..N).step_by(if terms.len() == TERMS { 4 } else { 1 }) {
                    let [up, down] = [1.0, -1.0].map(|h| truth.quotient(&x, &seed(axis), h).unwrap().0);
                    let (got, want) = (finite.value[[p, axis]], 0.5 * (up + down));
                    assert!((got - want).abs() <= 0.02 * most * want.abs().max(1.0), "{got} for {want}");
                }
            }
        }
    }
}

/// Hessians and their products, over all terms and over some.
#[test]
fn second_slopes() {
    let f = Closure::separable(N, Scattered).unwrap();
    let (all, some) = ((0..TERMS as u32).collect::<Vec<_>>(), vec![3, 140, 77, 299, 12]);
    let how = Difference::default();
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let most = by_precision(&engine, 2e-4, 1e-12);
        for (terms, count) in [(&all, 1), (&some, 17)] {
            evaluator.select((terms.len() < TERMS).then_some(&terms[..])).unwrap();
            let (truth, points) = (truth(terms), points(count));
            let vectors = points.mapv(|x| 0.5 * x - 0.75);
            let found = evaluator.hessian(points.view(), &how).unwrap();
            assert!(found.remarks.iter().all(is_statistical), "{:?}", found.remarks);
            let product = evaluator.hessian_product(points.view(), vectors.view(), &how).unwrap();
            for (p, x) in points.rows().into_iter().enumerate() {
                let want = truth.hessian(&x.to_vec()).unwrap();
                let (got, bars) = (found.value.index_axis(Axis(0), p), found.error.as_ref().unwrap());
                let pairs = got.iter().zip(bars.index_axis(Axis(0), p));
                let pairs: Vec<(f64, f64)> = pairs.map(|(&got, &bar)| (got, bar)).collect();
                hold("Hessian", pairs.iter().map(|(a, b)| (a, b)), want.iter().flatten().copied(), most, 0.0);
                let sums =
                    want.iter().map(|row| (row.iter().zip(vectors.row(p)).map(|(h, v)| h.0 * v).sum(), 0.0));
                let bars = product.error.as_ref().unwrap().row(p);
                hold("product", product.value.row(p).iter().zip(bars), sums, most, 8.0 * f64::EPSILON);
            }
        }
    }
}

/// Each term by itself: slopes along what it reads, and 0 along the rest.
#[test]
fn jacobians() {
    let f = Closure::separable(N, Scattered).unwrap();
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        evaluator.select(Some(&[250, 3, 3, 77])).unwrap();
        let points = points(19);
        let found = evaluator.jacobian(points.view(), &Difference::default()).unwrap();
        let bars = found.error.unwrap();
        for (i, term) in [250, 3, 3, 77].into_iter().enumerate() {
            let truth = truth(&[term]);
            for (p, x) in points.rows().into_iter().enumerate() {
                let want = truth.gradient(&x.to_vec()).unwrap().pairs;
                let reads = Scattered.reads(term as usize);
                for axis in 0..N {
                    let (got, bar) = (found.value[[p, i, axis]], bars[[p, i, axis]]);
                    assert!(distance(got, want[axis]) <= bar, "{term} {axis}: {got} for {}", want[axis].0);
                    assert!(reads.contains(&axis) || (got == 0.0 && bar == 0.0));
                }
            }
        }
    }
}

/// Rosenbrock's function in a chain, which counts how often its terms are run.
#[derive(Clone)]
struct Chain(usize, Arc<AtomicUsize>);

impl Separable for Chain {
    fn terms(&self) -> usize {
        self.0 - 1
    }

    fn reads(&self, term: usize) -> Vec<usize> {
        vec![term + 1, term]
    }

    #[inline(always)]
    fn term<X: Number>(&self, s: usize, x: &[X]) -> X {
        self.1.fetch_add(1, Ordering::Relaxed);
        let (a, b) = (X::of(1.0) - x[s], x[s + 1] - x[s] * x[s]);
        a * a + X::of(100.0) * b * b
    }
}

/// All numbers are exact here, so that a term that is left out or counted twice shows; and each is run once, or once for all
/// points of a block.
#[test]
fn no_term_is_left_out_and_none_is_run_in_vain() {
    let n = 1000;
    let runs = Arc::new(AtomicUsize::new(0));
    let f = Closure::separable(n, Chain(n, Arc::clone(&runs))).unwrap();
    let how = Difference::default().with_scheme(Scheme::Central);
    let counted = |evaluator: &mut Evaluator<'_>, count: usize, how: &Difference| {
        let points = Array2::from_shape_fn((count, n), |(i, j)| 0.25 * ((i + 3 * j) % 7) as f64 - 0.5);
        runs.store(0, Ordering::Relaxed);
        let found = evaluator.gradient(points.view(), how).unwrap();
        let made = runs.load(Ordering::Relaxed);
        for (x, got) in points.rows().into_iter().zip(found.value.rows()) {
            for i in 0..n {
                let mut want = 0.0;
                if i + 1 < n {
                    want += -2.0 * (1.0 - x[i]) - 400.0 * x[i] * (x[i + 1] - x[i] * x[i]);
                }
                if i > 0 {
                    want += 200.0 * (x[i] - x[i - 1] * x[i - 1]);
                }
                assert_eq!(got[i], want, "{i}");
            }
        }
        made
    };
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        for how in [how.with_bars(Bars::Certain), how.with_bars(Bars::Off)] {
            assert_eq!(counted(&mut evaluator, 1, &how), n - 1);
            assert_eq!(counted(&mut evaluator, 32, &how), (n - 1) * by_precision(&engine, 2.0, 4.0) as usize);
        }
    }
}
