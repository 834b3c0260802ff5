//! Numbers of several points side by side, so that a formula written once becomes SIMD code over points.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::numeric::Real;

/// A function of a point, written once for one number or many side by side: see [`Closure`](super::Closure).
pub trait Formula: Send + Sync {
    /// The value at `x`, which has one element a coordinate. Mark it `#[inline(always)]`: then it is compiled for the SIMD
    /// registers that the CPU turns out to have, else for the least that any has.
    fn value<N: Number>(&self, x: &[N]) -> N;
}

/// A function that is a sum of terms, each of which reads few coordinates (a *partially separable* function, Griewank and
/// Toint 1982): a difference along an axis evaluates only those terms that read it.
pub trait Separable: Send + Sync {
    /// The number of terms.
    fn terms(&self) -> usize;

    /// The coordinates that a term reads.
    fn reads(&self, term: usize) -> Vec<usize>;

    /// A term at `x`, which has one element a coordinate. Mark it `#[inline(always)]`.
    fn term<N: Number>(&self, term: usize, x: &[N]) -> N;
}

/// What a [`Formula`] is written in: one number, or one of each of several points.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// A constant.
    fn of(value: f64) -> Self;
    /// x·a + b, rounded once: one instruction where the CPU has it, as all of the last ten years do, slow elsewhere.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// √x
    fn sqrt(self) -> Self;
    /// |x|
    fn abs(self) -> Self;
    /// e^x
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// x^n
    fn powi(self, n: i32) -> Self;
    /// x^y
    fn powf(self, y: Self) -> Self;
}

macro_rules! number {
    ($($real:ident)*, $functions:tt) => {$(number!(@ $real $functions);)*};
    (@ $real:ident [$($name:ident($($argument:ident: $type:ty)?))*]) => {
        impl Number for $real {
            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $real
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                $real::mul_add(self, a, b)
            }
            $(
                #[inline(always)]
                fn $name(self $(, $argument: $type)?) -> Self {
                    $real::$name(self $(, $argument)?)
                }
            )*
        }
    };
}

number!(f32 f64, [sqrt() abs() exp() ln() tanh() sin() cos() powi(n: i32) powf(y: Self)]);

/// One number of each of `N` points. Arithmetic, `sqrt`, `abs`, `exp`, `ln` and `tanh` become SIMD code; `sin`, `cos` and
/// powers are computed number by number.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub(super) struct Pack<T, const N: usize>(pub(super) [T; N]);

// SAFETY: `repr(transparent)` over an array of f32 or f64.
#[allow(unsafe_code, reason = "rows of lanes are read as packs where they lie, without a copy")]
unsafe impl<T: Real, const N: usize> bytemuck::TransparentWrapper<[T; N]> for Pack<T, N> {}

/// Packs of a block of points: what is done once a block is shared by so many.
pub(super) const PACKS: usize = 4;

/// f64 of 8 points: one AVX-512 register, two AVX2 registers.
pub(super) type F64x8 = Pack<f64, 8>;

/// f32 of 16 points.
pub(super) type F32x16 = Pack<f32, 16>;

impl<T: Real, const N: usize> Pack<T, N> {
    /// Applies a function to each number.
    #[inline(always)]
    fn map(self, f: impl Fn(T) -> T) -> Self {
        let mut out = self.0;
        for value in &mut out {
            *value = f(*value);
        }
        Pack(out)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(T, T) -> T) -> Self {
        let mut out = self.0;
        for (value, other) in out.iter_mut().zip(other.0) {
            *value = f(*value, other);
        }
        Pack(out)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<T: Real, const N: usize> $trait for Pack<T, N> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, |a, b| a.$method(b))
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<T: Real, const N: usize> Neg for Pack<T, N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}

impl<T: Real, const N: usize> AddAssign for Pack<T, N> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

macro_rules! pack {
    ($($name:ident = $function:expr;)*) => {
        impl<T: Real, const N: usize> Number for Pack<T, N> {
            $(
                #[inline(always)]
                fn $name(self) -> Self {
                    self.map($function)
                }
            )*
            #[inline(always)]
            fn of(value: f64) -> Self {
                Pack([T::of(value); N])
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                let mut out = self.0;
                for i in 0..N {
                    out[i] = out[i].mul_add(a.0[i], b.0[i]);
                }
                Pack(out)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                let is_plain = self.0.iter().all(|value| *value > T::ZERO && value.is_normal());
                // The fast one is for positive normal numbers.
                if is_plain { self.map(T::ln) } else { self.map(|value| T::of(value.to_f64().ln())) }
            }
            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                self.map(|value| T::of(value.to_f64().powi(n)))
            }
            #[inline(always)]
            fn powf(self, y: Self) -> Self {
                self.zip(y, |a, b| T::of(a.to_f64().powf(b.to_f64())))
            }
        }
    };
}

pack! {
    sqrt = T::sqrt;
    abs = T::magnitude;
    exp = T::exp;
    tanh = T::tanh;
    sin = |value| T::of(value.to_f64().sin());
    cos = |value| T::of(value.to_f64().cos());
}
