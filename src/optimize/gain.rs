//! What a descent gained.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::numeric::Precision;

/// f at the start, at the end and at its lowest, of one point.
///
/// Values are seen at the start, at the end, at each step that is led from the host, and at each step of a loop on the CPU by increments; of a loop
/// on a device at those that are reported, and now and then. A descent by minibatches has no start and no lowest value: theirs are of other terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gain {
    /// f at the start. `None`: not known.
    pub start: Option<f64>,
    /// f at the end. `None`: not finite.
    pub end: Option<f64>,
    /// The lowest value seen.
    pub best: Option<f64>,
    /// Steps made before it.
    pub best_steps: usize,
    /// The largest component of the first gradient, without sign, if that is known.
    pub start_gradient: Option<f64>,
    /// The largest component of the gradient at the end, without sign, along coordinates that no bound holds; `None` if it was not looked at.
    pub end_gradient: Option<f64>,
    /// The working precision.
    pub precision: Precision,
}

/// Roundings by which f may differ and be the same.
const ROUNDINGS: f64 = 8.0;

impl Gain {
    /// Whether f is higher at the end than at the start, by more than it is rounded.
    pub fn is_worse(&self) -> bool {
        self.start.zip(self.end).is_some_and(|(start, end)| self.is_above(end, start))
    }

    fn is_above(&self, a: f64, b: f64) -> bool {
        a - b > ROUNDINGS * self.precision.epsilon() * a.abs().max(b.abs())
    }
}

/// Six digits.
pub(super) fn short(value: f64) -> String {
    digits(value, 6)
}

/// Three digits.
pub(super) fn brief(value: f64) -> String {
    digits(value, 3)
}

fn digits(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if value.is_nan() {
        return "unknown".into();
    }
    if value.is_infinite() {
        return value.to_string();
    }
    if !(1e-4..10f64.powi(digits + 3)).contains(&value.abs()) {
        return format!("{value:.*e}", 3.min(digits as usize - 1));
    }
    let places = (digits - 1 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let written = format!("{value:.places$}");
    match written.contains('.') {
        true => written.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => written,
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = short;
        match (self.start, self.end) {
            (Some(start), Some(end)) if self.is_worse() => {
                write!(
                    f,
                    "f rose from {} to {}: it ended worse than it began",
                    written(start),
                    written(end)
                )?;
            }
            (Some(start), Some(end)) if self.is_above(start, end) => {
                write!(f, "f fell from {} to {}", written(start), written(end))?;
            }
            (Some(start), Some(_)) => write!(f, "f stayed at {}", written(start))?,
            (Some(start), None) => write!(f, "f began at {}", written(start))?,
            (None, Some(end)) => write!(f, "f ended at {}", written(end))?,
            (None, None) => write!(f, "f is not known")?,
        }
        if let Some((start, end)) =
            self.start_gradient.zip(self.end_gradient).filter(|(start, end)| start != end)
        {
            write!(f, ", its gradient went from {} to {}", brief(start), brief(end))?;
        }
        // Lower than where it ended, and not only where it began.
        match self.best {
            Some(best) if self.best_steps > 0 && self.end.is_none_or(|end| self.is_above(end, best)) => {
                write!(f, "; the lowest value, {}, was after {} steps", written(best), self.best_steps)
            }
            _ => Ok(()),
        }
    }
}
