//! NumPy's npy and npz files.
//!
//! Arrays are views of the bytes that are there, never allocated by what a header claims.

use std::io::Read;
use std::path::Path;

use ndarray::{ArrayD, ArrayViewD, Dimension};
use ndarray_npy::{ViewNpyError, ViewNpyExt};
use zip::ZipArchive;

use super::file::open;
use crate::error::{Error, FileAction, Result};

/// NumPy itself writes some hundred bytes and refuses to read more than these.
const LONGEST_HEADER: usize = 10_000;

/// Brackets within one another: a dictionary and the shape's are 2. The parser is recursive, and tries a dictionary's braces twice.
const DEEPEST_HEADER: usize = 8;

/// As many as NumPy allows.
const MOST_DIMENSIONS: usize = 64;

/// Bytes that begin where any element type may.
struct Aligned {
    words: Vec<u64>,
    length: usize,
}

impl Aligned {
    fn read(mut from: impl Read, path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(|source| Error::file(path, FileAction::Read, source))?;
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(&bytes);
        Ok(Aligned { words, length: bytes.len() })
    }

    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.length]
    }
}

/// Refuses a header that would keep the parser busy, or end it. What is wrong otherwise, the parser says.
fn check_header(bytes: &[u8]) -> std::result::Result<(), String> {
    let (start, length) = match *bytes {
        [_, _, _, _, _, _, 1, _, a, b, ..] => (10, usize::from(u16::from_le_bytes([a, b]))),
        [_, _, _, _, _, _, _, _, a, b, c, d, ..] => (12, u32::from_le_bytes([a, b, c, d]) as usize),
        _ => return Ok(()),
    };
    if length > LONGEST_HEADER {
        return Err(format!("its header claims {length} bytes, and {LONGEST_HEADER} is the limit"));
    }
    let header = bytes[start..].get(..length).unwrap_or_default();
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in header {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > DEEPEST_HEADER {
        return Err(format!("its header has brackets {deepest} deep, and {DEEPEST_HEADER} is the limit"));
    }
    let dimensions = header.iter().filter(|&&byte| byte == b',').count();
    if dimensions > MOST_DIMENSIONS + 3 {
        return Err(format!(
            "its header lists {dimensions} values: an array has at most {MOST_DIMENSIONS} dimensions"
        ));
    }
    Ok(())
}

/// Any npy array of real numbers as f64, all finite. `name` is what messages call it.
fn numbers(path: &Path, name: &str, bytes: &[u8]) -> Result<ArrayD<f64>> {
    let unreadable = |error: String| Error::data(path, format!("{name} cannot be read: {error}"));
    check_header(bytes).map_err(unreadable)?;
    macro_rules! first_that_fits {
        ($($element:ty),*) => {$(
            match ArrayViewD::<$element>::view_npy(bytes) {
                Ok(array) => return finite(path, name, array.mapv(|value| value as f64)),
                Err(ViewNpyError::WrongDescriptor(_)) => {}
                Err(error) => return Err(unreadable(error.to_string())),
            }
        )*};
    }
    first_that_fits!(f64, f32, u8, i8, u16, i16, u32, i32, u64, i64);
    Err(Error::data(
        path,
        format!("{name} holds neither f32, f64 nor whole numbers, in this machine's byte order"),
    ))
}

fn finite(path: &Path, name: &str, array: ArrayD<f64>) -> Result<ArrayD<f64>> {
    match array.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(array),
        Some((index, value)) => {
            let at = index.as_array_view().to_vec();
            Err(Error::data(path, format!("{name} has {value} at {at:?}: every number must be finite")))
        }
    }
}

/// Reads an array of numbers from a npy file.
pub(super) fn read_npy(path: &Path) -> Result<ArrayD<f64>> {
    numbers(path, "the array", Aligned::read(open(path)?, path)?.bytes())
}

/// Reads all arrays of a npz file, with their names, in the order of the file.
pub(super) fn read_npz(path: &Path) -> Result<Vec<(String, ArrayD<f64>)>> {
    let mut npz = archive(path)?;
    (0..npz.len()).map(|index| member(path, &mut npz, index)).collect()
}

fn archive(path: &Path) -> Result<ZipArchive<std::fs::File>> {
    ZipArchive::new(open(path)?).map_err(|error| Error::data(path, format!("not a npz file: {error}")))
}

/// Unpacks a member as far as its declared size, and no further.
fn member(path: &Path, npz: &mut ZipArchive<std::fs::File>, index: usize) -> Result<(String, ArrayD<f64>)> {
    let member = npz
        .by_index(index)
        .map_err(|error| Error::data(path, format!("member {index} cannot be read: {error}")))?;
    let name = member.name().trim_end_matches(".npy").to_string();
    let size = member.size();
    let damaged = |why: String| Error::data(path, format!("array `{name}` cannot be read: {why}"));
    let bytes = Aligned::read(member.take(size.saturating_add(1)), path).map_err(|error| match error {
        Error::File { source, .. } => damaged(source.to_string()),
        other => other,
    })?;
    if bytes.length as u64 > size {
        return Err(damaged(format!("there is more than the {size} bytes declared")));
    }
    let array = numbers(path, &format!("array `{name}`"), bytes.bytes())?;
    Ok((name, array))
}

/// Reads one array of numbers from a npz file; `None` if it has no array of that name.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if it is no npz, or the array holds something else than
/// numbers or one that is not finite.
pub fn read_npz_array(path: &Path, name: &str) -> Result<Option<ArrayD<f64>>> {
    let mut npz = archive(path)?;
    let index = npz.index_for_name(&format!("{name}.npy")).or_else(|| npz.index_for_name(name));
    index.map(|index| member(path, &mut npz, index).map(|(_, array)| array)).transpose()
}

/// The same for an array that must be there: if not, the error says which are.
pub(crate) fn need_npz_array(path: &Path, name: &str) -> Result<ArrayD<f64>> {
    if let Some(array) = read_npz_array(path, name)? {
        return Ok(array);
    }
    let npz = archive(path)?;
    let there: Vec<String> =
        npz.file_names().map(|member| format!("`{}`", member.trim_end_matches(".npy"))).collect();
    Err(Error::data(path, format!("there is no array `{name}`, only {}", there.join(", "))))
}
