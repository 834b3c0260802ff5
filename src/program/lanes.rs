//! Instructions on whole rows. Each `match` is on the instruction, outside of the loop over lanes.

use super::code::{Binary, Compare, Convert, IntBinary, IntUnary, Ternary, Unary};
use crate::numeric::{Precision, Real};

/// Lanes of a row: as many as a mask has bits.
pub(crate) const LANES: usize = 64;

type Numbers<T> = [T; LANES];
type Ints = [u32; LANES];

impl Convert {
    pub(super) fn gives_number(self) -> bool {
        matches!(self, Convert::I32ToNumber | Convert::U32ToNumber)
    }
}

#[inline(always)]
fn map<A: Copy, B>(a: &[A; LANES], to: &mut [B; LANES], f: impl Fn(A) -> B) {
    for lane in 0..LANES {
        to[lane] = f(a[lane]);
    }
}

#[inline(always)]
fn zip<A: Copy, B>(a: &[A; LANES], b: &[A; LANES], to: &mut [B; LANES], f: impl Fn(A, A) -> B) {
    for lane in 0..LANES {
        to[lane] = f(a[lane], b[lane]);
    }
}

/// By a function of the standard library, in f64.
#[inline(always)]
fn wide<T: Real>(a: &Numbers<T>, to: &mut Numbers<T>, f: impl Fn(f64) -> f64) {
    map(a, to, |a| T::of(f(a.to_f64())));
}

#[inline(always)]
pub(super) fn unary<T: Real>(op: Unary, a: &Numbers<T>, to: &mut Numbers<T>) {
    match op {
        Unary::Negate => map(a, to, |a| -a),
        Unary::Abs => map(a, to, Real::magnitude),
        Unary::Sign => map(a, to, |a| {
            let positive = if a > T::ZERO { T::ONE } else { a };
            // 0 and NaN stay what they are.
            if a < T::ZERO { -T::ONE } else { positive }
        }),
        Unary::Floor => map(a, to, Real::floor),
        Unary::Ceil => map(a, to, |a| -(-a).floor()),
        Unary::Round => map(a, to, Real::round_ties_even),
        Unary::Trunc => map(a, to, |a| if a < T::ZERO { -(-a).floor() } else { a.floor() }),
        Unary::Fract => map(a, to, |a| a - a.floor()),
        Unary::Sqrt => map(a, to, Real::sqrt),
        Unary::InverseSqrt => map(a, to, |a| T::ONE / a.sqrt()),
        Unary::Exp => map(a, to, Real::exp),
        Unary::Exp2 => wide(a, to, f64::exp2),
        // Subtracting 1 changes nothing any more, and e^x stays finite a little longer.
        Unary::Expm1 => map(a, to, |a| if a > T::of(40.0) { a.exp() } else { a.exp_m1() }),
        Unary::Log => log(a, to),
        Unary::Log2 => wide(a, to, f64::log2),
        Unary::Log1p => wide(a, to, f64::ln_1p),
        Unary::Sin => wide(a, to, f64::sin),
        Unary::Cos => wide(a, to, f64::cos),
        Unary::Tan => wide(a, to, f64::tan),
        Unary::Asin => wide(a, to, f64::asin),
        Unary::Acos => wide(a, to, f64::acos),
        Unary::Atan => wide(a, to, f64::atan),
        Unary::Sinh => wide(a, to, f64::sinh),
        Unary::Cosh => wide(a, to, f64::cosh),
        Unary::Tanh => map(a, to, Real::tanh),
        Unary::Asinh => wide(a, to, asinh),
        Unary::Acosh => wide(a, to, acosh),
        Unary::Atanh => wide(a, to, atanh),
        Unary::Sigmoid => map(a, to, |a| T::ONE / (T::ONE + (-a).exp())),
        Unary::Relu => map(a, to, |a| if a < T::ZERO { T::ZERO } else { a }),
        Unary::Softplus => {
            map(a, to, |a| if a < T::ZERO { T::ZERO } else { a } + (-a.magnitude()).exp().ln_1p_near());
        }
        Unary::Degrees => map(a, to, |a| a * T::of(180.0 / std::f64::consts::PI)),
        Unary::Radians => map(a, to, |a| a * T::of(std::f64::consts::PI / 180.0)),
        Unary::Saturate => map(a, to, |a| between(a, T::ZERO, T::ONE)),
        Unary::Single => map(a, to, |a| T::of(f64::from(a.to_f64() as f32))),
    }
}

