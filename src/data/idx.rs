//! The IDX format of the MNIST files (magic 0, 0, type, dimensions; big-endian sizes; data), plain or gzipped.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::file::open;
use crate::error::{Error, FileAction, Result};

/// An array of bytes from an IDX file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxArray {
    /// The size of each dimension.
    pub shape: Vec<usize>,
    /// The elements, the last dimension fastest.
    pub bytes: Vec<u8>,
}

/// Reads an IDX file of unsigned bytes; gzip is recognised by its first two bytes. Of a compressed file no more is
/// unpacked than its header declares.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for a wrong magic number, another element type, or a
/// length that does not fit the shape (truncated, or bytes left over).
pub fn read_idx(path: &Path) -> Result<IdxArray> {
    let unreadable = |source| Error::file(path, FileAction::Read, source);
    let mut raw = BufReader::new(open(path)?);
    if raw.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]) {
        return parse(path, MultiGzDecoder::new(raw), |error| {
            Error::data(path, format!("the gzip stream is damaged or truncated: {error}"))
        });
    }
    parse(path, raw, unreadable)
}

/// Whether a file, plain or gzipped, begins as an IDX file of bytes does.
pub(crate) fn looks_like_idx(path: &Path) -> bool {
    let Ok(file) = open(path) else { return false };
    let mut raw = BufReader::new(file);
    let is_packed = raw.fill_buf().is_ok_and(|bytes| bytes.starts_with(&[0x1f, 0x8b]));
    let mut start = [0; 3];
    let read =
        if is_packed { MultiGzDecoder::new(raw).read_exact(&mut start) } else { raw.read_exact(&mut start) };
    read.is_ok() && start == [0, 0, 8]
}

fn parse(path: &Path, mut from: impl Read, failed: impl Fn(std::io::Error) -> Error) -> Result<IdxArray> {
    let wrong = |message: String| Error::data(path, message);
    let mut read = |most: usize| {
        let mut bytes = Vec::new();
        from.by_ref().take(most as u64).read_to_end(&mut bytes).map(|_| bytes).map_err(&failed)
    };
    let start = read(4)?;
    let &[zero, zero_too, element, dimensions] = start.as_slice() else {
        return Err(wrong(format!("truncated: {} bytes, an IDX file begins with 4", start.len())));
    };
    if (zero, zero_too) != (0, 0) {
        return Err(wrong(format!(
            "wrong magic number {:#010x}: an IDX file begins with two zero bytes, such as 0x00000803",
            u32::from_be_bytes([zero, zero_too, element, dimensions])
        )));
    }
    if element != 8 {
        return Err(wrong(format!("elements of type {element:#04x}: only unsigned bytes (0x08) are read")));
    }
    if dimensions == 0 {
        return Err(wrong("no dimensions: the shape must have at least one".into()));
    }
    let header = 4 * usize::from(dimensions);
    let sizes = read(header)?;
    if sizes.len() < header {
        let there = 4 + sizes.len();
        return Err(wrong(format!("truncated: {there} bytes, its header alone takes {}", 4 + header)));
    }
    let shape: Vec<usize> =
        sizes.chunks_exact(4).map(|s| u32::from_be_bytes([s[0], s[1], s[2], s[3]]) as usize).collect();
    let length = shape
        .iter()
        .try_fold(1usize, |product, &size| product.checked_mul(size))
        .filter(|&length| length < isize::MAX as usize)
        .ok_or_else(|| wrong(format!("the shape {shape:?} is too large")))?;
    // One more than there should be shows whether there are more.
    let bytes = read(length + 1)?;
    match bytes.len() {
        there if there < length => Err(wrong(format!(
            "truncated: the shape {shape:?} takes {length} bytes of data, there are {there}"
        ))),
        there if there > length => {
            Err(wrong(format!("too long: the shape {shape:?} takes {length} bytes of data, there are more")))
        }
        _ => Ok(IdxArray { shape, bytes }),
    }
}
