//! Learning rates that change from step to step.

use std::f64::consts::PI;

use crate::error::{Error, Result};

/// A learning rate, and how it changes.
///
/// ```
/// use plusminus::{Rate, Schedule};
/// let rate = Rate::new(0.1).with(Schedule::Cosine { steps: 100, least: 0.0 });
/// assert_eq!(rate.at(0), 0.1);
/// assert!((rate.at(50) - 0.05).abs() < 1e-15);
/// assert_eq!(rate.at(100), 0.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    base: f64,
    schedule: Schedule,
}

/// How a learning rate r changes with the step t, which counts from 0.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// r
    Constant,
    /// r·factor^⌊t / every⌋
    Step {
        /// Steps between two changes.
        every: usize,
        /// What it is multiplied by.
        factor: f64,
    },
    /// r·factor^t
    Exponential {
        /// What it is multiplied by after each step.
        factor: f64,
    },
    /// From r down to `least`·r along half a cosine in so many steps; then it stays (Loshchilov and Hutter, 2017, without restarts).
    Cosine {
        /// Steps of the descent.
        steps: usize,
        /// What is left of it, as a part of r.
        least: f64,
    },
    /// r·(t + 1) / (steps + 1) for so many steps, then another schedule, which counts from there.
    WarmUp {
        /// Steps until the full rate.
        steps: usize,
        /// What comes then.
        then: Box<Schedule>,
    },
    /// Up from r / 25 to r along half a cosine in three tenths of the steps, and along another one down to r / 250,000 (Smith and Topin,
    /// 2018); then it stays.
    OneCycle {
        /// Steps of the descent.
        steps: usize,
    },
}

/// The part of the steps of [`Schedule::OneCycle`] in which the rate rises, what part of it it begins with, and ends with.
const RISE: f64 = 0.3;
const BEGIN: f64 = 1.0 / 25.0;
const END: f64 = 1.0 / 250_000.0;

impl From<f64> for Rate {
    fn from(base: f64) -> Self {
        Rate::new(base)
    }
}

impl Rate {
    /// The same in all steps.
    pub fn new(base: f64) -> Self {
        Rate { base, schedule: Schedule::Constant }
    }

    /// With a schedule.
    #[must_use]
    pub fn with(self, schedule: Schedule) -> Self {
        Rate { schedule, ..self }
    }

    /// The rate of a step.
    pub fn at(&self, step: usize) -> f64 {
        self.base * self.schedule.factor(step)
    }

    /// What is wrong with it, if anything.
    pub fn fault(&self) -> Option<String> {
        if !self.base.is_finite() {
            return Some(format!("the learning rate is {}; it must be finite", self.base));
        }
        self.schedule.fault()
    }

    pub(super) fn changes(&self) -> bool {
        self.constant().is_none()
    }

    /// The number, if it is the same in all steps.
    pub(crate) fn constant(&self) -> Option<f64> {
        (self.schedule == Schedule::Constant).then_some(self.base)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "learning rate {}", self.base)?;
        match &self.schedule {
            Schedule::Constant => Ok(()),
            other => write!(f, ", {other}"),
        }
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Schedule::Constant => write!(f, "constant"),
            Schedule::Step { every, factor } => write!(f, "times {factor} every {every} steps"),
            Schedule::Exponential { factor } => write!(f, "times {factor} every step"),
            Schedule::Cosine { steps, least } => {
                let of_it = if *least == 0.0 { "" } else { " of it" };
                write!(f, "falling to {least}{of_it} along a cosine in {steps} steps")
            }
            Schedule::WarmUp { steps, then } => write!(f, "rising for {steps} steps, then {then}"),
            Schedule::OneCycle { steps } => write!(f, "one cycle of {steps} steps"),
        }
    }
}

/// From 1 to 0 along half a cosine.
fn half_cosine(share: f64) -> f64 {
    (1.0 + (PI * share).cos()) / 2.0
}

