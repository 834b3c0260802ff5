//! What the language means, what its reports say, and that the WGSL computes the same.

mod agreement;
mod evaluate;
mod hostile;
mod interpret;
mod meaning;
mod reports;
mod written;

use super::to_wgsl;

/// The report on a text that must have one.
fn report(text: &str, dimension: usize) -> String {
    to_wgsl(text, dimension).unwrap_err().to_string()
}
