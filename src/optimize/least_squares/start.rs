//! One start on its way: its region of trust, and why it stopped.

use ndarray::{Array1, Array2};

use super::model::{Model, Step};
use crate::numeric::Precision;
use crate::optimize::MinimumOutcome;
use crate::optimize::limits::Limits;

/// The first radius, in units of the point (Moré, 1978, has 0.1 to 100).
const FACTOR: f64 = 1.0;

/// Of the fall that the model has: steps that bring less are not made.
const LEAST_SHARE: f64 = 1e-4;

/// Roundings of the sum of squares within which it does not tell steps apart: what residuals are differences of is known in part only.
const BLIND: f64 = 256.0;

/// The cosine between the residuals and a column of the Jacobian up to which they count as at right angles.
const ANGLE: f64 = 1e-4;

/// Of the last step: steps that the sum does not judge go on as long as each is no longer than this.
const SHORTER: f64 = 0.99;

/// Evaluations for each step that may be made, at most: whatever happens, there is an end.
const MOST_CALLS: usize = 10;

/// By how much steps that the sum does not judge may be stretched.
const STRETCHES: [f64; 2] = [0.05, 20.0];

/// Shorter steps, at most, before none is found.
const SHRINKS: usize = 100;

/// Roundings of each coordinate within which a step is none.
const REST: f64 = 2.0;

/// One start on its way.
pub(super) struct Start {
    pub(super) x: Array1<f64>,
    pub(super) residuals: Array1<f64>,
    /// Of the squares of the residuals.
    pub(super) sum: f64,
    pub(super) jacobian: Array2<f64>,
    /// Coordinates that no bound holds.
    pub(super) free: Vec<bool>,
    /// What is evaluated next.
    pub(super) trial: Array1<f64>,
    pub(super) outcome: Option<MinimumOutcome>,
    pub(super) calls: usize,
    steps: usize,
    /// Units of the coordinates: the largest columns of all Jacobians so far.
    scales: Array1<f64>,
    /// The same, and 1 for a coordinate that nothing depends on.
    units: Array1<f64>,
    radius: Option<f64>,
    step: Option<Step>,
    /// The last step that was made though the sum could not tell, in units of the coordinates and before it was stretched.
    blind: Option<Array1<f64>>,
    /// By how much such steps are stretched.
    stretch: f64,
    /// How many there were.
    blind_steps: usize,
    precision: Precision,
}

impl Start {
    pub(super) fn new(x: Array1<f64>, precision: Precision) -> Self {
        let n = x.len();
        Start {
            residuals: Array1::zeros(0),
            sum: f64::NAN,
            jacobian: Array2::zeros((0, 0)),
            free: vec![true; n],
            trial: x.clone(),
            outcome: None,
            calls: 0,
            steps: 0,
            scales: Array1::zeros(n),
            units: Array1::ones(n),
            radius: None,
            step: None,
            blind: None,
            stretch: 1.0,
            blind_steps: 0,
            precision,
            x,
        }
    }

    /// Whether there are residuals.
    pub(super) fn is_known(&self) -> bool {
        !self.sum.is_nan()
    }

    /// Takes in the residuals at the trial; whether the point moved there.
    pub(super) fn take(&mut self, found: Result<Array1<f64>, String>) -> bool {
        self.calls += 1;
        let sum = found.as_ref().map_or(f64::NAN, |found| found.iter().map(|r| r * r).sum());
        let Some(step) = self.step.take() else {
            match found {
                Ok(residuals) if f64::is_finite(sum) => {
                    (self.residuals, self.sum) = (residuals, sum);
                    return true;
                }
                Ok(_) => self.end_at_start("a residual is not finite, or too large to be squared".into()),
                Err(message) => self.end_at_start(message),
            }
            return false;
        };
        let Ok(residuals) = found else {
            self.radius = Some(0.25 * step.length);
            return false;
        };
        let fall = self.sum - sum;
        let rounding = self.rounding();
        let is_blind = step.fall <= rounding;
        if is_blind && self.leads_on(&step, sum, rounding) {
            self.blind = Some(&step.way * &self.units / self.stretch);
            self.blind_steps += 1;
            self.go(residuals, sum);
            return true;
        }
        let share = if step.fall > 0.0 { fall / step.fall } else { 0.0 };
        if share.is_nan() || share < 0.25 {
            self.radius = Some(0.25 * step.length);
        } else if share > 0.75 {
            self.radius = self.radius.map(|radius| radius.max(2.0 * step.length));
        }
        if share > LEAST_SHARE {
            self.go(residuals, sum);
            return true;
        }
        if is_blind {
            self.end(|steps, gradient| MinimumOutcome::AtRest { steps, gradient });
        }
        false
    }

