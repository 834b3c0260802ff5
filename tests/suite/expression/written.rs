//! The WGSL itself.

use super::{list_to_wgsl, to_wgsl};

#[test]
fn a_polynomial() {
    let expected = "\
fn objective() -> real {
    let t0 = x(0u);
    let t1 = t0 * t0;
    let t2 = 0.01 * t1;
    let t3 = 0.1 * t0;
    let t4 = t2 + t3;
    return t4;
}
";
    assert_eq!(to_wgsl("0.01*x0^2 + 0.1*x0", 1).unwrap(), expected);
}

#[test]
fn rosenbrock() {
    let expected = "\
fn objective() -> real {
    var s0: real = 0.0;
    for (var j0 = 0u; j0 < 9u; j0++) {
        let t0 = x(j0 + 1u);
        let t1 = x(j0);
        let t2 = t1 * t1;
        let t3 = t0 - t2;
        let t4 = t3 * t3;
        let t5 = 100.0 * t4;
        let t6 = 1.0 - t1;
        let t7 = t6 * t6;
        let t8 = t5 + t7;
        s0 += t8;
    }
    return s0;
}
";
    assert_eq!(to_wgsl("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", 10).unwrap(), expected);
}

#[test]
fn numbers_leave_the_loops() {
    let expected = "\
fn objective() -> real {
    var s0: real = 0.0;
    for (var j0 = 0u; j0 < 3u; j0++) {
        let t0 = x(j0);
        s0 += t0;
    }
    let t1 = s0 / 3.0;
    let t2 = x(2u);
    let t3 = exp(t2);
    var s1: real = 0.0;
    for (var j1 = 0u; j1 < 3u; j1++) {
        let t4 = x(j1);
        let t5 = t4 - t1;
        let t6 = real(j1);
        let t7 = t6 * t3;
        let t8 = t5 * t7;
        s1 = select(max(s1, t8), t8, j1 == 0u);
    }
    return s1;
}
";
    assert_eq!(to_wgsl("max((x - mean(x)) * (i * exp(x[-1])))", 3).unwrap(), expected);
}

/// The one operation of an expression.
fn operation(text: &str) -> String {
    let wgsl = to_wgsl(text, 3).unwrap();
    let mut lets = wgsl.lines().filter_map(|line| line.trim().strip_prefix("let "));
    lets.next_back().and_then(|line| line.split_once(" = ")).map(|(_, value)| value.to_owned()).unwrap()
}

#[test]
fn operations_and_literals() {
    for (text, expected) in [
        ("x0^2", "t0 * t0;"),
        ("x0^4", "powi(t0, 4i);"),
        ("x0^-1", "powi(t0, -1i);"),
        ("x0^64", "powi(t0, 64i);"),
        ("x0^-64", "powi(t0, -64i);"),
        ("x0^0", "powi(t0, 0i);"),
        ("x0^1", "x(0u);"),
        ("x0^65", "pow(t0, 65.0);"),
        ("x0^.5", "sqrt(t0);"),
        ("x0^-.5", "pow(t0, -0.5);"),
        ("pow(x0, 7)", "powi(t0, 7i);"),
        ("x0^x1", "pow(t0, t1);"),
        ("2^x0", "pow(2.0, t0);"),
        ("log10(x0)", "log(t0) * 0.4342944819032518;"),
        ("ln(x0)", "log(t0);"),
        ("hypot(x0, x1)", "expr_hypot(t0, t1);"),
        ("x0 - -2", "t0 - (-2.0);"),
        ("-2*x0", "(-2.0) * t0;"),
        ("x0 * (1/3)", "t0 * 0.3333333333333333;"),
        ("x0 + 1e30", "t0 + 1e30;"),
        ("x0 + 1e-30", "t0 + 1e-30;"),
        ("x0 + 123456789012345678", "t0 + 1.2345678901234568e17;"),
        ("--x0", "x(0u);"),
        ("+x0", "x(0u);"),
        ("-x0", "-t0;"),
        ("x0*(sin(0) + 2*n)", "t0 * 6.0;"),
        ("sum(x[::2])", "x(j0 * 2u);"),
        ("sum(x[1::1])", "x(j0 + 1u);"),
        ("sum(i[2:])", "real(j0 + 2u);"),
    ] {
        assert_eq!(operation(text), expected, "{text}");
    }
    assert!(to_wgsl("sum(x[1::3])", 9).unwrap().contains("j0 < 3u;"));
    assert!(to_wgsl("sum(x[1::3])", 9).unwrap().contains("x(j0 * 3u + 1u)"));
    assert!(to_wgsl("1 + 2 - 5", 1).unwrap().contains("return -2.0;"));
}

#[test]
fn equal_parts_are_computed_once() {
    let wgsl = to_wgsl("sin(x0)*sin(x0) + cos(sin(x0)) + norm(x) + dot(x, x) + sum(x^2)", 4).unwrap();
    assert_eq!(wgsl.matches(" sin(").count(), 1);
    assert_eq!(wgsl.matches("x(0u)").count(), 1);
    assert_eq!(wgsl.matches("for (").count(), 1);
}

#[test]
fn what_is_not_needed_is_not_written() {
    let wgsl = to_wgsl("hypot(3, 4) + max(sin(1), 0) * x0", 2).unwrap();
    assert!(!wgsl.contains("hypot") && !wgsl.contains("sin"), "{wgsl}");
    assert_eq!(to_wgsl("hypot(x0, hypot(x0, x1))", 2).unwrap().matches("fn expr_hypot(").count(), 1);
}

#[test]
fn loops_have_names_of_their_own() {
    let wgsl = to_wgsl("sum(x*sum(x*sum(x*sum(x*sum(x)))))", 2).unwrap();
    for k in 0..5 {
        assert_eq!(wgsl.matches(&format!("(var j{k} = 0u")).count(), 1, "{wgsl}");
        assert_eq!(wgsl.matches(&format!("var s{k}: real")).count(), 1, "{wgsl}");
    }
    // None within another: every loop ends before the next begins.
    assert!(wgsl.lines().all(|line| !line.starts_with("        for")), "{wgsl}");
}

#[test]
fn a_list_of_numbers_and_vectors() {
    let expected = "\
fn expr_0() -> real {
    let t0 = x(0u);
    let t1 = x(1u);
    let t2 = t0 * t1;
    return t2;
}
fn expr_1(k: u32) -> real {
    var s0: real = 0.0;
    for (var j0 = 0u; j0 < 3u; j0++) {
        let t0 = x(j0);
        s0 += t0;
    }
    let t1 = x(k);
    let t2 = t1 * s0;
    return t2;
}
fn expr_2() -> real {
    return 2.0;
}
fn residual(k: u32) -> real {
    if (k < 1u) { return expr_0(); }
    if (k < 4u) { return expr_1(k - 1u); }
    if (k < 5u) { return expr_2(); }
    return 0.0;
}
";
    let (text, count) = list_to_wgsl(&["x0*x1", "x*sum(x)", "2"], 3).unwrap();
    assert_eq!((text.as_str(), count), (expected, 5));
    let error = list_to_wgsl(&["x0", "x0 +"], 3).unwrap_err().to_string();
    assert!(error.starts_with("in expression 1\n") && error.contains("1:5"), "{error}");
}
