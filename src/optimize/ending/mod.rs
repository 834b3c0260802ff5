//! What the points of a descent have come to: asked once, at the end, with error bars.
//!
//! The descent itself needs no bars and no curvature. At its end each point that has not broken down is looked at by two gradients, one there
//! and one a little way down the slope ([`slope`]), and, where the gradient is 0 as far as can be told, by the Hessian. From
//! these and from what the descent has seen, [`verdict`] tells what is to be said; [`swing`] finds points that go back and forth.

mod lanczos;
mod saddle;
pub(super) mod slope;
mod swing;
mod verdict;

use ndarray::{Array1, Array2, Axis};

use self::slope::Slope;
use self::verdict::Verdict;
use super::kind::{PointKind, StationaryPoint};
use super::{Descent, DescentResult, Gain, Outcome};
use crate::difference::{Bars, Difference, OnFailure};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// Coordinates, at most, of Hessians that are looked at whole; of more, Lanczos's method looks for directions in which f falls.
const MOST_AXES: usize = 32;

/// Of the first gradient, or of the way made: what may be left, or may be unknown, of a point that is at rest.
pub(super) const SMALL: f64 = 1e-3;

/// What a descent leaves behind, beside its result.
pub(super) struct Trail {
    /// `[batch, n]`: where the points began.
    pub(super) start: Array2<f64>,
    /// `[batch, n]`: where they were one step ago.
    pub(super) before: Array2<f64>,
    /// `[batch, n · k]`: what the update rule kept.
    pub(super) state: Array2<f64>,
    /// The largest components of the first gradients, without sign; NaN where they are not known.
    pub(super) first: Vec<f64>,
    pub(super) precision: Precision,
}

