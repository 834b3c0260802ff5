//! Texts from files.

use std::path::Path;

use super::{ShaderOptions, WgslObjective};
use crate::error::Result;

impl WgslObjective {
    /// Reads the text from a file.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::File`](crate::Error::File) if it cannot be read.
    pub fn read(path: &Path, dimension: usize, options: ShaderOptions) -> Result<Self> {
        Self::new(&path.display().to_string(), &read_text(path)?, dimension, options)
    }

    /// Reads the text of [`residuals`](Self::residuals) from a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_residuals(path: &Path, dimension: usize, options: ShaderOptions) -> Result<Self> {
        Self::residuals(&path.display().to_string(), &read_text(path)?, dimension, options)
    }

    /// Reads the text of [`claimed_gradient`](Self::claimed_gradient) from a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_claimed_gradient(path: &Path, dimension: usize, options: ShaderOptions) -> Result<Self> {
        Self::claimed_gradient(&path.display().to_string(), &read_text(path)?, dimension, options)
    }
}

fn read_text(path: &Path) -> Result<String> {
    let text = crate::text::read_text(path)?;
    // Some editors begin a file with a mark of its encoding.
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_string())
}
