//! What the points of a descent have come to: asked once, at the end, with error bars.
//!
//! The descent itself needs no bars and no curvature. At its end each point that has not broken down is looked at by two gradients, one there
//! and one a little way down the slope ([`slope`]), and, where the gradient is 0 as far as can be told, by the Hessian. From
//! these and from what the descent has seen, [`verdict`] tells what is to be said; [`swing`] finds points that go back and forth.

mod lanczos;
mod saddle;
pub(super) mod slope;
mod swing;
pub(super) mod verdict;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use self::slope::Slope;
use self::verdict::Verdict;
use super::kind::{PointKind, Shape};
use super::{Descent, DescentResult, Evidence, Gain, Outcome};
use crate::difference::{Bars, Difference, Method, OnFailure};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// Coordinates, at most, of Hessians that are looked at whole; of more, Lanczos's method looks for directions in which f falls.
const MOST_AXES: usize = 32;

/// Of the first gradient, or of the way made: what may be left, or may be unknown, of a point that is at rest.
pub(super) const SMALL: f64 = 1e-3;

/// Evaluations of a point that are made whatever they cost; more, no more than the descent itself took.
const CHEAP: usize = 1000;

/// Evaluations that a component of a derivative with chosen steps takes, about.
const CHOSEN: usize = 16;

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
        let how = Difference::default().with_bars(self.asked_bars);
        let (n, took) = (points.ncols(), done.evaluations as usize / done.outcomes.len());
        let is_direct = evaluator.resolve(&how).is_ok_and(|how| how.method == Method::Direct);
        if is_direct && 2 * CHOSEN * n > took.max(CHEAP) {
            return Ok(());
        }
        let gradients = if is_direct { took.max(CHEAP) / (CHOSEN * n) } else { self.steps };
        let slopes = slope::of(evaluator, &points, &starts, &how, self.limits.as_ref(), trail.precision)?;
        let (mut at_rest, mut swings) = (Vec::new(), Vec::new());
        for (slope, &i) in slopes.iter().zip(&asked) {
            let steps = done.outcomes[i].steps();
            done.gains[i].end_gradient = Some(slope.norm).filter(|norm| norm.is_finite());
            if let Some(message) = &slope.failure {
                if matches!(done.outcomes[i], Outcome::StepsDone { .. }) || is_by_zero(&done.outcomes[i]) {
                    done.outcomes[i] = Outcome::NoDerivative { steps, message: message.clone() };
                }
                continue;
            }
            if let Outcome::Converged { gradient, .. } = &mut done.outcomes[i] {
                *gradient = slope.norm;
            }
            let value = done.values[i].unwrap_or(f64::NAN);
            match Verdict::new(slope, value, trail.first[i], trail.precision) {
                Verdict::AtRest(evidence) => at_rest.push((i, evidence, slope)),
                Verdict::Unknown { bar } if !is_by_tolerance(&done.outcomes[i]) => {
                    done.outcomes[i] = Outcome::NoGradient { steps, gradient: slope.norm, bar };
                }
                Verdict::Plateau { curvature } if !is_by_tolerance(&done.outcomes[i]) => {
                    done.outcomes[i] = Outcome::Plateau { steps, gradient: slope.norm, curvature };
                }
                _ if matches!(done.outcomes[i], Outcome::StepsDone { .. }) => {
                    let rate = self.judge_way(done, trail, i, slope);
                    swings.extend(rate.map(|rate| (i, rate)));
                }
                _ if is_by_zero(&done.outcomes[i]) => {
                    done.outcomes[i] = Outcome::ZeroDifference { steps, gradient: slope.norm };
                }
                _ => {}
            }
        }
        self.name_swings(evaluator, done, trail, &how, &swings)?;
        let rested: Vec<&Slope> = at_rest.iter().map(|(_, _, slope)| *slope).collect();
        let shapes = shapes(evaluator, &rested, trail.precision, (is_direct, gradients))?;
        for ((i, by, slope), shape) in at_rest.into_iter().zip(shapes) {
            let value = done.values[i].unwrap_or(f64::NAN);
            if !holds(by, slope, shape.as_ref(), value, trail.precision) {
                if is_by_zero(&done.outcomes[i]) {
                    let steps = done.outcomes[i].steps();
                    done.outcomes[i] = Outcome::ZeroDifference { steps, gradient: slope.norm };
                }
                continue;
            }
            let (steps, gradient) = (done.outcomes[i].steps(), slope.norm);
            let point = shape.and_then(|shape| shape.point);
            let is_minimum = point.as_ref().is_some_and(|point| point.kind == PointKind::Minimum);
            // What ended it stays what is told.
            let by = match done.outcomes[i] {
                Outcome::Converged { by: asked, .. } if asked.is_tolerance() => asked,
                _ if slope.free.contains(&false) => Evidence::AtBounds { held: slope.held() },
                _ => by,
            };
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
                // What a rule keeps may have overflowed on the way, so that it moves no more.
                Outcome::StepsDone { .. } | Outcome::SwallowedUpdate { .. } => value < -root,
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
}

