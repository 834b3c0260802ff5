//! Regular grids: values at all points, and gradients at steps that are given, all axes of all points by one rule. Nothing is
//! stored for an evaluation but the moved coordinates of the piece at hand.

use ndarray::{Array2, ArrayView2};
use pulp::Arch;

use super::Pipeline;
use super::pipeline::Rows;
use super::start::Start;
use crate::backend::plan::{Limits, Work};
use crate::backend::{Capacity, Fault, Regular, Streamed};
use crate::difference::displacement::{Displacements, What};
use crate::difference::perturb::{FixedStep, Moving, deltas};
use crate::difference::quotients::Quotients;
use crate::difference::{Perturbation, Scheme};
use crate::error::Result;
use crate::numeric::Real;

/// Moved coordinates and quotients of a piece, `[point][axis]`.
struct Moved<T> {
    plus: Vec<T>,
    minus: Vec<T>,
    distance: Vec<T>,
    sides: Vec<[T; 2]>,
}

impl<T: Real> Moved<T> {
    fn new() -> Self {
        Moved { plus: Vec::new(), minus: Vec::new(), distance: Vec::new(), sides: Vec::new() }
    }

    fn clear(&mut self, count: usize) {
        for numbers in [&mut self.plus, &mut self.minus, &mut self.distance] {
            numbers.clear();
            numbers.resize(count, T::ZERO);
        }
        self.sides.clear();
    }

    /// Above and below for two sides; of one side the moved one, whose distance has its sign.
    fn take_sides(&mut self, scheme: Scheme) {
        match scheme {
            Scheme::Central | Scheme::Forward => {
                self.sides.extend(self.plus.iter().zip(&self.minus).map(|(&plus, &minus)| [plus, minus]));
            }
            Scheme::Backward => {
                self.sides.extend(self.plus.iter().zip(&self.minus).map(|(&plus, &minus)| [minus, plus]));
                self.distance.iter_mut().for_each(|distance| *distance = -*distance);
            }
        }
    }
}

fn work(points: usize, n: usize, sides: usize) -> impl Fn(&Capacity) -> (Work, Limits) {
    move |capacity: &Capacity| (capacity.work(points, n, sides), capacity.limits.clone())
}

