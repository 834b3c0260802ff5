//! A text file from where its table begins: unpacked, without a byte order mark and the lines above the table.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::dialect::Separator;
use crate::data::bounded::Bounded;
use crate::error::{Error, FileAction, Result};

/// Bytes from which separator and decimal mark are found.
const SAMPLE: usize = 1 << 16;

/// Characters of a skipped line that are kept, to know it again.
const KEPT: usize = 200;

/// What files begin with that are no text, though some call them a table.
const OTHERS: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a zip archive, as spreadsheets (.xlsx, .ods) and npz files are: save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of Excel (.xls): save the table as CSV"),
    (b"\x93NUMPY", "an array of NumPy: name it .npy"),
    (b"PAR1", "a Parquet file: save the table as CSV"),
    (b"SQLite format 3", "a database of SQLite: save the table as CSV"),
];

/// A text, and its beginning.
pub(super) struct Source<'a> {
    pub(super) reader: Box<dyn BufRead + 'a>,
    /// The first lines of the table, the last of which may be cut.
    pub(super) sample: String,
    /// Whether the sample is not all.
    pub(super) is_cut: bool,
    /// Lines above the table.
    pub(super) above: u64,
    /// What a first line such as `sep=;` says, which Excel reads and hides.
    pub(super) separator: Option<Separator>,
    /// The first lines that were to be skipped.
    pub(super) skipped: Vec<String>,
}

impl<'a> Source<'a> {
    /// `skip` lines are left out, and blank lines and comments (`# …`) that follow.
    pub(super) fn new(path: &Path, from: impl Read + 'a, skip: usize) -> Result<Self> {
        let unreadable = |source| Error::file(path, FileAction::Read, source);
        let mut raw = BufReader::new(from);
        let is_packed = raw.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
        let mut rest: Box<dyn BufRead + 'a> =
            if is_packed { Box::new(BufReader::new(MultiGzDecoder::new(raw))) } else { Box::new(raw) };
        let mut bytes = Vec::new();
        rest.by_ref().take(SAMPLE as u64).read_to_end(&mut bytes).map_err(|error| match is_packed {
            true => damaged(path, &error),
            false => unreadable(error),
        })?;
        let is_cut = bytes.len() == SAMPLE;
        if let Some((_, what)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
            return Err(Error::data(path, format!("it is {what}")));
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(Error::data(path, "its text is UTF-16: save it as UTF-8"));
        }
        if bytes.contains(&0) {
            return Err(Error::data(path, "it has bytes that are 0, so it is no text in UTF-8"));
        }
        let start = if bytes.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        let text = match std::str::from_utf8(&bytes[start..]) {
            Ok(text) => text,
            // A character that the end of the sample cuts.
            Err(error) if is_cut && error.error_len().is_none() => {
                std::str::from_utf8(&bytes[start..start + error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) => {
                let before = &bytes[start..start + error.valid_up_to()];
                let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
                return Err(not_utf8(path, line as u64));
            }
        };
        let (mut at, mut above, mut separator, mut skipped) = (0, 0, None, Vec::new());
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim();
            let is_comment = trimmed == "#" || trimmed.starts_with("# ");
            let told = if above == 0 { trimmed.strip_prefix("sep=") } else { None };
            let told = told.and_then(|mark| {
                if mark.is_empty() { Ok(Separator::Character(b'\t')) } else { mark.parse() }.ok()
            });
            separator = separator.or(told);
            if above >= skip && !trimmed.is_empty() && !is_comment && told.is_none() {
                break;
            }
            if above < skip {
                skipped.push(trimmed.chars().take(KEPT).collect());
            }
            (at, above) = (at + line.len(), above + 1);
        }
        if above < skip {
            return Err(Error::data(
                path,
                format!("skip = {skip}: it has no so many lines, or they take more than {SAMPLE} bytes"),
            ));
        }
        let sample = text[at..].to_string();
        let begun = Cursor::new(bytes.split_off(start + at));
        Ok(Source {
            reader: Box::new(Bounded::new(begun.chain(rest))),
            sample,
            is_cut,
            above: above as u64,
            separator,
            skipped,
        })
    }
}

pub(super) fn not_utf8(path: &Path, line: u64) -> Error {
    Error::data(path, format!("line {line} is no text in UTF-8: save the file as UTF-8"))
}

pub(super) fn damaged(path: &Path, error: &std::io::Error) -> Error {
    Error::data(path, format!("the gzip stream is damaged or truncated: {error}"))
}
