//! Special functions from outside: their gradients and Hessians on all engines against derivatives in 35 digits, every component
//! within its bar; their names in both languages; what they are at the ends of their domains.
//!
//! Their values are held to bounds in ulp by `prelude.rs`.

use crate::common::by_precision;
#[cfg(feature = "gpu")]
use crate::common::gpu_in;
use crate::common::random::SplitMix64;
use crate::common::truth::{Truth, distance};
use ndarray::{Array2, ArrayView2, arr2};
use plusminus::{Difference, Engine, Precision, ShaderOptions, WgslObjective};

/// Names, and where arguments are taken in f32 and in f64.
const FUNCTIONS: &[(&str, [(f64, f64); 2])] = &[
    ("erf", [(-8.0, 8.0), (-20.0, 20.0)]),
    ("erfc", [(-5.0, 8.5), (-6.0, 20.0)]),
    ("erfcx", [(-6.0, 30.0), (-6.0, 100.0)]),
    ("log_ndtr", [(-100.0, 11.0), (-1e4, 25.0)]),
    ("lgamma", [(-5.0, 30.0), (-5.0, 200.0)]),
    ("digamma", [(-5.0, 30.0), (-5.0, 200.0)]),
    ("j0", [(-30.0, 30.0), (-200.0, 200.0)]),
    ("j1", [(-30.0, 30.0), (-200.0, 200.0)]),
    ("y0", [(0.0, 30.0), (0.0, 200.0)]),
    ("y1", [(0.0, 30.0), (0.0, 200.0)]),
    ("i0", [(-20.0, 20.0), (-100.0, 100.0)]),
    ("i1", [(-20.0, 20.0), (-100.0, 100.0)]),
    ("k0", [(0.0, 30.0), (0.0, 100.0)]),
    ("k1", [(0.0, 30.0), (0.0, 100.0)]),
    ("sinc", [(-10.0, 10.0), (-30.0, 30.0)]),
    ("cbrt", [(-9.0, 9.0), (-9.0, 9.0)]),
    ("logit", [(0.0, 1.0), (0.0, 1.0)]),
];

/// The sum of every function, each of a coordinate of its own that was rounded on the way, or was not.
fn text(rounded: bool) -> String {
    let term = |(i, (name, _)): (usize, &(&str, _))| {
        if rounded { format!("{name}(x({i}) * 1.0078125 + 0.015625)") } else { format!("{name}(x({i}))") }
    };
    let terms: Vec<String> = FUNCTIONS.iter().enumerate().map(term).collect();
    format!("fn objective() -> real {{ return {}; }}", terms.join(" + "))
}

fn points(precision: Precision, count: usize) -> Array2<f64> {
    let mut random = SplitMix64::new(23);
    let which = usize::from(precision == Precision::F64);
    Array2::from_shape_fn((count, FUNCTIONS.len()), |(_, i)| {
        let (low, high) = FUNCTIONS[i].1[which];
        let x = low + (high - low) * (0.02 + 0.94 * random.uniform());
        if precision == Precision::F32 { f64::from(x as f32) } else { x }
    })
}

fn objective(text: &str) -> WgslObjective {
    WgslObjective::new("test.wgsl", text, FUNCTIONS.len(), ShaderOptions::default()).unwrap()
}

/// Bars over slopes, of each function.
fn gradients(engine: &Engine, rounded: bool, count: usize) -> Vec<Vec<f64>> {
    let text = text(rounded);
    let (objective, truth) = (objective(&text), Truth::new(&text, FUNCTIONS.len(), None, &[]));
    let points = points(engine.precision(), count);
    let mut evaluator = engine.evaluator(&objective).unwrap();
    let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
    let bars = found.error.unwrap();
    let mut widths = vec![Vec::new(); FUNCTIONS.len()];
    for (k, x) in points.rows().into_iter().enumerate() {
        let exact = truth.gradient(x.as_slice().unwrap()).unwrap();
        for (i, (name, _)) in FUNCTIONS.iter().enumerate() {
            let (got, bar, want) = (found.value[[k, i]], bars[[k, i]], exact.pairs[i]);
            let error = distance(got, want);
            assert!(error <= bar, "{name} at {} on {engine:?}: {got:e} ± {bar:e} for {:e}", x[i], want.0);
            widths[i].push(bar / want.0.abs());
        }
    }
    widths
}

