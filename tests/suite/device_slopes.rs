//! Slopes carried on a device against those of the CPU engine, within the bars of both: whatever a text may contain,
//! standard problems, expressions at random.

use crate::common::{gpu_in, problems, random_expressions, wgsl_cases};
use ndarray::{Array2, ArrayView2};
use plusminus::{
    Bars, Derivative, Difference, Engine, Error, Objective, Precision, Result, ShaderOptions, WgslObjective,
};

const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::F64];

fn of(text: &str, dimension: usize, terms: Option<usize>, data: &[f64]) -> WgslObjective {
    WgslObjective::new(
        "test.wgsl",
        text,
        dimension,
        ShaderOptions { data: data.to_vec(), terms, ..Default::default() },
    )
    .unwrap()
}

/// Every component within the bars of both engines.
fn compare<D: ndarray::Dimension + ndarray::RemoveAxis>(
    name: &str,
    device: &Derivative<D>,
    host: &Derivative<D>,
    flagged: &mut usize,
) {
    let (bars, host_bars) = (device.error.as_ref().unwrap(), host.error.as_ref().unwrap());
    *flagged += device.remarks.len();
    assert_eq!(device.value.shape(), host.value.shape());
    for (i, (((got, bar), want), host_bar)) in
        device.value.iter().zip(bars).zip(&host.value).zip(host_bars).enumerate()
    {
        let distance = (got - want).abs();
        assert!(distance <= bar + host_bar, "{name}: {got:e} ± {bar:e} for {want:e} ± {host_bar:e} at {i}");
    }
    let (values, host_values) = (device.values.as_ref().unwrap(), host.values.as_ref().unwrap());
    for (got, want) in values.iter().zip(host_values) {
        assert!((got - want).abs() <= 1e-3 * want.abs().max(1.0), "{name}: {got:e} for {want:e}");
    }
}

/// A gradient, a Jacobian and a derivative along a direction, on a device and on the CPU engine; how many components
/// were left to direct differences.
fn all_derivatives(objective: &WgslObjective, points: ArrayView2<'_, f64>, precision: Precision) -> usize {
    let engines = [gpu_in(precision), Engine::cpu(precision)];
    let how = Difference::default();
    let direction =
        Array2::from_shape_fn(points.dim(), |(i, j)| 0.1 + 0.7 * (i as f64 - 1.3 * j as f64).sin());
    let mut flagged = 0;
    let name = format!("{} in {precision}", objective.name());
    let mut evaluators = engines.each_ref().map(|engine| engine.evaluator(objective).unwrap());
    let [device, host] = evaluators.each_mut().map(|evaluator| evaluator.gradient(points, &how).unwrap());
    compare(&name, &device, &host, &mut flagged);
    let [device, host] =
        evaluators.each_mut().map(|evaluator| evaluator.directional(points, direction.view(), &how).unwrap());
    compare(&format!("{name}, a direction"), &device, &host, &mut flagged);
    let [device, host] = evaluators.each_mut().map(|evaluator| evaluator.jacobian(points, &how).unwrap());
    compare(&format!("{name}, a Jacobian"), &device, &host, &mut flagged);
    flagged
}

fn points() -> Array2<f64> {
    let points = [[0.37, -0.61, 1.29], [-1.13, 0.47, -0.33], [1.71, 1.33, 0.58]];
    Array2::from(points.to_vec()).mapv(|x| f64::from(x as f32))
}

#[test]
fn whatever_a_text_may_contain() {
    // In precisions in turn: what a text contains is written alike in both.
    for ((name, text, terms, _), precision) in
        wgsl_cases::CASES.iter().chain(MORE).zip(PRECISIONS.into_iter().cycle())
    {
        let objective = of(text, 3, *terms, &[2.0, 3.0, 5.1]);
        let flagged = all_derivatives(&objective, points().view(), precision);
        assert!(flagged <= 2, "{name}: {flagged} components in doubt");
    }
}

