//! What the host needs of an objective, in a precision.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::numeric::Real;
use crate::objective::{Increments, Objective, Selection, Slopes, Terms};

/// A precision, and what objectives offer in it.
pub(crate) trait OnHost: Real {
    /// The selected terms, and whether they are the whole in one.
    fn terms<'a>(
        objective: &Arc<dyn Objective + 'a>,
        selection: Selection<'_>,
    ) -> Result<(Box<dyn Terms<Self> + 'a>, bool)>;

    /// The increments of the selected terms.
    fn increments(
        objective: &dyn Objective,
        selection: Selection<'_>,
    ) -> Result<Option<Box<dyn Increments<Self>>>>;

    /// The slopes of the selected terms.
    fn slopes(objective: &dyn Objective, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<Self>>>>;
}

impl OnHost for f64 {
    fn terms<'a>(
        objective: &Arc<dyn Objective + 'a>,
        selection: Selection<'_>,
    ) -> Result<(Box<dyn Terms<f64> + 'a>, bool)> {
        Ok(match objective.host_f64(selection) {
            Some(terms) => (terms, false),
            None => (Box::new(ByValue(Arc::clone(objective))), true),
        })
    }

    fn increments(
        objective: &dyn Objective,
        selection: Selection<'_>,
    ) -> Result<Option<Box<dyn Increments<f64>>>> {
        objective.incremental().map_or(Ok(None), |offered| offered.increments_f64(selection))
    }

    fn slopes(objective: &dyn Objective, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f64>>>> {
        objective.incremental().map_or(Ok(None), |offered| offered.slopes_f64(selection))
    }
}

impl OnHost for f32 {
    fn terms<'a>(
        objective: &Arc<dyn Objective + 'a>,
        selection: Selection<'_>,
    ) -> Result<(Box<dyn Terms<f32> + 'a>, bool)> {
        Ok((objective.host_f32(selection)?, false))
    }

    fn increments(
        objective: &dyn Objective,
        selection: Selection<'_>,
    ) -> Result<Option<Box<dyn Increments<f32>>>> {
        objective.incremental().map_or(Ok(None), |offered| offered.increments_f32(selection))
    }

    fn slopes(objective: &dyn Objective, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f32>>>> {
        objective.incremental().map_or(Ok(None), |offered| offered.slopes_f32(selection))
    }
}

/// An objective without prepared terms: its value in f64 is its only term.
struct ByValue<'a>(Arc<dyn Objective + 'a>);

impl Terms<f64> for ByValue<'_> {
    fn evaluate(&self, x: &[f64], _: Range<usize>, out: &mut [f64]) {
        out.fill(self.0.value(x) - self.0.constant());
    }

    fn operations(&self) -> u64 {
        4 * self.0.dimension() as u64
    }
}
