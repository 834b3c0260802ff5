//! Which objectives are functions of sums, and that both texts are what they should be. Gradients beside those on paper:
//! `tests/suite/of_sums.rs`.

use super::take_sums;
use crate::program::{Form, Program, Role, Text, Traps};

/// The ends of the sums of an objective of these statements, with 100 coordinates and 300 numbers, and what it reads beside them;
/// its value is that of the function of the sums.
fn sums_of(statements: &str) -> Option<(Vec<usize>, Vec<u32>)> {
    let functions = "const N = 100u;\nfn twice(a: real) -> real { return 2.0 * a; }\n\
        fn first(i: u32) -> real { return x(i); }\nfn second(i: u32) -> real { return first(i); }\n";
    let text = format!("{functions}fn objective() -> real {{\n{statements}\n}}\n");
    let found = take_sums(&text, 100, 300)?;
    let program = |text: &str, dimension: usize, data: Vec<f64>| {
        let given = Text { path: "sums.wgsl", text, f32_as_real: false, of_expression: false };
        Program::<f64>::new(given, Role::Scalar, dimension, data)
            .unwrap_or_else(|why| panic!("{why}\n{text}"))
    };
    let traps = Traps::default();
    let x: Vec<f64> = (0..100).map(|i| 0.1 + (0.618 * f64::from(i)).fract()).collect();
    let data = vec![0.5; 300];
    let whole = program(&text, 100, data.clone()).of_terms(&x, &[0], &traps)[0];
    let terms = program(&found.terms, 100, data.clone());
    assert_eq!(terms.form(), Form::Term);
    let mut begin = 0;
    let mut sums = found.ends.iter().map(|&end| {
        let own = begin..end;
        begin = end;
        own.map(|s| terms.of_terms(&x, &[s as u32], &traps)[0]).sum::<f64>()
    });
    let mut inputs: Vec<f64> = Vec::new();
    for &is_product in &found.products {
        let sum = sums.next().unwrap_or(f64::NAN);
        let negative = if is_product { sums.next().unwrap_or(f64::NAN) } else { 0.0 };
        inputs.push(if is_product { (std::f64::consts::PI * negative).cos() * sum.exp() } else { sum });
    }
    inputs.extend(found.beside.iter().map(|&axis| x[axis as usize]));
    let zeros = vec![0.0; inputs.len()];
    let outer = program(&found.outer, inputs.len(), [data, zeros].concat());
    let value = outer.of_terms(&inputs, &[0], &traps)[0];
    assert!(traps.take().is_none() && (value - whole).abs() <= 1e-13 * whole.abs(), "{value} {whole}");
    Some((found.ends, found.beside))
}

#[test]
fn functions_of_sums_are_known() {
    for (statements, ends, beside) in [
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i) * x(i); } return sqrt(s);",
            vec![100],
            vec![],
        ),
        (
            "var s = 3.0; for (var i = 0u; i < N; i++) { s -= x(i); } let a = s / real(dimension()); return a * a;",
            vec![100],
            vec![],
        ),
        // Two sums of a loop, then two loops, and what is read beside them.
        (
            "var s = 0.0; var t = 0.0; for (var i = 0u; i < N; i++) { s += x(i); t += x(i) * x(i); } return t / 100.0 - s * s / 1e4;",
            vec![100, 200],
            vec![],
        ),
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { s += exp(x(i)); } var t = x(7); for (var i = 0u; i < 80u; i++) { t += x(i); } return log(s) * t + x(3u) * x(7u);",
            vec![100, 180],
            vec![7, 3],
        ),
        // A loop that adds to one variable twice over.
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } s = s * s; for (var i = 0u; i < N; i++) { s += x(i); } return s;",
            vec![100, 200],
            vec![],
        ),
        // Branches on sums, loops over them, functions of them, data beside.
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { s += data(i) * x(i); } if (s > 3.0) { s = 3.0 + log(s - 2.0); } return twice(s) + data(data_len() - 1u);",
            vec![100],
            vec![],
        ),
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } var p = 1.0; for (var k = 0; k < 3; k++) { p *= s; } return p;",
            vec![100],
            vec![],
        ),
        // What nothing needs is left out.
        (
            "let a = x(0) * 2.0; var u = 0.0; var s = 0.0; for (var i = 0u; i < N; i++) { s += a * x(i); u += a; } return 1.0 / s;",
            vec![100],
            vec![],
        ),
        // Products: an odd number of factors is negative.
        (
            "var p = 2.0; var s = 0.0; for (var i = 0u; i < N; i++) { p *= 1.7 * x(i) - 0.3; s += x(i); } for (var i = 0u; i < 99u; i++) { p *= -1.0; } return s * s - p;",
            vec![100, 200, 300, 399, 498],
            vec![],
        ),
        // Pairs.
        (
            "var s = 0.0; for (var i = 1u; i < N; i++) { for (var j = 0u; j < i; j++) { s += x(i) * x(j); } } return sqrt(s);",
            vec![99 * 99],
            vec![],
        ),
    ] {
        assert_eq!(sums_of(statements), Some((ends, beside)), "{statements}");
    }
}

#[test]
fn others_are_not() {
    for statements in [
        // Coordinates at computed numbers, here or in functions.
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } var p = 1.0; for (var i = 0u; i < N; i++) { p = max(p, x(i)); } return s * p;",
        "var p = 1.0; for (var i = 0u; i < N; i++) { p *= x(i); p += 1.0; } return p;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return sqrt(s) + first(3u);",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return sqrt(s) + second(3u);",
        // A loop that needs another one's sum.
        "var m = 0.0; for (var i = 0u; i < N; i++) { m += x(i); } var s = 0.0; for (var i = 0u; i < N; i++) { s += (x(i) - m) * x(i); } return s;",
        // What a turn reads changes later.
        "var s = 0.0; var c = 1.0; for (var i = 0u; i < N; i++) { s += c * x(i); } c = 2.0; return sqrt(s) * c;",
        // Short, or no sum.
        "var s = 0.0; for (var i = 0u; i < 60u; i++) { s += x(i); } return s * s;",
        "return x(0);",
    ] {
        assert_eq!(sums_of(statements), None, "{statements}");
    }
}
