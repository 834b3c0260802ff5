//! Programs before and after the passes give the same numbers, bit by bit; and each pass does what it is for.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::random_texts::Writer;
use crate::numeric::Real;
use crate::program::builtins::Binary;
use crate::program::checked::{Instructions, Job, Program, Traps};
use crate::program::code::{Code, Fused, Op};
use crate::program::lanes::LANES;
use crate::program::module::{Role, Text};
use crate::program::seeds::{Input, Seeds};
use crate::program::slopes::{How, Model, carry};

const N: usize = 6;

/// Bodies of `objective` with what they need in front; 6 coordinates from -2 to 2, 4 numbers of data.
const TEXTS: &[&str] = &[
    // Loops that count, with what people do in them.
    "var s = 0.0; for (var i = 0u; i + 1u < dimension(); i++) { let a = x(i + 1u) - x(i) * x(i); s += 100.0 * a * a; } return s;",
    "var s = 0.0; for (var i = 0; i < 3; i++) { for (var j = i; j < 3; j++) { s += x(u32(i)) * x(u32(j + 3)) * f32_(i * j); } } return s;",
    "var s = 1.0; for (var i = 0u; i < 6u; i++) { if (i % 2u == 0u) { continue; } if (i == 5u) { break; } s *= x(i); } return s;",
    "var a = array<real, 6>(); for (var i = 0u; i < 6u; i++) { a[i] = x(5u - i); } var s = 0.0; \
     for (var i = 1u; i < 6u; i++) { s += a[i] * a[i - 1u]; a[i] = s; } return s + a[3];",
    "var s = 0.0; for (var i = 0u; i < 3000u; i++) { s = 0.5 * s + x(i % 6u); } return s;",
    "var s = 0.0; var i = 0u; loop { s += x(i); continuing { i++; break if i >= 4u; } } return s;",
    // Branches on what is not known.
    "if (x(0) > 0.3) { return x(1); } return x(2) * x(0);",
    "var a = x(0); if (a > 0.0) { a = 2.0 * a; if (x(1) > a) { a = x(1); } } else { a = -a; } return a * a;",
    "var s = 0.0; for (var i = 0u; i < 6u; i++) { if (x(i) < 0.0) { s -= x(i); } else { s += 2.0 * x(i); } } return s;",
    "var s = 0.0; for (var i = 0u; i < 6u; i++) { if (x(i) < -0.5) { continue; } if (x(i) > 1.5) { break; } s += x(i); } return s;",
    "for (var i = 0u; i < 6u; i++) { if (x(i) > 1.0) { return x(i) + real(i); } } return 0.25;",
    "var a = x(0); var n = 0; while (abs(a) > 0.1 && n < 40) { a *= 0.7; n++; } return a + real(n);",
    "var a = x(0); var b = x(1); for (var i = 0u; i < 5u; i++) { let t = a; a = b; b = t + x(2); } return a - 3.0 * b;",
    "var a = x(0); var b = x(1); while (a < 3.0) { let t = a; a = b + 1.0; b = t + 0.5; } return a - 3.0 * b;",
    "var s = 0.0; for (var k = 0u; k < 4u; k++) { switch k { case 0u, 2u: { s += x(k); } case 1u: { s *= 2.0; } default: { s -= x(5); } } } return s;",
    "var s = 0.0; switch i32(floor(x(0))) { case -1: { s = x(1); } case 0: { s = x(2); if (x(3) > 0.0) { break; } s += 1.0; } default: { s = 3.0; } } return s;",
    // Arrays at computed places, after and before what is known.
    "var a = array<real, 4>(x(0), x(1), x(2), x(3)); let i = u32(clamp(floor(x(4) + 2.0), 0.0, 3.0)); a[i] = 7.0; a[1] = a[i] + a[2]; return a[i] * a[1] + a[0];",
    "var a = array<u32, 4>(3u, 1u, 2u, 0u); var s = 0.0; for (var i = 0u; i < 4u; i++) { s += x(a[i]) * data(a[a[i]]); } return s;",
    "var m = array<array<real, 2>, 2>(array<real, 2>(x(0), x(1)), array<real, 2>(x(2), x(3))); var i = u32(x(4) > 0.0); m[i][1u - i] = 5.0; return m[0][1] + 3.0 * m[1][0];",
    "var a = array<real, 3>(); if (x(0) > 0.0) { a[1] = x(1); } let i = u32(x(2) > 0.0); return a[i] + a[1];",
    // Functions that return in their midst, and that take variables.
    "return first(x(0), x(1)) + first(x(2), x(3)) + last(3);",
    "var a = x(0); twice(&a); if (x(1) > 0.0) { twice(&a); } return a;",
    "return x(0) * x(0) + x(0) * x(0) + sin(x(1)) * sin(x(1)) + select(x(2), x(3), x(2) > x(3)) + x(0) * x(0);",
    "let v = vec3(x(0), x(1), x(2)); return dot(v, v) + length(v.zyx) + cross(v, v.yzx).x + mix(x(3), x(4), 0.25);",
    "return data(0) * x(0) + data(1) * x(1) + pow(x(2), 2.0) + fma(x(3), x(4), x(5)) + 0.1;",
];

