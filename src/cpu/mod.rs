//! The plan on the host: all cores, f32 or f64. Twin of `shaders/difference.wgsl` and `shaders/reduce.wgsl`.
//!
//! The order of every sum is fixed by the plan, not by which thread comes first, and the plan does not depend on
//! the number of threads: the same input gives the same bits, on one core or many.

pub(crate) mod displaced;
mod lanes;

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::objective::{Objective, Terms};
use crate::plan::{FAN_IN, Kind, Limits, Piece, Plan};
use crate::precision::Real;
use crate::scheme::Scheme;
use crate::step::Perturbation;

/// No axis: every value of the point was finite.
pub(crate) const ALL_FINITE: u32 = u32::MAX;

/// What a piece of a plan yields, from any device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sums<T> {
    /// For each pair, the sum over all selected terms, undivided.
    pub(crate) sums: Vec<T>,
    /// For each point, the first axis with a term that is not finite, or [`ALL_FINITE`]; the number of axes
    /// stands for the unperturbed point.
    pub(crate) first_bad: Vec<u32>,
    /// Why the sums are worth nothing; on the host the objective itself knows.
    pub(crate) trapped: Option<Trapped>,
}

/// What a device noticed of an objective that it guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trapped {
    /// Loops made more turns than an invocation may.
    Turns,
    /// A coordinate out of range was read.
    Point,
    /// Data out of range were read.
    Data,
}

/// What the plan must keep to on the host.
pub(crate) fn limits<T: Real>() -> Limits {
    Limits {
        device: "the CPU engine".into(),
        iterations: u64::MAX / 4,
        // About a second on two cores.
        submission: 1 << 34,
        invocations: u64::MAX,
        binding: 1 << 40,
        partials: 1 << 24,
        // A constant, not the number of threads, so that the chunks are the same on every machine.
        busy: 256,
        real: size_of::<T>() as u64,
    }
}

/// An objective without prepared terms: its value in f64 is its only term.
pub(crate) struct ByValue<'a>(pub(crate) &'a dyn Objective);

impl Terms<f64> for ByValue<'_> {
    fn evaluate(&self, x: &[f64], _: std::ops::Range<usize>, out: &mut [f64]) {
        out.fill(self.0.value(x) - self.0.constant());
    }

    fn operations(&self) -> u64 {
        4 * self.0.dimension() as u64
    }
}

/// Does one piece. `points` holds the piece's points, `moved` its pairs (nothing for [`Kind::Values`]).
pub(crate) fn run<T: Real>(
    terms: &dyn Terms<T>,
    plan: &Plan,
    piece: &Piece,
    points: &[T],
    moved: &[Perturbation<T>],
) -> Sums<T> {
    let task = Task { terms, plan, piece, points, moved, base: Vec::new() };
    let first_bad: Vec<AtomicU32> = (0..piece.points).map(|_| AtomicU32::new(ALL_FINITE)).collect();
    let base = if plan.work.kind.sides() == 1 { task.terms_at_points(&first_bad) } else { Vec::new() };
    let task = Task { base, ..task };

    let pairs = piece.pairs();
    let mut rows = vec![T::ZERO; pairs * plan.chunks];
    let in_lanes = task.in_lanes();
    // Segments of a row, about as long as one 64th of the work.
    let segment = (pairs * plan.chunks).div_ceil(64).clamp(1, pairs);
    let segment = if in_lanes { task.whole_lanes(segment) } else { segment };
    rows.par_chunks_mut(pairs).enumerate().for_each(|(chunk, row)| {
        row.par_chunks_mut(segment).enumerate().for_each(|(i, out)| {
            if in_lanes {
                task.segment_in_lanes(chunk, i * segment, out, &first_bad);
            } else {
                task.segment(chunk, i * segment, out, &first_bad);
            }
        });
    });
    for count in plan.levels() {
        rows = reduce(&rows, count, pairs);
    }
    Sums { sums: rows, first_bad: first_bad.into_iter().map(AtomicU32::into_inner).collect(), trapped: None }
}

struct Task<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    plan: &'a Plan,
    piece: &'a Piece,
    points: &'a [T],
    moved: &'a [Perturbation<T>],
    /// `[point][term]` at the unperturbed points, for one-sided differences.
    base: Vec<T>,
}

