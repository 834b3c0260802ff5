//! A look at a job before it is run: all that it reads is read.

use super::config::{Job, Task};
use super::training::describe;
use crate::error::Result;

/// Checks a job and reads its files, and says in a line what it is. No device is opened, and nothing is written.
///
/// # Errors
/// What [`run`](super::run) would refuse before it opens a device.
pub fn validate(job: &Job) -> Result<String> {
    job.check()?;
    match &job.task {
        Task::Training { data, network } => describe(data, network),
        Task::Descent { objective, start } => {
            let start = start.read()?;
            let objective = objective.objective(start.ncols(), job.precision)?;
            let (points, n) = start.dim();
            let what = if job.sweep.is_some() { "a sweep of descents" } else { "a descent" };
            Ok(format!("{what} of {} from {points} points of {n} coordinates", objective.name()))
        }
    }
}
