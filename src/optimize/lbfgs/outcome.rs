//! Why a minimisation stopped.

use std::fmt;

use serde::Serialize;

use crate::optimize::StationaryPoint;

/// Why the minimisation of one start stopped. Norms of gradients are the largest component's absolute value, along the coordinates that no
/// bound holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MinimumOutcome {
    /// The gradient is 0 within its error bar, or within the tolerance.
    Converged {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// How large it might be though it were 0: the largest error bar, or the tolerance.
        within: f64,
    },
    /// What is left to go to the minimum is no more than a coordinate is rounded by.
    AtRest {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
    },
    /// The gradient is 0 as far as can be told, but this is no minimum, or the Hessian does not tell.
    Stationary {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// What kind of point it is.
        point: StationaryPoint,
    },
    /// Gradient and curvature are so small that they lead nowhere.
    Plateau {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// The second derivative along the gradient.
        curvature: f64,
    },
    /// No lower value was found along the gradient: f is rounded, or its gradient is wrong there.
    NoDecrease {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
        /// The largest error bar, if bars are known.
        bar: Option<f64>,
    },
    /// All steps were made.
    StepsDone {
        /// Steps made.
        steps: usize,
        /// The norm of the gradient.
        gradient: f64,
    },
    /// f has fallen below all numbers that are reasonable: there is no minimum this way.
    Unbounded {
        /// Steps made.
        steps: usize,
    },
    /// There is no finite value or gradient at the start.
    NoStart {
        /// The message of the error.
        message: String,
    },
}

impl MinimumOutcome {
    /// Steps made.
    pub fn steps(&self) -> usize {
        match self {
            MinimumOutcome::Converged { steps, .. }
            | MinimumOutcome::AtRest { steps, .. }
            | MinimumOutcome::Stationary { steps, .. }
            | MinimumOutcome::Plateau { steps, .. }
            | MinimumOutcome::NoDecrease { steps, .. }
            | MinimumOutcome::StepsDone { steps, .. }
            | MinimumOutcome::Unbounded { steps } => *steps,
            MinimumOutcome::NoStart { .. } => 0,
        }
    }

    /// Whether it ended at a point where the gradient is 0 as far as can be told in this precision.
    pub fn is_converged(&self) -> bool {
        matches!(self, MinimumOutcome::Converged { .. } | MinimumOutcome::AtRest { .. })
    }
}

impl fmt::Display for MinimumOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MinimumOutcome::Converged { steps, gradient, within } => {
                write!(
                    f,
                    "converged after {steps} steps: the gradient, {gradient:.1e}, is 0 within {within:.1e}"
                )
            }
            MinimumOutcome::AtRest { steps, gradient } => write!(
                f,
                "converged after {steps} steps: the minimum is nearer than x is rounded by; the gradient is {gradient:.1e}"
            ),
            MinimumOutcome::Stationary { steps, gradient, point } => {
                write!(f, "stationary after {steps} steps at {point}; the gradient is {gradient:.1e}")
            }
            MinimumOutcome::Plateau { steps, gradient, curvature } => write!(
                f,
                "on a plateau after {steps} steps: gradient ({gradient:.1e}) and curvature ({curvature:.1e}) are too small to lead \
                 anywhere; start elsewhere"
            ),
            MinimumOutcome::NoDecrease { steps, gradient, bar } => {
                write!(f, "found no lower value after {steps} steps; the gradient is {gradient:.1e}")?;
                match bar {
                    Some(bar) => write!(f, ", its error bar {bar:.1e}"),
                    None => Ok(()),
                }
            }
            MinimumOutcome::StepsDone { steps, gradient } => {
                write!(f, "made all {steps} steps, and is not there yet: the gradient is {gradient:.1e}")
            }
            MinimumOutcome::Unbounded { steps } => {
                write!(
                    f,
                    "falls without end: stopped after {steps} steps; add bounds, or look for a wrong sign"
                )
            }
            MinimumOutcome::NoStart { message } => write!(f, "cannot start: {message}"),
        }
    }
}
