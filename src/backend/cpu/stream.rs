//! Regular grids of many points: steps, evaluations and quotients of a block of points in one go, nothing stored between.

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use super::transpose::{FromLanes, to_lanes};
use crate::backend::{Regular, Streamed};
use crate::difference::Scheme;
use crate::difference::moving::Moving;
use crate::difference::perturb::check_point;
use crate::difference::quotients::Quotients;
use crate::numeric::{Real, vector};
use crate::objective::{Moves, Terms};

/// Terms that are added up one after the other without losing digits.
const MOST_TERMS: usize = 64;

/// Tasks for the threads, at most.
const TASKS: usize = 64;

/// Numbers of a row of a block that are moved, evaluated and divided at a time.
const CHUNK: usize = 1 << 12;

/// Fills `out` (`[point][axis]`) if there are points enough, and few terms, or few that read any one coordinate.
pub(super) fn run<T: Real>(
    terms: &dyn Terms<T>,
    count: usize,
    grid: &Regular<'_>,
    out: &mut [f64],
) -> Option<Streamed> {
    let (n, lanes) = (grid.n, terms.lanes());
    let blocks = grid.points.len() / n / lanes;
    if blocks < 2 * rayon::current_num_threads() {
        return None;
    }
    let most = if lanes == 1 { 1 } else { MOST_TERMS };
    // Others come to nothing.
    if count > most && terms.most_readers().is_none_or(|readers| readers > most) {
        return None;
    }
    let task = blocks.div_ceil(TASKS) * lanes;
    let found = grid.points.par_chunks(task * n).zip(out.par_chunks_mut(task * n)).enumerate().map(
        |(i, (points, out))| {
            let mut block = Block::new(terms, count, grid);
            let mut streamed = Streamed::default();
            let blocks = points.chunks(lanes * n).zip(out.chunks_mut(lanes * n));
            for (k, (points, out)) in blocks.enumerate() {
                block.quotients(points, i * task + k * lanes, out, &mut streamed);
            }
            streamed
        },
    );
    Some(found.reduce(Streamed::default, |mut all, more| {
        all.failures.extend(more.failures);
        all.frozen.extend(more.frozen);
        all.not_finite.extend(more.not_finite);
        all
    }))
}

/// A block of points, one a lane.
struct Block<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    grid: &'a Regular<'a>,
    lanes: usize,
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
    fn new(terms: &'a dyn Terms<T>, count: usize, grid: &'a Regular<'a>) -> Self {
        let lanes = terms.lanes();
        let axes = (CHUNK / lanes).clamp(1, grid.n);
        let rows = |rows: usize| vec![T::ZERO; rows * lanes];
        Block {
            terms,
            grid,
            lanes,
            x: rows(grid.n),
            base: rows(count),
            axes,
            plus: rows(axes),
            minus: rows(axes),
            distance: rows(axes),
            quotients: rows(axes),
        }
    }

    /// The quotients at at most as many points as there are lanes; `first` is the index of the first of them.
    fn quotients(&mut self, points: &[f64], first: usize, out: &mut [f64], streamed: &mut Streamed) {
        let (n, lanes, scheme) = (self.grid.n, self.lanes, self.grid.rule.scheme);
        to_lanes(points, lanes, &mut self.x);
        // Of a few axes, moving them shows it.
        let mut is_odd = n > self.axes && !vector::all_finite(&self.x);
        if is_odd && self.set_aside(points, first, streamed) {
            out.fill(0.0);
            return;
        }
        let mut is_infinite = false;
        let range = 0..self.base.len() / lanes;
        for first_axis in (0..n).step_by(self.axes) {
            let axes = first_axis..(first_axis + self.axes).min(n);
            let size = axes.len() * lanes;
            if !self.moved(&axes) && !is_odd {
                is_odd = true;
                if self.set_aside(points, first, streamed) {
                    out.fill(0.0);
                    return;
                }
                self.moved(&axes);
            }
            if scheme != Scheme::Central && first_axis == 0 {
                self.terms.evaluate_lanes(&self.x, range.clone(), &mut self.base);
            }
            let [up, down] = scheme.moves();
            let moves = Moves {
                axes: axes.clone(),
                plus: up.then_some(&self.plus[..size]),
                minus: down.then_some(&self.minus[..size]),
                base: if scheme == Scheme::Central { &[] } else { &self.base },
            };
            let quotients = &mut self.quotients[..size];
            self.terms.differences(&mut self.x, &moves, range.clone(), quotients);
            let (divisor, distance) = (T::of(self.grid.divisor), &self.distance[..size]);
            is_infinite |= !Arch::new().dispatch(Quotients { divisor, distance, quotients });
            if is_odd {
                self.rest(size);
            }
            self.take(axes, out);
        }
        if is_infinite {
            let is_bad = |row: &[f64]| row.iter().any(|quotient| !quotient.is_finite());
            let bad = out.chunks_exact(n).enumerate().filter(|(_, row)| is_bad(row));
            streamed.not_finite.extend(bad.map(|(k, _)| first + k));
        }
    }

    /// Moves some axes; whether nothing is out of the ordinary.
    fn moved(&mut self, axes: &Range<usize>) -> bool {
        let x = &self.x[axes.start * self.lanes..axes.end * self.lanes];
        let size = x.len();
        let (plus, minus) = (&mut self.plus[..size], &mut self.minus[..size]);
        Moving { rule: self.grid.rule, x, plus, minus, distance: &mut self.distance[..size] }.run()
    }

    /// Where a step vanished and that is allowed, the component is 0, whatever the values there.
    fn rest(&mut self, size: usize) {
        for i in 0..size {
            if self.plus[i] == self.minus[i] {
                self.quotients[i] = T::ZERO;
            }
        }
    }

    /// Looks at the points of a block in which something is out of the ordinary, and puts a good one in the place of each
    /// that is at fault; whether all are.
    fn set_aside(&mut self, points: &[f64], first: usize, streamed: &mut Streamed) -> bool {
        let n = self.grid.n;
        let mut bad = Vec::new();
        let mut good = None;
        for (k, row) in points.chunks_exact(n).enumerate() {
            let x: Vec<T> = row.iter().map(|&x| T::of(x)).collect();
            let checked = check_point(&x, first + k).and_then(|()| self.grid.rule.check(&x, first + k));
            match checked {
                Ok(frozen) => {
                    good = Some(k);
                    streamed.frozen.extend(frozen.map(|error| (first + k, error)));
                }
                Err(error) => {
                    bad.push(k);
                    streamed.failures.push((first + k, error));
                }
            }
        }
        let Some(good) = good else { return true };
        for row in self.x.chunks_exact_mut(self.lanes) {
            let stand_in = row[good];
            bad.iter().for_each(|&lane: &usize| row[lane] = stand_in);
            let last = points.len() / n - 1;
            if bad.contains(&last) {
                row[last..].fill(stand_in);
            }
        }
        false
    }

    /// Takes the quotients of some axes out of their lanes.
    fn take(&self, axes: Range<usize>, out: &mut [f64]) {
        let (n, rows) = (self.grid.n, &self.quotients[..]);
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