/// The library's loses half of its digits for small arguments.
fn asinh(x: f64) -> f64 {
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
fn acosh(x: f64) -> f64 {
    let t = x - 1.0;
    if t < 1e8 { (t + (2.0 * t + t * t).sqrt()).ln_1p() } else { x.ln() + std::f64::consts::LN_2 }
}

fn atanh(x: f64) -> f64 {
    let a = x.abs();
    (0.5 * (2.0 * a / (1.0 - a)).ln_1p()).copysign(x)
}

/// The fast logarithm is for positive normal numbers.
#[inline(always)]
fn log<T: Real>(a: &Numbers<T>, to: &mut Numbers<T>) {
    let mut is_plain = true;
    for lane in 0..LANES {
        is_plain &= a[lane] > T::ZERO && a[lane].is_normal();
    }
    if is_plain {
        map(a, to, Real::ln);
    } else {
        wide(a, to, f64::ln);
    }
}

/// NaN if any is NaN, unlike the standard library's.
#[inline(always)]
fn least<T: Real>(a: T, b: T) -> T {
    let least = if b < a { b } else { a };
    if b.to_f64().is_nan() { b } else { least }
}

#[inline(always)]
fn most<T: Real>(a: T, b: T) -> T {
    let most = if b > a { b } else { a };
    if b.to_f64().is_nan() { b } else { most }
}

#[inline(always)]
fn between<T: Real>(a: T, low: T, high: T) -> T {
    least(most(a, low), high)
}

#[inline(always)]
pub(super) fn binary<T: Real>(op: Binary, a: &Numbers<T>, b: &Numbers<T>, to: &mut Numbers<T>) {
    match op {
        Binary::Add => zip(a, b, to, |a, b| a + b),
        Binary::Subtract => zip(a, b, to, |a, b| a - b),
        Binary::Multiply => zip(a, b, to, |a, b| a * b),
        Binary::Divide => zip(a, b, to, |a, b| a / b),
        Binary::Remainder => zip(a, b, to, |a, b| T::of(a.to_f64() % b.to_f64())),
        Binary::Min => zip(a, b, to, least),
        Binary::Max => zip(a, b, to, most),
        Binary::Step => zip(a, b, to, |edge, x| if edge <= x { T::ONE } else { T::ZERO }),
        Binary::Atan2 => zip(a, b, to, |a, b| T::of(a.to_f64().atan2(b.to_f64()))),
        Binary::Pow => zip(a, b, to, |a, b| T::of(a.to_f64().powf(b.to_f64()))),
    }
}

#[inline(always)]
pub(super) fn ternary<T: Real>(
    op: Ternary,
    a: &Numbers<T>,
    b: &Numbers<T>,
    c: &Numbers<T>,
    to: &mut Numbers<T>,
) {
    for lane in 0..LANES {
        let (a, b, c) = (a[lane], b[lane], c[lane]);
        to[lane] = match op {
            Ternary::Fma => a * b + c,
            Ternary::Mix => a * (T::ONE - c) + b * c,
            Ternary::Clamp => between(a, b, c),
            Ternary::SmoothStep => {
                let t = between((c - a) / (b - a), T::ZERO, T::ONE);
                t * t * (T::of(3.0) - T::of(2.0) * t)
            }
        };
    }
}

/// base^exponent: by multiplication where that is as accurate as anything.
#[inline(always)]
pub(super) fn power<T: Real>(base: &Numbers<T>, exponent: &Ints, to: &mut Numbers<T>) {
    for lane in 0..LANES {
        let (base, exponent) = (base[lane].to_f64(), exponent[lane] as i32);
        let power = if exponent.abs() <= 3 { base.powi(exponent) } else { base.powf(f64::from(exponent)) };
        to[lane] = T::of(power);
    }
}

#[inline(always)]
pub(super) fn int_unary(op: IntUnary, a: &Ints, to: &mut Ints) {
    match op {
        IntUnary::Negate => map(a, to, u32::wrapping_neg),
        IntUnary::Not => map(a, to, |a| !a),
        IntUnary::LogicalNot => map(a, to, |a| a ^ 1),
        IntUnary::Abs => map(a, to, |a| (a as i32).wrapping_abs() as u32),
        IntUnary::Sign => map(a, to, |a| (a as i32).signum() as u32),
        IntUnary::CountOnes => map(a, to, u32::count_ones),
        IntUnary::LeadingZeros => map(a, to, u32::leading_zeros),
        IntUnary::TrailingZeros => map(a, to, u32::trailing_zeros),
        IntUnary::ReverseBits => map(a, to, u32::reverse_bits),
        IntUnary::ToBool => map(a, to, |a| u32::from(a != 0)),
    }
}

#[inline(always)]
pub(super) fn int_binary(op: IntBinary, a: &Ints, b: &Ints, to: &mut Ints) {
    let signed = |f: fn(i32, i32) -> bool| move |a: u32, b: u32| u32::from(f(a as i32, b as i32));
    match op {
        IntBinary::Add => zip(a, b, to, u32::wrapping_add),
        IntBinary::Subtract => zip(a, b, to, u32::wrapping_sub),
        IntBinary::Multiply => zip(a, b, to, u32::wrapping_mul),
        // By WGSL, a / 0 is a and a % 0 is 0.
        IntBinary::DivideS => zip(a, b, to, |a, b| match b {
            0 => a,
            b => (a as i32).wrapping_div(b as i32) as u32,
        }),
        IntBinary::DivideU => zip(a, b, to, |a, b| a.checked_div(b).unwrap_or(a)),
        IntBinary::RemainderS => zip(a, b, to, |a, b| match b {
            0 => 0,
            b => (a as i32).wrapping_rem(b as i32) as u32,
        }),
        IntBinary::RemainderU => zip(a, b, to, |a, b| a.checked_rem(b).unwrap_or(0)),
        IntBinary::MinS => zip(a, b, to, |a, b| (a as i32).min(b as i32) as u32),
        IntBinary::MinU => zip(a, b, to, u32::min),
        IntBinary::MaxS => zip(a, b, to, |a, b| (a as i32).max(b as i32) as u32),
        IntBinary::MaxU => zip(a, b, to, u32::max),
        IntBinary::And => zip(a, b, to, |a, b| a & b),
        IntBinary::Or => zip(a, b, to, |a, b| a | b),
        IntBinary::Xor => zip(a, b, to, |a, b| a ^ b),
        // By WGSL, modulo the width.
        IntBinary::ShiftLeft => zip(a, b, to, u32::wrapping_shl),
        IntBinary::ShiftRightS => zip(a, b, to, |a, b| (a as i32).wrapping_shr(b) as u32),
        IntBinary::ShiftRightU => zip(a, b, to, u32::wrapping_shr),
        IntBinary::Equal => zip(a, b, to, |a, b| u32::from(a == b)),
        IntBinary::NotEqual => zip(a, b, to, |a, b| u32::from(a != b)),
        IntBinary::LessS => zip(a, b, to, signed(|a, b| a < b)),
        IntBinary::LessU => zip(a, b, to, |a, b| u32::from(a < b)),
        IntBinary::LessEqualS => zip(a, b, to, signed(|a, b| a <= b)),
        IntBinary::LessEqualU => zip(a, b, to, |a, b| u32::from(a <= b)),
    }
}

#[inline(always)]
pub(super) fn compare<T: Real>(op: Compare, a: &Numbers<T>, b: &Numbers<T>, to: &mut Ints) {
    match op {
        Compare::Equal => zip(a, b, to, |a, b| u32::from(a == b)),
        Compare::NotEqual => zip(a, b, to, |a, b| u32::from(a != b)),
        Compare::Less => zip(a, b, to, |a, b| u32::from(a < b)),
        Compare::LessEqual => zip(a, b, to, |a, b| u32::from(a <= b)),
    }
}

/// Numbers to integers: towards zero, held within their range, NaN to 0.
#[inline(always)]
pub(super) fn convert_to<T: Real>(op: Convert, a: &Numbers<T>, to: &mut Ints) {
    match op {
        // Held to the largest number of the precision that is in range, as devices do.
        Convert::NumberToU32 if T::PRECISION == Precision::F32 => {
            map(a, to, |a| a.to_f64().min(4_294_967_040.0) as u32);
        }
        Convert::NumberToI32 if T::PRECISION == Precision::F32 => {
            map(a, to, |a| a.to_f64().min(2_147_483_520.0) as i32 as u32);
        }
        Convert::NumberToU32 => map(a, to, |a| a.to_f64() as u32),
        Convert::NumberToBool => map(a, to, |a| u32::from(a != T::ZERO)),
        _ => map(a, to, |a| a.to_f64() as i32 as u32),
    }
}

#[inline(always)]
pub(super) fn convert_from<T: Real>(op: Convert, a: &Ints, to: &mut Numbers<T>) {
    match op {
        Convert::U32ToNumber => map(a, to, |a| T::of(f64::from(a))),
        _ => map(a, to, |a| T::of(f64::from(a as i32))),
    }
}
