//! Instructions on whole rows. Each `match` is on the instruction, outside of the loop over lanes.

use std::f64::consts::{LN_2, LOG2_E};

use crate::numeric::math::double;
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

/// A function of f64 that is SIMD code for some arguments, by the standard library for others: by the argument alone, whatever stands
/// in the other lanes.
#[inline(always)]
fn within<T: Real>(
    [a]: [&Numbers<T>; 1],
    to: &mut Numbers<T>,
    (is_within, fast): (impl Fn(f64) -> bool, impl Fn(f64) -> f64),
    slow: impl Fn(f64) -> f64,
) {
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
    within(a, to, (up_to(waves::MOST), waves::sin), f64::sin);
}

#[inline(always)]
pub(super) fn cos<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    within(a, to, (up_to(waves::MOST), waves::cos), f64::cos);
}

#[inline(always)]
pub(super) fn tan<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    within(a, to, (up_to(waves::MOST), waves::tan), f64::tan);
}

/// NaN is not.
#[inline(always)]
fn up_to(most: f64) -> impl Fn(f64) -> bool {
    move |x| x.abs() <= most
}

/// Functions that in f32 are SIMD code in f64, a few units in whose last place are nothing there; in f64 the standard library's.
macro_rules! single {
    ($($name:ident($x:ident) where $within:expr, $fast:expr, $slow:expr;)*) => {$(
        #[inline(always)]
        pub(super) fn $name<T: Real>(a: [&Numbers<T>; 1], to: &mut Numbers<T>) {
            if T::PRECISION == Precision::F32 {
                within(a, to, (|$x: f64| $within, |$x: f64| $fast), $slow);
            } else {
                wide(a, to, $slow);
            }
        }
    )*};
}

single! {
    exp2(x) where x.abs() <= 1000.0, double::exp(x * LN_2), f64::exp2;
    log2(x) where x > 0.0 && x < f64::INFINITY, double::ln(x) * LOG2_E, f64::log2;
    log1p(x) where x > -1.0 && x < f64::INFINITY, double::log1p(x), f64::ln_1p;
    sinh(x) where x.abs() <= 100.0, {
        let e = double::expm1(x.abs());
        (0.5 * (e + e / (e + 1.0))).copysign(x)
    }, f64::sinh;
    cosh(x) where x.abs() <= 100.0, {
        let e = double::exp(x.abs());
        0.5 * (e + 1.0 / e)
    }, f64::cosh;
    area_sinh(x) where x.abs() < 1e8, {
        let a = x.abs();
        double::log1p(a + a * a / (1.0 + (a * a + 1.0).sqrt())).copysign(x)
    }, asinh;
    area_cosh(x) where (1.0..1e8).contains(&x), {
        let t = x - 1.0;
        double::log1p(t + (2.0 * t + t * t).sqrt())
    }, acosh;
    area_tanh(x) where x.abs() < 1.0, {
        let a = x.abs();
        (0.5 * double::log1p(2.0 * a / (1.0 - a))).copysign(x)
    }, atanh;
}

/// base^exponent; in f32 e^(exponent·ln base) in f64 where both are what these take.
#[inline(always)]
pub(super) fn pow<T: Real>([base, exponent]: [&Numbers<T>; 2], to: &mut Numbers<T>) {
    let slow = |base: T, exponent: T| T::of(base.to_f64().powf(exponent.to_f64()));
    if T::PRECISION != Precision::F32 {
        return zip([base, exponent], to, slow);
    }
    // Not for NaN; results beyond are those of the library.
    let is_within =
        |base: T, exponent: T| base > T::ZERO && base.is_finite() && exponent.magnitude() <= T::of(1e3);
    let mut are_within = true;
    for lane in 0..LANES {
        let power = exponent[lane].to_f64() * double::ln(base[lane].to_f64());
        to[lane] = T::of(double::exp(power));
        are_within &= is_within(base[lane], exponent[lane]);
    }
    if are_within {
        return;
    }
    for lane in 0..LANES {
        if !is_within(base[lane], exponent[lane]) {
            to[lane] = slow(base[lane], exponent[lane]);
        }
    }
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
    if x < 1.0 {
        // Far below, t and its root would cancel.
        return f64::NAN;
    }
    let t = x - 1.0;
    if t < 1e8 { (t + (2.0 * t + t * t).sqrt()).ln_1p() } else { x.ln() + std::f64::consts::LN_2 }
}

pub(super) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    (0.5 * (2.0 * a / (1.0 - a)).ln_1p()).copysign(x)
}

