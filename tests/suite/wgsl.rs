//! What an objective in WGSL may be made of: the same text on the CPU engine and on a device, in f32 and f64, against Rust.

use crate::common::corpus::CORPUS;
use crate::common::literal_cases::LITERALS;
use crate::common::wgsl_cases::CASES;
use crate::common::{central, direct, engines, gradient, is_cpu, random::SplitMix64};
use ndarray::{Array2, array};
use plusminus::{
    Descent, Difference, Engine, Error, GradientDescent, Minibatches, Objective, Precision, Scheme,
    ShaderOptions, Step, WgslObjective,
};

fn of(text: &str, dimension: usize, terms: Option<usize>, data: &[f64]) -> WgslObjective {
    WgslObjective::new(
        "test.wgsl",
        text,
        dimension,
        ShaderOptions { data: data.to_vec(), terms, ..Default::default() },
    )
    .unwrap()
}

/// Away from kinks and whole numbers.
fn points() -> Array2<f64> {
    let mut points = vec![[0.37, -0.61, 1.29], [-1.13, 0.47, -0.33], [1.71, 1.33, 0.58]];
    let mut random = SplitMix64::new(3);
    // Enough to fill lanes, and some to spare.
    points.extend((0..147).map(|_| [0; 3].map(|_| 2.0 * random.uniform() - 1.0)));
    points.into()
}

#[test]
fn values_and_gradients_are_those_of_rust() {
    let step = Step::relative(-10).unwrap();
    let turns = [Precision::F32, Precision::F64].into_iter().cycle();
    for ((name, text, terms, f), turn) in CASES.iter().chain(LITERALS).chain(CORPUS).zip(turns) {
        let objective = of(text, 3, *terms, &[2.0, 3.0, 5.0]);
        let x = points();
        // On a device in precisions in turn.
        for engine in engines().into_iter().filter(|engine| is_cpu(engine) || engine.precision() == turn) {
            let mut evaluator = engine.evaluator(&objective).unwrap();
            let values = evaluator.values(x.view()).unwrap();
            let gradient = evaluator.gradient(x.view(), &central(-10)).unwrap().value;
            let epsilon = engine.precision().epsilon();
            let mut worst = (0.0f64, 0.0f64);
            for (i, x) in x.rows().into_iter().enumerate() {
                let x = [x[0], x[1], x[2]];
                let value = f(x);
                worst.0 = worst.0.max((values[i] - value).abs() / value.abs().max(1.0));
                for axis in 0..3 {
                    let h = step.at(x[axis]);
                    let moved = |h: f64| {
                        let mut x = x;
                        x[axis] += h;
                        f(x)
                    };
                    // Not across a jump: floor, round and conditions have some.
                    let slopes = [(moved(h) - value) / h, (value - moved(-h)) / h];
                    if (slopes[0] - slopes[1]).abs() > 1.0 {
                        continue;
                    }
                    let want = (moved(h) - moved(-h)) / (2.0 * h);
                    let scale = value.abs().max(1.0) / h;
                    worst.1 = worst.1.max((gradient[[i, axis]] - want).abs() / scale);
                }
            }
            assert!(worst.0 <= 100.0 * epsilon, "{name} on {engine:?}: values off by {:e}", worst.0);
            assert!(worst.1 <= 100.0 * epsilon, "{name} on {engine:?}: differences off by {:e}", worst.1);
        }
    }
}

/// One point takes another way through the CPU engine than many; so do one-sided schemes and terms picked out.
#[test]
fn few_points_and_many_give_the_same_bits() {
    for (name, text, terms, _) in CASES.iter().filter(|case| case.2.is_none()) {
        let objective = of(text, 3, *terms, &[2.0, 3.0, 5.0]);
        let x = points();
        for engine in &engines()[..2] {
            for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
                for step in [None, Some(Step::fixed(0.25).unwrap())] {
                    let how = direct(scheme, step);
                    let mut evaluator = engine.evaluator(&objective).unwrap();
                    let all = evaluator.gradient(x.view(), &how).unwrap().value;
                    let mut into = Array2::zeros(x.dim());
                    evaluator.gradient_into(x.view(), &how, into.view_mut()).unwrap();
                    assert_eq!(all, into, "{name}, {scheme}, {step:?}");
                    for i in [0, 77, 149] {
                        let one =
                            gradient(engine, &objective, &crate::common::point(&x.row(i).to_vec()), &how);
                        let what = format!("{name} on {engine:?}, {scheme}, {step:?}, point {i}");
                        assert_eq!(one.row(0), all.row(i), "{what}");
                    }
                }
            }
        }
    }
}

