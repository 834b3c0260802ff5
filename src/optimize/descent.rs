//! The loop: gradient, update, again; here or on a device.

use std::time::Instant;

use ndarray::{Array2, ArrayView2, Axis};

use super::limits::Limits;
use super::rules::GradientDescent;
use super::update::Update;
use super::walk::Walk;
use super::{Gain, Minibatches, Outcome, Stopping};
use crate::backend::Fault;
use crate::difference::perturb::OnVanished;
use crate::difference::{Bars, Difference};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

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
    /// One for all points, or one for each.
    rules: Vec<Box<dyn Update + 'o>>,
    pub(super) steps: usize,
    pub(super) stopping: Stopping,
    /// How often a point may leave a saddle point.
    saddles: usize,
    /// While some points go on: which they are.
    going: Option<Vec<usize>>,
    /// Steps that were made before.
    pub(super) made: usize,
    bounds: Option<(Vec<f64>, Vec<f64>)>,
    /// The bounds in the working precision, while it runs.
    pub(super) limits: Option<Limits>,
    pub(super) difference: Difference,
    /// The bars of what is asked at the end and by tolerances.
    pub(super) asked_bars: Bars,
    pub(super) report_every: usize,
    pub(super) points_every: usize,
    batches: Option<Minibatches>,
    observe: Option<Box<Observer<'o>>>,
    stops: Option<Box<dyn FnMut() -> bool + 'o>>,
}

