//! Objectives that add up in a loop are taken apart into terms: values as the loop gives them, gradients as on paper, in a time that
//! grows with the turns and not with turns times coordinates.

use crate::common::random::SplitMix64;
use crate::common::{by_precision, engines, is_cpu};
use ndarray::Array2;
use plusminus::{Difference, Engine, Objective, Precision, ShaderOptions, WgslObjective};

const N: usize = 150;

/// A loop, its value and its gradient on paper.
type Case = (&'static str, fn(&[f64]) -> f64, fn(&[f64]) -> Vec<f64>);

const ROSENBROCK: &str = "
fn square(a: real) -> real { return a * a; }
fn objective() -> real {
    var sum: real = 0.0;
    let last = dimension() - 1u;
    for (var i = 0u; i < last; i++) {
        let a = x(i + 1u) - square(x(i));
        sum += 100.0 * square(a);
        sum += square(1.0 - x(i));
    }
    return sum;
}";

/// 10·n + Σ(x² - 10·cos 2πx), with a factor.
const RASTRIGIN: &str = "
const PI2 = 6.283185307179586;
fn objective() -> real {
    let n = dimension();
    var s = 10.0 * real(n);
    for (var k: i32 = i32(n) - 1; k >= 0; k -= 1) {
        let a = x(u32(k));
        s += a * a - 10.0 * cos(PI2 * a);
    }
    return s / real(n);
}";

/// A chain of springs to the middle point, a potential, and what the ends have.
const SPRINGS: &str = "
fn objective() -> real {
    var springs = 0.0;
    let stiff = 1.0 + x(0) * x(0);
    for (var i = 1u; i < dimension(); i++) {
        let d = x(i) - x(i - 1u);
        springs += 0.5 * d * d;
    }
    var wells = 0.0;
    for (var i = 0u; i <= dimension() - 1u; i += 2u) {
        let a = x(i) * x(i);
        if (a > 1.0) {
            wells += a;
        } else {
            wells -= 2.0 * a;
        }
    }
    let energy = stiff * springs - wells * 3.0;
    return energy - x(0) * x(1);
}";

const CASES: [Case; 3] = [
    (
        ROSENBROCK,
        |x| x.windows(2).map(|w| 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).powi(2)).sum(),
        |x| {
            let mut g = vec![0.0; x.len()];
            for i in 0..x.len() - 1 {
                let a = x[i + 1] - x[i] * x[i];
                g[i] += -400.0 * a * x[i] - 2.0 * (1.0 - x[i]);
                g[i + 1] += 200.0 * a;
            }
            g
        },
    ),
    (
        RASTRIGIN,
        |x| {
            let sum: f64 = x.iter().map(|a| a * a - 10.0 * (std::f64::consts::TAU * a).cos()).sum();
            10.0 + sum / x.len() as f64
        },
        |x| {
            let tau = std::f64::consts::TAU;
            x.iter().map(|a| (2.0 * a + 10.0 * tau * (tau * a).sin()) / x.len() as f64).collect()
        },
    ),
    (
        SPRINGS,
        |x| {
            let springs: f64 = x.windows(2).map(|w| 0.5 * (w[1] - w[0]).powi(2)).sum();
            let well = |a: f64| if a > 1.0 { a } else { -2.0 * a };
            let wells: f64 = x.iter().step_by(2).map(|a| well(a * a)).sum();
            (1.0 + x[0] * x[0]) * springs - 3.0 * wells - x[0] * x[1]
        },
        |x| {
            let springs: f64 = x.windows(2).map(|w| 0.5 * (w[1] - w[0]).powi(2)).sum();
            let stiff = 1.0 + x[0] * x[0];
            let mut g = vec![0.0; x.len()];
            for i in 1..x.len() {
                g[i] += stiff * (x[i] - x[i - 1]);
                g[i - 1] -= stiff * (x[i] - x[i - 1]);
            }
            for (i, a) in x.iter().enumerate().step_by(2) {
                g[i] -= 3.0 * if a * a > 1.0 { 2.0 * a } else { -4.0 * a };
            }
            g[0] += 2.0 * x[0] * springs - x[1];
            g[1] -= x[0];
            g
        },
    ),
];

fn points(seed: u64) -> Array2<f64> {
    let mut random = SplitMix64::new(seed);
    // Numbers of f32, so that both precisions see the same points.
    Array2::from_shape_simple_fn((3, N), || f64::from((random.uniform() * 3.0 - 1.5) as f32))
}

fn objective(text: &str) -> WgslObjective {
    WgslObjective::new("loop.wgsl", text, N, ShaderOptions::default()).unwrap()
}

