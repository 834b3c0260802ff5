//! Which job a checkpoint is of.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::error::{Error, FileAction, Result};
use crate::job::config::differences;
use crate::job::how::How;
use crate::numeric::Precision;

/// Which job a checkpoint is of, and how far it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::job) struct Header {
    /// The version of the program.
    pub(in crate::job) plusminus: String,
    /// The job with all that it goes by.
    pub(in crate::job) job: Table,
    pub(in crate::job) inputs: Vec<Input>,
    pub(in crate::job) device: String,
    pub(in crate::job) precision: Precision,
    /// Steps made, of all descents that go one after the other.
    pub(in crate::job) step: usize,
    pub(in crate::job) seconds: f64,
    /// Bytes of the metrics that belong to it.
    pub(in crate::job) metrics: u64,
}

/// A file that the job reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::job) struct Input {
    path: PathBuf,
    bytes: u64,
    crc32: u32,
}

impl Input {
    /// Its path, and what tells it from other files.
    pub(in crate::job) fn told(&self) -> (String, String) {
        (self.path.display().to_string(), format!("{} bytes, check sum {:08x}", self.bytes, self.crc32))
    }
}

impl Header {
    /// Refuses to go on with another job.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the differences.
    pub(in crate::job) fn check(&self, job: &Table, inputs: &[Input]) -> Result<()> {
        let mut all = differences(&self.job, job);
        if all.is_empty() {
            all = other_inputs(&self.inputs, inputs);
        }
        if all.is_empty() {
            return Ok(());
        }
        Err(Error::usage(format!(
            "this job is not the one that is unfinished: {}; go on with that one as it was, or drop it by --force",
            all.join("; ")
        )))
    }

    /// What may keep the rest from being the same to the last bit.
    ///
    /// # Errors
    /// [`Error::Usage`] for another precision.
    pub(in crate::job) fn check_device(&self, how: &How) -> Result<Option<String>> {
        if self.precision != how.precision {
            return Err(Error::usage(format!(
                "the unfinished run works in {}, and this one would in {}: go on in {}, or drop it by --force",
                self.precision, how.precision, self.precision
            )));
        }
        let (device, version) = (&self.device, env!("CARGO_PKG_VERSION"));
        // Threads make no difference.
        let is_cpu = |name: &str| name.starts_with("cpu (");
        let is_same = *device == how.device || is_cpu(device) && is_cpu(&how.device);
        let differs = if !is_same {
            format!("it began on {device} and goes on on {}", how.device)
        } else if self.plusminus != version {
            format!("it was begun by plusminus {} and goes on by {version}", self.plusminus)
        } else {
            return Ok(None);
        };
        Ok(Some(format!("{differs}: last digits may differ from those of a run that was never stopped")))
    }
}

/// In what files differ, each in words.
pub(in crate::job) fn other_inputs(before: &[Input], now: &[Input]) -> Vec<String> {
    let differing = before.iter().zip(now).filter(|(old, new)| old != new);
    let said = differing.map(|(old, new)| match old.path == new.path {
        true => format!("{} has other contents", new.path.display()),
        false => format!("it read {} and reads {}", old.path.display(), new.path.display()),
    });
    said.collect()
}

/// The files that a job reads, as they are now.
///
/// # Errors
/// [`Error::File`] for one that cannot be read.
pub(in crate::job) fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>> {
    let mut all = Vec::new();
    for path in paths {
        let failed = |source| Error::file(path, FileAction::Read, source);
        // Pipes and devices can be read once, or without end.
        if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            continue;
        }
        let mut file = File::open(path).map_err(failed)?;
        let (mut sum, mut bytes, mut part) = (crc32fast::Hasher::new(), 0, vec![0; 1 << 16]);
        loop {
            let count = file.read(&mut part).map_err(failed)?;
            if count == 0 {
                break;
            }
            sum.update(&part[..count]);
            bytes += count as u64;
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        all.push(Input { path, bytes, crc32: sum.finalize() });
    }
    Ok(all)
}
