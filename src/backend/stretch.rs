//! Steps of a descent that a device makes by itself.

use ndarray::{Array2, ArrayView2};

use crate::difference::{Scheme, Step};

/// Where the gradients of a descent come from, other than from increments of whole gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gradients {
    /// Slopes in the limit of small steps.
    Slopes,
    /// Slopes over the step.
    SlopesOverSteps,
    /// Differences of values over the step.
    Differences,
}

/// An update rule on the host, in either precision.
pub(crate) trait Mover: Sync {
    /// Numbers that it keeps for each coordinate.
    fn state(&self) -> usize;

    /// Whether all points move alike: then coordinates of several points are moved at once.
    fn is_common(&self) -> bool;

    /// Moves coordinates by the gradient's components in a step: those of a point, or if it [is common](Self::is_common) of any
    /// number of points. `state` has all numbers of a coordinate one after the other.
    fn f64(&self, point: usize, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize);

    /// See [`f64`](Self::f64).
    fn f32(&self, point: usize, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize);
}

/// An update rule on a device.
#[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices read it"))]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeviceRule {
    /// Statements that change `x`, and what is kept, `s0` and `s1`, by `gradient` and the numbers `k0`, `k1`, … of the step.
    pub(crate) wgsl: String,
    /// Numbers that are kept for each coordinate.
    pub(crate) state: usize,
    /// The numbers of each step.
    pub(crate) numbers: Vec<[f64; RULE_NUMBERS]>,
}

/// Numbers of a rule in a step, at most.
pub(crate) const RULE_NUMBERS: usize = 12;

/// Numbers that a rule keeps for a coordinate on a device, at most.
pub(crate) const RULE_STATE: usize = 2;

/// Steps of a descent for a device to make by itself.
#[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices make and read all of it"))]
pub(crate) struct Stretch<'a> {
    /// `[batch, n]`
    pub(crate) points: ArrayView2<'a, f64>,
    /// `[batch, n · k]`: what the rule keeps, those of a coordinate one after the other.
    pub(crate) state: ArrayView2<'a, f64>,
    /// Steps made before.
    pub(crate) first: usize,
    pub(crate) host: &'a dyn Mover,
    /// The same where the device is not the host.
    pub(crate) device: Option<DeviceRule>,
    /// `[axis]`: each step ends at the nearest point within, in numbers of the precision.
    pub(crate) limits: Option<(&'a [f64], &'a [f64])>,
    pub(crate) how: (Scheme, Step),
    /// The terms of each step, all equally many; empty: those selected.
    pub(crate) batches: &'a [Vec<u32>],
    pub(crate) steps: usize,
    /// Whether a point halts where an update changes nothing.
    pub(crate) settles: bool,
    /// For each step, whether the values before it are wanted.
    pub(crate) reported: &'a [bool],
}

/// What a device made of a [`Stretch`].
pub(crate) struct Advanced {
    /// `[batch, n]`: after the steps made.
    pub(crate) points: Array2<f64>,
    /// `[batch, n]`: before the last of them; anything if none was made.
    pub(crate) before: Array2<f64>,
    /// `[batch, n · k]`: what the rule keeps.
    pub(crate) state: Array2<f64>,
    /// For each point, the steps made; fewer than asked for if the next one needs looking at.
    pub(crate) made: Vec<usize>,
    /// `[step, batch]`: the values before each step that was wanted, over its terms.
    pub(crate) values: Array2<f64>,
    /// The lowest values on the way, of a device that looks at each.
    pub(crate) lowest: Option<Lowest>,
}

/// Of each point the lowest value at which a gradient was taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lowest {
    /// Infinite if there was none.
    pub(crate) values: Vec<f64>,
    /// `[batch, n]`
    pub(crate) points: Array2<f64>,
    /// Steps made before.
    pub(crate) steps: Vec<usize>,
}
