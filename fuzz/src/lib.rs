//! What is done with bytes that nobody has checked: each reader and each front end of plusminus takes them, and answers or refuses.
//! Whatever else happens (a panic, a hang, memory without bound) is a fault. The fuzzers call these functions, and so do the tests of the
//! crate, with the seeds.

mod files;
mod jobs;
mod texts;

pub use files::{csv, idx, npy, npz, safetensors};
pub use jobs::{checkpoint, job, model};
pub use texts::{expression, wgsl};

use std::path::Path;

use tempfile::TempDir;

/// A folder in memory, where there is one.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
        .expect("a folder for files")
}

/// Reads bytes as a file of this name, in a folder that stays until the end of the thread.
fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    thread_local!(static FOLDER: TempDir = folder());
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        read(&path);
    });
}
