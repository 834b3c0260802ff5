//! L-BFGS from many starts at once, with a line search for the strong conditions of Wolfe, within bounds.

mod bounds;
mod history;
mod outcome;
mod search;
mod start;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use self::bounds::Bounds;
pub use self::outcome::MinimumOutcome;
use self::start::{Found, Start};
use crate::difference::perturb::OnVanished;
use crate::difference::{Bars, Difference, Method};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;
use crate::optimize::ending::slope::{self, Slope};
use crate::optimize::ending::verdict::Verdict;
use crate::optimize::limits::{self, Limits, up};
use crate::optimize::{Evidence, PointKind, ending};

/// Minimisation by L-BFGS (Nocedal, 1980; Liu and Nocedal, 1989): what smooth functions of few to many coordinates ask for. All starts are
/// evaluated together, and those that have stopped no longer.
///
/// A start stops where its gradient is 0 within its error bar, or within the [tolerance](Self::tolerance); or where no lower value is found.
/// Bounds are kept by every evaluation: a coordinate at its bound is held there while the gradient presses against it.
///
/// ```
/// use plusminus::{Engine, Lbfgs, Precision, WgslObjective};
/// let f = WgslObjective::from_expression("(1 - x0)^2 + 100*(x1 - x0^2)^2", 2)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let found = Lbfgs::new().run(&mut evaluator, ndarray::array![[-1.2, 1.0]].view())?;
/// assert!(found.points.iter().all(|x| (x - 1.0).abs() < 1e-9));
/// assert!(found.outcomes[0].is_converged());
///
/// // The lowest point with x0 at most 1/2 lies on that bound.
/// let within = Lbfgs::new().bounds(&[-2.0, -2.0], &[0.5, 2.0]).run(&mut evaluator, ndarray::array![[-1.2, 1.0]].view())?;
/// assert!(within.points[[0, 0]] == 0.5 && (within.points[[0, 1]] - 0.25).abs() < 1e-9);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lbfgs {
    memory: usize,
    steps: usize,
    tolerance: f64,
    difference: Difference,
    bounds: Option<(Vec<f64>, Vec<f64>)>,
}

/// How a minimisation went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Minimum {
    /// `[batch, n]`: the best points.
    pub points: Array2<f64>,
    /// One a start: f there; `None` if a start has no value.
    pub values: Vec<Option<f64>>,
    /// `[batch, n]`: the gradients there, and NaN of a start that has none.
    pub gradients: Array2<f64>,
    /// One a start: why it stopped.
    pub outcomes: Vec<MinimumOutcome>,
    /// One a start: how many times f and its gradient were evaluated, the last time for the error bars included.
    pub calls: Vec<usize>,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Lbfgs { memory: 10, steps: 1000, tolerance: 0.0, difference: Difference::default(), bounds: None }
    }
}

impl Lbfgs {
    /// At most 1,000 steps, with a memory of 10, until the gradient is 0 within its error bar.
    pub fn new() -> Self {
        Lbfgs::default()
    }

    /// Sets how many of the last steps are remembered, at least 1.
    #[must_use]
    pub fn memory(self, memory: usize) -> Self {
        Lbfgs { memory, ..self }
    }

    /// Sets how many steps are made at most.
    #[must_use]
    pub fn steps(self, steps: usize) -> Self {
        Lbfgs { steps, ..self }
    }

