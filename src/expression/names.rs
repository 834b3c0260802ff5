//! The names of the language.

use std::f64::consts::{E, PI, TAU};

use super::tree::{Reduction, Source};
use crate::program::builtins::{self, Builtin};

/// Numbers by name.
const CONSTANTS: [(&str, f64); 3] = [("pi", PI), ("e", E), ("tau", TAU)];

/// Functions that are written with others.
const COMPOSED: [(&str, &str); 4] =
    [("log10", "a"), ("hypot", "a, b"), ("mod", "a, b"), ("logsumexp", "a, b")];

/// What makes one number of vectors; min and max are in the list above too.
const REDUCING: [(&str, Reducing); 9] = [
    ("sum", Reducing::By(Reduction::Sum)),
    ("mean", Reducing::Mean),
    ("prod", Reducing::By(Reduction::Product)),
    ("dot", Reducing::Dot),
    ("norm", Reducing::Norm),
    ("len", Reducing::Length),
    ("logsumexp", Reducing::LogSumExp),
    ("min", Reducing::By(Reduction::Min)),
    ("max", Reducing::By(Reduction::Max)),
];

/// Takes a truth and two numbers.
const WHERE: &str = "where";

/// A reduction as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reducing {
    By(Reduction),
    Mean,
    Dot,
    Norm,
    /// ln Σ e^v.
    LogSumExp,
    /// The number of elements.
    Length,
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
#[derive(Clone, Copy)]
pub(super) enum Function {
    /// A function of WGSL, of one number or two, element by element.
    Elementwise(&'static Builtin),
    Composed(&'static str),
    Reducing(Reducing),
    /// A choice by a comparison.
    Where,
}

/// The value of this name.
pub(super) fn value(name: &str) -> Option<Value<'_>> {
    match name {
        "n" => Some(Value::Dimension),
        "x" => Some(Value::Vector(Source::Point)),
        "i" => Some(Value::Vector(Source::Indices)),
        "data" => Some(Value::Vector(Source::Data)),
        _ => match name.strip_prefix('x') {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(Value::Coordinate(digits)),
            _ => CONSTANTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| Value::Number(value)),
        },
    }
}

/// The function of this name that takes so many arguments, or else one that takes another number of them.
pub(super) fn function(name: &str, arguments: usize) -> Option<Function> {
    let builtin = builtins::all().find(|builtin| builtin.written.contains(&name)).map(Function::Elementwise);
    let composed = COMPOSED.iter().find(|entry| entry.0 == name).map(|entry| Function::Composed(entry.0));
    let reducing =
        REDUCING.iter().find(|entry| entry.0 == name).map(|&(_, reducing)| Function::Reducing(reducing));
    let choice = (name == WHERE).then_some(Function::Where);
    let found = || [builtin, composed, reducing, choice].into_iter().flatten();
    found().find(|function| function.arity() == arguments).or_else(|| found().next())
}

impl Function {
    /// How many arguments it takes.
    pub(super) fn arity(self) -> usize {
        match self {
            Function::Elementwise(builtin) => builtin.arguments.len(),
            Function::Where => 3,
            Function::Composed("hypot" | "mod" | "logsumexp") | Function::Reducing(Reducing::Dot) => 2,
            Function::Composed(_) | Function::Reducing(_) => 1,
        }
    }
}

/// The value of a function of [`COMPOSED`].
pub(super) fn composed(name: &str, arguments: &[f64]) -> f64 {
    match arguments {
        [a] => a.log10(),
        [a, b] if name == "hypot" => a.hypot(*b),
        [a, b] if name == "logsumexp" => {
            let most = a.max(*b);
            if most.is_finite() { most + ((a - most).exp() + (b - most).exp()).ln() } else { most }
        }
        [a, b] if name == "mod" => {
            let rest = a % b;
            if rest != 0.0 && (rest < 0.0) != (*b < 0.0) { rest + b } else { rest }
        }
        _ => f64::NAN,
    }
}

/// Whether statements, data and callers may give a value to this name of a function: those of Bessel functions are used for much
/// else. It is then no function.
pub(super) fn may_be_value(name: &str) -> bool {
    matches!(name, "j0" | "j1" | "y0" | "y1" | "i0" | "i1" | "k0" | "k1")
}

/// How the functions of this name are called: `atan2(y, x)`, or `min(v) or min(a, b)`.
pub(super) fn usage(name: &str) -> String {
    let reducing = REDUCING.iter().filter(|entry| entry.0 == name);
    let reducing = reducing.map(|(_, by)| if matches!(by, Reducing::Dot) { "v, w" } else { "v" }.to_string());
    let composed = COMPOSED.iter().filter(|entry| entry.0 == name).map(|entry| entry.1.to_string());
    let builtins = builtins::all().filter(|builtin| builtin.written.contains(&name));
    let choice = (name == WHERE).then(|| "c, a, b".to_string());
    let builtins = builtins.map(|builtin| builtin.arguments.join(", "));
    let arguments = reducing.chain(composed).chain(builtins).chain(choice);
    arguments.map(|arguments| format!("{name}({arguments})")).collect::<Vec<_>>().join(" or ")
}

/// Numbers and vectors by name, but for the coordinates.
pub(super) fn values() -> impl Iterator<Item = &'static str> {
    CONSTANTS.iter().map(|entry| entry.0).chain(["n", "x", "i", "data"])
}

/// All functions, each name once.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let reducing =
        REDUCING.iter().map(|entry| entry.0).filter(|name| !matches!(*name, "min" | "max" | "logsumexp"));
    let builtins = builtins::all().flat_map(|builtin| builtin.written).copied();
    builtins.chain(COMPOSED.iter().map(|entry| entry.0)).chain([WHERE]).chain(reducing)
}
