//! Whether a claimed component and a numerical one agree.

use serde::Serialize;

/// Error bars within which two numbers agree: a bar covers the true error nearly always, and three of them always but for
/// accidents.
pub(super) const BARS: f64 = 3.0;

/// The claimed gradient is computed, too: so many units in the last place of itself, and of the largest component.
pub(super) const ITS_OWN: f64 = 32.0;
const OF_LARGEST: f64 = 8.0;

/// An error bar of this part of what is compared, or less, tells something.
const TELLING: f64 = 1e-2;

/// And so does what underflow may have left in f32, of a component that is 0.
const UNDERFLOW: f64 = 1e-36;

/// A component that is this part of the largest one, or of f itself for a coordinate of size 1, counts as 0.
const SMALL: f64 = 1e-2;
const SMALL_BESIDE_F: f64 = 1e-5;

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
    /// The largest component, numerical or claimed, or slope near by.
    pub(super) largest: f64,
    /// |f| for a step of the size of the coordinate.
    pub(super) size: f64,
    /// Of the working precision.
    pub(super) epsilon: f64,
}

pub(super) fn judge(it: &Judged) -> Verdict {
    let slack = it.epsilon * (ITS_OWN * it.claimed.abs() + OF_LARGEST * it.largest);
    if let Some(([left, right], error)) = it.kink {
        let reach = BARS * error + slack;
        let between = left.min(right) - reach..=left.max(right) + reach;
        return if between.contains(&it.claimed) { Verdict::Agrees } else { Verdict::Disagrees };
    }
    // An infinite bar excludes nothing.
    if (it.claimed - it.numerical).abs() > BARS * it.error + slack {
        return Verdict::Disagrees;
    }
    let compared =
        it.numerical.abs().max(it.claimed.abs()).max(SMALL * it.largest).max(SMALL_BESIDE_F * it.size);
    let telling = (TELLING * compared).max(UNDERFLOW);
    if it.error <= telling { Verdict::Agrees } else { Verdict::Inconclusive }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(claimed: f64, numerical: f64, error: f64) -> Judged {
        Judged { claimed, numerical, error, kink: None, largest: 1.0, size: 1.0, epsilon: f64::EPSILON }
    }

    #[test]
    fn verdicts() {
        let cases = [
            (1.0, 1.0 + 1e-9, 1e-9, Verdict::Agrees),
            (1.0, 1.0 + 1e-8, 1e-9, Verdict::Disagrees),
            (1.0, 1.01, 0.02, Verdict::Inconclusive),
            // A bar as wide as the number tells that 5 is wrong all the same.
            (5.0, 1.0, 0.5, Verdict::Disagrees),
            (1.0, 1.0, f64::INFINITY, Verdict::Inconclusive),
            // Next to nothing beside the others.
            (0.0, 1e-9, 1e-8, Verdict::Agrees),
            (0.0, 0.0, 0.0, Verdict::Agrees),
        ];
        for (claimed, numerical, error, verdict) in cases {
            assert_eq!(judge(&judged(claimed, numerical, error)), verdict, "{claimed} {numerical} {error}");
        }
        for (claimed, verdict) in [(0.3, Verdict::Agrees), (-1.0, Verdict::Agrees), (1.1, Verdict::Disagrees)]
        {
            let kink = Some(([-1.0, 1.0], 1e-9));
            assert_eq!(judge(&Judged { kink, ..judged(claimed, 0.0, 1.0) }), verdict, "{claimed} at a kink");
        }
    }
}
