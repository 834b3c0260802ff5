//! Blocks of rows of a quadratic on the host: twin of `shaders/objective/quadratic_dense.wgsl` and
//! `quadratic_diagonal.wgsl`.

use std::ops::Range;

use pulp::{Arch, WithSimd};

use super::ROWS;
use crate::numeric::{Real, work};
use crate::objective::{Selection, Terms};

/// Partial sums of a dense row on the host: two 256-bit registers of f32.
const LANES: usize = 16;

/// The twin of `quadratic_dense.wgsl` and `quadratic_diagonal.wgsl`.
pub(super) struct QuadraticTerms<T> {
    /// n·n elements by rows if dense, else the n elements of the diagonal.
    pub(super) a: Vec<T>,
    pub(super) dense: bool,
    pub(super) b: Vec<T>,
}

pub(super) struct Selected<T> {
    terms: QuadraticTerms<T>,
    /// Indices of the selected terms.
    selection: Vec<usize>,
}

impl<T: Real> Selected<T> {
    pub(super) fn of(terms: QuadraticTerms<T>, selection: Selection<'_>) -> Self {
        let count = selection.len(terms.b.len().div_ceil(ROWS));
        Selected { terms, selection: (0..count).map(|s| selection.index(s)).collect() }
    }
}

impl<T: Real> Terms<T> for Selected<T> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        Arch::new().dispatch(Rows { terms: &self.terms, x, selection: &self.selection[range], out });
    }

    fn operations(&self) -> u64 {
        let a_row = if self.terms.dense { self.terms.b.len() } else { 1 };
        (ROWS * (a_row + 2)) as u64
    }
}

struct Rows<'a, T> {
    terms: &'a QuadraticTerms<T>,
    x: &'a [T],
    selection: &'a [usize],
    out: &'a mut [T],
}

impl<T: Real> WithSimd for Rows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let QuadraticTerms { a, dense, b } = self.terms;
        let (x, n, half) = (self.x, b.len(), T::of(0.5));
        let of_a_row = 4 + if *dense { 2 * n } else { 1 };
        work::add(|| (self.out.len() * ROWS * of_a_row) as u64);
        for (out, &block) in self.out.iter_mut().zip(self.selection) {
            let mut sum = T::ZERO;
            for r in block * ROWS..((block + 1) * ROWS).min(n) {
                let ax = if *dense { dot(&a[r * n..][..n], x) } else { a[r] * x[r] };
                sum += x[r] * (half * ax + b[r]);
            }
            *out = sum;
        }
    }
}

/// Σ aᵢ·bᵢ, in a fixed order that becomes SIMD code.
#[inline(always)]
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder());
    for (a, b) in a.zip(b) {
        for l in 0..LANES {
            lanes[l] += a[l] * b[l];
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(rest) {
        *lane += a * b;
    }
    let mut sum = T::ZERO;
    for lane in lanes {
        sum += lane;
    }
    sum
}
