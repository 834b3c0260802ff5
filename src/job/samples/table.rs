//! Samples from a table.

use std::path::Path;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Features, Label, Raw, RawTargets};
use crate::data::{Cell, ColumnName, Heading, Table, TableOptions};
use crate::error::{Error, Result};
use crate::job::config::{CsvConfig, Missing};

/// Which columns are what: kept with a model, so that its files are read alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::job) struct Layout {
    /// The features, by name where there is a header.
    pub(in crate::job) features: Vec<ColumnName>,
    /// The label or the targets, alike.
    pub(in crate::job) targets: Vec<ColumnName>,
    /// Whether the targets are labels.
    pub(in crate::job) are_labels: bool,
    /// Whether they stand in a table of their own.
    pub(in crate::job) is_apart: bool,
    /// Columns of the table with the features.
    pub(in crate::job) width: usize,
    /// What the first line says of the classes, if it is such a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::job) classes: Option<Vec<String>>,
}

/// Columns found in a table.
struct Found<'t> {
    table: &'t Table,
    features: Vec<usize>,
    targets: Vec<usize>,
    /// Where the targets stand: the same table, or another.
    of_targets: &'t Table,
}

pub(super) fn read(config: &CsvConfig) -> Result<Raw> {
    let options = config.table();
    let table = Table::read(&config.path, &options)?;
    let other = config.target_file.as_deref().map(|path| Table::read(path, &options)).transpose()?;
    let of_targets = other.as_ref().unwrap_or(&table);
    let ignored = table.find_all(&config.ignore)?;
    // By its place, whatever it is called; what is ignored is not there.
    let of_others = |column: &usize| other.is_some() || !ignored.contains(column);
    let last =
        [ColumnName::Number((0..of_targets.width()).rev().find(of_others).map_or(0, |column| column + 1))];
    let names = match (&config.label, &config.target) {
        (Some(label), _) => std::slice::from_ref(label),
        (None, Some(target)) => target.all(),
        (None, None) => &last[..],
    };
    let targets = of_targets.find_all(names)?;
    let mut notes: Vec<String> = table.notes().to_vec();
    notes.extend(other.iter().flat_map(|other| other.notes().to_vec()));
    if let Some(&both) = targets.iter().find(|column| other.is_none() && ignored.contains(column)) {
        return Err(Error::data(
            &config.path,
            format!("column {} is the label or a target, and ignored: give one", table.column_text(both)),
        ));
    }
    let is_target = |column: &usize| other.is_none() && targets.contains(column);
    let features = match &config.features {
        Some(features) => {
            let found = table.find_all(features)?;
            if let Some(&both) = found.iter().find(|column| is_target(column) || ignored.contains(column)) {
                let as_what = if is_target(&both) { "the label or a target" } else { "ignored" };
                return Err(Error::data(
                    &config.path,
                    format!("column {} is a feature and {as_what}: give one", table.column_text(both)),
                ));
            }
            found
        }
        None => {
            let free = (0..table.width()).filter(|column| !is_target(column) && !ignored.contains(column));
            let (numbers, rest): (Vec<usize>, Vec<usize>) =
                free.partition(|&column| table.is_row_name(column));
            if rest.is_empty() {
                numbers
            } else {
                notes.extend(numbers.into_iter().map(|column| {
                    format!(
                        "column {} numbers or names the rows: it is left out; name it in data.features to keep it",
                        table.column_text(column)
                    )
                }));
                notes.extend(rest.iter().filter(|column| rest.len() > 1 && table.counts_rows(**column)).map(
                    |column| {
                        format!(
                            "column {} counts the rows, and is a feature; data.ignore leaves it out",
                            table.column_text(*column)
                        )
                    },
                ));
                rest
            }
        }
    };
    if features.is_empty() {
        return Err(Error::data(
            &config.path,
            match table.width() {
                1 => {
                    "it has 1 column, which leaves none as a feature; the separator may be wrong".to_string()
                }
                count => format!("of its {count} columns none is left as a feature"),
            },
        ));
    }
    let is_label = config.target.is_none();
    let by_name = |table: &Table, columns: &[usize]| -> Vec<ColumnName> {
        let name = |&column: &usize| match table.names() {
            // A name that stands twice says nothing.
            Some(names)
                if names.iter().filter(|name| **name == names[column]).count() == 1
                    && !names[column].is_empty() =>
            {
                ColumnName::Name(names[column].clone())
            }
            _ => ColumnName::Number(column + 1),
        };
        columns.iter().map(name).collect()
    };
    let layout = Layout {
        features: by_name(&table, &features),
        targets: by_name(of_targets, &targets),
        are_labels: is_label,
        is_apart: other.is_some(),
        width: table.width(),
        classes: table.classes().map(<[String]>::to_vec),
    };
    let found = Found { table: &table, features, targets, of_targets };
    found.samples(is_label, config.missing, layout, notes)
}

