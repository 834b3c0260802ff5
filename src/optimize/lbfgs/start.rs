//! One start on its way: its step, its line search, and why it stopped.

use super::bounds::Bounds;
use super::history::{History, dot};
use super::search::{Next, Search};
use super::{Lbfgs, MinimumOutcome};
use crate::numeric::Precision;
use crate::optimize::limits::up;

/// Steps that bring neither a lower value nor half of the gradient, one after the other, until a start is done: what is left is rounding.
const IDLE: usize = 3;

/// Roundings of each coordinate within which the minimum is taken to be reached.
const REST: f64 = 2.0;

/// f and its gradient, or why there is none.
pub(super) type Found = std::result::Result<(f64, Vec<f64>), String>;

/// One start on its way.
pub(super) struct Start {
    pub(super) x: Vec<f64>,
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    /// Whether value and gradient are known.
    pub(super) is_known: bool,
    history: History,
    direction: Vec<f64>,
    search: Option<Search>,
    /// What is evaluated next.
    pub(super) trial: Vec<f64>,
    /// A step back to a trial that is not the last one.
    is_return: bool,
    pub(super) steps: usize,
    idle: usize,
    /// The norm of the first gradient.
    pub(super) first: f64,
    /// How far the last step went, all coordinates together.
    reach: f64,
    pub(super) calls: usize,
    pub(super) outcome: Option<MinimumOutcome>,
}