const FUNCTIONS: &str = "
fn f32_(i: i32) -> real { return real(i); }
fn first(a: real, b: real) -> real { if (a > b) { return a; } var s = b; if (s > 1.0) { return s * s; } s += 1.0; return s; }
fn last(n: i32) -> real { for (var i = n; i > 0; i--) { if (x(u32(i)) > 0.5) { return x(u32(i)); } } return -1.0; }
fn twice(a: ptr<function, real>) { *a = 2.0 * *a + 1.0; }
";

fn whole(body: &str) -> String {
    format!("{FUNCTIONS}fn objective() -> real {{ {body} }}")
}

fn program_of<T: Real>(text: &str) -> Program<T> {
    let data = [0.5, -1.25, 2.0, 0.1].map(T::of).to_vec();
    Program::new(Text::new("t", text), Role::Scalar, N, data).unwrap()
}

fn program<T: Real>(body: &str) -> Program<T> {
    program_of(&whole(body))
}

/// `[coordinate][lane]`: some of them whole, so that branches meet their edges.
fn points<T: Real>() -> Vec<T> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let t = (state >> 33) as f64 / f64::from(1u32 << 31);
        let x = 4.0 * t - 2.0;
        if state >> 20 & 7 == 0 { x.round() } else { x }
    };
    (0..N * LANES).map(|_| T::of(next())).collect()
}

fn bits<T: Real>(row: &[T]) -> Vec<u64> {
    row.iter().map(|x| x.to_f64().to_bits()).collect()
}

fn values<T: Real>(program: &Program<T>, instructions: &Instructions<T>, active: u64) -> Vec<u64> {
    let x = points::<T>();
    let job = program.job(Input::Each(&x), &program.data, [0; LANES], active);
    let traps = Traps::default();
    let row = instructions.run(&job, &traps, |scratch, _| bits(scratch.row(instructions.code.result)));
    let row = row.unwrap();
    (0..LANES).filter(|lane| active >> lane & 1 == 1).map(|lane| row[lane]).collect()
}

fn same_values<T: Real>() {
    for body in TEXTS {
        let program = program::<T>(body);
        for active in [u64::MAX, 1, 0x5555_5555_5555_5555] {
            let [before, after] =
                [&program.written, &program.instructions].map(|which| values(&program, which, active));
            assert_eq!(before, after, "{body}");
        }
    }
}

#[test]
fn values_are_the_same() {
    same_values::<f64>();
    same_values::<f32>();
}

