//! The numbers of a formula in Rust with slopes and bounds of their errors: the rules of `program/slopes` as an arithmetic
//! type.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use pulp::{Arch, WithSimd};

use super::pack::{F32x16, F64x8, Formula, Number, Pack};
use super::slopes::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};
use crate::numeric::Real;
use crate::program::rules::{self, N};

/// Slopes of a number: the value and its error are shared by so many axes.
const SLOTS: usize = 4;

/// Errors of the CPU engine's functions, in units of half a unit in the last place; see `program/slopes`.
const FUNCTION: f64 = 4.5;

/// Numbers of `L` lanes with slopes, and with bounds if `BARS`.
#[derive(Clone, Copy)]
struct Slope<T, const L: usize, const BARS: bool> {
    v: Pack<T, L>,
    /// Of the value.
    e: Pack<T, L>,
    d: [Pack<T, L>; SLOTS],
    /// Of the slopes.
    p: [Pack<T, L>; SLOTS],
}

/// A rule, lane by lane.
macro_rules! by {
    ($rule:ident($($operand:expr),*)) => {{
        let mut out = Pack([T::ZERO; L]);
        for lane in 0..L {
            out.0[lane] = rules::$rule($(N($operand.0[lane])),*).0;
        }
        out
    }};
}

impl<T: Real, const L: usize, const BARS: bool> Slope<T, L, BARS> {
    /// At rest.
    #[inline(always)]
    fn still(v: Pack<T, L>, e: Pack<T, L>) -> Self {
        let zero = [Pack([T::ZERO; L]); SLOTS];
        Slope { v, e, d: zero, p: zero }
    }

    #[inline(always)]
    fn splat(value: f64) -> Pack<T, L> {
        Pack([T::of(value); L])
    }

    /// Slopes and bounds, slot by slot.
    #[inline(always)]
    fn each(v: Pack<T, L>, e: Pack<T, L>, slot: impl Fn(usize) -> (Pack<T, L>, Option<Pack<T, L>>)) -> Self {
        let mut out = Self::still(v, e);
        for i in 0..SLOTS {
            let (d, p) = slot(i);
            out.d[i] = d;
            if let Some(p) = p {
                out.p[i] = p;
            }
        }
        out
    }

    /// A function of one number by its slope g, which may be off by w; errors of value and slope in units of half a unit in
    /// the last place.
    #[inline(always)]
    fn chain(self, v: Pack<T, L>, g: Pack<T, L>, w: Pack<T, L>, errors: [f64; 2]) -> Self {
        let [value, slope] = errors.map(|k| Self::splat(k));
        let e = if BARS { by!(chain_error(g, w, self.e, v, value)) } else { self.e };
        let k = slope + Self::splat(1.0);
        Self::each(v, e, |i| {
            let (d, p) = (self.d[i], self.p[i]);
            (by!(chain_slope(g, d)), BARS.then(|| by!(chain_bound(g, w, d, p, k))))
        })
    }
}

impl<T: Real, const L: usize, const BARS: bool> Add for Slope<T, L, BARS> {
    type Output = Self;

    #[inline(always)]
    fn add(self, b: Self) -> Self {
        let v = self.v + b.v;
        let e = if BARS { by!(sum_error(v, self.e, b.e)) } else { self.e };
        Self::each(v, e, |i| {
            let d = self.d[i] + b.d[i];
            (d, BARS.then(|| by!(sum_bound(d, self.p[i], b.p[i]))))
        })
    }
}

impl<T: Real, const L: usize, const BARS: bool> Neg for Slope<T, L, BARS> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Slope { v: -self.v, d: self.d.map(Neg::neg), ..self }
    }
}

impl<T: Real, const L: usize, const BARS: bool> Sub for Slope<T, L, BARS> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self + -b
    }
}