impl Start {
    pub(super) fn new(x: Vec<f64>, memory: usize) -> Self {
        Start {
            value: f64::NAN,
            gradient: vec![f64::NAN; x.len()],
            is_known: false,
            history: History::new(memory),
            direction: Vec::new(),
            search: None,
            trial: x.clone(),
            is_return: false,
            steps: 0,
            idle: 0,
            first: 0.0,
            reach: 1.0,
            calls: 0,
            outcome: None,
            x,
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.outcome.is_none()
    }

    /// Takes in what is at the trial.
    pub(super) fn take(&mut self, found: Found, bounds: &Bounds<'_>, how: &Lbfgs) {
        self.calls += 1;
        let Some(mut search) = self.search.take() else {
            match found {
                Ok((value, gradient)) if value.is_finite() && gradient.iter().all(|g| g.is_finite()) => {
                    self.first = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                    (self.value, self.gradient, self.is_known) = (value, gradient, true);
                    self.begin(bounds, how);
                }
                Ok((value, _)) => {
                    let message = format!("f is {value} there, or its gradient is not finite");
                    self.outcome = Some(MinimumOutcome::NoStart { message });
                }
                Err(message) => self.outcome = Some(MinimumOutcome::NoStart { message }),
            }
            return;
        };
        let (value, gradient) = found.unwrap_or_else(|_| (f64::NAN, vec![f64::NAN; self.x.len()]));
        let next = if self.is_return {
            self.is_return = false;
            if value < self.value { Next::Accept } else { Next::Fail }
        } else {
            search.take(value, dot(&gradient, &self.direction))
        };
        match next {
            Next::Accept => {
                let trial = std::mem::take(&mut self.trial);
                let step: Vec<f64> = trial.iter().zip(&self.x).map(|(to, from)| to - from).collect();
                self.reach = step.iter().map(|s| s.abs()).sum();
                let change = gradient.iter().zip(&self.gradient).map(|(to, from)| to - from).collect();
                self.history.push(step, change);
                let size = |gradient: &[f64]| gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                let is_idle = value >= self.value && size(&gradient) > size(&self.gradient) / 2.0;
                self.idle = if is_idle { self.idle + 1 } else { 0 };
                self.steps += 1;
                if self.idle == IDLE {
                    self.outcome =
                        Some(MinimumOutcome::NoDecrease { steps: self.steps, gradient: 0.0, bar: None });
                    return;
                }
                (self.x, self.value, self.gradient) = (trial, value, gradient);
                self.begin(bounds, how);
            }
            Next::Try(by) => self.go_on(search, by, bounds, how),
            Next::Return(by) => {
                self.is_return = true;
                self.go_on(search, by, bounds, how);
            }
            Next::Fail => self.fail(bounds, how),
        }
    }

    /// Evaluates that far along next.
    fn go_on(&mut self, search: Search, by: f64, bounds: &Bounds<'_>, how: &Lbfgs) {
        self.trial = bounds.along(&self.x, &self.direction, by);
        if self.trial == self.x {
            // The step is below rounding.
            self.is_return = false;
            self.fail(bounds, how);
        } else {
            self.search = Some(search);
        }
    }

    /// Nothing lower was found: once more without what is remembered.
    fn fail(&mut self, bounds: &Bounds<'_>, how: &Lbfgs) {
        if self.history.is_empty() {
            self.outcome = Some(MinimumOutcome::NoDecrease { steps: self.steps, gradient: 0.0, bar: None });
        } else {
            self.history.clear();
            self.begin(bounds, how);
        }
    }

    /// Begins a step.
    fn begin(&mut self, bounds: &Bounds<'_>, how: &Lbfgs) {
        let free = bounds.free(&self.x, &self.gradient);
        let held = |i: usize| if free[i] { self.gradient[i] } else { 0.0 };
        let largest = (0..self.x.len()).map(|i| held(i).abs()).fold(0.0, f64::max);
        let steps = self.steps;
        // The root of the largest number.
        let most = if bounds.precision == Precision::F32 { f64::from(f32::MAX) } else { f64::MAX };
        if self.value < -most.sqrt() {
            self.outcome = Some(MinimumOutcome::Unbounded { steps });
            return;
        }
        if largest <= how.tolerance {
            // Which it is, error bars tell.
            self.outcome =
                Some(MinimumOutcome::Converged { steps, gradient: largest, within: how.tolerance });
            return;
        }
        if steps >= how.steps {
            self.outcome = Some(MinimumOutcome::StepsDone { steps, gradient: largest });
            return;
        }
        let is_first = self.history.is_empty();
        self.direction = self.history.direction(&self.gradient, &free);
        let mut slope = dot(&self.direction, &self.gradient);
        if !(slope < 0.0 && slope.is_finite()) {
            self.history.clear();
            self.direction = (0..self.x.len()).map(|i| -held(i)).collect();
            slope = dot(&self.direction, &self.gradient);
        }
        // A coordinate at its bound does not leave it.
        for (i, d) in self.direction.iter_mut().enumerate() {
            let is_out = *d > 0.0 && self.x[i] >= -up(-bounds.upper[i], bounds.precision)
                || *d < 0.0 && self.x[i] <= up(bounds.lower[i], bounds.precision);
            if is_out {
                slope -= *d * self.gradient[i];
                *d = 0.0;
            }
        }
        let sum: f64 = self.direction.iter().map(|d| d.abs()).sum();
        // Without curvature only the direction is known: as far as the last step, and at first by 1, in all.
        let first = if is_first { (self.reach / sum).min(1.0) } else { 1.0 };
        let is_small = |(d, x): (&f64, &f64)| d.abs() <= REST * bounds.precision.epsilon() * x.abs();
        // Where curvature was measured across a corner, all steps are short: the gradient has to be small, too.
        let size = self.first.max(self.value.abs()).max(1.0);
        let is_flat = largest <= bounds.precision.epsilon().sqrt() * size;
        if !is_first && is_flat && self.direction.iter().zip(&self.x).all(is_small) {
            self.outcome = Some(MinimumOutcome::AtRest { steps, gradient: largest });
            return;
        }
        let most = bounds.most(&self.x, &self.direction);
        if !(slope < 0.0 && slope.is_finite() && most > 0.0) {
            self.fail(bounds, how);
            return;
        }
        let search = Search::new(self.value, slope, first, most, bounds.precision.epsilon());
        let by = search.trial();
        self.go_on(search, by, bounds, how);
    }
}
