//! Numbers that an objective reads: by `data(i)`, all of a file in one row, and by names.

use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2};

use super::file::{inner_extension, open, unknown_format};
use super::npy::{read_npy, read_npz};
use super::table::each_row_with_names;
use crate::dataset::DataSet;
use crate::error::{Error, Result};

/// The numbers of several files, one after the other.
///
/// # Errors
/// As [`read_data_set`].
pub fn read_data_sets(paths: &[PathBuf]) -> Result<DataSet> {
    let mut all = DataSet::new();
    for path in paths {
        all = all.with(read_data_set(path)?);
    }
    Ok(all)
}

/// Reads all numbers of a npy, npz or CSV file, whose format the extension says: arrays by rows; the arrays of a npz one
/// after the other, in the order of the file; the fields of a CSV by lines, without a first line of words (a header).
///
/// The names: the columns of a CSV with a header have those of the header, the arrays of a npz their own; the array of a npy, and
/// a CSV without a header (a table, or a vector if it has one column) the name of the file without its extension.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for another format or extension, a field that is no finite
/// number (with line and column), lines of different lengths, or a file without numbers.
pub fn read_data_set(path: &Path) -> Result<DataSet> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let data = match inner_extension(path).as_str() {
        "npy" => DataSet::new().with_array(stem, read_npy(path)?.view()),
        "npz" => {
            let add = |all: DataSet, (name, array): (String, ndarray::ArrayD<f64>)| {
                all.with_array(&name, array.view())
            };
            read_npz(path)?.into_iter().fold(DataSet::new(), add)
        }
        "csv" | "tsv" | "txt" | "dat" => table(path, stem)?,
        _ => return Err(unknown_format(path, "npy, npz, csv, tsv, txt or dat")),
    };
    if data.numbers().is_empty() {
        return Err(Error::data(path, "it holds no numbers"));
    }
    Ok(data)
}

fn table(path: &Path, stem: &str) -> Result<DataSet> {
    let (mut numbers, mut width) = (Vec::new(), 0);
    let names = each_row_with_names(path, open(path)?, |row| {
        if numbers.is_empty() {
            width = row.len();
        }
        row.check_len(
            width,
            &format!("{width}, as the first has; put numbers that are no table one on a line"),
        )?;
        for number in row.numbers() {
            numbers.push(number?);
        }
        Ok(())
    })?;
    if numbers.is_empty() {
        return Ok(DataSet::new());
    }
    let rows = numbers.len() / width;
    if !names.is_empty() && names.len() != width {
        let given = if names.len() == 1 { "1 name".into() } else { format!("{} names", names.len()) };
        let message =
            format!("its header has {given}, and its lines have {width} fields: each field needs one");
        return Err(Error::data(path, message));
    }
    if names.is_empty() && width == 1 {
        return Ok(DataSet::new().with_array(stem, Array1::from(numbers).view()));
    }
    let table = Array2::from_shape_vec((rows, width), numbers)
        .map_err(|error| Error::data(path, error.to_string()))?;
    if names.is_empty() {
        return Ok(DataSet::new().with_array(stem, table.view()));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    DataSet::new().with_columns(&names, table.view())
}
