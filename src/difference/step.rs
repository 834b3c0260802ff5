//! How far to step.

use std::fmt;
use std::str::FromStr;

use super::Scheme;
use super::rounds::FIRST;
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real, power_of_two, vector};

/// The step h along each axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Chosen for each component: quotients at several steps are extrapolated, and components have error
    /// bars. For direct differences; increments, which lose nothing to a small step, take their default.
    Auto,
    /// The same h everywhere, as in textbooks. In f64 the quotient divides by h or 2h exactly as written; in f32,
    /// where x+h may be off by a thousandth of h, it divides by the distance between the two rounded points.
    Fixed(f64),
    /// h = 2^exponent · 2^floor(log2 max(1, |x|)): relative to the coordinate, and a power of two, so that x+h is
    /// exact (at worst one rounding where x+h passes a power of two) and nothing is lost in the denominator.
    Relative {
        /// The binary logarithm of the step for |x| < 2.
        exponent: i32,
    },
}

/// The steps h of increments, along each axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps<'a, T> {
    /// The same along all axes.
    Uniform(T),
    /// One an axis.
    Each(&'a [T]),
}

impl<T: Real> Steps<'_, T> {
    /// The step along `axis`.
    #[inline]
    pub fn at(&self, axis: usize) -> T {
        match self {
            Steps::Uniform(h) => *h,
            Steps::Each(steps) => steps[axis],
        }
    }
}

impl Step {
    /// The fixed step that balances truncation against rounding for an objective of ordinary scale: ε^(1/(p+1)) for a
    /// quotient of order p, so about √ε for one-sided ones and ∛ε for the central one.
    pub fn default_for(scheme: Scheme, order: usize, precision: Precision) -> Self {
        Self::default_for_derivative(1, scheme, order, precision)
    }

    /// The same for the `derivative`-th derivative: ε^(1/(p+d)), since noise in f is divided by h^d.
    pub(crate) fn default_for_derivative(
        derivative: usize,
        scheme: Scheme,
        order: usize,
        precision: Precision,
    ) -> Self {
        let exponent = match (precision, scheme, order) {
            // A little more than ∛ε, since sums add their own noise: of the powers of two, 2^-8 had the lowest median error over
            // 53 standard problems.
            (Precision::F32, Scheme::Central, 2) if derivative == 1 => -8,
            _ => (precision.epsilon().log2() / (order + derivative) as f64).round() as i32,
        };
        Step::Relative { exponent }
    }

    /// The step for increments, which lose nothing to a small one: so small that its truncation error is below rounding,
    /// for arguments that are hundreds of times as steep too.
    pub fn default_for_increments(scheme: Scheme, precision: Precision) -> Self {
        let exponent = match (precision, scheme) {
            (Precision::F32, Scheme::Central) => -20,
            (Precision::F32, _) => -30,
            (Precision::F64, Scheme::Central) => -40,
            (Precision::F64, _) => -60,
        };
        Step::Relative { exponent }
    }

    /// The step for slopes that are carried through a formula: 2^-60 in f32 and 2^-80 in f64, relative to the coordinate, at
    /// which what h adds is far below the rounding of any operation.
    pub fn default_for_slopes(precision: Precision) -> Self {
        let exponent = match precision {
            Precision::F32 => -60,
            Precision::F64 => -80,
        };
        Step::Relative { exponent }
    }

    /// A fixed step.
    ///
    /// # Errors
    /// [`Error::Step`] unless h is finite and greater than 0.
    pub fn fixed(h: f64) -> Result<Self> {
        if h.is_finite() && h > 0.0 { Ok(Step::Fixed(h)) } else { Err(Error::Step { step: h }) }
    }

    /// A step of 2^exponent relative to max(1, |x|).
    ///
    /// # Errors
    /// [`Error::Usage`] unless -1000 <= exponent <= 100.
    pub fn relative(exponent: i32) -> Result<Self> {
        if (-1000..=100).contains(&exponent) {
            Ok(Step::Relative { exponent })
        } else {
            Err(Error::usage(format!(
                "relative step 2^{exponent}: the exponent must lie between -1000 and 100"
            )))
        }
    }

    /// The step at coordinate `x`; of [`Step::Auto`], the largest that is tried at first.
    pub fn at(self, x: f64) -> f64 {
        match self {
            Step::Fixed(h) => h,
            Step::Auto => Step::Relative { exponent: FIRST }.at(x),
            Step::Relative { exponent } => {
                let scale = (x.abs().max(1.0).to_bits() >> 52) as i32;
                power_of_two(exponent.saturating_add(scale - 1023))
            }
        }
    }

    /// The steps of increments along all axes at the point `x`: h itself, since no x+h is ever formed. `each` is where
    /// they are put if they differ.
    ///
    /// # Errors
    /// [`Error::Step`]; [`Error::StepOutOfRange`] where products with h would underflow or overflow.
    pub(crate) fn increments<'s, T: Real>(self, x: &[T], each: &'s mut Vec<T>) -> Result<Steps<'s, T>> {
        let check = |h: f64| within_increments(h, T::PRECISION).map(T::of);
        let largest = vector::largest_magnitude(x, T::ZERO).to_f64();
        match self {
            Step::Relative { exponent } if largest >= 2.0 => {
                check(self.at(0.0))?;
                check(self.at(largest))?;
                // In bits, for speed: the step has the exponent of max(1, |x|), shifted.
                each.clear();
                each.extend(x.iter().map(|&x| {
                    let scale = ((x.to_f64().abs().to_bits() >> 52) as i64).max(1023);
                    T::of(f64::from_bits(((scale + i64::from(exponent)) as u64) << 52))
                }));
                Ok(Steps::Each(each))
            }
            step => Ok(Steps::Uniform(check(step.at(0.0))?)),
        }
    }

    /// Whether increments can take this step at coordinates of magnitude 1 or less.
    pub(crate) fn check_for_increments(self, precision: Precision) -> Result<()> {
        within_increments(self.at(0.0), precision).map(|_| ())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Auto => f.write_str("auto"),
            Step::Fixed(h) => write!(f, "{h:?}"),
            Step::Relative { exponent } => write!(f, "relative:2^{exponent}"),
        }
    }
}

impl FromStr for Step {
    type Err = Error;

    /// Reads `auto`, `1e-4` (fixed) or `relative:2^-8`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::usage(format!(
                "step `{text}` is neither auto, nor a number greater than 0 (1e-4), nor a relative power of two (relative:2^-8)"
            ))
        };
        if text == "auto" {
            return Ok(Step::Auto);
        }
        match text.strip_prefix("relative:") {
            Some(power) => {
                let exponent = power.strip_prefix("2^").ok_or_else(wrong)?;
                Step::relative(exponent.parse().map_err(|_| wrong())?)
            }
            None => Step::fixed(text.parse().map_err(|_| wrong())?),
        }
    }
}

/// The step h, if increments can take it.
pub(crate) fn within_increments(h: f64, precision: Precision) -> Result<f64> {
    let (least, most) = precision.increments();
    match h {
        h if !(h > 0.0 && h.is_finite()) => Err(Error::Step { step: h }),
        h if (least..=most).contains(&h) => Ok(h),
        step => Err(Error::StepOutOfRange { step, precision, least, most }),
    }
}
