//! Values and gradients of many points in one go, nothing stored between, where the backend has a way.

use ndarray::{Array1, ArrayView2, Axis};

use super::Pipeline;
use super::pipeline::Rows;
use crate::backend::{Fault, Regular, Streamed};
use crate::difference::perturb::{FixedStep, check_point};
use crate::error::Result;
use crate::numeric::Real;

impl<T: Real> Pipeline<'_, T> {
    /// Values at many points, if the backend has a way for them.
    pub(super) fn streamed_values(
        &mut self,
        points: ArrayView2<'_, f64>,
        divisor: T,
        constant: f64,
    ) -> Result<Option<Rows>> {
        let (count, n) = points.dim();
        let points = points.as_standard_layout();
        let Some(flat) = points.as_slice() else { return Ok(None) };
        let mut sums = vec![T::ZERO; count];
        if !self.backend.stream_values((flat, n), &mut sums) {
            return Ok(None);
        }
        if let Some(error) = self.failure(None, &[]) {
            return Err(error);
        }
        let value = |&sum: &T| T::of((sum / divisor).to_f64() + constant).to_f64();
        let values: Vec<f64> = sums.iter().map(value).collect();
        let mut failures: Vec<Fault> = std::iter::repeat_with(|| None).take(count).collect();
        for (point, _) in values.iter().enumerate().filter(|(_, value)| !value.is_finite()) {
            let x: Vec<T> = flat[point * n..][..n].iter().map(|&x| T::of(x)).collect();
            let error = check_point(&x, point).err().unwrap_or_else(|| self.explain(&x, point, None));
            failures[point] = Some(Box::new(error));
        }
        let values = Array1::from_vec(values).insert_axis(Axis(1));
        Ok(Some(Rows { failures, ..Rows::new(values, count as u64) }))
    }

    /// Fills `out` (`[batch, n]`) in one go, if the backend has a way for so many points: failures and frozen points.
    pub(super) fn streamed(
        &mut self,
        points: ArrayView2<'_, f64>,
        rule: FixedStep,
        out: &mut [f64],
    ) -> Result<Option<(Vec<Fault>, Vec<Fault>)>> {
        let (count, n) = points.dim();
        // Rows one after the other, as they are as a rule.
        let points = points.as_standard_layout();
        let Some(flat) = points.as_slice() else { return Ok(None) };
        let divisor = self.divisor()?.to_f64();
        let grid = Regular { points: flat, n, rule, divisor };
        let Some(Streamed { failures, frozen, not_finite }) = self.backend.stream(&grid, out) else {
            return Ok(None);
        };
        let failure = self.failure(None, &[]);
        if let Some(error) = failure {
            return Err(error);
        }
        self.tell(count * n, count * n);
        if failures.is_empty() && frozen.is_empty() && not_finite.is_empty() {
            return Ok(Some((Vec::new(), Vec::new())));
        }
        let mut all: [Vec<Fault>; 2] = [(); 2].map(|()| (0..count).map(|_| None).collect());
        for (into, faults) in all.iter_mut().zip([failures, frozen]) {
            faults.into_iter().for_each(|(point, error)| into[point] = Some(Box::new(error)));
        }
        let [mut failures, frozen] = all;
        for point in not_finite {
            if failures[point].is_none() {
                let x: Vec<T> = flat[point * n..][..n].iter().map(|&x| T::of(x)).collect();
                let bad = out[point * n..][..n].iter().position(|quotient| !quotient.is_finite());
                let error = self.not_finite(&x, point, bad.unwrap_or(0), rule);
                failures[point] = Some(Box::new(error));
            }
        }
        Ok(Some((failures, frozen)))
    }
}
