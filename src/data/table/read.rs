//! From a file to a table.

use std::path::Path;

use csv::StringRecord;

use super::dialect::{Dialect, Separator};
use super::header::{First, Heading, first_line};
use super::records::Records;
use super::source::Source;
use super::{Column, MISSING, Table, TableOptions, Written, is_long, shown};
use crate::data::file::open;
use crate::error::{Error, Result};

impl Table {
    /// Reads a table from a text file, plain or gzipped.
    ///
    /// Separator (comma, semicolon, tab, bar, whitespace), decimal mark and header are found where they are not given. Blank lines
    /// above the table, comments there (`# …`) and a byte order mark are left out. The first line of the files of scikit-learn (rows,
    /// columns, classes) is known as such: it gives [`classes`](Self::classes).
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read; [`Error::Data`], with the line, for lines of different lengths, a text that is not
    /// UTF-8 or no table, what may be thousands or a decimal comma, and a header that holds numbers.
    pub fn read(path: &Path, options: &TableOptions) -> Result<Self> {
        Table::read_as(path, options, Heading::Unknown)
    }

    /// The same, of which the first line is known.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_as(path: &Path, options: &TableOptions, heading: Heading<'_>) -> Result<Self> {
        let source = Source::new(path, open(path)?, options.skip)?;
        let separator = options.separator.or(source.separator);
        let dialect = Dialect::find(&source.sample, source.is_cut, separator, options.decimal)
            .map_err(|message| Error::data(path, message))?;
        let above = source.skipped.clone();
        let mut records = Records::new(path, source, dialect);
        let missing = options.missing_values.clone();
        let missing = missing.unwrap_or_else(|| MISSING.iter().map(ToString::to_string).collect());
        let mut table = Table {
            path: path.into(),
            names: None,
            classes: None,
            columns: Vec::new(),
            lines: Vec::new(),
            missing_numbers: missing.iter().filter_map(|text| dialect.decimal.number(text)).collect(),
            missing,
            notes: Vec::new(),
            written: Written { separator: dialect.separator, decimal: dialect.decimal, above },
        };
        let mut record = StringRecord::new();
        let Some(first_at) = records.next(&mut record)? else {
            return Err(Error::data(path, "it has no rows"));
        };
        let mut first = record.clone();
        check_lines(path, &first, first_at)?;
        while let Some(line) = records.next(&mut record)? {
            check_lines(path, &record, line)?;
            if table.columns.is_empty() {
                table.columns.resize(record.len(), Column::default());
            }
            if record.len() != table.columns.len() {
                return Err(table.ragged(&record, line, first_at, &first, dialect));
            }
            for (column, field) in table.columns.iter_mut().zip(&record) {
                column.push(field, dialect.decimal);
            }
            table.lines.push(line);
        }
        let is_spaced = matches!(dialect.separator, Separator::Whitespace | Separator::Character(b'\t'));
        if is_spaced
            && first.len() + 1 == table.columns.len()
            && first.iter().all(|field| dialect.decimal.number(field).is_none())
        {
            // As R writes row names: they have no name themselves.
            first = std::iter::once("").chain(&first).collect();
        }
        table.take_first(&first, first_at, options.header, heading, dialect)?;
        if table.lines.is_empty() {
            return Err(Error::data(path, "it has a header and no rows"));
        }
        table.leave_out_empty_end();
        Ok(table)
    }

    /// Takes in the first line as what it is.
    fn take_first(
        &mut self,
        first: &StringRecord,
        line: u64,
        header: Option<bool>,
        heading: Heading<'_>,
        dialect: Dialect,
    ) -> Result<()> {
        if self.columns.is_empty() {
            self.columns.resize(first.len(), Column::default());
        }
        let found = first_line(first, self, header, heading, dialect.decimal);
        match found.map_err(|message| Error::data(&self.path, format!("line {line}: {message}")))? {
            First::Row => {
                if first.len() != self.columns.len() {
                    // The second line is the first that differs.
                    let second = self.lines.first().copied().unwrap_or(line);
                    let width = self.columns.len();
                    return Err(self.uneven(width, second, first.len(), line, dialect));
                }
                for (column, field) in self.columns.iter_mut().zip(first) {
                    let words = std::mem::take(&mut column.words);
                    column.words = words.into_iter().map(|(row, word)| (row + 1, word)).collect();
                    let number = dialect.decimal.number(field).filter(|_| !is_long(field));
                    column.numbers.insert(0, number.unwrap_or(f64::NAN));
                    if number.is_none() {
                        column.words.insert(0, field.into());
                    }
                }
                self.lines.insert(0, line);
            }
            First::Names => {
                if first.len() != self.columns.len() {
                    let width = self.columns.len();
                    let second = self.lines.first().copied().unwrap_or(line);
                    return Err(self.uneven(width, second, first.len(), line, dialect));
                }
                let is_number = |field: &str| dialect.decimal.number(field).is_some();
                let numbers = first.iter().filter(|field| is_number(field)).count();
                if header.is_none() && heading == Heading::Unknown && numbers > 0 {
                    let fields: Vec<String> =
                        first.iter().take(4).map(|field| format!("`{}`", shown(field))).collect();
                    let more = if first.len() > 4 { ", …" } else { "" };
                    self.notes.push(format!(
                        "line {line} of {} is taken as the header: {}{more}; header = false if it is a row",
                        self.path.display(),
                        fields.join(", ")
                    ));
                }
                self.names = Some(first.iter().map(String::from).collect());
            }
            First::Classes(classes) => {
                self.notes.push(format!(
                    "line {line} of {} gives rows, columns and classes ({}), as files of scikit-learn do",
                    self.path.display(),
                    classes.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
                ));
                self.classes = Some(classes);
            }
        }
        Ok(())
    }

    fn ragged(
        &self,
        record: &StringRecord,
        line: u64,
        first_at: u64,
        first: &StringRecord,
        dialect: Dialect,
    ) -> Error {
        let (width, other) = match self.lines.first() {
            Some(&second) if first.len() != self.columns.len() => (self.columns.len(), second),
            _ => (self.columns.len(), first_at),
        };
        self.uneven(record.len(), line, width, other, dialect)
    }

    /// Lines of different lengths.
    fn uneven(&self, count: usize, line: u64, width: usize, other: u64, dialect: Dialect) -> Error {
        let fields = if count == 1 { "1 field".into() } else { format!("{count} fields") };
        let Dialect { separator, .. } = dialect;
        let message = format!(
            "line {line} has {fields} and line {other} has {width} (separator: {separator}): every line needs as many"
        );
        Error::data(&self.path, message)
    }

    /// A separator at the end of each line makes no column.
    fn leave_out_empty_end(&mut self) {
        let is_unnamed = match &self.names {
            Some(names) => names.last().is_some_and(String::is_empty),
            None => true,
        };
        let is_empty = |column: &Column| {
            column.words.len() == self.lines.len() && column.words.values().all(|word| word.is_empty())
        };
        if self.columns.len() > 1 && is_unnamed && self.columns.last().is_some_and(is_empty) {
            self.columns.pop();
            if let Some(names) = &mut self.names {
                names.pop();
            }
        }
    }
}

/// A field over several lines is, in a table of numbers, a quote that was forgotten: it swallows rows.
fn check_lines(path: &Path, record: &StringRecord, line: u64) -> Result<()> {
    if record.iter().any(|field| field.starts_with('"')) {
        return Err(Error::data(
            path,
            format!(
                "line {line}: a field begins with a quote (\") that is not closed, or stands after a blank"
            ),
        ));
    }
    match record.iter().any(|field| field.contains('\n')) {
        true => Err(Error::data(
            path,
            format!("line {line}: a quote (\") that is opened there is not closed on its line"),
        )),
        false => Ok(()),
    }
}