#[test]
fn terms_can_be_picked() {
    let text = "fn term(s: u32) -> real { let r = data(s) * x(0) - x(1); return r * r; }";
    let data: Vec<f64> = (0..50).map(|s| f64::from(s) * 0.1).collect();
    let objective = of(text, 2, Some(50), &data);
    let x = array![[0.5, 1.0], [2.0, -1.0]];
    let picked = [3u32, 40, 7];
    for engine in engines() {
        let mut evaluator = engine.evaluator(&objective).unwrap();
        evaluator.select(Some(&picked)).unwrap();
        let values = evaluator.values(x.view()).unwrap();
        for (value, x) in values.iter().zip(x.rows()) {
            let want: f64 = picked.iter().map(|&s| (data[s as usize] * x[0] - x[1]).powi(2)).sum();
            assert!((value - want).abs() < 1e-5 * want, "{engine:?}: {value} for {want}");
        }
        let batches = Minibatches::new(objective.terms(), 10, 1).unwrap();
        let descent = Descent::new(GradientDescent::new(1e-3)).steps(20).minibatches(batches);
        let done = descent.run(&mut evaluator, x.view()).unwrap();
        assert!(done.points.iter().all(|x| x.is_finite()));
    }
}

/// More turns than the engine supposed when it cut the work: it cuts again. More than an invocation may make: an error on a
/// device, none on the CPU engine, and none with the sum spread over terms.
#[test]
fn long_loops_are_bounded_and_said() {
    let growing = "fn term(s: u32) -> real {
        var sum: real = 0.0;
        for (var i = 0u; i < u32(x(0)); i++) { sum += x(1) * 1e-3; }
        return sum;
    }";
    // None at the origin, where the engine looks.
    let objective = of(growing, 2, Some(300), &[]);
    for engine in engines() {
        let value = engine.evaluator(&objective).unwrap().values(array![[900.5, 1.0]].view()).unwrap()[0];
        assert!((value - 270.0).abs() < 1e-2, "{engine:?}: {value}");
    }
    // Each turn needs the one before, so that they cannot become terms.
    let long = "fn objective() -> real {
        var sum: real = 0.0;
        for (var i = 0u; i < 100000u; i++) { sum = max(sum + x(0) * 1e-5, sum); }
        return sum;
    }";
    let objective = of(long, 1, None, &[]);
    for engine in engines() {
        let result = engine.evaluator(&objective).unwrap().values(array![[1.0]].view());
        if crate::common::is_cpu(&engine) {
            assert!((result.unwrap()[0] - 1.0).abs() < 1e-2);
        } else {
            let error = result.unwrap_err();
            assert!(
                error.to_string().contains("loop iterations") || matches!(error, Error::Evaluation { .. }),
                "{error}"
            );
            assert!(error.to_string().contains("cpu"), "{error}");
        }
    }
    let spread = "fn term(s: u32) -> real { return x(0) * 1e-5; }";
    let spread = of(spread, 1, Some(100_000), &[]);
    let sum = "fn objective() -> real {
        var sum: real = 0.0;
        for (var i = 0u; i < 100000u; i++) { sum += x(0) * 1e-5; }
        return sum;
    }";
    let sum = of(sum, 1, None, &[]);
    for (objective, engine) in
        [&spread, &sum].into_iter().flat_map(|f| engines().into_iter().map(move |on| (f, on)))
    {
        let value = engine.evaluator(objective).unwrap().values(array![[1.0]].view()).unwrap()[0];
        assert!((value - 1.0).abs() < 1e-3, "{engine:?}: {value}");
    }
}

