//! Puts modules together from the files in `shaders/`.

use super::context::GROUP;
use crate::plan::FAN_IN;

const REAL_F32: &str = include_str!("../../shaders/prelude/real_f32.wgsl");
const MATH: &str = include_str!("../../shaders/prelude/math.wgsl");
const POINT: &str = include_str!("../../shaders/prelude/point.wgsl");
const DIFFERENCE: &str = include_str!("../../shaders/difference.wgsl");
const INCREMENT: &str = include_str!("../../shaders/increment.wgsl");
const REDUCE: &str = include_str!("../../shaders/reduce.wgsl");

/// The texts that modules are made of; tests break one on purpose.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) math: String,
    pub(super) point: String,
    pub(super) difference: String,
    pub(super) increment: String,
    pub(super) reduce: String,
}

impl Default for Sources {
    fn default() -> Self {
        Sources {
            math: MATH.into(),
            point: POINT.into(),
            difference: DIFFERENCE.into(),
            increment: INCREMENT.into(),
            reduce: REDUCE.into(),
        }
    }
}

impl Sources {
    /// The module that differences an objective: its text first, so that reported lines are its own.
    pub(super) fn difference_module(&self, objective: &str, increments: bool) -> String {
        let group = format!("const PM_GROUP = {GROUP}u;");
        let increment = if increments { self.increment.as_str() } else { "" };
        [objective, REAL_F32, &self.math, &self.point, &group, &self.difference, increment].join("\n")
    }

    /// The module that adds up partial sums.
    pub(super) fn reduce_module(&self) -> String {
        let sizes = format!("const PM_GROUP = {GROUP}u;\nconst PM_FAN_IN = {FAN_IN}u;");
        [REAL_F32, &sizes, &self.reduce].join("\n")
    }
}
