//! The second tier of error bars: samples with random rounding where bounds are wide, on the CPU engine.

use crate::common::truth::{Truth, distance};
use crate::common::{by_precision, models};
use plusminus::{
    Bars, Difference, Engine, Evaluator, Gradient, Notice, Precision, ShaderOptions, WgslObjective,
};

fn cpu() -> [Engine; 2] {
    [Precision::F32, Precision::F64].map(Engine::cpu)
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
        for engine in cpu() {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let threshold = by_precision(&engine, 2e-5, 1e-11);
            for x in &model.points {
                let Some(exact) = truth.gradient(x) else { continue };
                let found = gradient(&mut evaluator, x, Bars::Auto);
                let bounded = gradient(&mut evaluator, x, Bars::Certain);
                assert_eq!(found.value, bounded.value);
                let largest = found.value.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
                for axis in 0..n {
                    let what = format!("{}, {}, x[{axis}]", model.name, engine.precision());
                    let (value, bar) = (found.value[[0, axis]], found.error.as_ref().unwrap()[[0, axis]]);
                    let bound = bounded.error.as_ref().unwrap()[[0, axis]];
                    let error = distance(value, exact.pairs[axis]);
                    if std::env::var("SHOW").is_ok() && bound > threshold * value.abs() {
                        println!(
                            "{what}: {value:e}: error {error:.1e}, bar {bar:.1e}, bound {bound:.1e}, {:?}",
                            certain(&found, axis)
                        );
                    }
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
