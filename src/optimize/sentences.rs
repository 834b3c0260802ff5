//! Outcomes as sentences that say what to do next.

use std::fmt;

use super::gain::brief;
use super::{Evidence, Outcome};
use crate::numeric::Precision;

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
