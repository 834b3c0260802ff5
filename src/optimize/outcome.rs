//! Why a descent stopped, as sentences that say what to do next.

use std::fmt;

use serde::Serialize;

use super::gain::brief;
use super::kind::StationaryPoint;
use crate::numeric::Precision;

/// Why the descent of one point stopped, and what is there. Norms of gradients are the largest component's absolute value, along the
/// coordinates that no bound holds.
#[derive(Clone, Debug, PartialEq, Serialize, strum::IntoStaticStr)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The gradient is 0 as far as can be told, and nothing says that it is no minimum.
    Converged {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// What tells it.
        by: Evidence,
        /// Whether the Hessian says that this is a minimum; it is not looked at in many dimensions.
        is_minimum: bool,
    },
    /// The gradient is 0 as far as can be told, but this is not a minimum, or the Hessian does not tell.
    Stationary {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// What kind of point it is.
        point: StationaryPoint,
    },
    /// Gradient and curvature are so small that f would stay the same, to all of its digits, over all of the way made so far.
    Plateau {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// The second derivative along the gradient.
        curvature: f64,
    },
    /// All steps were made, and the point is still on its way.
    StepsDone {
        /// Steps made.
        steps: usize,
    },
    /// Every second step leads back to where it was.
    Oscillating {
        /// Steps made.
        steps: usize,
        /// How far a step goes, in the coordinate that it moves most.
        swing: f64,
        /// Of plain gradient descent: learning rates below this one would not, where f curves as it does here; 2 divided by the curvature half way.
        largest_rate: Option<f64>,
    },
    /// f rises, and so does its gradient.
    Diverging {
        /// Steps made.
        steps: usize,
        /// Steps made before the lowest value that was seen.
        since: usize,
    },
    /// f has fallen below all numbers that are reasonable: there is no minimum this way.
    Unbounded {
        /// Steps made.
        steps: usize,
        /// The last value.
        value: f64,
    },
    /// The patience is at its end: no lower value for so many steps.
    NoProgress {
        /// Steps made.
        steps: usize,
        /// Steps made before the lowest value.
        since: usize,
    },
    /// The observer asked for an end.
    Interrupted {
        /// Steps made.
        steps: usize,
    },
    /// x + h == x: the point has gone where the step of the difference is too small for it. An axis whose step
    /// vanishes stays where it is; the descent goes on until that is so for every axis, or all steps are made.
    VanishedStep {
        /// Steps made before.
        steps: usize,
        /// Steps made before the first axis was stuck.
        since: usize,
        /// The message of the error.
        message: String,
    },
    /// The update rule no longer moves the point: x - rate·g == x along every axis, in the working precision.
    SwallowedUpdate {
        /// Steps made before.
        steps: usize,
        /// The largest component of the gradient, in absolute value.
        largest: f64,
        /// The working precision that swallowed it.
        precision: Precision,
        /// Whether the update is the learning rate times the gradient, and nothing else.
        is_plain: bool,
    },
    /// The differences that the descent took are 0 there, and the gradient is not.
    ZeroDifference {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
    },
    /// There is no gradient at the start, though there is at others.
    NoStart {
        /// The message of the error.
        message: String,
    },
    /// The error bar of the gradient is so wide that it tells nothing.
    NoGradient {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// The largest error bar; `None`: unknown.
        bar: Option<f64>,
    },
    /// The objective or the point was no longer finite; the last point with a finite gradient is kept.
    NonFinite {
        /// Steps that led to the point kept.
        steps: usize,
        /// Steps made before the lowest value that was seen: f has risen since.
        since: usize,
        /// The message of the error.
        message: String,
    },
    /// There is no gradient at the point, which is where f jumps, or its slope has no limit.
    NoDerivative {
        /// Steps made before.
        steps: usize,
        /// The message of the error.
        message: String,
    },
}

