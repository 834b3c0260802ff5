//! What is taken apart, and what stays whole. Values beside those of the whole text, and gradients beside those on paper:
//! `tests/suite/apart.rs`.

use super::take_apart;
use crate::program::{Form, Program, Role, Text};

/// An objective of these statements, with 100 coordinates and 300 numbers.
fn terms_of(statements: &str) -> Option<usize> {
    let text = format!("const N = 100u;\nfn objective() -> real {{\n{statements}\n}}\n");
    let apart = take_apart(&text, 100, 300)?;
    let terms = Text { path: "terms.wgsl", text: &apart.text, f32_as_real: false, of_expression: false };
    let checked = Program::<f64>::new(terms, Role::Scalar, 100, vec![0.5; 300]).map(|program| program.form());
    assert_eq!(checked, Ok(Form::Term), "{}", apart.text);
    Some(apart.terms)
}

#[test]
fn sums_are_taken_apart() {
    for (statements, terms) in [
        ("var s = 0.0; for (var i = 0u; i < dimension(); i++) { s += x(i); } return s;", 100),
        (
            "var s = 0.0; for (var i = 0u; i < dimension() - 1u; i += 1u) { s = s + x(i) * x(i + 1u); } return s;",
            99,
        ),
        (
            "var s: real = 0.0; let n = dimension(); for (var i: u32 = 1; i <= n - 1u; i = i + 1u) { s -= x(i); } return 0.5 * s;",
            99,
        ),
        ("var s = 0.0; for (var i: i32 = i32(N) - 1; i >= 0; i -= 1) { s += x(u32(i)); } return s;", 100),
        ("var s = 0.0; for (var i = 0; i < 100; i++) { s += x(u32(i)); } return -s / 2.0;", 100),
        ("var s = 0.0; for (var i = 99i; i >= 0i; i--) { s += x(u32(i)); } return s;", 100),
        ("var s = 0.0; for (var i = 2 * N; i > 40u; i -= 2u) { s += x(i / 3u); } return s;", 80),
        (
            "var s = 0.0; for (var i = 0u; i != data_len() / 3u; i++) { s += data(3u * i) * x(0); } return s;",
            100,
        ),
        ("var s = 0.0; for (var i = 0u; i + 1u < dimension(); i++) { s += x(i) * x(i + 1u); } return s;", 99),
        ("var s = 0.0; for (var i = 2i; i - 1 <= 98; i++) { s += x(u32(i - 2)); } return s;", 98),
        ("var s = 0.0; for (var i = 0u; N > i; i++) { s += x(i); } return s;", 100),
        // Pairs of turns: as many as if the loop within made most turns each time.
        (
            "var s = 0.0; for (var i = 1u; i < N; i++) { for (var j = 0u; j < i; j++) { s += x(i) * x(j); } } return s;",
            99 * 99,
        ),
        (
            "var s = 0.0; for (var i = 0u; i < 40u; i++) { let a = x(i); for (var j = i + 1u; j < 40u; j += 1u) { let d = a - x(j); s += d * d; } } return s;",
            40 * 39,
        ),
        // Names that the terms have themselves.
        (
            "var s_s = 0.0; for (var i = 0u; i < N; i++) { let term = x(i); let s = term * term; s_s += s; } return s_s;",
            100,
        ),
        // A rest is one more.
        ("var s = 10.0 * real(N); for (var i = 0u; i < N; i++) { s += x(i); } return s;", 101),
        ("var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return s + x(0) * x(0);", 101),
        // Several loops, and several sums in one.
        (
            "var s = 0.0; var t = 0.0; for (var i = 0u; i < N; i++) { s += x(i); t += x(i) * x(i); } let a = s / 3.0; let b = a - 2.0 * t; return b;",
            100,
        ),
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } for (var i = 0u; i < 50u; i++) { s += x(i) * x(i); } return s;",
            150,
        ),
        // The loop within makes steps that change from turn to turn.
        (
            "var s = 0.0; for (var i = 1u; i < 70u; i++) { for (var j = 0u; j < 70u; j += i) { s += x(i) * x(j); } } return s;",
            69,
        ),
        // Loops and branches within a turn.
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { var t = 0.0; for (var j = 0u; j < i; j++) { if (j == 3u) { continue; } t += x(i) * x(j); } s += t; } return s;",
            100,
        ),
        (
            "var s = 0.0; for (var i = 0u; i < N; i++) { var t = x(i); if (t < 0.0) { t = -t; s += t; } else { s += 2.0 * t; } } return s;",
            100,
        ),
        // A factor that depends on the point.
        ("var s = 0.0; let f = exp(x(0)); for (var i = 0u; i < N; i++) { s += x(i); } return f * s;", 100),
        // What another loop finds out may stay in the rest.
        (
            "var s = 0.0; var p = 1.0; for (var i = 0u; i < N; i++) { s += x(i); } for (var i = 0u; i < N; i++) { p *= x(i); } return s - p;",
            101,
        ),
        // An address is a bitwise `and` here: not understood, and not needed.
        ("var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i & 3u); } return s;", 100),
    ] {
        assert_eq!(terms_of(statements), Some(terms), "{statements}");
    }
}

