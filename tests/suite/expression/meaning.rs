//! What expressions mean, against closed forms.

use std::f64::consts::{E, PI, TAU};

use super::value;

/// The text gives this value.
fn gives(text: &str, x: &[f64], expected: f64) {
    gives_within(4.0, text, x, expected);
}

/// Up to so many units of rounding.
fn gives_within(units: f64, text: &str, x: &[f64], expected: f64) {
    let value = value(text, x);
    let close = (value - expected).abs() <= units * f64::EPSILON * expected.abs();
    assert!(close, "{text}: {value}, not {expected}");
}

#[test]
fn precedence_and_associativity() {
    let (a, b, c) = (1.7, 2.3, 0.6);
    let x = [a, b, c];
    let cases: [(&str, f64); 24] = [
        ("-x0^2", -(a * a)),
        ("(-x0)^2", a * a),
        ("2^x1^x2", 2f64.powf(b.powf(c))),
        ("(2^x1)^x2", 2f64.powf(b).powf(c)),
        ("x0**x1", a.powf(b)),
        ("2^-x0", 2f64.powf(-a)),
        ("2^-x0^2", 2f64.powf(-(a * a))),
        ("2^-x0*x1", 2f64.powf(-a) * b),
        ("2^+x0", 2f64.powf(a)),
        ("x0-x1-x2", a - b - c),
        ("x0-(x1-x2)", a - (b - c)),
        ("x0/x1/x2", a / b / c),
        ("x0/x1*x2", a / b * c),
        ("x0*x1/x2", a * b / c),
        ("x0+x1*x2", a + b * c),
        ("(x0+x1)*x2", (a + b) * c),
        ("x0*-x1", a * -b),
        ("x0*-x1*x2", a * -b * c),
        ("x0--x1", a + b),
        ("---x0", -a),
        ("-x0*x1", -a * b),
        ("-x0-x1", -a - b),
        ("- x0 ^ 2 ^ x1 * x2", -a.powf(2f64.powf(b)) * c),
        ("+x0 - +x1", a - b),
    ];
    for (text, expected) in cases {
        gives(text, &x, expected);
    }
}

