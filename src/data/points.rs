//! Batches of points.

use std::path::Path;

use ndarray::{Array2, ArrayD, Axis, Ix2};

use super::file::{inner_extension, open, unknown_format};
use super::npy::{need_npz_array, read_npy};
use super::table::each_row;
use super::tensors::read_tensor;
use crate::error::{Error, Result};

/// Reads points `[batch, n]` from a npy file of that shape (or `[n]`, one point), from a CSV file (`.csv` or `.txt`) with one
/// point a line, without a first line of words (a header), or from the array `points` of a npz or safetensors file or of a run's folder. The path
/// `-` is CSV on standard input.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for another format, extension, element type or shape, or a number
/// that is not finite.
pub fn read_points(path: &Path) -> Result<Array2<f64>> {
    read_points_of(path, None)
}

/// The same from the array of this name, of files that have several, such as `best_points`.
///
/// # Errors
/// As [`read_points`]; [`Error::Usage`] for a file that has no names.
pub fn read_points_of(path: &Path, name: Option<&str>) -> Result<Array2<f64>> {
    if path.is_dir() {
        return read_points_of(&path.join("points.npz"), name);
    }
    let wanted = name.unwrap_or("points");
    let array = match inner_extension(path).as_str() {
        "npz" => need_npz_array(path, wanted)?,
        "safetensors" => read_tensor(path, wanted)?,
        _ if name.is_some() => {
            return Err(Error::usage(format!(
                "{}: only arrays in npz and safetensors files have names, such as `{wanted}`",
                path.display()
            )));
        }
        _ => return unnamed(path),
    };
    points(path, array)
}

fn unnamed(path: &Path) -> Result<Array2<f64>> {
    if path == Path::new("-") {
        return table(Path::new("standard input"), std::io::stdin().lock());
    }
    match inner_extension(path).as_str() {
        "npy" => points(path, read_npy(path)?),
        "csv" | "tsv" | "txt" | "dat" => table(path, open(path)?),
        _ => Err(unknown_format(path, "npy, npz, safetensors, csv, tsv, txt or dat")),
    }
}

/// Points `[batch, n]`, each a list of coordinates.
///
/// # Errors
/// [`Error::Usage`] if they have not all as many.
pub fn points_of(points: &[Vec<f64>]) -> Result<Array2<f64>> {
    let n = points.first().map_or(0, Vec::len);
    if let Some(other) = points.iter().find(|point| point.len() != n) {
        return Err(Error::usage(format!(
            "one point has {n} coordinates and another {}: all points need as many",
            other.len()
        )));
    }
    Array2::from_shape_vec((points.len(), n), points.concat())
        .map_err(|error| Error::usage(error.to_string()))
}

fn points(path: &Path, array: ArrayD<f64>) -> Result<Array2<f64>> {
    let shape = array.shape().to_vec();
    let array = if shape.len() == 1 { array.insert_axis(Axis(0)) } else { array };
    match array.into_dimensionality::<Ix2>() {
        Ok(points) if !points.is_empty() => Ok(points),
        _ => Err(Error::data(
            path,
            format!("its shape is {shape:?}: points need [batch, n] or [n], not empty"),
        )),
    }
}

fn table(path: &Path, from: impl std::io::Read) -> Result<Array2<f64>> {
    let (mut flat, mut width) = (Vec::new(), 0);
    each_row(path, from, |row| {
        if flat.is_empty() {
            width = row.len();
        }
        row.check_len(width, &format!("{width}, as the first has"))?;
        for number in row.numbers() {
            flat.push(number?);
        }
        Ok(())
    })?;
    if flat.is_empty() {
        return Err(Error::data(path, "it holds no points"));
    }
    Array2::from_shape_vec((flat.len() / width, width), flat)
        .map_err(|error| Error::data(path, error.to_string()))
}