/// Branches, loops, switches, arrays and functions in one another, as chance has it.
#[test]
fn values_of_random_texts_are_the_same() {
    let mut loops = [0; 2];
    for seed in 0..120 {
        let text = Writer::text(seed);
        let program = program_of::<f64>(&text);
        for active in [u64::MAX, 0x0f0f_1111_8000_0001] {
            let [before, after] = [&program.written, &program.instructions].map(|which| {
                let x = points::<f64>();
                let job = program.job(Input::Each(&x), &program.data, [0; LANES], active);
                let traps = Traps::default();
                let found = instructions_run(which, &job, &traps);
                found.map(|row| {
                    (0..LANES)
                        .filter(|lane| active >> lane & 1 == 1)
                        .map(|lane| row[lane])
                        .collect::<Vec<u64>>()
                })
            });
            assert_eq!(before, after, "seed {seed}: {text}");
        }
        for (which, count_of) in [&program.written.code, &program.instructions.code].into_iter().enumerate() {
            loops[which] += count(count_of, |op| matches!(op, Op::Loop(_)));
        }
    }
    // Some of them are written out.
    assert!(loops[1] > 30 && loops[1] < loops[0], "{loops:?}");
}

fn instructions_run(instructions: &Instructions<f64>, job: &Job<'_, f64>, traps: &Traps) -> Option<Vec<u64>> {
    // One NaN is as good as another.
    let bits = |x: &f64| if x.is_nan() { 1 } else { x.to_bits() };
    instructions
        .run(job, traps, |scratch, _| scratch.row(instructions.code.result).iter().map(bits).collect())
}

/// Slopes to the last bit; bounds may only become narrower, where literals take the place of conversions.
fn same_slopes<T: Real>(slots: u32, first: Option<u32>, how: impl Fn(How) -> How) {
    let how = how(How {
        slots,
        second: false,
        bars: true,
        finite: false,
        random: false,
        inexact_direction: false,
        first: None,
        model: Model::cpu(T::PRECISION),
    });
    let random = (1000..1015).map(Writer::text);
    for body in TEXTS.iter().map(|body| whole(body)).chain(random) {
        let program = program_of::<T>(&body);
        let lengths = super::Lengths { dimension: N, data: 4 };
        let before = carry(&program.written.code, &how, false, false).unwrap();
        let known = How { first, ..how };
        let after =
            super::placed(&super::lean(&carry(&program.lean, &known, false, false).unwrap(), lengths));
        let x = points::<T>();
        let axes: Vec<u32> = (0..slots).flat_map(|slot| [first.unwrap_or(0) + slot; LANES]).collect();
        let steps: Vec<T> = if how.finite { vec![T::of(0.01); axes.len()] } else { Vec::new() };
        let run = |code: Code| {
            let instructions = Instructions::new(code);
            let mut job = program.job(Input::Each(&x), &program.data, [0; LANES], u64::MAX);
            (job.seeds, job.steps) = (Seeds::Axes(&axes), &steps);
            let carried = instructions.code.carried.clone();
            let read = |rows: &[u32], scratch: &crate::program::machine::Scratch<T>| -> Vec<Vec<f64>> {
                rows.iter().map(|&row| scratch.row(row).map(Real::to_f64).to_vec()).collect()
            };
            let found = instructions.run(&job, &Traps::default(), |scratch, _| {
                (read(&carried.slopes, scratch), read(&carried.bounds, scratch), scratch.flags().to_vec())
            });
            found.unwrap()
        };
        let (before, after) = (run(before), run(after));
        for slot in 0..slots as usize {
            for (&b, &a) in before.0[slot].iter().zip(&after.0[slot]) {
                // Of what turns out to be a square, finite differences have a rule of its own.
                let limit = if how.finite { 4.0 * T::PRECISION.epsilon() * a.abs() } else { 0.0 };
                // Nothing is infinitely steep along what it does not depend on.
                let is_known = first.is_some() && a.is_finite() && !b.is_finite();
                assert!((a - b).abs() <= limit || b.is_nan() || a == b || is_known, "{body}: {a} {b}");
            }
            for (b, a) in before.1[slot].iter().zip(&after.1[slot]) {
                // A few roundings aside, since other rules take the place of some.
                assert!(*a <= b * (1.0 + 8.0 * T::PRECISION.epsilon()) || b.is_nan(), "{body}: {a} {b}");
            }
        }
        // Where bounds are narrower there may be less doubt.
        for (slot, (before_flags, after_flags)) in before.2.iter().zip(&after.2).enumerate() {
            for lane in 0..LANES {
                let is_known = before.1.get(slot).is_none_or(|bounds| bounds[lane].is_finite());
                let more = |flag: usize| after_flags[flag] & !before_flags[flag];
                let is_new = (0..before_flags.len()).any(|flag| more(flag) >> lane & 1 == 1);
                assert!(!(is_new && is_known), "{body}: more doubt along {slot}, {lane}");
            }
        }
    }
}