    /// A start also stops where no component of the gradient is larger than this.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Lbfgs { tolerance, ..self }
    }

    /// Sets how to difference.
    #[must_use]
    pub fn difference(self, difference: Difference) -> Self {
        Lbfgs { difference, ..self }
    }

    /// Keeps each coordinate between a lower and an upper bound, which may be infinite. Starts are moved to where they keep them.
    #[must_use]
    pub fn bounds(self, lower: &[f64], upper: &[f64]) -> Self {
        Lbfgs { bounds: Some((lower.to_vec(), upper.to_vec())), ..self }
    }

    /// Minimises from each of `starts` (`[batch, n]`).
    ///
    /// # Errors
    /// [`Error::Usage`] for settings out of range and bounds that are not one pair for each coordinate, the lower one not above the upper;
    /// failures of the device. What happens to a start is its outcome.
    pub fn run(&self, evaluator: &mut Evaluator<'_>, starts: ArrayView2<'_, f64>) -> Result<Minimum> {
        let n = starts.ncols();
        self.check(n)?;
        let precision = evaluator.precision();
        let unbounded = || (vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n]);
        let (lower, upper) = self.bounds.clone().unwrap_or_else(unbounded);
        // Within, though rounded.
        let inside = |x: f64, i: usize| {
            if x.is_nan() {
                return x;
            }
            let x = precision.round(x.max(lower[i]).min(upper[i]));
            x.max(up(lower[i], precision)).min(-up(-upper[i], precision))
        };
        let mut all: Vec<Start> = starts
            .rows()
            .into_iter()
            .map(|row| Start::new(row.iter().enumerate().map(|(i, &x)| inside(x, i)).collect(), self.memory))
            .collect();
        let begins = rows(n, all.iter().map(|start| &start.x));
        let how = self.difference.with_bars(match self.difference.bars {
            Bars::Auto => Bars::Off,
            asked => asked,
        });
        let bounds = Bounds { lower: &lower, upper: &upper, precision };
        loop {
            let active: Vec<usize> = (0..all.len()).filter(|&i| all[i].is_active()).collect();
            if active.is_empty() {
                break;
            }
            let trials = rows(n, active.iter().map(|&i| &all[i].trial));
            let found = evaluated(evaluator, &trials, &how)?;
            for (&i, found) in active.iter().zip(found) {
                all[i].take(found, &bounds, self);
            }
        }
        let limits = match &self.bounds {
            Some((lower, upper)) => Some(Limits::new(lower, upper, n, precision)?),
            None => None,
        };
        self.finish(evaluator, all, limits.as_ref(), &begins)
    }

    fn check(&self, n: usize) -> Result<()> {
        if self.memory == 0 {
            return Err(Error::usage("a memory of 0 steps: it needs at least 1"));
        }
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return Err(Error::usage(format!(
                "the tolerance is {}: it must be finite and not negative",
                self.tolerance
            )));
        }
        self.bounds.as_ref().map_or(Ok(()), |(lower, upper)| limits::check(lower, upper, n))
    }

    /// Looks at all ends once more, with error bars and the Hessian.
    fn finish(
        &self,
        evaluator: &mut Evaluator<'_>,
        mut all: Vec<Start>,
        limits: Option<&Limits>,
        begins: &Array2<f64>,
    ) -> Result<Minimum> {
        let (n, precision) = (begins.ncols(), evaluator.precision());
        let ends: Vec<usize> = (0..all.len()).filter(|&i| all[i].is_known).collect();
        let points = rows(n, ends.iter().map(|&i| &all[i].x));
        let how = Difference::default().with_bars(match self.difference.bars {
            Bars::Auto => Bars::On,
            asked => asked,
        });
        if !ends.is_empty() {
            let slopes =
                slope::of(evaluator, &points, &begins.select(Axis(0), &ends), &how, limits, precision)?;
            let mut at_rest = Vec::new();
            for (slope, &i) in slopes.iter().zip(&ends) {
                let start = &mut all[i];
                start.calls += 2;
                if let Some(by) = self.judge(start, slope, precision) {
                    at_rest.push((i, by, slope));
                }
            }
            let rested: Vec<&Slope> = at_rest.iter().map(|(_, _, slope)| *slope).collect();
            let gradients = at_rest.iter().map(|(i, ..)| all[*i].calls).max().unwrap_or(0);
            let is_direct = evaluator.resolve(&how).is_ok_and(|how| how.method == Method::Direct);
            let shapes = ending::shapes(evaluator, &rested, precision, (is_direct, gradients.max(n + 1)))?;
            for ((i, by, slope), shape) in at_rest.into_iter().zip(shapes) {
                let start = &mut all[i];
                let (steps, gradient) = (start.steps, slope.norm);
                if !ending::holds(by, slope, shape.as_ref(), start.value, precision) {
                    // What is known of it is that nothing lower was found.
                    if matches!(start.outcome, Some(MinimumOutcome::AtRest { .. })) {
                        let bar = slope.bars.as_ref().map(ending::norm).filter(|bar| bar.is_finite());
                        start.outcome = Some(MinimumOutcome::NoDecrease { steps, gradient, bar });
                    }
                    continue;
                }
                let point = shape.and_then(|shape| shape.point);
                if let Some(point) = point.filter(|point| point.kind != PointKind::Minimum) {
                    start.outcome = Some(MinimumOutcome::Stationary { steps, gradient, point });
                }
            }
        }
        let points = rows(n, all.iter().map(|start| &start.x));
        let gradients = rows(n, all.iter().map(|start| &start.gradient));
        let values = all.iter().map(|start| start.is_known.then_some(start.value)).collect();
        let calls = all.iter().map(|start| start.calls).collect();
        let none = || MinimumOutcome::NoStart { message: String::new() };
        let outcomes = all.into_iter().map(|start| start.outcome.unwrap_or_else(none)).collect();
        Ok(Minimum { points, values, gradients, outcomes, calls })
    }

    /// What is to be said of an end, and what tells that its gradient is 0, if that is so.
    fn judge(&self, start: &mut Start, slope: &Slope, precision: Precision) -> Option<Evidence> {
        let (steps, gradient) = (start.steps, slope.norm);
        let was = start.outcome.take();
        if let Some(MinimumOutcome::Unbounded { steps }) = was {
            start.outcome = Some(MinimumOutcome::Unbounded { steps });
            return None;
        }
        let bar = slope.bars.as_ref().map(ending::norm).filter(|bar| bar.is_finite());
        if slope.failure.is_some() {
            let gradient = ending::norm(&Array1::from(start.gradient.clone()));
            start.outcome = Some(MinimumOutcome::NoDecrease { steps, gradient, bar });
            return None;
        }
        let verdict = Verdict::new(slope, start.value, start.first, precision);
        let converged = |within: f64| MinimumOutcome::Converged { steps, gradient, within };
        let (outcome, by) = match verdict {
            Verdict::AtRest(Evidence::Zero) => (converged(bar.unwrap_or(0.0)), Some(Evidence::Zero)),
            Verdict::AtRest(Evidence::WithinBar { bar }) => {
                (converged(bar), Some(Evidence::WithinBar { bar }))
            }
            Verdict::Unknown { .. } => (MinimumOutcome::NoDecrease { steps, gradient, bar }, None),
            _ if self.tolerance > 0.0 && gradient <= self.tolerance => (converged(self.tolerance), None),
            Verdict::AtRest(by) => (MinimumOutcome::AtRest { steps, gradient }, Some(by)),
            Verdict::Plateau { curvature } => (MinimumOutcome::Plateau { steps, gradient, curvature }, None),
            // By the curvature along the way there, which the Hessian has to agree with.
            _ if matches!(was, Some(MinimumOutcome::AtRest { .. })) => {
                (MinimumOutcome::AtRest { steps, gradient }, Some(Evidence::Near { distance: 0.0 }))
            }
            _ if matches!(was, Some(MinimumOutcome::StepsDone { .. })) => {
                (MinimumOutcome::StepsDone { steps, gradient }, None)
            }
            // Half of the digits of the largest number are rounded away long before.
            _ if start.value < -1.0 / (precision.epsilon() * precision.epsilon().sqrt()) => {
                (MinimumOutcome::Unbounded { steps }, None)
            }
            _ => (MinimumOutcome::NoDecrease { steps, gradient, bar }, None),
        };
        start.outcome = Some(outcome);
        by
    }
}

