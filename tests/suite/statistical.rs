//! The second tier of error bars: samples with random rounding where bounds are wide.

use crate::common::truth::{Truth, distance};
use crate::common::{by_precision, models};
use plusminus::{
    Bars, Closure, Difference, Engine, Evaluator, Formula, Gradient, Notice, Number, Precision, Separable,
    ShaderOptions, WgslObjective,
};

/// The CPU engine in both precisions; and a device in f32, whose compilers take long, for some models.
#[cfg_attr(not(feature = "gpu"), allow(unused_variables, reason = "there are no devices"))]
fn engines(model: &str) -> Vec<Engine> {
    let engines = [Precision::F32, Precision::F64].map(Engine::cpu).into_iter();
    #[cfg(feature = "gpu")]
    if model.contains("200") {
        return engines.chain([crate::common::gpu_in(Precision::F32)]).collect();
    }
    engines.collect()
}

fn gradient(evaluator: &mut Evaluator<'_>, x: &[f64], bars: Bars) -> Gradient {
    let points = ndarray::ArrayView2::from_shape((1, x.len()), x).unwrap();
    evaluator.gradient(points, &Difference::default().with_bars(bars)).unwrap()
}

/// What is said of a component.
fn certain(found: &Gradient, axis: usize) -> Option<f64> {
    found.remarks.iter().filter(|remark| remark.axis == Some(axis)).find_map(|remark| match remark.notice {
        Notice::Statistical { certain } => Some(certain),
        _ => None,
    })
}

/// Where bounds add up what errors cancel: the bars of recurrences and of long sums become useful, hold, and are called
/// statistical; bounds are still to be had, and those that are narrow stay.
#[test]
fn wide_bounds_of_models_are_narrowed() {
    for model in models::all() {
        let n = model.points[0].len();
        let options = ShaderOptions { data: model.data.clone(), terms: model.terms, ..Default::default() };
        let f = WgslObjective::new(model.name, &model.text, n, options).unwrap();
        let truth = Truth::new(&model.text, n, model.terms, &model.data);
        for engine in engines(model.name) {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let threshold = by_precision(&engine, 2e-5, 1e-11);
            for x in model.points.iter().step_by(3) {
                let Some(exact) = truth.gradient(x) else { continue };
                let found = gradient(&mut evaluator, x, Bars::Auto);
                let bounded = gradient(&mut evaluator, x, Bars::Certain);
                assert_eq!(found.value, bounded.value);
                let largest = found.value.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
                for axis in 0..n {
                    let what = format!("{}, {engine:?}, x[{axis}]", model.name);
                    let (value, bar) = (found.value[[0, axis]], found.error.as_ref().unwrap()[[0, axis]]);
                    let bound = bounded.error.as_ref().unwrap()[[0, axis]];
                    let error = distance(value, exact.pairs[axis]);
                    assert!(error <= bar, "{what}: {value} ± {bar:e} is off by {error:e}");
                    assert_eq!(certain(&bounded, axis), None);
                    match certain(&found, axis) {
                        Some(certain) => {
                            assert_eq!(certain, bound);
                            assert!(
                                bar < bound && bound > threshold * value.abs(),
                                "{what}: {bar:e}, {bound:e}"
                            );
                        }
                        None => assert!(bar == bound, "{what}"),
                    }
                    assert!(bar <= 40.0 * threshold * largest, "{what}: {value} ± {bar:e}, bound {bound:e}");
                }
            }
        }
    }
}

/// At a corner either slope may be the true one: samples might not know of the other, so that the bound stands.
#[test]
fn corners_have_no_samples() {
    // A recurrence that forgets its errors, which bounds do not; it ends at 1/x1.
    let text = |result: &str| {
        format!(
            "fn objective() -> real {{
                var y = x(0);
                for (var i = 0u; i < 100u; i++) {{ y += 0.05 * (1.0 - x(1) * y); }}
                return {result};
            }}"
        )
    };
    for (result, is_sampled) in [("y", true), ("abs(y - 0.5)", false), ("max(y, 1.5 * y - 0.25)", false)] {
        let f = WgslObjective::new("recurrence", &text(result), 2, ShaderOptions::default()).unwrap();
        let mut evaluator = Engine::cpu(Precision::F32).evaluator(&f).unwrap();
        let found = gradient(&mut evaluator, &[0.5, 2.0], Bars::Auto);
        assert_eq!(certain(&found, 1).is_some(), is_sampled, "{result}: {found}");
    }
}

/// What is printed says which bars are statistical, and what the bounds are.
#[test]
fn statistical_bars_are_called_so() {
    let model = models::all().into_iter().find(|model| model.name.contains("200 steps")).unwrap();
    let options = ShaderOptions { data: model.data.clone(), terms: model.terms, ..Default::default() };
    let f = WgslObjective::new(model.name, &model.text, model.points[0].len(), options).unwrap();
    let mut evaluator = Engine::cpu(Precision::F32).evaluator(&f).unwrap();
    let said = |found: Gradient| found.to_string().matches("the error bar is statistical").count();
    assert_eq!(said(gradient(&mut evaluator, &model.points[0], Bars::Auto)), 4);
    assert_eq!(said(gradient(&mut evaluator, &model.points[0], Bars::Certain)), 0);
}

