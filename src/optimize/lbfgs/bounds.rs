//! Where points may be, in the numbers of a precision.

use crate::numeric::Precision;
use crate::optimize::limits::up;

/// Where points may be.
pub(super) struct Bounds<'a> {
    pub(super) lower: &'a [f64],
    pub(super) upper: &'a [f64],
    pub(super) precision: Precision,
}

impl Bounds<'_> {
    /// Coordinates that are not held at a bound.
    pub(super) fn free(&self, x: &[f64], gradient: &[f64]) -> Vec<bool> {
        let is_free = |i: usize| {
            !(x[i] <= up(self.lower[i], self.precision) && gradient[i] >= 0.0
                || x[i] >= -up(-self.upper[i], self.precision) && gradient[i] <= 0.0)
        };
        (0..x.len()).map(is_free).collect()
    }

    /// How far along a direction all bounds are kept.
    pub(super) fn most(&self, x: &[f64], direction: &[f64]) -> f64 {
        let until = |i: usize| match direction[i] {
            d if d > 0.0 => (-up(-self.upper[i], self.precision) - x[i]) / d,
            d if d < 0.0 => (up(self.lower[i], self.precision) - x[i]) / d,
            _ => f64::INFINITY,
        };
        (0..x.len()).map(until).fold(f64::INFINITY, f64::min)
    }

    /// A point that far along, rounded, within.
    pub(super) fn along(&self, x: &[f64], direction: &[f64], by: f64) -> Vec<f64> {
        (0..x.len())
            .map(|i| {
                let to = self.precision.round(x[i] + by * direction[i]);
                to.max(up(self.lower[i], self.precision)).min(-up(-self.upper[i], self.precision))
            })
            .collect()
    }
}
