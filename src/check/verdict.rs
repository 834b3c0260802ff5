//! Whether a claimed component and a numerical one agree.

use serde::Serialize;

use crate::error::{Error, Result};

/// Error bars within which two numbers agree: a bar covers the true error nearly always, and three of them always but for
/// accidents.
pub(super) const BARS: f64 = 3.0;

/// The claimed gradient is computed, too: so many units in the last place of itself, and of how much a slope changes over the
/// coordinate, which is what a rounding of the coordinate makes of it.
pub(super) const ITS_OWN: f64 = 32.0;
const OF_CHANGE: f64 = 8.0;

/// And of the largest component: of such a difference it is not told whose it is.
const OF_LARGEST: f64 = 8.0;

/// An error bar of this part of what is compared, or less, tells what is wrong by a hundredth: three of them and the true
/// error are less than that.
const TELLING: f64 = 2e-3;

/// And so does what underflow may have left in f32, of a component that is 0.
const UNDERFLOW: f64 = 1e-36;

/// What a claim of 0 is compared with: this part of the largest component, or of f itself for a coordinate of size 1.
const SMALL: f64 = 1e-2;
const SMALL_BESIDE_F: f64 = 1e-5;

/// How far a claim may be off, beside what error bars and its own rounding leave open.
///
/// ```
/// use plusminus::Tolerance;
/// let solver = Tolerance::default().with_relative(1e-4).with_absolute(1e-8);
/// assert_eq!(solver.relative, 1e-4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tolerance {
    /// In parts of the component.
    pub relative: f64,
    /// In its own unit.
    pub absolute: f64,
}

impl Tolerance {
    /// Sets how far a claim may be off in parts of the component: of a gradient in f32 some 1e-6, of an inner solver its
    /// tolerance.
    #[must_use]
    pub fn with_relative(self, relative: f64) -> Self {
        Tolerance { relative, ..self }
    }

    /// Sets how far a claim may be off in the unit of the component.
    #[must_use]
    pub fn with_absolute(self, absolute: f64) -> Self {
        Tolerance { absolute, ..self }
    }

    /// # Errors
    /// [`Error::Usage`] if a number is negative or not finite.
    pub(super) fn check(&self) -> Result<()> {
        for (name, value) in [("relative", self.relative), ("absolute", self.absolute)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::usage(format!(
                    "the {name} tolerance is {value}: it must be a finite number of 0 or more"
                )));
            }
        }
        Ok(())
    }

    fn of(&self, component: f64) -> f64 {
        self.relative * component.abs() + self.absolute
    }
}

/// Whether a claimed component of a gradient is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It lies within the error bar, which is narrow enough to mean something; at a kink, between the slopes of both sides.
    Agrees,
    /// It does not.
    Disagrees,
    /// The error bar is too wide to tell: noise, a step in f, or no derivative at all.
    Inconclusive,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Verdict::Agrees => "agrees",
            Verdict::Disagrees => "DISAGREES",
            Verdict::Inconclusive => "inconclusive",
        })
    }
}

/// What a component is judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) claimed: f64,
    pub(super) numerical: f64,
    pub(super) error: f64,
    /// The slopes from the left and the right, and how far they may be off.
    pub(super) kink: Option<([f64; 2], f64)>,
    /// The largest numerical component.
    pub(super) largest: f64,
    /// |f| for a step of the size of the coordinate.
    pub(super) size: f64,
    /// How much the slope changes over the coordinate: |x f''|.
    pub(super) change: f64,
    /// Of the working precision.
    pub(super) epsilon: f64,
    pub(super) tolerance: Tolerance,
}

