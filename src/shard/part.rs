//! The files that parts leave, and what there must be to put them together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Shard;
use crate::data::{Sealed, sync_folder, write_file};
use crate::error::{Error, FileAction, Result};

const FILE: Sealed = Sealed { magic: b"plusminus part 1\n", any: b"plusminus part ", name: "part" };

/// What names of such files end in.
const EXTENSION: &str = "part";

/// Indices of missing parts that are named.
const NAMED: usize = 20;

/// What a part is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the program.
    pub plusminus: String,
    /// All that must be the same in every part, by what it is called: the command, the objective, check sums of data and points.
    pub of: BTreeMap<String, String>,
    /// What may differ, but changes last digits: the device.
    pub device: String,
    /// Which part.
    pub shard: Shard,
    /// Blocks of all parts.
    pub blocks: usize,
}

/// Writes a part into `folder`, which is made if it is not there: all of the file or nothing, and over the same part of before.
///
/// # Errors
/// [`Error::File`]; [`Error::Data`] if it cannot be written down.
pub fn save(folder: &Path, head: &Head, body: &impl Serialize) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, FileAction::Create, source))?;
    let Shard { index, count } = head.shard;
    let width = count.to_string().len();
    let path = folder.join(format!("{index:0width$}-of-{count}.{EXTENSION}"));
    let bytes = FILE.bytes(&(head, body)).map_err(|error| Error::data(&path, error))?;
    write_file(&path, &bytes)?;
    sync_folder(folder)?;
    Ok(path)
}

/// All parts of one work, in their order.
#[derive(Debug)]
pub struct Parts<B> {
    /// What the first says: all say the same but for their index and device.
    pub head: Head,
    /// What each has found, with its blocks.
    pub bodies: Vec<(std::ops::Range<usize>, B)>,
    /// The devices, each once.
    pub devices: Vec<String>,
}

impl<B: DeserializeOwned> Parts<B> {
    /// Reads the parts in some folders.
    ///
    /// # Errors
    /// [`Error::File`] for a folder that cannot be read; [`Error::Data`] for a part that is damaged or cut off; [`Error::Usage`] if parts are
    /// missing, stand there twice, or are of different work, with their names.
    pub fn read(folders: &[PathBuf]) -> Result<Self> {
        let mut all: Vec<(PathBuf, Head, B)> = Vec::new();
        for path in paths(folders)? {
            let (head, body): (Head, B) =
                FILE.read(&path).map_err(|why| Error::data(&path, format!("{why}; run this part again")))?;
            all.push((path, head, body));
        }
        all.sort_by_key(|(_, head, _)| head.shard.index);
        let Some((first, head, _)) = all.first() else {
            let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            return Err(Error::usage(format!(
                "there are no parts in {}: give the folder of --parts",
                names.join(", ")
            )));
        };
        for (path, other, _) in &all {
            if let Some(difference) = difference(head, other) {
                return Err(Error::usage(format!(
                    "{} and {} are parts of different work: {difference}; give the parts of one",
                    first.display(),
                    path.display()
                )));
            }
        }
        if let Some(pair) = all.windows(2).find(|pair| pair[0].1.shard == pair[1].1.shard) {
            return Err(Error::usage(format!(
                "{} and {} are both part {}: remove one of them",
                pair[0].0.display(),
                pair[1].0.display(),
                pair[0].1.shard
            )));
        }
        let count = head.shard.count;
        let there: Vec<usize> = all.iter().map(|(_, head, _)| head.shard.index).collect();
        let missing: Vec<String> = (1..=count)
            .filter(|index| there.binary_search(index).is_err())
            .map(|index| format!("{index}/{count}"))
            .collect();
        if !missing.is_empty() {
            let named = missing[..missing.len().min(NAMED)].join(", ");
            let more = if missing.len() > NAMED {
                format!(" and {} more", missing.len() - NAMED)
            } else {
                String::new()
            };
            return Err(Error::usage(format!(
                "{} of {count} parts are there; missing: {named}{more}; run them again by --shard",
                there.len()
            )));
        }
        let head = head.clone();
        let mut devices: Vec<String> = all.iter().map(|(_, head, _)| head.device.clone()).collect();
        devices.sort();
        devices.dedup();
        let bodies = all.into_iter().map(|(_, head, body)| (head.shard.of(head.blocks), body)).collect();
        Ok(Parts { head, bodies, devices })
    }
}

/// What two parts do not have in common, in words.
fn difference(one: &Head, other: &Head) -> Option<String> {
    if one.plusminus != other.plusminus {
        return Some(format!("plusminus {} and {}", one.plusminus, other.plusminus));
    }
    let keys = one.of.keys().chain(other.of.keys());
    let differing = keys.into_iter().find(|key| one.of.get(*key) != other.of.get(*key));
    if let Some(key) = differing {
        let [one, other] = [one, other].map(|head| head.of.get(key).map_or("none", String::as_str));
        return Some(format!("{key} {one} and {other}"));
    }
    if one.shard.count != other.shard.count {
        return Some(format!("one of {} parts and one of {}", one.shard.count, other.shard.count));
    }
    (one.blocks != other.blocks).then(|| format!("{} blocks and {}", one.blocks, other.blocks))
}

/// The files of parts in some folders.
fn paths(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for folder in folders {
        let failed = |source| Error::file(folder, FileAction::Read, source);
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|end| end == EXTENSION) {
                all.push(path);
            }
        }
    }
    all.sort();
    Ok(all)
}
