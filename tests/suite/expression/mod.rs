//! The language of expressions: what it means, the WGSL it becomes, what its reports say.

mod given;
mod hostile;
mod meaning;
mod published;
mod reports;
mod written;

use plusminus::{Error, Objective, WgslObjective};

fn to_wgsl(text: &str, dimension: usize) -> Result<String, Error> {
    WgslObjective::from_expression(text, dimension).map(|f| f.text().to_string())
}

/// Of several expressions, and how many values they have.
fn list_to_wgsl(texts: &[&str], dimension: usize) -> Result<(String, usize), Error> {
    WgslObjective::from_expressions(texts, dimension).map(|f| (f.text().to_string(), f.terms()))
}

/// By the CPU engine in f64.
fn value(text: &str, x: &[f64]) -> f64 {
    WgslObjective::from_expression(text, x.len()).unwrap_or_else(|error| panic!("{text}: {error}")).value(x)
}

/// The report on a text that must have one.
fn report(text: &str, dimension: usize) -> String {
    let report = to_wgsl(text, dimension).unwrap_err().to_string();
    report.strip_prefix("in the expression\n").unwrap_or(&report).to_string()
}
