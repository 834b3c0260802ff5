//! All numbers of a file in one row: what an objective reads by `data(i)`.

use std::path::{Path, PathBuf};

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

/// Reads all numbers of a npy, npz or CSV file, told apart by the extension: arrays by rows; the arrays of a npz one after
/// the other, in the order of the file; the fields of a CSV by lines, without a first line of words
/// (a header).
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] for another format or extension, a field that is no finite
/// number (with line and column), or a file without numbers.
pub fn read_numbers(path: &Path) -> Result<Vec<f64>> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_lowercase();
    let numbers = match extension.as_str() {
        "npy" => read_npy(path)?.iter().copied().collect(),
        "npz" => read_npz(path)?.iter().flat_map(|(_, array)| array.iter().copied()).collect(),
        "csv" | "txt" => fields(path)?,
        other => {
            return Err(Error::data(
                path,
                format!(
                    "the extension `{other}` is none of npy, npz, csv and txt, so its format is not known"
                ),
            ));
        }
    };
    if Vec::is_empty(&numbers) {
        return Err(Error::data(path, "it holds no numbers"));
    }
    Ok(numbers)
}

fn fields(path: &Path) -> Result<Vec<f64>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(std::io::BufReader::new(super::open(path)?));
    let mut numbers = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|error| Error::data(path, error.to_string()))?;
        let is_word =
            |field: &str| field.parse::<f64>().is_err() && !field.starts_with(|c: char| c.is_ascii_digit());
        let is_header = row == 0 && record.iter().all(is_word);
        if is_header {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        for (column, field) in record.iter().enumerate() {
            match field.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => {
                    return Err(Error::data(
                        path,
                        format!("line {line}, column {}: `{field}` is not a finite number", column + 1),
                    ));
                }
            }
        }
    }
    Ok(numbers)
}