/// Reads another table as the training's was read; with labels or targets if `has_targets`.
pub(in crate::job) fn read_csv_with(
    path: &Path,
    target_file: Option<&Path>,
    options: &TableOptions,
    missing: Missing,
    layout: &Layout,
    has_targets: bool,
) -> Result<Raw> {
    let table = read_like(path, options, layout, &layout.features)?;
    if let (Some(own), Some(trained)) = (table.classes(), &layout.classes)
        && own != trained.as_slice()
    {
        return Err(Error::data(
            path,
            format!(
                "its first line calls the classes {}, and the training's {}",
                own.join(", "),
                trained.join(", ")
            ),
        ));
    }
    let other = target_file.map(|path| read_like(path, options, layout, &layout.targets)).transpose()?;
    let of_targets = other.as_ref().unwrap_or(&table);
    let by_number = |names: &[ColumnName]| names.iter().any(|name| matches!(name, ColumnName::Number(_)));
    let count = layout.features.len();
    let features = if by_number(&layout.features) || table.names().is_none() {
        // Columns by their numbers are those of the training's table; a table of features alone has fewer.
        if table.width() == count
            && (table.width() != layout.width || layout.targets.is_empty() || layout.is_apart)
        {
            (0..count).collect()
        } else if table.width() == layout.width && by_number(&layout.features) {
            table.find_all(&layout.features)?
        } else {
            let needed = match (by_number(&layout.features), layout.width == count) {
                (true, false) => format!("{count} (the features alone) or {} (as in training)", layout.width),
                (true, true) => format!("{count}, as in training"),
                (false, _) => format!(
                    "a header with the names of the training's, or the {count} features alone, in their order"
                ),
            };
            return Err(Error::data(path, format!("it has {} columns; it needs {needed}", table.width())));
        }
    } else {
        table.find_all(&layout.features)?
    };
    let targets = if has_targets { of_targets.find_all(&layout.targets)? } else { Vec::new() };
    let found = Found { table: &table, features, targets, of_targets };
    let mut notes = table.notes().to_vec();
    notes.extend(other.iter().flat_map(|other| other.notes().to_vec()));
    found.samples(layout.are_labels, missing, layout.clone(), notes)
}

/// Reads a table with the header of the training's, if that had one. Lines above the table may be there, as in training, or not.
fn read_like(path: &Path, options: &TableOptions, layout: &Layout, columns: &[ColumnName]) -> Result<Table> {
    let names = columns.iter().filter_map(|column| match column {
        ColumnName::Name(name) => Some(name.clone()),
        ColumnName::Number(_) => None,
    });
    let names: Vec<String> = names.collect();
    let heading = Heading::Like { names: &names, with_classes: layout.classes.is_some() };
    if options.skip > 0 {
        let whole = Table::read_as(path, &TableOptions { skip: 0, ..options.clone() }, heading);
        // The names stand in the first line, or without any, all lines are rows of numbers.
        if let Ok(whole) = whole
            && (whole.names().is_some() || (names.is_empty() && whole.is_all_numbers()))
        {
            return Ok(whole);
        }
    }
    let table = Table::read_as(path, options, heading)?;
    if options.skip > 0 && !names.is_empty() && table.names().is_none() {
        return Err(Error::data(
            path,
            format!(
                "there is no line with the names of the training's columns; below {} lines that are skipped, as in training, one is \
                 needed",
                options.skip
            ),
        ));
    }
    Ok(table)
}

