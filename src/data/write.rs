//! Files appear whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes `contents` to a temporary file beside `path`, then renames it: after a failure the old file, or none,
/// is there.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    let failed = |source| Error::file(path, "write", source);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, "create", source))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).map_err(failed)?;
    // A temporary file is readable by its owner alone; a result is like any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(failed)?;
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Makes `folder` if need be and sees whether a file can be written there; leaves none.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub fn check_writable(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, "create", source))?;
    tempfile::NamedTempFile::new_in(folder).map_err(|source| Error::file(folder, "write to", source))?;
    Ok(())
}
