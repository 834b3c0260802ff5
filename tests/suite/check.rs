//! Planted mistakes in analytic gradients are found, and right gradients pass, on every engine, in f32 and f64.

use crate::common::{engines, expression_cases};
use ndarray::{Array2, array};
use plusminus::{Closure, Engine, Precision, Verdict, WgslObjective, assert_gradient};

const F: &str = "x0^2*x1 + sin(x2)*x1 + exp(0.3*x0*x2) + max(x3, 0)";
const G: [&str; 4] = [
    "2*x0*x1 + 0.3*x2*exp(0.3*x0*x2)",
    "x0^2 + sin(x2)",
    "x1*cos(x2) + 0.3*x0*exp(0.3*x0*x2)",
    "(sign(x3) + 1) / 2",
];

fn check(engine: &Engine, gradient: &[&str], x: &Array2<f64>) -> plusminus::Check {
    let f = WgslObjective::from_expression(F, 4).unwrap();
    let claimed = WgslObjective::from_expressions(gradient, 4).unwrap();
    let claimed = engine.evaluator(&claimed).unwrap().terms(x.view()).unwrap();
    engine.evaluator(&f).unwrap().check(x.view(), claimed.view()).unwrap()
}

/// Name, gradient, which components are wrong, what the diagnosis says.
fn mistakes() -> Vec<(&'static str, Vec<String>, Vec<usize>, &'static str)> {
    let with = |axis: usize, text: &str| {
        let mut all = G.map(String::from);
        all[axis] = text.into();
        all.to_vec()
    };
    let each = |change: fn(&str) -> String| G.iter().map(|g| change(g)).collect::<Vec<_>>();
    vec![
        (
            "sign",
            each(|g| format!("-({g})")),
            vec![0, 1, 2, 3],
            "all 4 components are wrong, the sign is turned",
        ),
        ("factor", each(|g| format!("2*({g})")), vec![0, 1, 2, 3], "by the factor 2.000"),
        ("mean for sum", each(|g| format!("({g})/4")), vec![0, 1, 2, 3], "there are 4 components"),
        (
            "sign of one axis",
            with(2, &format!("-({})", G[2])),
            vec![2],
            "only x[2] is wrong, the sign is turned",
        ),
        ("one wrong axis", with(1, "x0^2 + cos(x2)"), vec![1], "only x[1] is wrong"),
        (
            "transposed index",
            vec![G[1].into(), G[0].into(), G[2].into(), G[3].into()],
            vec![0, 1],
            "x[0] has that of x[1], x[1] has that of x[0]",
        ),
        (
            "shifted index",
            vec![G[1].into(), G[2].into(), G[3].into(), G[0].into()],
            vec![0, 1, 2, 3],
            "a transposed or shifted index",
        ),
        ("missing term", with(2, "x1*cos(x2)"), vec![2], "only x[2] is wrong"),
        ("missing component", with(1, "0*x1"), vec![1], "0 is claimed for x[1]"),
        ("a constant too much", each(|g| format!("{g} + 0.1")), vec![0, 1, 2, 3], "too large: a term"),
        ("a wrong constant", with(0, "2*x0*x1 + 0.301*x2*exp(0.3*x0*x2)"), vec![0], "only x[0] is wrong"),
        ("another point", with(1, "x0^2 + sin(x2 + 0.01)"), vec![1], "only x[1] is wrong"),
        (
            "a forgotten inner derivative",
            with(2, "x1*cos(x2) + exp(0.3*x0*x2)"),
            vec![2],
            "only x[2] is wrong",
        ),
    ]
}

#[test]
fn planted_mistakes_are_found_and_named() {
    let x = array![[1.2, 0.7, -0.4, 0.8], [0.3, -1.5, 2.0, 1.1]];
    assert!(mistakes().len() >= 10);
    for engine in engines() {
        for (name, gradient, wrong, said) in mistakes() {
            let gradient: Vec<&str> = gradient.iter().map(String::as_str).collect();
            let check = check(&engine, &gradient, &x);
            for point in &check.points {
                let found: Vec<usize> =
                    (0..4).filter(|&axis| point.axes[axis].verdict == Verdict::Disagrees).collect();
                assert_eq!(found, wrong, "{name} on {engine:?}:\n{check}");
                assert!(point.diagnosis.contains(said), "{name} on {engine:?}: {}", point.diagnosis);
                // The remainder of a wrong component goes like h.
                for axis in wrong.iter().map(|&axis| &point.axes[axis]) {
                    // (unless the mistake is so small that at these steps curvature is larger)
                    if (axis.claimed - axis.numerical).abs() < 0.1 * axis.numerical.abs() {
                        continue;
                    }
                    let slope = axis.remainder_slope.unwrap();
                    assert!((slope - 1.0).abs() < 0.4, "{name} on {engine:?}: {slope}\n{check}");
                }
            }
            assert!(!check.is_right());
        }
    }
}

