//! Displacements in lanes, each lane with one of its own: the terms where they lead.

use std::ops::Range;

use crate::difference::displacement::{Displacement, Displacements, Lower, NONE};
use crate::numeric::Real;
use crate::objective::Terms;

/// Memory of a thread.
#[derive(Default)]
pub(super) struct Displaced<T> {
    /// The points at hand, `[coordinate][lane]`, unmoved between displacements, and which they are.
    x: Vec<T>,
    held: Vec<u32>,
    /// `[term][lane]`
    upper: Vec<T>,
    lower: Vec<T>,
}

impl<T: Real> Displaced<T> {
    /// Evaluates the terms of some ranges above and below, one displacement a lane.
    pub(super) fn evaluate(
        &mut self,
        terms: &dyn Terms<T>,
        what: &Displacements<'_, T>,
        here: &[Displacement<T>],
        ranges: &[Range<usize>],
    ) {
        let (lanes, Displaced { x, held, upper, lower }) = (here.len(), self);
        x.resize(what.dimension * lanes, T::ZERO);
        held.resize(lanes, NONE);
        let count: usize = ranges.iter().map(Range::len).sum();
        upper.resize((count * lanes).max(upper.len()), T::ZERO);
        lower.resize((count * lanes).max(lower.len()), T::ZERO);
        for (lane, (held, here)) in held.iter_mut().zip(here).enumerate() {
            if *held != here.source {
                for (row, &coordinate) in x.chunks_exact_mut(lanes).zip(what.source(here.source)) {
                    row[lane] = coordinate;
                }
                *held = here.source;
            }
        }
        let put = |x: &mut [T], value: &dyn Fn(&Displacement<T>) -> Option<T>| {
            for (lane, here) in here.iter().enumerate().filter(|(_, here)| here.axis != NONE) {
                let axis = here.axis as usize;
                let unmoved = || what.source(here.source)[axis];
                x[axis * lanes + lane] = value(here).unwrap_or_else(unmoved);
            }
        };
        let evaluate = |x: &[T], into: &mut [T]| {
            let mut begin = 0;
            for range in ranges {
                let own = begin..begin + range.len() * lanes;
                terms.evaluate_lanes(x, range.clone(), &mut into[own.clone()]);
                begin = own.end;
            }
        };
        put(x, &|here| Some(here.upper));
        evaluate(x, upper);
        if here.iter().any(|here| matches!(here.lower, Lower::Moved(_))) {
            put(x, &|here| match here.lower {
                Lower::Moved(value) => Some(value),
                _ => None,
            });
            evaluate(x, lower);
        }
        put(x, &|_| None);
    }

    /// What a displacement comes to in each term of these ranges, which have been evaluated for it in a lane among so many; `base` gives
    /// the term of a base.
    pub(super) fn differences<'a>(
        &'a self,
        here: &'a Displacement<T>,
        (lane, lanes): (usize, usize),
        ranges: &'a [Range<usize>],
        base: impl Fn(u32, usize) -> T + 'a,
    ) -> impl Iterator<Item = (usize, T)> + 'a {
        ranges.iter().flat_map(Range::clone).enumerate().map(move |(i, term)| {
            let above = self.upper[i * lanes + lane];
            let difference = match here.lower {
                Lower::Nothing => above,
                Lower::Base(of) => above - base(of, term),
                Lower::Moved(_) => above - self.lower[i * lanes + lane],
            };
            (term, difference)
        })
    }
}

/// The displacements of all lanes from one on; the last one goes into lanes left over.
pub(super) fn lanes_from<T: Real>(
    what: &Displacements<'_, T>,
    first: usize,
    count: usize,
    lanes: usize,
) -> Vec<Displacement<T>> {
    (0..lanes).map(|lane| what.at(first + lane.min(count - 1))).collect()
}
