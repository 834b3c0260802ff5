//! The elementary functions that shaders call. One text serves both precisions; a second one holds what differs.

use crate::numeric::Precision;
use crate::program::builtins::{self, Part};

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

/// A part of the text of special functions: the shared one, that of one precision, and what is for devices alone.
macro_rules! part {
    ($part:literal, $precision:expr) => {
        part!($part, $precision, "")
    };
    ($part:literal, $precision:expr, $more:expr) => {
        [
            $more,
            include_str!(concat!("../../../shaders/special/", $part, ".wgsl")),
            match $precision {
                Precision::F32 => include_str!(concat!("../../../shaders/special/", $part, "_f32.wgsl")),
                Precision::F64 => include_str!(concat!("../../../shaders/special/", $part, "_f64.wgsl")),
            },
        ]
    };
}

/// The special functions that a text calls.
pub(super) fn special(text: &str, precision: Precision) -> String {
    let parts = builtins::special_parts(text).into_iter().map(|part| match part {
        Part::Errors => part!("errors", precision),
        Part::Angles => part!("angles", precision),
        Part::Gamma => part!("gamma", precision),
        Part::Bessel => part!("bessel", precision, include_str!("../../../shaders/special/eighths.wgsl")),
        Part::Modified => part!("modified", precision),
        Part::Roots => ["", include_str!("../../../shaders/special/roots.wgsl"), ""],
    });
    parts.flatten().collect()
}