/// What tells that a descent has converged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "evidence", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// The gradient is exactly 0.
    Zero,
    /// The gradient is no larger than its error bar.
    WithinBar {
        /// The largest error bar.
        bar: f64,
    },
    /// By slope and curvature along the gradient, the way left is nothing beside the way made, or beside the point itself.
    Near {
        /// That way: the gradient divided by the curvature.
        distance: f64,
    },
    /// By slope and curvature along the gradient, f can fall by no more than it is rounded.
    Rounded {
        /// By so much: half of the gradient's square divided by the curvature.
        fall: f64,
    },
    /// Coordinates are at their bounds, which the gradient presses against; along all others it is 0 as far as can be told.
    AtBounds {
        /// How many coordinates.
        held: usize,
    },
    /// The gradient is within the tolerance that was given for it.
    GradientTolerance {
        /// The tolerance.
        limit: f64,
    },
    /// Steps have become as short as the tolerance that was given for them.
    StepTolerance {
        /// The tolerance.
        limit: f64,
    },
    /// The value has changed by no more than the tolerance that was given for it.
    ValueTolerance {
        /// The tolerance.
        limit: f64,
    },
}

impl Outcome {
    /// Steps made.
    pub fn steps(&self) -> usize {
        match self {
            Outcome::Converged { steps, .. }
            | Outcome::Stationary { steps, .. }
            | Outcome::Plateau { steps, .. }
            | Outcome::StepsDone { steps }
            | Outcome::Oscillating { steps, .. }
            | Outcome::Diverging { steps, .. }
            | Outcome::Unbounded { steps, .. }
            | Outcome::NoProgress { steps, .. }
            | Outcome::Interrupted { steps }
            | Outcome::VanishedStep { steps, .. }
            | Outcome::SwallowedUpdate { steps, .. }
            | Outcome::ZeroDifference { steps, .. }
            | Outcome::NoGradient { steps, .. }
            | Outcome::NonFinite { steps, .. }
            | Outcome::NoDerivative { steps, .. } => *steps,
            Outcome::NoStart { .. } => 0,
        }
    }

    /// Its kind in a few words: `converged`, `steps done` and so on; of a stationary point, what kind of point that is.
    pub fn kind(&self) -> String {
        match self {
            Outcome::Stationary { point, .. } => format!("stationary ({})", point.kind),
            Outcome::Converged { is_minimum: true, .. } => "converged to a minimum".into(),
            Outcome::Converged { by, .. } if by.is_tolerance() => "within tolerance".into(),
            other => <&'static str>::from(other).replace('-', " "),
        }
    }