/// Who is told what, and asked whether to go on.
struct Told<'t, 'o> {
    observe: &'t mut Observer<'o>,
    stops: &'t mut (dyn FnMut() -> bool + 'o),
    /// The terms that were selected before.
    selected: Option<&'t [u32]>,
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
            rules: vec![Box::new(rule)],
            steps: 100,
            stopping: Stopping::default(),
            saddles: 0,
            going: None,
            made: 0,
            bounds: None,
            limits: None,
            difference: Difference::default(),
            asked_bars: Bars::On,
            report_every: 0,
            points_every: 0,
            batches: None,
            observe: None,
            stops: None,
        }
    }

    /// Sets a rule for each point, such as the same with other learning rates. They keep the same numbers for a coordinate.
    ///
    /// ```
    /// use plusminus::{Descent, Engine, GradientDescent, Precision, Quadratic, Update};
    /// let f = Quadratic::sum_of_squares(1)?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let rules = [0.1, 1.0, 1.5].map(|rate| Box::new(GradientDescent::new(rate)) as Box<dyn Update>);
    /// let done = Descent::with_rules(rules.into()).run(&mut evaluator, ndarray::array![[3.0], [3.0], [3.0]].view())?;
    /// let said: Vec<String> = done.outcomes.iter().map(ToString::to_string).collect();
    /// assert!(said[0].starts_with("converged to a minimum") && said[1].ends_with("use a learning rate below 1"), "{said:?}");
    /// assert!(said[2].starts_with("diverging"));
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    #[must_use]
    pub fn with_rules(rules: Vec<Box<dyn Update + 'o>>) -> Self {
        Descent { rules, ..Descent::new(GradientDescent::new(0.0)) }
    }

    /// Sets when a point is done before all steps are made.
    #[must_use]
    pub fn stopping(self, stopping: Stopping) -> Self {
        Descent { stopping, ..self }
    }

    /// Lets a point that came to a saddle point go on, so many times: along the direction in which f falls, and with as many steps as before.
    ///
    /// ```
    /// use plusminus::{Descent, Engine, GradientDescent, Precision, WgslObjective};
    /// // A saddle point at (0, 0), minima at (0, ±1).
    /// let f = WgslObjective::from_expression("x0^2 - 2*x1^2 + x1^4", 2)?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let descent = Descent::new(GradientDescent::new(0.05)).steps(500).leave_saddles(1);
    /// let done = descent.run(&mut evaluator, ndarray::array![[1.0, 0.0]].view())?;
    /// assert!(done.outcomes[0].is_converged() && (done.points[[0, 1]].abs() - 1.0).abs() < 1e-9);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    #[must_use]
    pub fn leave_saddles(self, times: usize) -> Self {
        Descent { saddles: times, ..self }
    }

    /// Keeps each coordinate between a lower and an upper bound, which may be infinite: each step, and the start, is moved to the nearest
    /// point within. The loop is then led from the host.
    #[must_use]
    pub fn bounds(self, lower: &[f64], upper: &[f64]) -> Self {
        Descent { bounds: Some((lower.to_vec(), upper.to_vec())), ..self }
    }

    /// Asks between steps whether to stop; points that are on their way end as [`Outcome::Interrupted`], and all results are there.
    #[must_use]
    pub fn stop_when(self, stops: impl FnMut() -> bool + 'o) -> Self {
        Descent { stops: Some(Box::new(stops)), ..self }
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
        let mut walk =
            Walk::new(start, evaluator.precision(), self.rules.first().map_or(0, |rule| rule.state()));
        if let Some(limits) = &self.limits {
            walk.bring_within(limits);
        }
        let selected = evaluator.selection().map(<[u32]>::to_vec);
        let mut batches = self.batches.take();
        let mut observe = self.observe.take().unwrap_or_else(|| Box::new(|_| Ok(())));
        let mut stops = self.stops.take().unwrap_or_else(|| Box::new(|| false));
        let is_whole = batches.is_none();
        let selected_first = selected.as_deref();
        let mut told = Told { observe: &mut *observe, stops: &mut *stops, selected: selected_first };
        let walked = self.walk(evaluator, &mut walk, batches.as_mut(), &mut told);
        if !is_whole {
            evaluator.select(selected.as_deref())?;
        }
        walked?;
        let (mut done, trail) = walk.finish(evaluator, self.steps)?;
        // With minibatches a point is never at rest, and one gradient of all terms may take as long as an epoch.
        if is_whole {
            self.judge(evaluator, &mut done, &trail)?;
            self.leave(evaluator, &mut done, (&mut *observe, &mut *stops), trail.precision)?;
        }
        Ok(done)
    }

    /// Lets points go on from saddle points.
    fn leave(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        done: &mut DescentResult,
        (observe, stops): (&mut Observer<'o>, &mut (dyn FnMut() -> bool + 'o)),
        precision: Precision,
    ) -> Result<()> {
        for _ in 0..self.saddles {
            let (left, starts) = self.beside_saddles(evaluator, done, precision)?;
            if left.is_empty() {
                break;
            }
            self.made += self.steps;
            let mut walk = Walk::new(starts.view(), precision, self.rule_of(0).state());
            self.going = Some(left.clone());
            let mut told = Told { observe: &mut *observe, stops: &mut *stops, selected: None };
            self.walk(evaluator, &mut walk, None, &mut told)?;
            let (mut again, trail) = walk.finish(evaluator, self.steps)?;
            self.judge(evaluator, &mut again, &trail)?;
            self.going = None;
            Self::merge(done, &left, again);
        }
        Ok(())
    }

    fn check(&self, points: usize) -> Result<()> {
        self.stopping.check()?;
        if self.rules.len() != 1 && self.rules.len() != points {
            return Err(Error::usage(format!(
                "{} update rules for {points} points: give one for all, or one for each",
                self.rules.len()
            )));
        }
        let states: Vec<usize> = self.rules.iter().map(|rule| rule.state()).collect();
        if states.iter().any(|state| *state != states[0]) {
            return Err(Error::usage(
                "update rules that keep different numbers for a coordinate: points that descend together take rules of one kind",
            ));
        }
        match self.rules.iter().find_map(|rule| rule.fault()) {
            Some(fault) => Err(Error::usage(fault)),
            None => Ok(()),
        }
    }

    /// The rule of a point.
    pub(super) fn rule_of(&self, i: usize) -> &(dyn Update + 'o) {
        let i = self.going.as_ref().and_then(|going| going.get(i).copied()).unwrap_or(i);
        &**self.rules.get(i).unwrap_or(&self.rules[0])
    }

    fn walk(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        mut batches: Option<&mut Minibatches>,
        told: &mut Told<'_, '_>,
    ) -> Result<()> {
        let points = walk.points.nrows();
        let on_device = self.rules.len() == 1
            && self.limits.is_none()
            && self.rule_of(0).on_device().is_some()
            && evaluator.runs_loops(&self.difference, batches.is_some(), points)?;
        let (mut step, mut at_once) = (0, 1);
        while step < self.steps {
            let mut active = walk.active();
            if self.stopping.is_set() && step.is_multiple_of(self.stopping.every) {
                if batches.is_some() {
                    evaluator.select(told.selected)?;
                }
                self.look(evaluator, walk, &active, step)?;
                active = walk.active();
            }
            if active.is_empty() {
                break;
            }
            if (told.stops)() {
                active.iter().for_each(|&i| walk.outcomes[i] = Some(Outcome::Interrupted { steps: step }));
                break;
            }
            let began = Instant::now();
            // The very first gradient is the host's, which names what is wrong with the start.
            if on_device && step > 0 {
                let steps = step..self.steps.min(step + at_once);
                step = self.stretch(
                    evaluator,
                    walk,
                    batches.as_deref_mut(),
                    &active,
                    steps.clone(),
                    told.observe,
                )?;
                let each = began.elapsed().as_secs_f64() / steps.len() as f64;
                at_once = ((SECONDS / each) as usize).clamp(1, STRETCH);
                continue;
            }
            let batch = batches.as_deref_mut().map(Minibatches::next_batch);
            let values = self.step(evaluator, walk, &active, batch, step)?;
            step += 1;
            (told.observe)(&StepReport {
                step: self.made + step,
                points: self.points_due(step, walk),
                values,
            })?;
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
        let mut failed = Vec::new();
        for ((&i, (failure, frozen)), gradient) in active.iter().zip(errors).zip(rows.values.rows()) {
            match (numbered(failure, i), numbered(frozen, i)) {
                // At the start it is not the descent that went wrong.
                (Some(error), _) | (None, Some(error)) if step == 0 && active.len() == 1 => {
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
        if failed.len() == active.len() && !failed.is_empty() {
            return Err(failed.swap_remove(0));
        }
        Ok(values)
    }
}
