//! Many perturbations at once, for objectives that evaluate several points in one go.
//!
//! Lanes are different pairs (point, axis). Where there are points enough, lanes are points and all move along one axis,
//! so that a coordinate is a row to be exchanged; else each lane moves along an axis of its own.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::Task;
use crate::plan::Kind;
use crate::precision::Real;
use crate::scheme::Scheme;

impl<T: Real> Task<'_, T> {
    /// Whether lanes are to be pairs; with as many terms in a chunk, the terms fill lanes by themselves.
    pub(super) fn in_lanes(&self) -> bool {
        let lanes = self.terms.lanes();
        lanes > 1 && self.plan.terms_per_chunk.min(lanes) <= self.piece.pairs()
    }

    /// Whether lanes are points.
    fn lanes_are_points(&self) -> bool {
        self.piece.points >= self.terms.lanes()
    }

    /// At least `pairs` pairs that fill lanes.
    pub(super) fn whole_lanes(&self, pairs: usize) -> usize {
        let lanes = self.terms.lanes();
        pairs.next_multiple_of(if self.lanes_are_points() { lanes * self.piece.axes } else { lanes })
    }

    /// The pairs `first..first + out.len()` of one chunk.
    pub(super) fn segment_in_lanes(
        &self,
        chunk: usize,
        first: usize,
        out: &mut [T],
        first_bad: &[AtomicU32],
    ) {
        let range = self.range(chunk);
        if self.lanes_are_points() {
            self.points_in_lanes(range, first / self.piece.axes, out, first_bad);
        } else {
            self.pairs_in_lanes(range, first, out, first_bad);
        }
    }

    /// `out` holds all axes of the points from `first` on.
    fn points_in_lanes(&self, range: Range<usize>, first: usize, out: &mut [T], first_bad: &[AtomicU32]) {
        let (lanes, axes) = (self.terms.lanes(), self.piece.axes);
        let mut block = Block::new(self, range);
        for (i, out) in out.chunks_mut(lanes * axes).enumerate() {
            let points = first + i * lanes..(first + i * lanes + out.len() / axes);
            let last = points.end - 1;
            for lane in 0..lanes {
                block.place(self, lane, (points.start + lane).min(last));
            }
            for a in 0..axes {
                block.difference(self, |lane| {
                    let point = (points.start + lane).min(last);
                    (point, point * axes + a)
                });
                for (lane, out) in out.chunks_exact_mut(axes).enumerate() {
                    out[a] = block.sums[lane];
                    if !out[a].is_finite() {
                        let axis = (self.piece.first_axis + a) as u32;
                        first_bad[points.start + lane].fetch_min(axis, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    /// Each lane has a point and an axis of its own.
    fn pairs_in_lanes(&self, range: Range<usize>, first: usize, out: &mut [T], first_bad: &[AtomicU32]) {
        let (lanes, axes) = (self.terms.lanes(), self.piece.axes);
        let mut block = Block::new(self, range);
        let mut held = vec![usize::MAX; lanes];
        for (i, out) in out.chunks_mut(lanes).enumerate() {
            let pairs = first + i * lanes..first + i * lanes + out.len();
            let pair = |lane: usize| (pairs.start + lane).min(pairs.end - 1);
            for (lane, held) in held.iter_mut().enumerate() {
                let point = pair(lane) / axes;
                if *held != point {
                    block.place(self, lane, point);
                    *held = point;
                }
            }
            block.difference(self, |lane| (pair(lane) / axes, pair(lane)));
            for (lane, out) in out.iter_mut().enumerate() {
                *out = block.sums[lane];
                if !out.is_finite() {
                    let axis = (self.piece.first_axis + pair(lane) % axes) as u32;
                    first_bad[pair(lane) / axes].fetch_min(axis, Ordering::Relaxed);
                }
            }
        }
    }

    /// All terms at the points, `[point][term]`.
    pub(super) fn terms_in_lanes(&self, base: &mut [T], first_bad: &[AtomicU32]) {
        let (lanes, terms) = (self.terms.lanes(), self.plan.work.terms);
        base.par_chunks_mut(lanes * terms).enumerate().for_each(|(i, base)| {
            let (first, count) = (i * lanes, base.len() / terms);
            for chunk in 0..self.plan.chunks {
                let range = self.range(chunk);
                let mut block = Block::new(self, range.clone());
                for lane in 0..lanes {
                    block.place(self, lane, first + lane.min(count - 1));
                }
                block.upper();
                for (t, values) in range.zip(block.upper.chunks_exact(lanes)) {
                    for lane in 0..count {
                        base[lane * terms + t] = values[lane];
                        if !values[lane].is_finite() {
                            first_bad[first + lane].fetch_min(self.plan.work.axes as u32, Ordering::Relaxed);
                        }
                    }
                }
            }
        });
    }
}

/// As many points as there are lanes, and some terms at them.
struct Block<'a, T: Real> {
    terms: &'a dyn crate::objective::Terms<T>,
    range: Range<usize>,
    lanes: usize,
    /// `[coordinate][lane]`
    x: Vec<T>,
    /// `[term][lane]`
    upper: Vec<T>,
    lower: Vec<T>,
    /// `[lane]`
    sums: Vec<T>,
    kept: Vec<T>,
}

impl<'a, T: Real> Block<'a, T> {
    fn new(task: &Task<'a, T>, range: Range<usize>) -> Self {
        let lanes = task.terms.lanes();
        let rows = |count: usize| vec![T::ZERO; count * lanes];
        Block {
            terms: task.terms,
            lanes,
            x: rows(task.plan.work.axes),
            upper: rows(range.len()),
            lower: rows(range.len()),
            sums: rows(1),
            kept: rows(1),
            range,
        }
    }

    /// Puts a point into a lane.
    fn place(&mut self, task: &Task<'_, T>, lane: usize, point: usize) {
        for (row, &x) in self.x.chunks_exact_mut(self.lanes).zip(task.point(point)) {
            row[lane] = x;
        }
    }

    fn upper(&mut self) {
        self.terms.evaluate_lanes(&self.x, self.range.clone(), &mut self.upper);
    }

    /// Differences of the pairs (point, pair) of all lanes, into the sums; the points are as they were then.
    fn difference(&mut self, task: &Task<'_, T>, pair: impl Fn(usize) -> (usize, usize)) {
        let (lanes, axes) = (self.lanes, task.piece.axes);
        let kind = task.plan.work.kind;
        let scheme = match kind {
            Kind::Values => {
                self.upper();
                for lane in 0..lanes {
                    self.sums[lane] = super::total(self.upper.iter().skip(lane).step_by(lanes).copied());
                }
                return;
            }
            Kind::Differences(scheme) => scheme,
        };
        let at = |lane: usize| (task.piece.first_axis + pair(lane).1 % axes) * lanes + lane;
        let backward = scheme == Scheme::Backward;
        for lane in 0..lanes {
            let moved = task.moved[pair(lane).1];
            self.kept[lane] = self.x[at(lane)];
            self.x[at(lane)] = if backward { moved.minus } else { moved.plus };
        }
        self.upper();
        if scheme == Scheme::Central {
            for lane in 0..lanes {
                self.x[at(lane)] = task.moved[pair(lane).1].minus;
            }
            self.terms.evaluate_lanes(&self.x, self.range.clone(), &mut self.lower);
        } else {
            for (t, lower) in self.range.clone().zip(self.lower.chunks_exact_mut(lanes)) {
                for (lane, lower) in lower.iter_mut().enumerate() {
                    *lower = task.base[pair(lane).0 * task.plan.work.terms + t];
                }
            }
        }
        self.sums.fill(T::ZERO);
        for (upper, lower) in self.upper.chunks_exact(lanes).zip(self.lower.chunks_exact(lanes)) {
            for lane in 0..lanes {
                let difference = upper[lane] - lower[lane];
                self.sums[lane] += if backward { -difference } else { difference };
            }
        }
        for lane in 0..lanes {
            self.x[at(lane)] = self.kept[lane];
        }
    }
}