    /// How many of each kind there are, most first.
    pub fn counts(outcomes: &[Outcome]) -> Vec<(String, usize)> {
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        outcomes.iter().for_each(|outcome| *counts.entry(outcome.kind()).or_default() += 1);
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// Whether the descent broke down, rather than ended.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Outcome::NonFinite { .. }
                | Outcome::NoDerivative { .. }
                | Outcome::NoStart { .. }
                | Outcome::Diverging { .. }
                | Outcome::Unbounded { .. }
        )
    }

    /// Whether the gradient is 0 as far as can be told, or within its tolerance, and nothing says that this is no minimum.
    pub fn is_converged(&self) -> bool {
        match self {
            Outcome::Converged { by, is_minimum, .. } => {
                *is_minimum || !matches!(by, Evidence::StepTolerance { .. } | Evidence::ValueTolerance { .. })
            }
            _ => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Converged { steps, gradient, by, is_minimum } => {
                let what = match (is_minimum, by.is_tolerance()) {
                    (true, _) => "converged to a minimum",
                    (false, true) => "stopped",
                    (false, false) => "converged",
                };
                write!(f, "{what} after {steps} steps: ")?;
                by.write(*gradient, f)
            }
            Outcome::Stationary { steps, gradient, point } => {
                write!(f, "stationary after {steps} steps at {point}; the gradient is {}", brief(*gradient))
            }
            Outcome::Plateau { steps, gradient, curvature } => write!(
                f,
                "on a plateau after {steps} steps: gradient ({}) and curvature ({}) are too small to lead anywhere; start \
                 elsewhere",
                brief(*gradient),
                brief(*curvature)
            ),
            Outcome::StepsDone { steps } => write!(f, "made all {steps} steps"),
            Outcome::Oscillating { steps, swing, largest_rate } => {
                write!(
                    f,
                    "oscillates after {steps} steps: every second step leads back, {} apart; ",
                    brief(*swing)
                )?;
                match largest_rate {
                    Some(rate) => write!(f, "around here, use a learning rate below {}", brief(*rate)),
                    None => write!(f, "use a smaller learning rate"),
                }
            }
            Outcome::Diverging { steps, since } => write!(
                f,
                "diverging: f has risen since step {since}, and made all {steps} steps; use a smaller learning rate"
            ),
            Outcome::Unbounded { steps, value } => write!(
                f,
                "falls without end: f is {value:.1e} after {steps} steps; add bounds, or look for a wrong sign"
            ),
            Outcome::NoProgress { steps, since } => {
                write!(f, "stopped after {steps} steps: no lower value since step {since}")
            }
            Outcome::Interrupted { steps } => write!(f, "interrupted after {steps} steps"),
            Outcome::VanishedStep { steps, since, message } => write!(
                f,
                "stuck along some axes since step {since}, ended after {steps} (the learning rate may be too large): \
                 {message}"
            ),
            Outcome::ZeroDifference { steps, gradient } => write!(
                f,
                "stuck after {steps} steps: the differences of this descent are 0 there, though the gradient is {}; use increments, or another step",
                brief(*gradient)
            ),
            Outcome::NoStart { message } => write!(f, "cannot start: {message}"),
            Outcome::SwallowedUpdate { steps, largest, precision, is_plain: false } => write!(
                f,
                "stuck after {steps} steps: the update rule moves the point no more in {precision}, though the gradient is up to \
                 {largest:e}"
            ),
            Outcome::SwallowedUpdate { steps, largest, precision, .. } => write!(
                f,
                "stuck after {steps} steps: x - rate * gradient == x along every axis in {precision}, though the \
                 gradient is up to {largest:e}; use a larger learning rate{}",
                if *precision == Precision::F32 { ", or precision f64" } else { "" }
            ),
            Outcome::NoGradient { steps, gradient, bar } => {
                write!(f, "ended after {steps} steps where the gradient is not known: {}", brief(*gradient))?;
                match bar {
                    Some(bar) => write!(f, ", give or take {}", brief(*bar)),
                    None => write!(f, ", and nothing is known of its error"),
                }
            }
            Outcome::NonFinite { steps, since, message } => {
                write!(f, "diverged after {steps} steps")?;
                if since < steps {
                    write!(f, ", rising since step {since}")?;
                }
                write!(f, " (use a smaller learning rate): {message}")
            }
            Outcome::NoDerivative { steps, message } => write!(f, "stopped after {steps} steps: {message}"),
        }
    }
}

impl Evidence {
    /// Whether this is a tolerance that was given.
    pub(super) fn is_tolerance(self) -> bool {
        matches!(
            self,
            Evidence::GradientTolerance { .. }
                | Evidence::StepTolerance { .. }
                | Evidence::ValueTolerance { .. }
        )
    }

    fn write(self, gradient: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gradient = brief(gradient);
        match self {
            Evidence::Zero => write!(f, "the gradient is exactly 0"),
            Evidence::WithinBar { bar } => {
                write!(f, "the gradient, {gradient}, is 0 within its error bar, {}", brief(bar))
            }
            Evidence::Near { distance } => {
                write!(f, "the gradient is {gradient}, and the way left about {}", brief(distance))
            }
            Evidence::Rounded { fall } => write!(
                f,
                "the gradient is {gradient}, and f can fall by about {}, less than it is rounded",
                brief(fall)
            ),
            Evidence::AtBounds { held } => {
                write!(
                    f,
                    "{held} of the coordinates are at bounds, and along the others the gradient is {gradient}"
                )
            }
            Evidence::GradientTolerance { limit } => {
                write!(f, "the gradient, {gradient}, is within the tolerance, {}", brief(limit))
            }
            Evidence::StepTolerance { limit } => {
                write!(
                    f,
                    "steps are shorter than the tolerance, {}; the gradient is {gradient}",
                    brief(limit)
                )
            }
            Evidence::ValueTolerance { limit } => write!(
                f,
                "f changes by less than the tolerance, {}; the gradient is {gradient}",
                brief(limit)
            ),
        }
    }
}
