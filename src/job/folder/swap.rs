//! One folder takes the place of another, at once.

use std::path::Path;

use super::lock::Lock;
use super::names::{LOCK, remove_all, remove_checkpoints};
use crate::data::sync_folder;
use crate::error::{Error, FileAction, Result};

/// Puts the folder `work` at `place`. What is there is removed afterwards.
pub(super) fn put(work: &Path, place: &Path) -> Result<()> {
    let failed = |source| Error::file(place, FileAction::Write, source);
    let is_empty =
        |folder: &Path| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if !place.exists() || is_empty(place) {
        // Not everywhere does a folder take the place of an empty one.
        let _ = std::fs::remove_dir(place);
        std::fs::rename(work, place).map_err(failed)?;
    } else {
        // The old one is locked, too: once it is where the new one was made, nobody else shall take it for that.
        let mut lock = Lock::take(place)?;
        lock.sign();
        lock.release();
        exchange(work, place).map_err(failed)?;
        // What cannot be removed does no harm.
        let _ = remove_all(work, &[LOCK]).and_then(|()| {
            let removed = std::fs::remove_file(work.join(LOCK)).and_then(|()| std::fs::remove_dir(work));
            removed.map_err(failed)
        });
        drop(lock);
    }
    sync_folder(super::parent(place))
}

/// Puts back what an exchange that was cut off has left beside.
pub(super) fn recover(place: &Path) {
    let old = place.with_file_name(old_name(place));
    if !place.exists() && old.is_dir() {
        let _ = std::fs::rename(old, place);
    }
}

fn old_name(place: &Path) -> std::ffi::OsString {
    // Of a name that nobody else gives.
    let mut name = std::ffi::OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(".plusminus-old");
    name
}

/// Removes from a run what only its making needed.
pub(super) fn tidy(folder: &Path) {
    // It does no harm where it stays.
    let _ = remove_checkpoints(folder);
    let _ = std::fs::remove_file(folder.join(LOCK));
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(work: &Path, place: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, work, CWD, place, RenameFlags::EXCHANGE) {
        // File systems that have no exchange.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            one_by_one(work, place)
        }
        done => Ok(done?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(work: &Path, place: &Path) -> std::io::Result<()> {
    one_by_one(work, place)
}

/// In three steps, between two of which nothing stands at the place: never a mixture.
fn one_by_one(work: &Path, place: &Path) -> std::io::Result<()> {
    let old = place.with_file_name(old_name(place));
    std::fs::rename(place, &old)?;
    if let Err(error) = std::fs::rename(work, place) {
        std::fs::rename(&old, place)?;
        return Err(error);
    }
    std::fs::rename(&old, work)
}

/// Whether a folder is the root of a file system, which cannot be renamed.
#[cfg(unix)]
pub(super) fn is_mounted(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::metadata(folder), std::fs::metadata(super::parent(folder))) {
        (Ok(own), Ok(parent)) => own.dev() != parent.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(super) fn is_mounted(_: &Path) -> bool {
    false
}
