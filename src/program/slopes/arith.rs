//! The words that rules are written in: the same in Rust and in WGSL, where `shaders/slopes/words.wgsl`
//! defines those that WGSL lacks.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::numeric::Real;
use crate::program::lanes;

/// A number of a rule. A type of its own, so that the types of literals follow from their neighbours'.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
#[repr(transparent)]
pub(crate) struct N<T>(pub(crate) T);

macro_rules! operator {
    ($($trait:ident $method:ident)*) => {$(
        impl<T: Real> $trait for N<T> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                N(self.0.$method(other.0))
            }
        }
    )*};
}

operator!(Add add Sub sub Mul mul Div div);

impl<T: Real> Neg for N<T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        N(-self.0)
    }
}

/// A literal.
#[inline(always)]
pub(super) fn real<T: Real>(value: f64) -> N<T> {
    N(T::of(value))
}

/// Half the distance from 1 to the next number: the largest relative error of a rounding.
#[inline(always)]
pub(super) fn u<T: Real>() -> N<T> {
    real(0.5 * T::PRECISION.epsilon())
}

/// The least normal number: what underflows is off by at most so much, whether it is flushed to 0 or not.
#[inline(always)]
pub(super) fn eta<T: Real>() -> N<T> {
    real(T::LEAST)
}

/// The error of a division, in units of [`u`].
#[inline(always)]
pub(super) fn k_division<T: Real>() -> N<T> {
    real(1.0)
}

/// What nothing is known of.
#[inline(always)]
pub(super) fn unknown<T: Real>() -> N<T> {
    real(f64::INFINITY)
}

#[inline(always)]
pub(super) fn abs<T: Real>(a: N<T>) -> N<T> {
    N(a.0.magnitude())
}

#[inline(always)]
pub(super) fn max<T: Real>(a: N<T>, b: N<T>) -> N<T> {
    if a < b { b } else { a }
}

#[inline(always)]
pub(super) fn min<T: Real>(a: N<T>, b: N<T>) -> N<T> {
    if b < a { b } else { a }
}

#[inline(always)]
pub(super) fn pick<T: Real>(otherwise: N<T>, then: N<T>, condition: bool) -> N<T> {
    if condition { then } else { otherwise }
}

#[inline(always)]
pub(super) fn sqrt<T: Real>(a: N<T>) -> N<T> {
    N(a.0.sqrt())
}

/// a / b, on devices, too, to about half a unit in the last place (f32).
#[inline(always)]
pub(super) fn over<T: Real>(a: N<T>, b: N<T>) -> N<T> {
    a / b
}

/// The root, on devices, too, to about half a unit in the last place (f32).
#[inline(always)]
pub(super) fn root<T: Real>(a: N<T>) -> N<T> {
    sqrt(a)
}

#[inline(always)]
pub(super) fn floor<T: Real>(a: N<T>) -> N<T> {
    N(a.0.floor())
}

#[inline(always)]
pub(super) fn exp<T: Real>(a: N<T>) -> N<T> {
    N(a.0.exp())
}

#[inline(always)]
pub(super) fn log<T: Real>(a: N<T>) -> N<T> {
    real(a.0.to_f64().ln())
}

#[inline(always)]
pub(super) fn pow<T: Real>(a: N<T>, b: N<T>) -> N<T> {
    real(a.0.to_f64().powf(b.0.to_f64()))
}

/// Functions by those of [`Real`], and by the standard library's in f64.
macro_rules! functions {
    ($($name:ident($($a:ident)+) = $value:expr;)*) => {$(
        #[inline(always)]
        pub(super) fn $name<T: Real>($($a: N<T>),+) -> N<T> {
            $(let $a = $a.0;)+
            N($value)
        }
    )*};
}

functions! {
    expm1(a) = if a > T::of(40.0) { a.exp() } else { a.exp_m1() };
    log1p(a) = T::of(a.to_f64().ln_1p());
    sin(a) = T::of(a.to_f64().sin());
    cos(a) = T::of(a.to_f64().cos());
    tan(a) = T::of(a.to_f64().tan());
    asin(a) = T::of(a.to_f64().asin());
    acos(a) = T::of(a.to_f64().acos());
    atan(a) = T::of(a.to_f64().atan());
    atan2(y x) = T::of(y.to_f64().atan2(x.to_f64()));
    sinh(a) = T::of(a.to_f64().sinh());
    cosh(a) = T::of(a.to_f64().cosh());
    tanh(a) = a.tanh();
    asinh(a) = T::of(lanes::asinh(a.to_f64()));
    acosh(a) = T::of(lanes::acosh(a.to_f64()));
    atanh(a) = T::of(lanes::atanh(a.to_f64()));
}

/// Functions that are near their argument where that is small, over it.
macro_rules! over {
    ($($name:ident $function:ident;)*) => {$(
        #[inline(always)]
        pub(super) fn $name<T: Real>(t: N<T>) -> N<T> {
            pick($function(t) / t, real(1.0), abs(t) <= u())
        }
    )*};
}

over! {
    expm1_over expm1;
    log1p_over log1p;
    sin_over sin;
    tan_over tan;
    asin_over asin;
    atan_over atan;
    sinh_over sinh;
    asinh_over asinh;
    atanh_over atanh;
}

/// `v`, which compilers for devices may not take apart. Rust's reassociates nothing.
#[inline(always)]
pub(super) fn sealed<T: Real>(v: N<T>) -> N<T> {
    v
}

/// What may underflow where this moves.
#[inline(always)]
pub(super) fn moved<T: Real>(d: N<T>) -> N<T> {
    pick(eta(), real(0.0), d == real(0.0))
}
