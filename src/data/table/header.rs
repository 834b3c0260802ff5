//! What the first line of a table is.

use csv::StringRecord;

use super::dialect::Decimal;
use super::{Table, shown};

/// What is known of the first line before it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Heading<'a> {
    /// Nothing: it is found.
    #[default]
    Unknown,
    /// As another table was read: with these names, or none.
    Like {
        /// The names of columns that are needed.
        names: &'a [String],
        /// Whether the other began with rows, columns and classes.
        with_classes: bool,
    },
}

/// What the first line is.
pub(super) enum First {
    /// A row like the others.
    Row,
    /// The names of the columns.
    Names,
    /// The names of the classes, after the numbers of rows and of features.
    Classes(Vec<String>),
}

/// Decides by the first line and all others. `header` says what the user knows, `heading` what another table says.
///
/// The first line has names if one of its fields is no number in a column that has numbers below; if all its fields are words
/// that do not occur below; or if its fields count the columns from 0 or 1.
pub(super) fn first_line(
    first: &StringRecord,
    below: &Table,
    header: Option<bool>,
    heading: Heading<'_>,
    decimal: Decimal,
) -> Result<First, String> {
    // What overflows or is infinite is a number, too, if none that can be used.
    let is_number =
        |field: &str| decimal.number(field).is_some() || field.parse::<f64>().is_ok_and(|x| !x.is_nan());
    let with_classes = match heading {
        Heading::Unknown => header != Some(false),
        Heading::Like { with_classes, .. } => with_classes,
    };
    if with_classes && let Some(classes) = classes(first, below) {
        return Ok(First::Classes(classes));
    }
    if let Heading::Like { names, .. } = heading {
        let has = |name: &String| first.iter().any(|field| field == name);
        let are_numbers = names.iter().all(|name| is_number(name));
        if names.is_empty() {
            return Ok(First::Row);
        }
        if names.iter().all(has) {
            let mut fields = first.iter();
            // Numbers in the training's order; in another they may be a row.
            if are_numbers && !names.iter().all(|name| fields.any(|field| field == name)) {
                return Err(format!(
                    "its fields are the training's names {} in another order, or a row: give the columns in the training's order, with a \
                     header",
                    names.join(", ")
                ));
            }
            return Ok(First::Names);
        }
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
            // Rows of whole numbers may begin with one that counts by chance, if there are few columns.
            let is_counted =
                counts && (first.len() > 3 || has_fractions(below)) || counts_to_words(first, below);
            let is_header = first.iter().enumerate().any(is_name)
                || first.iter().all(is_new)
                || (is_counted && !below.lines.is_empty());
            Ok(if is_header { First::Names } else { First::Row })
        }
    }
}

/// Whether most columns have numbers that are not whole.
fn has_fractions(table: &Table) -> bool {
    let is_part = |number: &f64| number.fract() != 0.0 && !number.is_nan();
    let count = table.columns.iter().filter(|column| column.numbers.iter().any(is_part)).count();
    2 * count > table.columns.len()
}

/// `0,1,2,3` or `1,2,3,4`, perhaps after an empty field: what programs write where columns have no names.
fn counts_columns(first: &StringRecord) -> bool {
    let fields: Vec<&str> = first.iter().skip(usize::from(first[0].is_empty())).collect();
    let counts = |from: usize| fields.iter().enumerate().all(|(i, field)| field.parse() == Ok(i + from));
    !fields.is_empty() && (counts(0) || counts(1))
}

/// `0,1,species` or `,0,1,species`: numbers that count, before words that do not occur below.
fn counts_to_words(first: &StringRecord, below: &Table) -> bool {
    let fields: Vec<&str> = first.iter().skip(usize::from(first[0].is_empty())).collect();
    let counted = |from: usize| {
        fields.iter().enumerate().take_while(|(i, field)| field.parse() == Ok(i + from)).count()
    };
    let count = counted(0).max(counted(1));
    let is_new = |field: &&str| {
        let mut words = below.columns.iter().flat_map(|column| column.words.values());
        !field.is_empty() && field.parse::<f64>().is_err() && !words.any(|word| **word == **field)
    };
    count > 1 && count < fields.len() && fields[count..].iter().all(is_new)
}

/// `150,4,setosa,versicolor,virginica`, above 150 rows of 4 features and a label from 0 to 2.
fn classes(first: &StringRecord, below: &Table) -> Option<Vec<String>> {
    let mut fields = first.iter();
    let rows: usize = fields.next()?.parse().ok()?;
    let features: usize = fields.next()?.parse().ok()?;
    let classes: Vec<String> = fields.map(String::from).collect();
    let are_names = classes.len() > 1 && classes.iter().all(|name| name.parse::<f64>().is_err());
    let fits = rows == below.lines.len() && features + 1 == below.columns.len();
    let is_label = |label: &f64| *label >= 0.0 && label.fract() == 0.0 && *label < classes.len() as f64;
    let are_labels = below.columns.last().is_some_and(|column| column.numbers.iter().all(is_label));
    (are_names && fits && are_labels).then_some(classes)
}
