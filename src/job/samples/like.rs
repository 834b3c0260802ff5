//! Other tables, read as the training's was.

use std::path::Path;

use super::Raw;
use super::table::{Found, Layout};
use crate::data::{ColumnName, Heading, Table, TableOptions, Written};
use crate::error::{Error, Result};
use crate::job::config::Missing;

/// Reads another table as the training's was read; with labels or targets if `has_targets`.
pub(in crate::job) fn read_csv_with(
    path: &Path,
    target_file: Option<&Path>,
    options: &TableOptions,
    missing: Missing,
    layout: &Layout,
    has_targets: bool,
) -> Result<Raw> {
    let count = layout.features.len();
    let table = Like {
        options,
        written: layout.written.as_ref(),
        names: &layout.feature_names,
        with_classes: layout.classes.is_some(),
        widths: &[count, layout.width],
    }
    .read(path)?;
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
    let targets_of = Like {
        options,
        written: layout.targets_written.as_ref(),
        names: &layout.target_names,
        with_classes: false,
        widths: &[layout.targets.len()],
    };
    let other = target_file.map(|path| targets_of.read(path)).transpose()?;
    let of_targets = other.as_ref().unwrap_or(&table);
    let features = match table.names() {
        Some(names) if !layout.feature_names.is_empty() => by_names(&table, names, layout)?,
        // Without names by their places; a table of features alone has fewer.
        _ if table.width() == count
            && (table.width() != layout.width || layout.targets.is_empty() || layout.is_apart) =>
        {
            (0..count).collect()
        }
        _ if table.width() == layout.width && layout.feature_names.is_empty() => {
            table.find_all(&layout.features)?
        }
        _ => {
            let needed = match (layout.feature_names.is_empty(), layout.width == count) {
                (true, false) => format!("{count} (the features alone) or {} (as in training)", layout.width),
                (true, true) => format!("{count}, as in training"),
                (false, _) => format!(
                    "a header with the names of the training's, or the {count} features alone, in their order"
                ),
            };
            return Err(Error::data(path, format!("it has {} columns; it needs {needed}", table.width())));
        }
    };
    let targets = match &other {
        _ if !has_targets => Vec::new(),
        Some(other) if other.width() == layout.targets.len() => (0..other.width()).collect(),
        Some(other) if other.names().is_none() && !layout.is_apart => {
            return Err(Error::data(
                other.path(),
                format!(
                    "it has {} columns without names; it needs {} alone, or a header with the training's",
                    other.width(),
                    layout.targets.len()
                ),
            ));
        }
        _ => of_targets.find_all(&layout.targets)?,
    };
    let found = Found { table: &table, features, targets, of_targets };
    let mut notes = table.notes().to_vec();
    notes.extend(other.iter().flat_map(|other| other.notes().to_vec()));
    found.samples(layout.are_labels, missing, layout.clone(), notes)
}

/// The features by their names; those whose name stands twice, or is empty, where they stood.
fn by_names(table: &Table, names: &[String], layout: &Layout) -> Result<Vec<usize>> {
    let all = layout.features.iter().zip(&layout.feature_names).enumerate();
    let find = |(i, (column, name)): (usize, (&ColumnName, &String))| match column {
        ColumnName::Name(_) => table.find(column),
        ColumnName::Number(number) if names.get(number - 1) == Some(name) => Ok(number - 1),
        ColumnName::Number(_) if names == layout.feature_names.as_slice() => Ok(i),
        ColumnName::Number(number) => Err(Error::data(
            table.path(),
            format!(
                "column {number} is not `{name}`, as in training, where that name stands twice or is empty: give the columns in the \
                 training's order"
            ),
        )),
    };
    all.map(find).collect()
}

/// A table that is like another.
struct Like<'a> {
    options: &'a TableOptions,
    /// How the other was written.
    written: Option<&'a Written>,
    /// The names that the header needs to have; none if the other had no header.
    names: &'a [String],
    with_classes: bool,
    /// How many columns it may have without a header.
    widths: &'a [usize],
}

impl Like<'_> {
    /// First as the other was written, then as it is found. Lines above the table are left out if they are those of the other; if they
    /// are not, only above a header with the names.
    fn read(&self, path: &Path) -> Result<Table> {
        let Like { options, written, names, with_classes, widths } = *self;
        // Of arrays nothing is known of a header.
        let heading =
            if written.is_some() { Heading::Like { names, with_classes } } else { Heading::Unknown };
        let alike = written.map(|written| TableOptions {
            separator: options.separator.or(Some(written.separator)),
            decimal: options.decimal.or(Some(written.decimal)),
            ..options.clone()
        });
        let above = written.map_or(&[][..], |written| &written.above);
        let has_names =
            |table: &Table| table.names().is_some_and(|there| names.iter().all(|name| there.contains(name)));
        let fits = |table: &Table| match names {
            [] => widths.contains(&table.width()),
            names => has_names(table) || (table.names().is_none() && table.width() == names.len()),
        };
        for options in alike.iter().chain(std::iter::once(options)) {
            let read =
                |skip: usize| Table::read_as(path, &TableOptions { skip, ..options.clone() }, heading).ok();
            if options.skip > 0
                && let Some(table) =
                    read(options.skip).filter(|table| table.written().above == above && fits(table))
            {
                return Ok(table);
            }
            if let Some(table) = read(0).filter(fits) {
                return Ok(table);
            }
            if options.skip > 0
                && let Some(table) = read(options.skip).filter(|table| !names.is_empty() && has_names(table))
            {
                return Ok(table);
            }
        }
        // What is wrong is said of the table as it stands.
        Table::read_as(path, &TableOptions { skip: 0, ..options.clone() }, heading)
    }
}
