//! Expressions at random over the whole language, and points where their derivatives are known.

use plusminus::{Engine, Precision, WgslObjective};

use super::models::Stream;
use super::truth::{Exact, Truth};

/// An expression at a point of f32 numbers.
pub struct Drawn {
    pub text: String,
    pub objective: WgslObjective,
    pub x: Vec<f64>,
    pub exact: Exact,
}

/// Sizes of coordinates.
pub const NEAR: (f64, f64) = (0.1, 10.0);
pub const WIDE: (f64, f64) = (1e-6, 1e6);

/// What can be compared in f32, too.
const SIZES: std::ops::Range<f64> = 1e-30..1e30;

const OF_ONE: [&str; 28] = [
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp",
    "exp2", "expm1", "log", "ln", "log2", "log10", "log1p", "sqrt", "abs", "sign", "floor", "sigmoid",
    "relu", "softplus", "round",
];
const OF_TWO: [&str; 5] = ["atan2", "pow", "hypot", "min", "max"];
const REDUCTIONS: [&str; 6] = ["sum", "mean", "prod", "norm", "min", "max"];
const POWERS: [&str; 10] = ["2", "3", "4", "5", "7", "0.5", "1.5", "(-1)", "(-2)", "(-0.5)"];

/// So many expressions, the same for the same seed.
pub fn draw(seed: u64, count: usize, sizes: (f64, f64)) -> Vec<Drawn> {
    let mut stream = Stream::new(seed);
    let mut drawn = Vec::new();
    while drawn.len() < count {
        drawn.extend(attempt(&mut stream, sizes));
    }
    drawn
}

/// An expression, unless there is something about it that cannot be compared.
fn attempt(stream: &mut Stream, sizes: (f64, f64)) -> Option<Drawn> {
    let n = 1 + stream.below(3);
    let depth = 2 + stream.below(4);
    let text = expression(stream, n, depth);
    let x: Vec<f64> = (0..n).map(|_| coordinate(stream, sizes)).collect();
    let objective = WgslObjective::from_expression(&text, n).ok()?;
    // What overflows on the way in f32 is no test of differences.
    let value = Engine::cpu(Precision::F32).evaluator(&objective).ok()?.value(&x).ok()?;
    let exact = Truth::new(objective.text(), n, None, &[]).gradient(&x)?;
    let steepest = exact.gradient.iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    let is_comparable =
        value.is_finite() && [exact.value.abs(), steepest].iter().all(|size| SIZES.contains(size));
    is_comparable.then_some(Drawn { text, objective, x, exact })
}

fn coordinate(stream: &mut Stream, (from, to): (f64, f64)) -> f64 {
    let size = stream.between(from.ln(), to.ln()).exp();
    f64::from(if stream.below(2) == 0 { size } else { -size } as f32)
}

fn expression(stream: &mut Stream, n: usize, depth: usize) -> String {
    if depth == 0 || (depth < 3 && stream.below(6) == 0) {
        return leaf(stream, n);
    }
    let inner = |stream: &mut Stream| expression(stream, n, depth - 1);
    match stream.below(20) {
        0..8 => {
            let (a, b) = (inner(stream), inner(stream));
            format!("({a} {} {b})", ["+", "-", "*", "/"][stream.below(4)])
        }
        8..15 => format!("{}({})", OF_ONE[stream.below(OF_ONE.len())], inner(stream)),
        15 | 16 => {
            let (a, b) = (inner(stream), inner(stream));
            format!("{}({a}, {b})", OF_TWO[stream.below(OF_TWO.len())])
        }
        17 => format!("({})^{}", inner(stream), POWERS[stream.below(POWERS.len())]),
        18 => format!("-{}", inner(stream)),
        _ => reduction(stream),
    }
}

fn leaf(stream: &mut Stream, n: usize) -> String {
    match stream.below(10) {
        0..7 => format!("x{}", stream.below(n)),
        7 => format!("{:.1}", stream.between(0.1, 9.9)),
        8 => format!("{:.3}", stream.between(0.001, 2.0)),
        _ => ["pi", "e", "2", "1", "tau", "3"][stream.below(6)].into(),
    }
}

/// A number out of the vector of all coordinates.
fn reduction(stream: &mut Stream) -> String {
    let vector = vector(stream);
    match stream.below(REDUCTIONS.len() + 1) {
        6 => format!("dot(x, {vector})"),
        which => format!("{}({vector})", REDUCTIONS[which]),
    }
}

fn vector(stream: &mut Stream) -> String {
    match stream.below(5) {
        0 => "x".into(),
        1 => "(x + i)".into(),
        2 => "x^2".into(),
        3 => format!("({:.2}*x - {:.2})", stream.between(0.1, 3.0), stream.between(0.1, 3.0)),
        _ => format!("{}(x)", OF_ONE[stream.below(OF_ONE.len())]),
    }
}
