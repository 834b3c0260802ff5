//! Files that tell whether they are whole: a line that says what they are, the length and the CRC-32 of what follows, and CBOR (RFC
//! 8949).

use std::io::Read;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of such files.
pub(crate) struct Sealed {
    /// Their first line, with the version of their layout.
    pub(crate) magic: &'static [u8],
    /// How it begins in every version.
    pub(crate) any: &'static [u8],
    /// What one is called.
    pub(crate) name: &'static str,
}

/// Beside the first line stand the length and the check sum.
const NUMBERS: usize = 12;

impl Sealed {
    /// A file of this kind.
    pub(crate) fn bytes(&self, contents: &impl Serialize) -> Result<Vec<u8>, String> {
        let size = self.magic.len() + NUMBERS;
        let mut all = vec![0; size];
        ciborium::into_writer(contents, &mut all).map_err(|error| error.to_string())?;
        let (head, body) = all.split_at_mut(size);
        head[..self.magic.len()].copy_from_slice(self.magic);
        head[self.magic.len()..size - 4].copy_from_slice(&(body.len() as u64).to_le_bytes());
        head[size - 4..].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
        Ok(all)
    }

    /// Whether a file begins as those of this kind do.
    pub(crate) fn is_one(&self, path: &Path) -> bool {
        let mut start = Vec::new();
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
            && std::fs::File::open(path)
                .and_then(|file| file.take(self.magic.len() as u64).read_to_end(&mut start))
                .is_ok_and(|_| start.starts_with(self.any))
    }

    /// Reads one, or says why it is none.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<T, String> {
        // Who opens a pipe may wait for ever.
        if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            return Err("it is no file".into());
        }
        let all = std::fs::read(path).map_err(|error| format!("cannot read: {error}"))?;
        let Some((head, body)) = all.split_at_checked(self.magic.len() + NUMBERS) else {
            return Err("it is cut off".into());
        };
        let Some(numbers) = head.strip_prefix(self.magic) else {
            let is_ours = head.starts_with(self.any);
            return Err(if is_ours {
                "another version of plusminus wrote it".into()
            } else {
                format!("it is no {}", self.name)
            });
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
}
