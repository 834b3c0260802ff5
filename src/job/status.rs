//! How runs stand, by a look into their folders.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::folder::{METRICS, RUN, RunState, SUMMARY, is_locked, read, with_end};
use crate::error::{Error, FileAction, Result};

/// How a run stands.
#[derive(Clone, Debug, Serialize)]
pub struct RunStatus {
    /// Its folder, the one of an unfinished run as it will be called.
    pub folder: PathBuf,
    /// Where it stands.
    pub state: Standing,
    /// Steps made.
    pub step: Option<usize>,
    /// Steps to make.
    pub steps: Option<usize>,
    /// The last loss that was reported, or the least value of f; of a finished training that over all training samples.
    pub loss: Option<f64>,
    /// Of a training: the share of the held-out samples that are classified right, if there are some, else of the training samples.
    pub accuracy: Option<f64>,
    /// What came of it, in a sentence.
    pub outcome: Option<String>,
    /// Where it runs.
    pub device: Option<String>,
    /// When it began, or went on.
    pub started: Option<String>,
    /// Seconds of work.
    pub seconds: Option<f64>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Standing {
    /// A process is at it.
    Running,
    /// No process is at it; it can be resumed.
    Unfinished,
    /// It came to its end.
    Finished,
    /// It diverged, or no point of it came anywhere.
    Failed,
}

/// What `run.json` says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Running {
    steps: Option<usize>,
    started: Option<String>,
    device: Option<String>,
}

/// Bytes of the metrics that are looked at: the last lines.
const TAIL: u64 = 4096;

/// The runs of these folders, each of which is a run's or has those of runs, in the order of their names.
///
/// # Errors
/// [`Error::File`] for a folder that cannot be read; [`Error::Usage`] if no run is in it.
pub fn status(folders: &[PathBuf]) -> Result<Vec<RunStatus>> {
    let mut all = Vec::new();
    for folder in folders {
        // Where a run is made stands for where it is made for.
        let is_made_in = folder.extension().is_some_and(|end| end == "partial") && folder.join(RUN).is_file();
        let folder = &if is_made_in { folder.with_extension("") } else { folder.clone() };
        let own = look(folder);
        if own.is_empty() {
            let within = within(folder)?;
            if within.is_empty() && folder.join(SUMMARY).exists() {
                return Err(Error::usage(format!(
                    "{} is damaged: how the run stands is not known",
                    folder.join(SUMMARY).display()
                )));
            }
            if within.is_empty() {
                return Err(Error::usage(format!(
                    "{}: there is no run; give folders that `plusminus run` wrote, or one that has such",
                    folder.display()
                )));
            }
            all.extend(within);
        } else {
            all.extend(own);
        }
    }
    Ok(all)
}

/// The runs in a folder of runs.
fn within(folder: &Path) -> Result<Vec<RunStatus>> {
    let failed = |source| Error::file(folder, FileAction::Read, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // Both folders of one run are one.
        let path =
            if path.extension().is_some_and(|end| end == "partial") { path.with_extension("") } else { path };
        names.push(path);
    }
    names.sort();
    names.dedup();
    Ok(names.iter().flat_map(|path| look(path)).collect())
}

/// What is done at a place, and what is on its way to it.
fn look(folder: &Path) -> Vec<RunStatus> {
    done(folder).into_iter().chain(going(folder)).collect()
}

/// The run that is done.
fn done(folder: &Path) -> Option<RunStatus> {
    let text = read(&folder.join(SUMMARY))?;
    let summary: Value = serde_json::from_str(&text).ok()?;
    summary.get("files")?;
    let number = |key: &str| summary.get(key).and_then(Value::as_f64);
    let text = |key: &str| summary.get(key).and_then(Value::as_str).map(String::from);
    let best = summary.get("best").filter(|best| best.is_object());
    let rows = summary.get("rows").and_then(Value::as_array).and_then(|rows| rows.first());
    let steps = number("steps").or(best.and_then(|best| best.get("steps")?.as_f64()));
    let loss = number("train_loss").or(best.and_then(|best| best.get("value")?.as_f64()));
    let outcome = text("outcome").or(best.and_then(|best| Some(best.get("outcome")?.as_str()?.to_string())));
    let running = running(folder);
    let state: Option<RunState> =
        summary.get("state").and_then(|state| serde_json::from_value(state.clone()).ok());
    Some(RunStatus {
        folder: folder.into(),
        state: match state {
            Some(RunState::Failed) => Standing::Failed,
            Some(RunState::Interrupted) => Standing::Unfinished,
            _ => Standing::Finished,
        },
        step: steps.map(|steps| steps as usize),
        steps: running.steps,
        loss: loss.or(rows.and_then(|row| row.get("least")?.as_f64())),
        accuracy: number("test_accuracy").or(number("train_accuracy")),
        outcome,
        device: text("device"),
        started: running.started,
        seconds: number("seconds"),
    })
}

/// The run that is on its way.
fn going(folder: &Path) -> Option<RunStatus> {
    let work = with_end(folder, ".partial").ok()?;
    let running = work.join(RUN).is_file().then(|| running(&work))?;
    let last = last_lines(&work.join(METRICS));
    let of = |key: &str| last.iter().rev().find_map(|line| line.get(key)?.as_f64());
    Some(RunStatus {
        folder: folder.into(),
        state: if is_locked(&work) { Standing::Running } else { Standing::Unfinished },
        step: of("step").map(|step| step as usize),
        steps: running.steps,
        loss: last.iter().rev().find_map(|line| line.get("loss").or(line.get("train_loss"))?.as_f64()),
        accuracy: of("test_accuracy").or(of("train_accuracy")),
        outcome: None,
        device: running.device,
        started: running.started,
        seconds: of("seconds"),
    })
}

fn running(folder: &Path) -> Running {
    let text = read(&folder.join(RUN)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The last lines of a file, whatever its length.
fn last_lines(path: &Path) -> Vec<Value> {
    let read = || {
        if !std::fs::metadata(path)?.is_file() {
            return Ok(Vec::new());
        }
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
