//! Values and gradients.

use std::time::Instant;

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, Ix1};

use super::pipeline::stop_at_failures;
use super::resolve::Resolved;
use super::{Evaluator, with_core};
use crate::difference::perturb::{FixedStep, OnVanished};
use crate::difference::{Derivative, Difference, Failure, Gradient, OnFailure, StepUsed};
use crate::error::{Error, Result};

impl Evaluator<'_> {
    /// f at one point, over the selected terms.
    ///
    /// # Errors
    /// As [`values`](Self::values).
    pub fn value(&mut self, x: &[f64]) -> Result<f64> {
        Ok(self.values(one_point(x)?)?[0])
    }

    /// f at `points` of shape `[batch, n]`: `[batch]`, over the selected terms.
    ///
    /// # Errors
    /// [`Error::NonFinitePoint`], [`Error::NonFiniteValue`], or a failure of the device.
    pub fn values(&mut self, points: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
        let rows = self.value_rows(points)?;
        stop_at_failures(rows.failures, OnFailure::Stop)?;
        Ok(rows.values.remove_axis(Axis(1)))
    }

    /// The selected terms at `points` of shape `[batch, n]`, each by itself: `[batch, terms]`.
    ///
    /// # Errors
    /// As [`values`](Self::values).
    pub fn terms(&mut self, points: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        with_core!(self, pipeline => pipeline.terms(points))
    }

    /// The gradients at `points` of shape `[batch, n]`, over the selected terms.
    ///
    /// # Errors
    /// [`Error::VanishedStep`] and the like for steps, [`Error::NonFinitePoint`] and [`Error::NonFiniteValue`] for
    /// points, all of which name the first point at fault (with [`OnFailure::Skip`] they are
    /// [listed](Derivative::failures)); [`Error::Unsupported`] for a method that there is not here; [`Error::Limit`] and
    /// failures of the device.
    pub fn gradient(&mut self, points: ArrayView2<'_, f64>, difference: &Difference) -> Result<Gradient> {
        let begin = Instant::now();
        let (rows, resolved) = with_core!(self, pipeline => {
            let resolved = pipeline.resolve_gradient(difference)?;
            (pipeline.gradient_rows(points, &resolved, OnVanished::Fail)?, resolved)
        });
        rows.answer(resolved.step, difference.on_failure, begin)
    }

    /// The gradient at one point: `[n]`.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    ///
    /// ```
    /// use plusminus::{Closure, Difference, Engine, Precision};
    /// let f = Closure::new(2, |x| x[0] * x[1])?;
    /// let gradient = Engine::cpu(Precision::F64).evaluator(&f)?.gradient_at(&[2.0, 3.0], &Difference::default())?;
    /// assert!((gradient.value[0] - 3.0).abs() < 1e-12);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn gradient_at(&mut self, x: &[f64], difference: &Difference) -> Result<Derivative<Ix1>> {
        let points = one_point(x)?;
        let mut gradient = self.gradient(points, difference)?;
        gradient.step = StepUsed::Each(gradient.steps(points));
        Ok(gradient.only_point())
    }

    /// The gradients at `points` of shape `[batch, n]`, and f there, in [`Derivative::values`].
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn value_and_gradient(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
    ) -> Result<Gradient> {
        let mut gradient = self.gradient(points, difference)?;
        if gradient.values.is_none() {
            let begin = Instant::now();
            let mut rows = self.value_rows(points)?;
            let mut failures = std::mem::take(&mut rows.failures);
            // What is known to have failed has been told.
            for Failure { point, .. } in &gradient.failures {
                if let Some(failure) = failures.get_mut(*point) {
                    *failure = None;
                }
                rows.values[[*point, 0]] = f64::NAN;
            }
            gradient.failures.extend(stop_at_failures(failures, difference.on_failure)?);
            gradient.values = Some(rows.values.remove_axis(Axis(1)));
            gradient.evaluations += points.nrows() as u64;
            gradient.seconds += begin.elapsed().as_secs_f64();
        }
        Ok(gradient)
    }

    /// The gradients at `points` into `out`, both of shape `[batch, n]`: as [`gradient`](Self::gradient), for callers that
    /// ask often and would rather not have memory allocated each time. Direct differences of closures and objectives in
    /// WGSL on the CPU write there at once; what else there is, is copied.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and [`Error::Usage`] if the shapes differ; then `out` holds anything.
    pub fn gradient_into(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
        mut out: ArrayViewMut2<'_, f64>,
    ) -> Result<()> {
        if out.dim() != points.dim() {
            return Err(Error::usage(format!(
                "gradients of {:?} are to go into an array of {:?}: both must have the shape of the points",
                points.dim(),
                out.dim()
            )));
        }
        let rows = with_core!(self, pipeline => {
            pipeline.check_shape(points)?;
            let resolved = pipeline.resolve_gradient(difference)?;
            let Resolved { scheme, step, .. } = resolved;
            if let Some(gradients) = out.as_slice_mut()
                && pipeline.takes_grid(&resolved)
                && !resolved.is_incremental()
            {
                let rule = FixedStep { scheme, step, on_vanished: OnVanished::Fail };
                if let Some((failures, _)) = pipeline.streamed(points, rule, gradients)? {
                    return stop_at_failures(failures, OnFailure::Stop).map(|_| ());
                }
            }
            pipeline.gradient_rows(points, &resolved.without_bars(), OnVanished::Fail)?
        });
        stop_at_failures(rows.failures, OnFailure::Stop)?;
        out.assign(&rows.values);
        Ok(())
    }
}

/// One point as a batch.
fn one_point(x: &[f64]) -> Result<ArrayView2<'_, f64>> {
    ArrayView2::from_shape((1, x.len()), x).map_err(|error| Error::usage(error.to_string()))
}
