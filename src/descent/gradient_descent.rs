//! Plain gradient descent: x ← x - rate · gradient.

use ndarray::{Array2, ArrayView2, Axis};

use super::{Minibatches, Outcome};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::gradient::{Difference, OnVanished};
use crate::precision::{Precision, Real};

/// Plain gradient descent of one or many points at once.
#[derive(Clone, Debug)]
pub struct GradientDescent {
    /// The learning rate.
    pub rate: f64,
    /// Steps to make.
    pub steps: usize,
    /// How to difference.
    pub difference: Difference,
    /// Evaluate the objective every so many steps for the report; 0: never.
    pub report_every: usize,
}

/// What is told after each step.
#[derive(Debug)]
pub struct StepReport<'a> {
    /// Steps made so far, this one included.
    pub step: usize,
    /// `[batch, n]`: the points after this step.
    pub points: ArrayView2<'a, f64>,
    /// The objective at each point *before* this step, over the terms of this step, if it was this step's turn;
    /// NaN for a point that has stopped.
    pub values: Option<Vec<f64>>,
}

/// How a descent went.
#[derive(Clone, Debug)]
pub struct Descent {
    /// `[batch, n]`: where the points ended.
    pub points: Array2<f64>,
    /// One a point: why it stopped.
    pub outcomes: Vec<Outcome>,
    /// Evaluations of the objective for gradients.
    pub evaluations: u64,
}

impl GradientDescent {
    /// Descends from `start` (`[batch, n]`) until every point has stopped. With `batches`, each step takes the
    /// next minibatch of terms; without, all of them, and then a point stops once no further step can move it.
    /// `observe` hears of every step and may end the descent with an error of its own.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rate that is not finite; [`Error::VanishedStep`] and the like if the very first
    /// gradient cannot be computed at any point; failures of the device. What happens to a point
    /// later on is its [`Outcome`].
    pub fn run(
        &self,
        evaluator: &mut Evaluator<'_>,
        start: ArrayView2<'_, f64>,
        mut batches: Option<Minibatches>,
        observe: &mut dyn FnMut(&StepReport<'_>) -> Result<()>,
    ) -> Result<Descent> {
        if !self.rate.is_finite() {
            return Err(Error::usage(format!("the learning rate is {}; it must be finite", self.rate)));
        }
        let precision = evaluator.precision();
        let mut points = start.mapv(|x| round(x, precision));
        let mut outcomes: Vec<Option<Outcome>> = vec![None; points.nrows()];
        // Where an axis is stuck: since which step, and the error's message.
        let mut stuck: Vec<Option<(usize, String)>> = vec![None; points.nrows()];
        // The points at which the latest gradients were finite.
        let mut last_good = points.clone();
        let mut evaluations = 0;
        for step in 0..self.steps {
            let active: Vec<usize> = (0..outcomes.len()).filter(|&i| outcomes[i].is_none()).collect();
            if active.is_empty() {
                break;
            }
            if let Some(batches) = &mut batches {
                evaluator.select(Some(batches.next_batch()))?;
            }
            let here = points.select(Axis(0), &active);
            let mut values = None;
            if self.report_every > 0 && step % self.report_every == 0 {
                let rows = evaluator.value_rows(here.view())?;
                let mut all = vec![f64::NAN; points.nrows()];
                active.iter().zip(rows.values.iter()).zip(&rows.failures).for_each(
                    |((&i, &value), failure)| {
                        all[i] = if failure.is_none() { value } else { f64::NAN };
                    },
                );
                values = Some(all);
            }
            let rows = evaluator.gradient_rows(here.view(), &self.difference, OnVanished::Freeze)?;
            evaluations += self.difference.scheme.evaluations(active.len(), points.ncols());
            let results = rows.failures.into_iter().zip(rows.frozen).zip(rows.values.rows());
            for (i, ((failure, frozen), gradient)) in active.into_iter().zip(results) {
                if let Some(error) = failure.or(frozen).map(|error| error.at_point(i)) {
                    let all_axes = gradient.iter().all(|&g| g == 0.0);
                    match error {
                        // At the start it is not the descent that went wrong.
                        error if step == 0 => return Err(error),
                        Error::VanishedStep { .. } => {
                            stuck[i].get_or_insert((step, error.to_string()));
                            if all_axes {
                                outcomes[i] = Some(Outcome::StepsDone { steps: step });
                                continue;
                            }
                        }
                        Error::NonFinitePoint { .. } | Error::NonFiniteValue { .. } => {
                            points.row_mut(i).assign(&last_good.row(i));
                            let message = error.to_string();
                            outcomes[i] = Some(Outcome::NonFinite { steps: step - 1, message });
                            continue;
                        }
                        error => return Err(error),
                    }
                }
                last_good.row_mut(i).assign(&points.row(i));
                outcomes[i] =
                    self.update(&mut points, i, gradient.as_slice().unwrap_or(&[]), step, precision);
                // A minibatch that does not move the point says nothing about the next one.
                if batches.is_some()
                    && matches!(
                        outcomes[i],
                        Some(Outcome::Stationary { .. } | Outcome::SwallowedUpdate { .. })
                    )
                {
                    outcomes[i] = None;
                }
            }
            observe(&StepReport { step: step + 1, points: points.view(), values })?;
        }
        if batches.is_some() {
            evaluator.select(None)?;
        }
        let outcomes = outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Outcome::StepsDone { steps: self.steps }))
            .zip(stuck)
            .map(|(outcome, stuck)| match stuck {
                Some((since, message)) if !outcome.is_failure() => {
                    Outcome::VanishedStep { steps: outcome.steps(), since, message }
                }
                _ => outcome,
            })
            .collect();
        Ok(Descent { points, outcomes, evaluations })
    }

    /// Moves point `i`, in the working precision; says why if it cannot.
    fn update(
        &self,
        points: &mut Array2<f64>,
        i: usize,
        gradient: &[f64],
        step: usize,
        precision: Precision,
    ) -> Option<Outcome> {
        let next: Vec<f64> = points
            .row(i)
            .iter()
            .zip(gradient)
            .map(|(&x, &g)| match precision {
                Precision::F64 => moved(x, self.rate, g),
                Precision::F32 => moved(x as f32, self.rate as f32, g as f32).to_f64(),
            })
            .collect();
        if let Some(axis) = next.iter().position(|x| !x.is_finite()) {
            let message = format!("x[{axis}] of point {i} would become {}", next[axis]);
            return Some(Outcome::NonFinite { steps: step, message });
        }
        if points.row(i).iter().eq(&next) {
            let largest = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
            return Some(if largest == 0.0 {
                Outcome::Stationary { steps: step }
            } else {
                Outcome::SwallowedUpdate { steps: step, largest }
            });
        }
        points.row_mut(i).iter_mut().zip(next).for_each(|(x, next)| *x = next);
        None
    }
}

fn moved<T: Real>(x: T, rate: T, gradient: T) -> T {
    x - rate * gradient
}

fn round(x: f64, precision: Precision) -> f64 {
    match precision {
        Precision::F64 => x,
        Precision::F32 => f64::from(x as f32),
    }
}