impl<T: Real> Task<'_, T> {
    fn point(&self, index: usize) -> &[T] {
        &self.points[index * self.plan.work.axes..][..self.plan.work.axes]
    }

    fn range(&self, chunk: usize) -> std::ops::Range<usize> {
        let first = chunk * self.plan.terms_per_chunk;
        first..(first + self.plan.terms_per_chunk).min(self.plan.work.terms)
    }

    fn terms_at_points(&self, first_bad: &[AtomicU32]) -> Vec<T> {
        let terms = self.plan.work.terms;
        let mut base = vec![T::ZERO; self.piece.points * terms];
        if self.in_lanes() {
            self.terms_in_lanes(&mut base, first_bad);
            return base;
        }
        base.par_chunks_mut(terms).enumerate().for_each(|(point, row)| {
            row.par_chunks_mut(self.plan.terms_per_chunk).enumerate().for_each(|(chunk, out)| {
                self.terms.evaluate(self.point(point), self.range(chunk), out);
                if !out.iter().all(|term| term.is_finite()) {
                    first_bad[point].fetch_min(self.plan.work.axes as u32, Ordering::Relaxed);
                }
            });
        });
        base
    }

    /// The pairs `first..first + out.len()` of one chunk.
    fn segment(&self, chunk: usize, first: usize, out: &mut [T], first_bad: &[AtomicU32]) {
        let range = self.range(chunk);
        let mut upper = vec![T::ZERO; range.len()];
        let mut lower = vec![T::ZERO; range.len()];
        let mut x: Vec<T> = Vec::new();
        let mut held = usize::MAX;
        for (pair, out) in (first..).zip(out) {
            let point = pair / self.piece.axes;
            let axis = self.piece.first_axis + pair % self.piece.axes;
            if point != held {
                x.clear();
                x.extend_from_slice(self.point(point));
                held = point;
            }
            let mut evaluate = |at: Option<T>, into: &mut [T]| {
                let kept = x[axis];
                x[axis] = at.unwrap_or(kept);
                self.terms.evaluate(&x, range.clone(), into);
                x[axis] = kept;
            };
            let finite = |terms: &[T]| terms.iter().all(|term| term.is_finite());
            let (sum, fine) = match self.plan.work.kind {
                Kind::Values => {
                    evaluate(None, &mut upper);
                    (total(upper.iter().copied()), finite(&upper))
                }
                Kind::Differences(Scheme::Central) => {
                    evaluate(Some(self.moved[pair].plus), &mut upper);
                    evaluate(Some(self.moved[pair].minus), &mut lower);
                    let sum = total(upper.iter().zip(&lower).map(|(&u, &l)| u - l));
                    (sum, finite(&upper) && finite(&lower))
                }
                Kind::Differences(scheme) => {
                    let forward = scheme == Scheme::Forward;
                    let moved = self.moved[pair];
                    evaluate(Some(if forward { moved.plus } else { moved.minus }), &mut upper);
                    let base = &self.base[point * self.plan.work.terms..][range.clone()];
                    let sum = total(upper.iter().zip(base).map(|(&u, &b)| u - b));
                    (if forward { sum } else { -sum }, finite(&upper))
                }
            };
            if !fine {
                first_bad[point].fetch_min(axis as u32, Ordering::Relaxed);
            }
            *out = sum;
        }
    }
}

fn total<T: Real>(terms: impl Iterator<Item = T>) -> T {
    let mut sum = T::ZERO;
    for term in terms {
        sum += term;
    }
    sum
}

/// One level: adds up to [`FAN_IN`] rows at a time, in order.
fn reduce<T: Real>(rows: &[T], count: usize, pairs: usize) -> Vec<T> {
    let mut reduced = vec![T::ZERO; count.div_ceil(FAN_IN) * pairs];
    reduced.par_chunks_mut(pairs).zip(rows.par_chunks(FAN_IN * pairs)).for_each(|(out, rows)| {
        for row in rows.chunks(pairs) {
            out.iter_mut().zip(row).for_each(|(sum, &part)| *sum += part);
        }
    });
    reduced
}
