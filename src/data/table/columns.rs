//! Which columns of a table are meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Cell, Table, shown};
use crate::error::{Error, Result};

/// A column: by its name, by its number from 1 on, or as `first` or `last`. A name of the file comes before all others. In lists of
/// columns, `"2-5"` are several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "expected a column: its name, or its number from 1 on")]
pub enum ColumnName {
    /// By its number.
    Number(usize),
    /// By its name.
    Name(String),
}

impl Default for ColumnName {
    fn default() -> Self {
        ColumnName::Name("last".into())
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnName::Number(number) => write!(f, "{number}"),
            ColumnName::Name(name) => f.write_str(name),
        }
    }
}

/// Names that a message lists.
const LISTED: usize = 20;

/// Names of columns that number or name the rows.
const ROW_NAMES: [&str; 6] = ["", "unnamed: 0", "id", "index", "row", "rownames"];

impl Table {
    /// The index of a column.
    ///
    /// # Errors
    /// [`Error::Data`] if there is none such, with those that there are.
    pub fn find(&self, column: &ColumnName) -> Result<usize> {
        let width = self.width();
        match column {
            ColumnName::Number(number) if (1..=width).contains(number) => Ok(number - 1),
            ColumnName::Number(number) => Err(Error::data(
                self.path(),
                format!("there is no column {number}: the columns are numbered from 1 to {width}"),
            )),
            ColumnName::Name(name) => self.find_name(name)?.ok_or_else(|| self.no_such(name)),
        }
    }

    fn find_name(&self, name: &str) -> Result<Option<usize>> {
        let names = self.names().unwrap_or_default();
        let mut found = names.iter().enumerate().filter(|(_, other)| *other == name).map(|(i, _)| i);
        match (found.next(), found.next()) {
            (Some(first), Some(second)) => Err(Error::data(
                self.path(),
                format!(
                    "columns {} and {} are both called `{}`: give the number of one",
                    first + 1,
                    second + 1,
                    shown(name)
                ),
            )),
            (Some(index), None) => Ok(Some(index)),
            _ => Ok(match name {
                "first" => Some(0),
                "last" => Some(self.width() - 1),
                _ => None,
            }),
        }
    }

    fn no_such(&self, name: &str) -> Error {
        let Some(names) = self.names() else {
            return Error::data(
                self.path(),
                format!(
                    "there is no column `{}`, as the first line has no names: give its number, from 1 to {}",
                    shown(name),
                    self.width()
                ),
            );
        };
        let near = names
            .iter()
            .map(|other| (strsim::jaro_winkler(&other.to_lowercase(), &name.to_lowercase()), other))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let meant = near.map_or(String::new(), |(_, other)| format!(" (did you mean `{}`?)", shown(other)));
        let mut there: Vec<String> =
            names.iter().take(LISTED).map(|name| format!("`{}`", shown(name))).collect();
        if names.len() > LISTED {
            there.push("…".into());
        }
        Error::data(
            self.path(),
            format!("there is no column `{}`{meant}, only {}", shown(name), there.join(", ")),
        )
    }

    /// The indices of several columns, each once, in the order given.
    ///
    /// # Errors
    /// [`Error::Data`] if there is none such, or one is given twice.
    pub fn find_all(&self, columns: &[ColumnName]) -> Result<Vec<usize>> {
        let mut all = Vec::new();
        for column in columns {
            match column {
                ColumnName::Name(name) => match (self.find_name(name)?, range(name)) {
                    (Some(index), _) => all.push(index),
                    (None, Some((from, to))) => {
                        for number in from..=to {
                            all.push(self.find(&ColumnName::Number(number))?);
                        }
                    }
                    (None, None) => return Err(self.no_such(name)),
                },
                ColumnName::Number(_) => all.push(self.find(column)?),
            }
        }
        let mut sorted = all.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::data(
                self.path(),
                format!("column {} is given twice", self.column_text(pair[0])),
            ));
        }
        Ok(all)
    }

    /// Whether a column numbers the rows, or names them, and is called so: it says nothing of a row. Its fields are whole numbers or
    /// words, each of which occurs once.
    pub fn is_row_name(&self, column: usize) -> bool {
        let name = self.names().map(|names| names[column].to_lowercase());
        if !name.is_some_and(|name| ROW_NAMES.contains(&name.as_str())) {
            return false;
        }
        let mut seen = std::collections::HashSet::new();
        (0..self.rows()).all(|row| match self.cell(row, column) {
            Cell::Number(number) => number.fract() == 0.0 && seen.insert(number.to_string()),
            Cell::Word(word) => seen.insert(word.to_string()),
            Cell::Missing => false,
        })
    }

    /// Whether a column counts the rows from 0 or 1.
    pub fn counts_rows(&self, column: usize) -> bool {
        let counts =
            |from: f64| (0..self.rows()).all(|row| self.cell(row, column) == Cell::Number(row as f64 + from));
        self.rows() > 3 && (counts(0.0) || counts(1.0))
    }
}

/// `2-5`
fn range(text: &str) -> Option<(usize, usize)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from <= to).then_some((from, to))
}
