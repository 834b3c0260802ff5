//! Least squares by Levenberg and Marquardt's method, from many starts at once, within bounds.

mod model;
mod start;
mod statistics;

use ndarray::{Array1, Array2, Array3, ArrayView2, Axis};

use self::start::Start;
pub use self::statistics::FitStatistics;
use super::MinimumOutcome;
use super::limits::Limits;
use crate::difference::{Bars, Difference, OnFailure};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;

/// Least squares by the method of Levenberg (1944) and Marquardt (1963), in the form of Moré (1978): the sum of the squares of all residuals
/// is minimised, by Jacobians from differences, within a region of trust.
///
/// The objective is a function of several components, the residuals: [`WgslObjective::residuals`](crate::WgslObjective::residuals),
/// [`from_expressions`](crate::WgslObjective::from_expressions) or a [`VectorClosure`](crate::VectorClosure). Near the solution, where the sum no
/// longer tells steps apart, steps go on as long as they become shorter, so that parameters are as accurate as the gradient, and not
/// as the root of it.
///
/// ```
/// use plusminus::{DataSet, Engine, ExpressionOptions, LevenbergMarquardt, Precision, WgslObjective, ndarray::array};
/// let table = array![[0.0, 2.1], [1.0, 1.2], [2.0, 0.75], [3.0, 0.42], [4.0, 0.27]];
/// let data = DataSet::new().with_columns(&["t", "y"], table.view())?;
/// let options = ExpressionOptions { data, ..Default::default() };
/// let residuals = WgslObjective::from_expressions_with(&["x0*exp(-x1*t) - y"], 2, &options)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&residuals)?;
/// let fit = LevenbergMarquardt::new().run(&mut evaluator, array![[1.0, 1.0]].view())?;
/// assert!(fit.outcomes[0].is_converged());
/// let found = fit.statistics(0, false)?;
/// assert!((fit.points[[0, 0]] - 2.0893).abs() < 1e-4 && (found.sigma[0] - 0.0249).abs() < 1e-4 && found.degrees_of_freedom == 3);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LevenbergMarquardt {
    steps: usize,
    difference: Difference,
    bounds: Option<(Vec<f64>, Vec<f64>)>,
}

/// How a least-squares fit went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeastSquares {
    /// `[batch, n]`: the best points.
    pub points: Array2<f64>,
    /// One a start: the sum of the squares of the residuals there; `None` if a start has none.
    pub sums: Vec<Option<f64>>,
    /// `[batch, m]`: the residuals there.
    pub residuals: Array2<f64>,
    /// `[batch, m, n]`: their Jacobians there; NaN of a start that has none.
    pub jacobians: Array3<f64>,
    /// `[batch, n]`: whether a coordinate is held at a bound.
    pub held: Array2<bool>,
    /// One a start: why it stopped.
    pub outcomes: Vec<MinimumOutcome>,
    /// One a start: how many times the residuals were evaluated, those for Jacobians apart.
    pub calls: Vec<usize>,
}

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        LevenbergMarquardt { steps: 500, difference: Difference::default(), bounds: None }
    }
}

impl LevenbergMarquardt {
    /// At most 500 steps, without bounds.
    pub fn new() -> Self {
        LevenbergMarquardt::default()
    }

    /// Sets how many steps are made at most.
    #[must_use]
    pub fn steps(self, steps: usize) -> Self {
        LevenbergMarquardt { steps, ..self }
    }

    /// Sets how to difference.
    #[must_use]
    pub fn difference(self, difference: Difference) -> Self {
        LevenbergMarquardt { difference, ..self }
    }

    /// Keeps each coordinate between a lower and an upper bound, which may be infinite. Starts are moved to where they keep them.
    #[must_use]
    pub fn bounds(self, lower: &[f64], upper: &[f64]) -> Self {
        LevenbergMarquardt { bounds: Some((lower.to_vec(), upper.to_vec())), ..self }
    }

