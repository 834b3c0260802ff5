//! What WGSL an objective may not contain, and what is said of it: the reports, word for word, are in
//! `tests/hostile/refusals.snap`. `INSTA_UPDATE=always cargo test --test suite refusals` writes them anew, to be read in the diff.

use plusminus::{Difference, Engine, Precision, ShaderOptions, WgslObjective};

/// Statements of `fn objective() -> real`, which returns `a` after them if they do not return.
const STATEMENTS: &[&str] = &[
    // Types that do not go together.
    "let a = x(0) * 2i;",
    "let n = 3u; let a = x(0) + n;",
    "let i = 2i; let a = x(i);",
    "let a = x(1.0);",
    "let i = 2i; let k = 3u; let a = real(i * k) * x(0);",
    "let a = vec2(x(0), x(1)) * vec3(x(0), 1.0, 2.0);",
    "let a = select(x(0), 1u, true);",
    "let a = x(0) < 1.0;",
    "var a = x(0); a = 1i;",
    "let a = vec2(x(0), x(1));",
    "let b = 0.1f; let a = x(0) * b;",
    "let a = pow(x(0), 2u);",
    "let a = sigmoid(vec2(x(0), x(1))).x;",
    "let a = powi(x(0), 2.0);",
    "let a = data(0.5);",
    "if (x(0)) { return 1.0; } let a = 2.0;",
    "let a = x(0) && true;",
    "let a = -3u;",
    "let a = x(0) % 2u;",
    // Functions that there are not, or not here.
    "let a = sine(x(0));",
    "let a = fwidth(x(0));",
    "let a = dpdx(x(0));",
    "let a = unpack2x16float(pack2x16float(vec2(x(0), 1.0))).x;",
    "let a = quantizeToF16(x(0));",
    "let a = subgroupAdd(x(0));",
    "let a = isNan(x(0));",
    "let a = real(dot4I8Packed(u32(x(0)), 3u));",
    "let a = clamp(x(0), 1.0);",
    "let a = max(x(0), 1.0, 2.0);",
    "let a = dot(x(0), x(1));",
    "let a = cross(vec2(x(0), 1.0), vec2(1.0, 2.0)).x;",
    "let a = determinant(mat2x3<real>(x(0), 1.0, 2.0, 3.0, 4.0, 5.0));",
    "let a = x(0, 1);",
    "let a = expr_held(x(0));",
    "let k = 2.0; let a = k / determinant(mat3x2<real>(x(0), 1.0, 2.0, 3.0, 4.0, 5.0));",
    "let e = extractBits(x(0), 1u, 2u); let a = 1.0;",
    "let a = refract(x(0), 1.0, 2.0);",
    "let a = ldexp(x(0), 2.0);",
    "let a = modf(3i).fract;",
    // Numbers and values.
    "let a = x(0) * 1e400;",
    "let a = real(9999999999u) * x(0);",
    "let a = 1h * x(0);",
    "let a = x(0) * real(1li);",
    "let v = array<real, 3>(1.0, 2.0, 3.0); let a = v[3];",
    "let v = vec3(x(0), 1.0, 2.0); let a = v.w;",
    "let v = vec3(x(0), 1.0, 2.0); let a = v[5];",
    "let v = array<real, 2>(1.0, 2.0, 3.0); let a = v[0];",
    "const c = x(0); let a = c;",
    "let a = b;",
    "let a = 1.0; a = 2.0;",
    // Statements.
    "discard; let a = 1.0;",
    "workgroupBarrier(); let a = 1.0;",
    "switch u32(x(0)) { case 0u: { return 1.0; } } let a = 2.0;",
    "x(0) = 2.0; let a = 1.0;",
    "var<workgroup> w: real; let a = 1.0;",
    "let p = &x; let a = 1.0;",
    "break; let a = 1.0;",
];

/// Whole texts.
const TEXTS: &[&str] = &[
    "",
    "fn objective() -> f32 { return 1.0f; } // f64 is not f32",
    "fn objective() { }",
    "fn objective(a: real) -> real { return a; }",
    "fn objective() -> vec2<real> { return vec2(x(0), x(1)); }",
    "fn objective() -> real { }",
    "fn objective() -> real { if (x(0) > 0.0) { return 1.0; } }",
    "fn objective() -> real { return objective(); }",
    "fn objective() -> real { return 1.0; } fn objective() -> real { return 2.0; }",
    "fn term() -> real { return 1.0; }",
    "fn term(s: i32) -> real { return 1.0; }",
    "fn objective() -> real { return x(0) }",
    "fn objective() -> real { return (x(0); }",
    "enable f16; fn objective() -> real { return real(f16(x(0))); }",
    "@group(0) @binding(0) var<storage> d: array<f32>; fn objective() -> real { return x(0); }",
    "@compute @workgroup_size(1) fn main() { } fn objective() -> real { return x(0); }",
    "@group(0) @binding(0) var t: texture_2d<f32>; fn objective() -> real { return x(0); }",
    "var<workgroup> w: atomic<u32>; fn objective() -> real { return x(0); }",
    "override k: f32 = 1.0; fn objective() -> real { return x(0); }",
    "const real = 2.0; fn objective() -> real { return x(0); }",
    "fn data(i: u32) -> real { return 1.0; } fn objective() -> real { return x(0); }",
    "struct S { a: real } fn objective() -> real { let s = S(x(0)); return s.b; }",
    "struct S { a: real } fn objective() -> real { return S(x(0), 2.0).a; }",
    "fn f(a: real) -> real { return a; } fn objective() -> real { return f(1u) * x(0); }",
    "fn f(a: real) -> real { return a; } fn objective() -> real { return f(x(0), 2.0); }",
    "fn f(p: ptr<function, real>) { *p = 2.0; } fn objective() -> real { var a = x(0); f(a); return a; }",
    "var<private> a = x(0); fn objective() -> real { return a; }",
    "const A: i32 = 2.5; fn objective() -> real { return x(0); }",
    "const A = 1.0 / 0.0; fn objective() -> real { return A * x(0); }",
    "alias V = vec5<real>; fn objective() -> real { return x(0); }",
];

/// The report on a text that is checked in this precision first.
fn report(text: &str, precision: Precision) -> String {
    let terms = text.contains("fn term").then_some(2);
    let options = ShaderOptions { terms, precision: Some(precision), ..Default::default() };
    let engine = Engine::cpu(precision);
    let found = WgslObjective::new("f.wgsl", text, 2, options).and_then(|f| {
        engine.evaluator(&f)?.gradient(ndarray::arr2(&[[0.5, 2.0]]).view(), &Difference::default())
    });
    match found {
        Ok(_) => "it passes\n".into(),
        Err(error) => {
            assert!(error.is_bad_input(), "{text}: {error}");
            error.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
        }
    }
}

#[test]
fn reports_are_those_written_down() {
    let wrapped =
        STATEMENTS.iter().map(|text| format!("fn objective() -> real {{\n    {text}\n    return a;\n}}"));
    let mut all = String::new();
    for text in wrapped.chain(TEXTS.iter().map(|&text| text.into())) {
        let [double, single] = [Precision::F64, Precision::F32].map(|precision| report(&text, precision));
        assert!(!(double == single && double.contains("it passes")), "{text}");
        // Most say the same in both.
        let others = if single == double { String::new() } else { format!("in f32: {single}") };
        all += &format!("{double}{others}\n");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../hostile");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("refusals", all));
}
