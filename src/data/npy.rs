//! NumPy's npy and npz files.
//!
//! Arrays are views of the bytes that are there, never allocated by what a header claims.

use std::io::Read;
use std::path::Path;

use ndarray::{ArrayD, ArrayViewD, Dimension};
use ndarray_npy::{ViewNpyError, ViewNpyExt};
use zip::ZipArchive;

use super::bounded::MOST_ARRAY;
use super::file::open;
use super::table::shown;
use crate::error::{Error, FileAction, Result};

/// NumPy itself writes some hundred bytes and refuses to read more than these.
const LONGEST_HEADER: usize = 10_000;

/// Brackets within one another: a dictionary and the shape's are 2. The parser is recursive, and tries a dictionary's braces twice.
const DEEPEST_HEADER: usize = 8;

/// What stands before the header, and its length, at most.
const BEFORE_HEADER: u64 = 12;

/// As many as NumPy allows.
const MOST_DIMENSIONS: usize = 64;

/// Bytes that begin where any element type may.
pub(super) struct Aligned {
    words: Vec<u64>,
    length: usize,
}

impl Aligned {
    /// Reads the header, and as many bytes as it declares and one more: none but a file that is too long has that.
    pub(super) fn read(mut from: impl Read, path: &Path, name: &str) -> Result<Self> {
        let unreadable = |source| Error::file(path, FileAction::Read, source);
        let wrong = |why: String| Error::data(path, format!("{name} cannot be read: {why}"));
        let mut bytes = header(&mut from, path, name)?;
        let mut more = |bytes: &mut Vec<u8>, most: u64| from.by_ref().take(most).read_to_end(bytes).map(drop);
        let header = header_at(&bytes).map_or(0, |(start, length)| start + length) as u64;
        let declared = declared(&bytes).map_err(wrong)?;
        if declared > MOST_ARRAY {
            return Err(wrong(format!(
                "its header declares {declared} bytes, and {MOST_ARRAY} is the limit"
            )));
        }
        let there = (header + declared).saturating_sub(bytes.len() as u64);
        more(&mut bytes, there + 1).map_err(unreadable)?;
        if declared > 0 && bytes.len() as u64 > header + declared {
            return Err(wrong(format!("there is more than the {declared} bytes that its header declares")));
        }
        let bytes = padded(bytes);
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(&bytes);
        Ok(Aligned { words, length: bytes.len() })
    }

    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.length]
    }

    /// Turns numbers of the other byte order into this machine's, and the header with them.
    fn turn_bytes(&mut self) {
        let (own, other) = if cfg!(target_endian = "little") { (b'<', b'>') } else { (b'>', b'<') };
        let Some(descriptor) = descriptor_at(self.bytes()) else { return };
        let Some((start, length)) = header_at(self.bytes()) else { return };
        let bytes = &mut bytemuck::cast_slice_mut(&mut self.words)[..self.length];
        let size = match bytes[descriptor.clone()] {
            [order, _, size @ b'1'..=b'8'] if order == other => usize::from(size - b'0'),
            _ => return,
        };
        bytes[descriptor.start] = own;
        bytes[start + length..].chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }

    /// Whether the elements are numbers in half precision. If so, the header calls them whole numbers of as many bits, which can be
    /// read.
    fn take_halves(&mut self) -> bool {
        let Some(descriptor) = descriptor_at(self.bytes()) else { return false };
        let bytes = bytemuck::cast_slice_mut::<u64, u8>(&mut self.words);
        let is_half = matches!(bytes[descriptor.clone()], [_, b'f', b'2']);
        if is_half {
            bytes[descriptor.start + 1] = b'u';
        }
        is_half
    }
}