/// What the Hessians say of points at rest, along coordinates that no bound holds; of direct differences, and of many coordinates, within so many
/// gradients a point. `None` where nothing is known.
pub(super) fn shapes(
    evaluator: &mut Evaluator<'_>,
    slopes: &[&Slope],
    precision: Precision,
    (is_direct, gradients): (bool, usize),
) -> Result<Vec<Option<Shape>>> {
    let mut shapes = vec![None; slopes.len()];
    let Some(first) = slopes.first() else { return Ok(shapes) };
    let n = first.point.len();
    let rows = |of: &dyn Fn(&Slope) -> Array1<f64>| {
        let numbers: Vec<f64> = slopes.iter().flat_map(|slope| of(slope)).collect();
        Array2::from_shape_vec((slopes.len(), n), numbers).unwrap_or_default()
    };
    let points = rows(&|slope| slope.point.clone());
    if n > MOST_AXES {
        // It takes two gradients for each product: no more than there were.
        if gradients < 2 * lanczos::PRODUCTS || slopes.iter().any(|slope| slope.free.contains(&false)) {
            return Ok(shapes);
        }
        let gradients = rows(&|slope| slope.gradient.clone());
        return lanczos::kinds(evaluator, &points, &gradients, &Difference::default(), precision);
    }
    if is_direct && n + 1 > gradients {
        return Ok(shapes);
    }
    let how = Difference::default().with_bars(Bars::On).with_on_failure(OnFailure::Skip);
    let hessians = match evaluator.hessian(points.view(), &how) {
        Ok(hessians) => hessians,
        Err(error) if error.is_device() => return Err(error),
        // Without second derivatives nothing is known.
        Err(_) => return Ok(shapes),
    };
    for (k, (shape, slope)) in shapes.iter_mut().zip(slopes).enumerate() {
        let free: Vec<usize> = (0..n).filter(|&j| slope.free[j]).collect();
        if free.is_empty() {
            continue;
        }
        let part = |of: ArrayView2<'_, f64>| of.select(Axis(0), &free).select(Axis(1), &free);
        let hessian = part(hessians.value.index_axis(Axis(0), k));
        let bars = hessians.error.as_ref().map(|error| part(error.index_axis(Axis(0), k)));
        let gradient = slope.gradient.select(Axis(0), &free).to_vec();
        let gradient_bars = slope.bars.as_ref().map(|bars| bars.select(Axis(0), &free).to_vec());
        *shape = Shape::of(
            hessian.view(),
            bars.as_ref().map(|bars| bars.view()),
            &gradient,
            gradient_bars.as_deref(),
        );
        if let Some(direction) = shape.as_mut().and_then(|shape| shape.point.as_mut()?.direction.as_mut()) {
            let mut whole = vec![0.0; n];
            free.iter().zip(&*direction).for_each(|(&j, part)| whole[j] = *part);
            *direction = whole;
        }
    }
    Ok(shapes)
}

/// Whether evidence of slope and curvature along the gradient holds along all coordinates.
pub(super) fn holds(
    by: Evidence,
    slope: &Slope,
    shape: Option<&Shape>,
    value: f64,
    precision: Precision,
) -> bool {
    let (left, fall) = shape.map_or((f64::INFINITY, f64::INFINITY), |shape| (shape.left, shape.fall));
    match by {
        Evidence::Near { .. } => left <= precision.epsilon().sqrt() * slope.scale,
        Evidence::Rounded { .. } => fall <= precision.epsilon() * value.abs() && left <= SMALL * slope.scale,
        _ => true,
    }
}

/// Whether the descent's own gradient was 0.
fn is_by_zero(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Converged { by: Evidence::Zero, .. })
}

/// Whether a tolerance or patience ended it.
fn is_by_tolerance(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Converged { by, .. } => by.is_tolerance(),
        Outcome::NoProgress { .. } => true,
        _ => false,
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
    // NaN stays.
    gradient
        .iter()
        .fold(0.0, |most: f64, g| if most.is_nan() || g.is_nan() { f64::NAN } else { most.max(g.abs()) })
}
