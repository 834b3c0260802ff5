//! The points of a descent: their updates, and what became of each.

use ndarray::{Array2, ArrayView2, Axis};

use super::{Descent, Outcome};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::precision::{Precision, Real};

/// Where a descent stands.
pub(super) struct Walk {
    rate: f64,
    precision: Precision,
    pub(super) points: Array2<f64>,
    /// The points at which the latest gradients were finite.
    pub(super) last_good: Array2<f64>,
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// Where an axis is stuck: since which step, and the error's message.
    pub(super) stuck: Vec<Option<(usize, String)>>,
    pub(super) evaluations: u64,
}

impl Walk {
    pub(super) fn new(rate: f64, start: ArrayView2<'_, f64>, precision: Precision) -> Self {
        let points = start.mapv(|x| match precision {
            Precision::F64 => x,
            Precision::F32 => f64::from(x as f32),
        });
        Walk {
            rate,
            precision,
            last_good: points.clone(),
            outcomes: vec![None; points.nrows()],
            stuck: vec![None; points.nrows()],
            evaluations: 0,
            points,
        }
    }

    /// Point `i` has no gradient after `steps` steps; failures of the device end the whole descent.
    pub(super) fn stop(&mut self, i: usize, steps: usize, error: Error) -> Result<()> {
        match error {
            Error::VanishedStep { .. } => {
                self.stuck[i].get_or_insert((steps, error.to_string()));
                self.outcomes[i] = Some(Outcome::StepsDone { steps });
            }
            Error::NonFinitePoint { .. } | Error::NonFiniteValue { .. } | Error::StepOutOfRange { .. } => {
                self.go_back(i, steps, error.to_string());
            }
            error => return Err(error),
        }
        Ok(())
    }

    /// Point `i` is not finite after `steps` steps: keeps the one before.
    fn go_back(&mut self, i: usize, steps: usize, message: String) {
        self.points.row_mut(i).assign(&self.last_good.row(i));
        self.outcomes[i] = Some(Outcome::NonFinite { steps: steps.saturating_sub(1), message });
    }

    /// Moves point `i`, in the working precision; if `settles`, stops it when it cannot move.
    pub(super) fn update(
        &mut self,
        i: usize,
        gradient: impl Iterator<Item = f64> + Clone,
        step: usize,
        settles: bool,
    ) {
        let next: Vec<f64> = self
            .points
            .row(i)
            .iter()
            .zip(gradient.clone())
            .map(|(&x, g)| match self.precision {
                Precision::F64 => moved(x, self.rate, g),
                Precision::F32 => moved(x as f32, self.rate as f32, g as f32).to_f64(),
            })
            .collect();
        self.last_good.row_mut(i).assign(&self.points.row(i));
        if let Some(axis) = next.iter().position(|x| !x.is_finite()) {
            let message = format!("x[{axis}] of point {i} would become {}", next[axis]);
            self.outcomes[i] = Some(Outcome::NonFinite { steps: step, message });
        } else if !self.points.row(i).iter().eq(&next) {
            self.points.row_mut(i).iter_mut().zip(next).for_each(|(x, next)| *x = next);
        } else if settles {
            let largest = gradient.fold(0.0, |most: f64, g| most.max(g.abs()));
            self.outcomes[i] = Some(if largest == 0.0 {
                Outcome::Stationary { steps: step }
            } else {
                Outcome::SwallowedUpdate { steps: step, largest, precision: self.precision }
            });
        }
    }

    /// Looks at the objective where the points ended: the last update of each has not been seen yet.
    pub(super) fn finish(mut self, evaluator: &mut Evaluator<'_>, steps: usize) -> Result<Descent> {
        let rows = evaluator.value_rows(self.points.view())?;
        let mut values: Vec<Option<f64>> = rows.values.iter().copied().map(Some).collect();
        let mut again = Vec::new();
        for (i, failure) in rows.failures.into_iter().enumerate() {
            let Some(error) = failure else { continue };
            let done = self.outcomes[i].as_ref().map_or(steps, Outcome::steps);
            values[i] = None;
            match *error {
                Error::NonFinitePoint { .. } | Error::NonFiniteValue { .. } if steps > 0 => {
                    if !self.outcomes[i].as_ref().is_some_and(Outcome::is_failure) {
                        self.go_back(i, done, error.to_string());
                        again.push(i);
                    }
                }
                error => return Err(error),
            }
        }
        if !again.is_empty() {
            let rows = evaluator.value_rows(self.points.select(Axis(0), &again).view())?;
            for ((i, value), failure) in again.into_iter().zip(&rows.values).zip(rows.failures) {
                values[i] = failure.is_none().then_some(*value);
            }
        }
        let outcomes = self
            .outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Outcome::StepsDone { steps }))
            .zip(self.stuck)
            .map(|(outcome, stuck)| match stuck {
                Some((since, message)) if !outcome.is_failure() => {
                    Outcome::VanishedStep { steps: outcome.steps(), since, message }
                }
                _ => outcome,
            })
            .collect();
        Ok(Descent { points: self.points, values, outcomes, evaluations: self.evaluations })
    }
}

fn moved<T: Real>(x: T, rate: T, gradient: T) -> T {
    x - rate * gradient
}
