//! A program that carries slopes and errors, ready to be run by any thread.

use std::sync::Arc;

use super::checked::{Instructions, Job, Program, Traps};
use super::code::{Code, Flag};
use super::lanes::LANES;
use super::machine::Scratch;
use super::passes::{self, Lengths};
use super::seeds::{Input, Seeds};
use super::slopes::{How, carry, cones, written_error};
use crate::numeric::{Precision, Real};

/// Rows after which a program is not carried: 64 MiB a thread in f64.
const MOST_ROWS: usize = 1 << 17;

/// A program with slopes.
pub(crate) struct Carrying<T> {
    pub(super) instructions: Instructions<T>,
    dimension: usize,
    data: Arc<Vec<T>>,
    data_errors: Arc<Vec<T>>,
}

/// What comes of lanes.
pub(crate) struct CarriedLanes<'a, T> {
    code: &'a Code,
    scratch: &'a Scratch<T>,
}

impl<T: Real> CarriedLanes<'_, T> {
    pub(crate) fn values(&self) -> &[T; LANES] {
        self.scratch.row(self.code.result)
    }

    pub(crate) fn errors(&self) -> &[T; LANES] {
        self.scratch.row(self.code.carried.error)
    }

    /// Slopes, or second slopes if these are carried.
    pub(crate) fn slopes(&self, slot: usize) -> &[T; LANES] {
        self.scratch.row(self.code.carried.wanted().0[slot])
    }

    pub(crate) fn bounds(&self, slot: usize) -> &[T; LANES] {
        self.scratch.row(self.code.carried.wanted().1[slot])
    }

    /// The lanes in which a flag is raised in a slot.
    pub(crate) fn raised(&self, flag: Flag, slot: usize) -> u64 {
        let flags = self.scratch.flags();
        // Doubts about the line are doubts about all.
        let line = flags.get(self.code.carried.slopes.len()).map_or(0, |flags| flags[flag as usize]);
        flags[slot][flag as usize] | line
    }
}

/// How far data, rounded to a precision, may be from what was written; nothing if they all are that.
pub(crate) fn data_errors<T: Real>(data: &[f64]) -> Vec<T> {
    let error = |&value: &f64| written_error(value, Precision::F64) + (value - T::of(value).to_f64()).abs();
    if data.iter().all(|value| error(value) == 0.0) {
        return Vec::new();
    }
    // Rounded up, to be a bound.
    data.iter().map(|value| T::of(error(value) * (1.0 + 1e-6))).collect()
}

impl<T: Real> Program<T> {
    /// The same program with slopes; `squares`: of the square of its result. `None` if it is too large for that.
    pub(crate) fn carrying(
        &self,
        how: &How,
        squares: bool,
        data_errors: &Arc<Vec<T>>,
    ) -> Option<Carrying<T>> {
        let carried = carry(&self.lean, how, squares, !data_errors.is_empty())?;
        let lengths = Lengths { dimension: self.dimension, data: self.data.len() };
        let code = passes::placed(&passes::lean(&carried, lengths));
        (code.rows <= MOST_ROWS).then(|| Carrying {
            instructions: Instructions::new(code),
            dimension: self.dimension,
            data: Arc::clone(&self.data),
            data_errors: Arc::clone(data_errors),
        })
    }
}

/// Pairs of an operation and an axis that one program carries, at most: it is made in a few milliseconds.
const MOST_PAIRS: u64 = 1 << 14;

/// The share of operations that depend on an axis from which on it is worth nothing to know which these are.
const MOST_SHARE: f64 = 0.9;

/// Programs that all axes are spread over, at most.
const MOST_PROGRAMS: usize = 16;

impl<T: Real> Program<T> {
    /// Axes that one program carries where they are known, and the share of operations that depend on one. `None` if they are too
    /// many, or most operations depend on most of them.
    pub(crate) fn known_axes(&self) -> Option<(usize, f64)> {
        *self.known_axes.get_or_init(|| {
            let (count, pairs) = cones(&self.lean, self.dimension)?.pairs(&self.lean);
            let share = pairs as f64 / (count.max(1) * self.dimension as u64) as f64;
            let slots = (self.dimension as u64 * MOST_PAIRS / pairs.max(1)).clamp(1, self.dimension as u64);
            let programs = self.dimension.div_ceil(slots as usize);
            (programs <= MOST_PROGRAMS && share < MOST_SHARE)
                .then_some((self.dimension.div_ceil(programs), share))
        })
    }
}

impl<T: Real> Carrying<T> {
    /// [`sample`](Self::sample) of a program without random rounding.
    #[cfg(test)]
    pub(crate) fn run<R>(
        &self,
        lanes: (Input<'_, T>, [u32; LANES], u64),
        seeds: (Seeds<'_, T>, &[T]),
        traps: &Traps,
        read: impl FnOnce(CarriedLanes<'_, T>) -> R,
    ) -> Option<R> {
        self.sample(0, lanes, seeds, traps, read)
    }

    /// The same with other errors of data: as many as there are numbers.
    pub(crate) fn with_errors<R>(
        &self,
        sample: u32,
        data_errors: &[T],
        (x, terms, active): (Input<'_, T>, [u32; LANES], u64),
        seeds: Seeds<'_, T>,
        traps: &Traps,
        read: impl FnOnce(CarriedLanes<'_, T>) -> R,
    ) -> Option<R> {
        let Carrying { dimension, ref data, .. } = *self;
        let job = Job { input: x, dimension, data, data_errors, seeds, steps: &[], terms, active, sample };
        let code = &self.instructions.code;
        self.instructions.run(&job, traps, |scratch, _| read(CarriedLanes { code, scratch }))
    }

    /// Runs terms, one a lane, at points of which `x` has the coordinates, along `seeds`
    /// (with steps of the caller's own, `[slot][lane]`, if the program takes them), and hands the lanes over to `read`. `None` in a
    /// trap. `sample`: which one, of a program with random rounding.
    pub(crate) fn sample<R>(
        &self,
        sample: u32,
        (x, terms, active): (Input<'_, T>, [u32; LANES], u64),
        (seeds, steps): (Seeds<'_, T>, &[T]),
        traps: &Traps,
        read: impl FnOnce(CarriedLanes<'_, T>) -> R,
    ) -> Option<R> {
        let Carrying { dimension, ref data, ref data_errors, .. } = *self;
        let job = Job { input: x, dimension, data, data_errors, seeds, steps, terms, active, sample };
        let code = &self.instructions.code;
        self.instructions.run(&job, traps, |scratch, _| read(CarriedLanes { code, scratch }))
    }
}
