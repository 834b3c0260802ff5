//! On from a saddle point, along the direction in which f falls.

use ndarray::Array2;

use super::super::{Descent, DescentResult, Outcome};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// Lengths that are tried, each a quarter of the one before.
const LENGTHS: usize = 12;

impl Outcome {
    /// The same after so many steps more.
    fn later(mut self, more: usize) -> Self {
        match &mut self {
            Outcome::Diverging { steps, since }
            | Outcome::NoProgress { steps, since }
            | Outcome::VanishedStep { steps, since, .. }
            | Outcome::NonFinite { steps, since, .. } => {
                *steps += more;
                *since += more;
            }
            Outcome::Converged { steps, .. }
            | Outcome::Stationary { steps, .. }
            | Outcome::Plateau { steps, .. }
            | Outcome::StepsDone { steps }
            | Outcome::Oscillating { steps, .. }
            | Outcome::Unbounded { steps, .. }
            | Outcome::Interrupted { steps }
            | Outcome::SwallowedUpdate { steps, .. }
            | Outcome::ZeroDifference { steps, .. }
            | Outcome::NoGradient { steps, .. }
            | Outcome::NoDerivative { steps, .. } => *steps += more,
            Outcome::NoStart { .. } => {}
        }
        self
    }
}

impl Descent<'_> {
    /// Points that rest where f falls along a direction, and where beside them it is lower.
    pub(in crate::optimize) fn beside_saddles(
        &self,
        evaluator: &mut Evaluator<'_>,
        done: &DescentResult,
        precision: Precision,
    ) -> Result<(Vec<usize>, Array2<f64>)> {
        let n = done.points.ncols();
        let (mut left, mut starts) = (Vec::new(), Vec::new());
        for (i, outcome) in done.outcomes.iter().enumerate() {
            let Outcome::Stationary { point, .. } = outcome else { continue };
            let (Some(direction), Some(value)) = (&point.direction, done.values[i]) else { continue };
            let x = done.points.row(i);
            let size = x.iter().fold(0.0, |most: f64, x| most.max(x.abs())).max(1.0);
            let trials = Array2::from_shape_fn((2 * LENGTHS, n), |(k, j)| {
                let length = size * 0.25f64.powi((k / 2) as i32 + 1);
                let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
                precision.round(x[j] + sign * length * direction[j])
            });
            let trials = self.within(trials);
            let rows = evaluator.value_rows(trials.view())?;
            let failed = rows.failures.iter().map(Option::is_some).chain(std::iter::repeat(false));
            let values =
                rows.values.iter().zip(failed).map(|(&value, failed)| if failed { f64::NAN } else { value });
            // The longest way that is lower than the next shorter one, too: far away f may be anything.
            let values: Vec<f64> = values.collect();
            let is_lower =
                |k: usize| values[k] < value && values.get(k + 2).is_none_or(|shorter| values[k] <= *shorter);
            if let Some(k) = (0..values.len()).find(|&k| is_lower(k)) {
                left.push(i);
                starts.extend(trials.row(k).iter().copied());
            }
        }
        let starts = Array2::from_shape_vec((left.len(), n), starts).unwrap_or_default();
        Ok((left, starts))
    }

    /// Points moved to where the bounds are kept.
    fn within(&self, mut points: Array2<f64>) -> Array2<f64> {
        if let Some(limits) = &self.limits {
            for mut row in points.rows_mut() {
                let mut x = row.to_vec();
                limits.project(&mut x);
                row.iter_mut().zip(x).for_each(|(to, x)| *to = x);
            }
        }
        points
    }

    /// Puts what became of points that went on in the place of what was.
    pub(in crate::optimize) fn merge(done: &mut DescentResult, left: &[usize], again: DescentResult) {
        let DescentResult { points, values, best_points, gains, outcomes, evaluations } = again;
        done.evaluations += evaluations;
        for (k, (&i, outcome)) in left.iter().zip(outcomes).enumerate() {
            let before = done.outcomes[i].steps();
            done.points.row_mut(i).assign(&points.row(k));
            done.values[i] = values[k];
            done.outcomes[i] = outcome.later(before);
            let (gain, new) = (&mut done.gains[i], gains[k]);
            (gain.end, gain.end_gradient) = (new.end, new.end_gradient);
            if new.best.is_some_and(|new| gain.best.is_none_or(|best| new < best)) {
                (gain.best, gain.best_steps) = (new.best, before + new.best_steps);
                done.best_points.row_mut(i).assign(&best_points.row(k));
            }
        }
    }
}
