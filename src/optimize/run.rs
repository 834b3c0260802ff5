//! The loop: gradient, update, again; here or on a device.

use std::time::Instant;

use ndarray::{ArrayView2, Axis};

use super::descent::{Descent, DescentResult, Observer, StepReport};
use super::limits::Limits;
use super::walk::Walk;
use super::{DescentState, Keeper, Minibatches, Moment, Outcome};
use crate::backend::Fault;
use crate::difference::Bars;
use crate::difference::perturb::OnVanished;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// Steps that a device makes before anything is read back, at most.
const STRETCH: usize = 100;

/// Seconds that they may take, about: progress is seen that often.
const SECONDS: f64 = 0.2;

/// Who is told what, and asked whether to go on.
struct Told<'t, 'o> {
    observe: &'t mut Observer<'o>,
    stops: &'t mut (dyn FnMut() -> bool + 'o),
    keeper: Option<&'t mut (dyn Keeper + 'o)>,
    /// The terms that were selected before.
    selected: Option<&'t [u32]>,
}

impl Told<'_, '_> {
    /// Shows a state to who may keep it.
    fn show(
        &mut self,
        step: usize,
        walk: &Walk,
        batches: &Option<Minibatches>,
        moment: Moment,
    ) -> Result<()> {
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        if !keeper.wants(step, moment) {
            return Ok(());
        }
        keeper.keep(DescentState { step, walk: walk.clone(), batches: batches.clone() }, moment)
    }

    /// Shows the state before a step that failed; what became of the step comes before what becomes of the state.
    fn failed(&mut self, step: usize, walk: &Walk, batches: &Option<Minibatches>, error: Error) -> Error {
        if let Err(other) = self.show(step, walk, batches, Moment::Failed) {
            tracing::warn!("the state after {step} steps is not kept: {other}");
        }
        error
    }
}

impl<'o> Descent<'o> {
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
    /// [`Error::Usage`](crate::Error::Usage) for a rule with wrong settings; [`Error::VanishedStep`](crate::Error::VanishedStep) and the like if the very first
    /// gradient can be computed at none of the points; failures of the device. What happens to a point
    /// otherwise is its [`Outcome`].
    pub fn run(mut self, evaluator: &mut Evaluator<'_>, start: ArrayView2<'_, f64>) -> Result<DescentResult> {
        self.check(start.nrows())?;
        if let Some((lower, upper)) = &self.bounds {
            self.limits = Some(Limits::new(lower, upper, start.ncols(), evaluator.precision())?);
        }
        self.asked_bars = match self.difference.bars {
            Bars::Auto => Bars::On,
            asked => asked,
        };
        if self.difference.bars == Bars::Auto {
            // Nothing here reads them.
            self.difference.bars = Bars::Off;
        }
        let DescentState { step: made, mut walk, mut batches } = match self.resumed.take() {
            Some(state) => self.checked(state, start.dim(), evaluator.precision())?,
            None => {
                let own = self.rules.first().map_or(0, |rule| rule.state());
                let mut walk = Walk::new(start, evaluator.precision(), own);
                if let Some(limits) = &self.limits {
                    walk.bring_within(limits);
                }
                DescentState { step: 0, walk, batches: self.batches.take() }
            }
        };
        walk.first_point = self.first_point;
        let selected = evaluator.selection().map(<[u32]>::to_vec);
        let mut observe = self.observe.take().unwrap_or_else(|| Box::new(|_| Ok(())));
        let mut stops = self.stops.take().unwrap_or_else(|| Box::new(|| false));
        let is_whole = batches.is_none();
        let selected_first = selected.as_deref();
        let mut keeper = self.keeper.take();
        let mut told = Told {
            observe: &mut *observe,
            stops: &mut *stops,
            keeper: keeper.as_deref_mut(),
            selected: selected_first,
        };
        let walked = self.walk(evaluator, &mut walk, made, &mut batches, &mut told);
        if !is_whole {
            evaluator.select(selected.as_deref())?;
        }
        let is_interrupted = walked?;
        // Points that leave saddle points are not kept on their way: from here that is done again.
        let mut ended = None;
        if let Some(keeper) = keeper.as_mut().filter(|_| self.saddles > 0 && is_whole && !is_interrupted)
            && keeper.wants(self.steps, Moment::Leaving)
        {
            let state = DescentState { step: self.steps, walk: walk.clone(), batches: None };
            keeper.keep(state.clone(), Moment::Leaving)?;
            ended = Some(state);
        }
        let (mut done, trail) = walk.finish(evaluator, self.steps)?;
        // With minibatches a point is never at rest, and one gradient of all terms may take as long as an epoch.
        if is_whole {
            self.judge(evaluator, &mut done, &trail)?;
            if !is_interrupted
                && self.leave(evaluator, &mut done, (&mut *observe, &mut *stops), trail.precision)?
                && let Some((mut keeper, state)) = keeper.zip(ended)
                && keeper.wants(self.steps, Moment::Interrupted)
            {
                keeper.keep(state, Moment::Interrupted)?;
            }
        }
        Ok(done)
    }

