//! Formulas and terms of separable functions, run on numbers with slopes.

use std::sync::Arc;

use pulp::{Arch, Scalar, WithSimd};

use super::called::Called;
use super::finite::Moved;
use super::sampled::{Operation, Sampled};
use super::{AXIS, LINE, Slope, context};
use crate::numeric::{Real, Sparsity};
use crate::objective::pack::{F32x16, F64x8, Number, Pack, Separable};
use crate::objective::slopes::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};

/// Terms with slopes, `S` of them at once.
pub(in crate::objective) struct FormulaSlopes<F, const S: usize> {
    pub(in crate::objective) formula: F,
    /// What each term reads; `None`: all.
    pub(in crate::objective) pattern: Option<Arc<Sparsity>>,
    pub(in crate::objective) operations: u64,
}

/// One call: a term in all lanes.
struct Call<'a, F, T, const L: usize, const S: usize> {
    slopes: &'a FormulaSlopes<F, S>,
    request: &'a SlopeRequest<'a, T>,
    out: &'a mut SlopeRows<T>,
}

impl<T: Real, F: Separable, const L: usize, const S: usize> Call<'_, F, T, L, S> {
    /// The term at coordinates made by `one`, of which those that it does not read are left out. Numbers are kept from call to
    /// call.
    #[inline(always)]
    fn at<X: Number + Send + 'static>(&mut self, one: impl Fn(usize) -> X) -> X {
        let FormulaSlopes { formula, pattern, .. } = self.slopes;
        let n = match self.request.x {
            Input::Same(x) => x.len(),
            Input::Each(x) => x.len() / L,
        };
        let term = self.request.terms.first().map_or(0, |&term| term as usize);
        let mut x = self.out.scratch.take(n, X::of(f64::NAN));
        match pattern {
            None => x.iter_mut().enumerate().for_each(|(i, x)| *x = one(i)),
            Some(pattern) => pattern.of(term).iter().for_each(|&i| x[i as usize] = one(i as usize)),
        }
        let found = formula.term(term, &x);
        self.out.scratch.keep(x);
        found
    }

    /// The same by calls: short, and slower.
    #[inline(always)]
    fn at_by_calls<X: Number + Send + 'static>(&mut self, one: impl Fn(usize) -> X) -> X {
        self.at(|i| Called(one(i))).0
    }

    /// Puts what was found into `each` slots from `run` on.
    #[inline(always)]
    fn take<const BARS: bool, const SECOND: bool>(
        &mut self,
        run: usize,
        each: usize,
        found: &Slope<T, L, S, BARS, SECOND>,
    ) {
        self.out.values.copy_from_slice(&found.v.0);
        self.out.errors.copy_from_slice(&found.e.0);
        for slot in 0..each {
            let (slope, bound) = if SECOND { (found.s, found.q) } else { (found.d[slot], found.p[slot]) };
            self.put(run + slot, slope, bound);
        }
    }

    #[inline(always)]
    fn put(&mut self, slot: usize, slope: Pack<T, L>, bound: Pack<T, L>) {
        let lanes = slot * L..(slot + 1) * L;
        self.out.slopes[lanes.clone()].copy_from_slice(&slope.0);
        self.out.bounds[lanes].copy_from_slice(&bound.0);
    }
}

/// With slopes in the limit of small steps, compiled for several CPU feature levels.
struct Run<'a, F, T, const L: usize, const S: usize, const BARS: bool, const SECOND: bool>(
    Call<'a, F, T, L, S>,
);

impl<T: Real, F: Separable, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> WithSimd
    for Run<'_, F, T, L, S, BARS, SECOND>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<A: pulp::Simd>(self, _: A) {
        let Run(mut call) = self;
        let request = call.request;
        let slots = request.slots.min(S);
        // Second slopes are one at a time.
        let (runs, each) = if SECOND { (slots, 1) } else { (1, slots) };
        for run in 0..runs {
            let one = |i| coordinate::<T, L, S, BARS, SECOND>(request, i, run);
            // Tests have many formulas, and compile them all.
            let found = if SECOND || cfg!(debug_assertions) { call.at_by_calls(one) } else { call.at(one) };
            call.take(run, each, &found);
            let corners = if BARS { context::take_corners() } else { 0 };
            if corners != 0 {
                for (i, flags) in call.out.flags[run * L..(run + each) * L].iter_mut().enumerate() {
                    *flags |= if corners >> (i % L) & 1 == 1 { SlopeRows::<T>::CORNER } else { 0 };
                }
            }
        }
    }
}

