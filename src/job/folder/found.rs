//! What stands where results are to go.

use std::path::Path;

use super::RunState;
use super::names::{self, SUMMARY, is_own};
use crate::error::{Error, FileAction, Result};

/// What stands there.
pub(super) enum Found {
    /// Nothing that could be lost.
    Nothing,
    /// A run, and nothing else.
    Run(State),
    /// Files that are of no run.
    Others(Vec<String>),
}

/// What its summary says.
pub(super) struct State {
    pub(super) is_finished: bool,
    pub(super) is_interrupted: bool,
}

/// Looks.
///
/// # Errors
/// [`Error::Usage`] if it is no folder; [`Error::File`] if it cannot be read.
pub(super) fn look(folder: &Path) -> Result<Found> {
    if std::fs::symlink_metadata(folder).is_err() {
        return Ok(Found::Nothing);
    }
    if !folder.is_dir() {
        return Err(Error::usage(format!("{} is no folder: name another by --out", folder.display())));
    }
    let summary: serde_json::Value =
        serde_json::from_str(&read(&folder.join(SUMMARY)).unwrap_or_default()).unwrap_or_default();
    let files = summary.get("files").and_then(serde_json::Value::as_array);
    // What a summary does not list is none of its run, whatever its name; without one nothing is.
    let is_listed =
        |name: &str| files.is_some_and(|files| files.iter().any(|file| file == name)) && is_own(name);
    let others = names::others(folder, is_listed)?;
    if files.is_none() && folder.join(SUMMARY).is_file() {
        return Err(Error::usage(format!(
            "{} is damaged, so that it is not known what is of the run there: move {} away, or name another folder by --out",
            folder.join(SUMMARY).display(),
            folder.display()
        )));
    }
    if files.is_none() {
        let failed = |source| Error::file(folder, FileAction::Read, source);
        let entries = std::fs::read_dir(folder).map_err(failed)?;
        let mut all: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        return Ok(if all.is_empty() { Found::Nothing } else { Found::Others(all) });
    }
    if !others.is_empty() {
        return Ok(Found::Others(others));
    }
    let state: Option<RunState> =
        summary.get("state").and_then(|state| serde_json::from_value(state.clone()).ok());
    // Summaries of earlier versions do not say.
    Ok(Found::Run(State {
        is_finished: state.is_none_or(|state| state == RunState::Finished),
        is_interrupted: state == Some(RunState::Interrupted),
    }))
}

/// A small text, if it is a file: who reads of a pipe may wait for ever.
pub(in crate::job) fn read(path: &Path) -> Option<String> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    crate::text::read_text(path).ok()
}