impl<T: Real> Pipeline<'_, T> {
    /// f at the points, `[batch, 1]`.
    pub(super) fn evaluated_values(&mut self, points: ArrayView2<'_, f64>) -> Result<Rows> {
        let n = points.ncols();
        let mut values = Array2::from_elem((points.nrows(), 1), f64::NAN);
        let Start { good, x, mut failures } = Start::new(points, None);
        let divisor = self.divisor()?;
        let constant = self.objective.constant();
        self.in_pieces(&x, false, work(good.len(), n, 0), |backend, plan, piece| {
            let sources = &x[piece.first_point * n..][..piece.points * n];
            let what = Displacements { dimension: n, sources, bases: 0, what: What::Values };
            let found = backend.evaluate(plan, piece, &what)?;
            for (&point, &sum) in good[piece.first_point..].iter().zip(&found.sums) {
                values[[point, 0]] = T::of((sum / divisor).to_f64() + constant).to_f64();
            }
            Ok(found.trapped)
        })?;
        for (k, &point) in good.iter().enumerate() {
            if !values[[point, 0]].is_finite() {
                failures[point] = Some(Box::new(self.explain(&x[k * n..][..n], point, None)));
            }
        }
        Ok(Rows { failures, ..Rows::new(values, points.nrows() as u64) })
    }

    fn divisor(&mut self) -> Result<T> {
        let terms = self.backend.capacity()?.terms;
        Ok(T::of(self.objective.reduction().divisor(terms)))
    }

    /// Gradients, `[batch, n]`, by the quotients of two values, or of two increments.
    pub(super) fn grid(
        &mut self,
        points: ArrayView2<'_, f64>,
        rule: FixedStep,
        increments: bool,
    ) -> Result<Rows> {
        let (count, n) = points.dim();
        let mut rows = Rows::new(Array2::zeros((count, n)), rule.scheme.evaluations(count, n));
        if !increments
            && let Some(out) = rows.values.as_slice_mut()
            && let Some((failures, frozen)) = self.streamed(points, rule, out)?
        {
            return Ok(Rows { failures, frozen, ..rows });
        }
        let Start { good, x, failures } = Start::new(points, None);
        rows.failures = failures;
        rows.frozen = (0..count).map(|_| None).collect();
        if good.is_empty() {
            return Ok(rows);
        }
        let (scheme, sides) = (rule.scheme, rule.scheme.sides());
        let divisor = self.divisor()?;
        let by = if increments { None } else { rule.on_devices::<T>() };
        let mut moved = Moved::new();
        // Points of which a step is out of the ordinary, and of which a quotient is not finite.
        let mut odd = vec![false; good.len()];
        let mut bad: Vec<Option<usize>> = vec![None; good.len()];
        self.in_pieces(&x, true, work(good.len(), n, sides), |backend, plan, piece| {
            let sources = &x[piece.first_point * n..][..piece.points * n];
            let axes = piece.first_axis..piece.first_axis + piece.axes;
            moved.clear(piece.pairs());
            for (k, x) in sources.chunks_exact(n).enumerate() {
                let own = k * piece.axes..(k + 1) * piece.axes;
                if increments {
                    let mut by = Vec::with_capacity(piece.axes);
                    // A step at fault has been refused when it was resolved; one of a large coordinate fails below.
                    odd[piece.first_point + k] |=
                        deltas(x, axes.clone(), (scheme, rule.step), &mut by).is_err();
                    by.resize(piece.axes, [T::ZERO; 2]);
                    for (i, [plus, minus]) in own.zip(by) {
                        (moved.plus[i], moved.minus[i]) = (plus, minus);
                        moved.distance[i] = plus - minus;
                    }
                    continue;
                }
                let (plus, minus) = (&mut moved.plus[own.clone()], &mut moved.minus[own.clone()]);
                let distance = &mut moved.distance[own];
                odd[piece.first_point + k] |=
                    !(Moving { rule, x: &x[axes.clone()], plus, minus, distance }).run();
            }
            moved.take_sides(scheme);
            let axes = (piece.first_axis, piece.axes);
            let what = What::Grid { axes, moved: &moved.sides, sides, by, increments };
            let bases = if sides == 1 && !increments { piece.points } else { 0 };
            let what = Displacements { dimension: n, sources, bases, what };
            let found = backend.evaluate(plan, piece, &what)?;
            let mut quotients = found.sums;
            let distance = &moved.distance[..];
            Arch::new().dispatch(Quotients { divisor, distance, quotients: &mut quotients });
            for (k, quotients) in quotients.chunks_exact(piece.axes).enumerate() {
                let local = piece.first_point + k;
                for (i, &quotient) in quotients.iter().enumerate() {
                    let (axis, at) = (piece.first_axis + i, k * piece.axes + i);
                    let is_stuck = moved.plus[at] == moved.minus[at];
                    let value = if is_stuck { 0.0 } else { quotient.to_f64() };
                    rows.values[[good[local], axis]] = value;
                    if !value.is_finite() {
                        bad[local] = Some(bad[local].map_or(axis, |known| known.min(axis)));
                    }
                }
            }
            Ok(found.trapped)
        })?;
        for (k, &point) in good.iter().enumerate() {
            let x = &x[k * n..][..n];
            if odd[k] && increments {
                rows.failures[point] =
                    deltas(x, 0..n, (scheme, rule.step), &mut Vec::new()).err().map(Box::new);
            } else if odd[k] {
                match rule.check(x, point) {
                    Ok(frozen) => rows.frozen[point] = frozen.map(Box::new),
                    Err(error) => rows.failures[point] = Some(Box::new(error)),
                }
            }
            if let (Some(axis), None) = (bad[k], &rows.failures[point]) {
                rows.failures[point] = Some(Box::new(self.not_finite(x, point, axis, rule)));
            }
        }
        Ok(rows)
    }

    /// A quotient is not finite.
    fn not_finite(&self, x: &[T], point: usize, axis: usize, rule: FixedStep) -> crate::error::Error {
        let h = rule.step.at(x[axis].to_f64());
        let moved = rule.step.perturb(rule.scheme, x[axis], point, axis).unwrap_or(Perturbation {
            plus: T::of(x[axis].to_f64() + h),
            minus: T::of(x[axis].to_f64() - h),
            distance: T::of(h),
        });
        self.explain(x, point, Some((axis, moved)))
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
