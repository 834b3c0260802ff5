//! Arrays in files: one implementation of [`Format`] a format.

use std::io::Cursor;
use std::path::Path;

use ndarray::{ArrayD, Axis, Dimension};
use ndarray_npy::{NpzWriter, WriteNpyExt};

use super::digits::number;
use super::file::{check_writable, extension, folder, write_file};
use crate::error::{Error, Result};
use crate::numeric::Precision;

/// Arrays that belong together.
struct Arrays<'a> {
    /// The array that the others belong to.
    result: &'a ArrayD<f64>,
    all: &'a [(&'a str, ArrayD<f64>)],
    precision: Precision,
}

/// A format that arrays are saved in.
trait Format: Sync {
    fn extension(&self) -> &'static str;

    /// The contents of a file.
    fn bytes(&self, arrays: &Arrays<'_>) -> std::result::Result<Vec<u8>, String>;
}

/// A new one belongs here, and nowhere else.
const FORMATS: [&dyn Format; 3] = [&Npy, &Npz, &Csv];

fn format_of(path: &Path) -> Result<&'static dyn Format> {
    let given = extension(path);
    FORMATS.into_iter().find(|format| format.extension() == given).ok_or_else(|| {
        let names: Vec<String> = FORMATS.iter().map(|format| format!(".{}", format.extension())).collect();
        let (last, others) =
            names.split_last().map_or(("", String::new()), |(last, others)| (last, others.join(", ")));
        Error::usage(format!(
            "{}: results are saved as {others} or {last}: end the name in one of these",
            path.display()
        ))
    })
}

/// Whether arrays can be saved at `path`: to be asked before a long work.
///
/// # Errors
/// [`Error::Usage`] for an extension that is none of npy, npz and csv; [`Error::File`] if nothing can be written there.
pub fn check_output(path: &Path) -> Result<()> {
    format_of(path)?;
    check_writable(folder(path))
}

/// Saves arrays that belong together, in the format that the extension says; the file is written whole or not at all.
///
/// - `.npy`: the array called `result` alone.
/// - `.npz`: all of them, compressed, by their names.
/// - `.csv`, for a result of shape `[batch]` or `[batch, n]`: a header, and a row for each point; an array of shape `[batch, n]` has a
///   column for each component (`gradient0`, `gradient1`, …), `points` become `x0`, `x1`, … and `values` `f`. For a result of more
///   dimensions: a row for each component, its indices first, and a column for each array of the same shape. What is not finite is
///   left empty.
///
/// ```
/// use ndarray::array;
/// use plusminus::data::{read_npz_array, save_arrays};
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("gradient.npz");
/// let arrays = [("points", array![[3.0, 4.0]].into_dyn()), ("gradient", array![[6.0, 8.0]].into_dyn())];
/// save_arrays(&path, "gradient", &arrays, plusminus::Precision::F64)?;
/// assert_eq!(read_npz_array(&path, "gradient")?, Some(arrays[1].1.clone()));
/// # Ok::<(), plusminus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] for another extension, or if there is no array called `result`; [`Error::File`] if it cannot be written.
pub fn save_arrays(
    path: &Path,
    result: &str,
    arrays: &[(&str, ArrayD<f64>)],
    precision: Precision,
) -> Result<()> {
    let format = format_of(path)?;
    let (_, result) = arrays
        .iter()
        .find(|(name, _)| *name == result)
        .ok_or_else(|| Error::usage(format!("there is no array `{result}` to save")))?;
    let bytes = format
        .bytes(&Arrays { result, all: arrays, precision })
        .map_err(|error| Error::data(path, format!("the arrays cannot be written: {error}")))?;
    write_file(path, &bytes)
}

struct Npy;

impl Format for Npy {
    fn extension(&self) -> &'static str {
        "npy"
    }

    fn bytes(&self, arrays: &Arrays<'_>) -> std::result::Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        arrays.result.write_npy(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

struct Npz;

impl Format for Npz {
    fn extension(&self) -> &'static str {
        "npz"
    }

    fn bytes(&self, arrays: &Arrays<'_>) -> std::result::Result<Vec<u8>, String> {
        npz_bytes(arrays.all.iter().map(|(name, array)| (*name, array)))
    }
}

/// The contents of a npz file.
pub(crate) fn npz_bytes<'a>(
    arrays: impl Iterator<Item = (&'a str, &'a ArrayD<f64>)>,
) -> std::result::Result<Vec<u8>, String> {
    let mut npz = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        npz.add_array(name, array).map_err(|error| format!("array `{name}`: {error}"))?;
    }
    npz.finish().map(Cursor::into_inner).map_err(|error| error.to_string())
}

struct Csv;

/// What the first dimensions of a result count.
const INDICES: [&str; 3] = ["point", "row", "column"];

impl Format for Csv {
    fn extension(&self) -> &'static str {
        "csv"
    }

    fn bytes(&self, arrays: &Arrays<'_>) -> std::result::Result<Vec<u8>, String> {
        table(&if arrays.result.ndim() > 2 { by_component(arrays) } else { by_point(arrays) })
    }
}

impl Arrays<'_> {
    fn text(&self, value: f64) -> String {
        if value.is_finite() { number(value, self.precision) } else { String::new() }
    }
}

/// A header, and a row for each component of the result.
fn by_component(arrays: &Arrays<'_>) -> Vec<Vec<String>> {
    let shape = arrays.result.shape();
    let columns: Vec<_> = arrays.all.iter().filter(|(_, array)| array.shape() == shape).collect();
    let index = |i: usize| INDICES.get(i).map_or_else(|| format!("index{i}"), ToString::to_string);
    let header = (0..shape.len()).map(index).chain(columns.iter().map(|(name, _)| name.to_string()));
    let mut rows = vec![header.collect::<Vec<_>>()];
    for (at, _) in arrays.result.indexed_iter() {
        let at = at.as_array_view().to_vec();
        let values = columns.iter().map(|(_, array)| arrays.text(array[at.as_slice()]));
        rows.push(at.iter().map(ToString::to_string).chain(values).collect());
    }
    rows
}

/// A header, and a row for each point.
fn by_point(arrays: &Arrays<'_>) -> Vec<Vec<String>> {
    let Some(&batch) = arrays.result.shape().first() else { return Vec::new() };
    let columns: Vec<_> =
        arrays.all.iter().filter(|(_, array)| matches!(*array.shape(), [b] | [b, _] if b == batch)).collect();
    let names = columns.iter().flat_map(|(name, array)| {
        let name = match *name {
            "points" => "x",
            "values" => "f",
            name => name,
        };
        match array.shape() {
            [_, n] => (0..*n).map(|i| format!("{name}{i}")).collect(),
            _ => vec![name.to_string()],
        }
    });
    let mut rows = vec![names.collect::<Vec<_>>()];
    for point in 0..batch {
        let values = columns.iter().flat_map(|(_, array)| array.index_axis(Axis(0), point));
        rows.push(values.map(|&value| arrays.text(value)).collect());
    }
    rows
}

/// Rows of fields as the text of a CSV file.
///
/// # Errors
/// What the writer says.
pub fn csv_text(rows: &[Vec<String>]) -> std::result::Result<String, String> {
    table(rows).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The contents of a CSV file.
pub(crate) fn table(rows: &[Vec<String>]) -> std::result::Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}
