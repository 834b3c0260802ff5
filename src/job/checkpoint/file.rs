//! A checkpoint as a file: a line that says what it is, the length and the CRC-32 of what follows, and CBOR (RFC 8949).

use std::io::Read;
use std::path::Path;

use super::Checkpoint;

/// With the version of the layout.
const MAGIC: &[u8] = b"plusminus checkpoint 1\n";

/// Of any version.
const ANY: &[u8] = b"plusminus checkpoint ";

/// Beside it stand the length and the check sum.
const HEAD: usize = MAGIC.len() + 12;

pub(super) fn bytes(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    let mut all = vec![0; HEAD];
    ciborium::into_writer(checkpoint, &mut all).map_err(|error| error.to_string())?;
    let (head, body) = all.split_at_mut(HEAD);
    head[..MAGIC.len()].copy_from_slice(MAGIC);
    head[MAGIC.len()..HEAD - 4].copy_from_slice(&(body.len() as u64).to_le_bytes());
    head[HEAD - 4..].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
    Ok(all)
}

/// Whether a file begins as checkpoints do.
pub(super) fn is_ours(path: &Path) -> bool {
    let mut start = Vec::new();
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
        && std::fs::File::open(path)
            .and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut start))
            .is_ok_and(|_| start.starts_with(ANY))
}

pub(super) fn read(path: &Path) -> Result<Checkpoint, String> {
    // Who opens a pipe may wait for ever.
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is no file".into());
    }
    let all = std::fs::read(path).map_err(|error| format!("cannot read: {error}"))?;
    let Some((head, body)) = all.split_at_checked(HEAD) else { return Err("it is cut off".into()) };
    let Some(numbers) = head.strip_prefix(MAGIC) else {
        let is_ours = head.starts_with(ANY);
        return Err(
            if is_ours { "another version of plusminus wrote it" } else { "it is no checkpoint" }.into()
        );
    };
    let (length, sum) = numbers.split_at(8);
    let length = length.try_into().map(u64::from_le_bytes).unwrap_or_default();
    let sum = sum.try_into().map(u32::from_le_bytes).unwrap_or_default();
    if body.len() as u64 != length {
        return Err(format!("it is cut off: {} bytes instead of {length}", body.len()));
    }
    if sum != crc32fast::hash(body) {
        return Err("it is damaged: its check sum is wrong".into());
    }
    ciborium::from_reader(body).map_err(|error| format!("it is not what this version writes: {error}"))
}
