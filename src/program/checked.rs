//! A checked text in one precision, ready to be evaluated by any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::code::{Code, Trap};
use super::compile::Sizes;
use super::displaced::Displaced;
use super::idle::Idle;
use super::lanes::LANES;
use super::machine::{Run, Scratch};
use super::module::{Form, Role, Text, check};
use super::passes::{self, Lengths};
use super::seeds::{Input, Seeds};
use super::whole::Whole;
use crate::numeric::{Real, Sparsity};

/// A checked text in one precision.
pub(crate) struct Program<T> {
    /// As the text has it.
    pub(super) written: Instructions<T>,
    /// With each number computed once, in a row of its own: what slopes are added to.
    pub(super) lean: Code,
    /// The same in few rows.
    pub(super) instructions: Instructions<T>,
    form: Form,
    pub(super) dimension: usize,
    pub(super) data: Arc<Vec<T>>,
    /// See [`known_axes`](Self::known_axes).
    pub(super) known_axes: OnceLock<Option<(usize, f64)>>,
    /// See [`displaced`](Self::displaced): by the sides that are moved.
    pub(super) displaced: [OnceLock<Option<Arc<Displaced<T>>>>; 4],
    /// All terms in one program: of so many, squared or not, once they are asked for.
    pub(super) whole: Found<(usize, bool), Whole<T>>,
    /// What so many terms read, once that is asked for.
    pub(super) reads: Found<usize, Sparsity>,
}

/// What was found first, of what, if there is any.
type Found<K, V> = OnceLock<(K, Option<Arc<V>>)>;

/// Instructions, and what they are run in.
pub(super) struct Instructions<T> {
    pub(super) code: Code,
    idle: Idle<Scratch<T>>,
}

/// What evaluations that belong together fell into: after the first trap, the others give up.
#[derive(Default)]
pub(crate) struct Traps {
    first: Mutex<Option<Fall>>,
    is_set: AtomicBool,
}

/// An evaluation that fell into a trap, and where.
#[derive(Clone, Debug)]
pub(crate) struct Fall {
    pub(crate) trap: Trap,
    pub(crate) term: u32,
    /// The first coordinates of the point.
    pub(crate) x: Vec<f64>,
}

/// Coordinates of a point that reports show.
pub(crate) const SHOWN: usize = 6;

impl Traps {
    /// The first fall since the last call, if any.
    pub(crate) fn take(&self) -> Option<Fall> {
        self.is_set.store(false, Ordering::Relaxed);
        self.first.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, fall: Fall) {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fall);
        self.is_set.store(true, Ordering::Relaxed);
    }
}

impl<T: Real> Instructions<T> {
    pub(super) fn new(code: Code) -> Self {
        Instructions { code, idle: Idle::new() }
    }

    /// Runs the instructions and hands the rows over to `read`; `None` in a trap.
    pub(super) fn run<R>(
        &self,
        job: &Job<'_, T>,
        traps: &Traps,
        read: impl FnOnce(&Scratch<T>, u64) -> R,
    ) -> Option<R> {
        let mut read = Some(read);
        let mut found = None;
        let take = |scratch: &Scratch<T>, turns| found = read.take().map(|read| read(scratch, turns));
        self.run_each(job, [job.terms], traps, take).then_some(found).flatten()
    }

    /// Runs the instructions for terms in lanes, one set after the other; whether there was no trap.
    pub(super) fn run_each(
        &self,
        job: &Job<'_, T>,
        terms: impl IntoIterator<Item = [u32; LANES]>,
        traps: &Traps,
        mut read: impl FnMut(&Scratch<T>, u64),
    ) -> bool {
        if traps.is_set.load(Ordering::Relaxed) {
            return false;
        }
        let mut scratch = self.idle.take().unwrap_or_else(|| Scratch::new(&self.code));
        let mut run = Run {
            code: &self.code,
            input: job.input,
            dimension: job.dimension,
            data: job.data,
            data_errors: job.data_errors,
            seeds: job.seeds,
            steps: job.steps,
            terms: job.terms,
            active: job.active,
            sample: job.sample,
            stop: &traps.is_set,
            trace: None,
        };
        let mut is_done = true;
        for terms in terms {
            run.terms = terms;
            match run.run(&mut scratch) {
                Ok(turns) => read(&scratch, turns),
                Err(trap) => {
                    traps.set(job.fall(trap, terms));
                    is_done = false;
                    break;
                }
            }
        }
        self.idle.give_back(scratch);
        is_done
    }
}

