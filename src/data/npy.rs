//! NumPy's npy and npz files.
//!
//! Arrays are views of the bytes that are there, never allocated by what a header claims.

use std::io::{Cursor, Read};
use std::path::Path;

use ndarray::{Array2, ArrayD, ArrayViewD, Ix2};
use ndarray_npy::{NpzWriter as Npz, ViewNpyError, ViewNpyExt};

use crate::error::{Error, Result};

/// Bytes that begin where any element type may.
struct Aligned {
    words: Vec<u64>,
    length: usize,
}

impl Aligned {
    fn read(mut from: impl Read, path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(|source| Error::file(path, "read", source))?;
        let length = bytes.len();
        bytes.resize(length.next_multiple_of(8), 0);
        Ok(Aligned { words: bytemuck::pod_collect_to_vec(&bytes), length })
    }

    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.length]
    }
}

/// Any npy array of real numbers as f64, all finite. `name` is what messages call it.
fn numbers(path: &Path, name: &str, bytes: &[u8]) -> Result<ArrayD<f64>> {
    macro_rules! first_that_fits {
        ($($element:ty),*) => {$(
            match ArrayViewD::<$element>::view_npy(bytes) {
                Ok(array) => return finite(path, name, array.mapv(|value| value as f64)),
                Err(ViewNpyError::WrongDescriptor(_)) => {}
                Err(error) => return Err(Error::data(path, format!("{name} cannot be read: {error}"))),
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
            let at = ndarray::Dimension::as_array_view(&index).to_vec();
            Err(Error::data(path, format!("{name} has {value} at {at:?}: every number must be finite")))
        }
    }
}

/// Reads an array of numbers from a npy file.
pub(super) fn read_npy(path: &Path) -> Result<ArrayD<f64>> {
    numbers(path, "the array", Aligned::read(super::open(path)?, path)?.bytes())
}

/// Reads all arrays of a npz file, with their names, in the order of the file.
pub(super) fn read_npz(path: &Path) -> Result<Vec<(String, ArrayD<f64>)>> {
    let mut npz = archive(path)?;
    let mut arrays = Vec::new();
    for index in 0..npz.len() {
        let member = npz
            .by_index(index)
            .map_err(|error| Error::data(path, format!("member {index} cannot be read: {error}")))?;
        let name = member.name().trim_end_matches(".npy").to_string();
        let bytes = Aligned::read(member, path)?;
        let array = numbers(path, &format!("array `{name}`"), bytes.bytes())?;
        arrays.push((name, array));
    }
    Ok(arrays)
}

fn archive(path: &Path) -> Result<zip::ZipArchive<std::fs::File>> {
    zip::ZipArchive::new(super::open(path)?)
        .map_err(|error| Error::data(path, format!("not a npz file: {error}")))
}

/// Reads points from a npy file of numbers: shape `[batch, n]`, or `[n]` for one point.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for another format, element type or shape, or a number
/// that is not finite.
pub fn read_npy_points(path: &Path) -> Result<Array2<f64>> {
    let array = read_npy(path)?;
    let shape = array.shape().to_vec();
    let array = if shape.len() == 1 { array.insert_axis(ndarray::Axis(0)) } else { array };
    match array.into_dimensionality::<Ix2>() {
        Ok(points) if !points.is_empty() => Ok(points),
        _ => Err(Error::data(
            path,
            format!("its shape is {shape:?}: points need [batch, n] or [n], not empty"),
        )),
    }
}

/// Reads one array of numbers from a npz file; `None` if it has no array of that name.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if it is no npz, or the array holds something else than
/// numbers or one that is not finite.
pub fn read_npz_array(path: &Path, name: &str) -> Result<Option<ArrayD<f64>>> {
    let mut npz = archive(path)?;
    let member = [format!("{name}.npy"), name.to_string()]
        .into_iter()
        .find(|member| npz.index_for_name(member).is_some());
    let Some(member) = member else { return Ok(None) };
    let member = npz
        .by_name(&member)
        .map_err(|error| Error::data(path, format!("array `{name}` cannot be read: {error}")))?;
    let bytes = Aligned::read(member, path)?;
    numbers(path, &format!("array `{name}`"), bytes.bytes()).map(Some)
}

/// A npz file in the making, in memory.
pub struct NpzWriter {
    npz: Npz<Cursor<Vec<u8>>>,
}

impl NpzWriter {
    /// An empty file; arrays will be compressed.
    pub fn new() -> Self {
        NpzWriter { npz: Npz::new_compressed(Cursor::new(Vec::new())) }
    }

    /// Adds an array of f64.
    ///
    /// # Errors
    /// [`Error::Usage`] if the name is taken.
    pub fn add(&mut self, name: &str, array: &ArrayD<f64>) -> Result<()> {
        self.npz.add_array(name, array).map_err(|error| Error::usage(format!("array `{name}`: {error}")))
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Error::Usage`] if the archive cannot be closed.
    pub fn finish(self) -> Result<Vec<u8>> {
        let cursor = self.npz.finish().map_err(|error| Error::usage(error.to_string()))?;
        Ok(cursor.into_inner())
    }
}

impl Default for NpzWriter {
    fn default() -> Self {
        NpzWriter::new()
    }
}
