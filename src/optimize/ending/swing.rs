//! Points that go back and forth.

use ndarray::{Array2, Axis};

use super::Trail;
use super::slope::{self, Slope};
use crate::difference::{Bars, Difference};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::Precision;
use crate::optimize::{Descent, DescentResult, Outcome};

/// Four times what a corner comes to.
const CORNER: f64 = 8.0;

/// Of a step: how near to where it was a point is after two, if it goes back and forth.
const BACK: f64 = 0.01;

/// A point that goes back and forth.
pub(super) struct Swing {
    /// How far.
    pub(super) length: f64,
    /// The learning rate, of plain descent.
    pub(super) rate: Option<f64>,
}

/// How far the last step went, in the coordinate that it moved most.
fn length(trail: &Trail, i: usize, slope: &Slope) -> f64 {
    slope
        .point
        .iter()
        .zip(trail.before.row(i))
        .fold(0.0, |most: f64, (x, before)| most.max((x - before).abs()))
}

impl Descent<'_> {
    /// Whether the next step leads back to where the point was before the last one; with the learning rate, if the step is that times the
    /// gradient and nothing else.
    pub(super) fn swings(&self, trail: &Trail, i: usize, slope: &Slope) -> Option<Swing> {
        let steps = length(trail, i, slope);
        // Shorter steps are those of a point that settles.
        if steps <= trail.precision.epsilon().sqrt() * slope.scale {
            return None;
        }
        let mut next = slope.point.to_vec();
        let mut state = trail.state.row(i).to_vec();
        let gradient = slope.gradient.to_vec();
        self.rule_of(i).update(&mut next, &gradient, &mut state, self.steps);
        if let Some(limits) = &self.limits {
            limits.project(&mut next);
        }
        let apart = next
            .iter()
            .zip(trail.before.row(i))
            .fold(0.0, |most: f64, (x, before)| most.max((x - before).abs()));
        // With what other rules keep, or decay, the limit is another one.
        let rate = self.rule_of(i).plain_rate();
        (apart <= BACK * steps).then_some(Swing { length: steps, rate })
    }

    /// Names learning rates that would not go back and forth: below 2 by the curvature half way (of a quadratic, exactly).
    pub(super) fn name_swings(
        &self,
        evaluator: &mut Evaluator<'_>,
        done: &mut DescentResult,
        trail: &Trail,
        how: &Difference,
        swings: &[(usize, f64)],
    ) -> Result<()> {
        let swinging: Vec<usize> = swings.iter().map(|(i, _)| *i).collect();
        if swinging.is_empty() {
            return Ok(());
        }
        let ends = done.points.select(Axis(0), &swinging);
        let before = trail.before.select(Axis(0), &swinging);
        let by = trail.precision.epsilon().cbrt();
        let round = |x: f64| match trail.precision {
            Precision::F64 => x,
            Precision::F32 => f64::from(x as f32),
        };
        let at = |share: f64| -> Array2<f64> {
            let mut points = ends.clone();
            points.zip_mut_with(&before, |x, before| *x = round(*x + share * (before - *x)));
            points
        };
        let (here, there) = (at(0.5 - by), at(0.5 + by));
        let how = how.with_bars(Bars::Off);
        let (a, _, fails) = slope::gradients(evaluator, &here, &how)?;
        let (b, _, fails_too) = slope::gradients(evaluator, &there, &how)?;
        for (k, &i) in swinging.iter().enumerate() {
            let way = &there.row(k) - &here.row(k);
            let found = slope::curvature(way.view(), a.row(k), b.row(k), None, trail.precision);
            let curvature = found.filter(|_| fails[k].is_none() && fails_too[k].is_none());
            let rate = curvature.filter(|[c, error]| *c > 2.0 * error).map(|[c, _]| 2.0 / c);
            // At a corner half way there is no such rate: the curvature there is that of a jump over what lies between, 1 / 2·by times
            // what led back and forth.
            let own = swings[k].1;
            let rate = rate.filter(|rate| (CORNER * by * own..=own * (1.0 + BACK)).contains(rate));
            if let Outcome::Oscillating { largest_rate, .. } = &mut done.outcomes[i] {
                *largest_rate = rate;
            }
        }
        Ok(())
    }
}
