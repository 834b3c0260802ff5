//! The short way of direct differences of many points on the host, for objectives that evaluate several points at once:
//! steps, evaluations and quotients of a block of points in one go, nothing stored between.
//!
//! A block in which anything is out of the ordinary (a step that vanishes, a value that is not finite) sends all points
//! the long way, which says what it is.

mod kernels;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::ArrayView2;
use pulp::Arch;
use rayon::prelude::*;

use self::kernels::{FromLanes, Move, Quotients, ToLanes};
use super::Evaluator;
use super::direct::RunIn;
use crate::error::Result;
use crate::objective::{Moves, Terms};
use crate::precision::Real;
use crate::scheme::Scheme;
use crate::step::Step;

/// Terms that are added up one after the other without losing digits.
const MOST_TERMS: usize = 64;

/// Tasks for the threads, at most.
const TASKS: usize = 64;

/// Numbers of a row of a block that are moved, evaluated and divided at a time.
const CHUNK: usize = 1 << 12;

impl Evaluator<'_> {
    /// Fills `gradients` with those at `points` (both `[batch, n]`) if this is the way to go and all is in order; else
    /// says no, and what it holds is worth nothing.
    pub(super) fn in_blocks<T: Real>(
        &mut self,
        points: ArrayView2<'_, f64>,
        scheme: Scheme,
        step: Step,
        gradients: &mut [f64],
    ) -> Result<bool>
    where
        Self: RunIn<T>,
    {
        let (count, n) = points.dim();
        let selected = match &self.selection {
            Some(indices) => indices.len(),
            None if self.whole => 1,
            None => self.objective.terms(),
        };
        let Some(terms) = self.host_terms() else { return Ok(false) };
        let lanes = terms.lanes();
        let blocks = count / lanes;
        let most = if lanes == 1 { 1 } else { MOST_TERMS };
        if blocks < 2 * rayon::current_num_threads() || selected > most {
            return Ok(false);
        }
        // Rows one after the other, as they are as a rule.
        let points = points.as_standard_layout();
        let Some(points) = points.as_slice() else { return Ok(false) };
        let divisor = T::of(self.objective.reduction().divisor(selected));
        let task = blocks.div_ceil(TASKS) * lanes;
        let is_odd = AtomicBool::new(false);
        points.par_chunks(task * n).zip(gradients.par_chunks_mut(task * n)).for_each(
            |(points, gradients)| {
                let mut block = Block::new(terms, n, selected, scheme, step);
                for (points, gradients) in points.chunks(lanes * n).zip(gradients.chunks_mut(lanes * n)) {
                    if is_odd.load(Ordering::Relaxed) {
                        return;
                    }
                    if !block.gradients(points, divisor, gradients) {
                        is_odd.store(true, Ordering::Relaxed);
                    }
                }
            },
        );
        if is_odd.into_inner() {
            // What a trap left behind is found again.
            terms.failure();
            return Ok(false);
        }
        if let Some(progress) = &mut self.progress {
            progress((count * n) as u64, (count * n) as u64);
        }
        Ok(true)
    }
}

/// A block of points, one a lane.
struct Block<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    n: usize,
    count: usize,
    lanes: usize,
    scheme: Scheme,
    step: Step,
    /// `[coordinate][lane]`
    x: Vec<T>,
    /// `[term][lane]`: at the points themselves, for one-sided quotients.
    base: Vec<T>,
    /// Axes of a chunk; the rest is of one chunk.
    axes: usize,
    /// `[axis][lane]`
    plus: Vec<T>,
    minus: Vec<T>,
    distance: Vec<T>,
    quotients: Vec<T>,
}

impl<'a, T: Real> Block<'a, T> {
    fn new(terms: &'a dyn Terms<T>, n: usize, count: usize, scheme: Scheme, step: Step) -> Self {
        let lanes = terms.lanes();
        let axes = (CHUNK / lanes).clamp(1, n);
        let rows = |rows: usize| vec![T::ZERO; rows * lanes];
        Block {
            terms,
            n,
            count,
            lanes,
            scheme,
            step,
            x: rows(n),
            base: rows(count),
            axes,
            plus: rows(axes),
            minus: rows(axes),
            distance: rows(axes),
            quotients: rows(axes),
        }
    }

    /// The gradients at at most as many points as there are lanes; false if anything is out of the ordinary.
    fn gradients(&mut self, points: &[f64], divisor: T, gradients: &mut [f64]) -> bool {
        let (n, lanes, scheme) = (self.n, self.lanes, self.scheme);
        self.place(points);
        let range = 0..self.count;
        if scheme != Scheme::Central {
            self.terms.evaluate_lanes(&self.x, range.clone(), &mut self.base);
        }
        for first in (0..n).step_by(self.axes) {
            let axes = first..(first + self.axes).min(n);
            let size = axes.len() * lanes;
            let x = &self.x[axes.start * lanes..axes.end * lanes];
            let (plus, minus) = (&mut self.plus[..size], &mut self.minus[..size]);
            let distance = &mut self.distance[..size];
            if !Arch::new().dispatch(Move { step: self.step, scheme, x, plus, minus, distance }) {
                return false;
            }
            let moves = Moves {
                axes: axes.clone(),
                plus: (scheme != Scheme::Backward).then_some(&self.plus[..size]),
                minus: (scheme != Scheme::Forward).then_some(&self.minus[..size]),
                base: if scheme == Scheme::Central { &[] } else { &self.base },
            };
            let quotients = &mut self.quotients[..size];
            self.terms.differences(&mut self.x, &moves, range.clone(), quotients);
            if !Arch::new().dispatch(Quotients { divisor, distance: &self.distance[..size], quotients }) {
                return false;
            }
            self.take(axes, gradients);
        }
        true
    }

    /// Puts the points into lanes; the last one into those left over.
    fn place(&mut self, points: &[f64]) {
        let (n, x) = (self.n, &mut self.x[..]);
        match self.lanes {
            32 if points.len() == 32 * n => Arch::new().dispatch(ToLanes::<T, 32> { points, n, x }),
            64 if points.len() == 64 * n => Arch::new().dispatch(ToLanes::<T, 64> { points, n, x }),
            lanes => {
                let last = points.len() / n - 1;
                for lane in 0..lanes {
                    let point = &points[lane.min(last) * n..][..n];
                    for (to, &x) in x[lane..].iter_mut().step_by(lanes).zip(point) {
                        *to = T::of(x);
                    }
                }
            }
        }
    }

    /// Takes the quotients of some axes out of their lanes.
    fn take(&self, axes: Range<usize>, out: &mut [f64]) {
        let (n, rows) = (self.n, &self.quotients[..]);
        match self.lanes {
            32 if out.len() == 32 * n => Arch::new().dispatch(FromLanes::<T, 32> { rows, n, axes, out }),
            64 if out.len() == 64 * n => Arch::new().dispatch(FromLanes::<T, 64> { rows, n, axes, out }),
            lanes => {
                for (lane, gradient) in out.chunks_exact_mut(n).enumerate() {
                    let quotients = rows[lane..].iter().step_by(lanes);
                    for (gradient, quotient) in gradient[axes.clone()].iter_mut().zip(quotients) {
                        *gradient = quotient.to_f64();
                    }
                }
            }
        }
    }
}
