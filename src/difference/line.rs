//! A derivative that is wanted: along a line through a point, or in a plane through it.

use super::Step;
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};

/// The least sizes of coordinates that steps follow: 1, or what the caller says that they typically are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sizes(Option<Vec<f64>>);

impl Sizes {
    /// One for each of `n` coordinates.
    ///
    /// # Errors
    /// [`Error::Usage`] for another number, or one that is no size.
    pub(crate) fn new(sizes: &[f64], n: usize) -> Result<Self> {
        if sizes.len() != n {
            return Err(Error::usage(format!(
                "{} scales for points of {n} coordinates: pass one for each coordinate",
                sizes.len()
            )));
        }
        // Steps of 2^-84 to 2^38 times the scale are to be numbers.
        let is_good = |size: f64| (1e-270..=1e270).contains(&size);
        match sizes.iter().position(|&size| !is_good(size)) {
            Some(axis) => Err(Error::usage(format!(
                "the scale of x[{axis}] is {:e}: it must be between 1e-270 and 1e270, the size that the coordinate typically has",
                sizes[axis]
            ))),
            None => Ok(Sizes(Some(sizes.to_vec()))),
        }
    }

    /// Whether the caller says what sizes are.
    pub(crate) fn are_given(&self) -> bool {
        self.0.is_some()
    }

    /// The size of a coordinate.
    pub(crate) fn of(&self, axis: usize, x: f64) -> f64 {
        x.abs().max(self.0.as_ref().map_or(1.0, |sizes| sizes[axis]))
    }
}

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
    /// Of a vector that moves no two coordinates which one term reads: for each term the one that it reads, or `NONE`.
    pub(crate) moved: Option<&'a [u32]>,
}

fn exponent(size: f64) -> i32 {
    (size.to_bits() >> 52) as i32 - 1023
}

impl<'a> Line<'a> {
    /// Steps follow the size of the coordinate, but at least `sizes`.
    pub(crate) fn new<T: Real>(
        point: usize,
        x: &[T],
        (along, across): (Along<'a>, Option<usize>),
        sizes: &Sizes,
    ) -> Self {
        let size = |axis: usize| sizes.of(axis, x[axis].to_f64());
        let scale = match along {
            Along::Axis(axis) => exponent(size(axis)),
            Along::Vector(vector) => {
                let sizes = vector.iter().enumerate().filter(|(_, v)| **v != 0.0);
                exponent(sizes.map(|(axis, v)| size(axis) / v.abs()).fold(f64::MAX, f64::min))
            }
        };
        let rounded = match (along, across) {
            (Along::Axis(axis), None) => x[axis].to_f64().abs() * 2f64.powi(-scale),
            (Along::Axis(axis), Some(across)) => {
                let of = |axis: usize| x[axis].to_f64().abs() * 2f64.powi(-exponent(size(axis)));
                of(axis).max(of(across))
            }
            _ => 1.0,
        };
        let scales = [scale, across.map_or(0, |axis| exponent(size(axis)))];
        Line { point, along, across, scales, rounded, moved: None }
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
