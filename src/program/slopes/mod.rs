//! Slopes carried through a program: beside each value v its slope along some axes, and bounds of the errors of both.
//!
//! f(x+h) - f(x) loses its digits where two totals are subtracted. Carried through the formula, operation by operation, the
//! change loses none: of a product it is a·db + da·b (divided differences of programs: Reps and Rall, 2003; slopes:
//! Krawczyk and Neumaier, 1985). The changes are divided by h from the start, so that none underflows. With them goes a
//! running bound of their rounding errors (Wilkinson; Bauer 1974), and flags where a slope is in doubt at all.
//!
//! In the order of the flow: [`expand`] writes composed functions out, [`kinds`] finds what each row has to carry,
//! and [`reach`] along which axes if these are known, [`layout`] gives it room, [`carry`] rewrites each instruction by the [`rules`], with those of [`functions`] by their
//! slopes, and raises flags where a slope is in doubt. [`finite`] does the same for steps that are no limit. Where a sample
//! with random rounding is wanted in the place of bounds, [`random`] makes that of them.

mod arith;
mod carry;
mod doubts;
mod expand;
mod finite;
mod functions;
mod kinds;
mod layout;
mod literal;
mod operations;
mod powers;
mod random;
mod reach;
pub(crate) mod rules;
mod second;
mod special;
#[cfg(test)]
mod tests;

pub(crate) use arith::N;
pub(super) use carry::carry;
pub(super) use literal::written_error;
pub(super) use reach::cones;
#[cfg(test)]
pub(super) use rules::broken;
pub(super) use rules::{Condition, Rule};

use crate::numeric::Precision;

/// What is to be carried, and how well the engine computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct How {
    /// Axes at a time.
    pub(crate) slots: u32,
    /// Whether second slopes go along: of each axis and one more line, which is the last slot.
    pub(crate) second: bool,
    /// Whether bounds of errors go along.
    pub(crate) bars: bool,
    /// Whether slopes are those over a step of the caller's own. Without second slopes and bounds.
    pub(crate) finite: bool,
    /// Whether, in the place of bounds, every number is made off by its own rounding at random.
    pub(crate) random: bool,
    /// Whether the direction itself may be off.
    pub(crate) inexact_direction: bool,
    /// The axis of the first slot, if slots are axes one after the other, the same in all lanes. `None`: any.
    pub(crate) first: Option<u32>,
    pub(crate) model: Model,
}

impl How {
    /// Slots of slopes.
    pub(super) fn lines(&self) -> u32 {
        self.slots + u32::from(self.second)
    }

    /// The precision of the numbers.
    pub(super) fn precision(&self) -> Precision {
        self.model.precision
    }
}

/// The largest relative errors, in units of half a unit in the last place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Model {
    pub(crate) functions: Functions,
    pub(crate) division: f64,
    pub(crate) root: f64,
    pub(crate) precision: Precision,
}

/// Whose functions they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Functions {
    /// The CPU engine's.
    Cpu,
    /// The prelude's in f32.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "devices come with the feature"))]
    Prelude,
    /// Within this, each.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "devices come with the feature"))]
    Within(f64),
}

impl Model {
    /// The CPU engine: functions as measured (`shaders/README.md`), the rest correctly rounded.
    pub(crate) fn cpu(precision: Precision) -> Self {
        Model { functions: Functions::Cpu, division: 1.0, root: 1.0, precision }
    }

    /// Devices. In f32 quotients and roots are the prelude's, which need no more of WGSL's own than that they are off by a few
    /// units in the last place; functions are as measured. Of f64 WGSL promises nothing: functions to 2.5 ulp, divisions as of
    /// f32, 2.5 ulp, roots by a division and an inverse root.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "devices come with the feature"))]
    pub(crate) fn device(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Model { functions: Functions::Prelude, division: 1.05, root: 1.05, precision },
            Precision::F64 => {
                Model { functions: Functions::Within(5.0), division: 5.0, root: 6.0, precision }
            }
        }
    }
}
