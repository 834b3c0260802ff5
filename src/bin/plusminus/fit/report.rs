//! What a fit prints and writes.

use std::io::Write;

use ndarray::{Array1, ArrayD, Axis};
use plusminus::data::number;
use plusminus::job::How;
use plusminus::{FitStatistics, LeastSquares, MinimumOutcome};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::Terminal;

/// Sums of squares that differ by no more than this part are the same solution.
const SAME: f64 = 1e-6;

/// Five digits.
fn five(x: f64) -> String {
    if x == 0.0 || !(1e-4..1e6).contains(&x.abs()) {
        return format!("{x:.4e}");
    }
    let places = (4 - x.abs().log10().floor() as i32).max(0) as usize;
    format!("{x:.places$}")
}

#[derive(Serialize)]
pub struct Report {
    objective: String,
    #[serde(flatten)]
    how: How,
    parameters: Vec<Parameter>,
    /// `null` where the residuals do not determine a parameter, or a bound holds it.
    covariance: Vec<Vec<Option<f64>>>,
    correlation: Vec<Vec<Option<f64>>>,
    chi_square: f64,
    degrees_of_freedom: usize,
    residual_deviation: Option<f64>,
    outcome: String,
    /// The outcome as an object: `kind` and what belongs to it.
    detail: MinimumOutcome,
    /// Of several starts, the one that led to the least sum of squares.
    pub best: usize,
    starts: usize,
    /// How many starts led to that sum.
    reached: usize,
    evaluations: usize,
    seconds: f64,
    #[serde(skip)]
    statistics: FitStatistics,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    value: f64,
    /// `null`: not determined, or held at a bound.
    sigma: Option<f64>,
    held_at_bound: bool,
}

impl Report {
    pub fn new(
        names: &[String],
        objective: String,
        how: How,
        found: &LeastSquares,
        absolute: bool,
        seconds: f64,
    ) -> Result<Self, Failure> {
        let sum = |i: usize| found.sums[i].unwrap_or(f64::INFINITY);
        let best = (0..found.sums.len()).min_by(|&a, &b| sum(a).total_cmp(&sum(b))).unwrap_or(0);
        if let MinimumOutcome::NoStart { message } = &found.outcomes[best] {
            let message = format!("no start has residuals: {message}");
            return Err(Failure::Work(plusminus::Error::Usage { message }));
        }
        let statistics = found.statistics(best, absolute)?;
        let known = |x: f64| Some(x).filter(|x| x.is_finite());
        let rows = |matrix: &ndarray::Array2<f64>| -> Vec<Vec<Option<f64>>> {
            matrix.rows().into_iter().map(|row| row.iter().map(|&x| known(x)).collect()).collect()
        };
        let parameters = names.iter().enumerate().map(|(j, name)| Parameter {
            name: name.clone(),
            value: found.points[[best, j]],
            sigma: known(statistics.sigma[j]),
            held_at_bound: found.held[[best, j]],
        });
        Ok(Report {
            objective,
            how,
            parameters: parameters.collect(),
            covariance: rows(&statistics.covariance),
            correlation: rows(&statistics.correlation),
            chi_square: statistics.chi_square,
            degrees_of_freedom: statistics.degrees_of_freedom,
            residual_deviation: known(statistics.residual_deviation),
            outcome: found.outcomes[best].to_string(),
            detail: found.outcomes[best].clone(),
            best,
            starts: found.sums.len(),
            reached: (0..found.sums.len()).filter(|&i| sum(i) <= sum(best) * (1.0 + SAME)).count(),
            evaluations: found.calls.iter().sum(),
            seconds,
            statistics,
        })
    }

    pub fn print(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let How { device, precision, difference, .. } = &self.how;
        let precision = *precision;
        writeln!(
            terminal,
            "{} on {device} in {precision}: Levenberg and Marquardt, {difference} differences",
            self.objective
        )?;
        let width = self.parameters.iter().map(|parameter| parameter.name.len()).max().unwrap_or(0);
        for (j, parameter) in self.parameters.iter().enumerate() {
            let Parameter { name, value, sigma, held_at_bound } = parameter;
            let value = number(*value, precision);
            let sigma = match sigma {
                Some(sigma) => format!(" ± {}", five(*sigma)),
                None if *held_at_bound => ", held at a bound".into(),
                None if self.statistics.sigma[j].is_infinite() => {
                    ", not determined by these residuals".into()
                }
                None => ", no more residuals than parameters: no deviation is known".into(),
            };
            writeln!(terminal, "  {name:width$} = {value}{sigma}")?;
        }
        let deviation = self.residual_deviation.map_or("unknown".into(), five);
        writeln!(
            terminal,
            "chi-square {}, {} degrees of freedom, residual standard deviation {deviation}",
            number(self.chi_square, precision),
            self.degrees_of_freedom
        )?;
        let mut correlations = Vec::new();
        for i in 0..self.parameters.len() {
            for j in 0..i {
                if let Some(correlation) = self.correlation[i][j] {
                    let (a, b) = (&self.parameters[j].name, &self.parameters[i].name);
                    correlations.push(format!("{a} {b} {correlation:.4}"));
                }
            }
        }
        if !correlations.is_empty() {
            writeln!(terminal, "correlations: {}", correlations.join(", "))?;
        }
        writeln!(terminal, "{}", self.outcome)?;
        if self.starts > 1 {
            writeln!(
                terminal,
                "{} of {} starts came to this sum; the best was start {}",
                self.reached, self.starts, self.best
            )?;
        }
        writeln!(
            terminal,
            "{} evaluations of the residuals in {:.3} ms",
            self.evaluations,
            1e3 * self.seconds
        )?;
        Ok(())
    }

    /// What `--output` writes.
    pub fn arrays(&self, found: &LeastSquares) -> Vec<(&'static str, ArrayD<f64>)> {
        let values: Array1<f64> = self.parameters.iter().map(|parameter| parameter.value).collect();
        let FitStatistics { sigma, covariance, correlation, .. } = &self.statistics;
        vec![
            ("parameters", values.into_dyn()),
            ("sigma", sigma.clone().into_dyn()),
            ("covariance", covariance.clone().into_dyn()),
            ("correlation", correlation.clone().into_dyn()),
            ("residuals", found.residuals.row(self.best).to_owned().into_dyn()),
            ("jacobian", found.jacobians.index_axis(Axis(0), self.best).to_owned().into_dyn()),
        ]
    }
}
