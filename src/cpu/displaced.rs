//! Displaced evaluations on the host. Twin of `shaders/displaced.wgsl`.

use std::ops::Range;

use rayon::prelude::*;

use super::reduce;
use crate::displacement::{Displaced, Displacement, NONE};
use crate::objective::Terms;
use crate::plan::Plan;
use crate::precision::Real;

/// The terms at the bases, `[base][term]`.
fn bases<T: Real>(terms: &dyn Terms<T>, plan: &Plan, what: &Displaced<'_, T>) -> Vec<T> {
    let (count, n) = (plan.work.terms, what.dimension);
    let mut base = vec![T::ZERO; what.bases * count];
    base.par_chunks_mut(count).enumerate().for_each(|(index, row)| {
        let x = &what.sources[index * n..][..n];
        row.par_chunks_mut(plan.terms_per_chunk).enumerate().for_each(|(chunk, out)| {
            terms.evaluate(x, range(plan, chunk), out);
        });
    });
    base
}

/// What the evaluations `part` of a plan come to, `[term][evaluation]` or one row of sums; not finite where a term is not.
pub(crate) fn run<T: Real>(
    terms: &dyn Terms<T>,
    plan: &Plan,
    part: Range<usize>,
    what: &Displaced<'_, T>,
) -> Vec<T> {
    let base = &bases(terms, plan, what);
    let evaluations = &what.evaluations[part];
    let count = evaluations.len();
    let task = Task { terms, plan, what, n: what.dimension, base };
    let lanes = terms.lanes();
    let in_lanes = lanes > 1 && plan.terms_per_chunk.min(lanes) <= count;
    // About as long as one 64th of the work, and whole lanes.
    let segment = (count * plan.chunks).div_ceil(64).clamp(1, count).next_multiple_of(lanes);
    let mut rows = vec![T::ZERO; count * plan.chunks];
    rows.par_chunks_mut(count).enumerate().for_each(|(chunk, row)| {
        let segments = row.par_chunks_mut(segment).zip(evaluations.par_chunks(segment));
        segments.for_each(|(out, evaluations)| {
            let range = range(plan, chunk);
            if in_lanes {
                task.in_lanes(range, evaluations, out);
            } else {
                task.one_by_one(range, evaluations, out);
            }
        });
    });
    for rows_before in plan.levels() {
        rows = reduce(&rows, rows_before, count);
    }
    rows
}

/// The terms of a chunk.
fn range(plan: &Plan, chunk: usize) -> Range<usize> {
    let first = chunk * plan.terms_per_chunk;
    first..(first + plan.terms_per_chunk).min(plan.work.terms)
}

struct Task<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    plan: &'a Plan,
    what: &'a Displaced<'a, T>,
    n: usize,
    base: &'a [T],
}

impl<T: Real> Task<'_, T> {
    fn source(&self, index: u32) -> &[T] {
        &self.what.sources[index as usize * self.n..][..self.n]
    }

    /// The terms at the base of an evaluation, if it has one.
    fn base(&self, evaluation: &Displacement<T>, range: Range<usize>) -> Option<&[T]> {
        (evaluation.base != NONE)
            .then(|| &self.base[evaluation.base as usize * self.plan.work.terms..][range])
    }

    fn one_by_one(&self, range: Range<usize>, evaluations: &[Displacement<T>], out: &mut [T]) {
        let mut values = vec![T::ZERO; range.len()];
        let mut x: Vec<T> = Vec::new();
        let mut held = NONE;
        for (evaluation, out) in evaluations.iter().zip(out) {
            if held != evaluation.source {
                x.clear();
                x.extend_from_slice(self.source(evaluation.source));
                held = evaluation.source;
            }
            let axis = evaluation.axis as usize;
            let kept = x.get(axis).copied();
            if let Some(coordinate) = x.get_mut(axis) {
                *coordinate = evaluation.value;
            }
            self.terms.evaluate(&x, range.clone(), &mut values);
            if let (Some(coordinate), Some(kept)) = (x.get_mut(axis), kept) {
                *coordinate = kept;
            }
            *out = match self.base(evaluation, range.clone()) {
                Some(base) => super::total(values.iter().zip(base).map(|(&value, &base)| value - base)),
                None => super::total(values.iter().copied()),
            };
        }
    }

    fn in_lanes(&self, range: Range<usize>, evaluations: &[Displacement<T>], out: &mut [T]) {
        let lanes = self.terms.lanes();
        let mut x = vec![T::ZERO; self.n * lanes];
        let mut values = vec![T::ZERO; range.len() * lanes];
        let mut held = vec![NONE; lanes];
        for (evaluations, out) in evaluations.chunks(lanes).zip(out.chunks_mut(lanes)) {
            let of = |lane: usize| &evaluations[lane.min(evaluations.len() - 1)];
            for (lane, held) in held.iter_mut().enumerate() {
                let Displacement { source, axis, value, .. } = *of(lane);
                if *held != source {
                    for (row, &coordinate) in x.chunks_exact_mut(lanes).zip(self.source(source)) {
                        row[lane] = coordinate;
                    }
                    *held = source;
                }
                if axis != NONE {
                    x[axis as usize * lanes + lane] = value;
                }
            }
            self.terms.evaluate_lanes(&x, range.clone(), &mut values);
            for lane in 0..lanes {
                let Displacement { source, axis, .. } = *of(lane);
                if axis != NONE {
                    x[axis as usize * lanes + lane] = self.source(source)[axis as usize];
                }
            }
            for (lane, (evaluation, out)) in evaluations.iter().zip(out).enumerate() {
                let values = values.iter().skip(lane).step_by(lanes).copied();
                *out = match self.base(evaluation, range.clone()) {
                    Some(base) => super::total(values.zip(base).map(|(value, &base)| value - base)),
                    None => super::total(values),
                };
            }
        }
    }
}
