//! The arithmetic that kernels need from a working precision.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::{Precision, math};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A working precision as a type: `f32` or `f64`.
///
/// The transcendental functions are this crate's own, free of branches, so that a loop over
/// samples becomes SIMD code; those of f32 are the shaders' formulas (`shaders/prelude/math_f32.wgsl`).
pub trait Real:
    sealed::Sealed
    + bytemuck::Pod
    + PartialOrd
    + Default
    + Debug
    + Display
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// The same fact as a value.
    const PRECISION: Precision;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The largest finite number.
    const LARGEST: f64;
    /// The least positive normal number.
    const LEAST: f64;

    /// Rounds to this precision.
    fn of(value: f64) -> Self;
    /// Widens, exactly.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Finite, not zero and not subnormal (GPUs may flush subnormal numbers to zero).
    fn is_normal(self) -> bool;
    /// |x|
    #[inline(always)]
    fn magnitude(self) -> Self {
        if self < Self::ZERO { -self } else { self }
    }
    /// The larger of two numbers; NaN if `self` is NaN.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self < other { other } else { self }
    }
    /// self·a + b, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// The power of two at or below a positive normal number: its bits but for the mantissa's.
    fn binade(self) -> Self;
    /// The inverse of a power of two of moderate size.
    fn inverse_power(self) -> Self;
    /// √x
    fn sqrt(self) -> Self;
    /// The largest whole number that is not above.
    fn floor(self) -> Self;
    /// The nearest whole number, the even one of two.
    fn round_ties_even(self) -> Self;
    /// e^x.
    fn exp(self) -> Self;
    /// Natural logarithm of a positive normal number.
    fn ln(self) -> Self;
    /// e^x - 1, accurate relative to the result.
    fn exp_m1(self) -> Self;
    /// e^x - 1 for |x| <= ln(2)/2.
    fn exp_m1_near(self) -> Self;
    /// ln(1 + x), accurate relative to the result.
    fn ln_1p(self) -> Self;
    /// ln(1 + x) for x in [-½, 1].
    fn ln_1p_near(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
}

/// Implements [`Real`] for a format: its bits, the mask of its exponent, and the bits of 2^b·2^-b for the inverse of a power
/// of two.
macro_rules! real {
    ($real:ident, $precision:ident, $math:ident, $mask:literal, $inverse:expr) => {
        impl Real for $real {
            const PRECISION: Precision = Precision::$precision;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const LARGEST: f64 = $real::MAX as f64;
            const LEAST: f64 = $real::MIN_POSITIVE as f64;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $real
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $real::is_finite(self)
            }
            #[inline(always)]
            fn is_normal(self) -> bool {
                $real::is_normal(self)
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                $real::mul_add(self, a, b)
            }
            #[inline(always)]
            fn binade(self) -> Self {
                $real::from_bits(self.to_bits() & $mask)
            }
            #[inline(always)]
            fn inverse_power(self) -> Self {
                $real::from_bits(($inverse).wrapping_sub(self.to_bits()))
            }
            real!(by $real: sqrt, floor, round_ties_even);
            real!(by math::$math: exp = exp, ln = ln, exp_m1 = expm1, exp_m1_near = expm1_near, ln_1p = log1p,
                ln_1p_near = log1p_near, tanh = tanh);
        }
    };
    (by $real:ident: $($name:ident),*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            $real::$name(self)
        }
    )*};
    (by math::$math:ident: $($name:ident = $function:ident),*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            math::$math::$function(self)
        }
    )*};
}

real!(f32, F32, single, 0x7f80_0000, 254u32 << 23);
real!(f64, F64, double, 0x7ff0_0000_0000_0000, 2046u64 << 52);