#[test]
fn values_and_gradients_are_those_of_the_whole() {
    let points = points(1);
    for (text, value, gradient) in CASES {
        let objective = objective(text);
        assert!(objective.terms() >= N - 1, "{text}");
        for engine in engines() {
            let most = by_precision(&engine, 3e-6, 1e-13);
            let mut evaluator = engine.evaluator(&objective).unwrap();
            let values = evaluator.values(points.view()).unwrap();
            let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
            let errors = found.error.as_ref().unwrap();
            for (p, x) in points.rows().into_iter().enumerate() {
                let x = x.to_vec();
                let scale: f64 = gradient(&x).iter().map(|g| g.abs()).fold(0.0, f64::max);
                let error = (values[p] - value(&x)).abs();
                assert!(
                    error <= most * value(&x).abs().max(scale * N as f64),
                    "{}: {error:e}\n{text}",
                    engine.device()
                );
                for (i, g) in gradient(&x).into_iter().enumerate() {
                    let (is, bar) = (found.value[[p, i]], errors[[p, i]]);
                    let error = (is - g).abs();
                    // The gradient on paper rounds, too.
                    assert!(
                        error <= bar + 1e-13 * scale,
                        "{}: [{p}, {i}] {is} and not {g}, bar {bar:e}\n{text}",
                        engine.device()
                    );
                    assert!(
                        error <= most * scale,
                        "{}: [{p}, {i}] {is} and not {g}\n{text}",
                        engine.device()
                    );
                }
            }
        }
    }
}

/// The energy of 40 atoms: each pair of them is a term.
#[test]
fn pairs_are_terms() {
    const ATOMS: usize = 40;
    let text = "
fn objective() -> real {
    var energy = 0.0;
    for (var i = 1u; 3u * i < 3u + 0u * i || i < dimension() / 3u; i++) {
        for (var j = 0u; j < i; j++) {
            let a = x(3u * i) - x(3u * j);
            let b = x(3u * i + 1u) - x(3u * j + 1u);
            let c = x(3u * i + 2u) - x(3u * j + 2u);
            let inverse = 1.0 / (a * a + b * b + c * c);
            let sixth = inverse * inverse * inverse;
            energy += 4.0 * (sixth * sixth - sixth);
        }
    }
    return energy;
}";
    let plain = text.replace("3u * i < 3u + 0u * i || i < dimension() / 3u", "i < dimension() / 3u");
    let new =
        |text: &str| WgslObjective::new("atoms.wgsl", text, 3 * ATOMS, ShaderOptions::default()).unwrap();
    let (whole, pairs) = (new(text), new(&plain));
    // The end of the first one is not understood.
    assert_eq!((whole.terms(), pairs.terms()), (1, 39 * 39));
    let mut random = SplitMix64::new(5);
    let place = |i: usize| [i % 4, i / 4 % 4, i / 16];
    let x = Array2::from_shape_fn((2, 3 * ATOMS), |(_, k)| {
        let off = 0.2 * random.uniform() - 0.1;
        f64::from((1.2 * place(k / 3)[k % 3] as f64 + off) as f32)
    });
    let on_paper = |x: &[f64]| {
        let mut g = vec![0.0; x.len()];
        for i in 0..ATOMS {
            for j in 0..i {
                let d: Vec<f64> = (0..3).map(|k| x[3 * i + k] - x[3 * j + k]).collect();
                let r2: f64 = d.iter().map(|d| d * d).sum();
                let s = r2.powi(-3);
                for k in 0..3 {
                    let force = 24.0 * (s - 2.0 * s * s) / r2 * d[k];
                    g[3 * i + k] += force;
                    g[3 * j + k] -= force;
                }
            }
        }
        g
    };
    for engine in engines() {
        let most = by_precision(&engine, 1e-5, 1e-13);
        let gradient = |objective: &WgslObjective| {
            let mut evaluator = engine.evaluator(objective).unwrap();
            evaluator.gradient(x.view(), &Difference::default()).unwrap()
        };
        let found = gradient(&pairs);
        let errors = found.error.as_ref().unwrap();
        for (p, x) in x.rows().into_iter().enumerate() {
            let want = on_paper(&x.to_vec());
            let scale = want.iter().map(|g| g.abs()).fold(0.0, f64::max);
            for (i, g) in want.into_iter().enumerate() {
                let (is, bar) = (found.value[[p, i]], errors[[p, i]]);
                assert!((is - g).abs() <= bar + 1e-13 * scale, "{}: {is} {g} {bar:e}", engine.device());
                assert!((is - g).abs() <= most * scale, "{}: {is} {g}", engine.device());
            }
        }
        if is_cpu(&engine) {
            let one = gradient(&whole);
            assert!(
                one.value.iter().zip(&found.value).all(|(a, b)| (a - b).abs() <= most * a.abs().max(1.0))
            );
        }
    }
}

