//! Samples from a table.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Features, Label, Raw, RawTargets};
use crate::data::{Cell, ColumnName, Table, Written};
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
    /// The names of the features as they stand in the header; none without one.
    #[serde(default)]
    pub(in crate::job) feature_names: Vec<String>,
    /// The names of the targets, alike.
    #[serde(default)]
    pub(in crate::job) target_names: Vec<String>,
    /// Columns of the table with the features.
    pub(in crate::job) width: usize,
    /// How it is written, and the table of the targets, if that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::job) written: Option<Written>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::job) targets_written: Option<Written>,
    /// What the first line says of the classes, if it is such a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::job) classes: Option<Vec<String>>,
}

/// Columns found in a table.
pub(super) struct Found<'t> {
    pub(super) table: &'t Table,
    pub(super) features: Vec<usize>,
    pub(super) targets: Vec<usize>,
    /// Where the targets stand: the same table, or another.
    pub(super) of_targets: &'t Table,
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
    let is_default = config.label.is_none() && config.target.is_none() && other.is_none();
    let row_name = targets.iter().find(|column| is_default && table.is_row_name(**column)).copied();
    let mut notes: Vec<String> = table.notes().to_vec();
    notes.extend(other.iter().flat_map(|other| other.notes().to_vec()));
    notes.extend(row_name.map(|column| {
        format!(
            "column {}, the last, is taken as the label, and numbers or names the rows",
            table.column_text(column)
        )
    }));
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
        feature_names: raw_names(&table, &features),
        target_names: raw_names(of_targets, &targets),
        width: table.width(),
        written: Some(table.written().clone()),
        targets_written: other.as_ref().map(|other| other.written().clone()),
        classes: table.classes().map(<[String]>::to_vec),
    };
    let found = Found { table: &table, features, targets, of_targets };
    found.samples(is_label, config.missing, layout, notes)
}

/// As they stand in the header.
fn raw_names(table: &Table, columns: &[usize]) -> Vec<String> {
    table.names().map_or(Vec::new(), |names| columns.iter().map(|&column| names[column].clone()).collect())
}

impl Found<'_> {
    pub(super) fn samples(
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
            label_path: of_targets.path().into(),
            features: Features::Reals(shape(features.len(), numbers)?),
            targets,
            lines: Some(if self.targets.is_empty() { table } else { of_targets })
                .map(|of| rows.iter().map(|&row| of.line(row)).collect()),
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