#[test]
fn numbers_beyond_f32_are_refused_in_f32_only() {
    let text = "fn objective() -> real { return x(0) * data(0); }";
    let objective = of(text, 1, None, &[1e300]);
    for engine in engines() {
        let result = engine.evaluator(&objective);
        match engine.precision() {
            Precision::F64 => assert!(result.is_ok()),
            Precision::F32 => {
                let error = result.err().unwrap().to_string();
                assert!(error.contains("1e300, too large for f32"), "{engine:?}: {error}");
            }
        }
    }
    // A literal, too, is refused where it stands.
    let objective = of("fn objective() -> real {\n    return x(0) * 1e300;\n}", 1, None, &[]);
    let error = Engine::cpu(Precision::F32).evaluator(&objective).err().unwrap().to_string();
    assert!(error.contains("test.wgsl:2:"), "{error}");
}

#[test]
fn what_does_not_fit_the_text_is_refused() {
    let objective = "fn objective() -> real { return x(0); }";
    let term = "fn term(s: u32) -> real { return x(0); }";
    let refused = |text: &str, dimension: usize, options: ShaderOptions| {
        let error = WgslObjective::new("f.wgsl", text, dimension, options).err().unwrap();
        assert!(error.is_bad_input(), "{error}");
        error.to_string()
    };
    let with = |data: &[f64], terms| ShaderOptions { data: data.to_vec(), terms, ..Default::default() };
    assert!(refused(objective, 0, with(&[], None)).contains("at least 1"));
    assert!(refused(objective, 1, with(&[], Some(3))).contains("has no terms"));
    assert!(refused(term, 1, with(&[], None)).contains("--terms N"));
    assert!(refused(term, 1, with(&[], Some(0))).contains("0 terms"));
    assert!(refused(objective, 1, with(&[1.0, f64::NAN], None)).contains("number 1"));
}

/// A trap is told once, of the evaluation that fell into it; the objective is as good as before.
#[test]
fn an_objective_recovers_from_a_trap() {
    let text = "fn objective() -> real { return x(0) * x(u32(x(1))); }";
    let objective = of(text, 2, None, &[]);
    assert!(objective.value(&[2.0, 5.0]).is_nan());
    for engine in engines() {
        let mut evaluator = engine.evaluator(&objective).unwrap();
        for _ in 0..2 {
            let error = evaluator.values(array![[2.0, 5.0]].view()).unwrap_err();
            assert!(error.to_string().contains("reads x(5)"), "{engine:?}: {error}");
            assert_eq!(evaluator.values(array![[2.0, 0.5]].view()).unwrap()[0], 4.0, "{engine:?}");
        }
        // Among many points, too.
        let mut points = Array2::from_elem((300, 2), 0.5);
        points[[200, 1]] = 7.0;
        let error = evaluator.gradient(points.view(), &Difference::default()).unwrap_err();
        assert!(error.to_string().contains("reads x(7)"), "{engine:?}: {error}");
    }
}

/// Comments may hold anything, and names may be shadowed where that is WGSL.
#[test]
fn comments_and_local_names_are_free() {
    let text =
        "// fn x(i: u32), pm_points, and ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((
        /* nested /* fn data() */ pm_work ]]]]] */
        fn twice(x: real, data: real) -> real { let exp = x * data; return exp + exp; }
        fn objective() -> real { return twice(x(0), data(0)); }";
    let objective = of(text, 1, None, &[3.0]);
    for engine in engines() {
        assert_eq!(engine.evaluator(&objective).unwrap().values(array![[0.5]].view()).unwrap()[0], 3.0);
    }
}

