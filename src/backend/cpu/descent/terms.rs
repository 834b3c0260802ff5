//! Which slopes of which terms a gradient is made of.

use crate::numeric::Real;
use crate::objective::Slopes;

/// The terms of an objective, and how their slopes are added up.
#[derive(Clone, Copy, Debug)]
pub(in crate::backend::cpu) struct TermsOf {
    pub(in crate::backend::cpu) terms: usize,
    /// What a sum is divided by.
    pub(in crate::backend::cpu) divisor: f64,
}

/// Rows of numbers, by coordinates and lanes, beyond which blocks no longer stay in a cache.
const MOST_NUMBERS: usize = 1 << 20;

/// What a coordinate of one point takes by sums, in coordinates of the whole of a block. Measured: 6.3, of Ackley's function in 64 and
/// 150 coordinates from 512 points.
const BY_SUMS: usize = 6;

/// Whether functions of sums take less time led from outside, by the sums, than in blocks, which know of the whole only.
pub(in crate::backend::cpu) fn sums_are_faster(points: usize, n: usize, lanes: usize) -> bool {
    points.div_ceil(lanes).saturating_mul(n) > points.saturating_mul(BY_SUMS)
}

/// What a step that is led from outside takes beside its calls, in calls.
const LED: usize = 32;

impl TermsOf {
    /// Whether blocks of points take fewer calls than points one by one, with a term in each lane.
    pub(in crate::backend::cpu) fn are_for_blocks(self, points: usize, n: usize, lanes: usize) -> bool {
        let by_points = points.div_ceil(lanes).saturating_mul(self.terms);
        let by_terms = points.saturating_mul(self.terms.div_ceil(lanes)) + LED;
        self.terms == 1 || by_points <= by_terms && n.saturating_mul(lanes) <= MOST_NUMBERS
    }

    /// Terms of a part of a sum, as `slopes/sparse.rs` and `slopes/dense.rs` have them.
    pub(super) fn of_part<T: Real>(slopes: &dyn Slopes<T>) -> usize {
        if slopes.reads(0).is_some() { super::super::slopes::SPARSE } else { super::super::slopes::DENSE }
    }
}
