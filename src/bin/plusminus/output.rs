//! Printing for people.

use std::io::Write;

use ndarray::ArrayView1;
use serde::Serialize;

use crate::Failure;

/// Components of a vector that are printed before the rest is only counted.
const SHOWN: usize = 12;

/// `(3, 4)`, or the first coordinates of a long point.
pub fn vector(values: ArrayView1<'_, f64>) -> String {
    let mut parts: Vec<String> = values.iter().take(SHOWN).map(|&value| number(value)).collect();
    if values.len() > SHOWN {
        parts.push(format!("… {} more (--format json prints all)", values.len() - SHOWN));
    }
    format!("({})", parts.join(", "))
}

/// The shortest text that reads back as the same f64.
pub fn number(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
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