#[test]
fn numbers_and_constants() {
    for (text, expected) in [
        ("1", 1.0),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e-3", 1e-3),
        ("1.5E+2", 150.0),
        ("\t1 +\r\n 2 ", 3.0),
        ("pi", PI),
        ("e", E),
        ("tau", TAU),
        ("n", 2.0),
        ("i[-1]", 1.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("0^0", 1.0),
        ("1/3", 1.0 / 3.0),
        ("round(2.5) + round(3.5)", 6.0),
        ("sign(0) + sign(-3)", -1.0),
        ("sum(x[2:]) + prod(x[2:]) + norm(x[:0])", 1.0),
    ] {
        gives(text, &[10.0, 20.0], expected);
    }
}

#[test]
fn functions_of_one_number() {
    let a = 0.37f64;
    let cases: [(&str, f64); 29] = [
        ("sin", a.sin()),
        ("cos", a.cos()),
        ("tan", a.tan()),
        ("asin", a.asin()),
        ("acos", a.acos()),
        ("atan", a.atan()),
        ("sinh", a.sinh()),
        ("cosh", a.cosh()),
        ("tanh", a.tanh()),
        ("asinh", a.asinh()),
        ("acosh", (a + 1.0).acosh()),
        ("atanh", a.atanh()),
        ("exp", a.exp()),
        ("exp2", 2f64.powf(a)),
        ("expm1", a.exp() - 1.0),
        ("log", a.ln()),
        ("ln", a.ln()),
        ("log2", a.log2()),
        ("log10", a.log10()),
        ("log1p", a.ln_1p()),
        ("sqrt", a.sqrt()),
        ("abs", a),
        ("sign", 1.0),
        ("floor", 0.0),
        ("ceil", 1.0),
        ("round", 0.0),
        ("sigmoid", 1.0 / (1.0 + (-a).exp())),
        ("relu", a),
        ("softplus", (1.0 + a.exp()).ln()),
    ];
    for (name, expected) in cases {
        // A single coordinate, each element of a vector, and a constant.
        let argument = if name == "acosh" { "+ 1" } else { "" };
        gives(&format!("{name}(x1 {argument})"), &[0.1, a], expected);
        gives(&format!("sum({name}(x[1:] {argument}))"), &[0.1, a], expected);
        gives(&format!("{name}({a} {argument})"), &[1.0], expected);
    }
}

#[test]
fn functions_of_two_numbers() {
    let (a, b) = (-1.3f64, 2.6f64);
    for (text, expected) in [
        ("atan2(x0, x1)", a.atan2(b)),
        ("pow(x1, x0)", b.powf(a)),
        ("pow(x0, 3)", a * a * a),
        ("min(x0, x1)", a),
        ("max(x0, x1)", b),
        ("hypot(x0, x1)", a.hypot(b)),
        ("sum(max(x, 0))", b),
        ("sum(min(0, x))", a),
        ("sum(max(x, -x))", b - a),
        ("sum(hypot(x, i))", a.abs() + b.hypot(1.0)),
        ("hypot(3, 4)", 5.0),
    ] {
        gives(text, &[a, b], expected);
    }
}

#[test]
fn slices_are_pythons() {
    // Each coordinate a power of two, so that a sum names its elements.
    let x: Vec<f64> = (0..7).map(|k| f64::from(1 << k)).collect();
    for (slice, elements) in [
        (":", &[0, 1, 2, 3, 4, 5, 6][..]),
        ("::", &[0, 1, 2, 3, 4, 5, 6]),
        ("1:", &[1, 2, 3, 4, 5, 6]),
        (":-1", &[0, 1, 2, 3, 4, 5]),
        ("2:5", &[2, 3, 4]),
        (" 2 : 5 ", &[2, 3, 4]),
        ("-3:", &[4, 5, 6]),
        ("-3:-1", &[4, 5]),
        ("::2", &[0, 2, 4, 6]),
        ("1::2", &[1, 3, 5]),
        ("1:6:3", &[1, 4]),
        ("1:5:3", &[1, 4]),
        ("1:4:3", &[1]),
        ("::100", &[0]),
        ("5:2", &[]),
        ("7:", &[]),
        ("-100:2", &[0, 1]),
        ("5:100", &[5, 6]),
        ("+5:99999999999999999999999", &[5, 6]),
        ("-99999999999999999999999:1", &[0]),
        ("6::99999999999999999999999", &[6]),
    ] {
        gives(&format!("sum(x[{slice}])"), &x, elements.iter().map(|&k: &usize| x[k]).sum());
        gives(&format!("sum(i[{slice}])"), &x, elements.iter().map(|&k: &usize| k as f64).sum());
    }
    gives("x[0] + x[-1] + x[-7] + x3", &x, 1.0 + 64.0 + 1.0 + 8.0);
}

#[test]
fn reductions() {
    let x = [3.0, -1.0, 2.0, 5.0];
    for (text, expected) in [
        ("sum(x)", 9.0),
        ("mean(x)", 2.25),
        ("prod(x)", -30.0),
        ("dot(x, i)", 18.0),
        ("dot(x[1:], x[:-1])", 5.0),
        ("norm(x)", 39f64.sqrt()),
        ("min(x)", -1.0),
        ("max(x)", 5.0),
        ("max(-x)", 1.0),
        ("min(x + 10)", 9.0),
        ("sum((x - mean(x))^2) / n", 39.0 / 4.0 - 2.25 * 2.25),
        ("sum(x * sum(x * sum(x * max(x))))", 9.0 * 9.0 * 9.0 * 5.0),
        ("sum(x * i^2)", -1.0 + 8.0 + 45.0),
        ("min(x) + max(x)*1e-3", -0.995),
        ("min(sum(x), max(x))", 5.0),
    ] {
        gives(text, &x, expected);
    }
}

#[test]
fn powers() {
    for a in [1.3f64, -0.8] {
        for exponent in -64_i32..=64 {
            // A power by multiplications rounds half a unit in each factor, and so does `powi`.
            let units = 4.0 + f64::from(exponent.abs());
            gives_within(units, &format!("x0^{exponent}"), &[a], a.powi(exponent));
            gives_within(units, &format!("sum(x^({exponent}))"), &[a], a.powi(exponent));
        }
    }
    gives("x0^0.5", &[7.0], 7f64.sqrt());
    gives("x0^65", &[1.1], 1.1f64.powf(65.0));
    gives("x0^-2.5", &[1.1], 1.1f64.powf(-2.5));
}

#[test]
fn functions_from_the_literature() {
    let x = [0.3f64, -1.2, 0.7, 2.1, -0.4];
    let rosenbrock =
        x.windows(2).map(|w| 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).powi(2)).sum::<f64>();
    gives("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", &x, rosenbrock);
    gives("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", &[0.5], 0.0);

    let n = x.len() as f64;
    let ackley = -20.0 * (-0.2 * (x.iter().map(|v| v * v).sum::<f64>() / n).sqrt()).exp()
        - (x.iter().map(|v| (TAU * v).cos()).sum::<f64>() / n).exp()
        + 20.0
        + E;
    gives("-20*exp(-0.2*sqrt(mean(x^2))) - exp(mean(cos(2*pi*x))) + 20 + e", &x, ackley);

    let rastrigin = 10.0 * n + x.iter().map(|v| v * v - 10.0 * (TAU * v).cos()).sum::<f64>();
    gives("10*n + sum(x^2 - 10*cos(tau*x))", &x, rastrigin);

    let product: f64 = x.iter().enumerate().map(|(k, v)| (v / (k as f64 + 1.0).sqrt()).cos()).product();
    let griewank = 1.0 + x.iter().map(|v| v * v).sum::<f64>() / 4000.0 - product;
    gives("1 + sum(x^2)/4000 - prod(cos(x/sqrt(i + 1)))", &x, griewank);

    gives("0.01*x0^2 + 0.1*x0", &[3.0], 0.39);
}
