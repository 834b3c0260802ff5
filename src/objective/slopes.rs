//! Slopes of terms, carried through their formula, with bounds of the errors of all numbers.

pub use crate::program::{Input, Seeds};

use std::any::Any;
use std::fmt;

use super::sums::OfSums;
use crate::error::Error;
use crate::numeric::Real;

/// Terms that carry slopes along: each value with its slopes along several axes, a bound of the error of each, and flags
/// where a slope is in doubt.
pub trait Slopes<T: Real>: Send + Sync {
    /// Lanes that one call computes.
    fn lanes(&self) -> usize;

    /// Whether lanes may have different terms.
    fn takes_terms_in_lanes(&self) -> bool {
        true
    }

    /// The coordinates that a term reads (counted within the selection), in order, if they are known: along others it has no
    /// slope. `None`: it may be any.
    fn reads(&self, _term: u32) -> Option<&[u32]> {
        None
    }

    /// The function as one of a few sums, if it is such: its slopes along axes then follow from those of the sums.
    fn of_sums(&self) -> Option<&OfSums<T>> {
        None
    }

    /// Whether second slopes are carried, too.
    fn has_second(&self) -> bool {
        false
    }

    /// Whether slopes over steps of the caller's own are carried, too.
    fn has_finite(&self) -> bool {
        false
    }

    /// Whether they can be computed with random rounding, too: a [sample](SlopeRequest::sample).
    fn has_samples(&self) -> bool {
        false
    }

    /// How many axes a lane takes in one call where they are [known beforehand](SlopeRequest::first), and the share of its
    /// operations that depend on one of them. `None`: knowing them is worth nothing.
    fn known_axes(&self) -> Option<(usize, f64)> {
        None
    }

    /// Slopes that a lane takes at most in one call.
    fn most_slots(&self) -> usize {
        4
    }

    /// Computes all lanes. Failures are told by [`failure`](Self::failure).
    fn run(&self, request: &SlopeRequest<'_, T>, out: &mut SlopeRows<T>);

    /// Why calls since the last question have no value, other than that it is not finite.
    fn failure(&self) -> Option<Error> {
        None
    }

    /// About how many multiplications and additions a term without slopes takes.
    fn operations(&self) -> u64;
}

/// What is asked of [`Slopes`].
#[derive(Clone, Copy, Debug)]
pub struct SlopeRequest<'a, T> {
    /// Where.
    pub x: Input<'a, T>,
    /// The term of each lane, counted within the selection; at most as many as there are lanes, of which the others do not
    /// count.
    pub terms: &'a [u32],
    /// Along what.
    pub seeds: Seeds<'a, T>,
    /// Where all lanes have the same axes, one after the other, and there are few such ranges: the first. What does not depend on
    /// an axis needs no slope along it then.
    pub first: Option<u32>,
    /// Slopes of a lane.
    pub slots: usize,
    /// `[slot][lane]`: slopes are (f(x + h·s) - f(x))/h along the seed s, with this h, which may be negative; without bars. Empty:
    /// in the limit of small h.
    pub steps: &'a [T],
    /// Whether bounds and flags are wanted.
    pub bars: bool,
    /// 0, or which sample is wanted in which every number is off by its own rounding, up or down at random. A sample has
    /// neither bounds nor flags.
    pub sample: u32,
}

/// What comes of it.
#[derive(Clone, Debug, Default)]
pub struct SlopeRows<T> {
    /// `[lane]`: values, and how far off they may be.
    pub values: Vec<T>,
    /// See [`values`](Self::values).
    pub errors: Vec<T>,
    /// `[slot][lane]`: slopes (second ones if the seeds say so), and how far off they may be: not finite where nothing is known.
    pub slopes: Vec<T>,
    /// See [`slopes`](Self::slopes).
    pub bounds: Vec<T>,
    /// `[slot][lane]`: doubts, see [`BRANCH`](Self::BRANCH), [`JUMP`](Self::JUMP) and [`CORNER`](Self::CORNER).
    pub flags: Vec<u8>,
    /// What the terms keep from call to call.
    pub(super) scratch: Scratch,
}

impl<T: Real> SlopeRows<T> {
    /// A comparison that decides what is computed may come out the other way.
    pub const BRANCH: u8 = 1;
    /// A value at a jump: of floor, round, a conversion to an integer.
    pub const JUMP: u8 = 2;
    /// A value at a corner, of abs or max, where either slope may be the true one: bounds say so, samples may not.
    pub const CORNER: u8 = 4;

    /// Makes room.
    pub(crate) fn resize(&mut self, lanes: usize, slots: usize) {
        self.values.resize(lanes, T::ZERO);
        self.errors.resize(lanes, T::ZERO);
        self.slopes.resize(slots * lanes, T::ZERO);
        self.bounds.resize(slots * lanes, T::ZERO);
        self.flags.clear();
        self.flags.resize(slots * lanes, 0);
    }

    /// Nothing is known.
    pub(crate) fn fill_unknown(&mut self) {
        let unknown = T::of(f64::NAN);
        for numbers in [&mut self.values, &mut self.errors, &mut self.slopes, &mut self.bounds] {
            numbers.fill(unknown);
        }
    }
}

/// Numbers of a type that only those who keep them know: room for a point's coordinates with their slopes.
#[derive(Default)]
pub(super) struct Scratch(Option<Box<dyn Any + Send>>);

impl Scratch {
    /// Those that were kept, with what they were left as, or as many new ones as asked for.
    #[allow(clippy::box_collection, reason = "kept as a type that is not known here")]
    pub(super) fn take<X: Clone + Send + 'static>(&mut self, count: usize, new: X) -> Box<Vec<X>> {
        let kept = self.0.take().and_then(|kept| kept.downcast::<Vec<X>>().ok());
        kept.filter(|kept| kept.len() == count).unwrap_or_else(|| Box::new(vec![new; count]))
    }

    #[allow(clippy::box_collection, reason = "as above")]
    pub(super) fn keep<X: Send + 'static>(&mut self, numbers: Box<Vec<X>>) {
        self.0 = Some(numbers);
    }
}

/// Of what is kept, copies need nothing.
impl Clone for Scratch {
    fn clone(&self) -> Self {
        Scratch::default()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}
