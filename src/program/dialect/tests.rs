//! What texts become in f64, and that they are then what their authors meant.

use super::{Numbers, prepare, translate};
use crate::numeric::Precision;
use crate::program::{Program, Role, Text, Traps};

fn double(text: &str) -> String {
    translate(prepare(text, false), Precision::F64, Numbers::Reals).text
}

/// Functions of a text that have names of WGSL's or the engine's get others, and f32 becomes `real` if it is asked for; places
/// stay.
#[test]
fn names_that_are_taken_and_f32_as_real() {
    let text = "fn relu(round: f32) -> f32 { return round * exp(1.0f) + relu(2f); } fn g(v: vec3f) -> mat2x3<f32> { v.relu }";
    let own = prepare(text, false);
    let expected = "fn pm_own_relu(round: f32) -> f32 { return round * exp(1.0f) + pm_own_relu(2f); } fn g(v: vec3f) -> mat2x3<f32> { v.relu }";
    assert_eq!(own.text, expected);
    let as_real = "fn pm_own_relu(round: real) -> real { return round * exp(1.0) + pm_own_relu(2.0); } fn g(v: vec3<real>) -> mat2x3<real> { v.relu }";
    let prepared = prepare(text, true);
    assert_eq!(prepared.text, as_real);
    let new = translate(prepared, Precision::F64, Numbers::Reals);
    let at = new.text.find("mat2x3").unwrap();
    let place = new.place(naga::Span::from(at..at + 6)).and_then(|place| place.to_range()).unwrap();
    assert_eq!(&text[place], "mat2x3");
}

#[test]
fn numbers_become_reals() {
    for (text, want) in [
        ("fn f() -> real { let a = 0.1; }", "fn f() -> f64 { let a = pm_real(0.1lf); }"),
        ("fn f() { let v = vec3(.3, 1, 2.0f); }", "fn f() { let v = vec3(pm_real(.3lf), 1, 2.0f); }"),
        ("struct C { real: real }", "struct C { real: f64 }"),
        ("fn f(c: C) -> real { return c.real; }", "fn f(c: C) -> f64 { return c.real; }"),
        (
            "const A = 2.0; fn f() { let b = A * sqrt(A); }",
            "const pm_c_A = 2.0; const A: f64 = pm_c_A; fn f() { let b = pm_real(A) * sqrt(pm_real(A)); }",
        ),
        (
            "const B: real = 3.0*A; const A: real = real(2); const N = i32(A) + 1;",
            "const pm_c_B = (1.0 * (3.0*pm_c_A)); const B: f64 = pm_c_B; const pm_c_A = (1.0 * ((1.0 * (2)))); const A: f64 = \
             pm_c_A; const N = i32(pm_c_A) + 1;",
        ),
        (
            "const S = array<real, 2>(1.0, .5); fn f(i: u32) { let a = S[0] + S[i]; }",
            "const pm_c_S = array(1.0, .5); const S: array<f64, 2> = pm_c_S; fn f(i: u32) { let a = pm_real(S[0]) + \
             pm_real(S[i]); }",
        ),
        (
            "const K = 0.5; fn f(K: u32) { let a = K; } fn g() { const h = 2.0 * K; const n = 3; }",
            "const pm_c_K = 0.5; const K: f64 = pm_c_K; fn f(K: u32) { let a = K; } fn g() { let h = pm_real(2.0lf) * \
             pm_real(K); const n = 3; }",
        ),
        ("/* 1.0 */ alias T = real; // 2.0", "/* 1.0 */ alias T = f64; // 2.0"),
        // What calculates in f32 on purpose stays so.
        ("const A = 0.1f; fn f() { let a = A; }", "const A = 0.1f; fn f() { let a = A; }"),
        // Texts that are no WGSL.
        ("fn f( { 1.0 const", "fn f( { 1.0lf const"),
        ("const A = ;", "const A = ;"),
    ] {
        assert_eq!(double(text), want, "{text}");
    }
    let text = "const A: real = 0.1; fn f() -> real { return 2.0 * A; }";
    assert_eq!(
        translate(prepare(text, false), Precision::F32, Numbers::Reals).text,
        text.replace("real", "f32")
    );
}

/// 3 / 2 of whole numbers is 1: where a type says that they are reals, it is 1.5.
#[test]
fn whole_numbers_of_reals() {
    for (constants, want) in [
        ("const R = array<real, 2>(1, 3); const Q = R[1] / 2;", 1.5),
        ("const R: array<real, 2> = array(1, 3); const Q = R[1] / 2;", 1.5),
        ("const R = array<vec2<real>, 1>(vec2<real>(1, 3)); const Q = R[0].y / 2;", 1.5),
        ("const R: array<array<real, 2>, 1> = array(array(1, 3)); const Q = R[0][1] / 2;", 1.5),
        ("const A: real = 3; const Q = A / 2;", 1.5),
        ("const A: real = (7 - 4) / 2; const Q = A;", 1.0),
        ("const P = vec3<real>(1, 2, 3); const Q = P.x / P.y;", 0.5),
        ("const P: vec3<real> = vec3(1, 2, 3); const Q = P.x / P.y;", 0.5),
        ("const P = vec2<real>(3); const Q = dot(P, P) / 4;", 4.5),
        ("const M = mat2x2<real>(1, 2, 3, 4); const Q = M[1].x / 2;", 1.5),
        ("const N = 3; const P = vec2<real>(N, 2); const Q = P.x / P.y;", 1.5),
        ("const H = array<real, 4>(1, 3, 5, 2); fn h(i: u32) -> real { return H[i] / 2; }", 1.5),
    ] {
        let value = if constants.contains("fn h") { "h(u32(x(0)))" } else { "Q" };
        let text = format!("{constants} fn objective() -> real {{ return {value} * x(0); }}");
        let double = Program::<f64>::new(Text::new("t", &text), Role::Scalar, 1, Vec::new()).unwrap();
        assert_eq!(double.of_terms(&[1.0], &[0], &Traps::default())[0], want, "{text}");
        let single = Program::<f32>::new(Text::new("t", &text), Role::Scalar, 1, Vec::new()).unwrap();
        assert_eq!(f64::from(single.of_terms(&[1.0], &[0], &Traps::default())[0]), want, "{text} in f32");
    }
}

/// Constants whose shapes are not found, here since one is no number and they are many, are never f32 without a word.
#[test]
fn no_constant_is_rounded() {
    let many: String = (0..300).map(|i| format!("const C{i} = 0.{i}1;\n")).collect();
    let text = |last: &str| {
        format!(
            "struct S {{ w: real }} const P = S(1.0);\n{many}\nfn objective() -> real {{ let a = {last}; return real(a) * x(0); }}"
        )
    };
    let read = |text: &str| Program::<f64>::new(Text::new("t", text), Role::Scalar, 1, Vec::new());
    assert!(read(&text("C7")).is_ok());
    let report = read(&text("C299")).err().unwrap();
    assert!(report.contains("`C299` is rounded to f32 here"), "{report}");
}
