//! Tables of numbers with a label a row.

use std::path::Path;

use ndarray::Array2;
use serde::Deserialize;

use crate::error::{Error, Result};

/// Which column holds the class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelColumn {
    /// The first.
    First,
    /// The last.
    #[default]
    Last,
}

/// Reads a CSV file of numbers, without a header unless `header` is set: the features `[rows, columns - 1]` and
/// the labels.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`], with line and column, for a field that is no finite
/// number, a label that is no whole number from 0, rows of different lengths, or an empty file.
pub fn read_csv(path: &Path, header: bool, label: LabelColumn) -> Result<(Array2<f64>, Vec<u32>)> {
    let file = super::open(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(header)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(std::io::BufReader::new(file));
    let (mut features, mut labels, mut width) = (Vec::new(), Vec::new(), 0);
    for record in reader.records() {
        let record = record.map_err(|error| Error::data(path, error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        if width == 0 {
            width = record.len();
        }
        if record.len() != width || width < 2 {
            return Err(Error::data(
                path,
                format!(
                    "line {line} has {} fields: every line needs {} (features and a label)",
                    record.len(),
                    if width < 2 { "at least 2".to_string() } else { width.to_string() }
                ),
            ));
        }
        let label_at = if label == LabelColumn::First { 0 } else { width - 1 };
        for (column, field) in record.iter().enumerate() {
            let wrong = |expected: &str| {
                Error::data(path, format!("line {line}, column {}: `{field}` is not {expected}", column + 1))
            };
            if column == label_at {
                labels.push(field.parse().map_err(|_| wrong("a label: a whole number from 0 on"))?);
            } else {
                let value: f64 = field.parse().map_err(|_| wrong("a number"))?;
                if !value.is_finite() {
                    return Err(wrong("a finite number"));
                }
                features.push(value);
            }
        }
    }
    if labels.is_empty() {
        return Err(Error::data(path, "it has no rows"));
    }
    let features = Array2::from_shape_vec((labels.len(), width - 1), features)
        .map_err(|error| Error::data(path, error.to_string()))?;
    Ok((features, labels))
}
