//! Puts modules together from the files in `shaders/`.

use super::device::GROUP;
use super::math::{math, special};
use crate::backend::plan::FAN_IN;
use crate::numeric::Precision;
use crate::objective::{Entry, SlopeShape};
use crate::program::builtins;

const REAL_F32: &str = include_str!("../../../shaders/prelude/real_f32.wgsl");
const REAL_F64: &str = include_str!("../../../shaders/prelude/real_f64.wgsl");
const CELLS_F32: &str = include_str!("../../../shaders/prelude/cells_f32.wgsl");
const CELLS_F64: &str = include_str!("../../../shaders/prelude/cells_f64.wgsl");
const POINT: &str = include_str!("../../../shaders/prelude/point.wgsl");
const READ: &str = include_str!("../../../shaders/prelude/read.wgsl");
const READ_GUARDED: &str = include_str!("../../../shaders/prelude/read_guarded.wgsl");
const DIFFERENCES: &str = include_str!("../../../shaders/differences.wgsl");
const INCREMENT: &str = include_str!("../../../shaders/increment.wgsl");
const REDUCE: &str = include_str!("../../../shaders/reduce.wgsl");
const SLOPES: &str = include_str!("../../../shaders/slopes.wgsl");
/// What a program with slopes leaves behind, and sums of that.
pub(super) const SLOPE_SUMS: &str = include_str!("../../../shaders/slopes/sums.wgsl");
const PROGRAM: &str = include_str!("../../../shaders/program.wgsl");
const DESCEND: &str = include_str!("../../../shaders/descend.wgsl");

/// What a module of terms is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Specialised {
    pub(super) precision: Precision,
    pub(super) guarded: bool,
    /// Turns that the loops of an invocation may make, if it is guarded.
    pub(super) turns: u32,
    pub(super) increments: bool,
    /// What gives a term.
    pub(super) entry: Entry,
}

/// The WGSL function that the kernels call for a term. Variables of the module begin anew with each.
fn entry_function(objective: &str, entry: Entry) -> String {
    let begin = if objective.contains("fn pm_begin(") { "pm_begin(); " } else { "" };
    let body = match entry {
        Entry::Term => "return term(s);",
        Entry::Objective => "return objective();",
        Entry::Residual => "return residual(s);",
        Entry::SquaredResidual => "let r = residual(s); return r * r;",
        Entry::Gradient => "return gradient(s);",
    };
    format!("fn pm_entry(s: u32) -> real {{ {begin}{body} }}")
}

fn real(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => REAL_F32,
        Precision::F64 => REAL_F64,
    }
}

/// The module that evaluates and differences an objective: its text first, so that reported lines are its own.
pub(super) fn terms_module(objective: &str, how: &Specialised) -> String {
    let Specialised { precision, guarded, turns, increments, entry } = *how;
    let sizes = format!(
        "const PM_GROUP = {GROUP}u;\nconst PM_TURNS = {turns}u;\n{}",
        entry_function(objective, entry)
    );
    let read = if guarded { READ_GUARDED } else { READ };
    let increment = if increments { INCREMENT } else { "" };
    // The prelude's functions under the names that objectives call them by, where WGSL has none; and for vectors.
    let named =
        builtins::definitions(objective, |name, arguments| format!("pm_{name}({})", arguments.join(", ")));
    let (real, math) = (real(precision), math(precision));
    let vectors = builtins::of_vectors(objective);
    let special = special(objective, precision);
    [objective, real, math, &special, &named, &vectors, &sizes, POINT, read, DIFFERENCES, increment]
        .join("\n")
}

/// What a module of slopes is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlopeSizes {
    pub(super) shape: SlopeShape,
    pub(super) dimension: usize,
    pub(super) data: usize,
    /// Turns that the loops of an invocation may make.
    pub(super) turns: u32,
}

/// The module that adds up slopes of terms, whose text is given.
pub(super) fn slopes_module(text: &str, sizes: &SlopeSizes) -> String {
    let SlopeSizes { shape, dimension, data, turns } = *sizes;
    let SlopeShape { precision, slots, second, bars, along_vectors, .. } = shape;
    // Of second slopes, the line is the slot behind the last.
    let (lines, vector) = if second { (slots + 1, slots) } else { (slots, 0) };
    let constants = format!(
        "const PM_GROUP = {GROUP}u;\nconst PM_DIMENSION = {dimension}u;\nconst PM_DATA = {data}u;\n\
         const PM_TURNS = {turns}u;\nconst PM_SLOTS = {slots}u;\nconst PM_LINES = {lines}u;\n\
         const PM_BARS = {bars};\nconst PM_ALONG_VECTORS = {along_vectors};\nconst PM_VECTOR = {vector}u;"
    );
    [real(precision), math(precision), &special(text, precision), &constants, SLOPE_SUMS, SLOPES, text]
        .join("\n")
}

/// The module that adds up partial sums.
pub(super) fn reduce_module(precision: Precision) -> String {
    let sizes = format!("const PM_GROUP = {GROUP}u;\nconst PM_FAN_IN = {FAN_IN}u;");
    [real(precision), &sizes, REDUCE].join("\n")
}

/// The module of a program.
pub(super) fn program_module(own: &str, dimension: usize, precision: Precision) -> String {
    let sizes = format!("const DIMENSION = {dimension}u;");
    let cells = match precision {
        Precision::F32 => CELLS_F32,
        Precision::F64 => CELLS_F64,
    };
    [real(precision), math(precision), cells, PROGRAM, &sizes, own].join("\n")
}

/// The kernels of a descent's steps, put behind a program's module; `update` says where a coordinate goes.
pub(super) fn descend_module(program: &str, update: &str) -> String {
    [program, &DESCEND.replace("UPDATE", update)].join("\n")
}
