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
    fn at(&self, inputs: &[f64], errors: &[f64], along: &Along, sample: u32) -> Option<AtInputs>;
}

/// Directions in the inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Along {
    /// `[direction][input]`
    pub(crate) values: Vec<f64>,
    /// How far off they may be.
    pub(crate) bounds: Vec<f64>,
}

/// A value with how far off it may be, and the same of the slopes.
#[derive(Clone, Debug, Default)]
pub(crate) struct AtInputs {
    pub(crate) value: f64,
    pub(crate) error: f64,
    /// One a direction.
    pub(crate) slopes: Vec<f64>,
    pub(crate) bounds: Vec<f64>,
    /// Doubts, as in [`SlopeRows`](super::SlopeRows).
    pub(crate) flags: Vec<u8>,
}

/// A product Π t by the sum of log|t| over its factors, and whether it is negative. Where it is too small or too large for a number
/// its slopes may not be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    sum: f64,
    error: f64,
    sign: f64,
}

impl Product {
    /// By the sum, with how far off it may be, and by how many factors are negative.
    pub(crate) fn new((sum, error): (f64, f64), negative: f64) -> Self {
        Product { sum, error, sign: if negative.rem_euclid(2.0) == 0.0 { 1.0 } else { -1.0 } }
    }

    /// The product, and how far off it may be.
    pub(crate) fn value(self) -> (f64, f64) {
        self.times(1.0, 0.0)
    }

    /// The slope of the product, and how far off it may be, where that of the sum is this: their product.
    pub(crate) fn times(self, slope: f64, bound: f64) -> (f64, f64) {
        if slope == 0.0 && bound == 0.0 {
            return (0.0, 0.0);
        }
        let Product { sum, error, sign } = self;
        // In one power, of the larger of slope and bound: neither factor may be a number by itself.
        let unit = if bound > slope.abs() { bound } else { slope.abs() };
        let size = (sum + unit.ln()).exp();
        let value = sign * (slope / unit) * size;
        // Roundings of the power's exponent and of the power, and what is too small for a number.
        let rounded = f64::EPSILON * (4.0 + sum.abs() + unit.ln().abs());
        let most = size * (bound / unit) + size * (slope.abs() + bound) / unit * ((error + rounded).exp_m1());
        (value, most * (1.0 + 4.0 * f64::EPSILON) + f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_numbers_have_slopes() {
        // 1e-400 of factors, times a slope of 1e200.
        let product = Product::new((-400.0 * std::f64::consts::LN_10, 1e-13), 3.0);
        let (value, error) = product.value();
        assert!(value == 0.0 && error < 1e-300);
        let (slope, bound) = product.times(1e200, 1e190);
        assert!((slope + 1e-200).abs() <= bound && bound < 2e-210, "{slope} ± {bound}");
        assert_eq!(product.times(0.0, 0.0), (0.0, 0.0));
        let (slope, bound) = product.times(0.0, 1e200);
        assert!(slope == 0.0 && (1e-200..2e-200).contains(&bound), "{bound}");
        // An exact number.
        let (value, error) = Product::new((24f64.ln(), 4e-16), 2.0).value();
        assert!((value - 24.0).abs() <= error && error < 1e-12, "{value} ± {error}");
        // No sum, no product.
        assert!(Product::new((f64::NEG_INFINITY, f64::NAN), 0.0).times(1.0, 0.0).1.is_nan());
    }
}
