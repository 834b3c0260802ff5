//! The witness of exact derivatives itself, against analytic derivatives and closed forms.

use super::common::truth::{Truth, distance};
use super::common::{expression_cases, models, problems, random_expressions, wgsl_cases};
use plusminus::{Engine, Precision, ShaderOptions, WgslObjective};

fn of_expression(text: &str, n: usize) -> Truth {
    Truth::new(WgslObjective::from_expression(text, n).unwrap().text(), n, None, &[])
}

/// Of a function of x(0) as it stands in WGSL.
fn of_wgsl(text: &str) -> Truth {
    Truth::new(&format!("fn objective() -> real {{ let a = x(0); return {text}; }}"), 1, None, &[])
}

fn assert_close(got: f64, want: f64, size: f64, what: &str) {
    assert!((got - want).abs() <= 1e-11 * size.abs().max(1e-300), "{what}: {got:e} for {want:e}");
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most: f64, value| most.max(value.abs()))
}

#[test]
fn published_functions_have_these_gradients_and_hessians() {
    for case in expression_cases::cases() {
        let truth = of_expression(case.text, case.x.len());
        let exact = truth.gradient(&case.x).unwrap();
        let (gradient, hessian) = ((case.gradient)(&case.x), (case.hessian)(&case.x));
        // argmin's own values of large terms are off by their rounding.
        assert_close(exact.value, (case.value)(&case.x), exact.value.abs().max(1.0), case.name);
        let got = truth.hessian(&case.x).unwrap();
        for i in 0..case.x.len() {
            assert_close(exact.gradient[i], gradient[i], largest(&gradient), case.name);
            for j in 0..case.x.len() {
                let size = largest(&hessian.concat());
                assert_close(got[i][j].0, hessian[i][j], 1e3 * size, case.name);
            }
        }
    }
}

#[test]
fn standard_problems_have_the_gradients_of_their_twins() {
    for problem in problems::all() {
        let truth = Truth::new(problem.source, problem.start.len(), problem.terms, problem.data);
        for spread in [0.0, 0.03, -0.05] {
            let x: Vec<f64> = problem.start.iter().map(|x| x * (1.0 + spread) + 0.1 * spread).collect();
            let (exact, want) = (truth.gradient(&x).unwrap(), (problem.gradient)(&x));
            assert_close(exact.value, (problem.value)(&x), (problem.magnitude)(&x), problem.name);
            for (got, want) in exact.gradient.iter().zip(&want) {
                assert_close(*got, *want, 10.0 * largest(&exact.gradient), problem.name);
            }
        }
    }
}

#[test]
fn whatever_a_text_may_contain_has_the_value_of_the_same_in_rust() {
    for (name, text, terms, value) in wgsl_cases::CASES {
        let truth = Truth::new(text, 3, *terms, &[2.0, 3.0, 5.0]);
        for x in [[0.35, -0.7, 0.45], [-0.6, 0.8, 1.4], [1.3, 0.2, -0.9]] {
            let want = value(x);
            let got = truth.gradient(&x).unwrap_or_else(|| panic!("{name} at {x:?}")).value;
            assert_close(got, want, 1.0 + want.abs(), name);
        }
    }
}

