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
        let coordinates = self.backend.increments()?.map_or(1, |increments| increments.piece());
        let piece = (coordinates / n).max(1);
        let width = if how.is_some() { n } else { 1 };
        let mut flat = vec![0.0; count * width];
        let mut failures: Vec<Fault> = Vec::with_capacity(count);
        let mut base = how.map(|_| vec![f64::NAN; count]);
        for (i, out) in flat.chunks_mut(piece * width).enumerate() {
            let own = i * piece..i * piece + out.len() / width;
            let (here, last) = (points.slice(s![own.clone(), ..]), own.end);
            let base = base.as_mut().map(|base| &mut base[own.clone()]);
            let failed = self.incremental_piece(here, how, (out, base))?;
            failures.resize_with(own.end, || None);
            for (point, error) in failed {
                failures[own.start + point] = Some(Box::new(error.at_point(own.start + point)));
            }
            if how.is_some() {
                self.tell(last * n, count * n);
            }
        }
        let values = Array2::from_shape_vec((count, width), flat)
            .map_err(|error| Error::usage(format!("the engine's quotients have the wrong shape: {error}")))?;
        let evaluations = how.map_or(count as u64, |(scheme, _)| scheme.evaluations(count, n));
        Ok(Rows { failures, base, ..Rows::new(values, evaluations) })
    }

    /// Quotients, or values, into `out`, and with quotients the values into `base`; the points that failed, and why.
    fn incremental_piece(
        &mut self,
        points: ArrayView2<'_, f64>,
        how: Option<(Scheme, Step)>,
        (out, base): (&mut [f64], Option<&mut [f64]>),
    ) -> Result<Vec<(usize, Error)>> {
        let (count, n) = points.dim();
        let start: Vec<T> = match points.as_slice() {
            Some(points) => points.par_iter().with_min_len(TASK).map(|&x| T::of(x)).collect(),
            None => points.iter().map(|&x| T::of(x)).collect(),
        };
        let at = |point: usize| &start[point * n..][..n];
        let mut failed: Vec<(usize, Error)> = Vec::new();
        if !all_finite(&start) {
            failed.extend((0..count).filter_map(|point| Some((point, check_point(at(point), point).err()?))));
        }
        let mut bad = failed.iter().map(|&(point, _)| point).peekable();
        let good: Vec<usize> = (0..count).filter(|point| bad.next_if_eq(point).is_none()).collect();
        let here: Vec<&[T]> = good.iter().map(|&point| at(point)).collect();
        let Some(increments) = self.backend.increments()? else {
            return Err(Error::unsupported(format!("`{}` offers no increments", self.objective.name())));
        };
        let answers = increments.answers(&here, how)?;
        let constant = self.objective.constant();
        let value = |k: usize| answers.values[k].to_f64() + constant;
        let quotients = |k: usize| &answers.quotients[k * n..][..n];
        match base {
            None => good.iter().enumerate().for_each(|(k, &point)| out[point] = value(k)),
            Some(base) => {
                for (k, &point) in good.iter().enumerate() {
                    base[point] = if value(k).is_finite() { value(k) } else { f64::NAN };
                }
                let widen = |(to, from): (&mut f64, &T)| *to = from.to_f64();
                if good.len() == count {
                    let pairs = out.par_iter_mut().zip(&answers.quotients);
                    pairs.with_min_len(TASK).for_each(widen);
                } else {
                    for (k, &point) in good.iter().enumerate() {
                        out[point * n..][..n].iter_mut().zip(quotients(k)).for_each(widen);
                    }
                }
            }
        }
        // Where all is well, which is nearly always, nothing is looked at point by point.
        let is_well = answers.failures.is_empty()
            && good.iter().enumerate().all(|(k, _)| T::of(value(k)).is_finite())
            && all_finite(&answers.quotients);
        if !is_well {
            let mut without = answers.failures.into_iter().peekable();
            for (k, &point) in good.iter().enumerate() {
                if let Some((_, error)) = without.next_if(|&(other, _)| other == k) {
                    failed.push((point, error));
                } else if !T::of(value(k)).is_finite() {
                    failed.push((point, self.explain(at(point), point, None)));
                } else if how.is_some()
                    && let Some(axis) = quotients(k).iter().position(|quotient| !quotient.is_finite())
                {
                    failed.push((point, self.overflown(point, axis, value(k), quotients(k)[axis])));
                }
            }
        }
        Ok(failed)
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

/// Whether all numbers are finite, by several threads.
fn all_finite<T: Real>(numbers: &[T]) -> bool {
    numbers.par_chunks(TASK).all(|numbers| vector::all_finite(numbers))
}
