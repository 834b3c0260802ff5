//! NumPy's npy and npz files.

use std::io::Cursor;
use std::path::Path;

use ndarray::{Array2, ArrayD, Ix2};
use ndarray_npy::{NpzReader, NpzWriter as Npz, ReadNpyError, ReadNpyExt, ReadNpzError};

use crate::error::{Error, Result};

fn finite(path: &Path, name: &str, array: ArrayD<f64>) -> Result<ArrayD<f64>> {
    match array.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(array),
        Some((index, value)) => {
            let at = ndarray::Dimension::as_array_view(&index).to_vec();
            Err(Error::data(path, format!("{name} has {value} at {at:?}: every number must be finite")))
        }
    }
}

/// Reads points from a npy file of f64 or f32: shape `[batch, n]`, or `[n]` for one point.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for another format, element type or shape, or a number
/// that is not finite.
pub fn read_npy_points(path: &Path) -> Result<Array2<f64>> {
    let bytes = std::fs::read(path).map_err(|source| Error::file(path, "read", source))?;
    let array = match ArrayD::<f64>::read_npy(Cursor::new(&bytes)) {
        Err(ReadNpyError::WrongDescriptor(_)) => {
            ArrayD::<f32>::read_npy(Cursor::new(&bytes)).map(|array| array.mapv(f64::from))
        }
        other => other,
    }
    .map_err(|error| Error::data(path, format!("not a npy file of f64 or f32: {error}")))?;
    let array = finite(path, "the array", array)?;
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

/// Reads one array of numbers (f64, f32, or whole numbers of 1, 4 or 8 bytes) from a npz file.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if it is no npz, has no such array, or the array holds
/// something else or a number that is not finite.
pub fn read_npz_array(path: &Path, name: &str) -> Result<ArrayD<f64>> {
    let wrong = |error: ReadNpzError| Error::data(path, format!("array `{name}`: {error}"));
    let mut npz = NpzReader::new(super::open(path)?)
        .map_err(|error| Error::data(path, format!("not a npz file: {error}")))?;
    let names = npz.names().map_err(wrong)?;
    if !names.iter().any(|own| own.trim_end_matches(".npy") == name) {
        let list = names.iter().map(|own| own.trim_end_matches(".npy")).collect::<Vec<_>>().join(", ");
        return Err(Error::data(path, format!("there is no array `{name}` (there is: {list})")));
    }
    macro_rules! first_that_fits {
        ($($element:ty),*) => {$(
            match npz.by_name::<ndarray::OwnedRepr<$element>, ndarray::IxDyn>(name) {
                Ok(array) => return finite(path, name, array.mapv(|value| value as f64)),
                Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => {}
                Err(error) => return Err(wrong(error)),
            }
        )*};
    }
    first_that_fits!(f64, f32, u8, i32, u32, i64, u64);
    Err(Error::data(
        path,
        format!("array `{name}` holds neither f32, f64 nor whole numbers of 1, 4 or 8 bytes"),
    ))
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
