//! What is asked of a program, and what it answers.

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
    /// A descent's update rule and learning rate; none: values, and gradients if asked for, and no step is made.
    pub(in crate::backend::gpu) update: Option<(&'a str, f64)>,
    pub(in crate::backend::gpu) gradient: bool,
    pub(in crate::backend::gpu) settles: bool,
}

/// What a device answers.
pub(in crate::backend::gpu) struct Reply<T> {
    /// `[point][coordinate]`: gradients, or where a descent led.
    pub(in crate::backend::gpu) main: Vec<T>,
    /// `[point][coordinate]`: where the points of a descent were one step before.
    pub(in crate::backend::gpu) before: Vec<T>,
    /// `[point]`: steps made.
    pub(in crate::backend::gpu) made: Vec<usize>,
    /// `[point]`: whether something is to be said about the last step.
    pub(in crate::backend::gpu) doubted: Vec<bool>,
    /// `[step][point]`
    pub(in crate::backend::gpu) trace: Vec<T>,
}
