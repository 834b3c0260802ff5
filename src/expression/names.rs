//! The names of the language.

use std::f64::consts::{E, PI, TAU};

use super::tree::{Reduction, Source};

/// Numbers by name.
const CONSTANTS: [(&str, f64); 3] = [("pi", PI), ("e", E), ("tau", TAU)];

/// A name of the language, its name in WGSL and, for constants, its value here.
type Elementwise = (&'static str, &'static str, fn(f64) -> f64);

/// Functions of one number.
const ELEMENTWISE: [Elementwise; 29] = [
    ("sin", "sin", f64::sin),
    ("cos", "cos", f64::cos),
    ("tan", "tan", f64::tan),
    ("asin", "asin", f64::asin),
    ("acos", "acos", f64::acos),
    ("atan", "atan", f64::atan),
    ("sinh", "sinh", f64::sinh),
    ("cosh", "cosh", f64::cosh),
    ("tanh", "tanh", f64::tanh),
    ("asinh", "asinh", f64::asinh),
    ("acosh", "acosh", f64::acosh),
    ("atanh", "atanh", f64::atanh),
    ("exp", "exp", f64::exp),
    ("exp2", "exp2", f64::exp2),
    ("expm1", "expm1", f64::exp_m1),
    ("log", "log", f64::ln),
    ("ln", "log", f64::ln),
    ("log2", "log2", f64::log2),
    ("log10", "log10", f64::log10),
    ("log1p", "log1p", f64::ln_1p),
    ("sqrt", "sqrt", f64::sqrt),
    ("abs", "abs", f64::abs),
    ("sign", "sign", sign),
    ("floor", "floor", f64::floor),
    ("ceil", "ceil", f64::ceil),
    // WGSL's takes halves to the even neighbour.
    ("round", "round", f64::round_ties_even),
    ("sigmoid", "sigmoid", sigmoid),
    ("relu", "relu", relu),
    ("softplus", "softplus", softplus),
];

/// A name of the language, the letters of its arguments, and its value here.
type Pairwise = (&'static str, &'static str, fn(f64, f64) -> f64);

/// Functions of two numbers, under the same name in WGSL but for hypot.
const PAIRWISE: [Pairwise; 5] = [
    ("atan2", "y, x", f64::atan2),
    ("pow", "x, y", f64::powf),
    ("min", "a, b", f64::min),
    ("max", "a, b", f64::max),
    ("hypot", "a, b", f64::hypot),
];

/// What makes one number of vectors; min and max are in the list above too.
const REDUCING: [(&str, Reducing); 7] = [
    ("sum", Reducing::By(Reduction::Sum)),
    ("mean", Reducing::Mean),
    ("prod", Reducing::By(Reduction::Product)),
    ("dot", Reducing::Dot),
    ("norm", Reducing::Norm),
    ("min", Reducing::By(Reduction::Min)),
    ("max", Reducing::By(Reduction::Max)),
];

/// A reduction as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reducing {
    By(Reduction),
    Mean,
    Dot,
    Norm,
}

/// What a name that is not called stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'t> {
    Number(f64),
    /// `n`.
    Dimension,
    Vector(Source),
    /// `x` and these digits.
    Coordinate(&'t str),
}

/// What a name that is called stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Function {
    Elementwise(&'static str, fn(f64) -> f64),
    Pairwise(&'static str, fn(f64, f64) -> f64),
    Reducing(Reducing),
}

/// The value of this name.
pub(super) fn value(name: &str) -> Option<Value<'_>> {
    match name {
        "n" => Some(Value::Dimension),
        "x" => Some(Value::Vector(Source::Point)),
        "i" => Some(Value::Vector(Source::Indices)),
        _ => match name.strip_prefix('x') {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(Value::Coordinate(digits)),
            _ => CONSTANTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| Value::Number(value)),
        },
    }
}

/// The function of this name that takes so many arguments, or else one that takes another number of them.
pub(super) fn function(name: &str, arguments: usize) -> Option<Function> {
    let elementwise = ELEMENTWISE
        .iter()
        .find(|entry| entry.0 == name)
        .map(|&(_, wgsl, value)| Function::Elementwise(wgsl, value));
    let pairwise = PAIRWISE
        .iter()
        .find(|entry| entry.0 == name)
        .map(|&(name, _, value)| Function::Pairwise(name, value));
    let reducing =
        REDUCING.iter().find(|entry| entry.0 == name).map(|&(_, reducing)| Function::Reducing(reducing));
    let found = || [elementwise, pairwise, reducing].into_iter().flatten();
    found().find(|function| function.arity() == arguments).or_else(|| found().next())
}

impl Function {
    /// How many arguments it takes.
    pub(super) fn arity(self) -> usize {
        match self {
            Function::Elementwise(..) => 1,
            Function::Pairwise(..) | Function::Reducing(Reducing::Dot) => 2,
            Function::Reducing(_) => 1,
        }
    }
}

/// How the functions of this name are called: `atan2(y, x)`, or `min(v) or min(a, b)`.
pub(super) fn usage(name: &str) -> String {
    let mut ways = Vec::new();
    for (known, reducing) in REDUCING {
        if known == name {
            ways.push(format!("{name}({})", if matches!(reducing, Reducing::Dot) { "v, w" } else { "v" }));
        }
    }
    ways.extend(PAIRWISE.iter().filter(|entry| entry.0 == name).map(|entry| format!("{name}({})", entry.1)));
    if ways.is_empty() {
        ways.push(format!("{name}(a)"));
    }
    ways.join(" or ")
}

/// Numbers and vectors by name, but for the coordinates.
pub(super) fn values() -> impl Iterator<Item = &'static str> {
    CONSTANTS.iter().map(|entry| entry.0).chain(["n", "x", "i"])
}

/// All functions, each name once.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let reducing = REDUCING.iter().map(|entry| entry.0).filter(|name| !matches!(*name, "min" | "max"));
    ELEMENTWISE.iter().map(|entry| entry.0).chain(PAIRWISE.iter().map(|entry| entry.0)).chain(reducing)
}

/// WGSL's sign, which is 0 at 0.
fn sign(x: f64) -> f64 {
    if x == 0.0 { x } else { x.signum() }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn relu(x: f64) -> f64 {
    x.max(0.0)
}

/// ln(1 + e^x), with no power that overflows.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
