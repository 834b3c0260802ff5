//! A derivative that is wanted: along a line through a point, or in a plane through it.

use super::Step;
use crate::numeric::{Precision, Real};

/// Where a line leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Along<'a> {
    Axis(usize),
    /// `[n]`, not all 0.
    Vector(&'a [f64]),
}

impl Along<'_> {
    /// The axis, if it is one.
    pub(crate) fn axis(self) -> Option<usize> {
        match self {
            Along::Axis(axis) => Some(axis),
            Along::Vector(_) => None,
        }
    }
}

/// A first derivative along a line, or with an axis across a mixed second one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Index of the point among those of the list.
    pub(crate) point: usize,
    pub(crate) along: Along<'a>,
    pub(crate) across: Option<usize>,
    /// Binary exponents of the units along and across: the size of the coordinates.
    pub(crate) scales: [i32; 2],
    /// How large the coordinate is in those units: what its roundings are parts of.
    pub(crate) rounded: f64,
}

fn exponent(size: f64) -> i32 {
    (size.to_bits() >> 52) as i32 - 1023
}

impl<'a> Line<'a> {
    pub(crate) fn new<T: Real>(point: usize, x: &[T], along: Along<'a>, across: Option<usize>) -> Self {
        let size = |axis: usize| x[axis].to_f64().abs().max(1.0);
        let scale = match along {
            Along::Axis(axis) => exponent(size(axis)),
            Along::Vector(vector) => {
                let sizes = vector.iter().enumerate().filter(|(_, v)| **v != 0.0);
                exponent(sizes.map(|(axis, v)| size(axis) / v.abs()).fold(f64::MAX, f64::min))
            }
        };
        let rounded = match (along, across) {
            (Along::Axis(axis), None) => x[axis].to_f64().abs() * 2f64.powi(-scale),
            _ => 1.0,
        };
        let scales = [scale, across.map_or(0, |axis| exponent(size(axis)))];
        Line { point, along, across, scales, rounded }
    }

    /// The smallest exponent that steps may have: along an axis a unit in the last place of the coordinate, else eight.
    pub(crate) fn least(&self, precision: Precision) -> i32 {
        let digits = if precision == Precision::F32 { 23 } else { 52 };
        match (self.along, self.across) {
            (Along::Axis(_), None) if self.rounded > 0.0 => exponent(self.rounded) - digits,
            (Along::Axis(_), None) => i32::MIN,
            _ => 3 - digits,
        }
    }

    /// What a derivative in units of the scales is to be multiplied by.
    pub(crate) fn unit(&self) -> f64 {
        2f64.powi(-self.scales[0] - self.scales[1])
    }

    /// The steps along and across by a rule.
    pub(crate) fn steps<T: Real>(&self, x: &[T], step: Step) -> [f64; 2] {
        let at = |axis: usize| step.at(x[axis].to_f64());
        let along = match (self.along, step) {
            (Along::Axis(axis), _) => at(axis),
            (Along::Vector(_), Step::Relative { exponent }) => 2f64.powi(exponent + self.scales[0]),
            (Along::Vector(_), step) => step.at(0.0),
        };
        [along, self.across.map_or(0.0, at)]
    }
}