    /// Fits from each of `starts` (`[batch, n]`).
    ///
    /// # Errors
    /// [`Error::Usage`] for bounds that are not one pair for each coordinate, the lower one not above the upper; failures of the device. What
    /// happens to a start is its outcome.
    pub fn run(&self, evaluator: &mut Evaluator<'_>, starts: ArrayView2<'_, f64>) -> Result<LeastSquares> {
        let n = starts.ncols();
        let precision = evaluator.precision();
        let infinite = || (vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n]);
        let (lower, upper) = self.bounds.clone().unwrap_or_else(infinite);
        let limits = Limits::new(&lower, &upper, n, precision)?;
        let mut all: Vec<Start> = Vec::new();
        for row in starts.rows() {
            let mut x: Vec<f64> = row.iter().map(|&x| precision.round(x)).collect();
            limits.project(&mut x);
            all.push(Start::new(x.into(), precision));
        }
        let how = self.difference.with_bars(Bars::Off).with_on_failure(OnFailure::Skip);
        loop {
            let active: Vec<usize> = (0..all.len()).filter(|&i| all[i].outcome.is_none()).collect();
            if active.is_empty() {
                break;
            }
            let trials = rows(n, active.iter().map(|&i| &all[i].trial));
            let found = residuals(evaluator, &trials)?;
            let mut moved = Vec::new();
            for (&i, found) in active.iter().zip(found) {
                if all[i].take(found) {
                    moved.push(i);
                }
            }
            if !moved.is_empty() {
                let points = rows(n, moved.iter().map(|&i| &all[i].x));
                let jacobians = evaluator.jacobian(points.view(), &how)?;
                let mut failures = vec![None; moved.len()];
                for failure in jacobians.failures {
                    if failure.error.is_device() {
                        return Err(failure.error);
                    }
                    failures[failure.point] = Some(failure.error.to_string());
                }
                for ((k, &i), failure) in moved.iter().enumerate().zip(failures) {
                    let jacobian = jacobians.value.index_axis(Axis(0), k).to_owned();
                    all[i].take_jacobian(jacobian, failure, &limits);
                }
            }
            for &i in &active {
                all[i].choose(&limits, self.steps);
            }
        }
        Ok(self.finish(all, n))
    }

    fn finish(&self, all: Vec<Start>, n: usize) -> LeastSquares {
        let batch = all.len();
        let m = all.iter().map(|start| start.residuals.len()).max().unwrap_or(0);
        let mut done = LeastSquares {
            points: Array2::zeros((batch, n)),
            sums: Vec::new(),
            residuals: Array2::from_elem((batch, m), f64::NAN),
            jacobians: Array3::from_elem((batch, m, n), f64::NAN),
            held: Array2::from_elem((batch, n), false),
            outcomes: Vec::new(),
            calls: Vec::new(),
        };
        for (i, start) in all.into_iter().enumerate() {
            done.points.row_mut(i).assign(&start.x);
            done.sums.push(start.is_known().then_some(start.sum));
            if start.is_known() {
                done.residuals.row_mut(i).assign(&start.residuals);
            }
            if start.jacobian.dim() == (m, n) {
                done.jacobians.index_axis_mut(Axis(0), i).assign(&start.jacobian);
            }
            for (j, &is_free) in start.free.iter().enumerate() {
                done.held[[i, j]] = !is_free;
            }
            done.outcomes.push(start.outcome.unwrap_or(MinimumOutcome::NoStart { message: String::new() }));
            done.calls.push(start.calls);
        }
        done
    }
}

impl LeastSquares {
    /// What the fit from a start tells of its parameters. With `absolute`, residuals are in units of their standard deviations, and the
    /// parameters' follow from these; without, from how large the residuals are.
    ///
    /// # Errors
    /// [`Error::Usage`] for a start that there is not, or that has no value.
    pub fn statistics(&self, start: usize, absolute: bool) -> Result<FitStatistics> {
        match self.sums.get(start) {
            Some(Some(sum)) => Ok(FitStatistics::new(
                self.jacobians.index_axis(Axis(0), start),
                self.held.row(start),
                *sum,
                absolute,
            )),
            Some(None) => {
                Err(Error::usage(format!("start {start} has no residuals: nothing is known of its fit")))
            }
            None => Err(Error::usage(format!("there is no start {start}: there are {}", self.sums.len()))),
        }
    }
}

fn rows<'a>(n: usize, rows: impl Iterator<Item = &'a Array1<f64>>) -> Array2<f64> {
    let numbers: Vec<f64> = rows.flatten().copied().collect();
    Array2::from_shape_vec((numbers.len() / n.max(1), n), numbers).unwrap_or_default()
}

/// Residuals at points, or why there are none.
fn residuals(
    evaluator: &mut Evaluator<'_>,
    points: &Array2<f64>,
) -> Result<Vec<std::result::Result<Array1<f64>, String>>> {
    if let Ok(all) = evaluator.terms(points.view()) {
        return Ok(all.rows().into_iter().map(|row| Ok(row.to_owned())).collect());
    }
    // One of them has none: each by itself.
    let mut found = Vec::new();
    for point in points.rows() {
        found.push(match evaluator.terms(point.insert_axis(Axis(0))) {
            Ok(row) => Ok(row.row(0).to_owned()),
            Err(error) if error.is_of_a_point() => Err(error.to_string()),
            Err(error) => return Err(error),
        });
    }
    Ok(found)
}
