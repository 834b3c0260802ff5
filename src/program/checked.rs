//! A checked text in one precision, ready to be evaluated by any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::code::{Code, Trap};
use super::compile::Sizes;
use super::lanes::LANES;
use super::machine::{Input, Run, Scratch};
use super::module::{Form, Role, Text, check};
use crate::numeric::Real;

/// A checked text in one precision.
pub(crate) struct Program<T> {
    code: Code,
    form: Form,
    dimension: usize,
    data: Vec<T>,
    /// Scratch rows that no thread uses at the moment.
    idle: Mutex<Vec<Scratch<T>>>,
}

/// What evaluations that belong together fell into: after the first trap, the others give up.
#[derive(Default)]
pub(crate) struct Traps {
    first: Mutex<Option<Trap>>,
    is_set: AtomicBool,
}

impl Traps {
    /// The first trap since the last call, if any.
    pub(crate) fn take(&self) -> Option<Trap> {
        self.is_set.store(false, Ordering::Relaxed);
        self.first.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, trap: Trap) {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trap);
        self.is_set.store(true, Ordering::Relaxed);
    }
}

impl<T: Real> Program<T> {
    /// Checks a text for points of `dimension` coordinates; the error is a report on the text.
    pub(crate) fn new(text: Text<'_>, role: Role, dimension: usize, data: Vec<T>) -> Result<Self, String> {
        let sizes = Sizes { dimension: dimension as u32, data: data.len() as u32 };
        let checked = check(text, role, T::PRECISION, sizes)?;
        Ok(Program { code: checked.code, form: checked.form, dimension, data, idle: Mutex::default() })
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// About how many operations one evaluation takes, loops counted once.
    pub(crate) fn operations(&self) -> u64 {
        self.code.ops.len() as u64
    }

    /// One term at [`LANES`] points: `x` is `[coordinate][lane]`. NaN in a trap.
    pub(crate) fn at_points(&self, x: &[T], term: u32, traps: &Traps) -> [T; LANES] {
        self.run(Input::Each(x), [term; LANES], u64::MAX, traps).0
    }

    /// Terms at one point, and the turns that loops made: at most [`LANES`].
    pub(crate) fn of_terms(&self, x: &[T], terms: &[u32], traps: &Traps) -> ([T; LANES], u64) {
        let mut lanes = [terms.first().copied().unwrap_or(0); LANES];
        lanes[..terms.len()].copy_from_slice(terms);
        let active = if terms.len() == LANES { u64::MAX } else { (1 << terms.len()) - 1 };
        self.run(Input::Same(x), lanes, active, traps)
    }

    fn run(&self, input: Input<'_, T>, terms: [u32; LANES], active: u64, traps: &Traps) -> ([T; LANES], u64) {
        if traps.is_set.load(Ordering::Relaxed) {
            return ([T::of(f64::NAN); LANES], 0);
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = idle.unwrap_or_else(|| Scratch::new(&self.code));
        let run = Run {
            code: &self.code,
            input,
            dimension: self.dimension,
            data: &self.data,
            terms,
            active,
            stop: &traps.is_set,
        };
        let done = run.run(&mut scratch);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        done.unwrap_or_else(|trap| {
            traps.set(trap);
            ([T::of(f64::NAN); LANES], 0)
        })
    }
}