    /// Whether a step that the sum does not judge leads on: steps become shorter, and the sum stays what it is.
    fn leads_on(&self, step: &Step, sum: f64, rounding: f64) -> bool {
        let last = self.blind.as_ref().map(|last| last.dot(last).sqrt());
        let is_shorter = last.is_none_or(|last| step.length <= SHORTER * last) || self.blind_steps < 2;
        is_shorter && (sum - self.sum).abs() <= 2.0 * rounding
    }

    fn go(&mut self, residuals: Array1<f64>, sum: f64) {
        self.x.assign(&self.trial);
        (self.residuals, self.sum) = (residuals, sum);
        self.steps += 1;
    }

    /// Takes in the Jacobian where the point has come to.
    pub(super) fn take_jacobian(&mut self, jacobian: Array2<f64>, failure: Option<String>, limits: &Limits) {
        if failure.is_some() || jacobian.iter().any(|entry| !entry.is_finite()) {
            let why = failure.unwrap_or_else(|| "a derivative is not finite there".into());
            if self.steps == 0 {
                self.end_at_start(why);
            } else {
                self.end(|steps, gradient| MinimumOutcome::NoDecrease { steps, gradient, bar: None });
            }
            return;
        }
        for (scale, column) in self.scales.iter_mut().zip(jacobian.columns()) {
            *scale = scale.max(column.dot(&column).sqrt());
        }
        self.jacobian = jacobian;
        let gradient = self.jacobian.t().dot(&self.residuals);
        let mut pressing = gradient.clone();
        limits.hold(self.x.view(), &mut pressing.view_mut());
        self.free = gradient.iter().zip(&pressing).map(|(all, free)| *all == 0.0 || *free != 0.0).collect();
        self.units = self.scales.mapv(|scale| if scale > 0.0 { scale } else { 1.0 });
        if self.radius.is_none() {
            let far = self.x.iter().zip(&self.units).map(|(x, unit)| (x * unit).powi(2)).sum::<f64>().sqrt();
            self.radius = Some(if far > 0.0 { FACTOR * far } else { FACTOR });
        }
    }

    /// Chooses what to try next, or ends.
    pub(super) fn choose(&mut self, limits: &Limits, most: usize) {
        if self.outcome.is_some() {
            return;
        }
        let Some(step) = self.next(limits) else {
            // All coordinates are held, or nothing is left to be gained.
            self.end(|steps, gradient| MinimumOutcome::AtRest { steps, gradient });
            return;
        };
        let mut trial = &self.x + &step.way;
        trial.mapv_inplace(|x| self.precision.round(x));
        if let Some(trial) = trial.as_slice_mut() {
            limits.project(trial);
        }
        let is_none = trial.iter().zip(&self.x).all(|(to, from)| {
            (to - from).abs() <= REST * self.precision.epsilon() * to.abs().max(from.abs())
        });
        if is_none || self.sum == 0.0 {
            self.end(|steps, gradient| MinimumOutcome::AtRest { steps, gradient });
        } else if self.steps >= most || self.calls >= MOST_CALLS * most.max(1) {
            self.end(|steps, gradient| MinimumOutcome::StepsDone { steps, gradient });
        } else {
            self.trial = trial;
            self.step = Some(step);
        }
    }

    /// The next step, within bounds: coordinates that it would carry beyond theirs go there, and the others take that into account.
    fn next(&mut self, limits: &Limits) -> Option<Step> {
        // Where all that is left to be gained is less than rounding, no region has to be trusted.
        let mut whole = self.within(limits, f64::INFINITY)?;
        if whole.fall > 0.0 && whole.fall <= self.rounding() {
            // Where residuals are large, Gauss and Newton's steps go too far, or not far enough. If one made d of the way left and the next is r
            // times as long, the right one is 1/(1 - r) times as long as the first (Aitken, 1926).
            if let Some(last) = &self.blind {
                let ratio = last.dot(&(&whole.way * &self.units)) / last.dot(last);
                self.stretch = (self.stretch / (1.0 - ratio).max(1e-3)).clamp(STRETCHES[0], STRETCHES[1]);
            }
            whole.way *= self.stretch;
            return Some(whole);
        }
        (self.blind, self.stretch, self.blind_steps) = (None, 1.0, 0);
        for _ in 0..SHRINKS {
            let radius = self.radius?;
            let step = self.within(limits, radius)?;
            if step.fall > 0.0 {
                return Some(step);
            }
            // What goes to a bound may lead up; a shorter step does not.
            self.radius = Some(0.25 * radius.min(step.length));
        }
        None
    }

