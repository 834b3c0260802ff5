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
    /// One a point: the objective there, over the terms that were selected before the descent. `None` only where it is
    /// not finite, and then the outcome says so.
    pub values: Vec<Option<f64>>,
    /// One a point: why it stopped.
    pub outcomes: Vec<Outcome>,
    /// Evaluations of the objective for gradients.
    pub evaluations: u64,
}

impl GradientDescent {
    /// Descends from `start` (`[batch, n]`) until every point has stopped. With `batches`, each step takes the
    /// next minibatch of terms; without, all that are selected, and then a point stops once no further step can
    /// move it. `observe` hears of every step and may end the descent with an error of its own. The selection of
    /// terms is afterwards as it was before.
    ///
    /// An axis whose step vanishes (x+h == x) stays where it is, as it does when f(x+h) - f(x-h) is taken to be 0.
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
        let mut walk = Walk::new(self.rate, start, evaluator.precision());
        let selected = evaluator.selection().map(<[u32]>::to_vec);
        let walked = self.walk(evaluator, &mut walk, batches.as_mut(), observe);
        if batches.is_some() {
            evaluator.select(selected.as_deref())?;
        }
        walked?;
        walk.finish(evaluator, self.steps)
    }

    fn walk(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        mut batches: Option<&mut Minibatches>,
        observe: &mut dyn FnMut(&StepReport<'_>) -> Result<()>,
    ) -> Result<()> {
        for step in 0..self.steps {
            let active: Vec<usize> =
                (0..walk.outcomes.len()).filter(|&i| walk.outcomes[i].is_none()).collect();
            if active.is_empty() {
                break;
            }
            if let Some(batches) = &mut batches {
                evaluator.select(Some(batches.next_batch()))?;
            }
            let here = walk.points.select(Axis(0), &active);
            let mut values = None;
            if self.report_every > 0 && step % self.report_every == 0 {
                let rows = evaluator.value_rows(here.view())?;
                let mut all = vec![f64::NAN; walk.outcomes.len()];
                for ((&i, &value), failure) in active.iter().zip(&rows.values).zip(&rows.failures) {
                    all[i] = if failure.is_none() { value } else { f64::NAN };
                }
                values = Some(all);
            }
            let rows = evaluator.gradient_rows(here.view(), &self.difference, OnVanished::Freeze)?;
            walk.evaluations += self.difference.scheme.evaluations(active.len(), here.ncols());
            let errors = rows.failures.into_iter().zip(rows.frozen);
            for ((i, (failure, frozen)), gradient) in active.into_iter().zip(errors).zip(rows.values.rows()) {
                match (failure.map(|error| error.at_point(i)), frozen.map(|error| error.at_point(i))) {
                    // At the start it is not the descent that went wrong.
                    (Some(error), _) | (None, Some(error)) if step == 0 => return Err(error),
                    (Some(error), _) => walk.stop(i, step, error)?,
                    (None, frozen) => {
                        if let Some(error) = frozen {
                            walk.stuck[i].get_or_insert((step, error.to_string()));
                        }
                        // A minibatch that does not move the point says nothing about the next one.
                        let settles = batches.is_none();
                        walk.update(i, gradient.iter().copied(), step, settles);
                    }
                }
            }
            observe(&StepReport { step: step + 1, points: walk.points.view(), values })?;
        }
        Ok(())
    }
}

/// Where a descent stands.
struct Walk {
    rate: f64,
    precision: Precision,
    points: Array2<f64>,
    /// The points at which the latest gradients were finite.
    last_good: Array2<f64>,
    outcomes: Vec<Option<Outcome>>,
    /// Where an axis is stuck: since which step, and the error's message.
    stuck: Vec<Option<(usize, String)>>,
    evaluations: u64,
}

impl Walk {
    fn new(rate: f64, start: ArrayView2<'_, f64>, precision: Precision) -> Self {
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
    fn stop(&mut self, i: usize, steps: usize, error: Error) -> Result<()> {
        match error {
            Error::VanishedStep { .. } => {
                self.stuck[i].get_or_insert((steps, error.to_string()));
                self.outcomes[i] = Some(Outcome::StepsDone { steps });
            }
            Error::NonFinitePoint { .. } | Error::NonFiniteValue { .. } => {
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
    fn update(&mut self, i: usize, gradient: impl Iterator<Item = f64> + Clone, step: usize, settles: bool) {
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
    fn finish(mut self, evaluator: &mut Evaluator<'_>, steps: usize) -> Result<Descent> {
        let rows = evaluator.value_rows(self.points.view())?;
        let mut values: Vec<Option<f64>> = rows.values.iter().copied().map(Some).collect();
        let mut again = Vec::new();
        for (i, failure) in rows.failures.into_iter().enumerate() {
            let Some(error) = failure else { continue };
            let done = self.outcomes[i].as_ref().map_or(steps, Outcome::steps);
            values[i] = None;
            match error {
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