    /// Lets points go on from saddle points; whether that was interrupted.
    fn leave(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        done: &mut DescentResult,
        (observe, stops): (&mut Observer<'o>, &mut (dyn FnMut() -> bool + 'o)),
        precision: Precision,
    ) -> Result<bool> {
        let mut is_interrupted = false;
        for _ in 0..self.saddles {
            let (left, starts) = self.beside_saddles(evaluator, done, precision)?;
            if left.is_empty() || is_interrupted {
                break;
            }
            self.made += self.steps;
            let mut walk = Walk::new(starts.view(), precision, self.rule_of(0).state());
            self.going = Some(left.clone());
            // Of all points, also of those that stay where they are.
            let all = &done.points;
            let mut whole = |report: &StepReport<'_>| {
                let mut points = None;
                if let Some(part) = &report.points {
                    let all = points.insert(all.clone());
                    left.iter().zip(part.rows()).for_each(|(&i, row)| all.row_mut(i).assign(&row));
                }
                let values = report.values.as_ref().map(|part| {
                    let mut values = vec![f64::NAN; all.nrows()];
                    left.iter().zip(part).for_each(|(&i, &value)| values[i] = value);
                    values
                });
                let points = points.as_ref().map(|points| points.view());
                observe(&StepReport { step: report.step, points, values })
            };
            let mut told = Told { observe: &mut whole, stops: &mut *stops, keeper: None, selected: None };
            is_interrupted = self.walk(evaluator, &mut walk, 0, &mut None, &mut told)?;
            let (mut again, trail) = walk.finish(evaluator, self.steps)?;
            self.judge(evaluator, &mut again, &trail)?;
            self.going = None;
            Self::merge(done, &left, again);
        }
        Ok(is_interrupted)
    }

    /// Steps from `made` on; whether they were interrupted.
    fn walk(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        made: usize,
        batches: &mut Option<Minibatches>,
        told: &mut Told<'_, '_>,
    ) -> Result<bool> {
        let points = walk.points.nrows();
        let on_device = self.rules.iter().all(|rule| rule.is_elementwise())
            && (self.device_rule(0..0).is_some() || !evaluator.is_device())
            && evaluator.runs_loops(&self.difference, batches.is_some(), points)?;
        let (mut step, mut at_once) = (made, 1);
        while step < self.steps {
            let mut active = walk.active();
            if active.is_empty() {
                break;
            }
            if (told.stops)() {
                told.show(step, walk, batches, Moment::Interrupted)?;
                active.iter().for_each(|&i| walk.outcomes[i] = Some(Outcome::Interrupted { steps: step }));
                return Ok(true);
            }
            told.show(step, walk, batches, Moment::Between)?;
            if self.stopping.is_set() && step.is_multiple_of(self.stopping.every) {
                if batches.is_some() {
                    evaluator.select(told.selected)?;
                }
                if let Err(error) = self.look(evaluator, walk, &active, step) {
                    return Err(told.failed(step, walk, batches, error));
                }
                active = walk.active();
            }
            if active.is_empty() {
                break;
            }
            let began = Instant::now();
            // The very first gradient is the host's, which names what is wrong with the start.
            if on_device && step > 0 {
                let steps = step..self.steps.min(step + at_once);
                // Seldom enough to be copied as a whole.
                let before = told.keeper.is_some().then(|| (walk.clone(), batches.clone()));
                let made =
                    self.stretch(evaluator, walk, batches.as_mut(), &active, steps.clone(), told.observe);
                step = match (made, before) {
                    (Ok(made), _) => made,
                    (Err(error), Some((walk, batches))) => {
                        return Err(told.failed(step, &walk, &batches, error));
                    }
                    (Err(error), None) => return Err(error),
                };
                let each = began.elapsed().as_secs_f64() / steps.len() as f64;
                at_once = ((SECONDS / each) as usize).clamp(1, STRETCH);
                continue;
            }
            let before = batches.as_ref().and_then(Minibatches::before_next);
            let batch = batches.as_mut().map(Minibatches::next_batch);
            let values = match self.step(evaluator, walk, &active, batch, step) {
                Ok(values) => values,
                Err(error) => {
                    if let Some(batches) = batches {
                        batches.take_back(before);
                    }
                    return Err(told.failed(step, walk, batches, error));
                }
            };
            step += 1;
            (told.observe)(&StepReport {
                step: self.made + step,
                points: self.points_due(step, walk),
                values,
            })?;
        }
        told.show(step, walk, batches, Moment::Ended)?;
        Ok(false)
    }

    pub(super) fn points_due<'w>(&self, step: usize, walk: &'w Walk) -> Option<ArrayView2<'w, f64>> {
        (self.points_every > 0 && step.is_multiple_of(self.points_every)).then(|| walk.points.view())
    }

    pub(super) fn is_reported(&self, step: usize) -> bool {
        self.report_every > 0 && step.is_multiple_of(self.report_every)
    }

    /// One step of the `active` points, led from here; the values before it, if they are due. After an error nothing has changed.
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
        let mut rows = evaluator.gradient_rows(here.view(), &self.difference, OnVanished::Freeze)?;
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
        let mut faults = rows.failures.iter_mut().chain(&mut rows.frozen);
        if let Some(error) = faults.find_map(|fault| fault.take_if(|error| !error.is_of_a_point())) {
            return Err(*error);
        }
        walk.evaluations += rows.evaluations;
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
        let numbered = |fault: Fault, i| fault.map(|error| error.at_point(self.number_of(i)));
        let errors = rows.failures.into_iter().zip(rows.frozen);
        let mut failed = Vec::new();
        for ((&i, (failure, frozen)), gradient) in active.iter().zip(errors).zip(rows.values.rows()) {
            match (numbered(failure, i), numbered(frozen, i)) {
                // At the start it is not the descent that went wrong.
                (Some(error), _) | (None, Some(error)) if step == 0 && active.len() == 1 && !self.is_part => {
                    return Err(error);
                }
                (Some(error), _) | (None, Some(error)) if step == 0 => {
                    if !error.is_of_a_point() {
                        return Err(error);
                    }
                    walk.outcomes[i] = Some(Outcome::NoStart { message: error.to_string() });
                    failed.push(error);
                }
                (Some(error), _) => walk.stop(i, step, error)?,
                (None, frozen) => {
                    if let Some(error) = frozen {
                        walk.stuck[i].get_or_insert((step, error.to_string()));
                    }
                    // A minibatch that does not move the point says nothing about the next one.
                    let gradient: Vec<f64> = gradient.to_vec();
                    if step == 0 && is_whole {
                        walk.first[i] = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                    }
                    walk.update(self.rule_of(i), self.limits.as_ref(), i, &gradient, step, is_whole);
                }
            }
        }
        // If there is no start at all, the first says why.
        if failed.len() == active.len() && !failed.is_empty() && !self.is_part {
            return Err(failed.swap_remove(0));
        }
        Ok(values)
    }
}
