//! Numbers, and names that are not called: constants, coordinates, vectors and slices of them.

use std::ops::Range;

use pest::iterators::Pair;

use super::build::{Builder, range};
use super::error::{ExpressionError, Result};
use super::grammar::Rule;
use super::names::{self, Value};
use super::suggest;
use super::tree::{Id, Node, Shape, Source};

impl Builder<'_> {
    /// A number as it is written.
    pub(super) fn number(&mut self, digits: &str, place: Range<usize>) -> Result<Id> {
        match digits.parse::<f64>() {
            Ok(value) if value.is_infinite() => {
                Err(self.error(place, "this number is too large: the largest is about 1.8e308"))
            }
            Ok(0.0) if digits.bytes().take_while(|b| !b.eq_ignore_ascii_case(&b'e')).any(|b| b > b'0') => {
                Err(self.error(place, "this number is too small: it would become 0"))
            }
            Ok(value) => Ok(self.tree.add_number(value)),
            Err(_) => Err(self.error(place, "this is not a number")),
        }
    }

    /// A name with an index or a slice.
    pub(super) fn indexed(
        &mut self,
        name: &str,
        name_place: Range<usize>,
        index: Pair<'_, Rule>,
        place: Range<usize>,
    ) -> Result<Id> {
        let source = match names::value(name) {
            Some(Value::Vector(source)) => source,
            Some(_) => {
                return Err(
                    self.error(name_place, format!("`{name}` is a number; only x and i have elements"))
                );
            }
            None => return Err(self.no_value(name, name_place)),
        };
        match index.into_inner().next() {
            Some(slice) if slice.as_rule() == Rule::slice => {
                self.slice(source, slice.as_str(), range(&slice))
            }
            Some(bound) => self.element(source, bound.as_str(), place),
            None => Err(self.error(place, "an index is missing")),
        }
    }

    /// What is wrong with a name that has no value.
    fn no_value(&self, name: &str, place: Range<usize>) -> ExpressionError {
        let message = match names::function(name, 1) {
            Some(_) => format!("`{name}` is a function: write {}", names::usage(name)),
            None => suggest::unknown(name, self.dimension),
        };
        self.error(place, message)
    }

    /// A name on its own.
    pub(super) fn value(&mut self, name: &str, place: Range<usize>) -> Result<Id> {
        match names::value(name) {
            Some(Value::Number(value)) => Ok(self.tree.add_number(value)),
            Some(Value::Dimension) => Ok(self.tree.add_number(f64::from(self.dimension))),
            Some(Value::Vector(source)) => self.slice(source, ":", place),
            Some(Value::Coordinate(digits)) => self.element(Source::Point, digits, place),
            None => Err(self.no_value(name, place)),
        }
    }

    /// One coordinate, or one index.
    fn element(&mut self, source: Source, index: &str, place: Range<usize>) -> Result<Id> {
        let n = i64::from(self.dimension);
        let written = saturating(index);
        let index = if written < 0 { written + n } else { written };
        match u32::try_from(index) {
            Ok(index) if index < self.dimension => Ok(match source {
                Source::Point => self.tree.add(Node::Coordinate(index), Shape::Number),
                Source::Indices => self.tree.add_number(f64::from(index)),
            }),
            _ => Err(self.error(place, suggest::out_of_range(self.dimension))),
        }
    }

    /// Python's `start:stop:step`, each of which may be missing.
    fn slice(&mut self, source: Source, slice: &str, place: Range<usize>) -> Result<Id> {
        let n = i64::from(self.dimension);
        let mut parts =
            slice.split(':').map(|part| Some(saturating(part.trim())).filter(|_| !part.trim().is_empty()));
        let mut part = |missing: i64| parts.next().flatten().unwrap_or(missing);
        let within = |bound: i64| (if bound < 0 { bound + n } else { bound }).clamp(0, n);
        let (start, stop, step) = (within(part(0)), within(part(n)), part(1));
        if step < 1 {
            return Err(self.error(place, "the step of a slice must be 1 or more"));
        }
        let span = (stop - start).max(0);
        let length = span / step + i64::from(span % step != 0);
        // Of one element or none the step does not matter, and may be beyond u32.
        let (start, step) = match length {
            0 => (0, 1),
            1 => (start, 1),
            _ => (start, step),
        };
        let narrow = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
        let (start, step, length) = (narrow(start), narrow(step), narrow(length));
        Ok(self.tree.add(Node::Slice { source, start, step, length }, Shape::Vector(length)))
    }
}

/// A whole number of any length: one beyond i64 is beyond every point as well.
fn saturating(digits: &str) -> i64 {
    digits.parse().unwrap_or(if digits.starts_with('-') { i64::MIN } else { i64::MAX })
}