/// What lanes are run on.
pub(super) struct Job<'a, T> {
    pub(super) input: Input<'a, T>,
    pub(super) dimension: usize,
    pub(super) data: &'a [T],
    pub(super) data_errors: &'a [T],
    pub(super) seeds: Seeds<'a, T>,
    pub(super) steps: &'a [T],
    /// The term of each lane.
    pub(super) terms: [u32; LANES],
    /// The lanes that count.
    pub(super) active: u64,
    /// Which sample of random rounding.
    pub(super) sample: u32,
}

impl<T: Real> Job<'_, T> {
    #[cold]
    fn fall(&self, trap: Trap, terms: [u32; LANES]) -> Fall {
        let lane = match trap {
            Trap::OutOfRange { lane, .. } => lane.min(LANES - 1),
            Trap::Runaway { .. } => 0,
        };
        let shown = 0..self.dimension.min(SHOWN);
        let x = shown.map(|i| match self.input {
            Input::Same(x) => x[i].to_f64(),
            Input::Each(x) => x[i * LANES + lane].to_f64(),
        });
        Fall { trap, term: terms[lane], x: x.collect() }
    }
}

/// The lanes that so many terms take, and the terms themselves; the first in lanes left over.
pub(crate) fn in_lanes(terms: &[u32]) -> ([u32; LANES], u64) {
    let mut lanes = [terms.first().copied().unwrap_or(0); LANES];
    lanes[..terms.len()].copy_from_slice(terms);
    (lanes, if terms.len() == LANES { u64::MAX } else { (1 << terms.len()) - 1 })
}

impl<T: Real> Program<T> {
    /// Checks a text for points of `dimension` coordinates; the error is a report on the text.
    pub(crate) fn new(text: Text<'_>, role: Role, dimension: usize, data: Vec<T>) -> Result<Self, String> {
        let sizes = Sizes { dimension: dimension as u32, data: data.len() as u32 };
        let checked = check(text, role, T::PRECISION, sizes)?;
        let lengths = Lengths { dimension, data: data.len() };
        let lean = passes::lean(&passes::fold(&checked.code), lengths);
        Ok(Program {
            written: Instructions::new(checked.code),
            instructions: Instructions::new(passes::placed(&lean)),
            lean,
            form: checked.form,
            dimension,
            data: Arc::new(data),
            known_axes: OnceLock::new(),
            displaced: [const { OnceLock::new() }; 4],
            whole: OnceLock::new(),
            reads: OnceLock::new(),
        })
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// About how many operations one evaluation takes, loops counted once.
    pub(crate) fn operations(&self) -> u64 {
        self.written.code.ops.len() as u64
    }

    /// Terms at [`LANES`] points, one after the other: `x` is `[coordinate][lane]`, and so is what `read` is given. In a trap it
    /// ends early.
    pub(crate) fn at_points(
        &self,
        x: &[T],
        terms: impl IntoIterator<Item = u32>,
        traps: &Traps,
        mut read: impl FnMut(&[T; LANES]),
    ) {
        let job = self.job(Input::Each(x), &self.data, [0; LANES], u64::MAX);
        let terms = terms.into_iter().map(|term| [term; LANES]);
        let result = self.instructions.code.result;
        self.instructions.run_each(&job, terms, traps, |scratch, _| read(scratch.row(result)));
    }

    /// Terms at one point: at most [`LANES`].
    pub(crate) fn of_terms(&self, x: &[T], terms: &[u32], traps: &Traps) -> [T; LANES] {
        self.run(&self.instructions, (x, &self.data), terms, traps).0
    }

    /// The turns that loops of the text make in terms at a point.
    pub(crate) fn turns(&self, x: &[T], terms: &[u32], traps: &Traps) -> u64 {
        self.run(&self.written, (x, &self.data), terms, traps).1
    }

    /// Runs terms as the text has them with other data, which may end earlier: all that it reads is read.
    pub(crate) fn try_data(&self, data: &[T], x: &[T], terms: &[u32], traps: &Traps) {
        self.run(&self.written, (x, data), terms, traps);
    }

    fn run(
        &self,
        instructions: &Instructions<T>,
        (x, data): (&[T], &[T]),
        terms: &[u32],
        traps: &Traps,
    ) -> ([T; LANES], u64) {
        let (terms, active) = in_lanes(terms);
        let job = self.job(Input::Same(x), data, terms, active);
        let read = |scratch: &Scratch<T>, turns| (*scratch.row(instructions.code.result), turns);
        instructions.run(&job, traps, read).unwrap_or(([T::of(f64::NAN); LANES], 0))
    }

    /// What lanes of plain values are run on.
    pub(super) fn job<'a>(
        &self,
        input: Input<'a, T>,
        data: &'a [T],
        terms: [u32; LANES],
        active: u64,
    ) -> Job<'a, T> {
        let (dimension, seeds) = (self.dimension, Seeds::None);
        Job { input, dimension, data, data_errors: &[], seeds, steps: &[], terms, active, sample: 0 }
    }
}
