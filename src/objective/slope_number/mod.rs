//! The numbers of a formula in Rust with slopes and bounds of their errors: the rules of `program/slopes` as an arithmetic
//! type.
//!
//! Here the type itself; its operators are in [`arithmetic`], its functions in [`functions`]. [`finite`] does the same for
//! steps of the caller's own, [`sampled`] with random rounding; [`called`]
//! keeps what is rare short. [`run`] runs formulas and terms of separable functions on them.

use super::pack::Pack;
use crate::numeric::Real;
use crate::program::rules::{self, N};

/// A rule, lane by lane.
macro_rules! by {
    ($rule:ident($($operand:expr),* $(,)?)) => {{
        let mut out = Pack([T::ZERO; L]);
        for lane in 0..L {
            out.0[lane] = rules::$rule($(N($operand.0[lane])),*).0;
        }
        out
    }};
}

mod arithmetic;
mod called;
mod context;
mod finite;
mod functions;
mod run;
mod sampled;
mod selected;
#[cfg(test)]
mod tests;

pub(super) use run::FormulaSlopes;
pub(super) use selected::Selected;

/// The slots of second slopes: of the axis and of the line.
const AXIS: usize = 0;
const LINE: usize = 1;

/// Numbers of `L` lanes with `S` slopes, which share the value and its error; with bounds if `BARS`, with second slopes if `SECOND`.
#[derive(Clone, Copy)]
struct Slope<T, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> {
    v: Pack<T, L>,
    /// Of the value.
    e: Pack<T, L>,
    d: [Pack<T, L>; S],
    /// Of the slopes.
    p: [Pack<T, L>; S],
    /// The second slope along axis and line, and its bound.
    s: Pack<T, L>,
    q: Pack<T, L>,
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool>
    Slope<T, L, S, BARS, SECOND>
{
    /// Slots in use.
    const LINES: usize = if SECOND { 2 } else { S };

    /// At rest.
    #[inline(always)]
    fn still(v: Pack<T, L>, e: Pack<T, L>) -> Self {
        let zero = Pack([T::ZERO; L]);
        Slope { v, e, d: [zero; S], p: [zero; S], s: zero, q: zero }
    }

    #[inline(always)]
    fn splat(value: f64) -> Pack<T, L> {
        Pack([T::of(value); L])
    }

    /// Slopes and bounds, slot by slot.
    #[inline(always)]
    fn each(v: Pack<T, L>, e: Pack<T, L>, slot: impl Fn(usize) -> (Pack<T, L>, Option<Pack<T, L>>)) -> Self {
        let mut out = Self::still(v, e);
        for i in 0..Self::LINES {
            let (d, p) = slot(i);
            out.d[i] = d;
            if let Some(p) = p {
                out.p[i] = p;
            }
        }
        out
    }

    /// The same with the second slope and its bound, if there are any.
    #[inline(always)]
    fn curved(mut self, second: impl FnOnce(&Self) -> (Pack<T, L>, Option<Pack<T, L>>)) -> Self {
        if SECOND {
            let (s, q) = second(&self);
            self.s = s;
            if let Some(q) = q {
                self.q = q;
            }
        }
        self
    }

    /// Of second slopes: the slope along the axis, its bound, the slope along the line, its bound.
    #[inline(always)]
    fn lines(&self) -> [Pack<T, L>; 4] {
        [self.d[AXIS], self.p[AXIS], self.d[LINE], self.p[LINE]]
    }

    /// A function of one number by its slope g, which may be off by w; errors of value and slope in units of half a unit in
    /// the last place. `second` gives the second slope, how far off that may be, and its error in the same units.
    #[inline(always)]
    fn chain(
        self,
        v: Pack<T, L>,
        g: Pack<T, L>,
        w: Pack<T, L>,
        errors: [f64; 2],
        second: impl FnOnce() -> (Pack<T, L>, Pack<T, L>, f64),
    ) -> Self {
        let [value, slope] = errors.map(|k| Self::splat(k));
        let e = if BARS { by!(chain_error(g, w, self.e, v, value)) } else { self.e };
        let k = slope + Self::splat(1.0);
        Self::each(v, e, |i| {
            let (d, p) = (self.d[i], self.p[i]);
            (by!(chain_slope(g, d)), BARS.then(|| by!(chain_bound(g, w, d, p, k))))
        })
        .curved(|_| {
            let (r, x, error) = second();
            let (s, q, [d, p, c, o]) = (self.s, self.q, self.lines());
            let l = Self::splat(error + 2.0);
            let bound = || by!(chain_second_bound(g, w, k, s, q, r, x, l, d, p, c, o));
            (by!(chain_second(g, r, s, d, c)), BARS.then(bound))
        })
    }
}
