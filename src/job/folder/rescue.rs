//! Where results go when their folder fails.

use std::path::PathBuf;

use crate::data::{sync_folder, write_synced};
use crate::error::{Error, FileAction, Result};

/// Writes the files into a new folder among the system's temporary ones, and says where.
///
/// # Errors
/// That fails, too.
pub(in crate::job) fn rescue(name: &str, files: &[(String, Vec<u8>)]) -> Result<PathBuf> {
    let prefix = format!("plusminus-{name}-");
    let place = std::env::temp_dir();
    let failed = |source| Error::file(&place, FileAction::Create, source);
    let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&place).map_err(failed)?;
    for (name, contents) in files {
        write_synced(&folder.path().join(name), contents)?;
    }
    sync_folder(folder.path())?;
    Ok(folder.keep())
}
