//! The numbers of a formula in Rust with slopes and bounds of their errors: the rules of `program/slopes` as an arithmetic
//! type.
//!
//! Here the type itself, and formulas run on it; its operators are in [`arithmetic`], its functions in [`functions`]. [`finite`] does the same for steps of the
//! caller's own.

use pulp::{Arch, Scalar, WithSimd};

use super::pack::{F32x16, F64x8, Formula, Pack};
use super::slopes::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};
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
mod finite;
mod functions;

use finite::Moved;

/// Slopes of a number: the value and its error are shared by so many axes.
const SLOTS: usize = 4;

/// The slots of second slopes: of the axis and of the line.
const AXIS: usize = 0;
const LINE: usize = 1;

/// Numbers of `L` lanes with slopes, with bounds if `BARS`, with second slopes if `SECOND`.
#[derive(Clone, Copy)]
struct Slope<T, const L: usize, const BARS: bool, const SECOND: bool> {
    v: Pack<T, L>,
    /// Of the value.
    e: Pack<T, L>,
    d: [Pack<T, L>; SLOTS],
    /// Of the slopes.
    p: [Pack<T, L>; SLOTS],
    /// The second slope along axis and line, and its bound.
    s: Pack<T, L>,
    q: Pack<T, L>,
}

impl<T: Real, const L: usize, const BARS: bool, const SECOND: bool> Slope<T, L, BARS, SECOND> {
    /// Slots in use.
    const LINES: usize = if SECOND { 2 } else { SLOTS };

    /// At rest.
    #[inline(always)]
    fn still(v: Pack<T, L>, e: Pack<T, L>) -> Self {
        let zero = Pack([T::ZERO; L]);
        Slope { v, e, d: [zero; SLOTS], p: [zero; SLOTS], s: zero, q: zero }
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

/// A formula with slopes.
pub(super) struct FormulaSlopes<F> {
    pub(super) formula: F,
    pub(super) operations: u64,
}

/// One call, compiled for several CPU feature levels.
struct Run<'a, F, T, const L: usize, const BARS: bool, const SECOND: bool> {
    formula: &'a F,
    request: &'a SlopeRequest<'a, T>,
    out: &'a mut SlopeRows<T>,
}

impl<T: Real, F: Formula, const L: usize, const BARS: bool, const SECOND: bool> WithSimd
    for Run<'_, F, T, L, BARS, SECOND>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Run { formula, request, out } = self;
        let n = match request.x {
            Input::Same(x) => x.len(),
            Input::Each(x) => x.len() / L,
        };
        let slots = request.slots.min(SLOTS);
        // Second slopes are one at a time.
        let (runs, each) = if SECOND { (slots, 1) } else { (1, slots) };
        for run in 0..runs {
            let x: Vec<_> = (0..n).map(|i| coordinate::<T, L, BARS, SECOND>(request, i, run)).collect();
            let found = formula.value(&x);
            out.values.copy_from_slice(&found.v.0);
            out.errors.copy_from_slice(&found.e.0);
            for slot in 0..each {
                let (slope, bound) = if SECOND { (found.s, found.q) } else { (found.d[slot], found.p[slot]) };
                out.slopes[(run + slot) * L..][..L].copy_from_slice(&slope.0);
                out.bounds[(run + slot) * L..][..L].copy_from_slice(&bound.0);
            }
        }
    }
}

/// One call over steps of the caller's own.
struct RunFinite<'a, F, T, const L: usize> {
    formula: &'a F,
    request: &'a SlopeRequest<'a, T>,
    out: &'a mut SlopeRows<T>,
}

impl<T: Real, F: Formula, const L: usize> WithSimd for RunFinite<'_, F, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let RunFinite { formula, request, out } = self;
        let n = match request.x {
            Input::Same(x) => x.len(),
            Input::Each(x) => x.len() / L,
        };
        let slots = request.slots.min(SLOTS);
        let moved = |i: usize| {
            let Slope { v, d, .. } = coordinate::<T, L, false, false>(request, i, 0);
            let mut x = Moved { d, ..Moved::still(v) };
            for (h, steps) in x.h.iter_mut().zip(request.steps.chunks_exact(L)).take(slots) {
                h.0.copy_from_slice(steps);
            }
            x
        };
        let x: Vec<Moved<T, L>> = (0..n).map(moved).collect();
        let found = formula.value(&x);
        out.values.copy_from_slice(&found.v.0);
        for slot in 0..slots {
            out.slopes[slot * L..][..L].copy_from_slice(&found.d[slot].0);
        }
    }
}