#[test]
fn the_right_gradient_passes() {
    let x = array![[1.2, 0.7, -0.4, 0.8], [0.3, -1.5, 2.0, -1.1]];
    for engine in engines() {
        let check = check(&engine, &G, &x);
        assert_eq!(check.count(Verdict::Agrees), 8, "{engine:?}:\n{check}");
        let slopes = check.points.iter().flat_map(|p| &p.axes).filter_map(|axis| axis.remainder_slope);
        slopes.for_each(|slope| assert!((1.8..3.2).contains(&slope), "{engine:?}: {slope}\n{check}"));
        assert!(check.points[0].diagnosis.starts_with("right: all 4 components agree"));
    }
}

/// At a kink, whatever lies between both slopes is right, and nothing else.
#[test]
fn wrong_at_a_kink_only() {
    let x = array![[1.2, 0.7, -0.4, 0.0], [1.2, 0.7, -0.4, 0.5]];
    for engine in engines() {
        for at_kink in ["0", "1", "0.5"] {
            // 1 - sign(x)^2 is 1 at the kink and 0 elsewhere.
            let right = format!("max(sign(x3), 0) + {at_kink}*(1 - sign(x3)^2)");
            let check = check(&engine, &[G[0], G[1], G[2], &right], &x);
            assert!(check.is_right(), "{engine:?}, {at_kink}:\n{check}");
            let [left, right] = check.points[0].axes[3].kink.unwrap();
            assert!(left.abs() < 1e-4 && (right - 1.0).abs() < 1e-4, "{left} {right}");
            assert_eq!(check.points[1].axes[3].kink, None);
        }
        let check = check(&engine, &[G[0], G[1], G[2], "max(sign(x3), 0) - 3*(1 - sign(x3)^2)"], &x);
        let verdicts: Vec<bool> =
            check.points.iter().map(|p| p.axes[3].verdict == Verdict::Disagrees).collect();
        assert_eq!(verdicts, [true, false], "{engine:?}:\n{check}");
        assert!(check.points[0].diagnosis.contains("at a kink"), "{}", check.points[0].diagnosis);
    }
}

/// The analytic gradients of a library of test functions pass; the same, off by a thousandth in one component, do not.
#[test]
fn gradients_from_outside() {
    for case in expression_cases::cases() {
        // Beyond f32 on the way.
        let single_too = case.name != "cross_in_tray";
        let f = WgslObjective::from_expression(case.text, case.x.len()).unwrap();
        let x: Vec<f64> = case.x.iter().map(|&x| f64::from(x as f32)).collect();
        let points = Array2::from_shape_vec((1, x.len()), x.clone()).unwrap();
        let right = Array2::from_shape_vec((1, x.len()), (case.gradient)(&x)).unwrap();
        for engine in engines().iter().filter(|engine| single_too || engine.precision() == Precision::F64) {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let check = evaluator.check(points.view(), right.view()).unwrap();
            assert!(check.is_right(), "{} on {engine:?}:\n{check}", case.name);
            if engine.precision() == Precision::F64 {
                assert_eq!(check.count(Verdict::Inconclusive), 0, "{}:\n{check}", case.name);
            }
            let largest = right.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
            let mut wrong = right.clone();
            wrong[[0, 0]] += 1e-2 * largest + if case.name == "zero" { 1.0 } else { 0.0 };
            let check = evaluator.check(points.view(), wrong.view()).unwrap();
            assert!(!check.is_right(), "{} on {engine:?}:\n{check}", case.name);
        }
    }
}

