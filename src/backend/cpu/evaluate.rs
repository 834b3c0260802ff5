//! Displacements on the host, from a list or a grid. Twin of `shaders/differences.wgsl` and `shaders/reduce.wgsl`.

use std::ops::Range;

use rayon::prelude::*;

use super::displaced::{Displaced, lanes_from};
use super::touched;
use crate::backend::plan::{FAN_IN, Plan};
use crate::difference::displacement::{Displacement, Displacements, Lower};
use crate::numeric::Real;
use crate::objective::Terms;

/// Parts that the work is cut into, so that threads stay busy. A constant, so that sums are the same on every machine.
const TASKS: usize = 64;

/// What the displacements come to, `[term][displacement]` or one row of sums; not finite where a term is not.
pub(super) fn run<T: Real>(terms: &dyn Terms<T>, plan: &Plan, what: &Displacements<'_, T>) -> Vec<T> {
    let count = what.len();
    let base = bases(terms, plan, what);
    if touched::is_worth_it(terms, plan, what) {
        return touched::run(terms, plan, what, &base);
    }
    let task = Task { terms, plan, what, base };
    let lanes = terms.lanes();
    // With many terms in a chunk, the terms fill lanes by themselves.
    let in_lanes = lanes > 1 && plan.terms_per_chunk.min(lanes) <= count;
    // Whole lanes.
    let segment = (count * plan.chunks).div_ceil(TASKS).clamp(1, count).next_multiple_of(lanes);
    let mut rows = vec![T::ZERO; count * plan.chunks];
    let parts: Vec<(usize, usize, &mut [T])> = rows
        .chunks_mut(count)
        .enumerate()
        .flat_map(|(chunk, row)| {
            row.chunks_mut(segment).enumerate().map(move |(i, out)| (chunk, i * segment, out))
        })
        .collect();
    // A thread keeps its points from chunk to chunk.
    parts.into_par_iter().for_each_init(Scratch::default, |scratch, (chunk, first, out)| {
        if in_lanes {
            task.in_lanes(range(plan, chunk), first, out, &mut scratch.displaced);
        } else {
            task.one_by_one(range(plan, chunk), first, out, scratch);
        }
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

/// The terms at the bases that are subtracted, `[base][term]`; 0 at others.
fn bases<T: Real>(terms: &dyn Terms<T>, plan: &Plan, what: &Displacements<'_, T>) -> Vec<T> {
    let (count, lanes) = (plan.work.terms, terms.lanes());
    let mut base = vec![T::ZERO; what.bases * count];
    let used = what.used_bases();
    let mut rows: Vec<(&[T], &mut [T])> = base
        .chunks_mut(count)
        .enumerate()
        .filter(|(index, _)| used[*index])
        .map(|(index, row)| (what.source(index as u32), row))
        .collect();
    // With many terms, these fill lanes by themselves.
    if lanes > 1 && plan.terms_per_chunk.min(lanes) <= rows.len() {
        rows.par_chunks_mut(lanes).for_each(|rows| bases_in_lanes(terms, plan, rows));
    } else {
        rows.into_par_iter().for_each(|(x, row)| {
            row.par_chunks_mut(plan.terms_per_chunk).enumerate().for_each(|(chunk, out)| {
                terms.evaluate(x, range(plan, chunk), out);
            });
        });
    }
    base
}

/// The same of at most as many points as there are lanes, and the terms of each.
fn bases_in_lanes<T: Real>(terms: &dyn Terms<T>, plan: &Plan, rows: &mut [(&[T], &mut [T])]) {
    let (lanes, n) = (terms.lanes(), rows.first().map_or(0, |(x, _)| x.len()));
    let mut x = Vec::with_capacity(n * lanes);
    for axis in 0..n {
        // The last one into lanes left over.
        x.extend((0..lanes).map(|lane| rows[lane.min(rows.len() - 1)].0[axis]));
    }
    let mut values = vec![T::ZERO; plan.terms_per_chunk * lanes];
    for range in (0..plan.chunks).map(|chunk| range(plan, chunk)) {
        let values = &mut values[..range.len() * lanes];
        terms.evaluate_lanes(&x, range.clone(), values);
        for (term, values) in range.zip(values.chunks_exact(lanes)) {
            for ((_, row), &value) in rows.iter_mut().zip(values) {
                row[term] = value;
            }
        }
    }
}

/// One level: adds up to [`FAN_IN`] rows at a time, in order.
fn reduce<T: Real>(rows: &[T], count: usize, width: usize) -> Vec<T> {
    let mut reduced = vec![T::ZERO; count.div_ceil(FAN_IN) * width];
    reduced.par_chunks_mut(width).zip(rows.par_chunks(FAN_IN * width)).for_each(|(out, rows)| {
        for row in rows.chunks(width) {
            out.iter_mut().zip(row).for_each(|(sum, &part)| *sum += part);
        }
    });
    reduced
}

fn total<T: Real>(terms: impl Iterator<Item = T>) -> T {
    let mut sum = T::ZERO;
    for term in terms {
        sum += term;
    }
    sum
}

/// Memory of a thread.
#[derive(Default)]
struct Scratch<T> {
    /// Of one point at a time: the one at hand, unmoved between displacements, and which it is.
    x: Vec<T>,
    held: Option<u32>,
    upper: Vec<T>,
    lower: Vec<T>,
    /// Of as many as there are lanes.
    displaced: Displaced<T>,
}

struct Task<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    plan: &'a Plan,
    what: &'a Displacements<'a, T>,
    /// `[base][term]`
    base: Vec<T>,
}

impl<T: Real> Task<'_, T> {
    fn base(&self, base: u32, range: &Range<usize>) -> &[T] {
        &self.base[base as usize * self.plan.work.terms..][range.clone()]
    }

    /// The displacements `first..first + out.len()` of one chunk.
    fn one_by_one(&self, range: Range<usize>, first: usize, out: &mut [T], scratch: &mut Scratch<T>) {
        let Scratch { x, held, upper, lower, .. } = scratch;
        upper.resize(range.len(), T::ZERO);
        lower.resize(range.len(), T::ZERO);
        for (i, out) in (first..).zip(out) {
            let here = self.what.at(i);
            let Displacement { source, axis, upper: above, lower: below } = here;
            if *held != Some(source) {
                x.clear();
                x.extend_from_slice(self.what.source(source));
                *held = Some(source);
            }
            let mut evaluate = |value: T, into: &mut [T]| {
                let axis = axis as usize;
                let kept = x.get(axis).copied();
                if let Some(coordinate) = x.get_mut(axis) {
                    *coordinate = value;
                }
                self.terms.evaluate(x, range.clone(), into);
                if let (Some(coordinate), Some(kept)) = (x.get_mut(axis), kept) {
                    *coordinate = kept;
                }
            };
            evaluate(above, upper);
            let less = |lower: &[T]| total(upper.iter().zip(lower).map(|(&upper, &lower)| upper - lower));
            *out = match below {
                Lower::Nothing => total(upper.iter().copied()),
                Lower::Base(base) => less(self.base(base, &range)),
                Lower::Moved(below) => {
                    evaluate(below, lower);
                    less(lower)
                }
            };
        }
    }

    /// The same, each lane with a displacement of its own.
    fn in_lanes(&self, range: Range<usize>, first: usize, out: &mut [T], displaced: &mut Displaced<T>) {
        let lanes = self.terms.lanes();
        let ranges = [range];
        for (i, out) in out.chunks_mut(lanes).enumerate() {
            let here = lanes_from(self.what, first + i * lanes, out.len(), lanes);
            displaced.evaluate(self.terms, self.what, &here, &ranges);
            for (lane, (out, here)) in out.iter_mut().zip(&here).enumerate() {
                let base = |base: u32, term: usize| self.base[base as usize * self.plan.work.terms + term];
                let found = displaced.differences(here, (lane, lanes), &ranges, base);
                *out = total(found.map(|(_, difference)| difference));
            }
        }
    }
}
