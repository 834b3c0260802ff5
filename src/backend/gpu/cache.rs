//! What is kept between processes: what was measured on an adapter, and pipelines that a driver has compiled. All of it can be
//! made again; the folder can be deleted at any time.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Names the folder instead of the user's own for such files; empty: nothing is kept.
const FOLDER: &str = "PLUSMINUS_CACHE";

fn folder() -> Option<PathBuf> {
    match std::env::var_os(FOLDER) {
        Some(folder) if folder.is_empty() => None,
        Some(folder) => Some(folder.into()),
        None => dirs::cache_dir().map(|folder| folder.join("plusminus")),
    }
}

/// Reads what was kept under a key; whatever is wrong with it, it is made again.
pub(super) fn load<T: DeserializeOwned>(key: &str) -> Option<T> {
    let bytes = load_bytes(&format!("{key}.json"))?;
    serde_json::from_slice(&bytes).ok()
}

pub(super) fn store<T: Serialize>(key: &str, value: &T) {
    if let Ok(text) = serde_json::to_vec(value) {
        store_bytes(&format!("{key}.json"), &text);
    }
}

pub(super) fn load_bytes(name: &str) -> Option<Vec<u8>> {
    std::fs::read(folder()?.join(name)).ok()
}

/// Keeps bytes under a name. That it cannot be done is no failure: it takes longer next time.
pub(super) fn store_bytes(name: &str, bytes: &[u8]) {
    let Some(folder) = folder() else { return };
    if let Err(error) = write(&folder, name, bytes) {
        tracing::debug!("nothing kept in {}: {error}", folder.display());
    }
}

/// Whole or not at all: another process may read it.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(folder.join(name))?;
    Ok(())
}
