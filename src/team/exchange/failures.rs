//! What keeps points from having a value or a derivative, as ranks tell each other.

use crate::error::Error;
use crate::numeric::Precision;

/// Failures of points that terms are to blame for: the index of the block, that of the point, why.
pub(crate) type Failures = Vec<(usize, usize, Error)>;

/// As text.
pub(super) fn to_text(failures: &Failures) -> String {
    failures.iter().filter_map(written).collect::<Vec<_>>().join("\0")
}

/// From text, as far as it can be read.
pub(super) fn from_text(text: &str) -> Failures {
    text.split('\0').filter_map(read).collect()
}

/// What terms are to blame for, as text.
fn written((block, point, error): &(usize, usize, Error)) -> Option<String> {
    let (kind, axis, name, precision, detail) = match error {
        Error::NonFiniteValue { objective, axis, precision, detail, .. } => {
            ("value", *axis, objective, precision.to_string(), detail)
        }
        Error::NoDerivative { objective, axis, detail, .. } => {
            ("derivative", Some(*axis), objective, String::new(), detail)
        }
        _ => return None,
    };
    let axis = axis.map_or(String::new(), |axis| axis.to_string());
    let fields = [&block.to_string(), &point.to_string(), kind, &axis, &precision, name, detail];
    Some(fields.map(|field| field.replace(['\0', '\u{1}'], " ")).join("\u{1}"))
}

fn read(text: &str) -> Option<(usize, usize, Error)> {
    let fields: Vec<&str> = text.split('\u{1}').collect();
    let &[block, point, kind, axis, precision, name, detail] = &fields[..] else { return None };
    let (block, point) = (block.parse().ok()?, point.parse().ok()?);
    let (objective, detail, axis) = (name.to_string(), detail.to_string(), axis.parse().ok());
    let error = if kind == "value" {
        let precision = if precision == Precision::F32.to_string() { Precision::F32 } else { Precision::F64 };
        Error::NonFiniteValue { objective, point, axis, precision, detail }
    } else {
        Error::NoDerivative { objective, point, axis: axis?, detail }
    };
    Some((block, point, error))
}
