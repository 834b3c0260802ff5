//! The elementary functions that shaders call. One text serves both precisions; a second one holds what differs.

use crate::numeric::Precision;

/// The shared text and that of one precision.
macro_rules! text {
    ($own:literal) => {
        concat!(
            include_str!("../../../shaders/prelude/math.wgsl"),
            "\n",
            include_str!("../../../shaders/prelude/math_angle.wgsl"),
            "\n",
            include_str!(concat!("../../../shaders/prelude/", $own)),
        )
    };
}

/// The functions `pm_exp`, `pm_sin`, … in a module whose `real` is of this precision.
pub(super) const fn math(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => text!("math_f32.wgsl"),
        Precision::F64 => text!("math_f64.wgsl"),
    }
}
