//! An objective's own increments, at many points in parallel.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::OnHost;
use crate::backend::{Answers, WholeGradients};
use crate::difference::{Scheme, Step, Steps};
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

    /// What all that is kept of them between one pass and the next has room for in the cache.
    fn piece(&self) -> usize {
        1 << 17
    }

    fn answers(&mut self, points: &[&[T]], how: Option<(Scheme, Step)>) -> Result<Answers<T>> {
        let failures = Mutex::new(Vec::new());
        let is_exact = how.is_some_and(|(scheme, _)| self.increments.is_exact(scheme));
        let one = |each: &mut Vec<T>, point: usize, value: &mut T, quotients: &mut [T]| {
            let x = points[point];
            let how = match how {
                None => None,
                Some((scheme, _)) if is_exact => Some((scheme, Steps::Uniform(T::ONE))),
                Some((scheme, step)) => match step.increments(x, each) {
                    Ok(steps) => Some((scheme, steps)),
                    Err(error) => {
                        failures.lock().unwrap_or_else(PoisonError::into_inner).push((point, error));
                        return;
                    }
                },
            };
            *value = self.increments.answer(x, how, quotients);
        };
        let width = if how.is_some() { points.first().map_or(0, |x| x.len()) } else { 0 };
        let mut quotients = vec![T::ZERO; points.len() * width];
        let mut values = vec![T::of(f64::NAN); points.len()];
        // The pool's own threads, so that what runs inside one point need not be handed over to them.
        rayon::scope(|_| match &mut values[..] {
            [value] => one(&mut Vec::new(), 0, value, &mut quotients),
            many if width == 0 => {
                many.par_iter_mut()
                    .enumerate()
                    .for_each(|(point, value)| one(&mut Vec::new(), point, value, &mut []));
            }
            many => many
                .par_iter_mut()
                .zip(quotients.par_chunks_exact_mut(width))
                .enumerate()
                .for_each_init(Vec::new, |each, (point, (value, quotients))| {
                    one(each, point, value, quotients)
                }),
        });
        let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures.sort_unstable_by_key(|&(point, _)| point);
        Ok(Answers { values, failures, quotients })
    }
}