#[test]
fn what_is_no_sum_stays_whole() {
    for statements in [
        // Not linear.
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return s * s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return sqrt(s);",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return 1.0 / s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } if (s > 3.0) { s = 3.0; } return s;",
        "var s = 0.0; var t = 0.0; for (var i = 0u; i < N; i++) { s += x(i); t += 1.0; } return s / t;",
        // A turn needs those before it.
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i) * s; } return s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s = s * 0.5 + x(i); } return s;",
        "var s = 0.0; var p = 0.0; for (var i = 0u; i < N; i++) { s += x(i) * p; p = x(i); } return s;",
        "var s = 0.0; var p = 0.0; for (var i = 0u; i < N; i++) { p += x(i); s += p * p; } return s;",
        "var s = 0.0; var a: array<real, 3>; for (var i = 0u; i < N; i++) { a[i % 3u] = x(i); s += a[0]; } return s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); { var s = 1.0; s += 2.0; } } return s;",
        // The end of the loop is not known, or it is left early.
        "var s = 0.0; for (var i = 0u; i < u32(x(0)); i++) { s += x(i); } return s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { if (x(i) < 0.0) { break; } s += x(i); } return s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { if (x(i) < 0.0) { return s; } s += x(i); } return s;",
        "var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); i += 1u; } return s;",
        "var s = 0.0; for (var i = N - 1u; i >= 0u; i--) { s += x(i); if (i == 0u) { break; } } return s;",
        "let N = u32(x(0)); var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return s;",
        "var N = 90u; N -= u32(x(0)); var s = 0.0; for (var i = 0u; i < N; i++) { s += x(i); } return s;",
        "var s = 0.0; for (var N = 0u; N < 2u * N + 64u; N++) { s += x(N); } return s;",
        // What it reads changes later, or comes from a sum.
        "var s = 0.0; var c = 1.0; for (var i = 0u; i < N; i++) { s += c * x(i); } c = 2.0; return s * c;",
        "var m = 0.0; for (var i = 0u; i < N; i++) { m += x(i); } var s = 0.0; for (var i = 0u; i < N; i++) { s += (x(i) - m) * x(i); } return s;",
        // Short, or no sum at all.
        "var s = 0.0; for (var i = 0u; i < 63u; i++) { s += x(i); } return s;",
        "return x(0);",
    ] {
        assert_eq!(terms_of(statements), None, "{statements}");
    }
    let with_variable = "var<private> c: real = 0.0;\nfn f(i: u32) -> real { c += 1.0; return c * x(i); }\n\
        fn objective() -> real { var s = 0.0; for (var i = 0u; i < 100u; i++) { s += f(i); } return s; }";
    assert_eq!(take_apart(with_variable, 100, 0), None);
}
