//! The second tier of error bars: samples with random rounding where bounds are wide.

use crate::common::truth::{Truth, distance};
use crate::common::{by_precision, models};
use plusminus::{
    Bars, Difference, Engine, Evaluator, Gradient, Notice, Precision, ShaderOptions, WgslObjective,
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
        let options = ShaderOptions { data: model.data.clone(), terms: model.terms };
        let f = WgslObjective::new(model.name, &model.text, n, options).unwrap();
        let truth = Truth::new(&model.text, n, model.terms, &model.data);
        for engine in engines(model.name) {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let threshold = by_precision(&engine, 2e-5, 1e-11);
            for x in &model.points {
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
    let options = ShaderOptions { data: model.data.clone(), terms: model.terms };
    let f = WgslObjective::new(model.name, &model.text, model.points[0].len(), options).unwrap();
    let mut evaluator = Engine::cpu(Precision::F32).evaluator(&f).unwrap();
    let said = |found: Gradient| found.to_string().matches("the error bar is statistical").count();
    assert_eq!(said(gradient(&mut evaluator, &model.points[0], Bars::Auto)), 4);
    assert_eq!(said(gradient(&mut evaluator, &model.points[0], Bars::Certain)), 0);
}
