//! Each rule, broken on purpose, is noticed: slopes or bounds no longer agree with derivatives in some 75 digits.

#![allow(clippy::unwrap_used, reason = "tests")]

mod finite;

use std::sync::Arc;

use super::rules::{Condition, Rule, broken};
use super::{How, Model};
use crate::numeric::Precision;
use crate::program::code::{Flag, Op};
use crate::program::{Carrying, Input, LANES, Program, Role, Seeds, Text, Traps, data_errors};

#[path = "../../../../tests/suite/common/truth/mod.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod truth;
use truth::{Truth, distance};

/// Where the argument of a function of one number is taken.
const UNARY: &[(&str, f64)] = &[
    ("exp", 1.3),
    ("exp2", 1.3),
    ("expm1", 0.7),
    ("log", 0.9),
    ("log2", 0.9),
    ("log1p", 0.9),
    ("sqrt", 0.7),
    ("inverseSqrt", 0.7),
    ("sin", 0.8),
    ("cos", 0.8),
    ("tan", 0.8),
    ("asin", 0.6),
    ("acos", 0.6),
    ("atan", 0.6),
    ("sinh", 0.8),
    ("cosh", 0.8),
    ("tanh", 0.8),
    ("asinh", 0.8),
    ("acosh", 1.7),
    ("atanh", 0.6),
    ("sigmoid", 0.8),
    ("softplus", 0.8),
    ("abs", -0.8),
    ("relu", 0.8),
    ("saturate", 0.4),
    ("fract", 0.4),
    ("degrees", 0.4),
];

/// The same of special functions.
const SPECIAL: &[(&str, f64)] = &[
    ("erf", 0.6),
    ("erfc", 0.9),
    ("erfcx", 0.8),
    ("log_ndtr", 0.4),
    ("lgamma", 2.6),
    ("digamma", 2.2),
    ("j0", 1.1),
    ("j1", 0.9),
    ("y0", 1.2),
    ("y1", 1.4),
    ("i0", 0.9),
    ("i1", 1.1),
    ("k0", 0.8),
    ("k1", 1.2),
    ("sinc", 0.7),
    ("cbrt", 0.8),
    ("logit", 0.4),
];

/// Of two numbers, `a` and `b`, both off by some hundred roundings.
const BINARY: &[&str] = &[
    "a + b",
    "a - b",
    "a * b",
    "a * a",
    "a / b",
    "a / 1.3",
    "a / (b * b)",
    "1.7 / b",
    "min(a, 1.3 * b)",
    "max(a, 1.3 * b)",
    "max(a * a, b * b)",
    "min(a * a, b * b)",
    "a % b",
    "(a * b) % 0.7",
    "(a * a) % (b * b)",
    "atan2(a, b)",
    "pow(a, b)",
    "pow(a, 1.7)",
    "pow(a, 2.0)",
    "pow(a, 3.0)",
    "pow(a, 4.0)",
    "pow(a, 7.0)",
    "pow(a, -3.0)",
    "powi(a, i32(n()))",
    "powi(a, 5)",
    "fma(a, b, 0.3)",
    "mix(a, b, 0.3 * a)",
    "clamp(a, 0.1, 5.0 * b)",
    "smoothstep(0.11, 1.9 + b, a)",
    "-a * b",
    "floor(10.0 * a) * b",
    "round(10.0 * a) * b",
    "sign(a) * b",
    "step(a, b) * b",
    "trunc(7.0 * b) * a",
];