/// Functions of `a`, and their derivatives by other formulas.
const CLOSED: &[(&str, &str, f64)] = &[
    ("sin(a)", "cos(a)", 0.7),
    ("cos(a)", "-sin(a)", -2.5),
    ("tan(a)", "1.0 + tan(a) * tan(a)", 1.1),
    ("asin(a)", "inverseSqrt(1.0 - a * a)", 0.4),
    ("acos(a)", "-inverseSqrt(1.0 - a * a)", -0.9),
    ("atan(a)", "1.0 / (1.0 + a * a)", 3.0),
    ("sinh(a)", "0.5 * (exp(a) + exp(-a))", 1.5),
    ("cosh(a)", "0.5 * (exp(a) - exp(-a))", -1.5),
    ("tanh(a)", "1.0 - tanh(a) * tanh(a)", 0.8),
    ("asinh(a)", "inverseSqrt(1.0 + a * a)", -4.0),
    ("acosh(a)", "1.0 / (sqrt(a - 1.0) * sqrt(a + 1.0))", 1.7),
    ("atanh(a)", "0.5 / (1.0 - a) + 0.5 / (1.0 + a)", 0.6),
    ("exp(a)", "exp(a)", 1.3),
    ("exp2(a)", "log(real(2.0)) * exp2(a)", 1.3),
    ("expm1(a)", "exp(a)", 1e-9),
    ("log(a)", "1.0 / a", 0.3),
    ("log2(a)", "1.0 / (a * log(real(2.0)))", 5.0),
    ("log1p(a)", "1.0 / (1.0 + a)", 1e-9),
    ("sqrt(a)", "0.5 / sqrt(a)", 2.0),
    ("inverseSqrt(a)", "-0.5 / (a * sqrt(a))", 2.0),
    ("sigmoid(a)", "sigmoid(a) * (1.0 - sigmoid(a))", 2.0),
    ("softplus(a)", "1.0 / (1.0 + exp(-a))", -3.0),
    ("relu(a) + saturate(a)", "real(2.0)", 0.5),
    ("degrees(radians(a))", "real(1.0)", 0.5),
    ("powi(a, -3)", "-3.0 / (a * a * a * a)", -1.5),
    ("powi(a, 4)", "4.0 * a * a * a", -1.5),
    ("pow(a, 2.5)", "2.5 * a * sqrt(a)", 1.5),
    ("pow(real(3.0), a)", "log(real(3.0)) * pow(real(3.0), a)", 1.5),
    ("pow(a, a)", "pow(a, a) * (log(a) + 1.0)", 1.5),
    ("atan2(a, 2.0)", "2.0 / (4.0 + a * a)", -1.5),
    ("atan2(a, -2.0)", "-2.0 / (4.0 + a * a)", -1.5),
    ("atan2(real(0.5), a)", "-0.5 / (0.25 + a * a)", -1.5),
    ("smoothstep(-1.0, 3.0, a)", "1.5 * (a + 1.0) / 4.0 * (1.0 - (a + 1.0) / 4.0)", 0.5),
    ("a % 0.75", "real(1.0)", -2.0),
    ("mix(a, a * a, 0.25)", "0.75 + 0.5 * a", 2.0),
    ("abs(a) + fract(a) + clamp(a, -5.0, -1.0)", "real(1.0)", -2.5),
];

#[test]
fn functions_have_their_derivatives_to_all_digits() {
    for &(function, derivative, x) in CLOSED {
        let (truth, slope) = (of_wgsl(function), of_wgsl(derivative));
        let (exact, want) = (truth.gradient(&[x]).unwrap(), slope.gradient(&[x]).unwrap());
        // The sum of both parts of a pair is good to twice the digits; values come in f64.
        assert_close(exact.gradient[0], want.value, 1e-5 * want.value, function);
        let (second, want) = (truth.hessian(&[x]).unwrap()[0][0], want.pairs[0]);
        let off = distance(second.0, want) - second.1.abs();
        assert!(off.abs() <= 1e-30 * want.0.abs(), "{function}: {second:?} for {want:?}");
    }
}

#[test]
fn second_derivatives_go_across_coordinates() {
    for (function, across) in [
        ("pow(a, b)", "pow(a, b - 1.0) * (1.0 + b * log(a))"),
        ("atan2(a, b)", "(a * a - b * b) / ((a * a + b * b) * (a * a + b * b))"),
        ("sqrt(a * a + b * b)", "-a * b * powi(sqrt(a * a + b * b), -3)"),
        ("a / b + a * b * b", "2.0 * b - 1.0 / (b * b)"),
        ("exp(a * b)", "(1.0 + a * b) * exp(a * b)"),
        ("max(a * b, 1.0) + min(a, b)", "real(1.0)"),
    ] {
        let of = |text: &str| {
            let text = format!("fn objective() -> real {{ let a = x(0); let b = x(1); return {text}; }}");
            Truth::new(&text, 2, None, &[])
        };
        let (got, want) =
            (of(function).hessian(&[1.5, 0.75]).unwrap(), of(across).gradient(&[1.5, 0.75]).unwrap());
        assert_close(got[0][1].0, want.value, 1e-4 * want.value, function);
        assert_eq!(got[0][1], got[1][0]);
    }
}

