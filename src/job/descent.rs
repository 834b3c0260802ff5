//! A job that descends: any objective, from one or many points.

use std::path::{Path, PathBuf};
use std::time::Instant;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::config::{GradientConfig, auto, check_name};
use super::objective::ObjectiveConfig;
use super::{Progress, plot, report};
use crate::data::{NpzWriter, read_npy_points, write_file};
use crate::descent::{GradientDescent, Minibatches, Outcome};
use crate::device::{DeviceChoice, Engine};
use crate::error::{Error, Result};
use crate::gradient::Difference;
use crate::objective::Objective;
use crate::precision::Precision;

/// A job: the descent of an objective.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescentJob {
    /// Names the result folder.
    pub name: String,
    /// `auto`, `cpu`, `gpu`, or part of an adapter's name.
    #[serde(default = "auto")]
    pub device: String,
    /// `f32` or `f64`; without it, as the device prefers.
    pub precision: Option<Precision>,
    /// What is descended.
    pub objective: ObjectiveConfig,
    /// Where from.
    pub start: StartConfig,
    /// The difference quotients.
    #[serde(default)]
    pub gradient: GradientConfig,
    /// The steps.
    pub descent: StepsConfig,
}

/// Starting points: either of both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartConfig {
    /// Points, each a list of coordinates.
    pub points: Option<Vec<Vec<f64>>>,
    /// A npy file of the shape `[batch, n]` or `[n]`.
    pub file: Option<PathBuf>,
}

/// The steps of a descent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepsConfig {
    /// The learning rate.
    pub rate: f64,
    /// Steps to make.
    pub steps: usize,
    /// Terms in a minibatch; without it, each step takes all.
    pub batch: Option<usize>,
    /// Seed of the shuffles of minibatches.
    #[serde(default)]
    pub seed: u64,
    /// Steps between two reports of the values.
    #[serde(default = "ten")]
    pub report_every: usize,
}

fn ten() -> usize {
    10
}

/// What a descent came to.
#[derive(Clone, Debug, Serialize)]
pub struct DescentSummary {
    /// The job's name.
    pub name: String,
    /// The objective's name.
    pub objective: String,
    /// The device's name.
    pub device: String,
    /// The working precision.
    pub precision: String,
    /// Where differences came from: `direct` or `incremental`.
    pub difference: String,
    /// The quotient.
    pub scheme: String,
    /// The step.
    pub step: String,
    /// Coordinates of a point.
    pub dimension: usize,
    /// Terms of the objective.
    pub terms: usize,
    /// Points that descended.
    pub points: usize,
    /// Points that diverged.
    pub diverged: usize,
    /// The point of the least value; none if no value is finite.
    pub best: Option<Best>,
    /// Values of the objective in the quotients of all gradients.
    pub evaluations: u64,
    /// Wall-clock seconds of the descent.
    pub seconds: f64,
}

/// The point of the least value.
#[derive(Clone, Debug, Serialize)]
pub struct Best {
    /// Its index.
    pub point: usize,
    /// The value there.
    pub value: f64,
    /// Why its descent stopped.
    pub outcome: String,
    /// Its coordinates.
    pub x: Vec<f64>,
}

/// A job that came to its end.
#[derive(Clone, Debug)]
pub struct Descended {
    /// The summary that was written.
    pub summary: DescentSummary,
    /// Every file written.
    pub files: Vec<PathBuf>,
    /// One a point: why its descent stopped.
    pub outcomes: Vec<Outcome>,
}

/// The values of all points before a step.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ValueRow {
    /// Steps made before.
    pub(super) step: usize,
    /// Points that still descend.
    pub(super) points: usize,
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) greatest: f64,
}

impl ValueRow {
    fn new(step: usize, values: &[f64]) -> Option<Self> {
        let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (least, greatest) = (*values.first()?, *values.last()?);
        Some(ValueRow { step, points: values.len(), least, median: values[values.len() / 2], greatest })
    }
}

impl DescentJob {
    /// Checks the values; reading a job and [`descend`] do.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the setting, its value and its limits.
    pub fn check(&self) -> Result<()> {
        check_name(&self.name)?;
        self.objective.check()?;
        let StepsConfig { rate, steps, report_every, .. } = self.descent;
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::usage(format!(
                "descent.rate = {rate}: it must be a finite number greater than 0"
            )));
        }
        if steps == 0 || report_every == 0 {
            return Err(Error::usage("descent: steps and report_every must be at least 1"));
        }
        if self.start.points.is_some() == self.start.file.is_some() {
            return Err(Error::usage("start: give either points or file"));
        }
        self.difference()?;
        Ok(())
    }

    /// The quotients asked for.
    ///
    /// # Errors
    /// [`Error::Step`] or [`Error::Usage`] for a step that is none.
    pub fn difference(&self) -> Result<Difference> {
        self.gradient.resolve()
    }

    pub(super) fn relative_to(&mut self, folder: &Path) {
        self.objective.relative_to(folder);
        if let Some(file) = &mut self.start.file {
            *file = folder.join(&*file);
        }
    }

    fn start(&self) -> Result<Array2<f64>> {
        let points = match (&self.start.file, &self.start.points) {
            (Some(file), _) => return read_npy_points(file),
            (None, points) => points.as_deref().unwrap_or(&[]),
        };
        let n = points.first().map_or(0, Vec::len);
        if n == 0 {
            return Err(Error::usage("start.points is empty: give at least one point, such as [[1.0, 2.0]]"));
        }
        if let Some(other) = points.iter().find(|point| point.len() != n) {
            return Err(Error::usage(format!(
                "start.points: one point has {n} coordinates and another {}: all points need as many",
                other.len()
            )));
        }
        Array2::from_shape_vec((points.len(), n), points.concat())
            .map_err(|error| Error::usage(error.to_string()))
    }
}