    fn within(&self, limits: &Limits, radius: f64) -> Option<Step> {
        let mut free = self.free.clone();
        let mut way = Array1::<f64>::zeros(self.x.len());
        loop {
            let residuals = &self.residuals + &self.jacobian.dot(&way);
            let model = Model::new(&self.jacobian, &residuals, &free, &self.units);
            let rest = model.map(|model| model.step(radius, self.x.len()));
            let whole = rest.as_ref().map_or_else(|| way.clone(), |rest| &way + &rest.way);
            let mut trial = (&self.x + &whole).to_vec();
            limits.project(&mut trial);
            let beyond: Vec<usize> =
                (0..trial.len()).filter(|&j| free[j] && trial[j] != self.x[j] + whole[j]).collect();
            if beyond.is_empty() && free == self.free {
                // The model's own fall has no cancellation.
                return rest.filter(|rest| rest.length > 0.0);
            }
            if beyond.is_empty() {
                let after = &self.residuals + &self.jacobian.dot(&whole);
                // As a difference of squares that is not one of large numbers.
                let fall =
                    self.residuals.iter().zip(&after).map(|(r, after)| (r - after) * (r + after)).sum();
                let length = (&whole * &self.units).mapv(|part| part * part).sum().sqrt();
                return (length > 0.0).then_some(Step { way: whole, length, fall });
            }
            for j in beyond {
                free[j] = false;
                way[j] = trial[j] - self.x[j];
            }
        }
    }

    /// How far the sum of squares may be off by its own rounding: a residual is a difference of numbers as large as what the
    /// parameters contribute to it.
    fn rounding(&self) -> f64 {
        let mut sum = 0.0;
        for (r, row) in self.residuals.iter().zip(self.jacobian.rows()) {
            let size: f64 = row.iter().zip(&self.x).map(|(slope, x)| (slope * x).abs()).sum();
            sum += r.abs() * (r.abs() + size);
        }
        BLIND * self.precision.epsilon() * sum
    }

    fn end_at_start(&mut self, message: String) {
        self.outcome = Some(MinimumOutcome::NoStart { message });
    }

    /// Whether the residuals are at right angles to all columns of the Jacobian, or no more than rounding: so it is at a minimum.
    fn is_at_right_angles(&self) -> bool {
        if self.jacobian.nrows() != self.residuals.len() {
            return false;
        }
        let mut noise = 0.0;
        for (r, row) in self.residuals.iter().zip(self.jacobian.rows()) {
            let size: f64 = row.iter().zip(&self.x).map(|(slope, x)| (slope * x).abs()).sum();
            noise += (r.abs() + size).powi(2);
        }
        let noise = BLIND * self.precision.epsilon() * noise.sqrt();
        let length = self.sum.sqrt();
        self.jacobian.columns().into_iter().zip(&self.free).all(|(column, is_free)| {
            let along = column.dot(&self.residuals).abs();
            !is_free || along <= column.dot(&column).sqrt() * (ANGLE * length).max(noise)
        })
    }

    /// With the largest component of the gradient of the sum.
    fn end(&mut self, outcome: impl Fn(usize, f64) -> MinimumOutcome) {
        let mut gradient = 0.0f64;
        if self.jacobian.nrows() == self.residuals.len() {
            let all = self.jacobian.t().dot(&self.residuals);
            for (g, is_free) in all.iter().zip(&self.free) {
                gradient = gradient.max(if *is_free { 2.0 * g.abs() } else { 0.0 });
            }
        }
        let mut outcome = outcome(self.steps, gradient);
        if matches!(outcome, MinimumOutcome::AtRest { .. }) && self.sum > 0.0 && !self.is_at_right_angles() {
            outcome = MinimumOutcome::NoDecrease { steps: self.steps, gradient, bar: None };
        }
        self.outcome = Some(outcome);
    }
}
