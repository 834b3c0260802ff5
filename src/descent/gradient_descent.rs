//! Plain gradient descent: x ← x - rate · gradient.

use ndarray::{Array2, ArrayView2, Axis};

use super::walk::Walk;
use super::{Minibatches, Outcome};
use crate::error::{Error, Result};
use crate::evaluator::{Evaluator, Fault, Stretch};
use crate::gradient::{Difference, OnVanished};

/// Steps that a device makes before anything is read back, at most.
const STRETCH: usize = 100;

/// Plain gradient descent of one or many points at once.
///
/// ```
/// # use plusminus::GradientDescent;
/// let descent = GradientDescent { rate: 0.5, steps: 1000, ..Default::default() };
/// ```
#[derive(Clone, Debug)]
pub struct GradientDescent {
    /// The learning rate.
    pub rate: f64,
    /// Steps to make.
    pub steps: usize,
    /// How to difference.
    pub difference: Difference,
    /// Report the objective every so many steps; 0: never.
    pub report_every: usize,
    /// Report the points every so many steps; 0: never. A device that runs the loop by itself hands them over only then.
    pub points_every: usize,
}

impl Default for GradientDescent {
    /// 100 steps with the learning rate 0.1, nothing reported.
    fn default() -> Self {
        GradientDescent {
            rate: 0.1,
            steps: 100,
            difference: Difference::default(),
            report_every: 0,
            points_every: 0,
        }
    }
}

/// What is told after each step.
#[derive(Debug)]
pub struct StepReport<'a> {
    /// Steps made so far, this one included.
    pub step: usize,
    /// `[batch, n]`: the points after this step, if it was their turn.
    pub points: Option<ArrayView2<'a, f64>>,
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
    /// Values of the objective in the quotients of all gradients.
    pub evaluations: u64,
}

/// What a descent tells, and to whom.
type Observer<'o> = dyn FnMut(&StepReport<'_>) -> Result<()> + 'o;