fn rows<'a>(n: usize, rows: impl Iterator<Item = &'a Vec<f64>>) -> Array2<f64> {
    let numbers: Vec<f64> = rows.flatten().copied().collect();
    Array2::from_shape_vec((numbers.len() / n.max(1), n), numbers).unwrap_or_default()
}

fn evaluated(evaluator: &mut Evaluator<'_>, points: &Array2<f64>, how: &Difference) -> Result<Vec<Found>> {
    let rows = evaluator.gradient_rows(points.view(), how, OnVanished::Freeze)?;
    let mut failures: Vec<Option<String>> = Vec::new();
    for failure in rows.failures {
        failures.push(match failure {
            None => None,
            Some(error) if error.is_of_a_point() => Some(error.to_string()),
            Some(error) => return Err(*error),
        });
    }
    failures.resize(points.nrows(), None);
    let values = match rows.base {
        Some(base) => base,
        None => {
            let rows = evaluator.value_rows(points.view())?;
            let failed = rows.failures.iter().map(Option::is_some).chain(std::iter::repeat(false));
            rows.values
                .iter()
                .zip(failed)
                .map(|(&value, failed)| if failed { f64::NAN } else { value })
                .collect()
        }
    };
    let found = values.into_iter().zip(rows.values.rows()).zip(failures);
    Ok(found
        .map(|((value, gradient), failure)| match failure {
            Some(message) => Err(message),
            None => Ok((value, gradient.to_vec())),
        })
        .collect())
}
