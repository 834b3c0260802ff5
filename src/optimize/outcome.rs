//! Why a descent stopped, as sentences that say what to do next.

use std::fmt;

use serde::Serialize;

use crate::numeric::Precision;

/// Why the descent of one point stopped.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// All steps were made.
    StepsDone {
        /// Steps made.
        steps: usize,
    },
    /// The gradient is exactly 0, so no further step would move.
    Stationary {
        /// Steps made before.
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
    /// x - rate·g == x along every axis: the updates are too small for the working precision.
    SwallowedUpdate {
        /// Steps made before.
        steps: usize,
        /// The largest component of the gradient, in absolute value.
        largest: f64,
        /// The working precision that swallowed it.
        precision: Precision,
    },
    /// The objective or the point was no longer finite; the last point with a finite gradient is kept.
    NonFinite {
        /// Steps that led to the point kept.
        steps: usize,
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

impl Outcome {
    /// Steps made.
    pub fn steps(&self) -> usize {
        match self {
            Outcome::StepsDone { steps }
            | Outcome::Stationary { steps }
            | Outcome::VanishedStep { steps, .. }
            | Outcome::SwallowedUpdate { steps, .. }
            | Outcome::NonFinite { steps, .. }
            | Outcome::NoDerivative { steps, .. } => *steps,
        }
    }

    /// Whether the descent broke down, rather than ended.
    pub fn is_failure(&self) -> bool {
        matches!(self, Outcome::NonFinite { .. } | Outcome::NoDerivative { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::StepsDone { steps } => write!(f, "made all {steps} steps"),
            Outcome::Stationary { steps } => {
                write!(f, "stopped after {steps} steps: the gradient is exactly 0 there")
            }
            Outcome::VanishedStep { steps, since, message } => write!(
                f,
                "stuck along some axes since step {since}, ended after {steps} (the learning rate may be too large): \
                 {message}"
            ),
            Outcome::SwallowedUpdate { steps, largest, precision } => write!(
                f,
                "stuck after {steps} steps: x - rate * gradient == x along every axis in {precision}, though the \
                 gradient is up to {largest:e}; use a larger learning rate{}",
                if *precision == Precision::F32 { ", or precision f64" } else { "" }
            ),
            Outcome::NonFinite { steps, message } => {
                write!(f, "diverged after {steps} steps (use a smaller learning rate): {message}")
            }
            Outcome::NoDerivative { steps, message } => write!(f, "stopped after {steps} steps: {message}"),
        }
    }
}
