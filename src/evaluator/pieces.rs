//! Batches cut into pieces that a backend can take.

use super::Pipeline;
use crate::backend::plan::{Limits, Piece, Plan, Work};
use crate::backend::replanning::Replanning;
use crate::backend::{Backend, Capacity, Trapped};
use crate::difference::displacement::Displacements;
use crate::error::{Error, Result};
use crate::numeric::Real;

impl<T: Real> Pipeline<'_, T> {
    /// The one loop that cuts a batch: plans the work, hands its pieces to `each`, and looks after traps. Points are those
    /// that messages may name.
    pub(super) fn in_pieces(
        &mut self,
        points: &[T],
        (tells, all): (bool, usize),
        work: impl Fn(&Capacity) -> (Work, Limits),
        mut each: impl FnMut(&mut dyn Backend<T>, &Plan, &Piece) -> Result<Option<Trapped>>,
    ) -> Result<()> {
        let mut replanning = Replanning::default();
        'again: loop {
            let capacity = self.backend.capacity()?;
            let planned = capacity.limits.submission;
            let (mut work, limits) = work(&capacity);
            work.all = work.all.max(all);
            let plan = Plan::new(work, &limits)?;
            tracing::debug!("{plan}");
            let (mut done, all) = (0, work.points * work.axes);
            for (i, piece) in plan.pieces.iter().enumerate() {
                let trapped = match each(&mut *self.backend, &plan, piece) {
                    Err(error) if self.backend.shrinks(&error) => continue 'again,
                    done => done?,
                };
                if trapped == Some(Trapped::Turns) && self.backend.suppose_most_turns() {
                    // The estimate of a term's turns, by which invocations were given terms, was too low.
                    continue 'again;
                }
                if let Some(error) = self.failure(trapped, points) {
                    return Err(error);
                }
                let now = self.backend.capacity()?.limits.submission;
                if replanning.is_due(planned, now, plan.pieces.len() - i - 1) {
                    continue 'again;
                }
                done += piece.pairs();
                if tells {
                    self.tell(done, all);
                }
            }
            return Ok(());
        }
    }

    /// What a list of displacements comes to, in order, or with `by_term` `[term][displacement]`: a mean's sums are divided
    /// by the number of terms; NaN where one is not finite.
    ///
    /// # Errors
    /// [`Error::Evaluation`], [`Error::Limit`], failures of the device.
    pub(super) fn evaluate_list(&mut self, what: &Displacements<'_, T>, by_term: bool) -> Result<Vec<f64>> {
        let count = what.len();
        let capacity = self.backend.capacity()?;
        let (terms, limits) = (capacity.terms, capacity.limits);
        for (name, numbers) in [("source vectors", what.sources.len()), ("terms", what.bases * terms)] {
            let bytes = numbers as u64 * limits.real;
            if bytes > limits.binding {
                return Err(Error::Limit {
                    what: format!("the size in bytes of the {name} of a derivative"),
                    value: bytes,
                    limit: limits.binding,
                    device: limits.device.to_string(),
                    advice: "use the device `cpu`".into(),
                });
            }
        }
        let divisor = if by_term { 1.0 } else { self.objective.reduction().divisor(terms) };
        let mut values = vec![0.0; if by_term { count * terms } else { count }];
        let work = |capacity: &Capacity| {
            let evaluations = what.sides().max(1);
            let work = Work { evaluations, by_term, ..capacity.work(count, 1, 0) };
            // A displacement of a list takes seven words on a device.
            let binding = capacity.limits.binding * capacity.limits.real / 28;
            (work, Limits { binding, ..capacity.limits.clone() })
        };
        self.in_pieces(what.sources, (false, 0), work, |backend, plan, piece| {
            let part = piece.first_point..piece.first_point + piece.points;
            let found = backend.evaluate(plan, piece, &what.part(part.clone()))?;
            for (row, found) in found.sums.chunks(part.len()).enumerate() {
                let into = &mut values[row * count + part.start..][..part.len()];
                for (into, &value) in into.iter_mut().zip(found) {
                    let value = value.to_f64();
                    *into = if value.is_finite() { value / divisor } else { f64::NAN };
                }
            }
            Ok(found.trapped)
        })?;
        Ok(values)
    }

    /// How many points with so many source vectors and displacements each one batch takes.
    pub(crate) fn batch(&mut self, sources: usize, displacements: usize, by_term: bool) -> Result<usize> {
        let Capacity { terms, limits, batch, .. } = self.backend.capacity()?;
        let results = displacements as u64 * if by_term { terms as u64 } else { 1 };
        let n = self.objective.dimension() as u64;
        let bytes = [sources as u64 * n, terms as u64, results].map(|numbers| numbers.max(1) * limits.real);
        let fits = |bytes: u64| limits.binding.min(batch) / bytes;
        Ok(bytes.into_iter().map(fits).min().unwrap_or(1).max(1) as usize)
    }
}
