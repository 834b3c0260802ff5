//! Some terms of a formula with slopes.

use std::sync::Arc;

use crate::error::Error;
use crate::numeric::Real;
use crate::objective::Selection;
use crate::objective::slopes::{SlopeRequest, SlopeRows, Slopes};

/// All terms, or some.
pub(in crate::objective) struct Selected<T: Real> {
    slopes: Arc<dyn Slopes<T>>,
    /// `None`: all.
    indices: Option<Vec<u32>>,
}

impl<T: Real> Selected<T> {
    pub(in crate::objective) fn boxed(
        slopes: &Arc<dyn Slopes<T>>,
        selection: Selection<'_>,
    ) -> Box<dyn Slopes<T>> {
        Box::new(Selected { slopes: Arc::clone(slopes), indices: selection.to_indices() })
    }

    fn index(&self, term: u32) -> u32 {
        self.indices.as_ref().map_or(term, |indices| indices[term as usize])
    }
}

impl<T: Real> Slopes<T> for Selected<T> {
    fn lanes(&self) -> usize {
        self.slopes.lanes()
    }

    /// Terms are functions of Rust: one at a time.
    fn takes_terms_in_lanes(&self) -> bool {
        false
    }

    fn reads(&self, term: u32) -> Option<&[u32]> {
        self.slopes.reads(self.index(term))
    }

    fn has_second(&self) -> bool {
        self.slopes.has_second()
    }

    fn has_finite(&self) -> bool {
        self.slopes.has_finite()
    }

    fn has_samples(&self) -> bool {
        self.slopes.has_samples()
    }

    fn most_slots(&self) -> usize {
        self.slopes.most_slots()
    }

    fn run(&self, request: &SlopeRequest<'_, T>, out: &mut SlopeRows<T>) {
        let term = request.terms.first().map(|&term| self.index(term));
        self.slopes.run(&SlopeRequest { terms: term.as_slice(), ..*request }, out);
    }

    fn failure(&self) -> Option<Error> {
        self.slopes.failure()
    }

    fn operations(&self) -> u64 {
        self.slopes.operations()
    }
}
