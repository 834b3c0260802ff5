//! Puts modules together from the files in `shaders/`.

use super::context::GROUP;
use crate::plan::FAN_IN;

const REAL_F32: &str = include_str!("../../shaders/prelude/real_f32.wgsl");
const MATH: &str = include_str!("../../shaders/prelude/math.wgsl");
const POINT: &str = include_str!("../../shaders/prelude/point.wgsl");
const DIFFERENCE: &str = include_str!("../../shaders/difference.wgsl");
const REDUCE: &str = include_str!("../../shaders/reduce.wgsl");

/// The module that differences an objective: its text first, so that reported lines are its own.
pub(super) fn difference(objective: &str) -> String {
    [objective, REAL_F32, MATH, POINT, &format!("const PM_GROUP = {GROUP}u;"), DIFFERENCE].join("\n")
}

/// The module that adds up partial sums.
pub(super) fn reduce() -> String {
    [REAL_F32, &format!("const PM_GROUP = {GROUP}u;\nconst PM_FAN_IN = {FAN_IN}u;"), REDUCE].join("\n")
}
