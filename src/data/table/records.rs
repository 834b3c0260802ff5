//! The lines of a table, one after the other.

use std::io::{BufRead, Read};
use std::path::Path;

use csv::StringRecord;

use super::dialect::{Dialect, Separator, builder, words_of};
use super::source::{Source, damaged, not_utf8};
use crate::data::bounded::MOST_FIELDS;
use crate::error::{Error, FileAction, Result};

/// Lines that are cut into fields.
pub(super) struct Records<'a> {
    path: &'a Path,
    lines: Lines<'a>,
    /// Lines above the table.
    above: u64,
    /// Fields so far.
    fields: u64,
}

enum Lines<'a> {
    Csv(Box<csv::Reader<Box<dyn BufRead + 'a>>>),
    /// By whitespace, which may be several characters.
    Words {
        reader: Box<dyn BufRead + 'a>,
        read: u64,
        text: String,
    },
}

impl<'a> Records<'a> {
    pub(super) fn new(path: &'a Path, source: Source<'a>, dialect: Dialect) -> Self {
        let lines = match dialect.separator {
            Separator::Character(byte) => Lines::Csv(Box::new(builder(byte).from_reader(source.reader))),
            Separator::Whitespace => Lines::Words { reader: source.reader, read: 0, text: String::new() },
        };
        Records { path, lines, above: source.above, fields: 0 }
    }

    /// The next line that is not blank, and its number; `None` at the end.
    pub(super) fn next(&mut self, record: &mut StringRecord) -> Result<Option<u64>> {
        let line = self.line(record)?;
        self.fields += record.len() as u64;
        if line.is_some() && self.fields > MOST_FIELDS {
            return Err(Error::data(
                self.path,
                format!(
                    "it has more than {MOST_FIELDS} fields, the most of a table: give large data as npy or npz"
                ),
            ));
        }
        Ok(line)
    }

    fn line(&mut self, record: &mut StringRecord) -> Result<Option<u64>> {
        match &mut self.lines {
            Lines::Csv(reader) => match reader.read_record(record) {
                Ok(true) => {
                    let line = self.above + record.position().map_or(0, csv::Position::line);
                    unquote(record);
                    Ok(Some(line))
                }
                Ok(false) => Ok(None),
                Err(error) => Err(wrong(self.path, self.above, error)),
            },
            Lines::Words { reader, read, text } => loop {
                text.clear();
                let count = reader.by_ref().read_line(text).map_err(|error| match error.kind() {
                    std::io::ErrorKind::InvalidData => not_utf8(self.path, self.above + *read + 1),
                    std::io::ErrorKind::FileTooLarge => Error::data(self.path, error.to_string()),
                    _ => Error::file(self.path, FileAction::Read, error),
                })?;
                if count == 0 {
                    return Ok(None);
                }
                *read += 1;
                if !text.trim().is_empty() {
                    *record = words_of(text).collect();
                    return Ok(Some(self.above + *read));
                }
            },
        }
    }
}

fn wrong(path: &Path, above: u64, error: csv::Error) -> Error {
    let line = above + error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Utf8 { .. } => not_utf8(path, line),
        csv::ErrorKind::Io(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::InvalidInput
                    | std::io::ErrorKind::InvalidData
                    | std::io::ErrorKind::UnexpectedEof
            ) =>
        {
            damaged(path, &error)
        }
        csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Error::data(path, error.to_string())
        }
        csv::ErrorKind::Io(error) => Error::file(path, FileAction::Read, error),
        other => Error::data(path, format!("line {line} cannot be read: {other:?}")),
    }
}

/// Takes the quotes off fields that have a blank before them, as some write them after each separator.
fn unquote(record: &mut StringRecord) {
    let is_quoted = |field: &str| field.len() > 1 && field.starts_with('"') && field.ends_with('"');
    if record.iter().any(is_quoted) {
        let plain = |field: &str| {
            if is_quoted(field) { field[1..field.len() - 1].to_string() } else { field.to_string() }
        };
        *record = record.iter().map(plain).collect();
    }
}
