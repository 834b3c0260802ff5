//! That the WGSL computes what the tree means, and that no text breaks anything. (Meaning, reports, WGSL: `tests/expression`.)

mod agreement;
mod evaluate;
mod hostile;
mod interpret;

use super::to_wgsl;

/// The report on a text that must have one.
fn report(text: &str, dimension: usize) -> String {
    to_wgsl(text, dimension).unwrap_err().to_string()
}