/// A text, and points: of cancellations, so that operands are off by much more than the rounding of what follows.
fn texts() -> Vec<String> {
    let objective = |body: &str| {
        format!(
            "fn n() -> real {{ return 3.0; }}
            fn objective() -> real {{
                let a = (x(0) + 100.1) - 99.4;
                let b = (x(1) + 200.3) - 199.9;
                return {body};
            }}"
        )
    };
    let mut texts = Vec::new();
    let mut all = |body: &str| {
        texts.push(objective(body));
        // What follows the value's own error.
        texts.push(objective(&format!("sin(4000.0 * ({body}))")));
    };
    for (name, at) in UNARY.iter().chain(SPECIAL) {
        all(&format!("{name}(a + ({at:?} - 0.75))"));
    }
    BINARY.iter().for_each(|body| all(body));
    for exact in [
        "(lgamma(x(0)) - 2.96875) * x(1)",
        "(digamma(x(0)) + 20.5) * x(1)",
        "(j0(x(0)) - 0.984375) * x(1)",
        "x(0) * x(1)",
        "x(0) / x(1)",
        "sqrt(x(0)) + exp(x(1)) * data(0)",
        "1e-30 * (1e-12 * x(0)) * x(1)",
    ] {
        all(exact);
    }
    for curved in [
        "max(a * a * a, b * a)",
        "min(a * a * a, b * b * b)",
        "(a * a * a) % (b * b * b)",
        "smoothstep(0.0, 1.0, a)",
        "a * a * b * b",
        "a * b / (a + 1.3 * b * b)",
        "pow(x(1) + 1.0, 0.5 * x(0))",
    ] {
        all(curved);
    }
    // Whole numbers beyond f32.
    all("(real(select(1u, 2u, data(0) < -100.0) + 123456788u) - 123456000.0) * x(0)");
    // Next to a corner, a step, an edge: z is 1e-5·x(0), or less than its own error.
    let flat = "(((x(0) + 100.1) - 100.1) - 0.99999 * x(0))";
    let z = format!("{flat} * (1.0 + x(1) * x(1))");
    for near in [
        format!("abs({z})"),
        format!("relu({z})"),
        format!("saturate({z})"),
        format!("floor(3.0 + {flat}) * b"),
        format!("round(3.5 + {flat}) * b"),
        format!("sign({flat}) * b"),
        format!("step(0.0, {flat}) * b"),
    ] {
        all(&near);
    }
    texts
}

struct Subject {
    truth: Truth,
    carrying: Carrying<f32>,
    rules: Vec<Rule>,
}

fn subject(text: &str, second: bool) -> Option<Subject> {
    let data = [0.3];
    let program = Program::<f32>::new(Text::new("t", text), Role::Scalar, 2, vec![0.3]).unwrap();
    let model = Model::cpu(Precision::F32);
    let how = How {
        slots: 1,
        second,
        finite: false,
        bars: true,
        random: false,
        inexact_direction: false,
        first: None,
        model,
    };
    broken::KEPT.set(true);
    let carrying = program.carrying(&how, false, &Arc::new(data_errors(&data))).unwrap();
    broken::KEPT.set(false);
    let used = carrying.instructions.code.ops.iter().filter_map(|op| match op {
        Op::Rule(rule, ..) => Some(*rule),
        _ => None,
    });
    Some(Subject { truth: Truth::new(text, 2, None, &data), rules: used.collect(), carrying })
}

const POINTS: [[f32; 2]; 6] =
    [[0.05, 0.4], [0.17, 0.33], [-0.031, 0.47], [0.11, 0.21], [0.237, 0.1], [0.4, 0.3]];

/// Pairs of axes; of slopes the first one counts.
const FIRST: &[[u32; 2]] = &[[0, 0], [1, 0]];
const SECOND: &[[u32; 2]] = &[[0, 0], [1, 0], [1, 1]];

fn planes(second: bool) -> impl Iterator<Item = ([f32; 2], [u32; 2])> {
    let planes = if second { SECOND } else { FIRST };
    POINTS.iter().flat_map(move |&x| planes.iter().map(move |&plane| (x, plane)))
}

