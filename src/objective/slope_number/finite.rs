//! Numbers with slopes over a step that is the caller's own: the rules of `program/slopes/rules/finite.rs` as an arithmetic
//! type. No bounds go along.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::numeric::Real;
use crate::objective::pack::{Number, Pack};
use crate::program::rules::{self, N};

/// Numbers of `L` lanes.
#[derive(Clone, Copy)]
pub(super) struct Moved<T, const L: usize, const S: usize> {
    pub(super) v: Pack<T, L>,
    pub(super) d: [Pack<T, L>; S],
    /// Steps; 0 of constants, which know of none.
    pub(super) h: [Pack<T, L>; S],
}

impl<T: Real, const L: usize, const S: usize> Moved<T, L, S> {
    #[inline(always)]
    pub(super) fn still(v: Pack<T, L>) -> Self {
        let zero = [Pack([T::ZERO; L]); S];
        Moved { v, d: zero, h: zero }
    }

    /// The value with slopes, slot by slot.
    #[inline(always)]
    fn each(self, v: Pack<T, L>, slot: impl Fn(usize, Pack<T, L>) -> Pack<T, L>) -> Self {
        let mut out = Moved { v, ..self };
        for i in 0..S {
            // What is at rest has any step.
            let mut h = self.h[i];
            h.0.iter_mut().for_each(|h| *h = if *h == T::ZERO { T::ONE } else { *h });
            out.d[i] = slot(i, h);
        }
        out
    }

    /// With the steps of the one of two that has some.
    #[inline(always)]
    fn with(self, other: &Self) -> Self {
        let mut out = self;
        for (h, other) in out.h.iter_mut().zip(&other.h) {
            for (h, &other) in h.0.iter_mut().zip(&other.0) {
                *h = if *h == T::ZERO { other } else { *h };
            }
        }
        out
    }
}

impl<T: Real, const L: usize, const S: usize> Add for Moved<T, L, S> {
    type Output = Self;

    #[inline(always)]
    fn add(self, b: Self) -> Self {
        self.with(&b).each(self.v + b.v, |i, _| self.d[i] + b.d[i])
    }
}

impl<T: Real, const L: usize, const S: usize> Neg for Moved<T, L, S> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Moved { v: -self.v, d: self.d.map(Neg::neg), ..self }
    }
}

impl<T: Real, const L: usize, const S: usize> Sub for Moved<T, L, S> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self + -b
    }
}

impl<T: Real, const L: usize, const S: usize> AddAssign for Moved<T, L, S> {
    #[inline(always)]
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

impl<T: Real, const L: usize, const S: usize> Mul for Moved<T, L, S> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let product = |i: usize, h: Pack<T, L>| by!(finite_product(self.v, self.d[i], b.v, b.d[i], h));
        self.with(&b).each(self.v * b.v, product)
    }
}

impl<T: Real, const L: usize, const S: usize> Div for Moved<T, L, S> {
    type Output = Self;

    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let v = self.v / b.v;
        self.with(&b).each(v, |i, h| by!(finite_quotient(b.v, v, self.d[i], b.d[i], h)))
    }
}

impl<T: Real, const L: usize, const S: usize> Number for Moved<T, L, S> {
    #[inline(always)]
    fn of(value: f64) -> Self {
        Self::still(Pack([T::of(value); L]))
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        let v = self.v.sqrt();
        self.each(v, |i, h| by!(finite_sqrt(self.v, v, self.d[i], h)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let g = by!(abs_slope(self.v));
        self.each(self.v.abs(), |i, h| by!(finite_abs(self.v, g, self.d[i], h)))
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let v = self.v.exp();
        self.each(v, |i, h| by!(finite_exp(v, self.d[i], h)))
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.each(self.v.ln(), |i, h| by!(finite_log(self.v, self.d[i], h)))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let v = self.v.tanh();
        self.each(v, |i, h| by!(finite_tanh(self.v, v, self.d[i], h)))
    }

    #[inline(always)]
    fn sin(self) -> Self {
        let (v, g) = (self.v.sin(), self.v.cos());
        self.each(v, |i, h| by!(finite_wave(v, g, self.d[i], h)))
    }

    #[inline(always)]
    fn cos(self) -> Self {
        let (v, g) = (self.v.cos(), -self.v.sin());
        self.each(v, |i, h| by!(finite_wave(v, g, self.d[i], h)))
    }

    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        let v = self.v.powi(n);
        let (number, zero) = (Pack([T::of(f64::from(n)); L]), Pack([T::ZERO; L]));
        self.each(v, |i, h| match n {
            2 => by!(finite_square(self.v, self.d[i], h)),
            3 => by!(finite_cube(self.v, self.d[i], h)),
            4 => by!(finite_fourth(self.v, self.d[i], h)),
            _ => by!(finite_power(self.v, self.d[i], number, zero, v, h)),
        })
    }

    #[inline(always)]
    fn powf(self, y: Self) -> Self {
        let v = self.v.powf(y.v);
        self.with(&y).each(v, |i, h| by!(finite_power(self.v, self.d[i], y.v, y.d[i], v, h)))
    }
}
