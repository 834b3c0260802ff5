//! What the first line of a table is.

use csv::StringRecord;

use super::dialect::Decimal;
use super::{Table, shown};

/// What the first line is.
pub(super) enum First {
    /// A row like the others.
    Row,
    /// The names of the columns.
    Names,
    /// The names of the classes, after the numbers of rows and of features.
    Classes(Vec<String>),
}

/// Decides by the first line and all others. `header` says what the user knows.
///
/// The first line has names if one of its fields is no number in a column that has numbers below; if all its fields are words
/// that do not occur below; or if its fields count the columns from 0 or 1.
pub(super) fn first_line(
    first: &StringRecord,
    below: &Table,
    header: Option<bool>,
    decimal: Decimal,
) -> Result<First, String> {
    let is_number = |field: &str| decimal.number(field).is_some();
    if header != Some(false)
        && let Some(classes) = classes(first, below)
    {
        return Ok(First::Classes(classes));
    }
    let counts = counts_columns(first);
    match header {
        Some(false) => Ok(First::Row),
        Some(true) if first.iter().all(is_number) && !counts => Err(format!(
            "header = true, but all of it are numbers, the first `{}`: it is a row. Give header = false; if it is to be left out, \
             skip = 1",
            shown(&first[0])
        )),
        Some(true) => Ok(First::Names),
        None => {
            let is_name = |(column, field): (usize, &str)| {
                let is_missing = below.missing.iter().any(|missing| missing == field);
                let numbers = below.columns.get(column).map_or(&[][..], |column| &column.numbers);
                let has_numbers = numbers.iter().any(|number| !number.is_nan());
                !is_number(field) && !is_missing && has_numbers
            };
            let is_new = |field: &str| {
                let mut words = below.columns.iter().flat_map(|column| column.words.values());
                !is_number(field) && !words.any(|word| **word == *field)
            };
            let is_header = first.iter().enumerate().any(is_name)
                || first.iter().all(is_new)
                || (counts && first.len() > 3 && !below.lines.is_empty());
            Ok(if is_header { First::Names } else { First::Row })
        }
    }
}

/// `0,1,2,3` or `1,2,3,4`: what programs write where columns have no names.
fn counts_columns(first: &StringRecord) -> bool {
    [0, 1].iter().any(|from| first.iter().enumerate().all(|(i, field)| field.parse() == Ok(i + from)))
}

/// `150,4,setosa,versicolor,virginica`, above 150 rows of 4 features and a label.
fn classes(first: &StringRecord, below: &Table) -> Option<Vec<String>> {
    let mut fields = first.iter();
    let rows: usize = fields.next()?.parse().ok()?;
    let features: usize = fields.next()?.parse().ok()?;
    let classes: Vec<String> = fields.map(String::from).collect();
    let are_names = !classes.is_empty() && classes.iter().all(|name| name.parse::<f64>().is_err());
    let fits = rows == below.lines.len() && features + 1 == below.columns.len();
    (are_names && fits).then_some(classes)
}
