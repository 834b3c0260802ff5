//! The ways of some points through a descent, to be looked at afterwards.

#[cfg(feature = "cli")]
use ndarray::Axis;
use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::difference::{Bars, Difference, OnFailure};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::packed;

/// Where some points were at some steps of a descent.
///
/// ```
/// use plusminus::ndarray::array;
/// use plusminus::{Closure, Descent, Difference, Engine, GradientDescent, Precision, Trace};
///
/// let f = Closure::new(2, |x| x[0] * x[0] + x[1] * x[1])?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(f)?;
/// let start = array![[-3.0, 4.0]];
/// let mut trace = Trace::new(start.view(), 1);
/// let done = Descent::new(GradientDescent::new(0.1))
///     .steps(10)
///     .points_every(trace.every(10))
///     .observe(|report| {
///         trace.record(report);
///         Ok(())
///     })
///     .run(&mut evaluator, start.view())?;
/// trace.end_at(&done.outcomes);
/// let way = trace.measure(&mut evaluator, &Difference::default(), usize::MAX)?;
/// assert_eq!((way.len(), way[0][10].step), (1, 10));
/// // The norm of (2x, 2y) falls by 0.8 in each step.
/// assert!((way[0][10].gradient_norm.unwrap() - 10.0 * 0.8f64.powi(10)).abs() < 1e-9);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trace {
    /// Points that are followed: the first ones.
    points: usize,
    steps: Vec<usize>,
    /// One for each of `steps`: `[points, n]`.
    #[serde(with = "packed::list")]
    at: Vec<Array2<f64>>,
    /// For each point how many records belong to it.
    lengths: Vec<usize>,
}

/// A point on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePoint {
    /// Steps made before.
    pub step: usize,
    /// f there; none if it is not finite.
    pub value: Option<f64>,
    /// The Euclidean norm of the gradient there; none if there is none.
    pub gradient_norm: Option<f64>,
}

/// Records of a descent: enough for a picture.
const RECORDS: usize = 400;

/// Numbers that a trace holds at most: 32 MB.
const NUMBERS: usize = 1 << 22;

impl Trace {
    /// Follows the first `most` of these points.
    pub fn new(start: ArrayView2<'_, f64>, most: usize) -> Self {
        let points = most.min(start.nrows());
        let at = vec![start.slice(s![..points, ..]).to_owned()];
        Trace { points, steps: vec![0], at, lengths: vec![1; points] }
    }

    /// How many steps from one record to the next a descent of so many steps takes, so that the trace is neither long nor large; to
    /// be given to [`Descent::points_every`](super::Descent::points_every).
    pub fn every(&self, steps: usize) -> usize {
        let each = (self.points * self.at[0].ncols()).max(1);
        steps.div_ceil(RECORDS.min(NUMBERS / each).max(1)).max(1)
    }

    /// Takes in where the points are, if the report says so.
    pub fn record(&mut self, report: &super::StepReport<'_>) {
        if let Some(points) = &report.points {
            self.steps.push(report.step);
            self.at.push(points.slice(s![..self.points, ..]).to_owned());
        }
    }

    /// The same with other points of the same descent, which come after these; none if they have other coordinates.
    #[cfg(feature = "cli")]
    pub(crate) fn beside(&self, next: &Trace) -> Option<Self> {
        // Who has stopped stays where it is.
        let longer = if self.steps.len() < next.steps.len() { next } else { self };
        let at = |trace: &Trace, i: usize| trace.at[i.min(trace.at.len() - 1)].clone();
        let joined = (0..longer.steps.len())
            .map(|i| ndarray::concatenate(Axis(0), &[at(self, i).view(), at(next, i).view()]).ok());
        Some(Trace {
            points: self.points + next.points,
            steps: longer.steps.clone(),
            at: joined.collect::<Option<_>>()?,
            lengths: [&self.lengths[..], &next.lengths].concat(),
        })
    }

    /// Leaves out what comes after a point has stopped.
    pub fn end_at(&mut self, outcomes: &[Outcome]) {
        for (length, outcome) in self.lengths.iter_mut().zip(outcomes) {
            *length = self.steps.iter().filter(|step| **step <= outcome.steps()).count().max(1);
        }
    }

    /// The coordinates of a point on its way, from its start.
    pub fn path(&self, point: usize) -> impl Iterator<Item = ndarray::ArrayView1<'_, f64>> {
        self.at[..self.lengths[point]].iter().map(move |points| points.row(point))
    }

    /// The number of points that are followed.
    pub fn points(&self) -> usize {
        self.points
    }

    /// f and its gradient's norm along the way of each point, over all terms, at `most` records of all points together, evenly chosen, with
    /// the first and the last of each: every one takes a gradient.
    ///
    /// # Errors
    /// As [`Evaluator::value_and_gradient`], but for points at which they fail: those have none.
    pub fn measure(
        &self,
        evaluator: &mut Evaluator<'_>,
        difference: &Difference,
        most: usize,
    ) -> Result<Vec<Vec<TracePoint>>> {
        evaluator.select(None)?;
        let n = self.at[0].ncols();
        let each = (most / self.points.max(1)).max(2);
        let chosen: Vec<Vec<usize>> = self.lengths.iter().map(|length| evenly(*length, each)).collect();
        let mut all = Array2::zeros((chosen.iter().map(Vec::len).sum(), n));
        let places = chosen.iter().enumerate().flat_map(|(point, all)| all.iter().map(move |k| (point, *k)));
        for (mut row, (point, k)) in all.rows_mut().into_iter().zip(places) {
            row.assign(&self.at[k].row(point));
        }
        // A step for points as they are where they begin need not suit them where they end.
        let difference = difference.with_bars(Bars::Off).with_on_failure(OnFailure::Skip);
        let found = evaluator.value_and_gradient(all.view(), &difference)?;
        let finite = |number: f64| number.is_finite().then_some(number);
        let mut row = 0;
        let mut ways = Vec::with_capacity(self.points);
        for records in &chosen {
            let way = records.iter().map(|&k| {
                let step = self.steps[k];
                let value = found.values.as_ref().and_then(|values| finite(values[row]));
                let gradient = found.value.row(row);
                // By the largest, so that no square overflows.
                let largest = gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
                let norm = match gradient.iter().all(|g| g.is_finite()) {
                    true if largest == 0.0 => Some(0.0),
                    true => {
                        finite(largest * gradient.iter().map(|g| (g / largest).powi(2)).sum::<f64>().sqrt())
                    }
                    false => None,
                };
                row += 1;
                TracePoint { step, value, gradient_norm: norm }
            });
            ways.push(way.collect());
        }
        Ok(ways)
    }
}

/// So many of the first `length` numbers, with the first and the last.
fn evenly(length: usize, most: usize) -> Vec<usize> {
    if length <= most {
        return (0..length).collect();
    }
    (0..most).map(|k| k * (length - 1) / (most - 1)).collect()
}