impl GradientDescent {
    /// Descends from `start` (`[batch, n]`) until every point has stopped. With `batches`, each step takes the
    /// next minibatch of terms; without, all that are selected, and then a point stops once no further step can
    /// move it. `observe` hears of every step and may end the descent with an error of its own. The selection of
    /// terms is afterwards as it was before.
    ///
    /// On a GPU, incremental differences of quadratics and networks keep the whole loop on the device: many steps in a
    /// submission, the data and the points stay there, and only what is reported is read back.
    ///
    /// With direct differences, an axis whose step vanishes (x+h == x) stays where it is, as it does when
    /// f(x+h) - f(x-h) is taken to be 0.
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
        observe: &mut Observer<'_>,
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
        observe: &mut Observer<'_>,
    ) -> Result<()> {
        let on_device = evaluator.runs_loops(&self.difference, batches.is_some())?;
        let mut step = 0;
        while step < self.steps {
            let active: Vec<usize> =
                (0..walk.outcomes.len()).filter(|&i| walk.outcomes[i].is_none()).collect();
            if active.is_empty() {
                break;
            }
            // The very first gradient is the host's, which names what is wrong with the start.
            if on_device && step > 0 {
                step = self.stretch(evaluator, walk, batches.as_deref_mut(), &active, step, observe)?;
                continue;
            }
            let batch = batches.as_deref_mut().map(Minibatches::next_batch);
            let values = self.step(evaluator, walk, &active, batch, step)?;
            step += 1;
            observe(&StepReport { step, points: self.points_due(step, walk), values })?;
        }
        Ok(())
    }

    fn points_due<'w>(&self, step: usize, walk: &'w Walk) -> Option<ArrayView2<'w, f64>> {
        (self.points_every > 0 && step.is_multiple_of(self.points_every)).then(|| walk.points.view())
    }

    fn is_reported(&self, step: usize) -> bool {
        self.report_every > 0 && step.is_multiple_of(self.report_every)
    }

    /// One step of the `active` points, led from here; the values before it, if they are due.
    fn step(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        active: &[usize],
        batch: Option<&[u32]>,
        step: usize,
    ) -> Result<Option<Vec<f64>>> {
        if batch.is_some() {
            evaluator.select(batch)?;
        }
        let here = walk.points.select(Axis(0), active);
        let rows = evaluator.gradient_rows(here.view(), &self.difference, OnVanished::Freeze)?;
        walk.evaluations += rows.evaluations(self.difference.scheme);
        let mut values = None;
        if self.is_reported(step) {
            let found = match rows.base {
                Some(base) => base,
                None => {
                    let rows = evaluator.value_rows(here.view())?;
                    let failed = rows.failures.iter().map(Option::is_some);
                    rows.values
                        .iter()
                        .zip(failed)
                        .map(|(&v, failed)| if failed { f64::NAN } else { v })
                        .collect()
                }
            };
            let mut all = vec![f64::NAN; walk.outcomes.len()];
            active.iter().zip(found).for_each(|(&i, value)| all[i] = value);
            values = Some(all);
        }
        let numbered = |fault: Fault, i| fault.map(|error| error.at_point(i));
        let errors = rows.failures.into_iter().zip(rows.frozen);
        for ((&i, (failure, frozen)), gradient) in active.iter().zip(errors).zip(rows.values.rows()) {
            match (numbered(failure, i), numbered(frozen, i)) {
                // At the start it is not the descent that went wrong.
                (Some(error), _) | (None, Some(error)) if step == 0 => return Err(error),
                (Some(error), _) => walk.stop(i, step, error)?,
                (None, frozen) => {
                    if let Some(error) = frozen {
                        walk.stuck[i].get_or_insert((step, error.to_string()));
                    }
                    // A minibatch that does not move the point says nothing about the next one.
                    walk.update(i, gradient.iter().copied(), step, batch.is_none());
                }
            }
        }
        Ok(values)
    }

    /// Many steps of the `active` points, made by the device without us; the steps made so far.
    fn stretch(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        batches: Option<&mut Minibatches>,
        active: &[usize],
        first: usize,
        observe: &mut Observer<'_>,
    ) -> Result<usize> {
        let mut steps = STRETCH.min(self.steps - first);
        if self.points_every > 0 {
            steps = steps.min(self.points_every - first % self.points_every);
        }
        let settles = batches.is_none();
        let batches: Vec<Vec<u32>> = match batches {
            Some(batches) => (0..steps).map(|_| batches.next_batch().to_vec()).collect(),
            None => Vec::new(),
        };
        let here = walk.points.select(Axis(0), active);
        let reported: Vec<bool> = (first..first + steps).map(|step| self.is_reported(step)).collect();
        let done = evaluator.advance(&Stretch {
            points: here.view(),
            rate: self.rate,
            difference: &self.difference,
            batches: &batches,
            steps,
            settles,
            reported: &reported,
        })?;
        let (mut made, mut end) = (0, first);
        for (k, &i) in active.iter().enumerate() {
            walk.points.row_mut(i).assign(&done.points.row(k));
            let alone = done.made[k];
            if alone > 0 {
                walk.last_good.row_mut(i).assign(&done.before.row(k));
            }
            made += alone;
            // Where the device halted, something is to be said about the step: it is made again, from here.
            for step in alone..steps {
                if walk.outcomes[i].is_none() {
                    self.step(evaluator, walk, &[i], batches.get(step).map(Vec::as_slice), first + step)?;
                    end = end.max(first + step + 1);
                }
            }
        }
        walk.evaluations += self.difference.scheme.evaluations(made, here.ncols());
        for step in 0..steps {
            let values = reported[step].then(|| {
                let mut all = vec![f64::NAN; walk.outcomes.len()];
                for (k, &i) in active.iter().enumerate().filter(|(k, _)| step <= done.made[*k]) {
                    all[i] = done.values[[step, k]];
                }
                all
            });
            let step = first + step + 1;
            observe(&StepReport { step, points: self.points_due(step, walk), values })?;
            // Where a loop led from here would have ended.
            if step == end && walk.outcomes.iter().all(Option::is_some) {
                return Ok(step);
            }
        }
        Ok(first + steps)
    }
}
