//! A job with all that it goes by, as it could have been written: for the record, and to compare jobs by.

use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::{Table, Value};

use super::{
    CheckpointConfig, DataConfig, DescentConfig, GradientConfig, Job, NetworkConfig, ObjectiveConfig,
    StartConfig, SweepConfig, Task,
};
use crate::error::{Error, Result};
use crate::numeric::Precision;

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    device: String,
    precision: Option<Precision>,
    data: Option<&'a DataConfig>,
    network: Option<&'a NetworkConfig>,
    objective: Option<&'a ObjectiveConfig>,
    start: Option<&'a StartConfig>,
    gradient: &'a GradientConfig,
    descent: &'a DescentConfig,
    sweep: Option<&'a SweepConfig>,
    checkpoint: &'a CheckpointConfig,
}

impl Job {
    /// All of it, defaults included, as a table that reads as a job file. Paths are whole ones, so that it may stand anywhere.
    ///
    /// # Errors
    /// [`Error::Usage`] for what TOML cannot say, such as a path that is no UTF-8.
    pub fn resolved(&self) -> Result<Table> {
        let mut job = self.clone();
        job.task.paths_mut().into_iter().for_each(|path| *path = whole(path));
        let (data, network, objective, start) = match &job.task {
            Task::Training { data, network } => (Some(data), Some(network), None, None),
            Task::Descent { objective, start } => (None, None, Some(objective), Some(start)),
        };
        let written = Written {
            name: &job.name,
            device: job.device.to_string(),
            precision: job.precision,
            data,
            network,
            objective,
            start,
            gradient: &job.gradient,
            descent: &job.descent,
            sweep: job.sweep.as_ref(),
            checkpoint: &job.checkpoint,
        };
        Table::try_from(written)
            .map_err(|error| Error::usage(format!("the job cannot be written as TOML: {error}")))
    }
}

impl Task {
    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Task::Training { data, network } => {
                let mut paths = data.paths_mut();
                paths.extend(&mut network.initial.file);
                paths
            }
            Task::Descent { objective, start } => {
                let files = objective.paths_mut().into_iter();
                files.chain(start.file.iter_mut().filter(|file| **file != Path::new("-"))).collect()
            }
        }
    }
}

fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The terms of a block that a resolved job names.
pub(in crate::job) fn block(job: &Table) -> Option<usize> {
    job.get("descent")?.get("block")?.as_integer()?.try_into().ok()
}

/// Names the terms of a block in a resolved job, if there are any and it does not name them.
pub(in crate::job) fn set_block(job: &mut Table, block: Option<usize>) {
    let Some(block) = block.and_then(|block| i64::try_from(block).ok()) else { return };
    if let Some(descent) = job.get_mut("descent").and_then(Value::as_table_mut) {
        descent.entry("block").or_insert(block.into());
    }
}

/// In what two resolved jobs differ, key by key, with the value of each; but for names, devices and checkpoints, which change no result.
pub(in crate::job) fn differences(one: &Table, other: &Table) -> Vec<String> {
    let mut all = Vec::new();
    compare("", one, other, &mut all);
    all
}

fn compare(at: &str, one: &Table, other: &Table, all: &mut Vec<String>) {
    let keys: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for key in keys {
        let place = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        if ["name", "device", "precision", "checkpoint"].contains(&place.as_str()) {
            continue;
        }
        match (one.get(key), other.get(key)) {
            (Some(Value::Table(one)), Some(Value::Table(other))) => compare(&place, one, other, all),
            (one, other) if one == other => {}
            (one, other) => all.push(format!("{place} was {} and is {}", said(one), said(other))),
        }
    }
}

/// A value, if it is short enough to be read.
fn said(value: Option<&Value>) -> String {
    let Some(value) = value else { return "not given".into() };
    let text = value.to_string();
    if text.chars().count() <= 80 {
        text
    } else {
        format!("{} …", text.chars().take(80).collect::<String>())
    }
}
