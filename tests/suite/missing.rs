//! Points at which f has no value: where it has a derivative from around, that is given and said.

use crate::common::engines;
use ndarray::array;
use plusminus::{Closure, Difference, Engine, Error, Method, Notice, OnFailure, Precision, WgslObjective};

fn of(text: &str, n: usize) -> WgslObjective {
    WgslObjective::from_expression(text, n).unwrap()
}

/// Limits and derivatives by series.
#[test]
fn removable_singularities() {
    let cases = [
        ("sin(x0)/x0", 1.0, 0.0),
        ("(1-cos(x0))/x0^2", 0.5, 0.0),
        ("(exp(x0)-1)/x0", 1.0, 0.5),
        ("log(1+x0)/x0", 1.0, -0.5),
        ("x0/(exp(x0)-1)", 1.0, -0.5),
        ("(tan(x0)-sin(x0))/x0^3", 0.5, 0.0),
        ("1e3*x0^2/x0 + 5", 5.0, 1e3),
    ];
    for engine in engines() {
        for (text, limit, slope) in cases {
            for method in [Method::Auto, Method::Direct] {
                let what = format!("{text} on {} in {}, {method:?}", engine.device(), engine.precision());
                let mut evaluator = engine.evaluator(of(text, 1)).unwrap();
                let difference = Difference::default().with_method(method);
                let found = evaluator.value_and_gradient(array![[0.0]].view(), &difference).unwrap();
                let bar = found.error.as_ref().unwrap()[[0, 0]];
                assert!((found.value[[0, 0]] - slope).abs() <= bar, "{what}: {} ± {bar:e}", found.value);
                let most = if engine.precision() == Precision::F32 { 0.02 } else { 1e-9 };
                assert!(bar <= most * slope.abs().max(1.0), "{what}: {bar:e}");
                assert!(found.values.unwrap()[0].is_nan(), "{what}: f has no value");
                let said = found.remarks.iter().find_map(|remark| match remark.notice {
                    Notice::Missing { limit } => Some(limit),
                    _ => None,
                });
                let tolerance = if engine.precision() == Precision::F32 { 1e-2 } else { 1e-6 };
                assert!(said.is_some_and(|said| (said - limit).abs() < tolerance), "{what}: {said:?}");
            }
        }
    }
}

/// Close by, 1 - cos(x) is rounded to 0 in f32, and so is all: that tells nothing.
#[test]
fn where_f_is_rounded_to_one_number() {
    let text = "(1-cos(x0-1000))/(x0-1000)*exp(x0/1000)";
    let want = 0.5 * 1f64.exp();
    for engine in engines() {
        let mut evaluator = engine.evaluator(of(text, 1)).unwrap();
        let direct = Difference::default().with_method(Method::Direct);
        let found = evaluator.gradient_at(&[1000.0], &direct).unwrap();
        let bar = found.error.unwrap()[0];
        assert!(
            (found.value[0] - want).abs() <= bar && bar <= 1e-3,
            "{engine:?}: {} ± {bar:e}",
            found.value[0]
        );
    }
}

/// A kink is said with both slopes.
#[test]
fn kinks_at_missing_values() {
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(of("3*x0 + abs(x0)*sin(x0)/x0", 1)).unwrap();
    let found = evaluator.gradient_at(&[0.0], &Difference::default()).unwrap();
    assert!(found.error.unwrap()[0] >= 1.0);
    let Notice::Kink { left, right } = found.remarks[0].notice else { panic!("{:?}", found.remarks) };
    assert!((left - 2.0).abs() < 1e-3 && (right - 4.0).abs() < 1e-3, "{left} {right}");
}

/// Poles, logarithms, cusps, jumps, and points that lie on a whole line without values.
#[test]
fn no_derivative_around() {
    let texts = [
        "1/x0",
        "1/x0^2",
        "1/x0^4",
        "1/abs(x0) + x0",
        "log(abs(x0)) + x0",
        "5 + 1e-3*log(abs(x0)) + x0",
        "x0*log(abs(x0))",
        "x0*log(x0)",
        "x0/abs(x0)",
        "cos(1/x0)",
        "sqrt(-1 - x0^2)",
    ];
    for engine in engines() {
        for text in texts {
            let mut evaluator = engine.evaluator(of(text, 1)).unwrap();
            let found = evaluator.gradient_at(&[0.0], &Difference::default());
            let Err(Error::NonFiniteValue { detail, .. }) = &found else { panic!("{text}: {found:?}") };
            assert!(detail.contains("at the point itself"), "{text}: {detail}");
        }
        // A device may cancel x0/x0, since WGSL lets it assume that no number is NaN.
        if engine.device().starts_with("cpu") {
            let mut evaluator = engine.evaluator(of("sqrt(abs(x0))*x0/x0", 1)).unwrap();
            assert!(evaluator.gradient_at(&[0.0], &Difference::default()).is_err());
        }
        // Limits along the axes that differ.
        for text in ["(x0^2-x1^2)/(x0^2+x1^2)", "x0^2/(x0^2+x1^2) + x1"] {
            let mut evaluator = engine.evaluator(of(text, 2)).unwrap();
            assert!(evaluator.gradient_at(&[0.0, 0.0], &Difference::default()).is_err(), "{text}");
        }
        let mut evaluator = engine.evaluator(of("sin(x0+x1)/(x0+x1)", 2)).unwrap();
        assert!(evaluator.gradient_at(&[0.0, 0.0], &Difference::default()).is_ok());
        // Along x1 there is no value at all.
        let mut evaluator = engine.evaluator(of("sin(x0)/x0 + x1^2", 2)).unwrap();
        assert!(evaluator.gradient_at(&[0.0, 2.0], &Difference::default()).is_err());
    }
}

/// Others of a batch are what they were.
#[test]
fn beside_other_points() {
    let f = Closure::new(1, |x| x[0].sin() / x[0]).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let skip = Difference::default().with_on_failure(OnFailure::Skip);
    let points = array![[1.0], [0.0], [-2.0]];
    let all = evaluator.gradient(points.view(), &skip).unwrap();
    assert!(all.failures.is_empty() && all.remarks.len() == 1 && all.remarks[0].point == 1, "{all:?}");
    for point in [0, 2] {
        let alone = evaluator.gradient_at(&[points[[point, 0]]], &skip).unwrap();
        assert_eq!(all.value[[point, 0]], alone.value[0]);
    }
    assert!(all.value[[1, 0]].abs() <= all.error.unwrap()[[1, 0]]);
}