#[test]
fn there_are_none_where_a_function_has_none() {
    for (text, x) in [
        ("abs(a)", 0.0),
        ("sqrt(a)", 0.0),
        ("sqrt(a * a)", 0.0),
        ("log(a)", -1.0),
        ("floor(a)", 3.0),
        ("max(a, 0.0)", 0.0),
        ("acos(a)", 1.0),
        ("atan2(a, -1.0)", 0.0),
        ("pow(a, 0.5)", -1.0),
        ("1.0 / a", 0.0),
        ("exp(1000.0 * a)", 1.0),
    ] {
        assert!(of_wgsl(text).gradient(&[x]).is_none(), "{text} at {x}");
    }
    for (text, x, slope) in
        [("abs(a * a)", 0.0, 0.0), ("max(a, a)", 0.0, 1.0), ("smoothstep(0.0, 1.0, a)", 0.0, 0.0)]
    {
        assert_eq!(of_wgsl(text).gradient(&[x]).unwrap().gradient, [slope], "{text}");
    }
}

#[test]
fn literals_are_the_decimals_that_were_written() {
    let tenth = of_wgsl("0.1 * a").gradient(&[1.0]).unwrap().pairs[0];
    assert_eq!(tenth, (0.1, -5.551_115_123_125_783e-18));
    let pi = of_expression("pi*x0", 1).gradient(&[1.0]).unwrap().pairs[0];
    assert_eq!(pi, (std::f64::consts::PI, 1.224_646_799_147_353_2e-16));
    let text = "fn objective() -> real { return x(0) * real(0.1f); }";
    assert_eq!(Truth::new(text, 1, None, &[]).gradient(&[1.0]).unwrap().pairs[0], (f64::from(0.1f32), 0.0));
    let text = "fn residual(k: u32) -> real { return x(0) * data(k); }";
    let truth = Truth::new(text, 1, Some(2), &[3.0, 0.1]);
    assert_close(truth.gradient(&[1.0]).unwrap().gradient[0], 18.02, 1e-5, "squares");
    assert_eq!(truth.jacobian(&[1.0]).unwrap()[1].pairs[0], tenth);
}

#[test]
fn digits_survive_cancellation() {
    let exact = of_expression("(1-cos(x0))/x0^2", 1).gradient(&[1e-12]).unwrap();
    assert_close(exact.gradient[0], -1e-12 / 12.0, 1e-12, "a cosine");
    assert_eq!(of_expression("1+x0^2-1", 1).gradient(&[1e-12]).unwrap().gradient, [2e-12]);
}

#[test]
fn models_have_the_values_and_about_the_gradients_that_the_engine_finds() {
    for model in models::all() {
        let n = model.points[0].len();
        let options = ShaderOptions { data: model.data.clone(), terms: model.terms, ..Default::default() };
        let objective = WgslObjective::new(model.name, &model.text, n, options).unwrap();
        let truth = Truth::new(&model.text, n, model.terms, &model.data);
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(&objective).unwrap();
        for x in &model.points {
            let exact = truth.gradient(x).unwrap();
            let got = evaluator.gradient_at(x, &plusminus::Difference::default()).unwrap();
            assert_close(evaluator.value(x).unwrap(), exact.value, exact.value.abs().max(1.0), model.name);
            for (got, want) in got.value.iter().zip(&exact.gradient) {
                assert_close(*got, *want, 1e4 * largest(&exact.gradient), model.name);
            }
        }
    }
}

#[test]
fn expressions_at_random_have_the_values_that_the_engine_finds() {
    let drawn = random_expressions::draw(3, 100, random_expressions::NEAR);
    let mut close = 0;
    for one in &drawn {
        let value = Engine::cpu(Precision::F64).evaluator(&one.objective).unwrap().value(&one.x).unwrap();
        close += usize::from((value - one.exact.value).abs() <= 1e-9 * one.exact.value.abs());
    }
    // A few cancel.
    assert!(close >= 95, "{close} of {}", drawn.len());
}
