//! Numbers of some 75 digits, on top of the crate `astro-float`: arithmetic, the usual functions, and ways to and from f64.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::f64::consts as double;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::special::special;
use astro_float::{BigFloat, Consts, Radix, RoundingMode, Sign};

/// Bits of every result.
const BITS: usize = 256;
const ROUNDING: RoundingMode = RoundingMode::ToEven;
/// Characters of a decimal beyond those that anyone writes for a number of f32.
const LONG: usize = 13;

thread_local! {
    /// π, ln 2 and the like, as far as they have been computed.
    static CONSTANTS: RefCell<Consts> = RefCell::new(Consts::new().expect("memory for constants"));
}

/// A number, perhaps infinite or NaN.
#[derive(Clone, Debug)]
pub struct Number(BigFloat);

macro_rules! operators {
    ($($trait:ident $name:ident),*) => {$(
        impl $trait for &Number {
            type Output = Number;
            fn $name(self, other: &Number) -> Number {
                Number(self.0.$name(&other.0, BITS, ROUNDING))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for &Number {
    type Output = Number;
    fn neg(self) -> Number {
        Number(BigFloat::neg(&self.0))
    }
}

macro_rules! functions {
    ($($name:ident),*) => {$(
        pub fn $name(&self) -> Number {
            CONSTANTS.with_borrow_mut(|constants| Number(self.0.$name(BITS, ROUNDING, constants)))
        }
    )*};
}

impl Number {
    functions!(exp, ln, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh);

    /// This f64, exactly.
    pub fn of(value: f64) -> Number {
        Number(BigFloat::from_f64(value, BITS))
    }

    pub fn nan() -> Number {
        Number(BigFloat::nan(None))
    }

    pub fn pi() -> Number {
        CONSTANTS.with_borrow_mut(|constants| Number(constants.pi(BITS, ROUNDING)))
    }

    /// The decimal that was written where an f64 was read: the shortest that gives this f64. π, e and the like, which are
    /// written with all digits of an f64, are the constants themselves; and so is a number of f32 that takes more digits
    /// than anyone writes.
    pub fn written(value: f64) -> Number {
        let digits = format!("{value:e}");
        let long = digits.find('e').is_some_and(|end| end > LONG);
        if long && f64::from(value as f32) == value {
            return Number::of(value);
        }
        if let Some(constant) = constant(value.abs()) {
            return if value < 0.0 { -&constant } else { constant };
        }
        CONSTANTS.with_borrow_mut(|constants| {
            Number(BigFloat::parse(&digits, Radix::Dec, BITS, ROUNDING, constants))
        })
    }

    pub fn sqrt(&self) -> Number {
        Number(self.0.sqrt(BITS, ROUNDING))
    }

    /// Bits that are lost when 1 is added.
    fn behind_one(&self) -> usize {
        self.0.exponent().map_or(0, |exponent| (-i64::from(exponent)).clamp(0, 8192) as usize)
    }

    /// e^x - 1, to all digits.
    pub fn expm1(&self) -> Number {
        let bits = BITS + 64 + self.behind_one();
        CONSTANTS.with_borrow_mut(|constants| {
            let power = self.0.exp(bits, ROUNDING, constants);
            Number(power.sub(&BigFloat::from_f64(1.0, bits), BITS, ROUNDING))
        })
    }

    /// ln(1 + x), to all digits.
    pub fn log1p(&self) -> Number {
        let bits = BITS + 64 + self.behind_one();
        let sum = self.0.add(&BigFloat::from_f64(1.0, bits), bits, ROUNDING);
        CONSTANTS.with_borrow_mut(|constants| Number(sum.ln(BITS, ROUNDING, constants)))
    }

    /// The special function of this name, and its first two derivatives.
    pub fn special(&self, name: &str) -> Option<[Number; 3]> {
        Some(special(name, &self.0)?.map(Number))
    }

    /// x^n by multiplication.
    pub fn powi(&self, n: i64) -> Number {
        let power = Number(self.0.powi(n.unsigned_abs() as usize, BITS + 64, ROUNDING));
        if n < 0 { &Number::of(1.0) / &power } else { &power * &Number::of(1.0) }
    }

    /// x^y; NaN for a negative base and an exponent that is no whole number.
    pub fn pow(&self, exponent: &Number) -> Number {
        let whole = exponent.floor().to_f64();
        if exponent.is_whole() && whole.abs() < 1e6 {
            return self.powi(whole as i64);
        }
        match self.sign() {
            Ordering::Greater => (exponent * &self.ln()).exp(),
            Ordering::Less => Number::nan(),
            Ordering::Equal if exponent.sign() == Ordering::Greater => Number::of(0.0),
            Ordering::Equal => &Number::of(1.0) / &Number::of(0.0),
        }
    }

    pub fn floor(&self) -> Number {
        Number(self.0.floor())
    }

    /// The nearest whole number, the even one of two.
    pub fn round(&self) -> Number {
        let below = self.floor();
        let (rest, half) = (self - &below, Number::of(0.5));
        let above = &below + &Number::of(1.0);
        match rest.compare(&half) {
            Some(Ordering::Less) => below,
            Some(Ordering::Equal) if (&below * &half).is_whole() => below,
            _ => above,
        }
    }

    pub fn is_whole(&self) -> bool {
        self.compare(&self.floor()) == Some(Ordering::Equal)
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    pub fn is_finite(&self) -> bool {
        !(self.0.is_nan() || self.0.is_inf())
    }

    /// Against another; nothing where one is NaN.
    pub fn compare(&self, other: &Number) -> Option<Ordering> {
        self.0.cmp(&other.0).map(|sign| sign.cmp(&0))
    }

    /// Against 0; NaN counts as 0.
    pub fn sign(&self) -> Ordering {
        match (self.0.is_zero() || self.0.is_nan(), self.0.sign()) {
            (false, Some(Sign::Pos)) => Ordering::Greater,
            (false, Some(Sign::Neg)) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }

    /// The nearest f64.
    pub fn to_f64(&self) -> f64 {
        if self.0.is_nan() {
            return f64::NAN;
        }
        let sign = if self.sign() == Ordering::Less { -1.0 } else { 1.0 };
        let Some((words, _, _, exponent, _)) = self.0.as_raw_parts() else { return sign * f64::INFINITY };
        // 0.w × 2^exponent. Of the lower words it matters only whether there is anything in them.
        let Some((&top, rest)) = words.split_last() else { return 0.0 };
        let sticky = rest.iter().any(|&word| word != 0);
        let mantissa = (top | u64::from(sticky)) as f64;
        let scale = (i64::from(exponent) - 64).clamp(-4000, 4000) as i32;
        // In factors that are numbers themselves.
        let (each, more) = (scale.div_euclid(4), scale.rem_euclid(4));
        (0..4).fold(sign * mantissa, |value, part| value * 2f64.powi(each + i32::from(part < more)))
    }

    /// The nearest f64, and the nearest of what is left.
    pub fn to_pair(&self) -> (f64, f64) {
        let high = self.to_f64();
        (high, if high.is_finite() { (self - &Number::of(high)).to_f64() } else { 0.0 })
    }
}

/// The constant whose nearest f64 this is.
fn constant(value: f64) -> Option<Number> {
    let over = |a: Number, b: f64| &a / &Number::of(b);
    let inverse = |a: Number| &Number::of(1.0) / &a;
    let log = |value: f64| Number::of(value).ln();
    Some(match value {
        double::PI => Number::pi(),
        double::TAU => &Number::pi() * &Number::of(2.0),
        double::FRAC_PI_2 => over(Number::pi(), 2.0),
        double::FRAC_PI_3 => over(Number::pi(), 3.0),
        double::FRAC_PI_4 => over(Number::pi(), 4.0),
        double::FRAC_PI_6 => over(Number::pi(), 6.0),
        double::FRAC_PI_8 => over(Number::pi(), 8.0),
        double::FRAC_1_PI => inverse(Number::pi()),
        double::FRAC_2_PI => inverse(over(Number::pi(), 2.0)),
        double::E => Number::of(1.0).exp(),
        double::LN_2 => log(2.0),
        double::LN_10 => log(10.0),
        double::LOG2_E => inverse(log(2.0)),
        double::LOG10_E => inverse(log(10.0)),
        double::SQRT_2 => Number::of(2.0).sqrt(),
        double::FRAC_1_SQRT_2 => Number::of(0.5).sqrt(),
        _ => return None,
    })
}