/// The fast logarithm is for positive normal numbers: by the argument alone, whatever stands in the other lanes.
#[inline(always)]
pub(super) fn log<T: Real>([a]: [&Numbers<T>; 1], to: &mut Numbers<T>) {
    let is_plain = |x: T| x > T::ZERO && x.is_normal();
    let mut are_plain = true;
    for lane in 0..LANES {
        to[lane] = a[lane].ln();
        are_plain &= is_plain(a[lane]);
    }
    if are_plain {
        return;
    }
    for lane in 0..LANES {
        if !is_plain(a[lane]) {
            to[lane] = T::of(a[lane].to_f64().ln());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = (Numbers<f32>, Numbers<f32>);

    /// Off by so much of a unit in the last place of f32 at most, half of which is the rounding. 0 where both are the same, NaN too.
    fn off(got: f32, want: f64) -> f64 {
        let single = want as f32;
        if got == single || got.is_nan() && want.is_nan() {
            return 0.0;
        }
        let unit = f64::from(f32::from_bits(single.abs().to_bits() + 1)) - f64::from(single.abs());
        (f64::from(got) - want).abs() / unit
    }

    /// Over all of f32, at equal distances of bits: zeros, subnormal numbers, infinities and NaN are among them.
    #[test]
    fn functions_of_f32_are_those_of_f64_rounded() {
        type Function = fn([&Numbers<f32>; 1], &mut Numbers<f32>);
        type Case = (&'static str, Function, fn(f64) -> f64);
        let functions: [Case; 8] = [
            ("exp2", exp2, f64::exp2),
            ("log2", log2, f64::log2),
            ("log1p", log1p, f64::ln_1p),
            ("sinh", sinh, f64::sinh),
            ("cosh", cosh, f64::cosh),
            ("asinh", area_sinh, asinh),
            ("acosh", area_cosh, acosh),
            ("atanh", area_tanh, atanh),
        ];
        for (name, function, exact) in functions {
            let mut worst = (0.0, 0.0);
            let special = [0x7f80_0000, 0xff80_0000, 1 << 31];
            let bits: Vec<u32> = special.into_iter().chain((0..=u32::MAX).step_by(40_009)).collect();
            for bits in bits.chunks_exact(LANES) {
                let (mut a, mut to): Rows = ([0.0; LANES], [0.0; LANES]);
                a.iter_mut().zip(bits).for_each(|(a, &bits)| *a = f32::from_bits(bits));
                function([&a], &mut to);
                for (&a, &got) in a.iter().zip(&to) {
                    let off = off(got, exact(f64::from(a)));
                    worst = if off > worst.0 || off.is_nan() { (off, a) } else { worst };
                }
            }
            assert!(worst.0 <= 0.5 + 1e-6, "{name}: {} ulp at {:e}", worst.0, worst.1);
        }
    }

    /// What stands in other lanes, such as another point, changes no bit.
    #[test]
    fn functions_are_of_their_own_argument_alone() {
        type Function<T> = fn([&Numbers<T>; 1], &mut Numbers<T>);
        fn check<T: Real>(functions: &[Function<T>]) {
            let odd = [-1.0, 0.0, f64::NAN, f64::INFINITY, 1e-310, 1e9, 700.0, 0.99];
            for (which, function) in functions.iter().enumerate() {
                let plain: Numbers<T> = std::array::from_fn(|lane| T::of(0.013 * (lane + 1) as f64));
                let (mut alone, mut beside) = ([T::ZERO; LANES], [T::ZERO; LANES]);
                function([&plain], &mut alone);
                for (at, &other) in odd.iter().enumerate() {
                    let mut mixed = plain;
                    mixed[at * 7] = T::of(other);
                    function([&mixed], &mut beside);
                    let same =
                        (0..LANES).filter(|&lane| lane != at * 7).all(|lane| alone[lane] == beside[lane]);
                    assert!(same, "function {which} beside {other}");
                }
            }
        }
        check::<f32>(&[log, sin, cos, tan, exp2, log2, log1p, sinh, cosh, area_sinh, area_tanh]);
        check::<f64>(&[log, sin, cos, tan, exp2, log2, log1p, sinh, cosh, area_sinh, area_tanh]);
    }

    #[test]
    fn powers_of_f32_are_those_of_f64_rounded() {
        let special =
            [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e-44, 2e3];
        let mut pairs: Vec<[f32; 2]> = special.iter().flat_map(|&a| special.map(|b| [a, b])).collect();
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        for _ in 0..60_000 {
            pairs.push([f32::from_bits(next() >> 1), (f64::from(next()) / 2e8 - 10.0) as f32]);
        }
        for pairs in pairs.chunks(LANES) {
            let mut rows: [Numbers<f32>; 3] = [[1.0; LANES]; 3];
            for (lane, &[base, exponent]) in pairs.iter().enumerate() {
                (rows[0][lane], rows[1][lane]) = (base, exponent);
            }
            let [base, exponent, mut to] = rows;
            pow([&base, &exponent], &mut to);
            for lane in 0..pairs.len() {
                let want = f64::from(base[lane]).powf(f64::from(exponent[lane]));
                let off = off(to[lane], want);
                assert!(off <= 0.5 + 1e-6, "{:e}^{:e}: {off} ulp", base[lane], exponent[lane]);
            }
        }
    }
}
