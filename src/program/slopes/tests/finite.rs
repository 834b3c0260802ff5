//! Slopes over steps of the caller's own: quotients in some 75 digits, rule by rule.

use super::super::rules::{Condition, Rule, broken};
use super::super::{How, Model};
use super::truth::{Literals, Truth, distance};
use super::{BINARY, SPECIAL, UNARY};
use crate::numeric::Precision;
use crate::program::code::{Flag, Op};
use crate::program::{Carrying, Input, LANES, Program, Role, Seeds, Text, Traps};

const STEPS: [f32; 8] = [0.125, -0.125, 1.0, -1.0, 9.765_625e-4, -9.765_625e-4, 1e-12, 8.0];

const POINTS: [[f32; 2]; 2] = [[0.0625, 0.40625], [-0.3125, 0.46875]];

/// Texts of `a` and `b`, near 0.7 and 0.5, by whose operands nothing is lost.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for (name, at) in UNARY {
        texts.push(format!("{name}(a + ({at:?} - 0.75))"));
        texts.push(format!("{name}(({at:?} - 0.75) + a * b)"));
        texts.push(format!("{name}(-a)"));
        // Far out, where some saturate and others are steep.
        texts.push(format!("{name}(20.0 * a)"));
        texts.push(format!("{name}(-9.0 * b)"));
    }
    for (name, at) in SPECIAL {
        texts.push(format!("{name}(a + ({at:?} - 0.75))"));
        texts.push(format!("{name}(7.0 * a)"));
    }
    // Of factors that round nothing: what is lost in a product is not the step's.
    texts.extend(BINARY.iter().map(|body| body.replace("1.3", "1.25")));
    for more in [
        "ceil(10.0 * a) * b",
        "trunc(10.0 * a) + a",
        "floor(8.0 * a + 0.49609375)",
        "fract(10.0 * a) * b",
        "step(0.75, a) * b",
        "step(a, b)",
        "smoothstep(0.0, 1.0, a)",
        "abs(a - 0.75) + abs(b - 0.4)",
        "relu(a - 0.75) + relu(0.4 - b)",
        "saturate(1.5 * a) + saturate(b - 0.5)",
        "saturate(a)",
        "max(a, b) + min(a * a, b)",
        "asinh(3.0e9 * a)",
        "asinh(3.0e9 * (a - 1.3))",
        "acosh(3.0e9 * a)",
        "asin(a - 0.8)",
        "acos(a - 0.8)",
        "atan(1e9 * a) + 1e-9 * a",
        "atan(a - 0.8)",
        "tanh(a - 0.8)",
        "sigmoid(10.0 * (a - 0.8))",
        "atan2(b, a - 0.8)",
        "atan2(b - 0.6, -a)",
        "pow(a - 0.8, 2.0)",
        "pow(a - 0.8, 3.0)",
        "pow(a - 0.8, 5.0)",
        "pow(a - 0.8, 6.0)",
        "pow(a, 30.0)",
        "powi(a, i32(n()) + 3)",
        "powi(a, 2) + powi(b, 3) + powi(a, 4)",
        "pow(a * b, b)",
        "a * b / (a + 1.3 * b * b)",
        "length(vec2(a, b)) + distance(vec2(a, 0.3), vec2(b, a))",
    ] {
        texts.push(more.into());
    }
    let whole = |body: &String| {
        format!(
            "fn n() -> real {{ return 3.0; }}
            fn objective() -> real {{
                let a = x(0) + 0.75;
                let b = x(1) + 0.125;
                return {body};
            }}"
        )
    };
    texts.iter().map(whole).collect()
}

struct Subject {
    truth: Truth,
    carrying: Carrying<f32>,
    rules: Vec<Rule>,
}

fn subject(text: &str) -> Subject {
    let program = Program::<f32>::new(Text::new("t", text), Role::Scalar, 2, Vec::new()).unwrap();
    let model = Model::cpu(Precision::F32);
    let how = How {
        slots: 1,
        second: false,
        finite: true,
        bars: false,
        random: false,
        inexact_direction: false,
        first: None,
        model,
    };
    broken::KEPT.set(true);
    let carrying = program.carrying(&how, false, &Default::default()).unwrap();
    broken::KEPT.set(false);
    let used = carrying.instructions.code.ops.iter().filter_map(|op| match op {
        Op::Rule(rule, ..) => Some(*rule),
        _ => None,
    });
    Subject { truth: Truth::reading(Literals::Single, text, 2, None, &[]), rules: used.collect(), carrying }
}

/// The slope along an axis at a point over a step, and whether a flag is raised.
fn slope(carrying: &Carrying<f32>, x: [f32; 2], axis: u32, h: f32) -> (f32, bool) {
    let read = |found: crate::program::CarriedLanes<'_, f32>| {
        let flagged = (found.raised(Flag::Branch, 0) | found.raised(Flag::Jump, 0)) & 1 != 0;
        (found.slopes(0)[0], flagged)
    };
    let (axes, steps) = ([axis; LANES], [h; LANES]);
    let job = (Input::Same(&x[..]), [0; LANES], 1);
    carrying.run(job, (Seeds::Axes(&axes), &steps), &Traps::default(), read).unwrap()
}

