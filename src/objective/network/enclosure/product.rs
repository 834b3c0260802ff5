//! Matrix products whose rounding errors grow with the root of their depth, not with the depth.

use crate::objective::network::increments::{Product, View};

/// Products that are added up by themselves.
const BLOCK: usize = 32;

/// How many roundings a product goes through in a sum of `n` of them, at most: those of its block, in whatever order it is
/// added up, and then one for each block. To be multiplied by u and the sum of absolute values. (Strictly by u/(1 - Du); the
/// inflation of all bounds has room for that.)
pub(super) fn depth(n: usize) -> usize {
    n.min(BLOCK) + n.div_ceil(BLOCK)
}

/// c ← a·b + c, block after block of the depth k.
pub(super) fn product(
    (m, k, n): (usize, usize, usize),
    (a, (a_row, a_column)): View<'_, f64>,
    (b, (b_row, b_column)): View<'_, f64>,
    (c, strides): (&mut [f64], (usize, usize)),
) {
    for first in (0..k).step_by(BLOCK) {
        let size = (m, BLOCK.min(k - first), n);
        let a = (&a[first * a_column..], (a_row, a_column));
        let b = (&b[first * b_row..], (b_row, b_column));
        f64::product(size, a, b, (&mut *c, strides));
    }
}