/// The beginning of a file up to the end of its header, and of a file that is shorter all of it.
pub(super) fn header(from: &mut impl Read, path: &Path, name: &str) -> Result<Vec<u8>> {
    let unreadable = |source| Error::file(path, FileAction::Read, source);
    let wrong = |why: String| Error::data(path, format!("{name} cannot be read: {why}"));
    let mut bytes = Vec::new();
    let mut more = |bytes: &mut Vec<u8>, most: u64| from.by_ref().take(most).read_to_end(bytes).map(drop);
    more(&mut bytes, BEFORE_HEADER).map_err(unreadable)?;
    let (start, length) = header_at(&bytes).unwrap_or((0, 0));
    if length > LONGEST_HEADER {
        return Err(wrong(format!("its header claims {length} bytes, and {LONGEST_HEADER} is the limit")));
    }
    more(&mut bytes, ((start + length) as u64).saturating_sub(BEFORE_HEADER)).map_err(unreadable)?;
    check_header(&bytes).map_err(wrong)?;
    Ok(bytes)
}

/// Where a header begins, and its length.
pub(super) fn header_at(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes {
        [_, _, _, _, _, _, 1, _, a, b, ..] => Some((10, usize::from(u16::from_le_bytes([a, b])))),
        [_, _, _, _, _, _, _, _, a, b, c, d, ..] => Some((12, u32::from_le_bytes([a, b, c, d]) as usize)),
        _ => None,
    }
}

/// With a header that ends where a number may begin, as NumPy writes it; others need not.
fn padded(bytes: Vec<u8>) -> Vec<u8> {
    let Some((start, length)) = header_at(&bytes) else { return bytes };
    let end = start + length;
    let missing = end.next_multiple_of(16) - end;
    if missing == 0 || bytes.len() < end {
        return bytes;
    }
    // A header is far shorter than its length could say.
    let longer = ((length + missing) as u32).to_le_bytes();
    let header = &bytes[start..end];
    let (text, last) = header.split_at(length - usize::from(header.ends_with(b"\n")));
    let mut all = bytes[..start].to_vec();
    all[8..start].copy_from_slice(&longer[..start - 8]);
    all.extend(text);
    all.extend(std::iter::repeat_n(b' ', missing));
    all.extend(last);
    all.extend(&bytes[end..]);
    all
}

/// Where the type of the elements stands in a header, such as `<f8`.
pub(super) fn descriptor_at(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let (start, length) = header_at(bytes)?;
    let header = bytes.get(start..start.checked_add(length)?)?;
    let key = header.windows(7).position(|part| part == b"'descr'" || part == b"\"descr\"")? + 7;
    let is_quote = |byte: &u8| matches!(byte, b'\'' | b'"');
    let open = key + header[key..].iter().position(is_quote)? + 1;
    let close = open + header[open..].iter().position(is_quote)?;
    Some(start + open..start + close)
}

/// Refuses a header that would keep the parser busy, or end it. What is wrong otherwise, the parser says.
fn check_header(bytes: &[u8]) -> std::result::Result<(), String> {
    let Some((start, length)) = header_at(bytes) else { return Ok(()) };
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
    // One dictionary, and none within: what is wrong in inner ones, the parser looks for again and again.
    if header.iter().filter(|&&byte| byte == b'{').count() > 1 {
        return Err("its header has a dictionary within its dictionary".into());
    }
    let dimensions = header.iter().filter(|&&byte| byte == b',').count();
    if dimensions > MOST_DIMENSIONS + 3 {
        return Err(format!(
            "its header lists {dimensions} values: an array has at most {MOST_DIMENSIONS} dimensions"
        ));
    }
    Ok(())
}

/// Bytes of the elements, by a header: 0 where the parser will say what is wrong with it.
pub(super) fn declared(bytes: &[u8]) -> std::result::Result<u64, String> {
    let Some((start, length)) = header_at(bytes) else { return Ok(0) };
    let header = String::from_utf8_lossy(bytes[start..].get(..length).unwrap_or_default());
    let size = descriptor_at(bytes).and_then(|at| {
        let descriptor = std::str::from_utf8(&bytes[at]).ok()?.trim_start_matches(['<', '>', '|', '=']);
        // Of text and objects nothing is read.
        descriptor.strip_prefix(['f', 'i', 'u', 'b', 'c'])?.parse::<u128>().ok()
    });
    let shape = header.split_once("'shape'").or(header.split_once("\"shape\""));
    let shape = shape.and_then(|(_, rest)| rest.split_once('(')?.1.split_once(')')).map(|(shape, _)| shape);
    let (Some(size), Some(shape)) = (size, shape) else { return Ok(0) };
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let Ok(sizes) = sizes
        .map(|size| size.trim_end_matches('L').parse::<u128>())
        .collect::<std::result::Result<Vec<_>, _>>()
    else {
        return Ok(0);
    };
    // An array without elements may have a size that is none: its other sizes must make sense, too.
    let product = sizes.iter().filter(|size| **size > 0).try_fold(size, |all, size| all.checked_mul(*size));
    match product.filter(|bytes| *bytes <= isize::MAX as u128) {
        None => Err(format!("its shape ({shape}) is too large for any machine")),
        Some(_) if sizes.contains(&0) => Ok(0),
        Some(bytes) => Ok(u64::try_from(bytes).unwrap_or(u64::MAX)),
    }
}

