//! The working precision.

use super::names::named;

named! {
    "precision";
    /// The floating-point format in which an objective is evaluated.
    pub enum Precision {
        /// IEEE binary32: what every GPU has.
        F32,
        /// IEEE binary64: the CPU engine, and adapters with f64 in shaders.
        F64,
    }
}

impl Precision {
    /// The distance from 1 to the next larger number.
    pub fn epsilon(self) -> f64 {
        match self {
            Precision::F32 => f64::from(f32::EPSILON),
            Precision::F64 => f64::EPSILON,
        }
    }

    /// `x` rounded to this precision.
    pub(crate) fn round(self, x: f64) -> f64 {
        match self {
            Precision::F32 => f64::from(x as f32),
            Precision::F64 => x,
        }
    }

    /// The least and the largest step of increments: beyond, products with it underflow, or x + h is next to infinity.
    pub(crate) fn increments(self) -> (f64, f64) {
        match self {
            Precision::F32 => (power_of_two(-60), power_of_two(110)),
            Precision::F64 => (power_of_two(-500), power_of_two(1000)),
        }
    }
}

/// 2^exponent, of a normal number by its bits: points, and so steps, are many.
#[inline]
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    match exponent {
        -1022..=1023 => f64::from_bits(((exponent + 1023) as u64) << 52),
        _ => 2f64.powi(exponent),
    }
}
