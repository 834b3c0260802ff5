//! What is written in brackets behind a value: elements, slices, rows and columns.

use std::ops::Range;

use pest::iterators::Pair;

use super::build::{Builder, Operand, describe, range};
use super::error::Result;
use super::grammar::Rule;
use super::suggest;
use super::tree::{Id, Matrix, Node, Run, Shape, Source, Tree};

/// One of the indices in a bracket.
#[derive(Clone, Copy)]
enum Index {
    One(u32),
    Some(Run),
}

impl Builder<'_> {
    /// Part of a value.
    pub(super) fn indexed(
        &mut self,
        of: &Operand,
        subscript: Pair<'_, Rule>,
        place: Range<usize>,
    ) -> Result<Id> {
        let end = range(&subscript).end;
        let place = place.start..end.max(place.end);
        let parts = subscript.into_inner().filter(|part| part.as_rule() != Rule::close);
        let parts: Vec<Pair<'_, Rule>> = parts.collect();
        let shape = self.tree.shape(of.id);
        let is_data = matches!(self.tree.node(of.id), Node::Slice(Source::Data, run) if run.start == 0 && run.step == 1
            && run.length as usize == self.given.data.numbers().len());
        match (shape, parts.as_slice()) {
            (Shape::Vector(length), [part]) => match self.index(of, part, length, &place)? {
                Index::One(at) => Ok(self.tree.element(of.id, at)),
                Index::Some(run) => Ok(self.tree.part(of.id, run)),
            },
            (Shape::Matrix(rows, columns), [row, rest @ ..]) => {
                let Node::Matrix(matrix) = self.tree.node(of.id) else {
                    return Err(self.error(place, "this matrix has no parts"));
                };
                let row = self.index(of, row, rows, &place)?;
                let column = match rest.first() {
                    Some(column) => self.index(of, column, columns, &place)?,
                    None => Index::Some(Run::all(columns)),
                };
                Ok(self.part_of(matrix, row, column))
            }
            (Shape::Vector(_), [row, column]) if is_data => match self.data_table() {
                Some(matrix) => {
                    let row = self.index(of, row, matrix.rows, &place)?;
                    let column = self.index(of, column, matrix.columns, &place)?;
                    Ok(self.part_of(matrix, row, column))
                }
                None => {
                    let message =
                        "the data are not one table: two indices take a single file with rows and columns";
                    Err(self.error(place, message))
                }
            },
            (Shape::Number, _) => {
                let name = &self.text[of.place.clone()];
                Err(self.error(of.place.clone(), format!("`{name}` is a number; only vectors have elements")))
            }
            _ => Err(self.error(place, format!("two indices, and this is {}", describe(shape)))),
        }
    }

    fn part_of(&mut self, matrix: Matrix, row: Index, column: Index) -> Id {
        match (row, column) {
            (Index::One(row), Index::One(column)) => {
                let at = matrix.row(row).start.saturating_add(column.saturating_mul(matrix.column_step));
                self.tree.add(Node::Element(Source::Data, at), Shape::Number)
            }
            (Index::One(row), Index::Some(run)) => {
                let row = self.tree.add_slice(Source::Data, matrix.row(row));
                self.tree.part(row, run)
            }
            (Index::Some(run), Index::One(column)) => {
                let column = self.tree.add_slice(Source::Data, matrix.transposed().row(column));
                self.tree.part(column, run)
            }
            (Index::Some(rows), Index::Some(columns)) => {
                let part = matrix.of_rows(rows).transposed().of_rows(columns).transposed();
                self.tree.add(Node::Matrix(part), part.shape())
            }
        }
    }

    fn index(&self, of: &Operand, part: &Pair<'_, Rule>, length: u32, place: &Range<usize>) -> Result<Index> {
        if part.as_rule() == Rule::slice {
            let run = slice(part.as_str(), length);
            let run = run.ok_or_else(|| self.error(range(part), "the step of a slice must be 1 or more"));
            return Ok(Index::Some(run?));
        }
        element(part.as_str(), length).map(Index::One).ok_or_else(|| {
            let is_point = matches!(self.tree.node(of.id), Node::Slice(Source::Point | Source::Indices, run)
                if run == Run::all(self.dimension));
            let message = match length {
                _ if is_point => suggest::out_of_range(self.dimension),
                0 => "there are no elements".into(),
                _ => format!("there are {length} elements, 0 to {}", length - 1),
            };
            self.error(place.clone(), message)
        })
    }
}

/// One of so many elements, counted from the end if negative.
pub(super) fn element(index: &str, length: u32) -> Option<u32> {
    let written = saturating(index);
    let index = if written < 0 { written + i64::from(length) } else { written };
    u32::try_from(index).ok().filter(|&index| index < length)
}

/// Python's `start:stop:step`, each of which may be missing. The step must be positive.
fn slice(slice: &str, length: u32) -> Option<Run> {
    let n = i64::from(length);
    let mut parts =
        slice.split(':').map(|part| Some(saturating(part.trim())).filter(|_| !part.trim().is_empty()));
    let mut part = |missing: i64| parts.next().flatten().unwrap_or(missing);
    let within = |bound: i64| (if bound < 0 { bound + n } else { bound }).clamp(0, n);
    let (start, stop, step) = (within(part(0)), within(part(n)), part(1));
    if step < 1 {
        return None;
    }
    let span = (stop - start).max(0);
    let length = span / step + i64::from(span % step != 0);
    let narrow = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    // A step beyond u32 leads to one element at most.
    Some(Run { start: narrow(start), step: narrow(step), length: narrow(length) }.plain())
}

/// A whole number of any length: one beyond i64 is beyond every point as well.
fn saturating(digits: &str) -> i64 {
    digits.parse().unwrap_or(if digits.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// A whole number from 0 on that u32 has.
pub(super) fn whole(value: f64) -> Option<u32> {
    (value.fract() == 0.0 && (0.0..4_294_967_296.0).contains(&value)).then_some(value as u32)
}

/// Whole numbers start, start + step, … that a vector of indices comes to, and the last: what is made of `i` by whole numbers
/// with + - and *.
pub(super) fn run(tree: &Tree, id: Id) -> Option<(Run, u64)> {
    let Shape::Vector(length) = tree.shape(id) else { return None };
    let mut known: std::collections::HashMap<Id, (f64, f64)> = std::collections::HashMap::new();
    for vector in tree.vectors(id) {
        let of = |a: Id| known.get(&a).copied().or_else(|| Some((tree.constant(a)?, 0.0)));
        let line = match tree.node(vector) {
            Node::Slice(Source::Indices, run) => (f64::from(run.start), f64::from(run.step)),
            Node::Negate(a) => of(a).map(|(start, step)| (-start, -step))?,
            Node::Infix(sign, a, b) => match (sign, of(a)?, of(b)?) {
                ('+', a, b) => (a.0 + b.0, a.1 + b.1),
                ('-', a, b) => (a.0 - b.0, a.1 - b.1),
                ('*', a, (factor, 0.0)) | ('*', (factor, 0.0), a) => (a.0 * factor, a.1 * factor),
                _ => return None,
            },
            _ => return None,
        };
        known.insert(vector, line);
    }
    let (start, step) = known.get(&id).copied()?;
    let last = start + step * f64::from(length.saturating_sub(1));
    let (start, step) = (whole(start)?, whole(step)?);
    (last < 1e15).then_some((Run { start, step, length }.plain(), last as u64))
}