/// What is stored where its own parts come from, and what a call changes in the midst of a statement.
#[test]
fn statements_read_before_they_store() {
    let text = "fn bump(to: ptr<function, real>) -> real { *to += 10.0; return *to; }
        fn id(a: real) -> real { return a; }
        fn objective() -> real {
            var a = vec3<real>(x(0), x(1), x(2));
            a = vec3<real>(a.z, a.x, a.y);
            a = a.yzx;
            var m = array<real, 3>(a.x, a.y, a.z);
            m = array<real, 3>(m[2], m[0], m[1]);
            var s = m[0];
            let before = s;
            let sum = s + bump(&s) * 100.0;
            var t = s;
            s = s + 1.0;
            var u = s;
            s = t; t = u; u = s;
            var p = x(0);
            let pair = vec2<real>(p, x(1));
            let same = id(p);
            let both = pair.yx;
            let n = u32(p * 100.0);
            var k = n;
            let was = i32(k);
            p = 1e6; k = 7u;
            let kept = pair.x - same + both.x - x(1) + real(was) - real(n);
            return a.x + 2.0 * a.y + 3.0 * a.z + 5.0 * m[0] + 7.0 * m[1] + 11.0 * m[2] + sum + 1000.0 * before + 1e4 * (t - u) + 1e9 * kept;
        }";
    let objective = of(text, 3, None, &[]);
    let x = [0.25, 0.5, 0.75];
    let want = |x: [f64; 3]| {
        // a is (z, x, y), then (x, y, z).
        let m = [x[2], x[0], x[1]];
        let linear = x[0] + 2.0 * x[1] + 3.0 * x[2] + 5.0 * m[0] + 7.0 * m[1] + 11.0 * m[2];
        linear + (m[0] + (m[0] + 10.0) * 100.0) + 1000.0 * m[0] + 1e4
    };
    for engine in engines() {
        let value = engine.evaluator(&objective).unwrap().values(array![x].view()).unwrap()[0];
        assert!((value - want(x)).abs() < 1e-6 * want(x), "{engine:?}: {value} for {}", want(x));
    }
}

/// A function without a result may leave early, too.
#[test]
fn functions_without_a_result_leave_early() {
    let text = "fn cap(p: ptr<function, real>) { if (*p > 1.0) { return; } *p = 100.0; }
        fn grow(p: ptr<function, real>) { for (var i = 0; i < 9; i++) { *p *= 2.0; if (i == 1) { return; } } }
        fn until(p: ptr<function, real>) { loop { *p += 1.0; if (*p > 50.0) { return; } } }
        fn objective() -> real {
            var s = x(0);
            cap(&s);
            var t = x(0);
            grow(&t);
            var u = x(0);
            until(&u);
            return s + 100.0 * t + u * 1e4;
        }";
    let objective = of(text, 1, None, &[]);
    for engine in engines() {
        let values = engine.evaluator(&objective).unwrap().values(array![[3.0], [0.5]].view()).unwrap();
        assert_eq!(values.to_vec(), [3.0 + 1200.0 + 51e4, 100.0 + 200.0 + 50.5e4], "{engine:?}");
    }
}

/// As many branches within one another as are allowed are right on a device; llvmpipe goes wrong at 80.
#[test]
fn deep_branches_are_right_on_devices() {
    let mut text =
        String::from("fn objective() -> real { var s: real = 0.0; if (x(0) > 1000.0) { s = 1.0; }");
    for i in 0..48 {
        text += &format!(" else if (x(0) > {}.5) {{ s = {i}.0 * x(0); }}", 999 - i);
    }
    text += " return s + x(0); }";
    let objective = of(&text, 1, None, &[]);
    for engine in engines() {
        let values =
            engine.evaluator(&objective).unwrap().values(array![[1.25], [953.0], [960.0]].view()).unwrap();
        assert_eq!(values.to_vec(), [1.25, 48.0 * 953.0, 41.0 * 960.0], "{engine:?}");
    }
}

