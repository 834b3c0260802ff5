//! Texts for devices: what can be said of them without one.

use super::TooLarge;
use super::rows::Rows;
use crate::numeric::Precision;
use crate::program::code::{Code, Op, Span};
use crate::program::{How, Model, Program, Role, Text};

/// The literal of a constant as naga reads it.
fn read_back(value: f64, precision: Precision) -> naga::Literal {
    let code = Code { constants: vec![value], rows: 1, ..Code::default() };
    let literal = Rows::new(&code, precision).number(0).text().to_string();
    let text = format!("alias real = {precision};\nfn f() -> real {{ return {literal}; }}");
    let module = naga::front::wgsl::parse_str(&text).unwrap();
    let (_, function) = module.functions.iter().next().unwrap();
    let Some(naga::Statement::Return { value: Some(returned) }) = function.body.last() else {
        panic!("{text}")
    };
    match function.expressions[*returned] {
        naga::Expression::Literal(literal) => literal,
        ref other => panic!("{other:?} of {text}"),
    }
}

#[test]
fn constants_keep_all_their_digits() {
    let values = [0.1, -0.7, 1.0 / 3.0, 1e300, -1e-300, 2f64.powi(-1000), std::f64::consts::PI, 0.0, 1e22];
    for value in values {
        match read_back(value, Precision::F64) {
            naga::Literal::F64(read) => assert_eq!(read.to_bits(), value.to_bits(), "{value:?}"),
            other => panic!("{value:?} is read as {other:?}"),
        }
        if (value as f32).is_finite() {
            match read_back(value, Precision::F32) {
                naga::Literal::F32(read) => assert_eq!(read, value as f32, "{value:?}"),
                other => panic!("{value:?} is read as {other:?}"),
            }
        }
    }
}

#[test]
fn spans_that_share_rows_are_one_array() {
    let span = |first, count, stride| Span { first, count, stride };
    let ops = vec![
        Op::Gather(90, span(10, 3, 4), 1),
        Op::Gather(91, span(11, 3, 4), 1),
        Op::Scatter(span(30, 2, 1), 1, 92),
        Op::Scatter(span(17, 5, 2), 1, 92),
    ];
    let code = Code { ops, rows: 100, int_rows: 2, ..Code::default() };
    let rows = Rows::new(&code, Precision::F32);
    // Rows 10 to 25, and 30 and 31.
    assert_eq!(rows.elements(), 16 + 2);
    assert_eq!(rows.number(12).text(), "a0[2u]");
    assert_eq!(rows.number(9).text(), "v9");
    assert_eq!(rows.number(26).text(), "v26");
    assert_eq!(rows.number(31).text(), "a1[1u]");
    assert_eq!(rows.number_at(span(11, 3, 4), "n1"), "a0[1u + 4u * min(n1, 2u)]");
}

fn carried(text: &str) -> Result<String, TooLarge> {
    let text = Text::new("test.wgsl", text);
    let program = Program::<f64>::new(text, Role::Scalar, 2, Vec::new()).unwrap();
    let how = How {
        slots: 2,
        second: false,
        finite: false,
        bars: true,
        random: false,
        inexact_direction: false,
        first: None,
        model: Model::device(Precision::F64),
    };
    program.carried_text(&how, false, false)
}

#[test]
fn what_is_too_large_for_devices_is_said() {
    let many: String = (0..2000).map(|i| format!("sum += sin(x(0) * {i}.5);\n")).collect();
    let text = |body: &str| format!("fn objective() -> real {{ var sum = x(1); {body} return sum; }}");
    let long = carried(&text(&many)).unwrap_err();
    assert!(matches!(long, TooLarge::Instructions(count) if count > 10_000), "{long}");
    let wide = "var all: array<real, 800>;
        for (var i = 0u; i < 800u; i++) { all[i] = x(0) * real(i); }
        for (var i = 0u; i < 800u; i++) { sum += all[(i * 7u) % 800u]; }";
    let wide = carried(&text(wide)).unwrap_err();
    assert!(matches!(wide, TooLarge::Elements(count) if count > 4096), "{wide}");
    assert!(carried(&text("sum *= exp(x(0));")).is_ok());
}

#[test]
fn functions_that_return_early_are_functions() {
    let text = carried(
        "fn piece(a: real) -> real { for (var i = 0u; i < 3u; i++) { if (a < real(i)) { return a; } } return a * a; }
         fn objective() -> real { return piece(x(0)) + piece(x(1)); }",
    )
    .unwrap();
    for name in ["fn pm_function1()", "fn pm_function2()", "pm_function2();", "pm_turns > PM_TURNS"] {
        assert!(text.contains(name), "{name} in\n{text}");
    }
}