impl Found<'_> {
    fn samples(
        &self,
        are_labels: bool,
        missing: Missing,
        layout: Layout,
        mut notes: Vec<String>,
    ) -> Result<Raw> {
        let Found { table, features, targets, of_targets } = self;
        if !targets.is_empty() && of_targets.rows() != table.rows() {
            return Err(Error::data(
                of_targets.path(),
                format!(
                    "it has {} rows, and {} has {}: each row needs one",
                    of_targets.rows(),
                    table.path().display(),
                    table.rows()
                ),
            ));
        }
        let fields = |row: usize| {
            let own = features.iter().map(move |&column| (*table, row, column));
            own.chain(targets.iter().map(move |&column| (*of_targets, row, column)))
        };
        let gap =
            |row: usize| fields(row).find(|(table, row, column)| table.cell(*row, *column) == Cell::Missing);
        let (mut rows, mut gaps) = (Vec::new(), Vec::new());
        for row in 0..table.rows() {
            match gap(row) {
                None => rows.push(row),
                Some(gap) => gaps.push(gap),
            }
        }
        if let Some(&(of, row, column)) = gaps.first() {
            let place = of.place(row, column);
            match missing {
                Missing::Refuse => {
                    let more = match gaps.len() {
                        1 => String::new(),
                        2 => ", as in 1 more row".into(),
                        count => format!(", as in {} more rows", count - 1),
                    };
                    return Err(Error::data(
                        of.path(),
                        format!(
                            "{place}: the value is missing{more}; missing = \"drop\" leaves such rows out"
                        ),
                    ));
                }
                Missing::Drop if rows.is_empty() => {
                    return Err(Error::data(
                        of.path(),
                        format!("a value is missing in every row, the first in {place}"),
                    ));
                }
                Missing::Drop => {
                    let dropped =
                        if gaps.len() == 1 { "1 row is".into() } else { format!("{} rows are", gaps.len()) };
                    notes.push(format!(
                        "{dropped} left out of {}, where a value is missing, the first in {place}",
                        table.path().display()
                    ));
                }
            }
        }
        let mut numbers = Vec::with_capacity(rows.len() * features.len());
        for &row in &rows {
            for &column in features {
                numbers.push(self.feature(row, column)?);
            }
        }
        let shape = |width: usize, numbers: Vec<f64>| {
            Array2::from_shape_vec((rows.len(), width), numbers)
                .map_err(|error| Error::data(table.path(), error.to_string()))
        };
        let targets = match (targets.as_slice(), are_labels) {
            ([], _) => RawTargets::None,
            (&[column, ..], true) => {
                let label = |&row: &usize| match of_targets.cell(row, column) {
                    Cell::Number(number) => Label::Number(number),
                    Cell::Word(word) => Label::Word(word.into()),
                    Cell::Missing => Label::Word("".into()),
                };
                RawTargets::Labels(rows.iter().map(label).collect())
            }
            (columns, false) => {
                let values = rows
                    .iter()
                    .flat_map(|&row| columns.iter().map(move |&column| of_targets.number(row, column)));
                RawTargets::Values(shape(columns.len(), values.collect::<Result<_>>()?)?)
            }
        };
        Ok(Raw {
            path: table.path().into(),
            features: Features::Reals(shape(features.len(), numbers)?),
            targets,
            lines: Some(rows.iter().map(|&row| table.line(row)).collect()),
            kept: (!gaps.is_empty()).then(|| (rows.clone(), table.rows())),
            layout,
            notes,
        })
    }

    fn feature(&self, row: usize, column: usize) -> Result<f64> {
        let Cell::Word(word) = self.table.cell(row, column) else { return self.table.number(row, column) };
        let (place, word) = (self.table.place(row, column), crate::data::shown(word));
        // Where other numbers have a point.
        let hint = if word.contains(',') && word.replace(',', ".").parse::<f64>().is_ok() {
            "; the file's decimal mark is a point"
        } else {
            " (in a job, data.ignore leaves a column out)"
        };
        Err(Error::data(
            self.table.path(),
            format!("{place}: `{word}` is not a finite number, as a feature must be{hint}"),
        ))
    }
}
