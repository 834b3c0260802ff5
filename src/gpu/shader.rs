//! Puts modules together from the files in `shaders/`.

use super::context::GROUP;
use crate::objective::Entry;
use crate::plan::FAN_IN;
use crate::precision::Precision;

const REAL_F32: &str = include_str!("../../shaders/prelude/real_f32.wgsl");
const REAL_F64: &str = include_str!("../../shaders/prelude/real_f64.wgsl");
const MATH_F32: &str = include_str!("../../shaders/prelude/math_f32.wgsl");
const MATH_F64: &str = include_str!("../../shaders/prelude/math_f64.wgsl");
const SHADOW: &str = include_str!("../../shaders/prelude/shadow.wgsl");
const POINT: &str = include_str!("../../shaders/prelude/point.wgsl");
const READ: &str = include_str!("../../shaders/prelude/read.wgsl");
const READ_GUARDED: &str = include_str!("../../shaders/prelude/read_guarded.wgsl");
const DIFFERENCE: &str = include_str!("../../shaders/difference.wgsl");
const INCREMENT: &str = include_str!("../../shaders/increment.wgsl");
const DISPLACED: &str = include_str!("../../shaders/displaced.wgsl");
const REDUCE: &str = include_str!("../../shaders/reduce.wgsl");

/// What a module is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Specialised {
    pub(super) precision: Precision,
    pub(super) dimension: usize,
    pub(super) data: usize,
    pub(super) guarded: bool,
    /// Turns that the loops of an invocation may make, if it is guarded.
    pub(super) turns: u32,
    pub(super) increments: bool,
    /// What gives a term.
    pub(super) entry: Entry,
}

/// The texts that modules are made of; tests break one on purpose.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) math: String,
    pub(super) math_f64: String,
    pub(super) shadow: String,
    pub(super) point: String,
    pub(super) read: String,
    pub(super) read_guarded: String,
    pub(super) difference: String,
    pub(super) increment: String,
    pub(super) displaced: String,
    pub(super) reduce: String,
}

impl Default for Sources {
    fn default() -> Self {
        Sources {
            math: MATH_F32.into(),
            math_f64: MATH_F64.into(),
            shadow: SHADOW.into(),
            point: POINT.into(),
            read: READ.into(),
            read_guarded: READ_GUARDED.into(),
            difference: DIFFERENCE.into(),
            increment: INCREMENT.into(),
            displaced: DISPLACED.into(),
            reduce: REDUCE.into(),
        }
    }
}

impl Sources {
    /// The module that evaluates and differences an objective: its text first, so that reported lines are its own.
    pub(super) fn difference_module(&self, objective: &str, how: &Specialised) -> String {
        let Specialised { precision, dimension, data, guarded, turns, increments, entry } = *how;
        let sizes = format!(
            "const PM_GROUP = {GROUP}u;\nconst PM_DIMENSION = {dimension}u;\nconst PM_DATA = {data}u;\n\
             const PM_TURNS = {turns}u;\n{}",
            entry.wgsl()
        );
        let (real, math) = match precision {
            Precision::F32 => (REAL_F32, &self.math),
            Precision::F64 => (REAL_F64, &self.math_f64),
        };
        let read = if guarded { &self.read_guarded } else { &self.read };
        let increment = if increments { self.increment.as_str() } else { "" };
        [
            objective,
            real,
            math,
            &self.shadow,
            &sizes,
            &self.point,
            read,
            &self.difference,
            &self.displaced,
            increment,
        ]
        .join("\n")
    }

    /// The module that adds up partial sums.
    pub(super) fn reduce_module(&self, precision: Precision) -> String {
        let sizes = format!("const PM_GROUP = {GROUP}u;\nconst PM_FAN_IN = {FAN_IN}u;");
        let real = if precision == Precision::F32 { REAL_F32 } else { REAL_F64 };
        [real, &sizes, &self.reduce].join("\n")
    }
}
