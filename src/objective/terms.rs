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

    /// Σ of the terms in `range` with a coordinate moved up, minus the same moved down, for each of some coordinates in
    /// turn: `out` is `[axis][lane]`. Terms are subtracted one by one, and those that the coordinate does not touch may be
    /// left out. `x`, `[coordinate][lane]`, is afterwards as it was.
    fn differences(&self, x: &mut [T], moves: &Moves<'_, T>, range: Range<usize>, out: &mut [T]) {
        by_evaluations(self, x, moves, range, out);
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
    let (mut upper, mut lower) = (moves.base.to_vec(), moves.base.to_vec());
    for (i, (axis, out)) in moves.axes.clone().zip(out.chunks_exact_mut(lanes)).enumerate() {
        let row = axis * lanes..(axis + 1) * lanes;
        kept.copy_from_slice(&x[row.clone()]);
        for (moved, values) in [(moves.plus, &mut upper), (moves.minus, &mut lower)] {
            if let Some(moved) = moved {
                x[row.clone()].copy_from_slice(&moved[i * lanes..][..lanes]);
                values.resize(lanes * range.len(), T::ZERO);
                terms.evaluate_lanes(x, range.clone(), values);
            }
        }
        x[row].copy_from_slice(&kept);
        out.fill(T::ZERO);
        for (upper, lower) in upper.chunks_exact(lanes).zip(lower.chunks_exact(lanes)) {
            for lane in 0..lanes {
                out[lane] += upper[lane] - lower[lane];
            }
        }
    }
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
