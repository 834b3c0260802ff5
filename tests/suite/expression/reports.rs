//! Every report, word for word.

use super::report;

/// The report has the text, carets at these columns of its line, and this message.
fn says(text: &str, from: usize, to: usize, message: &str) {
    let underline = match to - from {
        0 => "^".to_owned(),
        more => format!("^{}^", "-".repeat(more - 1)),
    };
    let line = format!("1 | {text}");
    let expected = format!(
        " --> 1:{from}\n  |\n{}\n  | {}{underline}\n  |\n  = {message}",
        line.trim_end(),
        " ".repeat(from - 1)
    );
    let report = report(text, 3);
    assert_eq!(report, expected, "\n{report}");
}

#[test]
fn unknown_names() {
    let expected = " --> 1:5
  |
1 | 2 * sine(x0)
  |     ^--^
  |
  = there is no `sine`; did you mean `sin`?
    values: x0 to x2, pi, e, tau, n, x, i, data
    functions: sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh,
      atanh, exp, exp2, expm1, log, ln, log2, log1p, sqrt, abs, sign,
      floor, ceil, round, trunc, fract, sigmoid, expit, relu, softplus, degrees, radians,
      erf, erfc, erfcx, log_ndtr, lgamma, gammaln, digamma, j0, j1, y0, y1,
      i0, i1, k0, k1, sinc, cbrt, logit, atan2, pow, min, max,
      step, clamp, clip, smoothstep, log10, hypot, mod, logsumexp, where, sum, mean,
      prod, dot, norm, len";
    assert_eq!(report("2 * sine(x0)", 3), expected);
    for (name, first) in [
        ("foo", "there is no `foo`"),
        ("y", "there is no `y`"),
        ("Pi", "there is no `Pi`; did you mean `pi`?"),
        ("X2", "there is no `X2`; did you mean `x2`?"),
        ("arcsin", "there is no `arcsin`; did you mean `asin`?"),
        ("sqr", "there is no `sqr`; did you mean `sqrt`?"),
        ("sums", "there is no `sums`; did you mean `sum`?"),
        ("a_name_that_is_much_too_long", "there is no such name"),
    ] {
        for text in [name.to_owned(), format!("{name}(x)"), format!("{name}[0]")] {
            let report = report(&text, 3);
            let message = report.lines().nth(5).unwrap();
            assert_eq!(message, format!("  = {first}"), "{report}");
        }
    }
    for (dimension, values) in [(0, "values: pi"), (1, "values: x0, pi"), (2, "values: x0, x1, pi")] {
        assert!(report("foo", dimension).contains(values));
    }
}

#[test]
fn numbers_of_arguments() {
    says("atan2(x0)", 1, 9, "wrong number of arguments: write atan2(y, x); here is 1 argument");
    says("sin()", 1, 5, "wrong number of arguments: write sin(a); here are 0 arguments");
    says("min(1,2,3)", 1, 10, "wrong number of arguments: write min(v) or min(a, b); here are 3 arguments");
    says("dot(x)", 1, 6, "wrong number of arguments: write dot(v, w); here is 1 argument");
    says("sum(x, x)", 1, 9, "wrong number of arguments: write sum(v); here are 2 arguments");
}

#[test]
fn coordinates_out_of_range() {
    let message = "the point has 3 coordinates, x0 to x2";
    says("1 + x7", 5, 6, message);
    says("1 + x7 * 2", 5, 6, message);
    says("x[3]", 1, 4, message);
    says("x[-4]", 1, 5, message);
    says("i[3]", 1, 4, message);
    says("x99999999999999999999", 1, 21, message);
    assert!(report("x1", 1).ends_with("= the point has 1 coordinate, x0"));
    let report = report("x0", 1 << 40);
    assert_eq!(report, "the point has 1099511627776 coordinates; an expression can have at most 4294967295");
}

