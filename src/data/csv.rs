//! Tables of numbers in CSV files.

use std::io::{BufReader, Read};
use std::path::Path;

use csv::StringRecord;
use ndarray::Array2;
use serde::Deserialize;

use super::file::open;
use crate::error::{Error, Result};

/// Which column holds the class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelColumn {
    /// The first.
    First,
    /// The last.
    #[default]
    Last,
}

/// Whether the first line is a header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    Yes,
    No,
    /// It is if it holds words only.
    IfWords,
}

/// Characters of a field that messages show.
const SHOWN: usize = 40;

/// A line of a table.
pub(super) struct Row<'a> {
    path: &'a Path,
    line: u64,
    record: &'a StringRecord,
}

impl Row<'_> {
    pub(super) fn len(&self) -> usize {
        self.record.len()
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        self.record.iter()
    }

    fn wrong(&self, column: usize, expected: &str) -> Error {
        let field = &self.record[column];
        let mut shown: String = field.chars().take(SHOWN).collect();
        if shown.len() < field.len() {
            shown.push('…');
        }
        let (line, column) = (self.line, column + 1);
        Error::data(self.path, format!("line {line}, column {column}: `{shown}` is not {expected}"))
    }

    pub(super) fn number(&self, column: usize) -> Result<f64> {
        match self.record[column].parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.wrong(column, "a finite number")),
        }
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = Result<f64>> {
        (0..self.len()).map(|column| self.number(column))
    }

    /// Every line has `width` fields, which messages call `needed`.
    pub(super) fn check_len(&self, width: usize, needed: &str) -> Result<()> {
        if self.len() == width {
            return Ok(());
        }
        let fields = if self.len() == 1 { "field" } else { "fields" };
        let message = format!("line {} has {} {fields}: every line needs {needed}", self.line, self.len());
        Err(Error::data(self.path, message))
    }
}

/// Hands over every line of a table but its header. `path` is only named in errors.
pub(super) fn each_row(
    path: &Path,
    from: impl Read,
    header: Header,
    take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    each_row_with_names(path, from, header, take).map(drop)
}

/// The same; the words of a header that may be there.
pub(super) fn each_row_with_names(
    path: &Path,
    from: impl Read,
    header: Header,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(header == Header::Yes)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(BufReader::new(from));
    let mut record = StringRecord::new();
    let mut is_first = true;
    while reader.read_record(&mut record).map_err(|error| Error::data(path, error.to_string()))? {
        let row = Row { path, line: record.position().map_or(0, csv::Position::line), record: &record };
        let is_word =
            |field: &str| field.parse::<f64>().is_err() && !field.starts_with(|c: char| c.is_ascii_digit());
        let skipped = is_first && header == Header::IfWords && row.fields().all(is_word);
        let is_mixed = is_first && !skipped && header == Header::IfWords;
        is_first = false;
        let begins_like_one =
            |field: &&str| field.starts_with(|c: char| c.is_ascii_digit()) && field.parse::<f64>().is_err();
        if is_mixed
            && row.fields().any(is_word)
            && let Some(field) = row.fields().find(begins_like_one)
        {
            return Err(Error::data(
                path,
                format!(
                    "line {}: `{field}` begins like a number, so this is no header, and other fields are no numbers: names \
                     begin with a letter",
                    row.line
                ),
            ));
        }
        if skipped {
            names = row.fields().map(String::from).collect();
        } else {
            take(&row)?;
        }
    }
    Ok(names)
}

/// Reads a CSV file of numbers, without a header unless `header` is set: the features `[rows, columns - 1]` and
/// the labels.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`], with line and column, for a field that is no finite
/// number, a label that is no whole number from 0, rows of different lengths, or an empty file.
pub fn read_csv(path: &Path, header: bool, label: LabelColumn) -> Result<(Array2<f64>, Vec<u32>)> {
    let (mut features, mut labels, mut width) = (Vec::new(), Vec::new(), 0);
    let header = if header { Header::Yes } else { Header::No };
    each_row(path, open(path)?, header, |row| {
        if labels.is_empty() {
            width = row.len();
        }
        if width < 2 {
            row.check_len(2, "at least 2 (features and a label)")?;
        }
        row.check_len(width, &format!("{width} (features and a label)"))?;
        let label_at = if label == LabelColumn::First { 0 } else { width - 1 };
        for column in 0..width {
            if column == label_at {
                let label = row.record[column].parse();
                labels.push(label.map_err(|_| row.wrong(column, "a label: a whole number from 0 on"))?);
            } else {
                features.push(row.number(column)?);
            }
        }
        Ok(())
    })?;
    if labels.is_empty() {
        return Err(Error::data(path, "it has no rows"));
    }
    Array2::from_shape_vec((labels.len(), width - 1), features)
        .map(|features| (features, labels))
        .map_err(|error| Error::data(path, error.to_string()))
}
