//! A look at a job before it is run: all that it reads is read.

use super::config::{Job, Task};
use super::descent::bounds;
use super::training::describe;
use crate::error::{Error, Result};
use crate::evaluator::Engine;
use crate::numeric::Precision;
use crate::objective::Objective;
use crate::optimize::{Minibatches, check_bounds};

/// Checks a job and reads its files, and says in a line what it is. No device is opened, and nothing is written.
///
/// # Errors
/// What [`run`](super::run) would refuse before it opens a device.
pub fn validate(job: &Job) -> Result<String> {
    job.check()?;
    match &job.task {
        Task::Training { data, network } => describe(job, data, network),
        Task::Descent { objective, start } => {
            let start = start.read()?;
            if let Some(((point, axis), x)) = start.indexed_iter().find(|(_, x)| !x.is_finite()) {
                return Err(Error::usage(format!(
                    "start: coordinate {axis} of point {point} is {x}: it must be finite"
                )));
            }
            let objective = objective.objective(start.ncols(), job.precision)?;
            check_descent(job, &*objective)?;
            let (points, n) = start.dim();
            let what = if job.sweep.is_some() { "a sweep of descents" } else { "a descent" };
            Ok(format!("{what} of {} from {points} points of {n} coordinates", objective.name()))
        }
    }
}

/// What a descent would refuse of the differences, the bounds and the minibatches.
fn check_descent(job: &Job, objective: &dyn Objective) -> Result<()> {
    let engine = Engine::cpu(job.precision.unwrap_or(Precision::F64));
    engine.evaluator(objective)?.resolve(&job.gradient.difference())?;
    if let Some((lower, upper)) = bounds(&job.descent, objective.dimension()) {
        check_bounds(&lower, &upper, objective.dimension())
            .map_err(|error| Error::usage(format!("descent: {error}")))?;
    }
    if let Some(batch) = job.descent.batch {
        Minibatches::new(objective.terms(), batch, job.descent.seed)
            .map_err(|error| Error::usage(format!("descent.batch: {error}")))?;
    }
    Ok(())
}