/// Any npy array of real numbers as f64, all finite. `name` is what messages call it.
fn numbers(path: &Path, name: &str, array: Aligned) -> Result<ArrayD<f64>> {
    finite(path, name, reals(path, name, array)?)
}

/// The same, finite or not.
pub(super) fn reals(path: &Path, name: &str, mut array: Aligned) -> Result<ArrayD<f64>> {
    let unreadable = |error: String| Error::data(path, format!("{name} cannot be read: {error}"));
    array.turn_bytes();
    let are_halves = array.take_halves();
    let bytes = array.bytes();
    if are_halves {
        let halves = ArrayViewD::<u16>::view_npy(bytes).map_err(|error| unreadable(error.to_string()))?;
        return Ok(halves.mapv(|bits| half::f16::from_bits(bits).to_f64()));
    }
    macro_rules! first_that_fits {
        ($($element:ty),*) => {$(
            match ArrayViewD::<$element>::view_npy(bytes) {
                Ok(array) => return Ok(array.mapv(|value| value as f64)),
                Err(ViewNpyError::WrongDescriptor(_)) => {}
                Err(error) => return Err(unreadable(error.to_string())),
            }
        )*};
    }
    first_that_fits!(f64, f32, u8, i8, u16, i16, u32, i32, u64, i64);
    match ArrayViewD::<bool>::view_npy(bytes) {
        Ok(array) => return Ok(array.mapv(|value| f64::from(u8::from(value)))),
        Err(ViewNpyError::WrongDescriptor(_)) => {}
        Err(error) => return Err(unreadable(error.to_string())),
    }
    let kind = descriptor_at(bytes).and_then(|at| std::str::from_utf8(&bytes[at]).ok());
    let kind = kind.map_or(String::new(), |kind| match kind.trim_start_matches(['<', '>', '|', '=']) {
        text if text.starts_with('U') || text.starts_with('S') => " text".into(),
        text if text.starts_with('O') => " objects of Python".into(),
        text if text.starts_with('c') => " complex numbers".into(),
        _ => format!(" elements of type `{}`", kind.escape_debug()),
    });
    Err(Error::data(path, format!("{name} holds{kind}, not f16, f32, f64, bool or whole numbers")))
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
pub(crate) fn read_npy(path: &Path) -> Result<ArrayD<f64>> {
    let name = "the array";
    numbers(path, name, Aligned::read(open(path)?, path, name)?)
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
    let damaged = |why: String| Error::data(path, format!("array `{}` cannot be read: {why}", shown(&name)));
    let called = format!("array `{}`", shown(&name));
    let bytes =
        Aligned::read(member.take(size.saturating_add(1)), path, &called).map_err(|error| match error {
            Error::File { source, .. } => damaged(source.to_string()),
            other => other,
        })?;
    if bytes.length as u64 > size {
        return Err(damaged(format!("there is more than the {size} bytes declared")));
    }
    let array = numbers(path, &called, bytes)?;
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
        npz.file_names().map(|member| format!("`{}`", shown(member.trim_end_matches(".npy")))).collect();
    let only = match there.len() {
        0 => "and no other".into(),
        1..=20 => format!("only {}", there.join(", ")),
        _ => format!("only {} and {} more", there[..20].join(", "), there.len() - 20),
    };
    Err(Error::data(path, format!("there is no array `{name}`, {only}")))
}
