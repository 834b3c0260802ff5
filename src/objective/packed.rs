//! Formulas evaluated at many points at once.

use std::ops::Range;

use bytemuck::TransparentWrapper;
use pulp::{Arch, WithSimd};

use super::pack::{F32x16, F64x8, Formula, Number, PACKS, Pack};
use super::{Moves, Terms};
use crate::numeric::Real;

/// A formula as the only term.
pub(super) struct Packed<F> {
    formula: F,
    arch: Arch,
    dimension: usize,
}

impl<F> Packed<F> {
    pub(super) fn new(formula: F, dimension: usize) -> Self {
        Packed { formula, arch: Arch::new(), dimension }
    }
}

/// What is to be evaluated of a formula, compiled for several CPU feature levels.
enum Evaluation<'a, T, const N: usize> {
    /// The value, into the first element.
    Value,
    /// Differences.
    Differences { axes: Range<usize>, sides: [Option<&'a [Pack<T, N>]>; 2], base: &'a [Pack<T, N>] },
}

struct Evaluate<'a, F, T, const N: usize> {
    formula: &'a F,
    /// `[coordinate][pack]`
    x: &'a [Pack<T, N>],
    what: Evaluation<'a, T, N>,
    out: &'a mut [Pack<T, N>],
}

impl<T: Real, const N: usize, F: Formula> WithSimd for Evaluate<'_, F, T, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Evaluate { formula, x: rows, what, out } = self;
        let mut x: Vec<Pack<T, N>> = vec![Pack::of(0.0); rows.len() / PACKS];
        for pack in 0..PACKS {
            for (x, row) in x.iter_mut().zip(rows.as_chunks::<PACKS>().0) {
                *x = row[pack];
            }
            let (axes, sides, base) = match &what {
                Evaluation::Value => {
                    out[pack] = formula.value(&x);
                    continue;
                }
                Evaluation::Differences { axes, sides, base } => (axes.clone(), sides, base),
            };
            for (i, (axis, out)) in axes.zip(out.as_chunks_mut::<PACKS>().0).enumerate() {
                let kept = x[axis];
                let mut values = [Pack::of(0.0); 2];
                // A loop, so that the formula is compiled once.
                for (value, moved) in values.iter_mut().zip(sides) {
                    *value = match moved {
                        Some(moved) => {
                            x[axis] = moved[i * PACKS + pack];
                            formula.value(&x)
                        }
                        None => base[pack],
                    };
                }
                x[axis] = kept;
                out[pack] = values[0] - values[1];
            }
        }
    }
}

macro_rules! packed {
    ($real:ident, $pack:ident, $lanes:literal) => {
        impl<F: Formula> Terms<$real> for Packed<F> {
            fn evaluate(&self, x: &[$real], _: Range<usize>, out: &mut [$real]) {
                out.fill(self.formula.value(x));
            }

            fn lanes(&self) -> usize {
                $lanes
            }

            fn evaluate_lanes(&self, x: &[$real], _: Range<usize>, out: &mut [$real]) {
                let x = $pack::wrap_slice(x.as_chunks().0);
                let (formula, out) = (&self.formula, $pack::wrap_slice_mut(out.as_chunks_mut().0));
                self.arch.dispatch(Evaluate { formula, x, what: Evaluation::Value, out });
            }

            fn differences(
                &self,
                x: &mut [$real],
                moves: &Moves<'_, $real>,
                _: Range<usize>,
                out: &mut [$real],
            ) {
                let x = $pack::wrap_slice(x.as_chunks().0);
                let out = $pack::wrap_slice_mut(out.as_chunks_mut().0);
                let sides =
                    [moves.plus, moves.minus].map(|moved| moved.map(|m| $pack::wrap_slice(m.as_chunks().0)));
                let base = $pack::wrap_slice(moves.base.as_chunks().0);
                let what = Evaluation::Differences { axes: moves.axes.clone(), sides, base };
                self.arch.dispatch(Evaluate { formula: &self.formula, x, what, out });
            }

            fn operations(&self) -> u64 {
                4 * self.dimension as u64
            }
        }
    };
}

packed!(f64, F64x8, 32);
packed!(f32, F32x16, 64);
