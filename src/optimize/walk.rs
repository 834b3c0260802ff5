//! The points of a descent: their updates, and what became of each.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::ending::Trail;
use super::limits::Limits;
use super::{DescentResult, Evidence, Gain, Outcome, Update};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::numeric::{Precision, packed};

/// Where a descent stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Walk {
    /// The number of the first point in messages.
    #[serde(skip)]
    pub(super) first_point: usize,
    precision: Precision,
    /// `[batch, n · k]`: what the update rule keeps.
    #[serde(with = "packed")]
    pub(super) state: Array2<f64>,
    /// Where the points began.
    #[serde(with = "packed")]
    start: Array2<f64>,
    #[serde(with = "packed")]
    pub(super) points: Array2<f64>,
    /// The points at which the latest gradients were finite.
    #[serde(with = "packed")]
    pub(super) last_good: Array2<f64>,
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// Where an axis is stuck: since which step, and the error's message.
    pub(super) stuck: Vec<Option<(usize, String)>>,
    pub(super) evaluations: u64,
    /// Values at the starts, once they are known; NaN where f has none.
    pub(super) start_values: Option<Vec<f64>>,
    pub(super) best: Best,
    /// The largest components of the first gradients, without sign; NaN where they are not known.
    pub(super) first: Vec<f64>,
    /// The values that were looked at last; NaN before the first look.
    pub(super) looked: Vec<f64>,
    /// Whether the device says which point of its own loop was the lowest.
    pub(super) is_told_lowest: bool,
}

/// The lowest values seen, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Best {
    /// Infinite where none was seen.
    pub(super) values: Vec<f64>,
    /// `[batch, n]`
    #[serde(with = "packed")]
    pub(super) points: Array2<f64>,
    pub(super) steps: Vec<usize>,
}

impl Best {
    /// Takes in a value of point `i` after so many steps.
    pub(super) fn see(&mut self, i: usize, value: f64, steps: usize, x: ArrayView1<'_, f64>) {
        if value < self.values[i] {
            (self.values[i], self.steps[i]) = (value, steps);
            self.points.row_mut(i).assign(&x);
        }
    }
}

impl Walk {
    /// `state`: how many numbers the update rule keeps for each coordinate.
    pub(super) fn new(start: ArrayView2<'_, f64>, precision: Precision, state: usize) -> Self {
        let points = start.mapv(|x| precision.round(x));
        Walk {
            first_point: 0,
            precision,
            state: Array2::zeros((points.nrows(), points.ncols() * state)),
            last_good: points.clone(),
            start: points.clone(),
            first: vec![f64::NAN; points.nrows()],
            looked: vec![f64::NAN; points.nrows()],
            outcomes: vec![None; points.nrows()],
            stuck: vec![None; points.nrows()],
            evaluations: 0,
            start_values: None,
            is_told_lowest: false,
            best: Best {
                values: vec![f64::INFINITY; points.nrows()],
                points: points.clone(),
                steps: vec![0; points.nrows()],
            },
            points,
        }
    }

    /// Whether all of it belongs to so many points of so many coordinates, of which each keeps so many numbers, in this precision.
    pub(super) fn fits(&self, (points, n): (usize, usize), state: usize, precision: Precision) -> bool {
        let all = [&self.start, &self.points, &self.last_good, &self.best.points];
        let lengths = [
            self.outcomes.len(),
            self.stuck.len(),
            self.first.len(),
            self.looked.len(),
            self.best.values.len(),
            self.best.steps.len(),
            self.start_values.as_ref().map_or(points, Vec::len),
        ];
        self.precision == precision
            && all.iter().all(|array| array.dim() == (points, n))
            && self.state.dim() == (points, n * state)
            && lengths.iter().all(|&length| length == points)
    }

    /// The points that are on their way.
    pub(super) fn active(&self) -> Vec<usize> {
        (0..self.outcomes.len()).filter(|&i| self.outcomes[i].is_none()).collect()
    }

