//! Where rows live on a device: constants as literals, rows that are addressed by computed indices in arrays, others as
//! variables.

use crate::numeric::Precision;
use crate::program::code::{Code, Op, Row, Span};

/// The rows of a program.
pub(super) struct Rows<'a> {
    code: &'a Code,
    precision: Precision,
    /// Ranges of rows that are arrays, in order: first and behind the last.
    numbers: Vec<(Row, Row)>,
    ints: Vec<(Row, Row)>,
}

/// What a row or an element is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A literal, or what never changes in a term.
    Constant(String),
    /// A variable of its own.
    Variable(String),
    /// In an array.
    Element(String),
}

impl Place {
    pub(super) fn text(&self) -> &str {
        match self {
            Place::Constant(text) | Place::Variable(text) | Place::Element(text) => text,
        }
    }
}

impl<'a> Rows<'a> {
    pub(super) fn new(code: &'a Code, precision: Precision) -> Self {
        let spans = |pick: fn(&Op) -> Option<Span>| merged(code.ops.iter().filter_map(pick));
        let numbers = spans(|op| match *op {
            Op::Gather(_, span, _) | Op::Scatter(span, ..) => Some(span),
            _ => None,
        });
        let ints = spans(|op| match *op {
            Op::GatherInt(_, span, _) | Op::ScatterInt(span, ..) => Some(span),
            _ => None,
        });
        Rows { code, precision, numbers, ints }
    }

    /// Declarations of the arrays.
    pub(super) fn arrays(&self) -> String {
        let declare = |name: &str, element: &str, ranges: &[(Row, Row)]| -> String {
            let one = |(i, (first, end)): (usize, &(Row, Row))| {
                format!("var<private> {name}{i}: array<{element}, {}>;\n", end - first)
            };
            ranges.iter().enumerate().map(one).collect()
        };
        declare("a", "real", &self.numbers) + &declare("b", "u32", &self.ints)
    }

    /// Numbers and integers in arrays.
    pub(super) fn elements(&self) -> usize {
        self.numbers.iter().chain(&self.ints).map(|(first, end)| (end - first) as usize).sum()
    }

    pub(super) fn number(&self, row: Row) -> Place {
        match self.code.constants.get(row as usize) {
            Some(&value) => Place::Constant(self.literal(value)),
            None => place(row, &self.numbers, "a", "v"),
        }
    }

    pub(super) fn int(&self, row: Row) -> Place {
        if row == 0 {
            return Place::Variable("pm_term".into());
        }
        match self.code.integers.get(row as usize - 1) {
            Some(value) => Place::Constant(format!("{value}u")),
            None => place(row, &self.ints, "b", "n"),
        }
    }

    /// The element of a span at an offset, which is held within.
    pub(super) fn number_at(&self, span: Span, offset: &str) -> String {
        element(span, offset, &self.numbers, "a")
    }

    pub(super) fn int_at(&self, span: Span, offset: &str) -> String {
        element(span, offset, &self.ints, "b")
    }

    /// A number with all its digits: a literal without a type, which the conversion gives one.
    fn literal(&self, value: f64) -> String {
        let is_finite = match self.precision {
            Precision::F32 => (value as f32).is_finite(),
            _ => value.is_finite(),
        };
        match value {
            value if is_finite => format!("real({value:?})"),
            // Literals are finite.
            value if value.is_nan() => "pm_nan(unknown())".into(),
            value if value > 0.0 => "unknown()".into(),
            _ => "(-unknown())".into(),
        }
    }
}

/// Ranges that cover all spans, those that share rows in one.
fn merged(spans: impl Iterator<Item = Span>) -> Vec<(Row, Row)> {
    let mut ranges: Vec<(Row, Row)> =
        spans.map(|span| (span.first, span.first + span.stride * (span.count - 1) + 1)).collect();
    ranges.sort_unstable();
    let mut merged: Vec<(Row, Row)> = Vec::new();
    for (first, end) in ranges {
        match merged.last_mut() {
            Some(last) if first < last.1 => last.1 = last.1.max(end),
            _ => merged.push((first, end)),
        }
    }
    merged
}

fn range_of(row: Row, ranges: &[(Row, Row)]) -> Option<usize> {
    let behind = ranges.partition_point(|&(first, _)| first <= row);
    behind.checked_sub(1).filter(|&i| row < ranges[i].1)
}

fn place(row: Row, ranges: &[(Row, Row)], array: &str, variable: &str) -> Place {
    match range_of(row, ranges) {
        Some(i) => Place::Element(format!("{array}{i}[{}u]", row - ranges[i].0)),
        None => Place::Variable(format!("{variable}{row}")),
    }
}

fn element(span: Span, offset: &str, ranges: &[(Row, Row)], array: &str) -> String {
    // Every span is within a range.
    let i = range_of(span.first, ranges).unwrap_or(0);
    let base = span.first - ranges.get(i).map_or(0, |range| range.0);
    let Span { count, stride, .. } = span;
    format!("{array}{i}[{base}u + {stride}u * min({offset}, {}u)]", count - 1)
}
