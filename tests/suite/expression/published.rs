//! Every function of the crate `argmin_testfunctions`, written as an expression: values and gradients on the CPU engine and
//! on a device, in f32 and f64, against the crate's own values and derivatives.

use crate::common::expression_cases::{Case, cases};
use crate::common::{by_precision, central, engines, point};
use ndarray::array;
use plusminus::{Descent, GradientDescent, Objective, Outcome, Precision, WgslObjective};

#[test]
fn expressions_agree_with_the_functions_on_every_engine() {
    for Case { name, text, value: f, gradient: derivative, x, .. } in cases() {
        let objective = WgslObjective::from_expression(text, x.len()).unwrap();
        let (points, want) = (point(&x), point(&derivative(&x)));
        for engine in engines() {
            let mut evaluator = engine.evaluator(&objective).unwrap();
            if name == "cross_in_tray" && engine.precision() == Precision::F32 {
                // e^100 on the way is beyond f32, and that is said.
                let error = evaluator.values(points.view()).unwrap_err().to_string();
                assert!(error.contains("use precision f64"), "{error}");
                continue;
            }
            let value = evaluator.values(points.view()).unwrap()[0];
            let epsilon = engine.precision().epsilon();
            let scale = f(&x).abs().max(1.0);
            // e^100 on the way to a value of 2 takes 100 times its rounding.
            let bound = if name == "cross_in_tray" { 200.0 } else { 30.0 } * epsilon * scale;
            assert!((value - f(&x)).abs() <= bound, "{name} on {engine:?}: {value} for {}", f(&x));

            let how = central(if engine.precision() == Precision::F64 { -17 } else { -8 });
            let gradient = evaluator.gradient(points.view(), &how).unwrap().value;
            let size = want.iter().fold(1e-3 * scale, |a: f64, g| a.max(g.abs()));
            let error = (&gradient - &want).iter().fold(0.0, |a: f64, e| a.max(e.abs())) / size;
            // Truncation is h², noise ε·f/h.
            let bound = by_precision(&engine, 2e-3, 1e-7);
            assert!(error <= bound, "{name} on {engine:?}: gradient off by {error:e}");
        }
    }
}

/// An expression descends like anything else: the textbook's 0.01·x₀² + 0.1·x₀, whose minimum is at -5.
#[test]
fn an_expression_descends_to_its_minimum() {
    let f = WgslObjective::from_expression("0.01*x0^2 + 0.1*x0", 1).unwrap();
    assert_eq!(f.name(), "0.01*x0^2 + 0.1*x0");
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let descent = Descent::new(GradientDescent::new(10.0)).steps(100);
        let done = descent.run(&mut evaluator, array![[3.0], [-20.0]].view()).unwrap();
        assert!(done.points.iter().all(|x| (x + 5.0).abs() < 1e-2), "{engine:?}: {}", done.points);
        assert!(done.outcomes.iter().all(|outcome| !Outcome::is_failure(outcome)));
    }
}

/// A wrong coefficient does not pass.
#[test]
fn a_wrong_expression_is_noticed() {
    let Case { text, value: f, x, .. } = cases().swap_remove(2);
    let wrong = WgslObjective::from_expression(&text.replace("- 7", "- 7.0001"), x.len()).unwrap();
    assert!((wrong.value(&x) - f(&x)).abs() > 1e-6);
}