#[test]
fn slopes_are_the_same() {
    same_slopes::<f64>(N as u32, None, |how| how);
    same_slopes::<f32>(2, None, |how| how);
    same_slopes::<f64>(2, None, |how| How { bars: false, finite: true, ..how });
}

/// Where it is known what lanes move along, too.
#[test]
fn slopes_along_known_axes_are_the_same() {
    same_slopes::<f64>(N as u32, Some(0), |how| how);
    same_slopes::<f32>(3, Some(2), |how| How { bars: false, ..how });
    same_slopes::<f64>(3, Some(1), |how| How { bars: false, finite: true, ..how });
}

/// Slopes along all axes in f64, without bounds.
fn along_all(first: Option<u32>) -> How {
    How {
        slots: N as u32,
        second: false,
        bars: false,
        finite: false,
        random: false,
        inexact_direction: false,
        first,
        model: Model::cpu(crate::numeric::Precision::F64),
    }
}

/// What is carried follows the pairs of an operation and a coordinate that it depends on.
#[test]
fn cones_of_coordinates() {
    let program = program::<f64>(TEXTS[0]);
    let (axes, share) = program.known_axes().unwrap();
    // Two coordinates of a pair, and sums of all that came before.
    assert!(axes == N && (0.2..0.6).contains(&share), "{axes} {share}");
    let carried = |first| {
        let how = along_all(first);
        let carried = carry(&program.lean, &how, false, false).unwrap();
        super::lean(&carried, super::Lengths { dimension: N, data: 4 }).ops.len()
    };
    let (known, any) = (carried(Some(0)), carried(None));
    assert!(known < any / 2, "{known} {any}");
}

/// One program of all axes, and whole evaluations at moved points.
fn same_differences<T: Real>(sides: [bool; 2]) {
    let x = points::<T>();
    let mut found = 0;
    for body in TEXTS {
        let program = program::<T>(body);
        let Some(displaced) = program.displaced(sides) else { continue };
        found += 1;
        let traps = Traps::default();
        let value = |x: &[T]| {
            let mut values = Vec::new();
            program.at_points(x, [0], &traps, |row| values = row.to_vec());
            values
        };
        let (mut moved, mut want) = (Vec::new(), Vec::new());
        for axis in 0..N {
            let mut end = |side: usize| {
                if !sides[side] {
                    return value(&x);
                }
                let by = T::of([0.3, -0.4][side]);
                let mut there = x.clone();
                there[axis * LANES..][..LANES].iter_mut().for_each(|x| *x += by);
                moved.extend_from_slice(&there[axis * LANES..][..LANES]);
                value(&there)
            };
            let ends = [end(0), end(1)];
            want.extend(ends[0].iter().zip(&ends[1]).map(|(&up, &down)| up - down));
        }
        let mut got = vec![T::ZERO; N * LANES];
        assert!(program.differences(&displaced, (&x, &moved, 0), &traps, &mut got));
        assert_eq!(bits(&got), bits(&want), "{body} {sides:?}");
    }
    assert!(found >= 3, "{found}");
}

#[test]
fn differences_are_the_same() {
    for sides in [[true, true], [true, false], [false, true]] {
        same_differences::<f64>(sides);
        same_differences::<f32>(sides);
    }
    // What is the same above and below is computed once: x0, x1 and the term between them twice, not five terms.
    let program = program::<f64>(TEXTS[0]);
    let displaced = program.displaced([true, true]).unwrap();
    let whole = program.instructions.code.ops.len() * 2 * N;
    let ops = displaced.instructions.code.ops.len();
    assert!(10 * ops < 6 * whole, "{ops} {whole}");
}