fn check(engine: &Engine, count: usize, ways: &[bool]) {
    let unit = by_precision(engine, 6e-8, 1.2e-16);
    for &rounded in ways {
        for (widths, (name, _)) in gradients(engine, rounded, count).iter_mut().zip(FUNCTIONS) {
            widths.sort_by(f64::total_cmp);
            // An exact argument leaves the function's own error; that of a rounded one goes by the curvature.
            let (middle, most) = (widths[count / 2], if rounded { 800.0 } else { 80.0 });
            assert!(
                middle <= most * unit,
                "{name} on {engine:?}, rounded {rounded}: {middle:e} of the slope"
            );
        }
    }
}

#[test]
fn gradients_on_the_cpu_engine_are_within_narrow_bars() {
    check(&Engine::cpu(Precision::F32), 16, &[false, true]);
    check(&Engine::cpu(Precision::F64), 16, &[false, true]);
}

/// Which of the two is compiled in which precision does not matter; each takes lavapipe a while.
#[cfg(feature = "gpu")]
#[test]
fn gradients_on_the_device_are_within_narrow_bars() {
    check(&gpu_in(Precision::F32), 12, &[true]);
    check(&gpu_in(Precision::F64), 12, &[false]);
}

fn hessians(engine: &Engine, rounded: bool) {
    let text = text(rounded);
    let (objective, truth) = (objective(&text), Truth::new(&text, FUNCTIONS.len(), None, &[]));
    let points = points(engine.precision(), 8);
    let mut evaluator = engine.evaluator(&objective).unwrap();
    let found = evaluator.hessian(points.view(), &Difference::default()).unwrap();
    let bars = found.error.unwrap();
    for (k, x) in points.rows().into_iter().enumerate() {
        let exact = truth.hessian(x.as_slice().unwrap()).unwrap();
        for (i, (name, _)) in FUNCTIONS.iter().enumerate() {
            let (got, bar, want) = (found.value[[k, i, i]], bars[[k, i, i]], exact[i][i]);
            let error = distance(got, want);
            assert!(error <= bar, "{name} at {} on {engine:?}: {got:e} ± {bar:e} for {:e}", x[i], want.0);
            let scale = want.0.abs().max(1e-3);
            let most = by_precision(engine, 1e-2, 1e-10) * scale;
            assert!(bar <= most, "{name} at {} on {engine:?}: ± {bar:e} for {:e}", x[i], want.0);
        }
    }
}

#[test]
fn hessians_are_within_their_bars() {
    for rounded in [false, true] {
        hessians(&Engine::cpu(Precision::F32), rounded);
        hessians(&Engine::cpu(Precision::F64), rounded);
    }
    #[cfg(feature = "gpu")]
    hessians(&gpu_in(Precision::F32), false);
}

fn value(engine: &Engine, expression: &str, x: f64) -> f64 {
    let objective = WgslObjective::from_expression(expression, 1).unwrap();
    engine.evaluator(&objective).unwrap().values(ArrayView2::from_shape((1, 1), &[x]).unwrap()).unwrap()[0]
}

