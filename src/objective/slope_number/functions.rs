//! Functions of numbers with slopes; the operands of rules are those of `program/slopes/functions.rs`.

use super::{Slope, context};
use crate::numeric::Real;
use crate::objective::pack::{Number, Pack};
use crate::program::rules::{self, N};

/// Errors of the CPU engine's functions, in units of half a unit in the last place; see `program/slopes`.
const FUNCTION: f64 = 4.5;

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> Number
    for Slope<T, L, S, BARS, SECOND>
{
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
        self.chain(v, g, w, [1.0, 2.0], || {
            let r = by!(sqrt_second(g, self.v));
            (r, by!(sqrt_second_wobble(r, self.e, self.v)), 8.0)
        })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let g = by!(abs_slope(self.v));
        let w = by!(abs_wobble(self.v, self.e));
        if BARS {
            self.note_corners(w);
        }
        self.chain(self.v.abs(), g, w, [0.0, 0.0], || {
            (Self::splat(0.0), by!(abs_second_wobble(self.v, self.e)), 0.0)
        })
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let v = self.v.exp();
        let w = by!(exp_wobble(v, self.e));
        self.chain(v, v, w, [FUNCTION, FUNCTION], || (v, by!(exp_wobble(v, self.e)), FUNCTION))
    }

    #[inline(always)]
    fn ln(self) -> Self {
        let g = by!(log_slope(self.v));
        let w = by!(pole_wobble(g, self.e, self.v));
        self.chain(self.v.ln(), g, w, [FUNCTION, 1.0], || {
            let r = by!(log_second(g));
            (r, by!(pole_second_wobble(r, self.e, self.v)), 4.0)
        })
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let v = self.v.tanh();
        let g = by!(tanh_slope(self.v));
        let w = by!(tanh_wobble(g, self.e, v));
        self.chain(v, g, w, [FUNCTION, 3.0 * FUNCTION + 5.0], || {
            (by!(tanh_second(g, v)), by!(tanh_second_wobble(g, self.e)), 4.0 * FUNCTION + 7.0)
        })
    }

    #[inline(always)]
    fn sin(self) -> Self {
        let (v, g) = (self.v.sin(), self.v.cos());
        let w = by!(wave_wobble(v, self.e));
        self.chain(v, g, w, [FUNCTION, FUNCTION], || (-v, by!(wave_wobble(g, self.e)), 2.0 * FUNCTION))
    }

    #[inline(always)]
    fn cos(self) -> Self {
        let (v, g) = (self.v.cos(), -self.v.sin());
        let w = by!(wave_wobble(v, self.e));
        self.chain(v, g, w, [FUNCTION, FUNCTION], || (-v, by!(wave_wobble(g, self.e)), 2.0 * FUNCTION))
    }

    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        // The standard library multiplies: about one rounding for each factor.
        let k = f64::from(n.unsigned_abs()) + FUNCTION;
        let (p, number) = (self.v.powi(n.wrapping_sub(1)), Self::splat(f64::from(n)));
        let g = by!(whole_power_slope(p, number));
        let w = by!(whole_power_wobble(g, self.v, self.e, number));
        self.chain(self.v.powi(n), g, w, [k, k + 1.0], || {
            let zero = Self::splat(0.0);
            if n == 0 || n == 1 {
                return (zero, zero, 0.0);
            }
            let p = self.v.powi(n.wrapping_sub(2));
            let r = by!(whole_power_second(p, number));
            (r, by!(whole_power_second_wobble(r, self.v, self.e, number)), k + 4.0)
        })
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
        .curved(|_| self.power_second(y, [v, g, w, l, x], moves || has_error))
    }
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool>
    Slope<T, L, S, BARS, SECOND>
{
    /// Notes the lanes in which this moves and the slope of a function with a corner may be off.
    #[inline(always)]
    fn note_corners(&self, wobble: Pack<T, L>) {
        let moves = |lane: usize| self.d.iter().chain(&self.p).any(|slopes| slopes.0[lane] != T::ZERO);
        let is_corner = |lane: usize| wobble.0[lane] > T::ZERO && moves(lane);
        let lanes = (0..L).fold(0, |lanes, lane| lanes | u32::from(is_corner(lane)) << lane);
        if lanes != 0 {
            context::note_corners(lanes);
        }
    }

    /// Of x^y with its slopes g along x and l along y, which may be off by w and o; whether y counts.
    #[inline(always)]
    fn power_second(
        self,
        y: Self,
        [v, g, w, l, o]: [Pack<T, L>; 5],
        counts: bool,
    ) -> (Pack<T, L>, Option<Pack<T, L>>) {
        let (a, ea, b, eb) = (self.v, self.e, y.v, y.e);
        let xx = by!(power_second(a, b, g));
        let zero = Self::splat(0.0);
        let [xy, yy] =
            if counts { [by!(power_mixed(a, b, v)), by!(exponent_second(a, l))] } else { [zero; 2] };
        let ([da, pa, ca, oa], [db, pb, cb, ob]) = (self.lines(), y.lines());
        let first = by!(chain_second(g, xx, self.s, da, ca));
        let other = by!(chain_second(l, yy, y.s, db, cb));
        let mixed = by!(mixed_second(first, xy, da, ca, db, cb));
        let bound = || {
            let k = Self::splat(3.0 * FUNCTION + 12.0);
            let xx_off = by!(power_second_wobble(xx, a, ea, b, eb));
            let [xy_off, yy_off] = if counts {
                [by!(power_mixed_wobble(a, ea, b, eb, v)), by!(exponent_second_wobble(a, ea, b, eb, v))]
            } else {
                [zero; 2]
            };
            let first = by!(chain_second_bound(g, w, k, self.s, self.q, xx, xx_off, k, da, pa, ca, oa));
            let rest = by!(chain_second_bound(l, o, k, y.s, y.q, yy, yy_off, k, db, pb, cb, ob));
            let both = by!(mixed_second_bound(first, xy, xy_off, k, da, pa, ca, oa, db, pb, cb, ob));
            let size = by!(either_moves(mixed, other));
            by!(total_bound(both, rest, size))
        };
        (by!(total(mixed, other)), BARS.then(bound))
    }
}
