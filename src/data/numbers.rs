//! All numbers of a file in one row: what an objective reads by `data(i)`.

use std::path::{Path, PathBuf};

use super::csv::{Header, each_row};
use super::file::{extension, open, unknown_format};
use super::npy::{read_npy, read_npz};
use crate::error::{Error, Result};

/// The numbers of several files, one after the other.
///
/// # Errors
/// As [`read_numbers`].
pub fn read_all_numbers(paths: &[PathBuf]) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(read_numbers(path)?);
    }
    Ok(all)
}

/// Reads all numbers of a npy, npz or CSV file, whose format the extension says: arrays by rows; the arrays of a npz one
/// after the other, in the order of the file; the fields of a CSV by lines, without a first line of words (a header).
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for another format or extension, a field that is no finite
/// number (with line and column), or a file without numbers.
pub fn read_numbers(path: &Path) -> Result<Vec<f64>> {
    let mut numbers = Vec::new();
    match extension(path).as_str() {
        "npy" => numbers.extend(read_npy(path)?),
        "npz" => numbers.extend(read_npz(path)?.into_iter().flat_map(|(_, array)| array)),
        "csv" | "txt" => each_row(path, open(path)?, Header::IfWords, |row| {
            for number in row.numbers() {
                numbers.push(number?);
            }
            Ok(())
        })?,
        _ => return Err(unknown_format(path, "npy, npz, csv or txt")),
    }
    if numbers.is_empty() {
        return Err(Error::data(path, "it holds no numbers"));
    }
    Ok(numbers)
}