/// Slope (or second slope) and bound at each point and along each pair of axes; the bound is NaN where flagged.
fn run(subject: &Subject, second: bool) -> Vec<[f64; 2]> {
    let at = |(x, [axis, line]): ([f32; 2], [u32; 2])| {
        let (axes, lines) = ([axis; LANES], [line; LANES]);
        let seeds = if second { Seeds::Planes(&axes, &lines) } else { Seeds::Axes(&axes) };
        let read = |found: crate::program::CarriedLanes<'_, f32>| {
            let flagged = found.raised(Flag::Branch, 0) & 1 != 0 || found.raised(Flag::Jump, 0) & 1 != 0;
            let bound = if flagged { f64::NAN } else { f64::from(found.bounds(0)[0]) };
            [f64::from(found.slopes(0)[0]), bound]
        };
        let job = (Input::Same(&x[..]), [0; LANES], 1);
        subject.carrying.run(job, (seeds, &[]), &Traps::default(), read).unwrap()
    };
    planes(second).map(at).collect()
}

/// The components that are outside their bars.
fn misses(subject: &Subject, wanted: &[Option<(f64, f64)>], second: bool) -> usize {
    let found = run(subject, second);
    let is_miss = |(&[slope, bound], want): (&[f64; 2], &Option<(f64, f64)>)| {
        want.is_some_and(|want| distance(slope, want) > bound)
    };
    found.iter().zip(wanted).filter(|&pair| is_miss(pair)).count()
}

fn wanted(subject: &Subject, second: bool) -> Vec<Option<(f64, f64)>> {
    let at = |(x, [axis, line]): ([f32; 2], [u32; 2])| {
        let x = x.map(f64::from);
        if second {
            subject.truth.hessian(&x).map(|hessian| hessian[axis as usize][line as usize])
        } else {
            subject.truth.gradient(&x).map(|exact| exact.pairs[axis as usize])
        }
    };
    planes(second).map(at).collect()
}

#[test]
fn rules_hold_and_are_noticed_when_broken() {
    let mut noticed: Vec<Rule> = Vec::new();
    let mut used: Vec<Rule> = Vec::new();
    for second in [false, true] {
        for text in texts() {
            let Some(subject) = subject(&text, second) else { continue };
            let wanted = wanted(&subject, second);
            assert_eq!(misses(&subject, &wanted, second), 0, "{text}, second: {second}");
            for &rule in &subject.rules {
                if !used.contains(&rule) {
                    used.push(rule);
                }
                if noticed.contains(&rule) {
                    continue;
                }
                broken::RULE.set(Some(rule));
                if misses(&subject, &wanted, second) > 0 {
                    noticed.push(rule);
                }
                broken::RULE.set(None);
            }
        }
    }
    // Of programs in f64, below.
    used.push(Rule::SingleError);
    // A thousandth of 0, or of what says whether anything moves; what is unknown at a corner, below.
    noticed.extend([Rule::SingleError, Rule::EitherMoves, Rule::Zero]);
    noticed.extend([Rule::AbsSecondWobble, Rule::SaturateSecondWobble]);
    let of_the_limit = |rule: &Rule| !matches!(rule, Rule::Finite(_));
    let all = Rule::all().into_iter().filter(of_the_limit);
    let never: Vec<_> = all.filter(|rule| !used.contains(rule)).collect();
    assert!(never.is_empty(), "no text uses {never:?}");
    let unnoticed: Vec<_> = used.iter().filter(|rule| !noticed.contains(rule)).collect();
    assert!(unnoticed.is_empty(), "broken, and nothing is off: {unnoticed:?}");
}

#[test]
fn nothing_is_known_of_curvature_at_a_corner() {
    for (body, rule) in [
        ("abs(x(0)) * x(1)", Rule::AbsSecondWobble),
        ("relu(x(0)) * x(1)", Rule::AbsSecondWobble),
        ("saturate(x(0)) * x(1)", Rule::SaturateSecondWobble),
    ] {
        let text = format!("fn objective() -> real {{ return {body}; }}");
        let subject = subject(&text, true).unwrap();
        let bound = || {
            let axes = [0; LANES];
            let job = (Input::Same(&[0.0, 1.0][..]), [0; LANES], 1);
            let read = |found: crate::program::CarriedLanes<'_, f32>| found.bounds(0)[0];
            subject.carrying.run(job, (Seeds::Planes(&axes, &axes), &[]), &Traps::default(), read).unwrap()
        };
        assert!(!bound().is_finite(), "{body}");
        broken::RULE.set(Some(rule));
        assert!(bound().is_finite(), "{body}");
        broken::RULE.set(None);
    }
}