/// Numbers beyond the range of integers are held to what the precision has below it, on every engine alike.
#[test]
fn conversions_to_integers_are_held_in_range() {
    let text = "fn objective() -> real {
        return real(u32(x(0) * 1e20) & 255u) + real(i32(x(0) * 1e20) % 1000) + real(i32(-1e20 * x(0)) % 1000) + real(u32(-x(0)));
    }";
    let objective = of(text, 1, None, &[]);
    let value =
        |engine: &Engine| engine.evaluator(&objective).unwrap().values(array![[1.0]].view()).unwrap()[0];
    for precision in [Precision::F64, Precision::F32] {
        let engines = engines().into_iter().filter(|engine| engine.precision() == precision);
        let values: Vec<f64> = engines.map(|engine| value(&engine)).collect();
        assert!(values.iter().all(|value| *value == values[0]), "{precision}: {values:?}");
    }
}

/// What is written in f32 runs in f32; in f64 it is said why not, and nothing is rounded to f32 without a word.
#[test]
fn texts_that_say_f32() {
    let text = "fn weight(i: u32) -> f32 { return select(0.1f, .7, i > 0u); }
        fn objective() -> f32 {
            let v = vec3<f32>(x(0), weight(1u), x(2));
            var a: f32 = 0.5;
            a += 0.3;
            return dot(v, v) * a;
        }";
    let objective = of(text, 3, None, &[]);
    let x = [0.37, -0.61, 1.29];
    let want = (x[0] * x[0] + 0.49 + x[2] * x[2]) * 0.8;
    assert!((objective.value(&x) - want).abs() < 1e-6);
    for engine in [Engine::cpu(Precision::F32), crate::common::gpu()] {
        let value = engine.evaluator(&objective).unwrap().values(array![x].view()).unwrap()[0];
        assert!((value - want).abs() < 1e-6, "{engine:?}: {value}");
    }
    for engine in [Engine::cpu(Precision::F64), crate::common::gpu_in(Precision::F64)] {
        let error = engine.evaluator(&objective).err().unwrap();
        assert!(error.is_bad_input() && error.to_string().contains("in f32 it passes"), "{error}");
    }

    // On purpose within f64, with numbers that f32 has.
    let mixed = of("fn objective() -> real { return real(f32(x(0)) * 0.5) + 0.1 * x(1); }", 3, None, &[]);
    assert_eq!(mixed.value(&x), f64::from(0.37f32) * 0.5 + 0.1 * -0.61);
    let mixed = of("fn objective() -> real { let a: f32 = 0.5f; return x(0) * a; }", 3, None, &[]);
    let error = Engine::cpu(Precision::F64).evaluator(&mixed).err().unwrap().to_string();
    assert!(error.contains(":1:52") && error.contains("`*` takes no `real` and `f32`"), "{error}");
    // And with one that it does not have, however it got there.
    for (line, at) in [
        ("let a = 0.1;", "2:13"),
        ("let a = 0.1 * 3.0;", "2:13"),
        ("let a = A;", "2:13"),
        ("let a: f32 = 0.1;", "2:18"),
    ] {
        let text = format!(
            "fn objective() -> real {{\n    {line}\n    return real(f32(x(0)) * a);\n}}\nconst A = 0.1;"
        );
        let error = Engine::cpu(Precision::F64).evaluator(of(&text, 3, None, &[])).err().unwrap().to_string();
        assert!(
            error.contains(&format!("test.wgsl:{at}")) && error.contains("is rounded to f32 here"),
            "{error}"
        );
    }
    for line in ["let a = 0.1f;", "let a = f32(0.1);", "let a: f32 = 0.5;", "let a = B;"] {
        let text =
            format!("fn objective() -> real {{ {line} return real(f32(x(0)) * a); }} const B: f32 = 0.1;");
        let factor = if line.contains("0.5") { 0.5 } else { 0.1f32 };
        assert_eq!(of(&text, 3, None, &[]).value(&x), f64::from(0.37f32 * factor), "{line}");
    }
}

