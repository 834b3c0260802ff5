//! The names of files of runs: nothing else is ever removed.

use std::path::Path;

use crate::error::{Error, FileAction, Result};

/// The summary, which is written last.
pub(in crate::job) const SUMMARY: &str = "summary.json";
/// The job as it was resolved.
pub(in crate::job) const JOB: &str = "job.toml";
/// A line of JSON for each report.
pub(in crate::job) const METRICS: &str = "metrics.jsonl";
/// What was said, with the time.
pub(in crate::job) const LOG: &str = "run.log";
/// Who runs, where, since when.
pub(in crate::job) const RUN: &str = "run.json";
/// States to go on from.
pub(in crate::job) const CHECKPOINTS: &str = "checkpoints";
/// Locked while a process is at it.
pub(super) const LOCK: &str = "lock";

/// Files of any run beside its results.
pub(super) const COMMON: [&str; 7] = [SUMMARY, JOB, METRICS, LOG, RUN, CHECKPOINTS, LOCK];

/// Results of some job.
const RESULTS: [&str; 19] = [
    "parameters.npz",
    "parameters.safetensors",
    "best_parameters.npz",
    "best_parameters.safetensors",
    "points.npz",
    "points.safetensors",
    "model.json",
    "epochs.csv",
    "loss.csv",
    "trainings.csv",
    "values.csv",
    "trace.csv",
    "sweep.csv",
    "curves.svg",
    "path.svg",
    "sweep.svg",
    "report.html",
    "heat.svg",
    "landscape.svg",
];

/// Whether a run may have written a file of this name.
pub(super) fn is_own(name: &str) -> bool {
    COMMON.contains(&name) || RESULTS.contains(&name)
}

/// Removes the files of a run from a working folder, but for some; others than those of a run are left, and an error.
pub(super) fn remove_all(folder: &Path, but: &[&str]) -> Result<()> {
    let failed = |source| Error::file(folder, FileAction::Write, source);
    let mut others = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if but.contains(&name.as_str()) {
            continue;
        }
        let kind = entry.file_type().map_err(failed)?;
        if name == CHECKPOINTS && kind.is_dir() {
            std::fs::remove_dir_all(entry.path()).map_err(failed)?;
        } else if is_own(&name) && !kind.is_dir() {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        } else {
            others.push(name);
        }
    }
    if others.is_empty() { Ok(()) } else { Err(super::others(folder, &others)) }
}