impl Descent<'_> {
    /// Says of each point what is there, where that is known better than that its steps are done.
    pub(super) fn judge(
        &self,
        evaluator: &mut Evaluator<'_>,
        done: &mut DescentResult,
        trail: &Trail,
    ) -> Result<()> {
        self.judge_falls(done, trail);
        let asked: Vec<usize> = (0..done.outcomes.len()).filter(|&i| is_open(&done.outcomes[i])).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let points = done.points.select(Axis(0), &asked);
        let starts = trail.start.select(Axis(0), &asked);
        // The user's own step may be one that tells nothing; here it is asked what is true.
        let how = match self.difference.bars {
            Bars::Off => self.difference,
            _ => Difference::default().with_bars(Bars::On),
        };
        let slopes = slope::of(evaluator, &points, &starts, &how, self.limits.as_ref(), trail.precision)?;
        let (mut at_rest, mut swings) = (Vec::new(), Vec::new());
        for (slope, &i) in slopes.iter().zip(&asked) {
            let steps = done.outcomes[i].steps();
            done.gains[i].end_gradient = Some(slope.norm).filter(|norm| norm.is_finite());
            if let Some(message) = &slope.failure {
                if matches!(done.outcomes[i], Outcome::StepsDone { .. }) {
                    done.outcomes[i] = Outcome::NoDerivative { steps, message: message.clone() };
                }
                continue;
            }
            let value = done.values[i].unwrap_or(f64::NAN);
            let verdict = Verdict::new(slope, value, trail.first[i], trail.precision);
            match (&done.outcomes[i], verdict) {
                // Of these the tolerance is the reason, and the gradient is told.
                (Outcome::Converged { by, .. }, _) if by.is_tolerance() => {
                    at_rest.push((i, *by, slope));
                }
                (_, Verdict::AtRest(evidence)) => at_rest.push((i, evidence, slope)),
                (Outcome::NoProgress { .. }, _) => {}
                (_, Verdict::Unknown { bar }) => {
                    done.outcomes[i] = Outcome::NoGradient { steps, gradient: slope.norm, bar };
                }
                (_, Verdict::Plateau { curvature }) => {
                    done.outcomes[i] = Outcome::Plateau { steps, gradient: slope.norm, curvature };
                }
                (Outcome::StepsDone { .. }, Verdict::OnItsWay) => {
                    let rate = self.judge_way(done, trail, i, slope);
                    swings.extend(rate.map(|rate| (i, rate)));
                }
                (_, Verdict::OnItsWay) => {}
            }
        }
        self.name_swings(evaluator, done, trail, &how, &swings)?;
        let kinds = self.kinds(evaluator, done, &at_rest, trail.precision)?;
        for ((i, by, slope), point) in at_rest.into_iter().zip(kinds) {
            let (steps, gradient) = (done.outcomes[i].steps(), slope.norm);
            let is_minimum = point.as_ref().is_some_and(|point| point.kind == PointKind::Minimum);
            done.outcomes[i] = match point {
                Some(point) if !is_minimum => Outcome::Stationary { steps, gradient, point },
                _ => Outcome::Converged { steps, gradient, by, is_minimum },
            };
        }
        Ok(())
    }

    /// Points that have fallen, or risen, out of all bounds.
    fn judge_falls(&self, done: &mut DescentResult, trail: &Trail) {
        let root = match trail.precision {
            Precision::F64 => f64::MAX.sqrt(),
            Precision::F32 => f64::from(f32::MAX).sqrt(),
        };
        for i in 0..done.outcomes.len() {
            let Gain { start, end, best, best_steps, .. } = done.gains[i];
            let steps = done.outcomes[i].steps();
            let Some(value) = end.filter(|&value| best.is_some_and(|best| value <= best)) else { continue };
            // Half of the digits of a number as large as f was.
            let far = start.unwrap_or(0.0).abs().max(1.0) / trail.precision.epsilon().sqrt();
            let falls = match done.outcomes[i] {
                Outcome::NonFinite { .. } => value < -far && best_steps == steps,
                Outcome::StepsDone { .. } => value < -root,
                _ => false,
            };
            if falls {
                done.outcomes[i] = Outcome::Unbounded { steps, value };
            }
        }
    }

    /// A point that has made its steps and is not at rest; the learning rate of one that goes back and forth.
    fn judge_way(&self, done: &mut DescentResult, trail: &Trail, i: usize, slope: &Slope) -> Option<f64> {
        let (steps, gain) = (done.outcomes[i].steps(), done.gains[i]);
        if let Some(swing) = self.swings(trail, i, slope) {
            done.outcomes[i] = Outcome::Oscillating { steps, swing: swing.length, largest_rate: None };
            return swing.rate;
        }
        if gain.is_worse() && slope.norm > trail.first[i] {
            done.outcomes[i] = Outcome::Diverging { steps, since: gain.best_steps };
        }
        None
    }

    /// The kinds of points at rest, if their Hessians are small enough to be looked at.
    fn kinds(
        &self,
        evaluator: &mut Evaluator<'_>,
        done: &DescentResult,
        at_rest: &[(usize, super::Evidence, &Slope)],
        precision: Precision,
    ) -> Result<Vec<Option<StationaryPoint>>> {
        let n = done.points.ncols();
        let mut kinds = vec![None; at_rest.len()];
        if at_rest.is_empty() || self.limits.is_some() {
            return Ok(kinds);
        }
        let rows: Vec<usize> = at_rest.iter().map(|(i, ..)| *i).collect();
        let points = done.points.select(Axis(0), &rows);
        if n > MOST_AXES {
            // It takes two gradients for each product: no more than the descent itself took.
            if self.steps < 2 * lanczos::PRODUCTS {
                return Ok(kinds);
            }
            return lanczos::kinds(evaluator, &points, &Difference::default(), precision);
        }
        let how = Difference::default().with_bars(Bars::On).with_on_failure(OnFailure::Skip);
        let hessians = match evaluator.hessian(points.view(), &how) {
            Ok(hessians) => hessians,
            Err(error) if error.is_device() => return Err(error),
            // Without second derivatives the kind is not known.
            Err(_) => return Ok(kinds),
        };
        for (k, kind) in kinds.iter_mut().enumerate() {
            let bars = hessians.error.as_ref().map(|error| error.index_axis(Axis(0), k));
            *kind = StationaryPoint::of(hessians.value.index_axis(Axis(0), k), bars);
        }
        Ok(kinds)
    }
}

/// Whether more is to be said of a point.
fn is_open(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::StepsDone { .. }
            | Outcome::Converged { .. }
            | Outcome::SwallowedUpdate { .. }
            | Outcome::NoProgress { .. }
    )
}

/// The largest component, without sign.
pub(super) fn norm(gradient: &Array1<f64>) -> f64 {
    gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()))
}
