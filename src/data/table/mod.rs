//! Tables as people have them: text with any separator and decimal mark, with names, words and gaps.

mod columns;
mod dialect;
mod header;
mod read;
mod records;
mod rows;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::columns::ColumnName;
pub use self::dialect::{Decimal, Separator};
pub use self::header::Heading;
pub(super) use self::rows::{each_row, each_row_with_names};
use crate::error::{Error, Result};

/// What stands where a value is missing, if nothing else is said.
pub const MISSING: [&str; 12] = ["", "?", "-", ".", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None"];

/// How a table is to be read. What is not given is found in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// Whether the first line has the names of the columns.
    pub header: Option<bool>,
    /// What separates fields.
    pub separator: Option<Separator>,
    /// The decimal mark.
    pub decimal: Option<Decimal>,
    /// Lines above the table.
    pub skip: usize,
    /// What stands where a value is missing; without it, [`MISSING`].
    pub missing_values: Option<Vec<String>>,
}

/// A table: columns of numbers, words and gaps.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    names: Option<Vec<String>>,
    classes: Option<Vec<String>>,
    columns: Vec<Column>,
    /// In the file, of each row.
    lines: Vec<u64>,
    missing: Vec<String>,
    missing_numbers: Vec<f64>,
    notes: Vec<String>,
    written: Written,
}

/// How a table was found to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// What separates its fields.
    pub separator: Separator,
    /// Its decimal mark.
    pub decimal: Decimal,
    /// The lines that were skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, Default)]
struct Column {
    /// NaN where there is a word or nothing.
    numbers: Vec<f64>,
    /// What is no number, by its row.
    words: BTreeMap<usize, Box<str>>,
}

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A finite number.
    Number(f64),
    /// Anything else.
    Word(&'a str),
    /// Nothing, or what stands for nothing.
    Missing,
}

/// A whole number of more digits than f64 keeps, such as an id: it stays as it stands, so that two are told apart.
fn is_long(field: &str) -> bool {
    let digits = field.strip_prefix('-').unwrap_or(field);
    digits.len() > 15
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && field.parse::<f64>().is_ok_and(|number| format!("{number:.0}") != field)
}

impl Column {
    fn push(&mut self, field: &str, decimal: Decimal) {
        match decimal.number(field) {
            Some(number) if !is_long(field) => self.numbers.push(number),
            _ => {
                self.words.insert(self.numbers.len(), field.into());
                self.numbers.push(f64::NAN);
            }
        }
    }
}

impl Table {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The names of the columns, if there is a header.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The names of the classes, if the first line gives them.
    pub fn classes(&self) -> Option<&[String]> {
        self.classes.as_deref()
    }

    /// What was found that a reader may want to know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What stands in a field.
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let Column { numbers, words } = &self.columns[column];
        let number = numbers[row];
        if !number.is_nan() {
            let is_missing = self.missing_numbers.contains(&number);
            return if is_missing { Cell::Missing } else { Cell::Number(number) };
        }
        match words.get(&row) {
            Some(word) if !self.missing.iter().any(|missing| **missing == **word) => Cell::Word(word),
            _ => Cell::Missing,
        }
    }

    /// How it is written.
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// In the file, from 1 on.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// A place, for messages: line and column as in the file.
    pub fn place(&self, row: usize, column: usize) -> String {
        format!("line {}, column {}", self.lines[row], self.column_text(column))
    }

    /// A column, for messages: its number from 1 on, and its name.
    pub fn column_text(&self, column: usize) -> String {
        match self.names.as_ref().map(|names| names[column].as_str()) {
            Some(name) if !name.is_empty() => format!("{} (`{}`)", column + 1, shown(name)),
            _ => (column + 1).to_string(),
        }
    }

    /// A finite number.
    ///
    /// # Errors
    /// [`Error::Data`] with line and column.
    pub fn number(&self, row: usize, column: usize) -> Result<f64> {
        let place = || self.place(row, column);
        match self.cell(row, column) {
            Cell::Number(number) => Ok(number),
            // More digits than a number keeps.
            Cell::Word(word) if is_long(word) => Ok(word.parse().unwrap_or(f64::NAN)),
            Cell::Word(word) => {
                Err(Error::data(&self.path, format!("{}: `{}` is not a finite number", place(), shown(word))))
            }
            Cell::Missing => Err(Error::data(&self.path, format!("{}: the value is missing", place()))),
        }
    }
}

/// Characters of a field that messages show.
const SHOWN: usize = 40;

/// A field for messages: not too long, and without control characters.
pub(crate) fn shown(field: &str) -> String {
    let short: String = field.chars().take(SHOWN).collect();
    let end = if short.len() < field.len() { "…" } else { "" };
    let plain = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    short.chars().map(plain).collect::<String>() + end
}
