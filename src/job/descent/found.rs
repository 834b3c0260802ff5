//! What is known of a descent that is over, and of its parts.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::record::ValueRow;
use crate::job::parts::side_by_side;
use crate::numeric::packed;
use crate::optimize::{DescentResult, Gain, Outcome, Trace};

/// What a part of the points came to.
#[derive(Serialize, Deserialize)]
pub(in crate::job) struct DescentFound {
    /// The values of the points before some steps.
    values: Vec<(usize, Vec<f64>)>,
    /// Of those that are followed, if some are in this part.
    trace: Option<Trace>,
    #[serde(with = "packed")]
    points: Array2<f64>,
    #[serde(with = "packed")]
    best_points: Array2<f64>,
    ends: Vec<Option<f64>>,
    gains: Vec<Gain>,
    outcomes: Vec<Outcome>,
    evaluations: u64,
}

impl DescentFound {
    pub(super) fn new(values: Vec<(usize, Vec<f64>)>, trace: Trace, done: DescentResult) -> Self {
        let DescentResult { points, values: ends, best_points, gains, outcomes, evaluations } = done;
        let trace = (trace.points() > 0).then_some(trace);
        DescentFound { values, trace, points, best_points, ends, gains, outcomes, evaluations }
    }

    /// A part without points: there may be more parts than points.
    pub(super) fn of_none(n: usize) -> Self {
        let [points, best_points] = [Array2::zeros((0, n)), Array2::zeros((0, n))];
        let (ends, gains, outcomes) = (Vec::new(), Vec::new(), Vec::new());
        DescentFound {
            values: Vec::new(),
            trace: None,
            points,
            best_points,
            ends,
            gains,
            outcomes,
            evaluations: 0,
        }
    }

    /// How many points.
    pub(super) fn len(&self) -> usize {
        self.points.nrows()
    }

    /// With the points that come after these; none if they have other coordinates.
    pub(in crate::job) fn join(mut self, next: DescentFound) -> Option<Self> {
        let (own, others) = (self.len(), next.len());
        self.values = side_by_side((self.values, own), (next.values, others))?;
        self.trace = match (self.trace, next.trace) {
            (Some(trace), Some(next)) => Some(trace.beside(&next)?),
            (trace, next) => trace.or(next),
        };
        self.points.append(Axis(0), next.points.view()).ok()?;
        self.best_points.append(Axis(0), next.best_points.view()).ok()?;
        self.ends.extend(next.ends);
        self.gains.extend(next.gains);
        self.outcomes.extend(next.outcomes);
        self.evaluations += next.evaluations;
        Some(self)
    }

    /// The rows of values, the ways, and what the descent came to; none if nothing was followed.
    pub(super) fn into_parts(self) -> Option<(Vec<ValueRow>, Trace, DescentResult)> {
        let rows = self.values.iter().filter_map(|(step, values)| ValueRow::new(*step, values)).collect();
        let done = DescentResult {
            points: self.points,
            values: self.ends,
            best_points: self.best_points,
            gains: self.gains,
            outcomes: self.outcomes,
            evaluations: self.evaluations,
        };
        Some((rows, self.trace?, done))
    }
}
