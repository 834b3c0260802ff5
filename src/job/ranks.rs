//! A job that several ranks run together: they must have the same job and the same data, and go on from the same state.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toml::Table;

use super::checkpoint::{self, Checkpoint, Input, other_inputs};
use super::config::{Job, Shuffle, Task, differences};
use super::how::How;
use crate::error::{Error, Result};
use crate::team::{Lockstep, Team};

/// What each rank says before the work.
#[derive(Serialize, Deserialize)]
struct Opening {
    plusminus: String,
    job: Table,
    inputs: Vec<Input>,
    /// Of rank 0: whether there is work to do.
    has_work: bool,
    /// Of rank 0: where to go on from.
    saved: Option<Checkpoint>,
}

/// What all of them know before the work.
pub(super) struct Opened {
    pub(super) has_work: bool,
    pub(super) saved: Option<Checkpoint>,
}

/// Refuses what only one rank can read.
///
/// # Errors
/// [`Error::Usage`] for a start that comes by standard input.
pub(super) fn check(job: &Job, ranks: &Lockstep) -> Result<()> {
    match &job.task {
        Task::Descent { start, .. } if ranks.size() > 1 && start.file.as_deref() == Some(Path::new("-")) => {
            Err(Error::usage(
                "start.file = \"-\": only one of several ranks has the standard input; name a file",
            ))
        }
        _ => Ok(()),
    }
}

/// The files that a job reads. What ranks share among them, each reads in part.
///
/// # Errors
/// As [`checkpoint::inputs`].
pub(super) fn inputs(job: &Job, ranks: Option<&Arc<Lockstep>>) -> Result<Vec<Input>> {
    let shared = match (&job.task, job.descent.shuffle, ranks) {
        (Task::Training { data, .. }, Shuffle::Blocks, Some(ranks)) => {
            data.parted().map(|path| (path, &**ranks as &dyn Team))
        }
        _ => None,
    };
    checkpoint::inputs(&job.inputs(), shared)
}

/// All ranks tell what they have before them, and take from rank 0 what is to be done. `found` is rank 0's; none of other ranks.
///
/// # Errors
/// [`Error::Rank`] if a rank has another job, other data or another version.
pub(super) fn open(
    ranks: &Arc<Lockstep>,
    job: &Job,
    inputs: &[Input],
    found: Option<Opened>,
) -> Result<Opened> {
    let Opened { has_work, saved } = found.unwrap_or(Opened { has_work: false, saved: None });
    let mine = Opening {
        plusminus: env!("CARGO_PKG_VERSION").into(),
        job: job.resolved()?,
        inputs: inputs.to_vec(),
        has_work,
        saved,
    };
    let mut message = Vec::new();
    ciborium::into_writer(&mine, &mut message).map_err(|error| Error::usage(error.to_string()))?;
    let mut first: Option<Opening> = None;
    for (rank, message) in ranks.all_gather(message)?.into_iter().enumerate() {
        let wrong = |message: String| Error::Rank { rank, message };
        let other: Opening =
            ciborium::from_reader(&message[..]).map_err(|error| wrong(format!("sent no job: {error}")))?;
        let Some(first) = &first else {
            first = Some(other);
            continue;
        };
        if other.plusminus != first.plusminus {
            return Err(wrong(format!(
                "is of version {}, and rank 0 of {}",
                other.plusminus, first.plusminus
            )));
        }
        let mut all = differences(&first.job, &other.job);
        if all.is_empty() {
            all = other_inputs(&first.inputs, &other.inputs);
        }
        if !all.is_empty() {
            return Err(wrong(format!("has another job than rank 0: {}", all.join("; "))));
        }
    }
    let first = first.ok_or_else(|| Error::usage("there are no ranks"))?;
    Ok(Opened { has_work: first.has_work, saved: first.saved })
}

/// Terms of a block, if the job does not say, of at least so many: it must not hang on how many ranks there are.
pub(super) fn block_of(terms: usize, least: usize) -> usize {
    terms.div_ceil(BLOCKS).max(least)
}

/// Blocks of a step, at most: as many ranks can have a part in it.
const BLOCKS: usize = 256;

/// Samples of a block, at least. What a block of a network takes whatever its size was measured as much as 30 to 90 of its samples (docs/ranks.md).
pub(super) const OF_NETWORKS: usize = 64;

/// Terms of a block of a formula, at least: they take some tens of nanoseconds each, and the block by itself a tenth of a millisecond.
pub(super) const OF_FORMULAS: usize = 4096;

/// Ranks must work in one precision; what is to be said if their devices differ.
///
/// # Errors
/// [`Error::Rank`] if a rank works in another precision.
pub(super) fn devices(ranks: &Lockstep, how: &How) -> Result<Option<String>> {
    // Threads make no difference.
    let device = if how.device.starts_with("cpu (") { "cpu" } else { &how.device };
    let all = ranks.all_gather(format!("{}\n{device}", how.precision).into_bytes())?;
    let texts: Vec<String> = all.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let parts: Vec<(&str, &str)> = texts.iter().filter_map(|text| text.split_once('\n')).collect();
    let Some(&(precision, first)) = parts.first() else { return Ok(None) };
    if let Some(rank) = parts.iter().position(|(other, _)| *other != precision) {
        let message =
            format!("works in {}, and rank 0 in {precision}: give the job a precision", parts[rank].0);
        return Err(Error::Rank { rank, message });
    }
    let other = parts.iter().position(|(_, device)| *device != first);
    Ok(other.map(|rank| {
        let other = parts[rank].1;
        format!("rank 0 computes on {first}, and rank {rank} on {other}: last digits hang on which rank has which device")
    }))
}