impl<T: Real, const L: usize, const BARS: bool> AddAssign for Slope<T, L, BARS> {
    #[inline(always)]
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

impl<T: Real, const L: usize, const BARS: bool> Mul for Slope<T, L, BARS> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let v = self.v * b.v;
        let e = if BARS { by!(product_error(self.v, self.e, b.v, b.e, v)) } else { self.e };
        Self::each(v, e, |i| {
            let (da, pa, db, pb) = (self.d[i], self.p[i], b.d[i], b.p[i]);
            let bound = || by!(product_bound(self.v, self.e, da, pa, b.v, b.e, db, pb));
            (by!(product_slope(self.v, da, b.v, db)), BARS.then(bound))
        })
    }
}

impl<T: Real, const L: usize, const BARS: bool> Div for Slope<T, L, BARS> {
    type Output = Self;

    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let v = self.v / b.v;
        let e = if BARS { by!(quotient_error(self.e, b.v, b.e, v)) } else { self.e };
        Self::each(v, e, |i| {
            let (da, pa, db, pb) = (self.d[i], self.p[i], b.d[i], b.p[i]);
            let bound = || by!(quotient_bound(b.v, b.e, v, e, da, pa, db, pb));
            (by!(quotient_slope(b.v, v, da, db)), BARS.then(bound))
        })
    }
}

impl<T: Real, const L: usize, const BARS: bool> Number for Slope<T, L, BARS> {
    #[inline(always)]
    fn of(value: f64) -> Self {
        // What ends within 20 binary places was meant as it is; other decimals were rounded to f64.
        let is_short = (value * 1_048_576.0).fract() == 0.0 && value.abs() < 1e9;
        let written = if is_short { 0.0 } else { value.abs() * f64::EPSILON };
        let rounded = (value - T::of(value).to_f64()).abs();
        Self::still(Self::splat(value), Self::splat((written + rounded) * (1.0 + 1e-6)))
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        let v = self.v.sqrt();
        let g = by!(sqrt_slope(v));
        let w = by!(sqrt_wobble(g, self.e, self.v));
        self.chain(v, g, w, [1.0, 2.0])
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let g = by!(abs_slope(self.v));
        let w = by!(abs_wobble(self.v, self.e));
        self.chain(self.v.abs(), g, w, [0.0, 0.0])
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let v = self.v.exp();
        let w = by!(exp_wobble(v, self.e));
        self.chain(v, v, w, [FUNCTION, FUNCTION])
    }

    #[inline(always)]
    fn ln(self) -> Self {
        let g = by!(log_slope(self.v));
        let w = by!(pole_wobble(g, self.e, self.v));
        self.chain(self.v.ln(), g, w, [FUNCTION, 1.0])
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let v = self.v.tanh();
        let g = by!(tanh_slope(self.v));
        let w = by!(tanh_wobble(g, self.e, v));
        self.chain(v, g, w, [FUNCTION, 3.0 * FUNCTION + 5.0])
    }

    #[inline(always)]
    fn sin(self) -> Self {
        let (v, g) = (self.v.sin(), self.v.cos());
        let w = by!(wave_wobble(v, self.e));
        self.chain(v, g, w, [FUNCTION, FUNCTION])
    }

