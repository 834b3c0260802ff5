//! Texts that are read whole: jobs, WGSL, JSON.

use std::io::Read;
use std::path::Path;

use crate::error::{Error, FileAction, Result};

/// Bytes of such a text, at most.
const LONGEST: u64 = 1 << 24;

/// Reads a text that is read whole.
///
/// # Errors
/// [`Error::File`]; [`Error::Data`] for more than 16 MiB, and for what is no UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let unreadable = |source| Error::file(path, FileAction::Read, source);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let wrong = |message: String| Error::Data { path: path.into(), message };
    if bytes.len() as u64 > LONGEST {
        return Err(wrong(format!("it has more than {LONGEST} bytes, the most of such a text")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        wrong(format!("line {line} is no text in UTF-8: save the file as UTF-8"))
    })
}
