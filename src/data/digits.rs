//! Numbers with the digits of the precision they were computed in: 0.1, not 0.10000000149011612, for an f32.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::error::{Error, Result};
use crate::numeric::Precision;

/// The same number in f32, if that is the precision and it is one (a product of two f32 may be larger).
fn in_f32(value: f64, precision: Precision) -> Option<f32> {
    let short = value as f32;
    let is_one = short.is_finite() && (short != 0.0 || value == 0.0);
    (precision == Precision::F32 && is_one).then_some(short)
}

/// The shortest text that reads back as the same number in `precision`.
///
/// ```
/// use plusminus::Precision;
/// use plusminus::data::number;
/// assert_eq!(number(f64::from(0.1f32), Precision::F32), "0.1");
/// assert_eq!(number(f64::from(0.1f32), Precision::F64), "0.10000000149011612");
/// assert_eq!(number(1e-9, Precision::F64), "1e-9");
/// ```
pub fn number(value: f64, precision: Precision) -> String {
    let is_plain = value == 0.0 || (1e-4..1e15).contains(&value.abs());
    match (in_f32(value, precision), is_plain) {
        (Some(short), true) => short.to_string(),
        (Some(short), false) => format!("{short:e}"),
        (None, true) => value.to_string(),
        (None, false) => format!("{value:e}"),
    }
}

/// One line of JSON whose numbers have the digits of `precision`.
///
/// # Errors
/// [`Error::Usage`] for what JSON cannot hold, such as a map whose keys are no text.
pub fn to_json(value: &impl Serialize, precision: Precision) -> Result<String> {
    write(value, Digits { layout: CompactFormatter, precision })
}

/// The same over several lines, for people.
pub(crate) fn to_pretty_json(value: &impl Serialize, precision: Precision) -> Result<String> {
    write(value, Digits { layout: PrettyFormatter::new(), precision })
}

fn write(value: &impl Serialize, digits: impl Formatter) -> Result<String> {
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, digits));
    written.map_err(|error| Error::usage(format!("this cannot be written as JSON: {error}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// JSON in some layout, with numbers of its own.
struct Digits<L> {
    layout: L,
    precision: Precision,
}

macro_rules! as_laid_out {
    ($($name:ident($($argument:ident: $kind:ty)?)),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $argument: $kind)?) -> io::Result<()> {
            self.layout.$name(writer $(, $argument)?)
        }
    )*};
}

impl<L: Formatter> Formatter for Digits<L> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        match in_f32(value, self.precision) {
            Some(short) => self.layout.write_f32(writer, short),
            None => self.layout.write_f64(writer, value),
        }
    }

    as_laid_out!(
        begin_array(), end_array(), begin_array_value(first: bool), end_array_value(),
        begin_object(), end_object(), begin_object_key(first: bool), begin_object_value(), end_object_value()
    );
}