/// Published values: Abramowitz & Stegun, tables 6.1, 7.1, 9.1, 9.8; and what follows from definitions.
#[test]
fn published_values() {
    let cases = [
        ("erf(x0)", 0.5, 0.520_499_877_8),
        ("erfc(x0)", 2.0, 0.004_677_734_98),
        ("lgamma(x0)", 1.5, -0.120_782_237_6),
        ("gammaln(x0)", 0.5, std::f64::consts::PI.sqrt().ln()),
        ("digamma(x0)", 1.0, -0.577_215_664_9),
        ("j0(x0)", 2.0, 0.223_890_779_1),
        ("j1(x0)", 2.0, 0.576_724_807_8),
        ("y0(x0)", 2.0, 0.510_375_672_6),
        ("y1(x0)", 2.0, -0.107_032_431_5),
        ("i0(x0)", 2.0, 2.279_585_302),
        ("i1(x0)", 2.0, 1.590_636_855),
        ("k0(x0)", 2.0, 0.113_893_872_7),
        ("k1(x0)", 2.0, 0.139_865_881_8),
        ("sinc(x0)", 0.5, std::f64::consts::FRAC_2_PI),
        ("sinc(x0)", 0.0, 1.0),
        ("cbrt(x0)", -27.0, -3.0),
        ("expit(x0)", 0.0, 0.5),
        ("logit(x0)", 0.75, 3f64.ln()),
        ("log_ndtr(x0)", 0.0, 0.5f64.ln()),
        ("logsumexp(x0, 1000)", 1000.0, 1000.0 + 2f64.ln()),
        ("logsumexp([x0, -1000, x0])", 3.0, 3.0 + 2f64.ln()),
        ("sinc(x0)", 3.0, 0.0),
        ("j0(x0)", 0.0, 1.0),
        ("i1(x0)", 0.0, 0.0),
    ];
    for engine in &[Engine::cpu(Precision::F32), Engine::cpu(Precision::F64)] {
        for (expression, x, want) in cases {
            let got = value(engine, expression, x);
            let most = by_precision(engine, 1e-6, 1e-9) * f64::max(want.abs(), 1e-2);
            assert!((got - want).abs() <= most, "{expression} at {x}: {got} for {want}");
        }
    }
}

/// Slopes of ln Σ e^v are the softmax, where elements are equal, too, for which a largest one has a corner.
#[test]
fn the_gradient_of_logsumexp_is_the_softmax() {
    let engines = [
        Engine::cpu(Precision::F32),
        Engine::cpu(Precision::F64),
        #[cfg(feature = "gpu")]
        gpu_in(Precision::F32),
        #[cfg(feature = "gpu")]
        gpu_in(Precision::F64),
    ];
    let points = arr2(&[[0.5, 0.5, 0.5], [1.0, -2.0, 800.0], [-3.0, -3.0, -2.5]]);
    for expression in ["logsumexp(x)", "logsumexp(logsumexp(x0, x1), x2)"] {
        let objective = WgslObjective::from_expression(expression, 3).unwrap();
        for engine in &engines {
            let mut evaluator = engine.evaluator(&objective).unwrap();
            let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
            let bars = found.error.unwrap();
            for ((x, got), bar) in points.rows().into_iter().zip(found.value.rows()).zip(bars.rows()) {
                let most = x.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
                let exps = x.mapv(|x| (x - most).exp());
                let want = &exps / exps.sum();
                for i in 0..3 {
                    let tight = bar[i] <= by_precision(engine, 1e-4, 1e-12);
                    assert!(
                        (got[i] - want[i]).abs() <= bar[i] + 1e-16 && tight,
                        "{expression} at {x}: {} ± {:e} for {} on {engine:?}",
                        got[i],
                        bar[i],
                        want[i]
                    );
                }
            }
        }
    }
}

/// Names of Bessel functions may be values; a text's own functions come before the engine's.
#[test]
fn names_that_people_use_for_other_things() {
    let engine = Engine::cpu(Precision::F64);
    assert_eq!(value(&engine, "k1 = 2*x0; y0 = k1 + 1; y0*k1", 1.5), 12.0);
    let own = "const k0: real = 2.0;
        fn erf(a: real) -> real { return a * a; }
        fn objective() -> real { let k1 = x(0); let k2 = erf(k1); return k0 * k2; }";
    let objective = WgslObjective::new("own.wgsl", own, 1, ShaderOptions::default()).unwrap();
    let x = arr2(&[[3.0]]);
    assert_eq!(engine.evaluator(&objective).unwrap().values(x.view()).unwrap()[0], 18.0);
    let found = engine.evaluator(&objective).unwrap().gradient(x.view(), &Difference::default()).unwrap();
    assert!((found.value[[0, 0]] - 12.0).abs() <= 1e-12);
}
