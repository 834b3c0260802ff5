//! Differences without cancellation: the change of f is carried through its formula instead of being taken between
//! two totals.
//!
//! (Divided differences of programs: Reps and Rall, "Computational divided differencing and divided-difference
//! arithmetics", 2003; slopes: Krawczyk and Neumaier, 1985.)

use rayon::prelude::*;

use super::Selection;
use super::enclosure::Enclosures;
use super::slope_text::{SlopeShape, SlopeText};
use super::slopes::Slopes;
use crate::difference::{Scheme, Steps};
use crate::error::Result;
use crate::numeric::Real;

/// An objective that offers increments: differences of its terms that subtract no two values of f.
pub trait Incremental: Send + Sync {
    /// The increments of the selected terms in f64. `None` if there are none, as by default.
    ///
    /// # Errors
    /// Whatever keeps them from being prepared.
    fn increments_f64(&self, _selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f64>>>> {
        Ok(None)
    }

    /// The increments of the selected terms in f32. `None` if there are none, as by default.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::Error::Usage) if a number of the objective is too large for f32.
    fn increments_f32(&self, _selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f32>>>> {
        Ok(None)
    }

    /// The selected terms with their slopes in f64. `None` if there are none, as by default.
    ///
    /// # Errors
    /// Whatever keeps them from being prepared.
    fn slopes_f64(&self, _selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f64>>>> {
        Ok(None)
    }

    /// The selected terms with their slopes in f32. `None` if there are none, as by default.
    ///
    /// # Errors
    /// Whatever keeps them from being prepared.
    fn slopes_f32(&self, _selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f32>>>> {
        Ok(None)
    }

    /// All terms with their slopes as a text for devices. `None` if there is none of this shape, as by default.
    ///
    /// # Errors
    /// Whatever keeps it from being written.
    fn slope_text(&self, _shape: &SlopeShape) -> Result<Option<SlopeText>> {
        Ok(None)
    }

    /// Bounds within which the exact gradient of the selected terms lies, for the error bars of increments, whatever device and
    /// precision they come from. `None` if there are none, as by default: then increments have no bars.
    fn enclosures<'s>(&'s self, _selection: Selection<'_>) -> Option<Box<dyn Enclosures + 's>> {
        None
    }

    /// Whether values, too, are to be had from the increments: the work that axes share gives f(x) in a cheaper way than
    /// the terms.
    fn gives_values(&self) -> bool {
        false
    }
}

/// Increments of an objective's selected terms, prepared for the host in one precision.
pub trait Increments<T: Real>: Send + Sync {
    /// Does the work that all axes share at the point `x`, such as a forward pass.
    fn at<'s>(&'s self, x: &'s [T]) -> Box<dyn IncrementsAt<T> + 's>;

    /// Whether quotients of this scheme are the same at every step, as central ones of quadratics are: then nobody looks for steps,
    /// and what comes as steps has no meaning. `false` by default.
    fn is_exact(&self, _scheme: Scheme) -> bool {
        false
    }

    /// f(x) as [`IncrementsAt::value`], and with a scheme and steps [`IncrementsAt::quotients`] into `quotients`. Override it where
    /// many small points cost less than what [`at`](Self::at) allocates for each.
    fn answer(&self, x: &[T], how: Option<(Scheme, Steps<'_, T>)>, quotients: &mut [T]) -> T {
        answer_at(&*self.at(x), how, quotients)
    }
}

/// What [`Increments::answer`] is by default.
pub(super) fn answer_at<T: Real>(
    at: &dyn IncrementsAt<T>,
    how: Option<(Scheme, Steps<'_, T>)>,
    quotients: &mut [T],
) -> T {
    if let Some((scheme, steps)) = how {
        at.quotients(scheme, steps, quotients);
    }
    at.value()
}

/// Increments from one point.
///
/// Implement [`increment`](Self::increment) without subtracting two values of f; then the error of a quotient does not
/// grow as h shrinks. With d the change of z, and E = expm1(d):
///
/// | value | its change |
/// |---|---|
/// | a·b | da·b + a·db + da·db |
/// | z² | d(2z + d) |
/// | a/b | (da - (a/b)db)/(b + db) |
/// | √z | d/(√(z+d) + √z) |
/// | eᶻ | eᶻE |
/// | ln z | log1p(d/z) |
/// | sigmoid s | s(1-s)E/(1 + sE) |
/// | tanh t | (1-t²)T/(1 + tT), T = tanh d |
pub trait IncrementsAt<T: Real>: Sync {
    /// f(x), reduced over the selected terms, without [`Objective::constant`](super::Objective::constant).
    fn value(&self) -> T;

    /// f(x + delta·e) - f(x) along `axis`, reduced over the selected terms.
    fn increment(&self, axis: usize, delta: T) -> T;

    /// The difference quotients along all axes, into `quotients` (as many as axes). Override it where the gradient as
    /// a whole is cheaper than axis by axis.
    fn quotients(&self, scheme: Scheme, steps: Steps<'_, T>, quotients: &mut [T]) {
        quotients.par_iter_mut().with_min_len(16).enumerate().for_each(|(axis, quotient)| {
            let h = steps.at(axis);
            *quotient = scheme.quotient(h, |delta| self.increment(axis, delta));
        });
    }
}
