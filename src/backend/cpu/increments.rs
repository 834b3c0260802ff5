//! An objective's own increments, at many points in parallel.

use rayon::prelude::*;

use super::OnHost;
use crate::backend::{Answers, WholeGradients};
use crate::difference::{Scheme, Step};
use crate::error::Result;
use crate::numeric::Real;
use crate::objective::{Increments, Objective, Selection};

/// The increments of the selected terms.
pub(super) struct HostIncrements<T: Real> {
    increments: Box<dyn Increments<T>>,
    gives_values: bool,
}

impl<T: OnHost> HostIncrements<T> {
    /// `None`: the objective offers none.
    pub(super) fn new(objective: &dyn Objective, selection: Selection<'_>) -> Result<Option<Self>> {
        let gives_values = objective.incremental().is_some_and(|offered| offered.gives_values());
        let increments = T::increments(objective, selection)?;
        Ok(increments.map(|increments| HostIncrements { increments, gives_values }))
    }
}

impl<T: Real> WholeGradients<T> for HostIncrements<T> {
    fn gives_values(&self) -> bool {
        self.gives_values
    }

    fn answers(&mut self, points: &[&[T]], how: Option<(Scheme, Step)>) -> Result<Answers<T>> {
        let one = |each: &mut Vec<T>, x: &[T], quotients: &mut [T]| -> Result<T> {
            let at = self.increments.at(x);
            if let Some((scheme, step)) = how {
                at.quotients(scheme, step.increments(x, each)?, quotients);
            }
            Ok(at.value())
        };
        let width = if how.is_some() { points.first().map_or(0, |x| x.len()) } else { 0 };
        let mut quotients = vec![T::ZERO; points.len() * width];
        // The pool's own threads, so that what runs inside one point need not be handed over to them.
        let values = rayon::scope(|_| match points {
            [x] => vec![one(&mut Vec::new(), x, &mut quotients)],
            many if width == 0 => many.par_iter().map(|x| one(&mut Vec::new(), x, &mut [])).collect(),
            many => many
                .par_iter()
                .zip(quotients.par_chunks_exact_mut(width))
                .map_init(Vec::new, |each, (x, quotients)| one(each, x, quotients))
                .collect(),
        });
        Ok(Answers { values, quotients })
    }
}
