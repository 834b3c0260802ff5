//! Incremental differences: an objective's own increments, on the host or on a device.

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use super::{Evaluator, Fault, Host, Rows, Site};
use crate::error::{Error, Result};
use crate::gradient::check_point;
use crate::objective::{Increments, Objective, Selection};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::Step;
use crate::vector;

/// Coordinates of the points taken at once.
const PIECE: usize = 1 << 20;

/// Coordinates of a task: enough to be worth handing to another thread.
const TASK: usize = 1 << 13;

/// What comes of some points.
pub(crate) struct Answers<T> {
    /// One a point: its value (not yet with the constant), or why there is none.
    pub(crate) values: Vec<Result<T>>,
    /// If asked for, `[batch, n]`; anything where there is no value.
    pub(crate) quotients: Vec<T>,
}

impl Evaluator<'_> {
    pub(super) fn has_increments(&mut self) -> Result<bool> {
        let objective = self.objective;
        let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
        match &mut self.site {
            Site::F64(host) => Ok(f64::prepared(host, objective, selection)?.is_some()),
            Site::F32(host) => Ok(f32::prepared(host, objective, selection)?.is_some()),
            Site::Gpu(site) => Ok(site.has_increments()),
        }
    }

    /// Gradients (`[batch, n]`) with a scheme and step, values (`[batch, 1]`) without.
    pub(super) fn incremental_rows<T: Sited>(
        &mut self,
        points: ArrayView2<'_, f64>,
        how: Option<(Scheme, Step)>,
    ) -> Result<Rows> {
        // In pieces, so that memory does not grow with the batch, and progress is heard of.
        let n = points.ncols();
        let piece = (PIECE / n).max(1);
        if points.nrows() <= piece {
            let rows = self.incremental_piece::<T>(points, how)?;
            self.tell(rows.values.len(), rows.values.len(), how.is_some());
            return Ok(rows);
        }
        let width = if how.is_some() { n } else { 1 };
        let mut all = Rows {
            values: Array2::zeros((points.nrows(), width)),
            failures: Vec::new(),
            frozen: Vec::new(),
            base: how.map(|_| Vec::new()),
            chosen: None,
        };
        for first in (0..points.nrows()).step_by(piece) {
            let last = (first + piece).min(points.nrows());
            let rows = self.incremental_piece::<T>(points.slice(s![first..last, ..]), how)?;
            all.values.slice_mut(s![first..last, ..]).assign(&rows.values);
            let failures = rows.failures.into_iter().enumerate();
            all.failures
                .extend(failures.map(|(i, error)| error.map(|error| Box::new(error.at_point(first + i)))));
            all.frozen.extend(rows.frozen);
            if let (Some(all), Some(base)) = (&mut all.base, rows.base) {
                all.extend(base);
            }
            self.tell(last * width, all.values.len(), how.is_some());
        }
        Ok(all)
    }

    pub(super) fn tell(&mut self, done: usize, all: usize, is_gradient: bool) {
        if let (Some(progress), true) = (&mut self.progress, is_gradient) {
            progress(done as u64, all as u64);
        }
    }

    fn incremental_piece<T: Sited>(
        &mut self,
        points: ArrayView2<'_, f64>,
        how: Option<(Scheme, Step)>,
    ) -> Result<Rows> {
        let n = points.ncols();
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
        let good: Vec<usize> = (0..points.nrows()).filter(|&point| failures[point].is_none()).collect();
        let here: Vec<&[T]> = good.iter().map(|&point| &start[point * n..][..n]).collect();
        let answers = T::answers(self, &here, how)?;
        let width = if how.is_some() { n } else { 1 };
        let mut flat = if good.len() == points.nrows() && how.is_some() {
            answers.quotients.par_iter().with_min_len(TASK).map(|quotient| quotient.to_f64()).collect()
        } else {
            vec![0.0; points.nrows() * width]
        };
        let mut base = how.map(|_| vec![f64::NAN; points.nrows()]);
        for (k, (&point, value)) in good.iter().zip(answers.values).enumerate() {
            let value = match value {
                Ok(value) => value.to_f64() + self.objective.constant(),
                Err(error) => {
                    failures[point] = Some(Box::new(error.at_point(point)));
                    continue;
                }
            };
            if let Some(base) = &mut base {
                base[point] = if value.is_finite() { value } else { f64::NAN };
            }
            let x = &start[point * n..][..n];
            if !T::of(value).is_finite() {
                failures[point] = Some(Box::new(self.explain(x, point, None)));
                continue;
            }
            let row = &mut flat[point * width..][..width];
            if how.is_none() {
                row.fill(value);
                continue;
            }
            let quotients = &answers.quotients[k * n..][..n];
            if good.len() < points.nrows() {
                row.iter_mut().zip(quotients).for_each(|(to, &from)| *to = from.to_f64());
            }
            if !vector::all_finite(quotients) {
                let axis = quotients.iter().position(|quotient| !quotient.is_finite()).unwrap_or(0);
                failures[point] = Some(Box::new(Error::NonFiniteValue {
                    objective: self.objective.name(),
                    point,
                    axis: Some(axis),
                    precision: T::PRECISION,
                    detail: format!(
                        "at the point it is {value:?}, but its quotient along x[{axis}] is {:?}: something on the way \
                         overflows; scale the point or the objective, take a smaller step, or use the difference \
                         `direct`{}",
                        quotients[axis],
                        if T::PRECISION == Precision::F32 { ", or precision f64" } else { "" }
                    ),
                }));
            }
        }
        let values = Array2::from_shape_vec((points.nrows(), width), flat)
            .map_err(|error| Error::usage(format!("the engine's quotients have the wrong shape: {error}")))?;
        let frozen = (0..points.nrows()).map(|_| None).collect();
        Ok(Rows { values, failures, frozen, base, chosen: None })
    }
}

