//! Instructions on whole rows. Each `match` is on the instruction, outside of the loop over lanes.

use crate::numeric::{Precision, Real, waves};

/// Lanes of a row: as many as a mask has bits.
pub(crate) const LANES: usize = 64;

type Numbers<T> = [T; LANES];
type Ints = [u32; LANES];

/// Between numbers and integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Convert {
    NumberToI32,
    NumberToU32,
    NumberToBool,
    I32ToNumber,
    U32ToNumber,
    /// Of f32: its bits, and the number that has them.
    NumberToBits,
    BitsToNumber,
}

impl Convert {
    pub(super) fn gives_number(self) -> bool {
        matches!(self, Convert::I32ToNumber | Convert::U32ToNumber | Convert::BitsToNumber)
    }
}

#[inline(always)]
pub(super) fn map<A: Copy, B>([a]: [&[A; LANES]; 1], to: &mut [B; LANES], f: impl Fn(A) -> B) {
    for lane in 0..LANES {
        to[lane] = f(a[lane]);
    }
}

#[inline(always)]
pub(super) fn zip<A: Copy, B>([a, b]: [&[A; LANES]; 2], to: &mut [B; LANES], f: impl Fn(A, A) -> B) {
    for lane in 0..LANES {
        to[lane] = f(a[lane], b[lane]);
    }
}

/// By a function of the standard library, in f64.
#[inline(always)]
pub(super) fn wide<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>, f: impl Fn(f64) -> f64) {
    map(a, to, |a| T::of(f(a.to_f64())));
}

/// A function of f64 that is SIMD code for arguments up to a size, by the standard library beyond: by the argument alone, whatever
/// stands in the other lanes.
#[inline(always)]
fn within<T: Real>(
    [a]: [&Numbers<T>; 1],
    to: &mut Numbers<T>,
    (most, fast): (f64, impl Fn(f64) -> f64),
    slow: impl Fn(f64) -> f64,
) {
    // NaN is not.
    let is_within = |x: f64| x.abs() <= most;
    let mut are_within = true;
    for lane in 0..LANES {
        let x = a[lane].to_f64();
        to[lane] = T::of(fast(x));
        are_within &= is_within(x);
    }
    if are_within {
        return;
    }
    for lane in 0..LANES {
        let x = a[lane].to_f64();
        if !is_within(x) {
            to[lane] = T::of(slow(x));
        }
    }
}

#[inline(always)]
pub(super) fn sin<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    within(a, to, (waves::MOST, waves::sin), f64::sin);
}

#[inline(always)]
pub(super) fn cos<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    within(a, to, (waves::MOST, waves::cos), f64::cos);
}

#[inline(always)]
pub(super) fn tan<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    within(a, to, (waves::MOST, waves::tan), f64::tan);
}

/// The library's loses half of its digits for small arguments.
pub(super) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    // ln(a + √(a²+1)) = ln(1 + a + a²/(1 + √(a²+1)))
    let log = if a < 1e8 {
        (a + a * a / (1.0 + (a * a + 1.0).sqrt())).ln_1p()
    } else {
        a.ln() + std::f64::consts::LN_2
    };
    log.copysign(x)
}

/// The library's, too, near 1.
pub(super) fn acosh(x: f64) -> f64 {
    let t = x - 1.0;
    if t < 1e8 { (t + (2.0 * t + t * t).sqrt()).ln_1p() } else { x.ln() + std::f64::consts::LN_2 }
}

pub(super) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    (0.5 * (2.0 * a / (1.0 - a)).ln_1p()).copysign(x)
}

/// The fast logarithm is for positive normal numbers.
#[inline(always)]
pub(super) fn log<T: Real>([a]: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    let mut is_plain = true;
    for lane in 0..LANES {
        is_plain &= a[lane] > T::ZERO && a[lane].is_normal();
    }
    if is_plain {
        map([a], to, Real::ln);
    } else {
        wide([a], to, f64::ln);
    }
}

/// NaN if any is NaN, unlike the standard library's.
#[inline(always)]
pub(super) fn least<T: Real>(a: T, b: T) -> T {
    let least = if b < a { b } else { a };
    if b.to_f64().is_nan() { b } else { least }
}

#[inline(always)]
pub(super) fn most<T: Real>(a: T, b: T) -> T {
    let most = if b > a { b } else { a };
    if b.to_f64().is_nan() { b } else { most }
}

#[inline(always)]
pub(super) fn between<T: Real>(a: T, low: T, high: T) -> T {
    least(most(a, low), high)
}

#[inline(always)]
pub(super) fn each<T: Real>([a, b, c]: [&Numbers<T>; 3], to: &mut Numbers<T>, f: impl Fn(T, T, T) -> T) {
    for lane in 0..LANES {
        to[lane] = f(a[lane], b[lane], c[lane]);
    }
}

