//! The terms of a text with their slopes, run on the host.

use std::sync::{Arc, Mutex, PoisonError};

use super::terms::explain;
use crate::error::Error;
use crate::numeric::{Real, Sparsity};
use crate::objective::slopes::{SlopeRequest, SlopeRows, Slopes};
use crate::objective::{OfSums, Selection};
#[cfg(feature = "gpu")]
use crate::objective::{SlopeShape, SlopeText};
#[cfg(feature = "gpu")]
use crate::program::data_errors;
use crate::program::{Carrying, Flag, How, LANES, Model, Program, Seeds, Traps, in_lanes};

/// A program with slopes, if it can be made.
type Made<T> = Option<Arc<Carrying<T>>>;

/// A program that was run last, kept with the rows of a thread: looking it up among all takes a lock that others hold.
#[derive(Clone)]
struct Last<T> {
    /// Of which terms it is.
    of: Arc<Program<T>>,
    squares: bool,
    how: How,
    made: Made<T>,
}

/// Some terms of a program.
pub(super) struct Carried<T: Real> {
    /// What messages call the objective.
    name: String,
    program: Arc<Program<T>>,
    squares: bool,
    data_errors: Arc<Vec<T>>,
    /// `None`: all, in order.
    indices: Option<Vec<u32>>,
    /// What each term reads, if that is known and worth it.
    reads: Option<Arc<Sparsity>>,
    /// The same as a function of sums, if it is one.
    of_sums: Option<OfSums<T>>,
    traps: Traps,
    /// Programs made so far.
    made: Mutex<Vec<(How, Made<T>)>>,
}

impl<T: Real> Carried<T> {
    /// `None` if the program is too large to carry slopes.
    pub(super) fn new(
        name: &str,
        program: &Arc<Program<T>>,
        squares: bool,
        data_errors: Arc<Vec<T>>,
        (selection, terms): (Selection<'_>, usize),
    ) -> Option<Self> {
        let carried = Carried {
            name: name.into(),
            program: Arc::clone(program),
            squares,
            data_errors,
            indices: selection.to_indices(),
            reads: (terms > 1).then(|| program.reads(terms)).flatten(),
            of_sums: None,
            traps: Traps::default(),
            made: Mutex::default(),
        };
        carried.program_for(how::<T>(1, true, [false; 2], &Seeds::None)).is_some().then_some(carried)
    }

    pub(super) fn with_sums(self, of_sums: Option<OfSums<T>>) -> Self {
        Carried { of_sums, ..self }
    }

    fn program_for(&self, how: How) -> Made<T> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, program)) = made.iter().find(|(known, _)| *known == how) {
            return program.clone();
        }
        let program = self.program.carrying(&how, self.squares, &self.data_errors).map(Arc::new);
        made.push((how, program.clone()));
        program
    }

    fn run_program(&self, program: &Carrying<T>, request: &SlopeRequest<'_, T>, out: &mut SlopeRows<T>) {
        let &SlopeRequest { x, terms, seeds, slots, steps, sample, .. } = request;
        let (mut terms, active) = in_lanes(terms);
        if let Some(indices) = &self.indices {
            terms = terms.map(|s| indices[s as usize]);
        }
        let done = program.sample(sample, (x, terms, active), (seeds, steps), &self.traps, |found| {
            out.values.copy_from_slice(found.values());
            out.errors.copy_from_slice(found.errors());
            for slot in 0..slots {
                let lanes = slot * LANES..(slot + 1) * LANES;
                out.slopes[lanes.clone()].copy_from_slice(found.slopes(slot));
                out.bounds[lanes.clone()].copy_from_slice(found.bounds(slot));
                for (flag, bit) in [
                    (Flag::Branch, SlopeRows::<T>::BRANCH),
                    (Flag::Jump, SlopeRows::<T>::JUMP),
                    (Flag::Corner, SlopeRows::<T>::CORNER),
                ] {
                    let raised = found.raised(flag, slot);
                    if raised != 0 {
                        let lanes = out.flags[lanes.clone()].iter_mut().enumerate();
                        lanes.for_each(|(lane, flags)| {
                            *flags |= if raised >> lane & 1 == 1 { bit } else { 0 }
                        });
                    }
                }
            }
        });
        if done.is_none() {
            out.fill_unknown();
        }
    }
}

fn how<T: Real>(slots: usize, bars: bool, [finite, random]: [bool; 2], seeds: &Seeds<'_, T>) -> How {
    let (second, inexact_direction) = (seeds.is_second(), seeds.has_direction());
    let (slots, model) = (slots as u32, Model::cpu(T::PRECISION));
    let bars = (bars || random) && !finite;
    How { slots, second, finite, bars, random, inexact_direction, first: None, model }
}

/// The terms with their slopes for devices. `None` if the program is too large for them.
#[cfg(feature = "gpu")]
pub(super) fn text<T: Real>(
    name: &str,
    program: &Program<T>,
    squares: bool,
    data: &[f64],
    shape: &SlopeShape,
) -> Option<SlopeText> {
    let errors: Vec<T> = data_errors(data);
    let how = How {
        slots: shape.slots as u32,
        second: shape.second,
        finite: shape.finite,
        bars: (shape.bars || shape.random) && !shape.finite,
        random: shape.random,
        inexact_direction: shape.along_vectors,
        first: None,
        model: Model::device(T::PRECISION),
    };
    match program.carried_text(&how, squares, !errors.is_empty()) {
        Ok(source) => Some(SlopeText { source, data_errors: errors.iter().map(|e| e.to_f64()).collect() }),
        Err(reason) => {
            tracing::info!("`{name}` carries no slopes on devices: {reason}; differences are direct");
            None
        }
    }
}

impl<T: Real> Slopes<T> for Carried<T> {
    fn lanes(&self) -> usize {
        LANES
    }

    fn reads(&self, term: u32) -> Option<&[u32]> {
        let term = self.indices.as_ref().map_or(term, |indices| indices[term as usize]);
        self.reads.as_ref().map(|reads| reads.of(term as usize))
    }

    fn known_axes(&self) -> Option<(usize, f64)> {
        self.program.known_axes()
    }

    fn of_sums(&self) -> Option<&OfSums<T>> {
        self.of_sums.as_ref()
    }

    fn has_second(&self) -> bool {
        true
    }

    fn has_finite(&self) -> bool {
        true
    }

    fn has_samples(&self) -> bool {
        true
    }

    fn run(&self, request: &SlopeRequest<'_, T>, out: &mut SlopeRows<T>) {
        let &SlopeRequest { seeds, first, slots, steps, bars, sample, .. } = request;
        out.resize(LANES, slots);
        let own = [!steps.is_empty(), sample > 0];
        let how = How { first, ..how(slots, bars, own, &seeds) };
        let mut last = out.scratch.take::<Option<Last<T>>>(1, None);
        let is_last = |last: &&Last<T>| {
            Arc::ptr_eq(&last.of, &self.program) && (last.squares, last.how) == (self.squares, how)
        };
        if last[0].as_ref().filter(is_last).is_none() {
            last[0] = Some(Last {
                of: Arc::clone(&self.program),
                squares: self.squares,
                how,
                made: self.program_for(how),
            });
        }
        if let Some(program) = last[0].as_ref().and_then(|last| last.made.as_ref()) {
            self.run_program(program, request, out);
        } else {
            out.fill_unknown();
        }
        out.scratch.keep(last);
    }

    fn failure(&self) -> Option<Error> {
        self.traps.take().map(|fall| explain(&self.name, self.program.form(), &fall))
    }

    fn operations(&self) -> u64 {
        self.program.operations()
    }
}
