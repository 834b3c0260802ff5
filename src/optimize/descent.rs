//! A descent: its settings, what it reports, and what comes of it.

use ndarray::{Array2, ArrayView2};

use super::limits::Limits;
use super::rules::GradientDescent;
use super::update::Update;
use super::{DescentState, Gain, Keeper, Minibatches, Outcome, Stopping};
use crate::difference::{Bars, Difference};
use crate::error::{Error, Result};

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
    pub(super) rules: Vec<Box<dyn Update + 'o>>,
    pub(super) steps: usize,
    pub(super) stopping: Stopping,
    /// The number of the first point in messages.
    pub(super) first_point: usize,
    /// Whether there are others elsewhere.
    pub(super) is_part: bool,
    /// How often a point may leave a saddle point.
    pub(super) saddles: usize,
    /// While some points go on: which they are.
    pub(super) going: Option<Vec<usize>>,
    /// Steps that were made before.
    pub(super) made: usize,
    pub(super) bounds: Option<(Vec<f64>, Vec<f64>)>,
    /// The bounds in the working precision, while it runs.
    pub(super) limits: Option<Limits>,
    pub(super) difference: Difference,
    /// The bars of what is asked at the end and by tolerances.
    pub(super) asked_bars: Bars,
    pub(super) report_every: usize,
    pub(super) points_every: usize,
    pub(super) batches: Option<Minibatches>,
    pub(super) observe: Option<Box<Observer<'o>>>,
    pub(super) stops: Option<Box<dyn FnMut() -> bool + 'o>>,
    pub(super) keeper: Option<Box<dyn Keeper + 'o>>,
    /// Where to go on from.
    pub(super) resumed: Option<DescentState>,
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
            first_point: 0,
            is_part: false,
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
            keeper: None,
            resumed: None,
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

    /// The points are some of many, and this is the number of the first: messages count from there, and where all of these have no start, that is
    /// what became of each, and no error.
    #[must_use]
    pub fn as_part_from(self, first: usize) -> Self {
        Descent { first_point: first, is_part: true, ..self }
    }

    /// What messages call a point of those at hand.
    pub(super) fn number_of(&self, i: usize) -> usize {
        self.first_point + self.going.as_ref().map_or(i, |going| going[i])
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

    pub(super) fn check(&self, points: usize) -> Result<()> {
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
}