#[test]
fn shapes() {
    says("x^2", 1, 3, "the value is a vector of 3 numbers; reduce it, e.g. sum(...)");
    says(" ( x ) ", 2, 6, "the value is a vector of 3 numbers; reduce it, e.g. sum(...)");
    says("i[2:]", 1, 5, "the value is a vector of 1 number; reduce it, e.g. sum(...)");
    let message = "`-` between a vector of 2 numbers and a vector of 3 numbers: the lengths must be the same";
    says("x[1:] - x", 1, 9, message);
    says("sum((x[1:]) - (x) * 2)", 5, 21, message);
    let message =
        "`hypot` between a vector of 3 numbers and a vector of 1 number: the lengths must be the same";
    says("hypot(x, x[:1])", 1, 15, message);
    let message =
        "`dot` between a vector of 3 numbers and a vector of 2 numbers: the lengths must be the same";
    says("dot(x, x[1:])", 1, 13, message);
    says("sum(2*x0)", 5, 8, "this is one number, and `sum` takes a vector such as x or x[1:]");
    says("dot(x, 3)", 8, 8, "this is one number, and `dot` takes a vector such as x or x[1:]");
    says("max(x0)", 5, 6, "this is one number, and `max` of one argument takes a vector such as x or x[1:]");
    says("mean(x[3:])", 1, 11, "`mean` of a vector of 0 numbers is undefined");
    says("x[::0]", 3, 5, "the step of a slice must be 1 or more");
    says("x[2:0:-1]", 3, 8, "the step of a slice must be 1 or more");
}

#[test]
fn names_in_the_wrong_place() {
    says("1 + sin", 5, 7, "`sin` is a function: write sin(a)");
    says("sum[1]", 1, 3, "`sum` is a function: write sum(v)");
    says("pi(2)", 1, 2, "`pi` is a number, not a function; multiplication is written pi*(...)");
    says("x0(x1)", 1, 2, "`x0` is a coordinate, not a function; multiplication is written x0*(...)");
    says("x(0)", 1, 1, "`x` is a vector; its elements are x[0], x[1], ...");
    says("x0[1]", 1, 2, "`x0` is a number; only vectors have elements");
}

#[test]
fn constants() {
    says("x0 + 1e999", 6, 10, "this number is too large: the largest is about 1.8e308");
    says("x0 + 1e-999", 6, 11, "this number is too small: it would become 0");
    says("1/0", 1, 3, "this divides by zero");
    says("sum(x/(1-1))", 5, 11, "this divides by zero");
    says("x0 + 1e200*1e200", 6, 16, INFINITE);
    says("exp(1000)*x0", 1, 9, INFINITE);
    says("log(0)", 1, 6, INFINITE);
    says("0^-1", 1, 4, INFINITE);
    says("sqrt(-1)", 1, 8, "this constant is undefined (not a number)");
    says("x0*(-8)^(1/3)", 4, 13, "this constant is undefined (not a number)");
}

const INFINITE: &str = "this constant is infinite, or larger than the largest number (about 1.8e308)";

#[test]
fn syntax() {
    let message = "the expression is empty: write one such as x0^2 + 3*x1";
    says("", 1, 1, message);
    says("   ", 1, 1, message);
    let message = "an operator is missing here; multiplication is written *, as in 2*x0";
    says("2x0", 2, 2, message);
    says("1 2", 3, 3, message);
    says("2(x0)", 2, 2, message);
    says("(x0)x1", 5, 5, message);
    says("sin x0", 5, 5, message);
    says("1,5", 2, 2, "a comma stands between the arguments of a function, and a point is a decimal one");
    says("x0 = 3", 1, 2, "`x0` has a meaning already: take another name");
    says("sum(x;2)", 6, 6, "expected an operator (+ - * / ^ @ < > …)");
    let message = "expected a number, a name or (";
    says("x0 +", 5, 5, message);
    says("x0 + ", 5, 5, message);
    says("x0^*2", 4, 4, message);
    says("*2", 1, 1, message);
    says("()", 2, 2, message);
    says("sum(x,)", 7, 7, message);
    let message = "expected a whole number or a slice such as 1:";
    says("x[]", 3, 3, message);
    says("x[i]", 3, 3, message);
    let message = "expected ] (what is indexed is a whole number or a slice such as 1:)";
    says("x[1.5]", 4, 4, message);
    says("x[0:1:2:3]", 8, 8, message);
}

#[test]
fn comparisons_and_choices() {
    let no_number = "this is true or false, and no number: choose by it, as in where(x0 > 0, x0, 0)";
    says("x0 > 0", 1, 6, no_number);
    let sum = "`+` takes numbers, and this is true or false: choose by it, as in where(x0 > 0, x0, 0)";
    says("1 + (x0 > 0)", 5, 12, sum);
    let chained = "a comparison takes numbers, and here one is true or false; comparisons are not chained: write 0 < x0 and x0 < 1";
    says("0 < x0 < 1", 1, 10, chained);
    says(
        "where(x0 = 1, 1, 2)",
        10,
        10,
        "a comparison is written ==; a = 2; gives a name at the beginning of a statement",
    );
    says("where(x0 > 0 && x1 > 0, 1, 2)", 14, 14, "write and, or and not between comparisons");
    says("where(x0, 1, 2)", 7, 8, "`where` takes comparisons such as x0 > 0, and this is a number");
    says("where(x0 > 0, 1)", 1, 16, "wrong number of arguments: write where(c, a, b); here are 2 arguments");
    says("where(not x0, 1, 2)", 11, 12, "`not` takes comparisons such as x0 > 0, and this is a number");
    let lengths =
        "`where` between a vector of 3 numbers and a vector of 2 numbers: the lengths must be the same";
    says("sum(where(x > 0, x[1:], 0))", 5, 26, lengths);
    says(
        "sum(x == 1)",
        5,
        10,
        "`sum` takes numbers, and this is true or false: choose by it, as in where(x0 > 0, x0, 0)",
    );
}

