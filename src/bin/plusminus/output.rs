//! Printing for people.

use std::io::Write;

use ndarray::ArrayView1;
use serde::Serialize;

use crate::Failure;

/// Components of a vector that are printed before the rest is only counted.
pub const SHOWN: usize = 12;

/// `(3, 4)`, or the first coordinates of a long point.
pub fn vector(values: ArrayView1<'_, f64>) -> String {
    list(values.len(), values.iter().map(|&value| number(value)))
}

fn list(count: usize, parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.take(SHOWN).collect();
    if count > SHOWN {
        parts.push(format!("… {} more (--format json prints all)", count - SHOWN));
    }
    format!("({})", parts.join(", "))
}

/// Error bars for JSON, in the shape of what they belong to: `null` where none is known.
pub fn bars(error: Option<&ndarray::Array2<f64>>, of: &ndarray::Array2<f64>) -> Vec<Vec<Option<f64>>> {
    let finite = |value: f64| value.is_finite().then_some(value);
    let bar = |at: (usize, usize)| error.and_then(|error| finite(error[at]));
    let (rows, columns) = of.dim();
    (0..rows).map(|row| (0..columns).map(|column| bar((row, column))).collect()).collect()
}

/// A remark for JSON.
#[derive(Serialize)]
pub struct Said {
    point: usize,
    axis: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    across: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    residual: Option<usize>,
    text: String,
}

impl Said {
    pub fn new(remark: &plusminus::Remark) -> Self {
        let plusminus::Remark { point, axis, across, term: residual, notice } = *remark;
        Said { point, axis, across, residual, text: notice.to_string() }
    }
}

/// The shortest text that reads back as the same f64.
pub fn number(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// `(1.2e-9, 3.4e-8)`: sizes of errors, of which two digits tell enough.
pub fn brief(values: ArrayView1<'_, f64>) -> String {
    list(values.len(), values.iter().map(|&value| size(value)))
}

/// The size of an error.
pub fn size(value: f64) -> String {
    match value {
        0.0 => "0".to_string(),
        value if value.is_infinite() => "unknown".to_string(),
        value => format!("{value:.1e}"),
    }
}

/// A line on standard error. Nobody may be listening: a closed pipe must not end the work.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// One JSON object on a line.
pub fn json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| std::io::Error::other(error.to_string()))?;
    writeln!(out, "{text}")?;
    Ok(())
}

/// The rows of a matrix as vectors, for JSON.
pub fn rows(matrix: &ndarray::Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}
