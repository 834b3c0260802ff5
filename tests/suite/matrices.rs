//! Claimed Jacobians and Hessians: right ones pass, planted mistakes are found and named, on every engine.

use crate::common::engines;
use ndarray::{Array3, array};
use plusminus::{
    Difference, Engine, Method, Precision, Quadratic, Tolerance, VectorClosure, Verdict, WgslObjective,
};

const ROWS: [&str; 3] = ["x0^2*x1 + exp(0.3*x2)", "sin(x1*x2)", "x0/(1 + x2^2)"];
const JACOBIAN: [&str; 9] = [
    "2*x0*x1",
    "x0^2",
    "0.3*exp(0.3*x2)",
    "0*x0",
    "x2*cos(x1*x2)",
    "x1*cos(x1*x2)",
    "1/(1 + x2^2)",
    "0*x0",
    "-2*x0*x2/(1 + x2^2)^2",
];
const F: &str = "x0^2*x1 + exp(0.3*x0*x2) + sin(x1)";
const HESSIAN: [&str; 9] = [
    "2*x1 + 0.09*x2^2*exp(0.3*x0*x2)",
    "2*x0",
    "(0.3 + 0.09*x0*x2)*exp(0.3*x0*x2)",
    "2*x0",
    "-sin(x1)",
    "0*x0",
    "(0.3 + 0.09*x0*x2)*exp(0.3*x0*x2)",
    "0*x0",
    "0.09*x0^2*exp(0.3*x0*x2)",
];

fn points() -> ndarray::Array2<f64> {
    array![[0.7, -1.3, 0.4], [2.0, 3.0, -1.0], [-0.1, 0.2, 1.9]]
}

fn claimed(engine: &Engine, texts: &[&str]) -> Array3<f64> {
    let f = WgslObjective::from_expressions(texts, 3).unwrap();
    let numbers = engine.evaluator(&f).unwrap().terms(points().view()).unwrap();
    Array3::from_shape_vec((3, 3, 3), numbers.into_iter().collect()).unwrap()
}

/// A change of the claim, where it is wrong, and what the diagnosis says.
type Mistake = (fn(&mut Array3<f64>), &'static [(usize, usize)], &'static str);

const MISTAKES: [Mistake; 4] = [
    (|claim| claim[[1, 1, 2]] *= -1.0, &[(1, 2)], "only"),
    (|claim| claim[[1, 0, 0]] *= 1.01, &[(0, 0)], "only"),
    (|claim| claim[[1, 2, 2]] = 0.0, &[(2, 2)], "0 is claimed for"),
    (|claim| claim.iter_mut().for_each(|entry| *entry *= 2.0), &[], "by the factor 2.000"),
];

fn is_found(check: &plusminus::MatrixCheck, wrong: &[(usize, usize)], says: &str, what: &str) {
    assert!(!check.is_right(), "{what}: {check}");
    for entry in &check.points[1].entries {
        let place = (entry.row, entry.column);
        let want = if wrong.contains(&place) || wrong.is_empty() && entry.claimed != 0.0 {
            Verdict::Disagrees
        } else {
            Verdict::Agrees
        };
        assert_eq!(entry.verdict, want, "{what} at {place:?}: {check}");
    }
    assert!(check.points[1].diagnosis.contains(says), "{what}: {check}");
}

#[test]
fn jacobians() {
    for engine in engines() {
        let f = WgslObjective::from_expressions(&ROWS, 3).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let right = claimed(&engine, &JACOBIAN);
        let mut check = |claim: &Array3<f64>| {
            evaluator.check_jacobian(points().view(), claim.view(), &Tolerance::default()).unwrap()
        };
        let found = check(&right);
        assert!(found.is_right() && found.count(Verdict::Agrees) == 27, "{engine:?}: {found}");
        for (change, wrong, says) in MISTAKES {
            let mut claim = right.clone();
            change(&mut claim);
            is_found(&check(&claim), wrong, says, &format!("{says} on {engine:?}"));
        }
        let transposed = right.permuted_axes([0, 2, 1]);
        let found = check(&transposed.as_standard_layout().to_owned());
        assert!(found.to_string().contains("the matrix is transposed"), "{found}");
    }
}

#[test]
fn hessians() {
    for engine in engines() {
        let f = WgslObjective::from_expression(F, 3).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let right = claimed(&engine, &HESSIAN);
        let mut check = |claim: &Array3<f64>| {
            evaluator.check_hessian(points().view(), claim.view(), &Tolerance::default()).unwrap()
        };
        let found = check(&right);
        assert!(found.is_right() && found.count(Verdict::Agrees) == 27, "{engine:?}: {found}");
        for (change, wrong, says) in MISTAKES {
            let mut claim = right.clone();
            change(&mut claim);
            // It is 0, where a turned sign changes nothing.
            let claim = if wrong == [(1, 2)] { claim + 0.5 * &one_at(1, 2) } else { claim };
            let says = if wrong == [(1, 2)] { "not symmetric" } else { says };
            is_found(&check(&claim), wrong, says, &format!("{says} on {engine:?}"));
        }
    }
}

