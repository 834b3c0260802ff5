//! Gradients that are known to lie within bounds: what the error bars of increments are made of.
//!
//! An objective that knows its own derivative in f64, and how far off that may be, need not follow the rounding of its
//! increments. The bar of a quotient, wherever it was computed and at whatever step, is its distance from that derivative
//! and the derivative's own bound together.

use crate::objective::Selection;

/// A number that is known to lie within `value ± bound`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Enclosed {
    /// The middle.
    pub value: f64,
    /// How far off it may be; infinite where nothing is known.
    pub bound: f64,
}

/// What the roundings of a bound itself may have made it too small by: they are some thousand at most, of 2^-53 each.
const INFLATION: f64 = 1.01;

/// Added to what may have underflowed.
pub(super) const LEAST: f64 = f64::MIN_POSITIVE;

/// Half an ulp of 1: the relative error of an operation.
pub(super) const UNIT: f64 = 0.5 * f64::EPSILON;

/// How far a number of the data may be from what was meant, relative to it: its decimals were rounded to f64, and perhaps
/// divided before.
pub(super) const WRITTEN: f64 = f64::EPSILON;

impl Enclosed {
    /// A number and a bound of its error that was added up in f64 itself.
    pub fn new(value: f64, bound: f64) -> Self {
        Enclosed { value, bound: INFLATION * bound }
    }

    /// How far `number` may be from the one that is enclosed; infinite if that is not known.
    pub fn farthest_from(&self, number: f64) -> f64 {
        // The distance is rounded once, the sum once more.
        let bar = ((number - self.value).abs() + self.bound) * (1.0 + 4.0 * f64::EPSILON);
        if bar.is_finite() { bar } else { f64::INFINITY }
    }
}

/// The selected terms' gradient at any point, enclosed.
pub trait Enclosures: Send + Sync {
    /// Encloses the gradient of the reduced terms, in exact arithmetic and of the data as they are written, at exactly the
    /// point `x`. Where a derivative jumps at the point, or may, both sides must lie within the bounds.
    fn at(&self, x: &[f64], gradient: &mut [Enclosed]);
}

/// How many times each block of terms is selected.
pub(super) fn multiplicities(selection: Selection<'_>, terms: usize) -> Vec<f64> {
    let mut times = vec![0.0; terms];
    (0..selection.len(terms)).for_each(|s| times[selection.index(s)] += 1.0);
    times
}

#[cfg(test)]
mod tests {
    use super::Enclosed;

    #[test]
    fn bars_reach_from_the_number_to_the_far_end() {
        let one = Enclosed::new(1.0, 0.25);
        assert!(one.bound >= 0.25 && one.farthest_from(2.0) >= 1.25 && one.farthest_from(1.0) >= 0.25);
        for unknown in
            [Enclosed::new(f64::NAN, 0.0), Enclosed::new(0.0, f64::NAN), Enclosed::new(f64::INFINITY, 1.0)]
        {
            assert_eq!(unknown.farthest_from(0.0), f64::INFINITY);
        }
        assert_eq!(one.farthest_from(f64::NAN), f64::INFINITY);
    }
}
