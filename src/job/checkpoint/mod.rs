//! States of a job on its way, to go on from.

mod header;
mod schedule;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use self::header::{Header, Input, inputs, other_inputs};
pub(super) use self::schedule::Schedule;
use super::descent::DescentRecord;
use super::sweep::SweepRecord;
use super::training::{Trained, TrainingRecord};
use crate::data::Sealed;
use crate::error::{Error, FileAction, Result};
use crate::optimize::DescentState;

/// A job on its way.
#[derive(Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) header: Header,
    pub(super) task: TaskState,
}

/// How far it is.
#[derive(Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "there is one of them at a time")]
pub(super) enum TaskState {
    /// Networks.
    Training {
        /// Groups that are done.
        done: Vec<Trained>,
        /// What is known of the one at hand.
        record: TrainingRecord,
        descent: DescentState,
    },
    /// Points.
    Descent { record: DescentRecord, descent: DescentState },
    /// Points by many settings.
    Sweep { record: SweepRecord, descent: DescentState },
}

/// The files of checkpoints.
const FILE: Sealed =
    Sealed { magic: b"plusminus checkpoint 1\n", any: b"plusminus checkpoint ", name: "checkpoint" };

/// Checkpoints that are kept: the last one, and the one before in case something is wrong with it.
const KEPT: usize = 2;

/// What their names end in.
pub(super) const EXTENSION: &str = "checkpoint";

/// Writes a checkpoint into `folder`; after a failure the ones before are there.
pub(super) fn save(folder: &Path, checkpoint: &Checkpoint) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, FileAction::Create, source))?;
    let path = folder.join(format!("{:012}.{EXTENSION}", checkpoint.header.step));
    let bytes = FILE.bytes(checkpoint).map_err(|error| Error::data(&path, error))?;
    let partial = path.with_extension("partial");
    let written = crate::data::write_synced(&partial, &bytes).and_then(|()| {
        std::fs::rename(&partial, &path).map_err(|source| Error::file(&path, FileAction::Write, source))
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written?;
    crate::data::sync_folder(folder)?;
    for old in all(folder).into_iter().skip(KEPT) {
        let _ = std::fs::remove_file(old);
    }
    Ok(())
}

/// The newest checkpoint that is whole, and what is wrong with those that are newer.
pub(super) fn newest(folder: &Path) -> (Option<Checkpoint>, Vec<String>) {
    let mut wrong = Vec::new();
    for path in all(folder) {
        match FILE.read(&path) {
            Ok(checkpoint) => return (Some(checkpoint), wrong),
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
        }
    }
    (None, wrong)
}

/// Whether a file of a folder is a checkpoint, damaged or not.
pub(super) fn is_any(folder: &Path) -> bool {
    all(folder).iter().any(|path| FILE.is_one(path))
}

/// The newest first.
fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION)).collect();
    all.sort();
    all.reverse();
    all
}