/// A precision, and where an evaluator keeps what it needs to work in it.
pub(super) trait Sited: Real {
    /// The increments of the selected terms, prepared on the first call.
    fn prepared<'h, 'a>(
        host: &'h mut Host<'a, Self>,
        objective: &'a dyn Objective,
        selection: Selection<'_>,
    ) -> Result<Option<&'h (dyn Increments<Self> + 'a)>>;

    /// Values and quotients of points.
    fn answers(
        evaluator: &mut Evaluator<'_>,
        points: &[&[Self]],
        how: Option<(Scheme, Step)>,
    ) -> Result<Answers<Self>>;
}

impl Sited for f64 {
    fn prepared<'h, 'a>(
        host: &'h mut Host<'a, f64>,
        objective: &'a dyn Objective,
        selection: Selection<'_>,
    ) -> Result<Option<&'h (dyn Increments<f64> + 'a)>> {
        Ok(host.increments.get_or_insert_with(|| objective.increments_f64(selection)).as_deref())
    }

    fn answers(
        evaluator: &mut Evaluator<'_>,
        points: &[&[f64]],
        how: Option<(Scheme, Step)>,
    ) -> Result<Answers<f64>> {
        let objective = evaluator.objective;
        let selection = evaluator.selection.as_deref().map_or(Selection::All, Selection::Only);
        match &mut evaluator.site {
            Site::F64(host) => on_host(f64::prepared(host, objective, selection)?, points, how),
            _ => Err(Error::unsupported("this device works in f32")),
        }
    }
}

impl Sited for f32 {
    fn prepared<'h, 'a>(
        host: &'h mut Host<'a, f32>,
        objective: &'a dyn Objective,
        selection: Selection<'_>,
    ) -> Result<Option<&'h (dyn Increments<f32> + 'a)>> {
        if host.increments.is_none() {
            host.increments = Some(objective.increments_f32(selection)?);
        }
        Ok(host.increments.as_ref().and_then(Option::as_deref))
    }

    fn answers(
        evaluator: &mut Evaluator<'_>,
        points: &[&[f32]],
        how: Option<(Scheme, Step)>,
    ) -> Result<Answers<f32>> {
        let objective = evaluator.objective;
        let selection = evaluator.selection.as_deref().map_or(Selection::All, Selection::Only);
        match &mut evaluator.site {
            Site::F32(host) => on_host(f32::prepared(host, objective, selection)?, points, how),
            Site::Gpu(site) => site.answers(evaluator.selection.as_deref(), points, how),
            Site::F64(_) => Err(Error::unsupported("this device works in f64")),
        }
    }
}

fn on_host<T: Real>(
    increments: Option<&(dyn Increments<T> + '_)>,
    points: &[&[T]],
    how: Option<(Scheme, Step)>,
) -> Result<Answers<T>> {
    let increments = increments.ok_or_else(|| Error::unsupported("the objective offers no increments"))?;
    let one = |each: &mut Vec<T>, x: &[T], quotients: &mut [T]| -> Result<T> {
        let at = increments.at(x);
        if let Some((scheme, step)) = how {
            at.quotients(scheme, step.increments(x, each)?, quotients);
        }
        Ok(at.value())
    };
    let width = if how.is_some() { points.first().map_or(0, |x| x.len()) } else { 0 };
    let mut quotients = vec![T::ZERO; points.len() * width];
    // The pool's own threads, so that what runs inside one point need not be handed over to them.
    let values = rayon::scope(|_| match points {
        [x] => vec![one(&mut Vec::new(), x, &mut quotients)],
        many if width == 0 => many.par_iter().map(|x| one(&mut Vec::new(), x, &mut [])).collect(),
        many => many
            .par_iter()
            .zip(quotients.par_chunks_exact_mut(width))
            .map_init(Vec::new, |each, (x, quotients)| one(each, x, quotients))
            .collect(),
    });
    Ok(Answers { values, quotients })
}
