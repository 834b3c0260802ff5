//! The loop: gradient, update, again; here or on a device.

use std::time::Instant;

use ndarray::{Array2, ArrayView2, Axis};

use super::update::Update;
use super::walk::Walk;
use super::{Gain, Minibatches, Outcome};
use crate::backend::Fault;
use crate::difference::perturb::OnVanished;
use crate::difference::{Bars, Difference};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;

/// Steps that a device makes before anything is read back, at most.
const STRETCH: usize = 100;

/// Seconds that they may take, about: progress is seen that often.
const SECONDS: f64 = 0.2;

/// What a descent tells, and to whom.
pub(super) type Observer<'o> = dyn FnMut(&StepReport<'_>) -> Result<()> + 'o;

/// A descent of one or many points at once by an update rule.
///
/// ```
/// use plusminus::{Descent, Engine, GradientDescent, Precision, Quadratic};
/// let f = Quadratic::sum_of_squares(2)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let mut reported = 0;
/// let done = Descent::new(GradientDescent::new(0.1))
///     .steps(100)
///     .observe(|report| {
///         reported = report.step;
///         Ok(())
///     })
///     .run(&mut evaluator, ndarray::array![[3.0, 4.0]].view())?;
/// assert!(done.points.iter().all(|x| x.abs() < 1e-8) && reported == 100);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub struct Descent<'o> {
    pub(super) rule: Box<dyn Update + 'o>,
    steps: usize,
    pub(super) difference: Difference,
    pub(super) report_every: usize,
    pub(super) points_every: usize,
    batches: Option<Minibatches>,
    observe: Option<Box<Observer<'o>>>,
}

/// What is told after each step.
#[derive(Debug)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct DescentResult {
    /// `[batch, n]`: where the points ended.
    pub points: Array2<f64>,
    /// One a point: the objective there, over the terms that were selected before the descent. `None` only where it is
    /// not finite, and then the outcome says so.
    pub values: Vec<Option<f64>>,
    /// `[batch, n]`: where f was lowest of all that was seen ([`Gain`] says of what); the start, if nothing was.
    pub best_points: Array2<f64>,
    /// One a point: f at the start, at the end and at its lowest.
    pub gains: Vec<Gain>,
    /// One a point: why it stopped.
    pub outcomes: Vec<Outcome>,
    /// Values of the objective in the quotients of all gradients.
    pub evaluations: u64,
}

impl<'o> Descent<'o> {
    /// 100 steps by this rule, with all selected terms and nothing reported.
    pub fn new(rule: impl Update + 'o) -> Self {
        Descent {
            rule: Box::new(rule),
            steps: 100,
            difference: Difference::default(),
            report_every: 0,
            points_every: 0,
            batches: None,
            observe: None,
        }
    }

    /// Sets how many steps are made.
    #[must_use]
    pub fn steps(self, steps: usize) -> Self {
        Descent { steps, ..self }
    }

    /// Sets how to difference.
    #[must_use]
    pub fn difference(self, difference: Difference) -> Self {
        Descent { difference, ..self }
    }

    /// Reports the objective every so many steps; 0: never.
    #[must_use]
    pub fn report_every(self, steps: usize) -> Self {
        Descent { report_every: steps, ..self }
    }

    /// Reports the points every so many steps; 0: never. A device that runs the loop by itself hands them over only then.
    #[must_use]
    pub fn points_every(self, steps: usize) -> Self {
        Descent { points_every: steps, ..self }
    }

    /// Takes the next minibatch of terms in each step, instead of all that are selected.
    #[must_use]
    pub fn minibatches(self, batches: Minibatches) -> Self {
        Descent { batches: Some(batches), ..self }
    }

