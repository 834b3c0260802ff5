//! Numbers, vectors and matrices for people.

use ndarray::{ArrayView1, ArrayViewD, Axis};
use plusminus::Precision;
use plusminus::data::number;

/// Components of a vector, and rows of a matrix, that are printed before the rest is only counted.
const SHOWN: usize = 12;

/// `(3, 4)`, or the first components of a long vector; a number alone for an array without dimensions.
pub fn vector(values: ArrayViewD<'_, f64>, precision: Precision) -> String {
    list(values, |value| number(value, precision))
}

/// `(1.2e-9, 3.4e-8)`: sizes of errors, of which two digits tell enough.
pub fn sizes(values: ArrayViewD<'_, f64>) -> String {
    list(values, size)
}

/// The size of one error.
pub fn size(value: f64) -> String {
    match value {
        0.0 => "0".to_string(),
        value if value.is_finite() => format!("{value:.1e}"),
        _ => "unknown".to_string(),
    }
}

fn list(values: ArrayViewD<'_, f64>, text: impl Fn(f64) -> String) -> String {
    let mut parts: Vec<String> = values.iter().take(SHOWN).map(|&value| text(value)).collect();
    if values.ndim() == 0 {
        return parts.concat();
    }
    if values.len() > SHOWN {
        parts.push(format!("… {} more (--json prints all)", values.len() - SHOWN));
    }
    format!("({})", parts.join(", "))
}

/// Where a point went: from, to, f there, on three lines.
pub fn journey(from: ArrayViewD<'_, f64>, to: &[f64], value: Option<f64>, precision: Precision) -> String {
    let value = value.map_or_else(|| "not finite".into(), |value| number(value, precision));
    let to = ArrayView1::from(to).into_dyn();
    format!("from {}\n  to {}\n  f = {value}", vector(from, precision), vector(to, precision))
}

/// The rows of a matrix, each on a line.
pub fn rows(matrix: ArrayViewD<'_, f64>, text: impl Fn(ArrayViewD<'_, f64>) -> String) -> String {
    let mut lines: String =
        matrix.axis_iter(Axis(0)).take(SHOWN).map(|row| format!("    {}\n", text(row))).collect();
    let count = matrix.len_of(Axis(0));
    if count > SHOWN {
        lines += &format!("    … {} more rows (--json prints all)\n", count - SHOWN);
    }
    lines
}
