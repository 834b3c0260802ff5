//! Increments of whole gradients, on the host or on a device.

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use super::Pipeline;
use super::pipeline::Rows;
use crate::backend::Fault;
use crate::difference::perturb::check_point;
use crate::difference::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real, vector};

/// Coordinates of the points taken at once.
const PIECE: usize = 1 << 20;

/// Coordinates of a task: enough to be worth handing to another thread.
const TASK: usize = 1 << 13;

impl<T: Real> Pipeline<'_, T> {
    /// Gradients (`[batch, n]`) with a scheme and step, values (`[batch, 1]`) without.
    pub(super) fn incremental_rows(
        &mut self,
        points: ArrayView2<'_, f64>,
        how: Option<(Scheme, Step)>,
    ) -> Result<Rows> {
        // In pieces, so that memory does not grow with the batch, and progress is heard of.
        let (count, n) = points.dim();
        let piece = (PIECE / n).max(1);
        if count <= piece {
            let rows = self.incremental_piece(points, how)?;
            if how.is_some() {
                self.tell(count * n, count * n);
            }
            return Ok(rows);
        }
        let width = if how.is_some() { n } else { 1 };
        let mut all = Rows::new(Array2::zeros((count, width)), 0);
        all.base = how.map(|_| Vec::new());
        for first in (0..count).step_by(piece) {
            let last = (first + piece).min(count);
            let rows = self.incremental_piece(points.slice(s![first..last, ..]), how)?;
            all.values.slice_mut(s![first..last, ..]).assign(&rows.values);
            let failures = rows.failures.into_iter().enumerate();
            all.failures
                .extend(failures.map(|(i, error)| error.map(|error| Box::new(error.at_point(first + i)))));
            all.evaluations += rows.evaluations;
            if let (Some(all), Some(base)) = (&mut all.base, rows.base) {
                all.extend(base);
            }
            if how.is_some() {
                self.tell(last * n, count * n);
            }
        }
        Ok(all)
    }

    fn incremental_piece(
        &mut self,
        points: ArrayView2<'_, f64>,
        how: Option<(Scheme, Step)>,
    ) -> Result<Rows> {
        let (count, n) = points.dim();
        let start: Vec<T> = match points.as_slice() {
            Some(points) => points.par_iter().with_min_len(TASK).map(|&x| T::of(x)).collect(),
            None => points.iter().map(|&x| T::of(x)).collect(),
        };
        let mut failures: Vec<Fault> = start
            .par_chunks_exact(n)
            .with_min_len(TASK.div_ceil(n))
            .enumerate()
            .map(|(point, x)| check_point(x, point).err().map(Box::new))
            .collect();
        let good: Vec<usize> = (0..count).filter(|&point| failures[point].is_none()).collect();
        let here: Vec<&[T]> = good.iter().map(|&point| &start[point * n..][..n]).collect();
        let Some(increments) = self.backend.increments()? else {
            return Err(Error::unsupported(format!("`{}` offers no increments", self.objective.name())));
        };
        let answers = increments.answers(&here, how)?;
        let width = if how.is_some() { n } else { 1 };
        let mut flat = if good.len() == count && how.is_some() {
            answers.quotients.par_iter().with_min_len(TASK).map(|quotient| quotient.to_f64()).collect()
        } else {
            vec![0.0; count * width]
        };
        for (k, error) in answers.failures {
            failures[good[k]] = Some(Box::new(error.at_point(good[k])));
        }
        let mut base = how.map(|_| vec![f64::NAN; count]);
        let constant = self.objective.constant();
        let value = |k: usize| answers.values[k].to_f64() + constant;
        let quotients = |k: usize| &answers.quotients[k * n..][..n];
        for (k, &point) in good.iter().enumerate() {
            match &mut base {
                Some(base) => base[point] = if value(k).is_finite() { value(k) } else { f64::NAN },
                None => flat[point] = value(k),
            }
            if how.is_some() && good.len() < count {
                let row = flat[point * n..][..n].iter_mut();
                row.zip(quotients(k)).for_each(|(to, &from)| *to = from.to_f64());
            }
        }
        let is_off =
            |&k: &usize| !T::of(value(k)).is_finite() || how.is_some() && !vector::all_finite(quotients(k));
        let off: Vec<usize> =
            (0..good.len()).into_par_iter().with_min_len(TASK.div_ceil(n)).filter(is_off).collect();
        for k in off {
            let point = good[k];
            if failures[point].is_some() {
                continue;
            }
            let error = if T::of(value(k)).is_finite() {
                let axis = quotients(k).iter().position(|quotient| !quotient.is_finite()).unwrap_or(0);
                self.overflown(point, axis, value(k), quotients(k)[axis])
            } else {
                self.explain(&start[point * n..][..n], point, None)
            };
            failures[point] = Some(Box::new(error));
        }
        let values = Array2::from_shape_vec((count, width), flat)
            .map_err(|error| Error::usage(format!("the engine's quotients have the wrong shape: {error}")))?;
        let evaluations = how.map_or(count as u64, |(scheme, _)| scheme.evaluations(count, n));
        Ok(Rows { failures, base, ..Rows::new(values, evaluations) })
    }

    fn overflown(&self, point: usize, axis: usize, value: f64, quotient: T) -> Error {
        let wider = if T::PRECISION == Precision::F32 { ", or precision f64" } else { "" };
        Error::NonFiniteValue {
            objective: self.objective.name(),
            point,
            axis: Some(axis),
            precision: T::PRECISION,
            detail: format!(
                "at the point it is {value:?}, but its quotient along x[{axis}] is {quotient:?}: something on the way \
                 overflows; scale the point or the objective, take a smaller step, or use the difference `direct`{wider}"
            ),
        }
    }
}
