//! Regular grids: values at all points, and gradients at steps that are given, all axes of all points by one rule. Nothing is
//! stored for an evaluation but the moved coordinates of the piece at hand.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};
use pulp::Arch;
use rayon::prelude::*;

use super::Pipeline;
use super::pipeline::Rows;
use super::start::Start;
use crate::backend::Capacity;
use crate::backend::plan::{Limits, Work};
use crate::difference::displacement::{Displacements, What};
use crate::difference::moving::Moving;
use crate::difference::perturb::{FixedStep, deltas};
use crate::difference::quotients::Quotients;
use crate::difference::{Perturbation, Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// Coordinates that one thread moves at a time: they stay in its cache.
const BLOCK: usize = 1 << 12;

/// Moved coordinates of some points, `[point][axis]`.
struct Moved<T> {
    plus: Vec<T>,
    minus: Vec<T>,
    distance: Vec<T>,
}

impl<T: Real> Moved<T> {
    fn new() -> Self {
        Moved { plus: Vec::new(), minus: Vec::new(), distance: Vec::new() }
    }

    fn resize(&mut self, count: usize) {
        for numbers in [&mut self.plus, &mut self.minus, &mut self.distance] {
            numbers.resize(count, T::ZERO);
        }
    }

    /// Moves these axes of some points of `n` coordinates; notes of each whether a step is out of the ordinary.
    fn fill(&mut self, points: &[T], n: usize, axes: Range<usize>, how: How, odd: &mut [bool]) {
        let wide = axes.len();
        self.resize(points.len() / n * wide);
        let each = self.plus.chunks_mut(wide).zip(self.minus.chunks_mut(wide));
        let each = each.zip(self.distance.chunks_mut(wide)).zip(points.chunks_exact(n)).zip(odd);
        for ((((plus, minus), distance), x), odd) in each {
            *odd |= match how {
                How::Values(rule) => !(Moving { rule, x: &x[axes.clone()], plus, minus, distance }).run(),
                How::Increments(scheme, step) => {
                    let mut by = Vec::with_capacity(wide);
                    // A step at fault has been refused when it was resolved; one of a large coordinate fails below.
                    let is_odd = deltas(x, axes.clone(), (scheme, step), &mut by).is_err();
                    by.resize(wide, [T::ZERO; 2]);
                    for (i, [up, down]) in by.into_iter().enumerate() {
                        (plus[i], minus[i], distance[i]) = (up, down, up - down);
                    }
                    is_odd
                }
            };
        }
        if how.scheme() == Scheme::Backward {
            self.distance.iter_mut().for_each(|distance| *distance = -*distance);
        }
    }

    /// Above and below for two sides; of one side the moved one, whose distance has its sign.
    fn sides(&self, scheme: Scheme) -> Vec<[T; 2]> {
        let sides = self.plus.iter().zip(&self.minus);
        match scheme {
            Scheme::Central | Scheme::Forward => sides.map(|(&plus, &minus)| [plus, minus]).collect(),
            Scheme::Backward => sides.map(|(&plus, &minus)| [minus, plus]).collect(),
        }
    }
}

/// What is divided by how far coordinates move.
#[derive(Clone, Copy)]
enum How {
    /// Differences of values.
    Values(FixedStep),
    Increments(Scheme, Step),
}

impl How {
    fn scheme(self) -> Scheme {
        match self {
            How::Values(rule) => rule.scheme,
            How::Increments(scheme, _) => scheme,
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
        let divisor = self.divisor()?;
        let constant = self.objective.constant();
        if let Some(rows) = self.streamed_values(points, divisor, constant)? {
            return Ok(rows);
        }
        let mut values = Array2::from_elem((points.nrows(), 1), f64::NAN);
        let Start { good, x, mut failures } = Start::new(points, None);
        self.in_pieces(
            &x,
            (false, self.all(points.nrows())),
            work(good.len(), n, 0),
            |backend, plan, piece| {
                let sources = &x[piece.first_point * n..][..piece.points * n];
                let what = Displacements { dimension: n, sources, bases: 0, what: What::Values };
                let found = backend.evaluate(plan, piece, &what)?;
                for (&point, &sum) in good[piece.first_point..].iter().zip(&found.sums) {
                    values[[point, 0]] = T::of((sum / divisor).to_f64() + constant).to_f64();
                }
                Ok(found.trapped)
            },
        )?;
        for (k, &point) in good.iter().enumerate() {
            if !values[[point, 0]].is_finite() {
                failures[point] = Some(Box::new(self.explain(&x[k * n..][..n], point, None)));
            }
        }
        Ok(Rows { failures, ..Rows::new(values, points.nrows() as u64) })
    }

    pub(super) fn divisor(&mut self) -> Result<T> {
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
        let moves = !increments && self.backend.capacity()?.moves;
        let by = rule.on_devices::<T>().filter(|_| moves);
        let how = if increments { How::Increments(scheme, rule.step) } else { How::Values(rule) };
        // Points of which a step is out of the ordinary, and of which a quotient is not finite.
        let mut odd = vec![false; good.len()];
        let mut bad: Vec<Option<usize>> = vec![None; good.len()];
        let mut all = vec![0.0; good.len() * n];
        self.in_pieces(&x, (true, self.all(count)), work(good.len(), n, sides), |backend, plan, piece| {
            let sources = &x[piece.first_point * n..][..piece.points * n];
            let axes = piece.first_axis..piece.first_axis + piece.axes;
            let odd = &mut odd[piece.first_point..][..piece.points];
            // Where devices move coordinates by themselves, how far is found out with the quotients.
            let moved = match by {
                Some(_) => Vec::new(),
                None => {
                    let mut moved = Moved::new();
                    moved.fill(sources, n, axes.clone(), how, odd);
                    moved.sides(scheme)
                }
            };
            let what =
                What::Grid { axes: (piece.first_axis, piece.axes), moved: &moved, sides, by, increments };
            let bases = if sides == 1 && !increments { piece.points } else { 0 };
            let what = Displacements { dimension: n, sources, bases, what };
            let found = backend.evaluate(plan, piece, &what)?;
            let mut quotients = found.sums;
            let block = (BLOCK / piece.axes).max(1);
            let own = piece.first_point..piece.first_point + piece.points;
            quotients
                .par_chunks_mut(block * piece.axes)
                .zip(all[own.start * n..own.end * n].par_chunks_mut(block * n))
                .zip(sources.par_chunks(block * n))
                .zip(odd.par_chunks_mut(block))
                .zip(bad[own].par_chunks_mut(block))
                .for_each_init(Moved::new, |moved, ((((quotients, out), x), odd), bad)| {
                    moved.fill(x, n, axes.clone(), how, odd);
                    let distance = &moved.distance[..];
                    Arch::new().dispatch(Quotients { divisor, distance, quotients });
                    let points = quotients.chunks_exact(piece.axes).zip(out.chunks_exact_mut(n)).zip(bad);
                    for (k, ((quotients, out), bad)) in points.enumerate() {
                        for (i, (&quotient, out)) in quotients.iter().zip(&mut out[axes.clone()]).enumerate()
                        {
                            let at = k * piece.axes + i;
                            let is_stuck = moved.plus[at] == moved.minus[at];
                            *out = if is_stuck { 0.0 } else { quotient.to_f64() };
                            if !out.is_finite() {
                                let axis = axes.start + i;
                                *bad = Some(bad.map_or(axis, |known| known.min(axis)));
                            }
                        }
                    }
                });
            Ok(found.trapped)
        })?;
        if good.len() == count {
            rows.values = Array2::from_shape_vec((count, n), all)
                .map_err(|error| Error::usage(format!("the quotients have the wrong shape: {error}")))?;
        } else {
            for (&point, row) in good.iter().zip(all.chunks_exact(n)) {
                rows.values.row_mut(point).iter_mut().zip(row).for_each(|(to, &from)| *to = from);
            }
        }
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
    pub(super) fn not_finite(&self, x: &[T], point: usize, axis: usize, rule: FixedStep) -> Error {
        let h = rule.step.at(x[axis].to_f64());
        let moved = rule.step.perturb(rule.scheme, x[axis], point, axis).unwrap_or(Perturbation {
            plus: T::of(x[axis].to_f64() + h),
            minus: T::of(x[axis].to_f64() - h),
            distance: T::of(h),
        });
        self.explain(x, point, Some((axis, moved)))
    }
}
