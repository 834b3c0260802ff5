//! Why a descent stopped, and what is there.

use serde::{Deserialize, Serialize};

use super::kind::StationaryPoint;
use crate::numeric::Precision;

/// Why the descent of one point stopped, and what is there. Norms of gradients are the largest component's absolute value, along the
/// coordinates that no bound holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, strum::IntoStaticStr)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
