//! Every function of the crate `argmin_testfunctions`, written as an expression: values and gradients on the CPU engine and
//! on a device, in f32 and f64, against the crate's own values and derivatives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use argmin_testfunctions as functions;
use ndarray::{Array2, array};
use plusminus::{
    Difference, Engine, GradientDescent, Method, Objective, Outcome, Precision, Scheme, Step, WgslObjective,
};

/// Name, expression, value, derivative, and a point where it is smooth.
type Case = (&'static str, &'static str, fn(&[f64]) -> f64, fn(&[f64]) -> Vec<f64>, Vec<f64>);

const PICHENY: &str = "(log10((1 + (4*x0-2 + 4*x1-2 + 1)^2 * (19 - 14*(4*x0-2) + 3*(4*x0-2)^2 - 14*(4*x1-2)
    + 6*(4*x0-2)*(4*x1-2) + 3*(4*x1-2)^2)) * (30 + (2*(4*x0-2) - 3*(4*x1-2))^2 * (18 - 32*(4*x0-2) + 12*(4*x0-2)^2
    + 48*(4*x1-2) - 36*(4*x0-2)*(4*x1-2) + 27*(4*x1-2)^2))) - 8.693) / 2.427";

const GOLDSTEIN: &str = "(1 + (x0+x1+1)^2 * (19 - 14*x0 + 3*x0^2 - 14*x1 + 6*x0*x1 + 3*x1^2))
    * (30 + (2*x0-3*x1)^2 * (18 - 32*x0 + 12*x0^2 + 48*x1 - 36*x0*x1 + 27*x1^2))";

const LEVY: &str =
    "sin(pi*(1+(x[0]-1)/4))^2 + sum(((x[1:-1]-1)/4)^2 * (1 + 10*sin(pi*(1+(x[1:-1]-1)/4) + 1)^2))
    + ((x[-1]-1)/4)^2 * (1 + sin(2*pi*(1+(x[-1]-1)/4))^2)";

fn cases() -> Vec<Case> {
    macro_rules! two {
        ($f:ident, $d:ident, $text:expr, $x:expr) => {
            (
                stringify!($f),
                $text,
                |x| functions::$f(&[x[0], x[1]]),
                |x| functions::$d(&[x[0], x[1]]).to_vec(),
                $x.to_vec(),
            )
        };
    }
    macro_rules! any {
        ($f:ident, $d:ident, $text:expr, $x:expr) => {
            (stringify!($f), $text, |x| functions::$f(x), |x| functions::$d(x), $x.to_vec())
        };
    }
    vec![
        any!(
            ackley,
            ackley_derivative,
            "-20*exp(-0.2*sqrt(mean(x^2))) - exp(mean(cos(tau*x))) + 20 + e",
            [0.5, 1.5, -0.8]
        ),
        two!(
            beale,
            beale_derivative,
            "(1.5 - x0 + x0*x1)^2 + (2.25 - x0 + x0*x1^2)^2 + (2.625 - x0 + x0*x1^3)^2",
            [1.3, 0.4]
        ),
        two!(booth, booth_derivative, "(x0 + 2*x1 - 7)^2 + (2*x0 + x1 - 5)^2", [2.0, -1.0]),
        two!(bukin_n6, bukin_n6_derivative, "100*sqrt(abs(x1 - 0.01*x0^2)) + 0.01*abs(x0 + 10)", [-8.0, 2.0]),
        two!(
            cross_in_tray,
            cross_in_tray_derivative,
            "-0.0001*(abs(sin(x0)*sin(x1)*exp(abs(100 - sqrt(x0^2+x1^2)/pi))) + 1)^0.1",
            [1.0, -0.7]
        ),
        two!(easom, easom_derivative, "-cos(x0)*cos(x1)*exp(-(x0-pi)^2 - (x1-pi)^2)", [2.8, 3.6]),
        two!(
            eggholder,
            eggholder_derivative,
            "-(x1+47)*sin(sqrt(abs(x1 + x0/2 + 47))) - x0*sin(sqrt(abs(x0 - (x1+47))))",
            [30.0, 60.0]
        ),
        two!(goldsteinprice, goldsteinprice_derivative, GOLDSTEIN, [0.4, -0.6]),
        two!(himmelblau, himmelblau_derivative, "(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2", [1.0, 2.0]),
        two!(
            holder_table,
            holder_table_derivative,
            "-abs(sin(x0)*cos(x1)*exp(abs(1 - sqrt(x0^2 + x1^2)/pi)))",
            [1.4, 0.7]
        ),
        any!(levy, levy_derivative, LEVY, [1.4, 0.2, -2.5, 3.0]),
        two!(
            levy_n13,
            levy_n13_derivative,
            "sin(3*pi*x0)^2 + (x0-1)^2*(1 + sin(3*pi*x1)^2) + (x1-1)^2*(1 + sin(2*pi*x1)^2)",
            [1.3, 0.45]
        ),
        two!(matyas, matyas_derivative, "0.26*(x0^2 + x1^2) - 0.48*x0*x1", [1.5, -0.5]),
        two!(
            mccormick,
            mccormick_derivative,
            "sin(x0 + x1) + (x0 - x1)^2 - 1.5*x0 + 2.5*x1 + 1",
            [0.5, -0.5]
        ),
        two!(picheny, picheny_derivative, PICHENY, [0.7, 0.3]),
        any!(rastrigin, rastrigin_derivative, "10*n + sum(x^2 - 10*cos(tau*x))", [0.3, -1.2]),
        any!(
            rosenbrock,
            rosenbrock_derivative,
            "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
            [-1.2, 1.0, 0.7, 1.5, -0.3, 1.1, 0.4, 0.2, 1.0, -1.0]
        ),
        two!(
            schaffer_n2,
            schaffer_n2_derivative,
            "0.5 + (sin(x0^2 - x1^2)^2 - 0.5) / (1 + 0.001*(x0^2 + x1^2))^2",
            [1.4, -0.6]
        ),
        two!(
            schaffer_n4,
            schaffer_n4_derivative,
            "0.5 + (cos(sin(abs(x0^2 - x1^2)))^2 - 0.5) / (1 + 0.001*(x0^2 + x1^2))^2",
            [1.4, -0.6]
        ),
        any!(sphere, sphere_derivative, "sum(x^2)", [1.0, -2.0, 3.5]),
        any!(styblinski_tang, styblinski_tang_derivative, "0.5*sum(x^4 - 16*x^2 + 5*x)", [1.0, -2.5, 0.3]),
        two!(
            threehumpcamel,
            threehumpcamel_derivative,
            "2*x0^2 - 1.05*x0^4 + x0^6/6 + x0*x1 + x1^2",
            [0.6, -0.9]
        ),
        any!(zero, zero_derivative, "0*x0", [1.0, 2.0]),
    ]
}