/// What the writer of texts for devices has to get right beside that; the last of each is not used here.
const MORE: &[wgsl_cases::Case] = &[
    (
        "returns out of loops within branches, and a switch that continues",
        "fn first(a: real, limit: u32) -> real {
             var sum: real = a;
             for (var i = 0u; i < limit; i++) {
                 switch i % 5u {
                     case 1u: { continue; }
                     case 3u: { sum *= 1.5; if (sum > 20.0) { return sum * a; } continue; }
                     default: { sum += a; }
                 }
                 for (var j = 0u; j < 4u; j++) {
                     if (j > i) { break; }
                     if (sum > 11.0) { return sum + real(j); }
                     sum += 0.25 * a * real(j);
                 }
             }
             return sum;
         }
         fn second(a: real) -> real { if (a < 0.0) { return first(-a, 9u); } return 2.0 * first(a, 6u); }
         fn objective() -> real { return second(x(0)) * second(x(1)) + first(x(2) + 0.5, 7u); }",
        None,
        |_| 0.0,
    ),
    (
        "arrays of arrays at computed indices, written and read in loops",
        "fn objective() -> real {
             var table: array<array<real, 4>, 3>;
             var order: array<u32, 4>;
             for (var i = 0u; i < 4u; i++) { order[3u - i] = i; }
             for (var i = 0u; i < 3u; i++) {
                 for (var j = 0u; j < 4u; j++) { table[i][order[j]] = x(i) * real(j + 1u) + data((i + j) % 3u); }
             }
             var sum: real = 0.0;
             for (var i = 0u; i < 3u; i++) {
                 let row = table[(i + 1u) % 3u];
                 for (var j = 0u; j < 4u; j++) { sum += row[j] * table[i][order[3u - j]]; }
             }
             return sum;
         }",
        None,
        |_| 0.0,
    ),
    (
        "divisions by zero, shifts beyond the width, numbers below integers",
        "fn objective() -> real {
             let zero = u32(x(0) * 0.0);
             let none = i32(zero);
             let a = (7u / zero) + (7u % zero) + (1u << (zero + 33u)) + ((0u - 8u) >> (zero + 60u));
             let b = (-7 / none) + (-7 % none) + ((-1024 - none) >> (zero + 34u)) + abs(none - 5) - sign(none - 3);
             let c = i32(x(1) * 0.0 + 3.9) + i32(x(1) * 0.0 - 3.9) + min(none - 4, 2) * max(none - 4, 3);
             let d = countLeadingZeros(zero + 5u) + countTrailingZeros(zero + 8u) + countOneBits(~zero)
                 + (reverseBits(zero + 1u) >> 20u) + u32(x(1) * 0.0 - 5.5);
             let e = select(0.0, 1.0, b < c) + select(0.0, 2.0, a <= d) + select(0.0, 4.0, !(b == c));
             return (real(a % 1000u) + real(b) + real(c) + real(d % 1000u) + real(e)) * x(0) * x(1) + x(2);
         }",
        None,
        |_| 0.0,
    ),
    (
        "constants alone, with all their digits",
        "const THIRD = 0.333333333333333333;
         fn objective() -> real {
             let a: real = 0.1; let b: real = 3.7;
             var sum = a / b + sqrt(a) * exp(b) + min(a, b) - floor(b) + b % (4.0 * a);
             if (a < b) { sum -= 1.0 / 3.0; }
             return sum * x(0) + THIRD * x(1) + 1e-30 * x(2) * x(2) * 1e30;
         }",
        None,
        |_| 0.0,
    ),
    (
        "residuals with data that are no binary fractions",
        "fn residual(k: u32) -> real { return data(k % 3u) * exp(-0.1 * x(0)) - x(1) * real(k) + x(2) / (0.3 + real(k)); }",
        Some(300),
        |_| 0.0,
    ),
    (
        "vectors of booleans, remainders and steps",
        "fn objective() -> real {
             let v = vec3<real>(x(0), x(1), x(2));
             let near = v < vec3<real>(1.0);
             var sum = dot(select(v, v * v, near), vec3<real>(1.0, 2.0, 3.0));
             if (all(near) || any(v > vec3<real>(1.5))) { sum += v.x * v.y; }
             return sum + (7.3 * x(0)) % 0.9 + fract(5.3 * x(1)) * x(2) + step(0.21, x(1)) * x(0) + round(2.2 * x(2));
         }",
        None,
        |_| 0.0,
    ),
];

#[test]
fn standard_problems() {
    // In either precision in turn.
    for (problem, precision) in problems::all().into_iter().zip(PRECISIONS.into_iter().cycle()) {
        let n = problem.start.len();
        let objective = of(problem.source, n, problem.terms, problem.data);
        let x = Array2::from_shape_fn((2, n), |(i, j)| {
            f64::from((problem.start[j] * (1.0 + 0.03 * i as f64) + 0.003 * i as f64) as f32)
        });
        all_derivatives(&objective, x.view(), precision);
    }
}

#[test]
fn expressions_at_random() {
    for one in random_expressions::draw(7, 30, random_expressions::NEAR)
        .into_iter()
        .zip(PRECISIONS.into_iter().cycle())
    {
        let (one, precision) = one;
        let x = Array2::from_shape_vec((1, one.x.len()), one.x.clone()).unwrap();
        all_derivatives(&one.objective, x.view(), precision);
    }
}

