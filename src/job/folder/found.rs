//! What stands where results are to go.

use std::path::Path;

use super::RunState;
use super::names::{COMMON, SUMMARY, is_own};
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
    let failed = |source| Error::file(folder, FileAction::Read, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    if names.is_empty() {
        return Ok(Found::Nothing);
    }
    let text = std::fs::read_to_string(folder.join(SUMMARY)).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let files = summary.get("files").and_then(serde_json::Value::as_array);
    let Some(files) = files else { return Ok(Found::Others(names)) };
    // What a summary does not list is none of its run, whatever its name.
    let is_listed = |name: &String| files.iter().any(|file| file == name) && is_own(name);
    names.retain(|name| !is_listed(name) && !COMMON.contains(&name.as_str()));
    if !names.is_empty() {
        return Ok(Found::Others(names));
    }
    let state: Option<RunState> =
        summary.get("state").and_then(|state| serde_json::from_value(state.clone()).ok());
    // Summaries of earlier versions do not say.
    Ok(Found::Run(State { is_finished: state.is_none_or(|state| state == RunState::Finished) }))
}