/// With random rounding.
struct RunSampled<'a, F, T, const L: usize, const S: usize, const SECOND: bool>(Call<'a, F, T, L, S>);

impl<T: Real, F: Separable, const L: usize, const S: usize, const SECOND: bool> WithSimd
    for RunSampled<'_, F, T, L, S, SECOND>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<A: pulp::Simd>(self, _: A) {
        let RunSampled(mut call) = self;
        let request = call.request;
        let slots = request.slots.min(S);
        let (runs, each) = if SECOND { (slots, 1) } else { (1, slots) };
        context::set_sample(request.sample);
        for run in 0..runs {
            let found = call.at(|i| {
                let x = coordinate::<T, L, S, true, SECOND>(request, i, run);
                Sampled::<T, L, S, SECOND>::new(x, Operation::Given, &[])
            });
            call.take(run, each, &found.0);
        }
        // Those of the point itself count.
        context::take_corners();
    }
}

/// With slopes over steps of the caller's own.
struct RunFinite<'a, F, T, const L: usize, const S: usize>(Call<'a, F, T, L, S>);

impl<T: Real, F: Separable, const L: usize, const S: usize> WithSimd for RunFinite<'_, F, T, L, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<A: pulp::Simd>(self, _: A) {
        let RunFinite(mut call) = self;
        let request = call.request;
        let slots = request.slots.min(S);
        let found = call.at_by_calls(|i| {
            let Slope { v, d, .. } = coordinate::<T, L, S, false, false>(request, i, 0);
            let mut x = Moved { d, ..Moved::still(v) };
            for (h, steps) in x.h.iter_mut().zip(request.steps.chunks_exact(L)).take(slots) {
                h.0.copy_from_slice(steps);
            }
            x
        });
        call.out.values.copy_from_slice(&found.v.0);
        for slot in 0..slots {
            call.put(slot, found.d[slot], Pack([T::ZERO; L]));
        }
    }
}

/// A coordinate with its slopes; of second slopes, along the axis of a slot and the line.
#[inline(always)]
fn coordinate<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool>(
    request: &SlopeRequest<'_, T>,
    i: usize,
    slot: usize,
) -> Slope<T, L, S, BARS, SECOND> {
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
            for slot in 0..request.slots.min(S) {
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
        impl<F: Separable, const S: usize> Slopes<$real> for FormulaSlopes<F, S> {
            fn lanes(&self) -> usize {
                $lanes
            }

            fn takes_terms_in_lanes(&self) -> bool {
                false
            }

            fn reads(&self, term: u32) -> Option<&[u32]> {
                self.pattern.as_ref().map(|pattern| pattern.of(term as usize))
            }

            fn has_second(&self) -> bool {
                true
            }

            fn has_finite(&self) -> bool {
                true
            }

            fn has_samples(&self) -> bool {
                true
            }

            fn most_slots(&self) -> usize {
                S
            }

            fn run(&self, request: &SlopeRequest<'_, $real>, out: &mut SlopeRows<$real>) {
                out.resize($lanes, request.slots);
                let call = Call::<F, $real, $lanes, S> { slopes: self, request, out };
                if !request.steps.is_empty() {
                    once(RunFinite(call));
                    return;
                }
                if request.sample > 0 {
                    if request.seeds.is_second() {
                        once(RunSampled::<F, $real, $lanes, S, true>(call));
                    } else {
                        once(RunSampled::<F, $real, $lanes, S, false>(call));
                    }
                    return;
                }
                match (request.bars, request.seeds.is_second()) {
                    (true, false) => many(Run::<F, $real, $lanes, S, true, false>(call)),
                    (false, false) => many(Run::<F, $real, $lanes, S, false, false>(call)),
                    (true, true) => once(Run::<F, $real, $lanes, S, true, true>(call)),
                    (false, true) => once(Run::<F, $real, $lanes, S, false, true>(call)),
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
