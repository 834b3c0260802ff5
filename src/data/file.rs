//! Files: opened, told apart by their extensions, and written whole or not at all.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::error::{Error, FileAction, Result};

pub(super) fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| Error::file(path, FileAction::Read, source))
}

/// In lower case, without the dot; empty if there is none.
pub(super) fn extension(path: &Path) -> String {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase()
}

/// The same of what is in a file that may be compressed: `csv` of `a.csv.gz`.
pub(super) fn inner_extension(path: &Path) -> String {
    match extension(path).as_str() {
        "gz" => path.file_stem().map_or(String::new(), |stem| extension(Path::new(stem))),
        other => other.into(),
    }
}

/// The extension says which format a file has, and this one says none.
pub(super) fn unknown_format(path: &Path, formats: &str) -> Error {
    let given = extension(path);
    let said =
        if given.is_empty() { "there is no extension".into() } else { format!("the extension is `{given}`") };
    Error::data(path, format!("{said}: it must be {formats}, which says the format"))
}

/// Writes `contents` to a temporary file beside `path`, then renames it: after a failure the old file, or none,
/// is there.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub(crate) fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    let failed = |source| Error::file(path, FileAction::Write, source);
    let mut file = temporary(folder(path))?;
    file.write_all(contents).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Writes a file of a folder that nobody reads yet, down to the disk.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub(crate) fn write_synced(path: &Path, contents: &[u8]) -> Result<()> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(contents)?;
        file.sync_all()
    });
    written.map_err(|source| Error::file(path, FileAction::Write, source))
}

/// Brings the names in a folder down to the disk, where the system can.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        Err(source) if cfg!(unix) && source.kind() == std::io::ErrorKind::StorageFull => {
            Err(Error::file(path, FileAction::Write, source))
        }
        // Folders are no files everywhere.
        _ => Ok(()),
    }
}

/// Writes a text, whole or not at all.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub fn save_text(path: &Path, text: &str) -> Result<()> {
    write_file(path, text.as_bytes())
}

/// Makes `folder` if need be and sees whether a file can be written there; leaves none.
///
/// # Errors
/// [`Error::File`] with the system's reason.
pub(crate) fn check_writable(folder: &Path) -> Result<()> {
    temporary(folder).map(|_| ())
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary(folder: &Path) -> Result<tempfile::NamedTempFile> {
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, FileAction::Create, source))?;
    let mut builder = tempfile::Builder::new();
    // Like any other file: what the umask leaves, not the owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The name of a file that nobody has seen says nothing.
    let plain = |source: std::io::Error| std::io::Error::from(source.kind());
    builder.tempfile_in(folder).map_err(|source| Error::file(folder, FileAction::Write, plain(source)))
}
