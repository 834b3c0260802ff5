//! Sums of terms that read few coordinates each, and formulas, which are one term; evaluated at many points at once.

use std::ops::Range;

use bytemuck::TransparentWrapper;
use pulp::{Arch, WithSimd};

use super::pack::{F32x16, F64x8, Formula, Number, PACKS, Pack, Separable};
use super::{Moves, Terms};
use crate::error::{Error, Result};
use crate::numeric::{Real, Sparsity, SplitMix64};

/// The coordinates that each term reads.
///
/// # Errors
/// [`Error::Usage`] if there are no terms, a coordinate is out of range, or a term reads one that it does not name.
pub(super) fn reads(dimension: usize, formula: &impl Separable) -> Result<Sparsity> {
    let count = formula.terms();
    if count == 0 || count > u32::MAX as usize {
        return Err(Error::usage(format!("a separable function of {count} terms: it needs 1 to 2^32 - 1")));
    }
    let mut random = SplitMix64::new(1);
    let mut reads = Sparsity::empty(dimension);
    let mut x = vec![f64::NAN; dimension];
    let whole: Vec<f64> = (0..dimension).map(|_| 0.5 + 0.1 * random.normal()).collect();
    for term in 0..count {
        let named = formula.reads(term);
        if named.is_empty() {
            return Err(Error::usage(format!(
                "term {term} of a separable function names no coordinate: no difference would ever see it; add it to \
                 another term"
            )));
        }
        for &i in &named {
            if i >= dimension {
                return Err(Error::usage(format!(
                    "term {term} of a separable function names coordinate {i}, but there are {dimension}"
                )));
            }
            x[i] = whole[i];
        }
        reads.push(named.iter().map(|&i| i as u32));
        // NaN in a coordinate that is not named shows in the term if it is read after all.
        if formula.term(term, &x).is_nan() && !formula.term(term, &whole).is_nan() {
            return Err(Error::usage(format!(
                "term {term} of a separable function reads a coordinate that it does not name: it names {named:?}"
            )));
        }
        for i in named {
            x[i] = f64::NAN;
        }
    }
    Ok(reads)
}

/// A formula as the only term, which reads everything.
#[derive(Clone)]
pub(super) struct Whole<F>(pub(super) F);

impl<F: Formula> Separable for Whole<F> {
    fn terms(&self) -> usize {
        1
    }

    fn reads(&self, _: usize) -> Vec<usize> {
        Vec::new()
    }

    #[inline(always)]
    fn term<N: Number>(&self, _: usize, x: &[N]) -> N {
        self.0.value(x)
    }
}

/// Terms of a separable function.
pub(super) struct Sparse<F> {
    formula: F,
    arch: Arch,
    /// The terms that read each coordinate.
    readers: Sparsity,
    /// Of a term.
    operations: u64,
}

impl<F: Separable> Sparse<F> {
    /// With what its terms read.
    pub(super) fn new(formula: F, reads: &Sparsity, operations: u64) -> Self {
        Sparse { formula, arch: Arch::new(), readers: reads.transposed(), operations }
    }

    /// The terms of `range` that read a coordinate.
    fn touched(&self, axis: usize, range: &Range<usize>) -> &[u32] {
        let readers = self.readers.of(axis);
        let first = readers.partition_point(|&term| (term as usize) < range.start);
        let end = readers.partition_point(|&term| (term as usize) < range.end);
        &readers[first..end]
    }
}

/// What is to be evaluated, compiled for several CPU feature levels.
enum Evaluation<'a, T, const N: usize> {
    Values,
    Differences { axes: Range<usize>, sides: [Option<&'a [Pack<T, N>]>; 2], base: &'a [Pack<T, N>] },
}

struct Evaluate<'a, F, T, const N: usize> {
    sparse: &'a Sparse<F>,
    /// `[coordinate][pack]`
    x: &'a [Pack<T, N>],
    range: Range<usize>,
    what: Evaluation<'a, T, N>,
    out: &'a mut [Pack<T, N>],
}

impl<T: Real, const N: usize, F: Separable> WithSimd for Evaluate<'_, F, T, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Evaluate { sparse, x: rows, range, what, out } = self;
        let formula = &sparse.formula;
        let mut x: Vec<Pack<T, N>> = vec![Pack::of(0.0); rows.len() / PACKS];
        for pack in 0..PACKS {
            for (x, row) in x.iter_mut().zip(rows.as_chunks::<PACKS>().0) {
                *x = row[pack];
            }
            let out = out.as_chunks_mut::<PACKS>().0;
            let (axes, sides, base) = match &what {
                Evaluation::Values => {
                    for (term, out) in range.clone().zip(out) {
                        out[pack] = formula.term(term, &x);
                    }
                    continue;
                }
                Evaluation::Differences { axes, sides, base } => (axes.clone(), sides, base),
            };
            for (i, (axis, out)) in axes.zip(out).enumerate() {
                let kept = x[axis];
                let mut sum = Pack::of(0.0);
                for &term in sparse.touched(axis, &range) {
                    let mut values = [Pack::of(0.0); 2];
                    for (value, moved) in values.iter_mut().zip(sides) {
                        *value = match moved {
                            Some(moved) => {
                                x[axis] = moved[i * PACKS + pack];
                                formula.term(term as usize, &x)
                            }
                            None => base[(term as usize - range.start) * PACKS + pack],
                        };
                    }
                    sum += values[0] - values[1];
                }
                x[axis] = kept;
                out[pack] = sum;
            }
        }
    }
}

macro_rules! sparse {
    ($real:ident, $pack:ident, $lanes:literal) => {
        impl<F: Separable> Terms<$real> for Sparse<F> {
            fn evaluate(&self, x: &[$real], range: Range<usize>, out: &mut [$real]) {
                for (term, out) in range.zip(out) {
                    *out = self.formula.term(term, x);
                }
            }

            fn lanes(&self) -> usize {
                $lanes
            }

            fn evaluate_lanes(&self, x: &[$real], range: Range<usize>, out: &mut [$real]) {
                let x = $pack::wrap_slice(x.as_chunks().0);
                let out = $pack::wrap_slice_mut(out.as_chunks_mut().0);
                let what = Evaluation::Values;
                self.arch.dispatch(Evaluate { sparse: self, x, range, what, out });
            }

            fn differences(
                &self,
                x: &mut [$real],
                moves: &Moves<'_, $real>,
                range: Range<usize>,
                out: &mut [$real],
            ) {
                let x = $pack::wrap_slice(x.as_chunks().0);
                let out = $pack::wrap_slice_mut(out.as_chunks_mut().0);
                let packs = |moved: Option<_>| moved.map(|m: &[$real]| $pack::wrap_slice(m.as_chunks().0));
                let sides = [packs(moves.plus), packs(moves.minus)];
                let base = $pack::wrap_slice(moves.base.as_chunks().0);
                let what = Evaluation::Differences { axes: moves.axes.clone(), sides, base };
                self.arch.dispatch(Evaluate { sparse: self, x, range, what, out });
            }

            fn operations(&self) -> u64 {
                self.operations
            }
        }
    };
}

sparse!(f64, F64x8, 32);
sparse!(f32, F32x16, 64);
