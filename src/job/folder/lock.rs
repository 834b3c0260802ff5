//! One process at a time: a lock that the system gives up when its process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::names::LOCK;
use crate::error::{Error, FileAction, Result};

/// A locked working folder.
#[derive(Debug)]
pub(super) struct Lock {
    /// None once it is given up.
    file: Option<File>,
    path: PathBuf,
    /// Whether there was none before.
    is_new: bool,
}

/// What a lock file begins with.
const SIGNATURE: &str = "plusminus run, process ";

/// Times that the lock is tried, a few milliseconds apart: who looks whether it is taken takes it for a moment.
const LOCK_TRIES: usize = 20;

/// Times that the folder may vanish while it is being taken.
const TRIES: usize = 20;

impl Lock {
    /// Makes the folder if need be, and locks it.
    ///
    /// # Errors
    /// [`Error::Usage`] if another process has it; [`Error::File`] if nothing can be written there.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        for _ in 0..TRIES {
            if folder.is_symlink() {
                return Err(Error::usage(format!(
                    "{} is a link: runs are made in folders; move it away",
                    folder.display()
                )));
            }
            if folder.exists() && !folder.is_dir() {
                return Err(Error::usage(format!(
                    "{} is no folder: runs are made there; move it away",
                    folder.display()
                )));
            }
            match std::fs::create_dir(folder) {
                Err(source) if source.kind() != ErrorKind::AlreadyExists => {
                    return Err(Error::file(folder, FileAction::Create, source));
                }
                _ => {}
            }
            let is_new = std::fs::symlink_metadata(&path).is_err();
            let file =
                match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
                    // The process before has just put its folder where it belongs.
                    Err(source) if source.kind() == ErrorKind::NotFound => continue,
                    file => file.map_err(|source| Error::file(&path, FileAction::Write, source))?,
                };
            match tried(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(in_use(folder, file)),
                // A file system without locks: then there is none.
                Err(TryLockError::Error(source)) if source.kind() == ErrorKind::Unsupported => {}
                Err(TryLockError::Error(source)) => {
                    return Err(Error::file(&path, FileAction::Write, source));
                }
            }
            let lock = Lock { file: Some(file), path: path.clone(), is_new };
            if lock.is_own() {
                return Ok(lock);
            }
        }
        Err(Error::usage(format!("{} vanishes again and again: another process is at it", folder.display())))
    }

    /// Whether the file that is locked is the one that is there.
    pub(super) fn is_own(&self) -> bool {
        self.file.as_ref().is_some_and(|file| is_same(file, &self.path))
    }

    /// Gives it up where a folder with open files cannot be renamed; elsewhere it is held to the end.
    pub(super) fn release(&mut self) {
        if cfg!(not(unix)) {
            self.file = None;
        }
    }

    /// Says who has it, and that the folder is the work of this program.
    pub(super) fn sign(&self) {
        if let Some(mut file) = self.file.as_ref() {
            let text = format!("{SIGNATURE}{}\n", std::process::id());
            // In this order: what was signed stays so, whatever happens in between.
            let written = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(text.as_bytes()));
            let _ = written.and_then(|()| file.set_len(text.len() as u64));
        }
    }

    /// Leaves the folder as it was.
    pub(super) fn leave(&mut self) {
        if self.is_new && self.is_own() {
            let _ = std::fs::remove_file(&self.path);
        }
        self.file = None;
    }

    /// Whether this program has signed it before.
    pub(super) fn is_signed(&self) -> bool {
        let Some(mut file) = self.file.as_ref() else { return false };
        let mut start = vec![0; SIGNATURE.len()];
        file.seek(SeekFrom::Start(0)).is_ok()
            && file.read_exact(&mut start).is_ok()
            && start == SIGNATURE.as_bytes()
    }
}

/// Takes the lock, if nobody has it for more than a moment.
fn tried(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 1..LOCK_TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            other => return other,
        }
    }
    file.try_lock()
}

/// Whether a process is at this working folder.
pub(in crate::job) fn is_locked(folder: &Path) -> bool {
    // Others who look do not mind.
    let path = folder.join(LOCK);
    // Who opens a pipe may wait for ever.
    std::fs::metadata(&path).is_ok_and(|metadata| metadata.is_file())
        && File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(own), Ok(there)) => id(own) == id(there),
        _ => false,
    }
}

// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_same(_: &File, path: &Path) -> bool {
    path.exists()
}

fn in_use(folder: &Path, file: File) -> Error {
    let mut who = String::new();
    let _ = file.take(100).read_to_string(&mut who);
    let who = who.strip_prefix("plusminus run, ").map_or("another process", str::trim);
    Error::usage(format!(
        "{} is in use by {who}: wait for it, stop it, or name another folder by --out",
        folder.display()
    ))
}