#[test]
fn names_lists_and_data() {
    says("a = 2*x0", 1, 8, "a name is given here, and no value follows: end with one, as in a = 2*x0; a^2");
    says("a = 2; a = 3; a", 8, 8, "`a` has been given a value before: take another name");
    says("pi = 3; pi", 1, 2, "`pi` has a meaning already: take another name");
    says("sin = 3; x0", 1, 3, "`sin` is a function: take another name");
    says("a = 2; a(3)", 8, 8, "`a` is a value, not a function; multiplication is written a*(...)");
    says(
        "x0; x1",
        5,
        6,
        "there are 2 values, and an objective is one: give parts a name, as in a = 2*x0; a^2",
    );
    says("sum([1, x])", 9, 9, "an element of a vector is one number, and this is a vector of 3 numbers");
    says("[1, 2][2]", 1, 9, "there are 2 elements, 0 to 1");
    says("sum(data)", 5, 8, "there are no data; bind a file (--data) or pass them");
    says("data.t", 1, 6, "nothing in the data is called `t`; they have no names");
    says("x @ 2", 1, 5, "`@` multiplies vectors and matrices; a number multiplies by *");
}

#[test]
fn brackets() {
    says("2*(x0", 3, 3, "this ( is never closed");
    says("x[0", 2, 2, "this [ is never closed");
    says("x0)", 3, 3, "this ) closes nothing: no bracket is open here");
    says("(x0]", 4, 4, "this ] comes where ) is needed first");
    says("x[0)", 4, 4, "this ) comes where ] is needed first");
}

#[test]
fn characters() {
    says("x0²", 3, 3, "'²' (U+00B2) has no meaning in an expression; write ^2");
    says("2×x0", 2, 2, "'×' (U+00D7) has no meaning in an expression; multiply with *");
    says("é + π", 1, 1, "'é' (U+00E9) has no meaning in an expression");
    says("2*π", 3, 3, "'π' (U+03C0) has no meaning in an expression; write pi");
    // What would act on the terminal is not repeated.
    assert!(report("x0 \u{1b}[31m", 3).contains("1 | x0 ?[31m\n"));
    assert!(report("x0 \u{1b}[31m", 3).ends_with("= this control character has no meaning in an expression"));
    assert!(report("x0 \u{202e}", 3).ends_with("= this character (U+202E) has no meaning in an expression"));
}

#[test]
fn places_in_several_lines() {
    let expected = " --> 3:4
  |
3 |  + x9
  |    ^^
  |
  = the point has 3 coordinates, x0 to x2";
    assert_eq!(report("x0\n\t* x1\r\n + x9", 3), expected);
    // What extends over lines is shown by its first; what is missing, behind the last that is written.
    assert!(report("x0 + (x[1:]\n - x)", 3).contains("1 | x0 + (x[1:]\n  |       ^---^\n"));
    assert!(report("x0 +\r\n\r\n \n", 3).starts_with(" --> 1:5\n  |\n1 | x0 +\n  |     ^\n"));
    assert!(report("x0 +\n\n \n", 3).starts_with(" --> 1:5\n  |\n1 | x0 +\n  |     ^\n"));
}

#[test]
fn places_in_long_lines() {
    // One line after another, so that the number of the line counts too.
    let text = format!("1 +\n{}y + {}", "x0 + ".repeat(100), "x0*".repeat(100) + "1");
    let report = report(&text, 3);
    let expected = format!(
        " --> 2:41\n  |\n2 | {}y + {}x\n  | {}^\n  |\n  = there is no `y`\n    values:",
        "x0 + ".repeat(8),
        "x0*".repeat(25),
        " ".repeat(40),
    );
    assert!(report.starts_with(&expected), "{report}");
    let last = "    (a long line: shown from its column 461; the place is column 501)";
    assert_eq!(report.lines().last(), Some(last));
}