/// Many terms make chunks, of which sums are the host's; selected terms are those of the CPU engine; without bars the
/// numbers are the same.
#[test]
fn many_terms_and_some_of_them() {
    let text = "fn term(s: u32) -> real {
        let k = real(s % 97u) * 0.01;
        return sin(k * x(0)) * exp(-k * x(1)) + x(2) * x(3) * k + x(4) * x(4) - 0.5 * x(4);
    }";
    let objective = of(text, 5, Some(20_000), &[]);
    let x = Array2::from_shape_fn((3, 5), |(i, j)| f64::from(0.3 + i as f32 * 0.21 - j as f32 * 0.13));
    let selected: Vec<u32> = (0..20_000).filter(|s| s % 3 == 1).collect();
    for precision in PRECISIONS {
        let engines = [gpu_in(precision), Engine::cpu(precision)];
        for selection in [None, Some(&selected[..]), Some(&selected[..1])] {
            let found = engines.each_ref().map(|engine| {
                let mut evaluator = engine.evaluator(&objective).unwrap();
                evaluator.select(selection).unwrap();
                let with = evaluator.gradient(x.view(), &Difference::default()).unwrap();
                let without = Difference::default().with_bars(Bars::Off);
                let without = evaluator.gradient(x.view(), &without).unwrap();
                let scale = with.value.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
                for (a, b) in with.value.iter().zip(&without.value) {
                    assert!((a - b).abs() <= 4.0 * precision.epsilon() * scale, "{a:e} and {b:e}");
                }
                with
            });
            let [device, host] = &found;
            assert_eq!(device.evaluations, host.evaluations);
            compare("many terms", device, host, &mut 0);
            let relative = |found: &plusminus::Gradient| {
                let bars = found.error.as_ref().unwrap();
                bars.iter().zip(&found.value).map(|(bar, value)| bar / value.abs()).fold(0.0, f64::max)
            };
            assert!(relative(device) < 1e3 * precision.epsilon(), "{:e}", relative(device));
        }
    }
}

fn gradient(engine: &Engine, text: &str, x: &[f64]) -> Result<Derivative<ndarray::Ix1>> {
    engine.evaluator(of(text, x.len(), None, &[2.0, 3.0]))?.gradient_at(x, &Difference::default())
}

#[test]
fn what_goes_wrong_is_named_as_on_the_cpu_engine() {
    let point = "fn objective() -> real { return x(0) * x(u32(x(0) * 0.0) + 5u); }";
    let data = "fn objective() -> real { return x(0) * data(u32(x(0) * 0.0) + 2u); }";
    let runaway = "fn objective() -> real { var a = x(0); while (a > 0.0) { a += 1.0; if (a > 10.0) { a = 1.0; } } return a; }";
    for precision in PRECISIONS {
        let (device, host) = (gpu_in(precision), Engine::cpu(precision));
        for (text, part) in [(point, "reads x(5)"), (data, "reads data(2)"), (runaway, "turns")] {
            // It takes seconds.
            if part == "turns" && precision == Precision::F64 {
                continue;
            }
            let got = gradient(&device, text, &[1.0, 2.0]).unwrap_err();
            assert!(matches!(got, Error::Evaluation { .. }), "{got}");
            assert!(got.to_string().contains(part), "{got}");
            if part != "turns" {
                assert_eq!(got.to_string(), gradient(&host, text, &[1.0, 2.0]).unwrap_err().to_string());
            }
        }
        for text in [
            "fn objective() -> real { return log(x(0) - 5.0); }",
            "fn objective() -> real { return exp(x(0) * 1000.0); }",
        ] {
            let got = gradient(&device, text, &[1.0, 2.0]).unwrap_err();
            assert!(matches!(got, Error::NonFiniteValue { .. }), "{got}");
        }
    }
}

/// Loops that turn often, each term as often as an invocation may: terms are spread as soon as that is noticed.
#[test]
fn loops_that_take_longer_than_was_thought() {
    // At the origin, where the number of turns is estimated, there are none.
    let text = "fn term(s: u32) -> real {
        var sum: real = 0.0;
        for (var i = 0u; i < u32(x(0)); i++) { sum += x(1) / real(i + s + 1u); }
        return sum;
    }";
    let objective = of(text, 2, Some(50), &[]);
    let x = Array2::from_shape_vec((1, 2), vec![3000.5, 0.75]).unwrap();
    for precision in PRECISIONS {
        let [device, host] = [gpu_in(precision), Engine::cpu(precision)].map(|engine| {
            engine.evaluator(&objective).unwrap().gradient(x.view(), &Difference::default()).unwrap()
        });
        compare("long loops", &device, &host, &mut 0);
    }
}

/// Angles beyond the near ones' reduction: kernels are compiled again, for all points, and selected terms stay selected.
#[test]
fn angles_of_any_size() {
    let text = "fn term(s: u32) -> real { return sin(x(0) * pow(10.0, real(s))) * cos(x(1)); }";
    let objective = of(text, 2, Some(6), &[]);
    let x = ndarray::array![[0.7, 3.0], [1.3, 2e30]];
    let found = [gpu_in(Precision::F32), Engine::cpu(Precision::F32)].map(|engine| {
        let mut evaluator = engine.evaluator(&objective).unwrap();
        let near = evaluator.gradient(x.slice(ndarray::s![..1, ..]), &Difference::default());
        evaluator.select(Some(&[0, 5])).unwrap();
        (near.unwrap(), evaluator.gradient(x.view(), &Difference::default()).unwrap())
    });
    let [(near, some), (host_near, host_some)] = &found;
    for (device, host) in [(near, host_near), (some, host_some)] {
        let bars = [device, host].map(|found| found.error.as_ref().unwrap());
        for (at, value) in device.value.indexed_iter() {
            let apart = (value - host.value[at]).abs();
            assert!(apart <= bars[0][at] + bars[1][at], "{at:?}: {value:e}, {:e}", host.value[at]);
            assert!(bars[0][at] < 0.1 * value.abs(), "{at:?}: {value:e} ± {:e}", bars[0][at]);
        }
    }
}