fn central(exponent: i32) -> Difference {
    Difference {
        scheme: Scheme::Central,
        step: Some(Step::relative(exponent).unwrap()),
        method: Method::Direct,
    }
}

#[test]
fn expressions_agree_with_the_functions_on_every_engine() {
    for (name, text, f, derivative, x) in cases() {
        let objective = WgslObjective::from_expression(text, x.len()).unwrap();
        let points = Array2::from_shape_vec((1, x.len()), x.clone()).unwrap();
        let want = Array2::from_shape_vec((1, x.len()), derivative(&x)).unwrap();
        let engines = [
            Engine::cpu(Precision::F64),
            common::gpu_in(Precision::F64),
            Engine::cpu(Precision::F32),
            common::gpu_in(Precision::F32),
        ];
        for engine in engines {
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

            let is_double = engine.precision() == Precision::F64;
            let gradient = evaluator.gradient(points.view(), &central(if is_double { -17 } else { -8 }));
            let gradient = gradient.unwrap().gradient;
            let size = want.iter().fold(1e-3 * scale, |a: f64, g| a.max(g.abs()));
            let error = (&gradient - &want).iter().fold(0.0, |a: f64, e| a.max(e.abs())) / size;
            // Truncation is h², noise ε·f/h.
            let bound = if is_double { 1e-7 } else { 2e-3 };
            assert!(error <= bound, "{name} on {engine:?}: gradient off by {error:e}");
        }
    }
}

/// An expression descends like anything else: the textbook's 0.01·x₀² + 0.1·x₀, whose minimum is at -5.
#[test]
fn an_expression_descends_to_its_minimum() {
    let f = WgslObjective::from_expression("0.01*x0^2 + 0.1*x0", 1).unwrap();
    assert_eq!(f.name(), "0.01*x0^2 + 0.1*x0");
    for engine in [Engine::cpu(Precision::F64), common::gpu_in(Precision::F32)] {
        let descent = GradientDescent { rate: 10.0, steps: 100, ..Default::default() };
        let mut evaluator = engine.evaluator(&f).unwrap();
        let done = descent.run(&mut evaluator, array![[3.0], [-20.0]].view(), None, &mut |_| Ok(())).unwrap();
        assert!(done.points.iter().all(|x| (x + 5.0).abs() < 1e-2), "{engine:?}: {}", done.points);
        assert!(done.outcomes.iter().all(|outcome| !Outcome::is_failure(outcome)));
    }
}

/// A wrong coefficient does not pass.
#[test]
fn a_wrong_expression_is_noticed() {
    let (_, text, f, _, x) = cases().swap_remove(2);
    let wrong = WgslObjective::from_expression(&text.replace("- 7", "- 7.0001"), x.len()).unwrap();
    assert!((wrong.value(&x) - f(&x)).abs() > 1e-6);
}
