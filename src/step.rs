//! How far to step, and where that leads in the working precision.
//!
//! The perturbed coordinates are computed here, on the host, for every device: a shader compiler may rearrange
//! `(x+h)-x`, and only here is it known how far the rounded coordinate really moved.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::ladder::FIRST;
use crate::objective::Steps;
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::vector;

/// The step h along each axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Chosen for each component: quotients at several power-of-two steps are extrapolated, and every component has an
    /// error bar. For direct differences; increments, which lose nothing to a small step, take their default.
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

/// Steps of so many ε·max(1, |x|) are rounded by a hundredth at most.
const ENOUGH: f64 = 100.0;

/// A coordinate perturbed along its axis: where the objective is evaluated, and how far apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perturbation<T> {
    /// The upper point: x + h, or x for [`Scheme::Backward`].
    pub plus: T,
    /// The lower point: x - h, or x for [`Scheme::Forward`].
    pub minus: T,
    /// The denominator of the quotient.
    pub distance: T,
}

impl Step {
    /// The fixed step that balances truncation against rounding for an objective of ordinary scale: ε^(1/(p+1)) for a
    /// quotient of order p, so about √ε for one-sided ones and ∛ε for the central one.
    pub fn default_for(scheme: Scheme, order: usize, precision: Precision) -> Self {
        let exponent = match (precision, scheme, order) {
            // A little more than ∛ε, since sums add their own noise: of the powers of two, 2^-8 had the lowest median error over
            // 53 standard problems.
            (Precision::F32, Scheme::Central, 2) => -8,
            _ => (precision.epsilon().log2() / (order as f64 + 1.0)).round() as i32,
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
                2f64.powi(exponent.saturating_add(scale - 1023))
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

    /// The two points of the quotient along one axis at coordinate `x` (finite), in precision `T`.
    ///
    /// # Errors
    /// [`Error::Step`], [`Error::VanishedStep`] if x+h or x-h rounds back to x, [`Error::NonFinitePoint`] if it
    /// overflows. `point` and `axis` are only named in the error.
    pub fn perturb<T: Real>(
        self,
        scheme: Scheme,
        x: T,
        point: usize,
        axis: usize,
    ) -> Result<Perturbation<T>> {
        let h = self.at(x.to_f64());
        if !(h.is_finite() && h > 0.0) {
            return Err(Error::Step { step: h });
        }
        let scale = x.to_f64().abs().max(1.0);
        let most = scale / T::PRECISION.epsilon();
        if h >= most {
            let (x, precision) = (x.to_f64(), T::PRECISION);
            return Err(Error::StepTooLarge { point, axis, x, step: h, precision, most });
        }
        let moved = |sign: char| {
            let to = T::of(if sign == '+' { x.to_f64() + h } else { x.to_f64() - h });
            if !to.is_finite() {
                return Err(Error::NonFinitePoint {
                    point,
                    axis,
                    x: to.to_f64(),
                    precision: T::PRECISION,
                    after: format!(" after the step {sign}{h:e} from {x}"),
                });
            }
            // A subnormal distance counts as none: GPUs may flush it to zero.
            if !(to - x).is_normal() {
                let least = ENOUGH * T::PRECISION.epsilon() * scale;
                return Err(Error::VanishedStep {
                    point,
                    axis,
                    x: x.to_f64(),
                    step: h,
                    sign,
                    precision: T::PRECISION,
                    least,
                });
            }
            Ok(to)
        };
        let plus = if scheme == Scheme::Backward { x } else { moved('+')? };
        let minus = if scheme == Scheme::Forward { x } else { moved('-')? };
        let distance = match (self, T::PRECISION) {
            (Step::Fixed(_), Precision::F64) => T::of(scheme.sides() as f64 * h),
            _ => T::of(plus.to_f64() - minus.to_f64()),
        };
        Ok(Perturbation { plus, minus, distance })
    }

    /// Hands `moved` on if its denominator is within a hundredth of the distance between its points, as it always is
    /// but for fixed steps in f64, which divide by the nominal distance.
    ///
    /// # Errors
    /// [`Error::RoundedStep`].
    pub(crate) fn check_rounding<T: Real>(
        self,
        scheme: Scheme,
        x: T,
        moved: Perturbation<T>,
        point: usize,
        axis: usize,
    ) -> Result<Perturbation<T>> {
        let gone = moved.plus.to_f64() - moved.minus.to_f64();
        let nominal = moved.distance.to_f64();
        if (gone - nominal).abs() <= 0.01 * nominal {
            return Ok(moved);
        }
        Err(Error::RoundedStep {
            point,
            axis,
            x: x.to_f64(),
            step: self.at(x.to_f64()),
            rounded: gone / scheme.sides() as f64,
            precision: T::PRECISION,
            least: ENOUGH * T::PRECISION.epsilon() * x.to_f64().abs().max(1.0),
        })
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
fn within_increments(h: f64, precision: Precision) -> Result<f64> {
    let (least, most) = precision.increments();
    match h {
        h if !(h > 0.0 && h.is_finite()) => Err(Error::Step { step: h }),
        h if (least..=most).contains(&h) => Ok(h),
        step => Err(Error::StepOutOfRange { step, precision, least, most }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_steps_are_powers_of_two_and_exact() {
        let step = Step::relative(-8).unwrap();
        for (x, h) in [(0.0, 8), (0.3, 8), (-1.0, 8), (1.5, 8), (2.0, 7), (-5.0, 6), (1e6, -11)] {
            assert_eq!(step.at(x), 2f64.powi(-h), "x = {x}");
            let moved = step.perturb::<f32>(Scheme::Central, x as f32, 0, 0).unwrap();
            assert_eq!(f64::from(moved.plus) - f64::from(x as f32), step.at(x), "x = {x}");
            assert_eq!(f64::from(moved.distance), 2.0 * step.at(x), "x = {x}");
        }
    }

    #[test]
    fn the_distance_is_the_one_actually_gone() {
        // Past 2 the numbers of f32 lie twice as far apart: x+h is rounded, and the denominator knows.
        let x = 1.999f32;
        let moved = Step::relative(-8).unwrap().perturb(Scheme::Forward, x, 0, 0).unwrap();
        assert_eq!(f64::from(moved.distance), f64::from(moved.plus) - f64::from(x));
        assert_ne!(moved.distance, 2f32.powi(-8));
    }

    #[test]
    fn the_textbooks_mistakes_are_errors() {
        // h = 10e-50 is 0 in f32 and vanishes beside 3 in f64.
        let step: Step = "10e-50".parse().unwrap();
        for x in [0.0f32, 3.0, -1e30] {
            let error = step.perturb(Scheme::Central, x, 2, 7).unwrap_err();
            assert!(matches!(error, Error::VanishedStep { point: 2, axis: 7, .. }), "x = {x}: {error}");
        }
        assert!(step.perturb(Scheme::Forward, 3.0f64, 0, 0).is_err());
        // `/ 2*h` multiplies by h: the distance is 2h, the quotient divides by it.
        let moved = Step::Fixed(1e-4).perturb(Scheme::Central, 5.0f64, 0, 0).unwrap();
        assert_eq!(moved.distance, 2e-4);
        for text in ["0", "-1e-4", "inf", "NaN", "relative:8", "relative:2^x", "", "relative:2^-2000"] {
            assert!(text.parse::<Step>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_scheme_moves_its_own_side() {
        let step = Step::Fixed(0.5);
        let sides = |scheme| {
            let p = step.perturb(scheme, 1.0f64, 0, 0).unwrap();
            (p.plus, p.minus, p.distance)
        };
        assert_eq!(sides(Scheme::Forward), (1.5, 1.0, 0.5));
        assert_eq!(sides(Scheme::Backward), (1.0, 0.5, 0.5));
        assert_eq!(sides(Scheme::Central), (1.5, 0.5, 1.0));
    }

    #[test]
    fn an_overflowing_step_is_named() {
        let error = Step::Fixed(1e38).perturb(Scheme::Central, 3e38f32, 0, 1).unwrap_err();
        assert!(error.to_string().contains("after the step +1e38"), "{error}");
    }

    #[test]
    fn a_step_that_is_rounded_too_much_or_swallows_the_point_is_named() {
        let rounded = |x: f64| {
            let step = Step::Fixed(1e-4);
            let moved = step.perturb(Scheme::Central, x, 0, 0).unwrap();
            step.check_rounding(Scheme::Central, x, moved, 0, 0)
        };
        assert!(rounded(3.0).is_ok());
        let error = rounded(1e12).unwrap_err();
        assert!(matches!(error, Error::RoundedStep { .. }), "{error}");
        // What the message advises is enough.
        let Error::RoundedStep { least, .. } = error else { return };
        let step = Step::Fixed(least);
        let moved = step.perturb(Scheme::Central, 1e12, 0, 0).unwrap();
        assert!(step.check_rounding(Scheme::Central, 1e12, moved, 0, 0).is_ok());

        for (step, x) in [(Step::Fixed(1e20), 3.0), (Step::Relative { exponent: 100 }, 1e3)] {
            let error = step.perturb(Scheme::Central, x, 0, 0).unwrap_err();
            assert!(matches!(error, Error::StepTooLarge { .. }), "{error}");
        }
        // Beside a tiny x an ordinary step is in order.
        assert!(Step::Fixed(1e-4).perturb(Scheme::Central, 1e-30f64, 0, 0).is_ok());
        assert!(Step::Relative { exponent: i32::MAX }.perturb(Scheme::Central, 1.0f64, 0, 0).is_err());
    }

    #[test]
    fn increments_take_h_itself() {
        let mut each = Vec::new();
        let step = Step::relative(-20).unwrap();
        assert_eq!(step.increments(&[0.5f32, -1.9], &mut each).unwrap(), Steps::Uniform(2f32.powi(-20)));
        let x = [0.5f32, 2.0, -5.0, 0.0, 1e9, 1e-30];
        let steps = step.increments(&x, &mut each).unwrap();
        for (axis, &x) in x.iter().enumerate() {
            assert_eq!(f64::from(steps.at(axis)), step.at(f64::from(x)), "{x}");
        }
        // Beside 1e9 this h vanishes in x+h, but not in an increment.
        let fixed = Step::Fixed(1e-4).increments(&[1e9f32], &mut each).unwrap();
        assert_eq!(fixed, Steps::Uniform(1e-4));
        for (step, precision) in [(10e-50, Precision::F32), (1e35, Precision::F32), (1e-200, Precision::F64)]
        {
            let step = Step::Fixed(step);
            let error = match precision {
                Precision::F32 => step.increments(&[1.0f32], &mut Vec::new()).map(|_| ()),
                Precision::F64 => step.increments(&[1.0f64], &mut Vec::new()).map(|_| ()),
            };
            assert!(matches!(error, Err(Error::StepOutOfRange { .. })), "{error:?}");
        }
    }

    #[test]
    fn text_and_back() {
        for step in [Step::Auto, Step::Fixed(1e-4), Step::Relative { exponent: -17 }] {
            assert_eq!(step.to_string().parse::<Step>().unwrap(), step);
        }
    }
}
