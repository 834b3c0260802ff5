//! Tables of numbers alone, row by row.

use std::io::Read;
use std::path::Path;

use csv::StringRecord;

use super::dialect::{Decimal, Dialect};
use super::records::Records;
use super::shown;
use super::source::Source;
use crate::error::{Error, Result};

/// A line of a table.
pub(in crate::data) struct Row<'a> {
    path: &'a Path,
    line: u64,
    record: &'a StringRecord,
    decimal: Decimal,
}

impl Row<'_> {
    pub(in crate::data) fn len(&self) -> usize {
        self.record.len()
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        self.record.iter()
    }

    fn number(&self, column: usize) -> Result<f64> {
        let field = &self.record[column];
        self.decimal.number(field).ok_or_else(|| {
            let (line, column) = (self.line, column + 1);
            Error::data(
                self.path,
                format!("line {line}, column {column}: `{}` is not a finite number", shown(field)),
            )
        })
    }

    pub(in crate::data) fn numbers(&self) -> impl Iterator<Item = Result<f64>> {
        (0..self.len()).map(|column| self.number(column))
    }

    /// Every line has `width` fields, which messages call `needed`.
    pub(in crate::data) fn check_len(&self, width: usize, needed: &str) -> Result<()> {
        if self.len() == width {
            return Ok(());
        }
        let fields = if self.len() == 1 { "field" } else { "fields" };
        let message = format!("line {} has {} {fields}: every line needs {needed}", self.line, self.len());
        Err(Error::data(self.path, message))
    }
}

/// Hands over every line of a table but its header, if it has one. `path` is only named in errors.
pub(in crate::data) fn each_row(
    path: &Path,
    from: impl Read,
    take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    each_row_with_names(path, from, take).map(drop)
}

/// The same; the words of a header that may be there.
pub(in crate::data) fn each_row_with_names(
    path: &Path,
    from: impl Read,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<Vec<String>> {
    let source = Source::new(path, from, 0)?;
    let dialect = Dialect::find(&source.sample, source.is_cut, source.separator, None)
        .map_err(|message| Error::data(path, message))?;
    let decimal = dialect.decimal;
    let mut records = Records::new(path, source, dialect);
    let mut names = Vec::new();
    let mut record = StringRecord::new();
    let mut is_first = true;
    while let Some(line) = records.next(&mut record)? {
        let row = Row { path, line, record: &record, decimal };
        let is_number = |field: &str| decimal.number(field).is_some() || field.parse::<f64>().is_ok();
        let is_word = |field: &str| !is_number(field) && !field.starts_with(|c: char| c.is_ascii_digit());
        let is_header = is_first && row.fields().all(is_word);
        let is_mixed = is_first && !is_header;
        is_first = false;
        let begins_like_one =
            |field: &&str| field.starts_with(|c: char| c.is_ascii_digit()) && !is_number(field);
        if is_mixed
            && row.fields().any(is_word)
            && let Some(field) = row.fields().find(begins_like_one)
        {
            return Err(Error::data(
                path,
                format!(
                    "line {line}: `{}` begins like a number, so this is no header, and other fields are no numbers: names \
                     begin with a letter",
                    shown(field)
                ),
            ));
        }
        if is_header {
            names = row.fields().map(String::from).collect();
        } else {
            take(&row)?;
        }
    }
    Ok(names)
}
