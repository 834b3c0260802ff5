//! Displacements of which each moves one coordinate, where it is known which terms read it: only those are evaluated, whatever
//! number of terms there are beside them. Sums come out as in `evaluate.rs`, in every bit: what is left out is 0 there.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::displaced::{Displaced, lanes_from};
use crate::backend::plan::{FAN_IN, Plan};
use crate::difference::displacement::{Displacement, Displacements, Lower, NONE, What};
use crate::numeric::Real;
use crate::objective::{Terms, runs};

/// Displacements of a task: whole lanes.
const AT_ONCE: usize = 512;

/// One displacement in so many may be of another kind, and takes all terms.
const OTHERS: usize = 64;

/// Whether most displacements touch few terms.
pub(super) fn is_worth_it<T: Real>(terms: &dyn Terms<T>, plan: &Plan, what: &Displacements<'_, T>) -> bool {
    let is_sparse = terms.most_readers().is_some_and(|most| most < plan.work.terms.div_ceil(4));
    if !is_sparse || plan.work.by_term || matches!(what.what, What::Values) {
        return false;
    }
    let others = (0..what.len()).filter(|&i| !is_difference(&what.at(i))).count();
    others * OTHERS <= what.len()
}

/// Whether terms that do not read the coordinate come to nothing.
fn is_difference<T>(here: &Displacement<T>) -> bool {
    here.axis != NONE && !matches!(here.lower, Lower::Nothing)
}

/// One row of sums; `base` is `[base][term]`.
pub(super) fn run<T: Real>(
    terms: &dyn Terms<T>,
    plan: &Plan,
    what: &Displacements<'_, T>,
    base: &[T],
) -> Vec<T> {
    let task = Task { terms, plan, what, base };
    let mut sums = vec![T::ZERO; what.len()];
    // Points that are laid out for lanes are kept: that takes longer than a task.
    let idle: Mutex<Vec<Scratch<T>>> = Mutex::default();
    let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    sums.par_chunks_mut(AT_ONCE).enumerate().for_each(|(i, out)| {
        let mut scratch = lock().pop().unwrap_or_default();
        task.run(i * AT_ONCE, out, &mut scratch);
        lock().push(scratch);
    });
    sums
}

/// Memory of a thread.
#[derive(Default)]
struct Scratch<T> {
    displaced: Displaced<T>,
    sums: Vec<(usize, T)>,
}

struct Task<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    plan: &'a Plan,
    what: &'a Displacements<'a, T>,
    base: &'a [T],
}

impl<T: Real> Task<'_, T> {
    /// The terms that differ where any of these displacements goes from where it comes from.
    fn touched(&self, displacements: &[Displacement<T>]) -> Vec<Range<usize>> {
        let (whole, mut all, mut last) = (0..self.plan.work.terms, Vec::new(), NONE);
        for here in displacements {
            let readers = if is_difference(here) { self.terms.readers(here.axis as usize) } else { None };
            let Some(readers) = readers else { return vec![whole] };
            if here.axis != last {
                all.extend_from_slice(readers);
            }
            last = here.axis;
        }
        all.sort_unstable();
        all.dedup();
        runs(all.into_iter(), &whole)
    }

    /// The displacements `first..first + out.len()`.
    fn run(&self, first: usize, out: &mut [T], scratch: &mut Scratch<T>) {
        let lanes = self.terms.lanes();
        let Scratch { displaced, sums } = scratch;
        for (i, out) in out.chunks_mut(lanes).enumerate() {
            let here = lanes_from(self.what, first + i * lanes, out.len(), lanes);
            let touched = self.touched(&here);
            displaced.evaluate(self.terms, self.what, &here, &touched);
            for (lane, (out, here)) in out.iter_mut().zip(&here).enumerate() {
                let base = |base: u32, term: usize| self.base[base as usize * self.plan.work.terms + term];
                *out = self.sum(displaced.differences(here, (lane, lanes), &touched, base), sums);
            }
        }
    }

    /// The sum of some terms, in order: within chunks, then over up to [`FAN_IN`] chunks at a time, and so on.
    fn sum(&self, terms: impl Iterator<Item = (usize, T)>, sums: &mut Vec<(usize, T)>) -> T {
        sums.clear();
        add_up(sums, terms.map(|(term, value)| (term / self.plan.terms_per_chunk, value)));
        for _ in self.plan.levels() {
            let mut parts = 0usize;
            for i in 0..sums.len() {
                let (place, value) = (sums[i].0 / FAN_IN, sums[i].1);
                match parts.checked_sub(1).map(|last| &mut sums[last]) {
                    Some(last) if last.0 == place => last.1 += value,
                    _ => {
                        // Sums begin at 0.
                        sums[parts] = (place, T::ZERO + value);
                        parts += 1;
                    }
                }
            }
            sums.truncate(parts);
        }
        sums.first().map_or(T::ZERO, |&(_, sum)| sum)
    }
}

/// Adds up what stands at the same place, in order.
fn add_up<T: Real>(sums: &mut Vec<(usize, T)>, numbers: impl Iterator<Item = (usize, T)>) {
    for (place, number) in numbers {
        match sums.last_mut() {
            Some(last) if last.0 == place => last.1 += number,
            _ => sums.push((place, T::ZERO + number)),
        }
    }
}