#[test]
fn numbers_held_to_f32_in_a_program_of_f64() {
    let text = "fn objective() -> real { return sin(4000.0 * real(f32(0.3 * x(0)))); }";
    let program = Program::<f64>::new(Text::new("t", text), Role::Scalar, 1, Vec::new()).unwrap();
    let model = Model::cpu(Precision::F64);
    let how = How {
        slots: 1,
        second: false,
        finite: false,
        bars: true,
        random: false,
        inexact_direction: false,
        first: None,
        model,
    };
    let carrying = program.carrying(&how, false, &Arc::new(Vec::new())).unwrap();
    let x = 0.37;
    let want = 1200.0 * (1200.0f64 * x).cos();
    let misses = || {
        let read = |found: crate::program::CarriedLanes<'_, f64>| {
            (found.slopes(0)[0] - want).abs() > found.bounds(0)[0]
        };
        let job = (Input::Same(&[x][..]), [0; LANES], 1);
        carrying.run(job, (Seeds::Axes(&[0; LANES]), &[]), &Traps::default(), read).unwrap()
    };
    assert!(!misses());
    broken::RULE.set(Some(Rule::SingleError));
    assert!(misses());
    broken::RULE.set(None);
}

/// Text, point, and the condition that is to raise a flag there.
const DOUBTS: &[(&str, f32, Condition)] = &[
    ("select(x(0), 2.0 * x(0), x(0) < 0.5)", 0.5, Condition::Close),
    ("select(x(0), 2.0 * x(0), data(0) + 0.1 < 0.4)", 0.6, Condition::Doubtful),
    ("floor(x(0)) + x(0)", 3.0, Condition::AtStep),
    ("trunc(x(0)) + x(0)", -2.0, Condition::AtCut),
    ("real(i32(x(0))) + x(0)", 2.0, Condition::AtCut),
    ("round(x(0)) + x(0)", 2.5, Condition::AtHalf),
    ("sign(x(0)) + x(0)", 0.0, Condition::AtZero),
    ("real(i32(data(0) * 10.0)) + x(0)", 2.0, Condition::DoubtfulCut),
];

#[test]
fn doubts_raise_flags() {
    let is_raised = |text: &str, x: f32| {
        let text = format!("fn objective() -> real {{ return {text}; }}");
        let subject = subject(&text, false).unwrap();
        let axes = [0u32; LANES];
        let read = |found: crate::program::CarriedLanes<'_, f32>| {
            (found.raised(Flag::Branch, 0) | found.raised(Flag::Jump, 0)) & 1 != 0
        };
        let x = [x, 0.25];
        let job = (Input::Same(&x[..]), [0; LANES], 1);
        subject.carrying.run(job, (Seeds::Axes(&axes), &[]), &Traps::default(), read).unwrap()
    };
    for &(text, x, condition) in DOUBTS {
        assert!(is_raised(text, x), "{text} at {x}");
        assert!(
            !is_raised(text, x + 0.3) || condition == Condition::Doubtful || text.contains("data"),
            "{text}"
        );
        broken::CONDITION.set(Some(condition));
        assert!(!is_raised(text, x), "{text} at {x} without {condition:?}");
        broken::CONDITION.set(None);
    }
    let tried = |condition: &&Condition| DOUBTS.iter().any(|(.., known)| known == *condition);
    let of_the_limit = |condition: &&Condition| {
        !matches!(condition, Condition::Crosses | Condition::CutsOver | Condition::Vanishes)
    };
    assert!(Condition::ALL.iter().filter(of_the_limit).all(|condition| tried(&condition)), "each has a text");
}
