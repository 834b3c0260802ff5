//! Displaced evaluations on whatever device, within its limits.

use super::direct::RunIn;
use super::{Evaluator, Site};
use crate::cpu::Trapped;
use crate::displacement::Displaced;
use crate::error::{Error, Result};
use crate::plan::{Kind, Limits, Plan, Work};
use crate::precision::Real;

/// Bytes of numbers that one batch of evaluations keeps at most: on a device as much as it gets by with few dispatches, on the
/// host what stays in its caches.
const ON_DEVICE: u64 = 1 << 26;
const ON_HOST: u64 = 1 << 21;

impl Evaluator<'_> {
    /// The evaluations in order, or with `by_term` `[term][evaluation]`: Σ term(displaced) − term(base) over the selected
    /// terms, a mean's divided by their number; NaN where one is not finite.
    ///
    /// # Errors
    /// [`Error::Evaluation`], [`Error::Limit`], failures of the device.
    pub(super) fn displaced<T: Real>(&mut self, what: &Displaced<'_, T>) -> Result<Vec<f64>>
    where
        Self: RunIn<T>,
    {
        self.prepare()?;
        let count = what.evaluations.len();
        let (iterations, granularity, limits) = self.capacity();
        let terms = self.terms_here();
        let work = Work {
            kind: Kind::Values,
            points: count,
            axes: 1,
            terms,
            iterations,
            granularity,
            by_term: what.by_term,
        };
        for (name, numbers) in [("source vectors", what.sources.len()), ("terms", what.bases * terms)] {
            let bytes = numbers as u64 * limits.real;
            if bytes > limits.binding {
                return Err(Error::Limit {
                    what: format!("the size in bytes of the {name} of a derivative"),
                    value: bytes,
                    limit: limits.binding,
                    device: limits.device,
                    advice: "use the device `cpu`".into(),
                });
            }
        }
        // An evaluation on a device takes six words.
        let binding = limits.binding * limits.real / 24;
        let plan = Plan::new(work, &Limits { binding, ..limits })?;
        tracing::debug!("displaced: {plan}");
        let divisor = if what.by_term { 1.0 } else { self.objective.reduction().divisor(terms) };
        let mut values = vec![0.0; if what.by_term { count * terms } else { count }];
        for piece in &plan.pieces {
            let part = piece.first_point..piece.first_point + piece.points;
            let (found, trapped) = self.run_displaced(&plan, part.clone(), what)?;
            if trapped == Some(Trapped::Turns)
                && let Site::Gpu(site) = &mut self.site
                && site.suppose_most_turns()
            {
                // The estimate of a term's turns, by which invocations were given terms, was too low.
                return self.displaced(what);
            }
            if let Some(error) = self.failure(trapped, what.sources) {
                return Err(error);
            }
            for (row, found) in found.chunks(part.len()).enumerate() {
                let into = &mut values[row * count + part.start..][..part.len()];
                for (into, &value) in into.iter_mut().zip(found) {
                    let value = value.to_f64();
                    *into = if value.is_finite() { value / divisor } else { f64::NAN };
                }
            }
        }
        Ok(values)
    }

    /// How many points with so many source vectors, evaluations and bases each one batch takes.
    pub(super) fn batch(&self, sources: usize, evaluations: usize, by_term: bool) -> usize {
        let (_, _, limits) = self.capacity();
        let terms = self.terms_here() as u64;
        let n = self.objective.dimension() as u64;
        let results = evaluations as u64 * if by_term { terms } else { 1 };
        let bytes = [sources as u64 * n, terms, results].map(|numbers| numbers.max(1) * limits.real);
        let most = if self.is_on_device() { ON_DEVICE } else { ON_HOST };
        let fits = |bytes: u64| limits.binding.min(most) / bytes;
        (bytes.into_iter().map(fits).min().unwrap_or(1).max(1)) as usize
    }

    pub(super) fn is_on_device(&self) -> bool {
        matches!(self.site, Site::Gpu(_))
    }

    /// How many terms are evaluated.
    pub(super) fn terms_here(&self) -> usize {
        match &self.selection {
            Some(indices) => indices.len(),
            None if self.whole => 1,
            None => self.objective.terms(),
        }
    }
}
