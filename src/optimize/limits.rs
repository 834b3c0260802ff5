//! Bounds of coordinates, in the numbers of a precision.

use ndarray::{ArrayView1, ArrayViewMut1};

use crate::error::{Error, Result};
use crate::numeric::Precision;

/// Bounds of all coordinates: numbers of the working precision that lie within what was given.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Limits {
    /// # Errors
    /// [`Error::Usage`] for bounds that are not one pair for each of `n` coordinates, the lower one not above the upper.
    pub(super) fn new(lower: &[f64], upper: &[f64], n: usize, precision: Precision) -> Result<Self> {
        check(lower, upper, n)?;
        let within = |(&lower, &upper): (&f64, &f64)| {
            let (low, high) = (up(lower, precision), -up(-upper, precision));
            // With no number of the precision between, the nearest one.
            if low <= high { (low, high) } else { (precision.round(lower), precision.round(lower)) }
        };
        let (lower, upper) = lower.iter().zip(upper).map(within).unzip();
        Ok(Limits { lower, upper })
    }

    /// Moves a point to the nearest one within.
    pub(super) fn project(&self, x: &mut [f64]) {
        for (x, (lower, upper)) in x.iter_mut().zip(self.lower.iter().zip(&self.upper)) {
            // NaN stays.
            *x = if *x < *lower {
                *lower
            } else if *x > *upper {
                *upper
            } else {
                *x
            };
        }
    }

    /// The lower ones and the upper ones.
    pub(super) fn ends(&self) -> (&[f64], &[f64]) {
        (&self.lower, &self.upper)
    }

    /// Which coordinates are not at a bound.
    pub(super) fn inside(&self, x: ArrayView1<'_, f64>) -> Vec<bool> {
        (0..x.len()).map(|j| x[j] > self.lower[j] && x[j] < self.upper[j]).collect()
    }

    /// Makes a gradient 0 along coordinates that are at a bound and would be moved beyond it.
    pub(super) fn hold(&self, x: ArrayView1<'_, f64>, gradient: &mut ArrayViewMut1<'_, f64>) {
        for j in 0..x.len() {
            let is_held =
                x[j] <= self.lower[j] && gradient[j] > 0.0 || x[j] >= self.upper[j] && gradient[j] < 0.0;
            if is_held {
                gradient[j] = 0.0;
            }
        }
    }
}

/// # Errors
/// [`Error::Usage`] for bounds that are not one pair for each of `n` coordinates, the lower one not above the upper.
pub(crate) fn check(lower: &[f64], upper: &[f64], n: usize) -> Result<()> {
    if (lower.len(), upper.len()) != (n, n) {
        return Err(Error::usage(format!(
            "{} lower and {} upper bounds for points of {n} coordinates: pass one of each for each coordinate (-inf and inf where \
             there is none)",
            lower.len(),
            upper.len()
        )));
    }
    // Not for NaN either.
    let is_wrong = |(lower, upper): (&f64, &f64)| {
        !matches!(lower.partial_cmp(upper), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal))
    };
    match lower.iter().zip(upper).position(is_wrong) {
        Some(i) => Err(Error::usage(format!(
            "bounds {} and {} of x[{i}]: the lower one must not be above the upper one",
            lower[i], upper[i]
        ))),
        None => Ok(()),
    }
}

/// The least number of a precision that is not below this.
pub(super) fn up(x: f64, precision: Precision) -> f64 {
    match precision {
        Precision::F64 => x,
        Precision::F32 => {
            let near = x as f32;
            f64::from(if f64::from(near) < x { near.next_up() } else { near })
        }
    }
}
