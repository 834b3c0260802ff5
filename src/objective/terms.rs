//! The terms that an objective is a sum or mean of, prepared for the host.

use std::ops::Range;

use crate::error::Error;
use crate::numeric::Real;

/// How terms make up an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// Their sum divided by the number of selected terms.
    Mean,
}

impl Reduction {
    /// What the sum of `terms` terms is divided by.
    pub fn divisor(self, terms: usize) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            Reduction::Mean => terms as f64,
        }
    }
}

/// Which terms take part.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// All of them, in order.
    All,
    /// These, in this order; each below [`Objective::terms`](super::Objective::terms).
    Only(&'a [u32]),
}

impl Selection<'_> {
    /// How many terms are selected out of `terms`.
    pub fn len(&self, terms: usize) -> usize {
        match self {
            Selection::All => terms,
            Selection::Only(indices) => indices.len(),
        }
    }

    /// The selected terms; `None`: all.
    pub fn to_indices(self) -> Option<Vec<u32>> {
        match self {
            Selection::All => None,
            Selection::Only(indices) => Some(indices.to_vec()),
        }
    }

    /// The index of the `s`-th selected term.
    pub fn index(&self, s: usize) -> usize {
        match self {
            Selection::All => s,
            Selection::Only(indices) => indices[s] as usize,
        }
    }
}

/// Selected terms of an objective, prepared for the host in one precision.
pub trait Terms<T: Real>: Send + Sync {
    /// Writes term `range.start`, `range.start + 1`, … (counted within the selection) at `x` into `out`,
    /// which has `range.len()` elements.
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]);

    /// How many points [`evaluate_lanes`](Self::evaluate_lanes) takes at once; 1: it takes one, as
    /// [`evaluate`](Self::evaluate) does.
    fn lanes(&self) -> usize {
        1
    }

    /// Evaluates terms at as many points at once as there are [`lanes`](Self::lanes): `x` is `[coordinate][lane]` and
    /// `out` `[term][lane]`.
    fn evaluate_lanes(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        self.evaluate(x, range, out);
    }

    /// Whether one program gives the sum of all terms, and their [`differences`](Self::differences): then it is faster than
    /// [`evaluate_lanes`](Self::evaluate_lanes).
    fn are_whole(&self) -> bool {
        false
    }

    /// Σ of the terms in `range`, in order, at as many points at once as there are [`lanes`](Self::lanes): `x` is
    /// `[coordinate][lane]` and `out` `[lane]`.
    fn sums(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        add_up(self, x, range, out);
    }

    /// Σ of the terms in `range` with a coordinate moved up, minus the same moved down, for each of some coordinates in
    /// turn: `out` is `[axis][lane]`. Terms are subtracted one by one, and those that the coordinate does not touch may be
    /// left out. `x`, `[coordinate][lane]`, is afterwards as it was.
    fn differences(&self, x: &mut [T], moves: &Moves<'_, T>, range: Range<usize>, out: &mut [T]) {
        by_evaluations(self, x, moves, range, out);
    }

    /// The terms (counted within the selection) that read a coordinate, in order, if they are known: the others are what they are
    /// wherever it moves. `None`: it may be any.
    fn readers(&self, _axis: usize) -> Option<&[u32]> {
        None
    }

    /// Of [`readers`](Self::readers), the longest list. `None` if they are not known.
    fn most_readers(&self) -> Option<usize> {
        None
    }

    /// Ranges that start at multiples of this are evaluated fastest (SIMD lanes).
    fn granularity(&self) -> usize {
        1
    }

    /// Why evaluations since the last call have no value, other than that it is not finite: an index out of range, a loop
    /// that runs away. The engine asks after each piece of work.
    fn failure(&self) -> Option<Error> {
        None
    }

    /// About how many multiplications and additions one term takes: sets how finely work is shared out.
    fn operations(&self) -> u64;
}

/// Sums by evaluating terms: [`Terms::sums`] unless there is a better way.
pub(crate) fn add_up<T: Real, S: Terms<T> + ?Sized>(terms: &S, x: &[T], range: Range<usize>, out: &mut [T]) {
    let lanes = terms.lanes();
    let mut values = vec![T::ZERO; range.len() * lanes];
    terms.evaluate_lanes(x, range, &mut values);
    out.fill(T::ZERO);
    for row in values.chunks_exact(lanes) {
        out.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
    }
}

/// Differences by evaluating terms above and below, coordinate by coordinate: [`Terms::differences`] unless there is a better way.
pub(crate) fn by_evaluations<T: Real, S: Terms<T> + ?Sized>(
    terms: &S,
    x: &mut [T],
    moves: &Moves<'_, T>,
    range: Range<usize>,
    out: &mut [T],
) {
    let lanes = terms.lanes();
    let mut kept = vec![T::ZERO; lanes];
    let size = lanes * range.len();
    let [mut upper, mut lower] = [moves.plus, moves.minus]
        .map(|moved| if moved.is_some() { vec![T::ZERO; size] } else { moves.base.to_vec() });
    for (i, (axis, out)) in moves.axes.clone().zip(out.chunks_exact_mut(lanes)).enumerate() {
        let row = axis * lanes..(axis + 1) * lanes;
        kept.copy_from_slice(&x[row.clone()]);
        let touched = match terms.readers(axis) {
            Some(readers) => runs(readers.iter().copied(), &range),
            None => vec![range.clone()],
        };
        let own = |run: &Range<usize>| (run.start - range.start) * lanes..(run.end - range.start) * lanes;
        for (moved, values) in [(moves.plus, &mut upper), (moves.minus, &mut lower)] {
            if let Some(moved) = moved {
                x[row.clone()].copy_from_slice(&moved[i * lanes..][..lanes]);
                touched.iter().for_each(|run| terms.evaluate_lanes(x, run.clone(), &mut values[own(run)]));
            }
        }
        x[row].copy_from_slice(&kept);
        out.fill(T::ZERO);
        for own in touched.iter().map(own) {
            for (upper, lower) in upper[own.clone()].chunks_exact(lanes).zip(lower[own].chunks_exact(lanes)) {
                for lane in 0..lanes {
                    out[lane] += upper[lane] - lower[lane];
                }
            }
        }
    }
}

/// Terms in order, as far as they are in a range, as ranges without gaps.
pub(crate) fn runs(terms: impl Iterator<Item = u32>, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for term in terms.map(|term| term as usize).filter(|term| range.contains(term)) {
        match runs.last_mut() {
            Some(last) if last.end == term => last.end += 1,
            _ => runs.push(term..term + 1),
        }
    }
    runs
}

/// Where coordinates are moved, for [`Terms::differences`].
#[derive(Clone, Debug)]
pub struct Moves<'a, T> {
    /// The coordinates.
    pub axes: Range<usize>,
    /// `[axis][lane]`: up; `None`: not at all, and `base` has the terms.
    pub plus: Option<&'a [T]>,
    /// `[axis][lane]`: down; `None`: not at all.
    pub minus: Option<&'a [T]>,
    /// `[term][lane]`: the terms at the points, if one of both is `None`.
    pub base: &'a [T],
}
