//! Gradients by steps chosen for each component, with error bars.

use ndarray::{Array2, ArrayView2};

use super::direct::RunIn;
use super::lines::{Along, Line};
use super::{Evaluator, Rows};
use crate::error::{Error, Result};
use crate::gradient::check_point;
use crate::ladder::{Assessed, ROUND};
use crate::precision::Real;
use crate::remark::{Notice, Remark};
use crate::scheme::Scheme;
use crate::step::Perturbation;

/// What chosen steps tell beside the derivatives.
pub(crate) struct Chosen {
    /// Error bars, where they are known, and steps, in the shape of the derivatives.
    pub(crate) error: Option<Array2<f64>>,
    pub(crate) step: Array2<f64>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) evaluations: u64,
}

impl Evaluator<'_> {
    /// Gradients, `[batch, n]`.
    pub(super) fn auto_rows<T: Real>(&mut self, points: ArrayView2<'_, f64>, wanted: Scheme) -> Result<Rows>
    where
        Self: RunIn<T>,
    {
        let (count, n) = points.dim();
        let mut values = Array2::zeros((count, n));
        let (mut error, mut step) = (Array2::zeros((count, n)), Array2::zeros((count, n)));
        let (mut remarks, mut evaluations) = (Vec::new(), 0);
        let mut base = vec![f64::NAN; count];
        let (good, mut failures) = self.starts::<T>(points);
        self.prepare()?;
        let batch = self.batch(1, 2 * ROUND as usize * n + 1, false);
        let mut done = 0;
        for good in good.chunks(batch) {
            let x: Vec<T> = good.iter().flat_map(|&point| points.row(point).to_vec()).map(T::of).collect();
            let mut lines: Vec<Line<'_>> = x
                .chunks_exact(n)
                .enumerate()
                .flat_map(|(point, x)| (0..n).map(move |axis| Line::new(point, x, Along::Axis(axis), None)))
                .collect();
            let (found, made) = self.lines(&x, &mut lines, wanted, false)?;
            evaluations += made;
            for (lines, (&point, &value)) in lines.chunks(n).zip(good.iter().zip(&found)) {
                let at = &x[lines[0].point * n..][..n];
                if !value.is_finite() {
                    failures[point] = Some(Box::new(self.explain(at, point, None)));
                    continue;
                }
                base[point] = value + self.objective.constant();
                for (axis, line) in lines.iter().enumerate() {
                    let result = &line.results[0];
                    if result.scheme.is_none() {
                        failures[point].get_or_insert_with(|| Box::new(self.no_side(at, point, axis, line)));
                    }
                    values[[point, axis]] = result.value;
                    error[[point, axis]] = result.error;
                    step[[point, axis]] = line.step(result);
                    if let Some(notice) = notice(result, wanted, line.barred) {
                        remarks.push(Remark { point, axis: Some(axis), across: None, term: None, notice });
                    }
                }
            }
            done += good.len();
            self.tell(done * n, count * n, true);
        }
        let chosen = Chosen { error: Some(error), step, remarks, evaluations };
        Ok(Rows { values, failures, frozen: Vec::new(), base: Some(base), chosen: Some(chosen) })
    }

    /// Which points can be differenced at, and what is wrong with the others.
    pub(super) fn starts<T: Real>(&self, points: ArrayView2<'_, f64>) -> (Vec<usize>, Vec<super::Fault>) {
        let mut good = Vec::new();
        let failures = points
            .rows()
            .into_iter()
            .enumerate()
            .map(|(point, row)| {
                let x: Vec<T> = row.iter().map(|&x| T::of(x)).collect();
                match check_point(&x, point).and_then(|()| self.check_bounds(&x, point)) {
                    Ok(()) => {
                        good.push(point);
                        None
                    }
                    Err(error) => Some(Box::new(error)),
                }
            })
            .collect();
        (good, failures)
    }

    /// Makes sure of points for all of which something is wanted.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be differenced at.
    pub(super) fn start_all<T: Real>(&mut self, points: ArrayView2<'_, f64>) -> Result<()> {
        self.check_shape(points)?;
        if let Some(error) = self.starts::<T>(points).1.into_iter().flatten().next() {
            return Err(*error);
        }
        self.prepare()
    }

    /// No difference along an axis is finite.
    pub(super) fn no_side<T: Real>(&self, x: &[T], point: usize, axis: usize, line: &Line<'_>) -> Error {
        let h = line.smallest_step();
        if line.barred.contains(&true) {
            return Error::usage(format!(
                "the bounds of x[{axis}] leave no room for a step of {h:e} to either side of {} (point {point}); \
                 widen them",
                x[axis]
            ));
        }
        let moved = |by: f64| T::of(x[axis].to_f64() + by);
        let at = Perturbation { plus: moved(h), minus: moved(-h), distance: T::of(2.0 * h) };
        self.explain(x, point, Some((axis, at)))
    }
}

/// What is worth saying of a result.
pub(super) fn notice(result: &Assessed, wanted: Scheme, barred: [bool; 2]) -> Option<Notice> {
    let used = result.scheme?;
    if let Some((jump, _)) = result.jump {
        return Some(Notice::Kink { left: result.value - jump, right: result.value + jump });
    }
    if result.error.is_infinite() {
        return Some(Notice::NoLimit);
    }
    if used == wanted {
        return None;
    }
    let missing = usize::from(used == Scheme::Forward);
    Some(if barred[missing] { Notice::Bound { used } } else { Notice::NotFinite { used } })
}
