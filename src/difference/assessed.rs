//! What differences come to, and what that asks for.

use super::Scheme;
use super::limit::Wish;
use crate::numeric::Precision;

/// What is differenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Geometry {
    /// f along a line: each step has f(h) - f(0) and f(-h) - f(0).
    Line,
    /// f in a plane: each step has a mixed second difference over both sides, and one over one side of either axis.
    Plane,
}

/// Differences at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepSize {
    pub(crate) exponent: i32,
    /// How far the points really lie from the middle, in units of the step: up and down.
    pub(crate) reach: [f64; 2],
}

/// Differences of f at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampled {
    /// Of a line: up and down; of a plane: over both sides and over one. NaN: there is none.
    pub(crate) sides: [f64; 2],
    /// Of a plane, what is odd along its diagonals.
    pub(crate) diagonals: [f64; 2],
    /// The largest size of f where it was evaluated.
    pub(crate) size: f64,
}

/// What the differences come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Assessed {
    /// In units of the scale.
    pub(crate) value: f64,
    pub(crate) error: f64,
    /// Of the step.
    pub(crate) exponent: i32,
    /// Which sides were used; `None`: neither has a finite difference.
    pub(crate) scheme: Option<Scheme>,
    /// Half of what the slope jumps by, and how wrong that may be, if it does.
    pub(crate) kink: Option<(f64, f64)>,
    /// What f jumps by, from the lower side to the upper one, if it does.
    pub(crate) jump: Option<f64>,
    /// And the slopes on the lower and the upper side of a jump, where they are known.
    pub(crate) slopes: [Option<f64>; 2],
    pub(crate) wish: Wish,
    /// Whether what looks like noise may be a function that changes faster than the steps, or there is a kink: only smaller
    /// steps can tell.
    pub(crate) is_unresolved: bool,
    /// What f tends to in the middle, if it has no value there; in a sequence, less what differences are to. And how wrong
    /// that may be.
    pub(crate) middle: f64,
    pub(crate) middle_error: f64,
    /// Whether the slope is known well, measured by f, or f is known to have no limit.
    pub(crate) is_settled: bool,
    /// How many times larger than rounding the noise in f is.
    pub(crate) times: f64,
}

impl Assessed {
    /// Whether an error bar is good enough not to look further.
    pub(super) fn is_good(&self, geometry: Geometry, precision: Precision) -> bool {
        // Second differences lose more digits.
        let enough = match (precision, geometry) {
            (Precision::F32, Geometry::Line) => 4e-5,
            (Precision::F32, Geometry::Plane) => 4e-4,
            (Precision::F64, Geometry::Line) => 1e-10,
            (Precision::F64, Geometry::Plane) => 1e-9,
        };
        self.error <= enough * self.value.abs()
    }

    /// Whether larger steps (true) or smaller ones (false) are the next to be tried.
    pub(super) fn wants_larger(&self) -> bool {
        !self.is_unresolved && self.wish != Wish::Smaller
    }
}