fn count(code: &Code, is_it: impl Fn(&Op) -> bool) -> usize {
    code.ops.iter().filter(|&op| is_it(op)).count()
}

#[test]
fn loops_that_count_are_written_out() {
    let program = program::<f64>(TEXTS[0]);
    let code = &program.instructions.code;
    assert_eq!(count(code, |op| op.is_control()), 0);
    assert_eq!(count(code, |op| matches!(op, Op::ReadAt(..))), N, "each coordinate is read once");
    assert_eq!(count(code, |op| matches!(op, Op::Copy(..) | Op::Store(..) | Op::Read(..))), 0);
    // (x1 - x0²)²·100, added up from 0: five operations a pair, of which two sums that take a product in.
    assert_eq!(code.ops.len(), N + 3 * (N - 1));
    assert_eq!(count(code, |op| matches!(op, Op::Fused(..))), 2 * (N - 1));
    assert!(code.rows < program.lean.rows / 2);
    // One that takes too many turns stays; one whose turns depend on coordinates, too.
    for (text, loops) in [(4, 1), (11, 1), (9, 1), (13, 1), (14, 0), (2, 0)] {
        let program = self::program::<f64>(TEXTS[text]);
        assert_eq!(
            count(&program.instructions.code, |op| matches!(op, Op::Loop(_))),
            loops,
            "{}",
            TEXTS[text]
        );
    }
}

#[test]
fn the_same_is_computed_once() {
    let program = program::<f64>(TEXTS[22]);
    let code = &program.instructions.code;
    // x0·x0; sin·sin with the sum it goes into, three sums more; one select, one comparison, four reads and the sine.
    assert_eq!(code.ops.len(), 1 + 4 + 2 + 4 + 1, "{:?}", code.ops);
}

/// What a product goes into takes it in, on either side, where nothing else needs it.
#[test]
fn products_go_into_sums() {
    let of = |body: &str| {
        let program = program::<f64>(body);
        let code = program.instructions.code.clone();
        let fused = [Fused::Plus, Fused::Minus, Fused::From];
        let fused = fused.map(|which| count(&code, |op| matches!(op, Op::Fused(is, ..) if *is == which)));
        (fused, count(&code, |op| matches!(op, Op::Binary(Binary::Multiply, ..))))
    };
    assert_eq!(of("return x(0) * x(1) + x(2);"), ([1, 0, 0], 0));
    assert_eq!(of("return x(2) + x(0) * x(1);"), ([1, 0, 0], 0));
    assert_eq!(of("return x(0) * x(1) - x(2);"), ([0, 1, 0], 0));
    assert_eq!(of("return x(2) - x(0) * x(1);"), ([0, 0, 1], 0));
    assert_eq!(of("return x(2) * x(3) - x(0) * x(1);"), ([0, 0, 1], 1));
    let twice = "let p = x(0) * x(1); return (p + x(2)) / (p - x(3));";
    assert_eq!(of(twice), ([0, 0, 0], 1));
    // One that is computed whether a branch is taken or not.
    let across = "let p = x(0) * x(1); var s = x(2); if (x(3) > 0.0) { s = sin(p + x(4)); } return s;";
    assert_eq!(of(across), ([0, 0, 0], 1));
}

/// Rules that are sums and products become such; the numbers are those of the rules (`slopes_are_the_same`).
#[test]
fn simple_rules_are_spelt() {
    let program = program::<f64>(TEXTS[0]);
    let how = along_all(Some(0));
    let code = carry(&program.lean, &how, false, false).unwrap();
    let lean = super::lean(&code, super::Lengths { dimension: N, data: 4 });
    let rules = |code: &Code| count(code, |op| matches!(op, Op::Rule(..)));
    assert!(rules(&code) > 20 && rules(&lean) == 0, "{} {}", rules(&code), rules(&lean));
}

#[test]
fn reads_that_fail_stay() {
    let program = program::<f64>("let unused = x(9); return x(0);");
    let traps = Traps::default();
    program.of_terms(&[1.0; N], &[0], &traps);
    assert!(traps.take().is_some());
}
