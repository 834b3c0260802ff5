//! From a job to its folder of results.

use std::path::{Path, PathBuf};

use super::config::{Job, Task};
use super::progress::{Progress, Stage};
use super::summary::Summary;
use super::{descent, report, training};
use crate::error::Result;
use crate::optimize::Outcome;

/// A job that came to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The summary that was written.
    pub summary: Summary,
    /// One for each point, or for the network: why its descent stopped.
    pub outcomes: Vec<Outcome>,
    /// Every file written.
    pub files: Vec<PathBuf>,
}

/// Runs a job and writes its files into `folder`, which is made if need be. A training writes `parameters.npz`, `epochs.csv` and
/// `loss.csv`, a descent `points.npz` (`start`, `points`, `values`, `best_points`, `best_values`, `steps`) and `values.csv`; both write `curves.svg` and
/// `summary.json`. No file is written before the descent has ended, and each appears whole.
///
/// # Errors
/// Whatever keeps the data from being read, the device from being opened, the descent from starting or the files from being
/// written. A descent that diverges is no error here but an [`Outcome`] in [`Finished`].
pub fn run(job: &Job, folder: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Finished> {
    run_until(job, folder, progress, &|| false)
}

/// The same, until `stop` says so: the step at hand is finished, points and networks are written as they are then, and the outcomes say
/// [`Outcome::Interrupted`].
///
/// # Errors
/// As [`run`].
pub fn run_until(
    job: &Job,
    folder: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
    stop: &dyn Fn() -> bool,
) -> Result<Finished> {
    job.check()?;
    report::check_inputs(folder, &job.inputs())?;
    let mut stage = Stage { folder, stop, progress };
    let mut results = match &job.task {
        Task::Training { data, network } => training::run(job, data, network, &mut stage)?,
        Task::Descent { objective, start } => descent::run(job, objective, start, &mut stage)?,
    };
    let files = report::write_all(folder, &mut results)?;
    Ok(Finished { summary: results.summary, outcomes: results.outcomes, files })
}