/// At a minimum all components are 0, and error bars are as small as beside slopes near by.
#[test]
fn right_at_a_minimum() {
    for engine in engines() {
        for (text, gradient) in [("x0^2 + x1^4", "2*x0; 4*x1^3"), ("x1^2 - cos(x0)", "sin(x0); 2*x1")] {
            let f = WgslObjective::from_expression(text, 2).unwrap();
            let texts: Vec<&str> = gradient.split(';').collect();
            let claimed = WgslObjective::from_expressions(&texts, 2).unwrap();
            let x = array![[0.0, 0.0]];
            let claimed = engine.evaluator(&claimed).unwrap().terms(x.view()).unwrap();
            let mut evaluator = engine.evaluator(&f).unwrap();
            let check = evaluator.check(x.view(), claimed.view()).unwrap();
            assert_eq!(check.count(Verdict::Agrees), 2, "{text} on {engine:?}:\n{check}");
            let check = evaluator.check(x.view(), array![[0.01, 0.01]].view()).unwrap();
            assert_eq!(check.count(Verdict::Disagrees), 2, "{text} on {engine:?}:\n{check}");
        }
    }
}

/// What differences cannot tell is reported as inconclusive.
#[test]
fn what_cannot_be_told() {
    let cases = [
        ("sqrt(x0)", 0.0, 1.0, "no derivative"),
        ("sin(x0) + 0.3*sin(1e7*x0)*cos(3e6*x0)", 0.3, 0.955, "inconclusive"),
    ];
    for (text, x, claimed, said) in cases {
        let f = WgslObjective::from_expression(text, 1).unwrap();
        let engine = Engine::cpu(Precision::F32);
        let check =
            engine.evaluator(&f).unwrap().check(array![[x]].view(), array![[claimed]].view()).unwrap();
        assert_eq!(check.count(Verdict::Inconclusive), 1, "{check}");
        assert!(check.is_right() && check.to_string().contains(said), "{check}");
    }
}

#[test]
fn input_that_makes_no_sense() {
    let f = Closure::new(2, |x| x[0] * x[1]).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&f).unwrap();
    let x = array![[1.0, 2.0]];
    let error = evaluator.check(x.view(), array![[1.0]].view()).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("must be the same"), "{error}");
    let error = evaluator.check(x.view(), array![[1.0, f64::NAN]].view()).unwrap_err();
    let said = error.to_string();
    assert!(
        error.is_bad_input() && said.contains("the claimed gradient is NaN along x[1] at point 0"),
        "{said}"
    );
}

#[test]
fn the_assertion() {
    let f = Closure::new(2, |x| (x[0] * x[1]).sin()).unwrap();
    let right = |x: &[f64]| vec![x[1] * (x[0] * x[1]).cos(), x[0] * (x[0] * x[1]).cos()];
    let x = array![[0.5, 2.0], [1.0, -0.3]];
    assert_gradient(&f, right, x.view());
    let report = |gradient: &dyn Fn(&[f64]) -> Vec<f64>| {
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert_gradient(&f, gradient, x.view());
        }));
        *failed.unwrap_err().downcast::<String>().unwrap()
    };
    let said = report(&|x| right(x).into_iter().rev().collect());
    assert!(said.contains("x[0] has that of x[1]"), "{said}");
    let said = report(&|_| vec![1.0]);
    assert!(said.contains("1 components at a point of 2"), "{said}");
    let said = report(&|_| vec![f64::NAN; 2]);
    assert!(said.contains("the claimed gradient is NaN along x[0] at point 0"), "{said}");
}

#[test]
fn a_point_that_cannot_be_checked_is_named_and_the_others_stand() {
    for engine in engines() {
        let f = WgslObjective::from_expression("log(x0) + x1", 2).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let x = array![[2.0, 1.0], [-1.0, 1.0], [4.0, 0.0]];
        let claimed = array![[0.5, 1.0], [-1.0, 1.0], [0.25, 1.0]];
        let check = evaluator.check(x.view(), claimed.view()).unwrap();
        assert_eq!(check.points.iter().map(|at| at.point).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(check.count(Verdict::Agrees), 4);
        assert_eq!(check.failures.len(), 1);
        assert!(check.failures[0].point == 1 && !check.is_right());
        assert!(check.to_string().ends_with("; 1 of 3 points not checked"), "{check}");
        let alone = evaluator.check(x.slice(ndarray::s![1..2, ..]), claimed.slice(ndarray::s![1..2, ..]));
        assert!(alone.unwrap_err().to_string().contains("point 0"));
    }
}