/// base^exponent: by multiplication where that is as accurate as anything.
#[inline(always)]
pub(super) fn power<T: Real>(base: &Numbers<T>, exponent: &Ints, to: &mut Numbers<T>) {
    let first = exponent[0];
    if exponent.iter().fold(0, |any, &exponent| any | (exponent ^ first)) == 0 {
        // As below, and as SIMD code.
        match first as i32 {
            1 => return map([base], to, |a| a),
            2 => return map([base], to, |a| a * a),
            3 => return map([base], to, |a: T| T::of(a.to_f64() * (a.to_f64() * a.to_f64()))),
            _ => {}
        }
    }
    for lane in 0..LANES {
        let (base, exponent) = (base[lane].to_f64(), exponent[lane] as i32);
        let power = if exponent.abs() <= 3 { base.powi(exponent) } else { base.powf(f64::from(exponent)) };
        to[lane] = T::of(power);
    }
}

/// Declares operations, and what they do to rows.
macro_rules! operations {
    (
        $(#[$doc:meta])*
        $family:ident, $run:ident[$($generic:tt)*](from: $from:ty);
        $($op:ident $rule:ident($f:expr);)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum $family { $($op),* }

        #[inline(always)]
        pub(super) fn $run<$($generic)*>(op: $family, from: $from, to: &mut Ints) {
            match op { $($family::$op => $rule(from, to, $f)),* }
        }
    };
}

operations! {
    /// Of one integer; `S` of i32.
    IntUnary, int_unary[](from: [&Ints; 1]);
    Negate map(u32::wrapping_neg);
    Not map(|a| !a);
    LogicalNot map(|a| a ^ 1);
    AbsS map(|a| (a as i32).wrapping_abs() as u32);
    SignS map(|a| (a as i32).signum() as u32);
    CountOnes map(u32::count_ones);
    LeadingZeros map(u32::leading_zeros);
    TrailingZeros map(u32::trailing_zeros);
    ReverseBits map(u32::reverse_bits);
    ToBool map(|a| u32::from(a != 0));
}

operations! {
    /// Of two integers; `S` of i32, `U` of u32.
    IntBinary, int_binary[](from: [&Ints; 2]);
    Add zip(u32::wrapping_add);
    Subtract zip(u32::wrapping_sub);
    Multiply zip(u32::wrapping_mul);
    // By WGSL, a / 0 is a and a % 0 is 0.
    DivideS zip(|a, b| if b == 0 { a } else { (a as i32).wrapping_div(b as i32) as u32 });
    DivideU zip(|a, b| a.checked_div(b).unwrap_or(a));
    RemainderS zip(|a, b| if b == 0 { 0 } else { (a as i32).wrapping_rem(b as i32) as u32 });
    RemainderU zip(|a, b| a.checked_rem(b).unwrap_or(0));
    MinS zip(|a, b| (a as i32).min(b as i32) as u32);
    MinU zip(u32::min);
    MaxS zip(|a, b| (a as i32).max(b as i32) as u32);
    MaxU zip(u32::max);
    And zip(|a, b| a & b);
    Or zip(|a, b| a | b);
    Xor zip(|a, b| a ^ b);
    // By WGSL, modulo the width.
    ShiftLeft zip(u32::wrapping_shl);
    ShiftRightS zip(|a, b| (a as i32).wrapping_shr(b) as u32);
    ShiftRightU zip(u32::wrapping_shr);
    Equal zip(|a, b| u32::from(a == b));
    NotEqual zip(|a, b| u32::from(a != b));
    LessS zip(|a, b| u32::from((a as i32) < b as i32));
    LessU zip(|a, b| u32::from(a < b));
    LessEqualS zip(|a, b| u32::from(a as i32 <= b as i32));
    LessEqualU zip(|a, b| u32::from(a <= b));
}

operations! {
    /// Of two numbers, to a bool.
    Compare, compare[T: Real](from: [&Numbers<T>; 2]);
    Equal zip(|a, b| u32::from(a == b));
    NotEqual zip(|a, b| u32::from(a != b));
    Less zip(|a, b| u32::from(a < b));
    LessEqual zip(|a, b| u32::from(a <= b));
}

/// Numbers to integers: towards zero, held within their range, NaN to 0.
#[inline(always)]
pub(super) fn convert_to<T: Real>(op: Convert, a: &Numbers<T>, to: &mut Ints) {
    match op {
        // Held to the largest number of the precision that is in range, as devices do.
        Convert::NumberToU32 if T::PRECISION == Precision::F32 => {
            map([a], to, |a| a.to_f64().min(4_294_967_040.0) as u32);
        }
        Convert::NumberToI32 if T::PRECISION == Precision::F32 => {
            map([a], to, |a| a.to_f64().min(2_147_483_520.0) as i32 as u32);
        }
        Convert::NumberToU32 => map([a], to, |a| a.to_f64() as u32),
        Convert::NumberToBits => map([a], to, |a| (a.to_f64() as f32).to_bits()),
        Convert::NumberToBool => map([a], to, |a| u32::from(a != T::ZERO)),
        _ => map([a], to, |a| a.to_f64() as i32 as u32),
    }
}

#[inline(always)]
pub(super) fn convert_from<T: Real>(op: Convert, a: &Ints, to: &mut Numbers<T>) {
    match op {
        Convert::BitsToNumber => map([a], to, |a| T::of(f64::from(f32::from_bits(a)))),
        Convert::U32ToNumber => map([a], to, |a| T::of(f64::from(a))),
        _ => map([a], to, |a| T::of(f64::from(a as i32))),
    }
}
