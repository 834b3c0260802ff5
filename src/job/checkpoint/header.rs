//! Which job a checkpoint is of.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::error::{Error, FileAction, Result};
use crate::job::config::differences;
use crate::job::how::How;
use crate::numeric::Precision;
use crate::team::Team;

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
    let is_in = |all: &[Input], input: &Input| all.iter().any(|other| other.path == input.path);
    // Nothing is known of what an old run read.
    if before.len() != now.len() && !before.is_empty() {
        let gone = before.iter().filter(|input| !is_in(now, input));
        let more = now.iter().filter(|input| !is_in(before, input));
        let gone = gone.map(|input| format!("{} is not there, or no file", input.path.display()));
        return gone.chain(more.map(|input| format!("it reads {}, too", input.path.display()))).collect();
    }
    let differing = before.iter().zip(now).filter(|(old, new)| old != new);
    let said = differing.map(|(old, new)| match old.path == new.path {
        true => format!("{} has other contents", new.path.display()),
        false => format!("it read {} and reads {}", old.path.display(), new.path.display()),
    });
    said.collect()
}

/// The files that a job reads, as they are now. `shared` is one that is so large that each of several ranks reads a part of it: they tell each other the
/// check sums of these.
///
/// # Errors
/// [`Error::File`] for one that cannot be read; [`Error::Rank`] if a rank has another shared file.
pub(in crate::job) fn inputs(paths: &[PathBuf], shared: Option<(&Path, &dyn Team)>) -> Result<Vec<Input>> {
    let mut all = Vec::new();
    for path in paths {
        // Pipes and devices can be read once, or without end.
        let bytes = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
        let found = match shared.filter(|(shared, _)| shared == path) {
            Some((_, team)) => shared_sum(path, bytes, team)?,
            None => bytes.map(|bytes| sum(path, 0..bytes).map(|sum| (bytes, sum.finalize()))).transpose()?,
        };
        if let Some((bytes, crc32)) = found {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            all.push(Input { path, bytes, crc32 });
        }
    }
    Ok(all)
}

/// The length of a file and its check sum, of which each rank finds a part.
fn shared_sum(path: &Path, bytes: Option<u64>, team: &dyn Team) -> Result<Option<(u64, u32)>> {
    let part = |rank: usize, bytes: u64| {
        let end = |rank: usize| (u128::from(bytes) * rank as u128 / team.size() as u128) as u64;
        end(rank)..end(rank + 1)
    };
    let message = match bytes {
        Some(bytes) => {
            let own = sum(path, part(team.rank(), bytes))?.finalize();
            [&bytes.to_le_bytes()[..], &own.to_le_bytes()].concat()
        }
        None => Vec::new(),
    };
    let mut whole = crc32fast::Hasher::new();
    let all = team.all_gather(message)?;
    for (rank, message) in all.iter().enumerate() {
        let said = message.split_first_chunk().map(|(bytes, sum)| (u64::from_le_bytes(*bytes), sum));
        if said.map(|(bytes, _)| bytes) != bytes {
            let other = said.map_or("no such file".into(), |(bytes, _)| format!("{bytes} bytes"));
            let own = bytes.map_or("no such file".into(), |bytes| format!("{bytes} bytes"));
            let message = format!(
                "has {other} at {}, and rank {} has {own}: ranks share one file",
                path.display(),
                team.rank()
            );
            return Err(Error::Rank { rank, message });
        }
        if let Some((bytes, sum)) = said {
            let range = part(rank, bytes);
            let sum = u32::from_le_bytes(sum.try_into().unwrap_or_default());
            whole.combine(&crc32fast::Hasher::new_with_initial_len(sum, range.end - range.start));
        }
    }
    Ok(bytes.map(|bytes| (bytes, whole.finalize())))
}

/// The check sum of some bytes of a file.
fn sum(path: &Path, bytes: Range<u64>) -> Result<crc32fast::Hasher> {
    let failed = |source| Error::file(path, FileAction::Read, source);
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(bytes.start)).map_err(failed)?;
    let mut file = file.take(bytes.end - bytes.start);
    let (mut sum, mut part) = (crc32fast::Hasher::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut part).map_err(failed)? {
            0 => return Ok(sum),
            count => sum.update(&part[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::team::threads;

    /// Ranks find the check sum that one finds alone; and which of them has another file.
    #[test]
    fn ranks_find_the_sum_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a"), folder.path().join("b")];
        let text: Vec<u8> = (0..200_003u32).map(|i| (i.wrapping_mul(i) % 251) as u8).collect();
        paths.iter().for_each(|path| std::fs::write(path, &text).unwrap());
        let alone = inputs(&paths, None).unwrap();
        assert_eq!(alone[0].crc32, crc32fast::hash(&text));
        let by_ranks = |size: usize, path: &(dyn Fn(usize) -> PathBuf + Sync)| {
            thread::scope(|scope| {
                let all = threads(size).into_iter().map(|team| {
                    scope.spawn(move || {
                        let own = path(team.rank());
                        inputs(std::slice::from_ref(&own), Some((&own, &team)))
                    })
                });
                all.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap()).collect::<Vec<_>>()
            })
        };
        for size in [1, 2, 3, 7] {
            let found = by_ranks(size, &|_| paths[0].clone());
            assert!(found.into_iter().all(|inputs| inputs.unwrap() == alone[..1]));
        }
        std::fs::write(&paths[1], &text[1..]).unwrap();
        let found = by_ranks(3, &|rank| paths[usize::from(rank == 2)].clone());
        let errors: Vec<String> = found.into_iter().map(|inputs| inputs.unwrap_err().to_string()).collect();
        assert!(errors[0].starts_with("rank 2: has 200002 bytes at"), "{errors:?}");
        assert!(errors[2].starts_with("rank 0: has 200003 bytes at"), "{errors:?}");
    }
}
