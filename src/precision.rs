//! The working precision, and the arithmetic that kernels need from it.

use std::fmt::{self, Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};
use std::str::FromStr;

use crate::error::Error;
use crate::math;

/// The floating-point format in which an objective is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// IEEE binary32: what every GPU has.
    F32,
    /// IEEE binary64: the CPU engine.
    F64,
}

impl Precision {
    /// The distance from 1 to the next larger number.
    pub fn epsilon(self) -> f64 {
        match self {
            Precision::F32 => f64::from(f32::EPSILON),
            Precision::F64 => f64::EPSILON,
        }
    }

    /// The least and the largest step of increments: beyond, products with it underflow, or x + h is next to infinity.
    pub(crate) fn increments(self) -> (f64, f64) {
        match self {
            Precision::F32 => (2f64.powi(-60), 2f64.powi(110)),
            Precision::F64 => (2f64.powi(-500), 2f64.powi(1000)),
        }
    }
}

impl Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        })
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "f32" => Ok(Precision::F32),
            "f64" => Ok(Precision::F64),
            _ => Err(Error::usage(format!("unknown precision `{text}`: it is f32 or f64"))),
        }
    }
}

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

impl Real for f32 {
    const PRECISION: Precision = Precision::F32;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LARGEST: f64 = f32::MAX as f64;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }
    #[inline(always)]
    fn is_normal(self) -> bool {
        f32::is_normal(self)
    }
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f32::mul_add(self, a, b)
    }
    #[inline(always)]
    fn binade(self) -> Self {
        f32::from_bits(self.to_bits() & 0x7f80_0000)
    }
    #[inline(always)]
    fn inverse_power(self) -> Self {
        f32::from_bits((254u32 << 23).wrapping_sub(self.to_bits()))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        f32::floor(self)
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        f32::round_ties_even(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        math::single::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        math::single::ln(self)
    }
    #[inline(always)]
    fn exp_m1(self) -> Self {
        math::single::expm1(self)
    }
    #[inline(always)]
    fn exp_m1_near(self) -> Self {
        math::single::expm1_near(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        math::single::log1p(self)
    }
    #[inline(always)]
    fn ln_1p_near(self) -> Self {
        math::single::log1p_near(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        math::single::tanh(self)
    }
}

impl Real for f64 {
    const PRECISION: Precision = Precision::F64;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LARGEST: f64 = f64::MAX;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
    #[inline(always)]
    fn is_normal(self) -> bool {
        f64::is_normal(self)
    }
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f64::mul_add(self, a, b)
    }
    #[inline(always)]
    fn binade(self) -> Self {
        f64::from_bits(self.to_bits() & 0x7ff0_0000_0000_0000)
    }
    #[inline(always)]
    fn inverse_power(self) -> Self {
        f64::from_bits((2046u64 << 52).wrapping_sub(self.to_bits()))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        f64::floor(self)
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        f64::round_ties_even(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        math::double::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        math::double::ln(self)
    }
    #[inline(always)]
    fn exp_m1(self) -> Self {
        math::double::expm1(self)
    }
    #[inline(always)]
    fn exp_m1_near(self) -> Self {
        math::double::expm1_near(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        math::double::log1p(self)
    }
    #[inline(always)]
    fn ln_1p_near(self) -> Self {
        math::double::log1p_near(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        math::double::tanh(self)
    }
}