/// A coordinate with its slopes; of second slopes, along the axis of a slot and the line.
#[inline(always)]
fn coordinate<T: Real, const L: usize, const BARS: bool, const SECOND: bool>(
    request: &SlopeRequest<'_, T>,
    i: usize,
    slot: usize,
) -> Slope<T, L, BARS, SECOND> {
    let lanes = |numbers: &[T]| {
        let mut pack = Pack([T::ZERO; L]);
        pack.0.copy_from_slice(&numbers[..L]);
        pack
    };
    let axis = |axes: &[u32]| {
        let mut d = Pack([T::ZERO; L]);
        for (d, &axis) in d.0.iter_mut().zip(axes) {
            *d = if axis as usize == i { T::ONE } else { T::ZERO };
        }
        d
    };
    let same = |numbers: &[T]| Pack([numbers[i]; L]);
    let each = |numbers: &[T]| lanes(&numbers[i * L..]);
    let v = match request.x {
        Input::Same(x) => same(x),
        Input::Each(x) => each(x),
    };
    let mut out = Slope::still(v, Pack([T::ZERO; L]));
    match request.seeds {
        Seeds::None => {}
        Seeds::Axes(axes) => {
            for slot in 0..request.slots.min(SLOTS) {
                out.d[slot] = axis(&axes[slot * L..]);
            }
        }
        Seeds::Direction(d, p) => (out.d[0], out.p[0]) = (same(d), same(p)),
        Seeds::Directions(d, p) => (out.d[0], out.p[0]) = (each(d), each(p)),
        Seeds::Planes(axes, line) => (out.d[AXIS], out.d[LINE]) = (axis(&axes[slot * L..]), axis(line)),
        Seeds::Across(axes, d, p) => {
            (out.d[AXIS], out.d[LINE], out.p[LINE]) = (axis(&axes[slot * L..]), same(d), same(p));
        }
        Seeds::AcrossEach(axes, d, p) => {
            (out.d[AXIS], out.d[LINE], out.p[LINE]) = (axis(&axes[slot * L..]), each(d), each(p));
        }
    }
    out
}

/// Compiled for several CPU feature levels; for tests once, since every formula in them is compiled for each.
#[inline(always)]
fn many(run: impl WithSimd<Output = ()>) {
    if cfg!(debug_assertions) { once(run) } else { Arch::new().dispatch(run) }
}

/// Compiled once: what is rarely asked for, and would take compilers long.
#[inline(always)]
fn once(run: impl WithSimd<Output = ()>) {
    run.with_simd(Scalar::new());
}

macro_rules! slopes {
    ($real:ident, $pack:ident, $lanes:literal) => {
        impl<F: Formula> Slopes<$real> for FormulaSlopes<F> {
            fn lanes(&self) -> usize {
                $lanes
            }

            fn takes_terms_in_lanes(&self) -> bool {
                false
            }

            fn has_second(&self) -> bool {
                true
            }

            fn has_finite(&self) -> bool {
                true
            }

            fn run(&self, request: &SlopeRequest<'_, $real>, out: &mut SlopeRows<$real>) {
                out.resize($lanes, request.slots);
                let formula = &self.formula;
                if !request.steps.is_empty() {
                    once(RunFinite::<F, $real, $lanes> { formula, request, out });
                    return;
                }
                match (request.bars, request.seeds.is_second()) {
                    (true, false) => many(Run::<F, $real, $lanes, true, false> { formula, request, out }),
                    (false, false) => many(Run::<F, $real, $lanes, false, false> { formula, request, out }),
                    (true, true) => once(Run::<F, $real, $lanes, true, true> { formula, request, out }),
                    (false, true) => once(Run::<F, $real, $lanes, false, true> { formula, request, out }),
                }
            }

            fn operations(&self) -> u64 {
                self.operations
            }
        }

        // As many lanes as values are computed in.
        const _: fn($pack) -> [$real; $lanes] = |pack| pack.0;
    };
}

slopes!(f64, F64x8, 8);
slopes!(f32, F32x16, 16);