/// Tables are flat, however long they are: no parser's stack grows with them.
#[test]
fn long_tables() {
    let numbers: Vec<String> = (0..12_000).map(|i| format!("{}.{}", i % 7, i % 10)).collect();
    let table = numbers.chunks(100).map(|row| row.join(", ")).collect::<Vec<_>>().join(",\n");
    let text = format!(
        "const TABLE = array({table});
         fn objective() -> real {{ var i = 11999u; return x(0) * TABLE[i] + TABLE[17]; }}"
    );
    let objective = of(&text, 1, None, &[]);
    assert_eq!(objective.value(&[2.0]), 2.0 * numbers[11_999].parse::<f64>().unwrap() + 3.7);
}

/// `%` is the exact remainder on every engine, bit for bit what Rust has, where a quotient is next to a whole number too.
#[test]
fn remainders_are_exact() {
    let pairs: Vec<[f64; 2]> = [
        [5.0, 3.0],
        [-5.0, 3.0],
        [5.0, -3.0],
        [0.3, 0.1],
        [1.0, 0.1],
        [6.0, 0.1],
        [1e6, 0.7],
        [1e30, 3.0],
        [2.0, 2.0],
        [1.0, 1e30],
        [0.0, 2.0],
        [7.0, 7.0000005],
        [7.0000005, 7.0],
        [16_777_215.0, 1.5],
        [3e38, 1.1e-30],
    ]
    .into_iter()
    .chain((1..400).map(|i| [f64::from(i) * 0.1, 0.1]))
    .map(|pair| pair.map(|value| f64::from(value as f32)))
    .collect();
    let x = Array2::from_shape_fn((pairs.len(), 2), |(i, j)| pairs[i][j]);
    let number = of("fn objective() -> real { return x(0) % x(1); }", 2, None, &[]);
    let vector = of("fn objective() -> real { return (vec2(x(0)) % vec2(x(1), 1.0)).x; }", 2, None, &[]);
    for f in [&number, &vector] {
        for engine in engines() {
            let found = engine.evaluator(f).unwrap().values(x.view()).unwrap();
            for (found, [a, b]) in found.iter().zip(&pairs) {
                assert_eq!(*found, a % b, "{a} % {b} on {engine:?}");
            }
        }
    }
}

/// A text in f32 is evaluated in f64 if f32 is read as `real`, and only then.
#[test]
fn f32_is_read_as_real_on_request() {
    let text = "const K: f32 = 0.1f; struct P { a: vec2f, b: array<f32, 2> }
         fn twice(v: vec3<f32>) -> vec3f { return v * 2f; }
         fn objective() -> real { var p = P(vec2f(0.1f, f32(x(0))), array<f32, 2>(0.3, 0.7f));
             let v = twice(vec3f(x(0), p.a.x, p.b[1])); return v.x * K + v.y + v.z + 0.1f * p.a.y; }";
    let want = |x: f64| 0.2 * x + 0.2 + 1.4 + 0.1 * x;
    let options = ShaderOptions { f32_as_real: true, ..Default::default() };
    let f = WgslObjective::new("f32.wgsl", text, 1, options).unwrap();
    let x = array![[0.7]];
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let found = evaluator.value_and_gradient(x.view(), &Difference::default()).unwrap();
        let epsilon = engine.precision().epsilon();
        assert!((found.values.as_ref().unwrap()[0] - want(0.7)).abs() < 4.0 * epsilon, "{engine:?}");
        assert!((found.value[[0, 0]] - 0.3).abs() < 4.0 * epsilon, "{engine:?}");
    }
    let plain = WgslObjective::new("f32.wgsl", text, 1, ShaderOptions::default()).unwrap();
    let refused = Engine::cpu(Precision::F64).evaluator(&plain).err().unwrap().to_string();
    assert!(refused.contains("in f32 it passes"), "{refused}");
    // Reports lead to the text as it is written.
    let wrong = "fn objective() -> f32 {\n    let v = vec3f(1.0f, x(0), y);\n    return v.x;\n}";
    let options = ShaderOptions { f32_as_real: true, ..Default::default() };
    let report = WgslObjective::new("f32.wgsl", wrong, 1, options).err().unwrap().to_string();
    assert!(report.contains("f32.wgsl:2:31"), "{report}");
}
