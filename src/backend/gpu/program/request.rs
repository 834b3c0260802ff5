//! What is asked of a program, and what it answers.

use crate::backend::DeviceRule;
use crate::difference::{Scheme, Step};

/// What a device is asked for.
#[derive(Clone, Copy)]
pub(in crate::backend::gpu) struct Request<'a, T> {
    /// `[point][coordinate]`
    pub(in crate::backend::gpu) points: &'a [T],
    pub(in crate::backend::gpu) how: (Scheme, Step),
    /// How many.
    pub(in crate::backend::gpu) count: usize,
    /// The terms of each step, one after another; or of all steps, if there are only as many as one takes.
    pub(in crate::backend::gpu) order: &'a [u32],
    /// Terms that a step takes.
    pub(in crate::backend::gpu) batch: usize,
    pub(in crate::backend::gpu) steps: usize,
    /// A descent's update rule; none: values, and gradients if asked for, and no step is made.
    pub(in crate::backend::gpu) update: Option<Update<'a, T>>,
    pub(in crate::backend::gpu) gradient: bool,
    pub(in crate::backend::gpu) settles: bool,
}

/// An update rule of a descent.
#[derive(Clone, Copy)]
pub(in crate::backend::gpu) struct Update<'a, T> {
    pub(in crate::backend::gpu) rule: &'a DeviceRule,
    /// The step whose numbers come first.
    pub(in crate::backend::gpu) first: usize,
    /// `[k][point][coordinate]`: what it keeps.
    pub(in crate::backend::gpu) state: &'a [T],
    /// `[coordinate]`: the lower bounds, then the upper ones, all finite; empty: there are none.
    pub(in crate::backend::gpu) limits: &'a [T],
}

/// What a device answers.
pub(in crate::backend::gpu) struct Reply<T> {
    /// `[point][coordinate]`: gradients, or where a descent led.
    pub(in crate::backend::gpu) main: Vec<T>,
    /// `[point][coordinate]`: where the points of a descent were one step before.
    pub(in crate::backend::gpu) before: Vec<T>,
    /// `[k][point][coordinate]`: what the rule of a descent keeps.
    pub(in crate::backend::gpu) state: Vec<T>,
    /// `[point]`: steps made.
    pub(in crate::backend::gpu) made: Vec<usize>,
    /// `[point]`: whether something is to be said about the last step.
    pub(in crate::backend::gpu) doubted: Vec<bool>,
    /// `[step][point]`
    pub(in crate::backend::gpu) trace: Vec<T>,
}
