//! The IDX format of the MNIST files (magic 0, 0, type, dimensions; big-endian sizes; data), plain or gzipped.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// An array of bytes from an IDX file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxArray {
    /// The size of each dimension.
    pub shape: Vec<usize>,
    /// The elements, the last dimension fastest.
    pub bytes: Vec<u8>,
}

/// Reads an IDX file of unsigned bytes; gzip is recognised by its first two bytes.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for a wrong magic number, another element type, or a
/// length that does not fit the shape (truncated, or bytes left over).
pub fn read_idx(path: &Path) -> Result<IdxArray> {
    let mut raw = Vec::new();
    super::open(path)?.read_to_end(&mut raw).map_err(|source| Error::file(path, "read", source))?;
    if raw.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut plain).map_err(|error| {
            Error::data(path, format!("the gzip stream is damaged or truncated: {error}"))
        })?;
        raw = plain;
    }
    let wrong = |message: String| Error::data(path, message);
    let magic: [u8; 4] = match raw.get(..4) {
        Some(&[a, b, c, d]) => [a, b, c, d],
        _ => return Err(wrong(format!("truncated: {} bytes, an IDX file begins with 4", raw.len()))),
    };
    let [0, 0, element, dimensions] = magic else {
        return Err(wrong(format!(
            "wrong magic number {:#010x}: an IDX file begins with two zero bytes, such as 0x00000803",
            u32::from_be_bytes(magic)
        )));
    };
    if element != 8 {
        return Err(wrong(format!("elements of type {element:#04x}: only unsigned bytes (0x08) are read")));
    }
    if dimensions == 0 {
        return Err(wrong("no dimensions: the shape must have at least one".into()));
    }
    let header = 4 + 4 * usize::from(dimensions);
    let sizes = raw
        .get(4..header)
        .ok_or_else(|| wrong(format!("truncated: {} bytes, its header alone takes {header}", raw.len())))?;
    let shape: Vec<usize> =
        sizes.chunks_exact(4).map(|s| u32::from_be_bytes([s[0], s[1], s[2], s[3]]) as usize).collect();
    let length = shape
        .iter()
        .try_fold(1usize, |product, &size| product.checked_mul(size))
        .ok_or_else(|| wrong(format!("the shape {shape:?} is too large")))?;
    let bytes = raw.split_off(header);
    if bytes.len() != length {
        let what = if bytes.len() < length { "truncated" } else { "too long" };
        return Err(wrong(format!(
            "{what}: the shape {shape:?} takes {length} bytes of data, there are {}",
            bytes.len()
        )));
    }
    Ok(IdxArray { shape, bytes })
}
