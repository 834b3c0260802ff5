//! How to difference, and what comes of it.

use std::ops::Range;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::{Perturbation, Step};

/// How to difference.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// The quotient.
    pub scheme: Scheme,
    /// The step; `None`: [`Step::default_for`] the scheme and the precision.
    pub step: Option<Step>,
}

impl Difference {
    /// The step that this means in `precision`.
    pub fn step_in(&self, precision: Precision) -> Step {
        self.step.unwrap_or_else(|| Step::default_for(self.scheme, precision))
    }
}

/// The gradients of a batch of points.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// `[batch, n]`: the points, rounded to the working precision.
    pub points: Array2<f64>,
    /// `[batch, n]`: the difference quotients.
    pub gradient: Array2<f64>,
    /// Evaluations of the objective that the gradients took.
    pub evaluations: u64,
    /// Wall-clock time of the computation, in seconds.
    pub seconds: f64,
}

/// What a vanished step means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnVanished {
    /// The point fails.
    Fail,
    /// The axis has the component 0, as f(x+h) - f(x-h) is when x+h == x-h; the point fails once all axes have.
    Freeze,
}

pub(crate) fn check_point<T: Real>(x: &[T], point: usize) -> Result<()> {
    match x.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(axis) => Err(Error::NonFinitePoint {
            point,
            axis,
            x: x[axis].to_f64(),
            precision: T::PRECISION,
            after: String::new(),
        }),
    }
}

/// Appends the perturbations of some axes; says which step was the first to vanish, if that is allowed. If all axes of
/// the point are asked for and all vanish, that is an error.
pub(crate) fn perturb<T: Real>(
    x: &[T],
    point: usize,
    axes: Range<usize>,
    difference: &Difference,
    on_vanished: OnVanished,
    moved: &mut Vec<Perturbation<T>>,
) -> Result<Option<Error>> {
    let step = difference.step_in(T::PRECISION);
    let (mut first, mut vanished) = (None, 0);
    let all = axes.len() == x.len();
    for (axis, &x) in axes.clone().zip(&x[axes]) {
        moved.push(match step.perturb(difference.scheme, x, point, axis) {
            // A descent follows the textbook, which takes f(x+h) - f(x-h) whatever x+h was rounded to.
            Ok(moved) if on_vanished == OnVanished::Freeze => moved,
            Ok(moved) => step.check_rounding(difference.scheme, x, moved, point, axis)?,
            Err(error @ Error::VanishedStep { .. }) if on_vanished == OnVanished::Freeze => {
                first.get_or_insert(error);
                vanished += 1;
                Perturbation { plus: x, minus: x, distance: T::ONE }
            }
            Err(error) => return Err(error),
        });
    }
    match first {
        Some(error) if all && vanished == x.len() => Err(error),
        first => Ok(first),
    }
}
