//! Functions of a few sums and products, whose slopes follow from those of the sums by the chain rule.

use std::sync::Arc;

use super::slopes::Slopes;
use crate::numeric::Real;

/// A function of a few sums and products, and of some coordinates beside them.
pub struct OfSums<T: Real> {
    /// The terms of each sum, and how many there are. A product has two: log|t| of its factors, and 1 for each negative one.
    pub(crate) sums: Vec<(Arc<dyn Slopes<T>>, usize)>,
    /// Of each sum or product, whether it is one.
    pub(crate) products: Vec<bool>,
    /// The coordinates beside them.
    pub(crate) beside: Vec<u32>,
    pub(crate) outer: Arc<dyn Outer>,
}

/// The function of the sums.
pub(crate) trait Outer: Send + Sync {
    /// Its value and slopes at inputs, which may be so far off: the sums and products, then what is read beside them. Of a
    /// sample with random rounding, if that is not 0. `None` if there are none.
    fn at(&self, inputs: &[f64], errors: &[f64], sample: u32) -> Option<AtInputs>;
}

/// A value with how far off it may be, and the same of the slopes along the inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct AtInputs {
    pub(crate) value: f64,
    pub(crate) error: f64,
    /// One an input.
    pub(crate) slopes: Vec<f64>,
    pub(crate) bounds: Vec<f64>,
    /// Doubts, as in [`SlopeRows`](super::SlopeRows).
    pub(crate) flags: Vec<u8>,
}

/// A product and how far off it may be, by the sum of log|t| over its factors, with how far off that may be, and by how many
/// of them are negative.
pub(crate) fn product_of((sum, error): (f64, f64), negative: f64) -> (f64, f64) {
    let sign = if negative.rem_euclid(2.0) == 0.0 { 1.0 } else { -1.0 };
    let size = sum.exp();
    // A rounding of the function, and what is too small for a number.
    (sign * size, size * (error.exp_m1() + 4.0 * f64::EPSILON) + f64::MIN_POSITIVE)
}