pub(super) fn judge(it: &Judged) -> Verdict {
    let tolerance = it.tolerance.of(it.numerical);
    // In this order it does not overflow.
    let rounding = it.epsilon * ITS_OWN * it.claimed.abs() + it.epsilon * OF_CHANGE * it.change;
    let slack = rounding + tolerance;
    if let Some(([left, right], error)) = it.kink {
        let reach = BARS * error + slack;
        let between = left.min(right) - reach..=left.max(right) + reach;
        return if between.contains(&it.claimed) { Verdict::Agrees } else { Verdict::Disagrees };
    }
    let apart = (it.claimed - it.numerical).abs();
    let shared = it.epsilon * OF_LARGEST * it.largest;
    // An infinite bar excludes nothing.
    if apart > BARS * it.error + slack + shared {
        return Verdict::Disagrees;
    }
    if apart > BARS * it.error + slack && it.claimed != 0.0 {
        return Verdict::Inconclusive;
    }
    let mut compared = TELLING * it.numerical.abs().max(it.claimed.abs());
    // Of what is 0 but for roundings there is no hundredth.
    if it.claimed.abs() <= rounding + shared {
        compared = compared.max(TELLING * (SMALL * it.largest).max(SMALL_BESIDE_F * it.size));
    }
    let told = it.error + rounding;
    if told <= compared.max(tolerance).max(UNDERFLOW) { Verdict::Agrees } else { Verdict::Inconclusive }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(claimed: f64, numerical: f64, error: f64) -> Judged {
        Judged {
            claimed,
            numerical,
            error,
            kink: None,
            largest: 1.0,
            size: 1.0,
            change: 1.0,
            epsilon: f64::EPSILON,
            tolerance: Tolerance::default(),
        }
    }

    #[test]
    fn verdicts() {
        let cases = [
            (1.0, 1.0 + 1e-9, 1e-9, Verdict::Agrees),
            (1.0, 1.0 + 1e-8, 1e-9, Verdict::Disagrees),
            (1.0, 1.01, 0.02, Verdict::Inconclusive),
            // Wrong by a hundredth, which this bar would not tell from right.
            (1.0, 1.01, 0.004, Verdict::Inconclusive),
            (1.0, 1.01, 0.002, Verdict::Disagrees),
            // A bar as wide as the number tells that 5 is wrong all the same.
            (5.0, 1.0, 0.5, Verdict::Disagrees),
            (1.0, 1.0, f64::INFINITY, Verdict::Inconclusive),
            // Twice what a bar swamps.
            (2e-12, 1e-12, 1e-11, Verdict::Inconclusive),
            // Next to nothing beside the others.
            (0.0, 1e-9, 1e-8, Verdict::Agrees),
            (1e-16, 1e-9, 1e-8, Verdict::Agrees),
            (1e-9, 1.01e-9, 1e-8, Verdict::Inconclusive),
            (0.0, 0.0, 0.0, Verdict::Agrees),
        ];
        // A slope that changes so fast that roundings of the coordinate make more than a hundredth of it.
        let steep = Judged { change: 1e14, ..judged(1.0, 1.0, 1e-9) };
        assert_eq!(judge(&steep), Verdict::Inconclusive);
        for (claimed, numerical, error, verdict) in cases {
            assert_eq!(judge(&judged(claimed, numerical, error)), verdict, "{claimed} {numerical} {error}");
        }
        for (claimed, verdict) in [(0.3, Verdict::Agrees), (-1.0, Verdict::Agrees), (1.1, Verdict::Disagrees)]
        {
            let kink = Some(([-1.0, 1.0], 1e-9));
            assert_eq!(judge(&Judged { kink, ..judged(claimed, 0.0, 1.0) }), verdict, "{claimed} at a kink");
        }
        assert_eq!(judge(&judged(1e308, 12.0, 1e-15)), Verdict::Disagrees);
        // A large component hides nothing, and no claim does.
        for largest in [1e3, 1e12] {
            let small = Judged { largest, ..judged(1.01e-3, 1e-3, 1e-12) };
            assert_ne!(judge(&small), Verdict::Agrees, "{largest}");
        }
    }

    #[test]
    fn tolerances() {
        let off = judged(1.001, 1.0, 1e-9);
        assert_eq!(judge(&off), Verdict::Disagrees);
        for tolerance in [Tolerance::default().with_relative(2e-3), Tolerance::default().with_absolute(2e-3)]
        {
            assert_eq!(judge(&Judged { tolerance, ..off }), Verdict::Agrees);
            assert_eq!(judge(&Judged { tolerance, claimed: 1.003, ..off }), Verdict::Disagrees);
        }
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Tolerance::default().with_relative(wrong).check().is_err());
            assert!(Tolerance::default().with_absolute(wrong).check().is_err());
        }
    }
}