/// Error in units of the quotient, or of the derivative if that is larger; the bar is what roundings of some operations
/// come to.
const MOST: f64 = 4e-6;

/// The first of all cases that is off by more.
fn first_miss(subject: &Subject, wanted: &[Option<((f64, f64), f64)>]) -> Option<String> {
    for ((x, axis, h), want) in cases().zip(wanted) {
        let Some((want, size)) = *want else { continue };
        let (got, _) = slope(&subject.carrying, x, axis, h);
        let off = distance(f64::from(got), want);
        if off.is_nan() || off > MOST * size {
            return Some(format!("{got:e} for {:e} at {x:?} along {axis} by {h}", want.0));
        }
    }
    None
}

fn cases() -> impl Iterator<Item = ([f32; 2], u32, f32)> {
    let each = |x| [0, 1].into_iter().flat_map(move |axis| STEPS.into_iter().map(move |h| (x, axis, h)));
    POINTS.into_iter().flat_map(each)
}

/// Quotients, with what an error is measured by; none where the truth has none in f32.
fn wanted(subject: &Subject) -> Vec<Option<((f64, f64), f64)>> {
    // Once a point: exact numbers take their time.
    let slopes = POINTS.map(|x| subject.truth.gradient(&x.map(f64::from)).map(|exact| exact.gradient));
    let of = |(x, axis, h): ([f32; 2], u32, f32)| {
        let at = POINTS.iter().position(|point| *point == x)?;
        let x = x.map(f64::from);
        let seed = [0, 1].map(|i| if i == axis { 1.0 } else { 0.0 });
        let h = f64::from(h);
        let quotient = subject.truth.quotient(&x, &seed, h)?;
        let slope = slopes[at].as_ref()?[axis as usize].abs();
        // Even functions come back to where they were: then the way counts.
        let there = [0, 1].map(|i| x[i] + h * seed[i]);
        let back = subject.truth.gradient(&there).map_or(0.0, |exact| exact.gradient[axis as usize].abs());
        let size = quotient.0.abs().max(slope.min(back));
        (quotient.0.abs() < 1e30 && slope < 1e30).then_some((quotient, size))
    };
    cases().map(of).collect()
}

#[test]
fn quotients_over_finite_steps_and_rules_noticed_when_broken() {
    let mut noticed: Vec<Rule> = Vec::new();
    let mut misses = Vec::new();
    for text in texts() {
        let subject = subject(&text);
        let wanted = wanted(&subject);
        if let Some(miss) = first_miss(&subject, &wanted) {
            misses.push(format!("{}: {miss}", text.lines().nth(4).unwrap().trim()));
        }
        for &rule in &subject.rules {
            if noticed.contains(&rule) || !matches!(rule, Rule::Finite(_)) {
                continue;
            }
            broken::RULE.set(Some(rule));
            if first_miss(&subject, &wanted).is_some() {
                noticed.push(rule);
            }
            broken::RULE.set(None);
        }
    }
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
    let is_open = |rule: &Rule| matches!(rule, Rule::Finite(_)) && !noticed.contains(rule);
    let unnoticed: Vec<_> = Rule::all().into_iter().filter(is_open).collect();
    assert!(unnoticed.is_empty(), "broken, and nothing is off: {unnoticed:?}");
}

/// Text, point, step, and the condition that is to raise a flag there.
const TURNS: &[(&str, f32, f32, Condition)] = &[
    ("select(x(0), 2.0 * x(0), x(0) < 0.5)", 0.4, 0.125, Condition::Crosses),
    ("select(x(0), 2.0 * x(0), x(0) == 0.5)", 0.5, -0.125, Condition::Crosses),
    ("real(i32(x(0))) + x(0)", 1.9, 0.125, Condition::CutsOver),
    ("select(x(0), 2.0 * x(0), bool(x(0)))", 0.0, 0.125, Condition::Vanishes),
];

#[test]
fn turns_at_the_end_of_a_step_raise_flags() {
    for &(body, x, h, condition) in TURNS {
        let subject = subject(&format!("fn objective() -> real {{ return {body}; }}"));
        let is_raised = |h| slope(&subject.carrying, [x, 0.25], 0, h).1;
        assert!(is_raised(h), "{body} at {x}");
        assert!(!is_raised(-1e-3) || x == 0.0 || x == 0.5, "{body} at {x}, the other way");
        broken::CONDITION.set(Some(condition));
        assert!(!is_raised(h), "{body} at {x} without {condition:?}");
        broken::CONDITION.set(None);
    }
}