    #[inline(always)]
    fn cos(self) -> Self {
        let (v, g) = (self.v.cos(), -self.v.sin());
        let w = by!(wave_wobble(v, self.e));
        self.chain(v, g, w, [FUNCTION, FUNCTION])
    }

    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        // The standard library multiplies: about one rounding for each factor.
        let k = f64::from(n.unsigned_abs()) + FUNCTION;
        let (p, number) = (self.v.powi(n.wrapping_sub(1)), Self::splat(f64::from(n)));
        let g = by!(whole_power_slope(p, number));
        let w = by!(whole_power_wobble(g, self.v, self.e, number));
        self.chain(self.v.powi(n), g, w, [k, k + 1.0])
    }

    #[inline(always)]
    fn powf(self, y: Self) -> Self {
        let v = self.v.powf(y.v);
        let g = by!(power_slope(self.v, y.v, v));
        let w = by!(power_wobble(g, self.v, self.e, y.v, y.e, v));
        let l = by!(exponent_slope(self.v, v));
        let x = by!(exponent_wobble(self.v, self.e, y.v, y.e, v));
        let k = Self::splat(FUNCTION);
        let moves = y.d.iter().any(|d| d.0.iter().any(|&d| d != T::ZERO));
        let has_error = y.e.0.iter().any(|&e| e != T::ZERO);
        // The logarithm of a negative base does not matter where the exponent stays.
        let (l, x) = if moves || has_error { (l, x) } else { (Self::splat(0.0), Self::splat(0.0)) };
        let e = if BARS {
            let before = by!(chain_error(g, w, self.e, v, k));
            by!(also_error(before, l, x, y.e))
        } else {
            self.e
        };
        let k = Self::splat(2.0 * FUNCTION + 6.0);
        Self::each(v, e, |i| {
            let (da, pa, db, pb) = (self.d[i], self.p[i], y.d[i], y.p[i]);
            let bound = || by!(pair_bound(g, w, da, pa, l, x, db, pb, k));
            (by!(pair_slope(g, da, l, db)), BARS.then(bound))
        })
    }
}

/// A formula with slopes.
pub(super) struct FormulaSlopes<F> {
    pub(super) formula: F,
    pub(super) operations: u64,
}

/// One call, compiled for several CPU feature levels.
struct Run<'a, F, T, const L: usize, const BARS: bool> {
    formula: &'a F,
    request: &'a SlopeRequest<'a, T>,
    out: &'a mut SlopeRows<T>,
}

impl<T: Real, F: Formula, const L: usize, const BARS: bool> WithSimd for Run<'_, F, T, L, BARS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Run { formula, request, out } = self;
        let lanes = |numbers: &[T]| {
            let mut pack = Pack([T::ZERO; L]);
            pack.0.copy_from_slice(&numbers[..L]);
            pack
        };
        let zero = Pack([T::ZERO; L]);
        let n = match request.x {
            Input::Same(x) => x.len(),
            Input::Each(x) => x.len() / L,
        };
        let mut x = Vec::with_capacity(n);
        for i in 0..n {
            let v = match request.x {
                Input::Same(x) => Pack([x[i]; L]),
                Input::Each(x) => lanes(&x[i * L..]),
            };
            let mut coordinate = Slope::<T, L, BARS>::still(v, zero);
            for slot in 0..request.slots.min(SLOTS) {
                let (d, p) = match request.seeds {
                    Seeds::None => (zero, zero),
                    Seeds::Axes(axes) => {
                        let mut d = zero;
                        for (d, &axis) in d.0.iter_mut().zip(&axes[slot * L..]) {
                            *d = if axis as usize == i { T::ONE } else { T::ZERO };
                        }
                        (d, zero)
                    }
                    Seeds::Direction(d, p) => (Pack([d[i]; L]), Pack([p[i]; L])),
                    Seeds::Directions(d, p) => (lanes(&d[i * L..]), lanes(&p[i * L..])),
                };
                (coordinate.d[slot], coordinate.p[slot]) = (d, p);
            }
            x.push(coordinate);
        }
        let found = formula.value(&x);
        out.values.copy_from_slice(&found.v.0);
        out.errors.copy_from_slice(&found.e.0);
        for slot in 0..request.slots.min(SLOTS) {
            out.slopes[slot * L..][..L].copy_from_slice(&found.d[slot].0);
            out.bounds[slot * L..][..L].copy_from_slice(&found.p[slot].0);
        }
    }
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

            fn run(&self, request: &SlopeRequest<'_, $real>, out: &mut SlopeRows<$real>) {
                out.resize($lanes, request.slots);
                let formula = &self.formula;
                if request.bars {
                    Arch::new().dispatch(Run::<F, $real, $lanes, true> { formula, request, out });
                } else {
                    Arch::new().dispatch(Run::<F, $real, $lanes, false> { formula, request, out });
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