    /// Calls `observe` after every step; it may end the descent with an error of its own.
    #[must_use]
    pub fn observe(self, observe: impl FnMut(&StepReport<'_>) -> Result<()> + 'o) -> Self {
        Descent { observe: Some(Box::new(observe)), ..self }
    }

    /// Descends from `start` (`[batch, n]`) until every point has stopped. Without minibatches a point stops once no further
    /// step can move it. The selection of terms is afterwards as it was before.
    ///
    /// On a GPU, incremental differences keep the whole loop on the device, of objectives with a
    /// [program](crate::DeviceProgram) and of formulas whose slopes are carried: many steps in a submission, the data and the points
    /// stay there, and only what is reported is read back. Steps about which something is to be said are made by the host.
    ///
    /// With direct differences, an axis whose step vanishes (x+h == x) stays where it is, as it does when
    /// f(x+h) - f(x-h) is taken to be 0.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rule with wrong settings; [`Error::VanishedStep`] and the like if the very first
    /// gradient cannot be computed at any point; failures of the device. What happens to a point
    /// later on is its [`Outcome`].
    pub fn run(mut self, evaluator: &mut Evaluator<'_>, start: ArrayView2<'_, f64>) -> Result<DescentResult> {
        if let Some(fault) = self.rule.fault() {
            return Err(Error::usage(fault));
        }
        if self.difference.bars == Bars::Auto {
            // Nothing here reads them.
            self.difference.bars = Bars::Off;
        }
        let mut walk = Walk::new(start, evaluator.precision(), self.rule.state());
        let selected = evaluator.selection().map(<[u32]>::to_vec);
        let mut batches = self.batches.take();
        let mut observe = self.observe.take().unwrap_or_else(|| Box::new(|_| Ok(())));
        let walked = self.walk(evaluator, &mut walk, batches.as_mut(), &mut *observe);
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
        let points = walk.points.nrows();
        let on_device = self.rule.on_device().is_some()
            && evaluator.runs_loops(&self.difference, batches.is_some(), points)?;
        let (mut step, mut at_once) = (0, 1);
        while step < self.steps {
            let active: Vec<usize> =
                (0..walk.outcomes.len()).filter(|&i| walk.outcomes[i].is_none()).collect();
            if active.is_empty() {
                break;
            }
            let began = Instant::now();
            // The very first gradient is the host's, which names what is wrong with the start.
            if on_device && step > 0 {
                let steps = step..self.steps.min(step + at_once);
                step =
                    self.stretch(evaluator, walk, batches.as_deref_mut(), &active, steps.clone(), observe)?;
                let each = began.elapsed().as_secs_f64() / steps.len() as f64;
                at_once = ((SECONDS / each) as usize).clamp(1, STRETCH);
                continue;
            }
            let batch = batches.as_deref_mut().map(Minibatches::next_batch);
            let values = self.step(evaluator, walk, &active, batch, step)?;
            step += 1;
            observe(&StepReport { step, points: self.points_due(step, walk), values })?;
        }
        Ok(())
    }

    pub(super) fn points_due<'w>(&self, step: usize, walk: &'w Walk) -> Option<ArrayView2<'w, f64>> {
        (self.points_every > 0 && step.is_multiple_of(self.points_every)).then(|| walk.points.view())
    }

    pub(super) fn is_reported(&self, step: usize) -> bool {
        self.report_every > 0 && step.is_multiple_of(self.report_every)
    }

    /// One step of the `active` points, led from here; the values before it, if they are due.
    pub(super) fn step(
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
        walk.evaluations += rows.evaluations;
        let is_whole = batch.is_none();
        let mut values = None;
        let found = match rows.base {
            Some(base) => Some(base),
            None if self.is_reported(step) || is_whole && step == 0 => {
                let rows = evaluator.value_rows(here.view())?;
                let failed = rows.failures.iter().map(Option::is_some).chain(std::iter::repeat(false));
                let values = rows.values.iter().zip(failed);
                Some(values.map(|(&v, failed)| if failed { f64::NAN } else { v }).collect())
            }
            None => None,
        };
        if let Some(found) = found {
            let mut all = vec![f64::NAN; walk.outcomes.len()];
            active.iter().zip(&found).for_each(|(&i, &value)| all[i] = value);
            if is_whole {
                active.iter().zip(&found).for_each(|(&i, &value)| {
                    walk.best.see(i, value, step, walk.points.row(i));
                });
            }
            if is_whole && step == 0 {
                walk.start_values = Some(all.clone());
            }
            values = self.is_reported(step).then_some(all);
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
                    let gradient: Vec<f64> = gradient.to_vec();
                    walk.update(&*self.rule, i, &gradient, step, batch.is_none());
                }
            }
        }
        Ok(values)
    }
}
