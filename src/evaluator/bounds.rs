//! Bounds that no evaluation crosses.

use super::Evaluator;
use crate::error::{Error, Result};
use crate::precision::Real;

impl Evaluator<'_> {
    /// From now on derivatives evaluate the objective at no coordinate below `lower` or above `upper`, each of one number an
    /// axis (infinite where there is no bound): where a step would cross one, differences are one-sided. `None` lifts all
    /// bounds. With bounds, differences are direct: increments know none.
    ///
    /// # Errors
    /// [`Error::Usage`] for another number of bounds than coordinates, NaN, or a lower bound that is not below the upper.
    ///
    /// ```
    /// use plusminus::{Closure, Difference, Engine, Precision};
    /// let f = Closure::new(1, |x| x[0].sqrt())?;
    /// let engine = Engine::cpu(Precision::F64);
    /// let mut evaluator = engine.evaluator(&f)?;
    /// evaluator.bound(Some((&[1.0], &[f64::INFINITY])))?;
    /// let gradient = evaluator.gradient(ndarray::array![[1.0]].view(), &Difference::default())?;
    /// assert!((gradient.gradient[[0, 0]] - 0.5).abs() < 1e-9);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn bound(&mut self, bounds: Option<(&[f64], &[f64])>) -> Result<()> {
        let Some((lower, upper)) = bounds else {
            self.bounds = None;
            return Ok(());
        };
        let n = self.objective.dimension();
        if (lower.len(), upper.len()) != (n, n) {
            return Err(Error::usage(format!(
                "{} lower and {} upper bounds for points of {n} coordinates: give one of each an axis (-inf and inf \
                 where there is none)",
                lower.len(),
                upper.len()
            )));
        }
        let pairs: Vec<[f64; 2]> = lower.iter().zip(upper).map(|(&lower, &upper)| [lower, upper]).collect();
        // Not for NaN either.
        if let Some(axis) = pairs
            .iter()
            .position(|[lower, upper]| !matches!(lower.partial_cmp(upper), Some(std::cmp::Ordering::Less)))
        {
            let [lower, upper] = pairs[axis];
            return Err(Error::usage(format!(
                "bounds {lower} and {upper} of x[{axis}]: the lower one must be below the upper one"
            )));
        }
        self.bounds = Some(pairs);
        Ok(())
    }

    /// # Errors
    /// [`Error::Usage`] if a coordinate is out of its bounds.
    pub(super) fn check_bounds<T: Real>(&self, x: &[T], point: usize) -> Result<()> {
        for (axis, (x, &[lower, upper])) in x.iter().zip(self.bounds.iter().flatten()).enumerate() {
            if !(lower..=upper).contains(&x.to_f64()) {
                return Err(Error::usage(format!(
                    "x[{axis}] = {x} of point {point} is out of its bounds, {lower} to {upper}; move it there"
                )));
            }
        }
        Ok(())
    }
}