/// The model of the same name: damped, 200 steps by the classical Runge-Kutta method.
#[derive(Clone)]
struct Pendulum;

impl Formula for Pendulum {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let slope = |[angle, speed]: [N; 2]| [speed, -x[2] * speed - x[3] * angle.sin()];
        let moved = |s: [N; 2], by: N, a: [N; 2]| [s[0] + by * a[0], s[1] + by * a[1]];
        let (h, two) = (N::of(0.02), N::of(2.0));
        let mut s = [x[0], x[1]];
        for _ in 0..200 {
            let a = slope(s);
            let b = slope(moved(s, N::of(0.5) * h, a));
            let c = slope(moved(s, N::of(0.5) * h, b));
            let d = slope(moved(s, h, c));
            let sum = |i: usize| a[i] + two * b[i] + two * c[i] + d[i];
            s = moved(s, h / N::of(6.0), [sum(0), sum(1)]);
        }
        let off = s[0] - N::of(0.5);
        off * off + N::of(0.1) * s[1] * s[1]
    }
}

/// Two of them.
#[derive(Clone)]
struct Pendulums;

impl Separable for Pendulums {
    fn terms(&self) -> usize {
        2
    }

    fn reads(&self, term: usize) -> Vec<usize> {
        (4 * term..4 * term + 4).collect()
    }

    #[inline(always)]
    fn term<N: Number>(&self, term: usize, x: &[N]) -> N {
        Pendulum.value(&x[4 * term..4 * term + 4])
    }
}

/// Functions in Rust have samples, too: first and second slopes, formulas and terms.
#[test]
fn functions_in_rust_have_samples() {
    let model = models::all().into_iter().find(|model| model.name.contains("200 steps")).unwrap();
    let truth = Truth::new(&model.text, 4, None, &[]);
    let formula = Closure::formula(4, Pendulum).unwrap();
    let terms = Closure::separable(8, Pendulums).unwrap();
    let points = [&model.points[0], &model.points[1]];
    let exact = points.map(|x| truth.gradient(x).unwrap().pairs);
    for engine in engines("") {
        let is_single = engine.precision() == Precision::F32;
        let most = by_precision(&engine, 4e-5, 1e-12);
        let joined: Vec<f64> = points.iter().flat_map(|x| x.to_vec()).collect();
        for (f, x, exact) in [(&formula, points[0], exact[0].clone()), (&terms, &joined, exact.concat())] {
            let mut evaluator = engine.evaluator(f).unwrap();
            let found = gradient(&mut evaluator, x, Bars::Auto);
            let bounded = gradient(&mut evaluator, x, Bars::Certain);
            assert_eq!(found.value, bounded.value);
            let largest = found.value.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
            for (axis, &want) in exact.iter().enumerate() {
                let (value, bar) = (found.value[[0, axis]], found.error.as_ref().unwrap()[[0, axis]]);
                let bound = bounded.error.as_ref().unwrap()[[0, axis]];
                let error = distance(value, want);
                assert!(error <= bar, "{axis}: {value} ± {bar:e} is off by {error:e}");
                assert!(bar <= most * largest, "{axis}: {value} ± {bar:e}");
                if is_single {
                    assert_eq!(certain(&found, axis), Some(bound));
                    assert!(bound > 1e3 * bar, "{axis}: {bar:e}, bound {bound:e}");
                }
            }
        }
        let x = ndarray::ArrayView2::from_shape((1, 4), points[0]).unwrap();
        let found = engine.evaluator(&formula).unwrap().hessian(x, &Difference::default()).unwrap();
        let want = truth.hessian(points[0]).unwrap();
        let largest = found.value.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        for (((_, i, j), &value), &bar) in found.value.indexed_iter().zip(found.error.as_ref().unwrap()) {
            let error = distance(value, want[i][j]);
            assert!(error <= bar, "{i} {j}: {value} ± {bar:e} is off by {error:e}");
            assert!(bar <= 2.0 * most * largest, "{i} {j}: {value} ± {bar:e}");
        }
        assert!(!is_single || !found.remarks.is_empty());
    }
}

/// A recurrence that forgets its errors, which bounds do not; with a corner at its end or without.
#[derive(Clone)]
struct Forgets(bool);

impl Formula for Forgets {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut y = x[0];
        for _ in 0..100 {
            y += N::of(0.05) * (N::of(1.0) - x[1] * y);
        }
        if self.0 { (y - N::of(0.5)).abs() } else { y }
    }
}

#[test]
fn corners_in_rust_have_no_samples() {
    for has_corner in [false, true] {
        let f = Closure::formula(2, Forgets(has_corner)).unwrap();
        let mut evaluator = Engine::cpu(Precision::F32).evaluator(&f).unwrap();
        let found = gradient(&mut evaluator, &[0.5, 2.0], Bars::Auto);
        assert_eq!(certain(&found, 1).is_some(), !has_corner, "{found}");
    }
}