/// Runs a descent and writes its files into `folder`, which is made if need be: `points.npz` (`start`, `points`,
/// `values`, `steps`), `values.csv`, `curves.svg`, `summary.json`. No file is written before the descent has ended, and
/// each appears whole.
///
/// # Errors
/// Whatever keeps the objective or the points from being read, the device from being opened, the descent from starting
/// or the files from being written. A point that diverges is no error here but an [`Outcome`] in [`Descended`].
pub fn descend(
    job: &DescentJob,
    device: &DeviceChoice,
    folder: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Descended> {
    job.check()?;
    let start = job.start()?;
    let objective = job.objective.objective(start.ncols())?;
    let objective: &dyn Objective = &*objective;
    let engine = Engine::open_for(device, job.precision, objective)?;
    let mut evaluator = engine.evaluator(objective)?;
    let difference = job.difference()?;
    let ((scheme, step), method) = evaluator.settled(&difference)?;
    let batches = match job.descent.batch {
        None => None,
        Some(batch) => Some(
            Minibatches::new(objective.terms(), batch, job.descent.seed)
                .map_err(|error| Error::usage(format!("descent.batch: {error}")))?,
        ),
    };
    let (device, precision) = (engine.device(), engine.precision());
    let title = format!(
        "{}: {} from {} points; {device}, {precision}, {method} {scheme} differences, step {step}",
        job.name,
        objective.name(),
        start.nrows()
    );
    // Better now than after the work.
    crate::data::check_writable(folder)?;
    progress(Progress::Begin { steps: job.descent.steps, title: &title });

    let begin = Instant::now();
    let descent = GradientDescent {
        rate: job.descent.rate,
        steps: job.descent.steps,
        difference,
        report_every: job.descent.report_every,
        points_every: 0,
    };
    let mut rows = Vec::new();
    let done = descent.run(&mut evaluator, start.view(), batches, &mut |report| {
        let row = report.values.as_ref().and_then(|values| ValueRow::new(report.step - 1, values));
        rows.extend(row);
        progress(Progress::Step { step: report.step, loss: row.map(|row| row.least) });
        Ok(())
    })?;
    let values: Vec<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    rows.extend(ValueRow::new(done.outcomes.iter().map(Outcome::steps).max().unwrap_or(0), &values));
    let best =
        (0..values.len()).filter(|&i| values[i].is_finite()).min_by(|&i, &j| values[i].total_cmp(&values[j]));
    let summary = DescentSummary {
        name: job.name.clone(),
        objective: objective.name(),
        device,
        precision: precision.to_string(),
        difference: method.to_string(),
        scheme: scheme.to_string(),
        step: step.to_string(),
        dimension: objective.dimension(),
        terms: objective.terms(),
        points: start.nrows(),
        diverged: done.outcomes.iter().filter(|outcome| outcome.is_failure()).count(),
        best: best.map(|point| Best {
            point,
            value: values[point],
            outcome: done.outcomes[point].to_string(),
            x: done.points.row(point).to_vec(),
        }),
        evaluations: done.evaluations,
        seconds: begin.elapsed().as_secs_f64(),
    };
    let files = ["points.npz", "values.csv", "curves.svg", "summary.json"].map(|name| folder.join(name));
    let mut npz = NpzWriter::new();
    npz.add("start", &start.into_dyn())?;
    npz.add("points", &done.points.into_dyn())?;
    npz.add("values", &Array1::from(values).into_dyn())?;
    let steps: Array1<f64> = done.outcomes.iter().map(|outcome| outcome.steps() as f64).collect();
    npz.add("steps", &steps.into_dyn())?;
    write_file(&files[0], &npz.finish()?)?;
    report::table(&files[1], &rows)?;
    let title = format!("{}: {}, {method} {scheme} differences", job.name, objective.name());
    plot::values(&files[2], &title, &rows)?;
    report::json(&files[3], &summary)?;
    Ok(Descended { summary, files: files.to_vec(), outcomes: done.outcomes })
}
