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
const RESULTS: [&str; 17] = [
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
];

/// Whether a run may have written a file of this name.
pub(super) fn is_own(name: &str) -> bool {
    COMMON.contains(&name) || RESULTS.contains(&name)
}

/// Files of a folder that are of no run (links and pipes are of none, whatever their name), by `is_listed` those of its results that are.
pub(super) fn others(folder: &Path, is_listed: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let failed = |source| Error::file(folder, FileAction::Read, source);
    let mut others = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        let is_folder = kind.is_dir();
        if name == CHECKPOINTS && is_folder {
            others.extend(foreign_checkpoints(&entry.path()));
        } else if !kind.is_file() || !(COMMON.contains(&name.as_str()) || is_listed(&name)) {
            others.push(name);
        }
    }
    others.sort();
    Ok(others)
}

/// Files among checkpoints that are none.
fn foreign_checkpoints(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| !is_checkpoint(name)).map(|name| format!("{CHECKPOINTS}/{name}")).collect()
}

/// Whether a file has such a name, or that of one that is being written.
fn is_checkpoint(name: &str) -> bool {
    let stem = name.strip_suffix(".checkpoint").or_else(|| name.strip_suffix(".partial"));
    stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Removes the checkpoints of a folder, and the folder if nothing else is in it.
pub(super) fn remove_checkpoints(folder: &Path) -> std::io::Result<()> {
    let folder = folder.join(CHECKPOINTS);
    if folder.is_symlink() || !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        if is_checkpoint(&entry.file_name().to_string_lossy()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    std::fs::remove_dir(&folder)
}

/// Removes the files of a run from a working folder, but for some; where others are, nothing is removed.
pub(super) fn remove_all(folder: &Path, but: &[&str]) -> Result<()> {
    let failed = |source| Error::file(folder, FileAction::Write, source);
    let others = others(folder, is_own)?;
    if !others.is_empty() {
        return Err(super::others(folder, &others));
    }
    remove_checkpoints(folder).map_err(failed)?;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !but.iter().any(|name| entry.file_name() == *name) {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}