    /// Moves the starts to the nearest points within.
    pub(super) fn bring_within(&mut self, limits: &Limits) {
        for mut x in self.points.rows_mut() {
            let mut moved = x.to_vec();
            limits.project(&mut moved);
            x.iter_mut().zip(moved).for_each(|(x, moved)| *x = moved);
        }
        self.start.assign(&self.points);
        self.last_good.assign(&self.points);
        self.best.points.assign(&self.points);
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
            Error::NoDerivative { .. } => {
                self.outcomes[i] = Some(Outcome::NoDerivative { steps, message: error.to_string() });
            }
            error => return Err(error),
        }
        Ok(())
    }

    /// Point `i` is not finite after `steps` steps: keeps the one before.
    fn go_back(&mut self, i: usize, steps: usize, message: String) {
        self.points.row_mut(i).assign(&self.last_good.row(i));
        let steps = steps.saturating_sub(1);
        self.outcomes[i] = Some(Outcome::NonFinite { steps, since: steps, message });
    }

    /// Moves point `i`, in the working precision and within the limits; if `settles`, stops it when it cannot move.
    pub(super) fn update(
        &mut self,
        rule: &dyn Update,
        limits: Option<&Limits>,
        i: usize,
        gradient: &[f64],
        step: usize,
        settles: bool,
    ) {
        let mut next = self.points.row(i).to_vec();
        let mut row = self.state.row_mut(i);
        let state = row.as_slice_mut().unwrap_or(&mut []);
        let kept = state.to_vec();
        match self.precision {
            Precision::F64 => rule.update(&mut next, gradient, state, step),
            Precision::F32 => {
                let narrow = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
                let (mut x, gradient) = (narrow(&next), narrow(gradient));
                rule.update_f32(&mut x, &gradient, state, step);
                next = x.into_iter().map(f64::from).collect();
            }
        }
        if let Some(limits) = limits {
            limits.project(&mut next);
        }
        let has_moved = !self.points.row(i).iter().eq(&next);
        if has_moved || !settles {
            self.last_good.row_mut(i).assign(&self.points.row(i));
        }
        if let Some(axis) = next.iter().position(|x| !x.is_finite()) {
            let number = self.first_point + i;
            let message = format!("x[{axis}] of point {number} would become {}", next[axis]);
            self.outcomes[i] = Some(Outcome::NonFinite { steps: step, since: step, message });
        } else if has_moved {
            self.points.row_mut(i).iter_mut().zip(next).for_each(|(x, next)| *x = next);
        } else if settles && !rule.changes() && *state == kept {
            let mut gradient = ndarray::arr1(gradient);
            if let Some(limits) = limits {
                limits.hold(self.points.row(i), &mut gradient.view_mut());
            }
            let largest = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
            self.outcomes[i] = Some(if largest == 0.0 {
                Outcome::Converged { steps: step, gradient: 0.0, by: Evidence::Zero, is_minimum: false }
            } else {
                let is_plain = rule.plain_rate().is_some();
                Outcome::SwallowedUpdate { steps: step, largest, precision: self.precision, is_plain }
            });
        }
    }

    /// Looks at the objective where the points ended: the last update of each has not been seen yet.
    pub(super) fn finish(
        mut self,
        evaluator: &mut Evaluator<'_>,
        steps: usize,
    ) -> Result<(DescentResult, Trail)> {
        let rows = evaluator.value_rows(self.points.view())?;
        let mut values: Vec<Option<f64>> = rows.values.iter().copied().map(Some).collect();
        let mut again = Vec::new();
        for (i, failure) in rows.failures.into_iter().enumerate() {
            let Some(error) = failure else { continue };
            let done = self.outcomes[i].as_ref().map_or(steps, Outcome::steps);
            values[i] = None;
            match *error {
                _ if matches!(self.outcomes[i], Some(Outcome::NoStart { .. })) => {}
                Error::NonFinitePoint { .. } | Error::NonFiniteValue { .. } if steps > 0 => {
                    if !self.outcomes[i].as_ref().is_some_and(Outcome::is_failure) {
                        let message = error.at_point(self.first_point + i).to_string();
                        self.go_back(i, done, message);
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
        let mut outcomes: Vec<Outcome> = outcomes;
        // At equal values, the end: it is where the descent led.
        for (i, (value, outcome)) in values.iter().zip(&outcomes).enumerate() {
            if let Some(value) = *value
                && value <= self.best.values[i]
            {
                self.best.values[i] = f64::INFINITY;
                self.best.see(i, value, outcome.steps(), self.points.row(i));
            }
        }
        for (outcome, &best) in outcomes.iter_mut().zip(&self.best.steps) {
            if let Outcome::NonFinite { since, .. } = outcome {
                *since = best.min(*since);
            }
        }
        let starts = self.start_values.unwrap_or_else(|| vec![f64::NAN; values.len()]);
        let gains = (0..values.len())
            .map(|i| Gain {
                start: Some(starts[i]).filter(|value| value.is_finite()),
                end: values[i],
                best: Some(self.best.values[i]).filter(|value| value.is_finite()),
                best_steps: self.best.steps[i],
                start_gradient: Some(self.first[i]).filter(|norm| norm.is_finite()),
                end_gradient: None,
                precision: self.precision,
            })
            .collect();
        let trail = Trail {
            start: self.start,
            before: self.last_good,
            state: self.state,
            first: self.first,
            precision: self.precision,
        };
        let done = DescentResult {
            points: self.points,
            values,
            best_points: self.best.points,
            gains,
            outcomes,
            evaluations: self.evaluations,
        };
        Ok((done, trail))
    }
}