/// Each coordinate of these stands in one term or in two: the sparse Hessian knows, and so does a gradient at n = 20,000, which would
/// take 4e8 turns otherwise.
#[test]
fn the_cost_grows_with_the_turns() {
    let n = 20_000;
    let objective = WgslObjective::new("loop.wgsl", ROSENBROCK, n, ShaderOptions::default()).unwrap();
    assert_eq!(objective.terms(), n - 1);
    let x = Array2::from_shape_fn((1, n), |(_, i)| (i as f64 * 0.37).sin());
    for precision in [Precision::F32, Precision::F64] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&objective).unwrap();
        let found = evaluator.gradient(x.view(), &Difference::default()).unwrap();
        let (_, _, gradient) = CASES[0];
        let want = gradient(&x.row(0).to_vec());
        let most = by_precision(&engine, 1e-3, 1e-11);
        assert!(found.value.row(0).iter().zip(want).all(|(is, g)| (is - g).abs() <= most));
        // Nothing of a coordinate that no term shares with it.
        let (i, before) = (n / 2, found.value[[0, n / 4]]);
        let mut moved = x.clone();
        moved[[0, i]] += 0.5;
        let after = evaluator.gradient(moved.view(), &Difference::default()).unwrap();
        assert_eq!(after.value[[0, n / 4]], before);
        assert_ne!(after.value[[0, i + 1]], found.value[[0, i + 1]]);
    }
}

/// The same function as a loop of its own would have it: one that is not taken apart, since a turn stores what the next one reads.
#[test]
fn what_cannot_be_taken_apart_is_right_as_well() {
    let text = "
fn objective() -> real {
    var s = 0.0;
    var before = x(0);
    for (var i = 1u; i < dimension(); i++) {
        let now = x(i);
        s += (now - before) * (now - before);
        before = now;
    }
    return s;
}";
    let objective = objective(text);
    assert_eq!(objective.terms(), 1);
    let points = points(2);
    for engine in engines() {
        let mut evaluator = engine.evaluator(&objective).unwrap();
        let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
        let errors = found.error.as_ref().unwrap();
        for (p, x) in points.rows().into_iter().enumerate() {
            for i in 0..N {
                let left = if i > 0 { 2.0 * (x[i] - x[i - 1]) } else { 0.0 };
                let right = if i + 1 < N { 2.0 * (x[i + 1] - x[i]) } else { 0.0 };
                let error = (found.value[[p, i]] - (left - right)).abs();
                assert!(error <= errors[[p, i]] + 1e-14, "{}: {error:e}", engine.device());
            }
        }
    }
}

/// What looks like a sum with a known number of turns, and is another: values as a loop in Rust gives them.
#[test]
fn misleading_loops_are_right() {
    type Case = (&'static str, fn(&[f64]) -> f64);
    let cases: [Case; 3] = [
        // Steps of the loop within change from turn to turn.
        (
            "fn objective() -> real {
                var s = 0.0;
                for (var i = 1u; i < 150u; i++) { for (var j = 0u; j < 150u; j += i) { s += x(i) * x(j); } }
                return s;
            }",
            |x| (1..150).map(|i| (0..150).step_by(i).map(|j| x[i] * x[j]).sum::<f64>()).sum(),
        ),
        // A number of the function hides a constant of the text.
        (
            "const M = 150u;
            fn objective() -> real {
                let M = u32(x(0) * 0.0 + 101.0);
                var s = 0.0;
                for (var i = 0u; i < M; i++) { s += x(i) * x(i); }
                return s;
            }",
            |x| x[..101].iter().map(|x| x * x).sum(),
        ),
        (
            "const M = 150u;
            fn objective() -> real {
                var M: u32;
                var s = 0.0;
                for (var i = 0u; i < M + 70u; i++) { s += x(i) * x(i); }
                return s;
            }",
            |x| x[..70].iter().map(|x| x * x).sum(),
        ),
    ];
    let points = points(3);
    for (text, value) in cases {
        let objective = objective(text);
        for engine in engines() {
            let most = by_precision(&engine, 1e-4, 1e-12);
            let values = engine.evaluator(&objective).unwrap().values(points.view()).unwrap();
            for (x, is) in points.rows().into_iter().zip(values) {
                let want = value(&x.to_vec());
                assert!(
                    (is - want).abs() <= most * want.abs().max(10.0),
                    "{is} and not {want} on {}: {text}",
                    engine.device()
                );
            }
        }
    }
}