fn one_at(row: usize, column: usize) -> Array3<f64> {
    let mut one = Array3::zeros((3, 3, 3));
    one[[1, row, column]] = 1.0;
    one
}

/// Values alone: closures, and quadratics on devices. A claim that bars swamp is inconclusive, never right.
#[test]
fn from_values_alone() {
    let f = VectorClosure::new(2, 2, |x, out| {
        out[0] = x[0] * x[1];
        out[1] = x[1].sin();
    });
    let f = f.unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let x = array![[2.0, 3.0]];
    let right = array![[[3.0, 2.0], [0.0, 3f64.cos()]]];
    let found = evaluator.check_jacobian(x.view(), right.view(), &Tolerance::default()).unwrap();
    assert!(found.is_right() && found.count(Verdict::Agrees) == 4, "{found}");
    for engine in engines() {
        let f = Quadratic::sum_of_squares(2).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let mut check = |claim: Array3<f64>| {
            evaluator.check_hessian(x.view(), claim.view(), &Tolerance::default()).unwrap()
        };
        assert!(check(array![[[2.0, 0.0], [0.0, 2.0]]]).is_right());
        let wrong = check(array![[[2.0, 0.0], [0.0, 2.1]]]);
        assert!(!wrong.is_right() && wrong.to_string().contains("H[1, 1]"), "{wrong}");
    }
}

/// What cannot be compared is refused, and says so.
#[test]
fn claims_that_cannot_be_compared() {
    let f = WgslObjective::from_expression("x0^2*x1", 2).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let x = array![[2.0, 3.0]];
    let mut refused = |claim: Array3<f64>, tolerance: Tolerance| {
        evaluator.check_hessian(x.view(), claim.view(), &tolerance).unwrap_err().to_string()
    };
    let none = Tolerance::default();
    assert!(refused(array![[[1.0, 2.0]]], none).contains("have the shape"));
    let message = refused(array![[[1.0, f64::NAN], [2.0, 3.0]]], none);
    assert!(message.contains("NaN at [0, 1] of point 0"), "{message}");
    assert!(refused(Array3::zeros((1, 2, 2)), none.with_relative(-1.0)).contains("tolerance"));
    // A point of which nothing is known, beside one of which all is.
    let f = WgslObjective::from_expression("log(x0)", 1).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let claim = array![[[-1.0]], [[-1.0]]];
    let found = evaluator.check_hessian(array![[1.0], [-1.0]].view(), claim.view(), &none).unwrap();
    assert_eq!((found.points.len(), found.failures.len()), (1, 1));
    assert!(!found.is_right() && found.to_string().contains("1 of 2 points not checked"), "{found}");
}

/// Where the gradient has a kink there is no second derivative; direct differences say so, and that it is none elsewhere.
#[test]
fn kinks_of_the_gradient() {
    let cases = [
        ("abs(x0)*x0", 0.0, -2.0, 2.0),
        ("relu(x0)^2 + 3*x0^2", 0.0, 6.0, 8.0),
        ("100*x0 + 5 + relu(x0 - 1)^2", 1.0, 0.0, 2.0),
        ("relu(x0)^2 + exp(x0) + 1e3*x0", 0.0, 1.0, 3.0),
    ];
    for engine in engines() {
        for (text, x, left, right) in cases {
            for method in [Method::Auto, Method::Direct] {
                let what = format!("{text} on {engine:?}, {method:?}");
                let mut evaluator =
                    engine.evaluator(WgslObjective::from_expression(text, 1).unwrap()).unwrap();
                let how = Difference::default().with_method(method);
                let found = evaluator.hessian(array![[x]].view(), &how).unwrap();
                let bar = found.error.unwrap()[[0, 0, 0]];
                assert!(bar >= 0.99 * (right - left) / 2.0, "{what}: {bar:e}");
                let said = found.remarks.iter().map(ToString::to_string).collect::<String>();
                assert!(said.contains("a kink of the gradient"), "{what}: {said}");
                if text.contains("exp") {
                    continue;
                }
                // Beside it there is one.
                let beside = evaluator.hessian(array![[x + 2.0]].view(), &how).unwrap();
                let bar = beside.error.unwrap()[[0, 0, 0]];
                assert!((beside.value[[0, 0, 0]] - right).abs() <= bar && bar < 0.1, "{what}: {bar:e}");
            }
        }
    }
}