impl Schedule {
    /// Reads `constant`, `step:EVERY:FACTOR`, `exponential:FACTOR`, `cosine`, `cosine:LEAST` or `one-cycle`; the last three over so
    /// many steps.
    ///
    /// # Errors
    /// [`Error::Usage`] for any other text, and for numbers out of range.
    pub fn parse(text: &str, steps: usize) -> Result<Self> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or("");
        let numbers: Vec<&str> = parts.collect();
        let real = |text: &str| text.parse::<f64>().ok();
        let found = match (name, numbers.as_slice()) {
            ("constant", []) => Some(Schedule::Constant),
            ("step", [every, factor]) => {
                every.parse().ok().zip(real(factor)).map(|(every, factor)| Schedule::Step { every, factor })
            }
            ("exponential", [factor]) => real(factor).map(|factor| Schedule::Exponential { factor }),
            ("cosine", []) => Some(Schedule::Cosine { steps, least: 0.0 }),
            ("cosine", [least]) => real(least).map(|least| Schedule::Cosine { steps, least }),
            ("one-cycle", []) => Some(Schedule::OneCycle { steps }),
            _ => None,
        };
        let found = found.ok_or_else(|| {
            Error::usage(format!(
                "the schedule `{text}`: write constant, step:EVERY:FACTOR, exponential:FACTOR, cosine, cosine:LEAST or one-cycle, such as \
                 step:100:0.5"
            ))
        })?;
        found.fault().map_or(Ok(found), |fault| Err(Error::usage(format!("the schedule `{text}`: {fault}"))))
    }

    /// What the rate is multiplied by in a step.
    pub fn factor(&self, step: usize) -> f64 {
        let t = step as f64;
        match self {
            Schedule::Constant => 1.0,
            Schedule::Step { every, factor } => factor.powf((step / (*every).max(1)) as f64),
            Schedule::Exponential { factor } => factor.powf(t),
            Schedule::Cosine { steps, least } => {
                let share = (t / (*steps).max(1) as f64).min(1.0);
                // Exactly there at the end.
                if share == 1.0 { *least } else { least + (1.0 - least) * half_cosine(share) }
            }
            Schedule::WarmUp { steps, then } => match step.checked_sub(*steps) {
                Some(since) => then.factor(since),
                None => then.factor(0) * (t + 1.0) / (*steps as f64 + 1.0),
            },
            Schedule::OneCycle { steps } => {
                // The largest rate, and the last one, are those of a step.
                let last = steps.saturating_sub(1).max(1) as f64;
                let top = (RISE * *steps as f64 - 1.0).clamp(0.0, last);
                if t < top {
                    1.0 + (BEGIN - 1.0) * half_cosine(t / top)
                } else {
                    let share = if last > top { ((t - top) / (last - top)).min(1.0) } else { 1.0 };
                    END + (1.0 - END) * half_cosine(share)
                }
            }
        }
    }

    fn fault(&self) -> Option<String> {
        let factor_fault = |factor: f64| {
            let is_good = factor.is_finite() && factor > 0.0;
            (!is_good)
                .then(|| format!("a schedule with the factor {factor}: it must be finite and greater than 0"))
        };
        let steps_fault =
            |steps: usize| (steps == 0).then(|| "a schedule over 0 steps: it needs at least 1".to_string());
        match self {
            Schedule::Constant => None,
            Schedule::Step { every, factor } => factor_fault(*factor).or_else(|| steps_fault(*every)),
            Schedule::Exponential { factor } => factor_fault(*factor),
            Schedule::Cosine { steps, least } => {
                let is_part = (0.0..=1.0).contains(least);
                let fault = || {
                    format!("a cosine down to {least} of the learning rate: it must be a part from 0 to 1")
                };
                (!is_part).then(fault).or_else(|| steps_fault(*steps))
            }
            Schedule::WarmUp { steps, then } => steps_fault(*steps).or_else(|| then.fault()),
            Schedule::OneCycle { steps } => steps_fault(*steps),
        }
    }
}
