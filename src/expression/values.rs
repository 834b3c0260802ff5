//! Numbers, and names that are not called: constants, coordinates, vectors, what statements and data have named.

use std::ops::Range;

use pest::iterators::Pair;

use super::build::{Builder, Operand, describe, range};
use super::error::{ExpressionError, Result};
use super::grammar::Rule;
use super::index;
use super::names::{self, Value};
use super::suggest;
use super::tree::{Id, Matrix, Node, Run, Shape, Source};

/// Before the name of a part of the data, and behind that of a matrix.
const OF_DATA: &str = "data.";
const TRANSPOSED: &str = ".T";

/// What begins a name that columns of a file cannot have unless it is said that they are meant.
fn has_meaning(name: &str) -> bool {
    names::value(name).is_some()
}

impl<'t> Builder<'t> {
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

    /// A vector whose elements are written.
    pub(super) fn list(&mut self, elements: &[Operand]) -> Result<Id> {
        for element in elements {
            if self.tree.is_truth(element.id) || self.tree.shape(element.id) != Shape::Number {
                let is = match self.tree.shape(element.id) {
                    Shape::Number => "true or false".into(),
                    shape => describe(shape),
                };
                let message = format!("an element of a vector is one number, and this is {is}");
                return Err(self.error(element.place.clone(), message));
            }
        }
        Ok(self.tree.add_list(elements.iter().map(|element| element.id).collect()))
    }

    /// Gives a value a name.
    pub(super) fn define(&mut self, name: &Pair<'t, Rule>, value: Operand) -> Result<()> {
        let (text, place) = (name.as_str(), range(name));
        let refuse = |this: &Self, why: &str| {
            Err(this.error(place.clone(), format!("`{text}` {why}: take another name")))
        };
        if has_meaning(text) {
            return refuse(self, "has a meaning already");
        }
        if super::is_taken(text) {
            return refuse(self, "is a function");
        }
        if self.given.values.iter().any(|(given, _)| given == text) {
            return refuse(self, "has been given a value from outside (--let)");
        }
        if !self.given.data.named(text).is_empty() {
            return refuse(self, "is a name of the data");
        }
        match self.defined.insert(text, value.id) {
            Some(_) => refuse(self, "has been given a value before"),
            None => Ok(()),
        }
    }

    /// Whether statements, data or the caller have given this name a value.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.defined.contains_key(name)
            || self.given.values.iter().any(|(given, _)| given == name)
            || !self.given.data.named(name).is_empty()
    }

    /// What to say about a name that there is not.
    pub(super) fn unknown(&self, name: &str) -> String {
        let given = self.given.values.iter().map(|(name, _)| name.as_str());
        let mut own: Vec<&str> = self.defined.keys().copied().chain(given).collect();
        own.sort_unstable();
        own.extend(self.given.data.names());
        suggest::unknown(name, self.dimension, &own)
    }

    /// What is wrong with a name that has no value.
    fn no_value(&self, name: &str, place: Range<usize>) -> ExpressionError {
        let message = match names::function(name, 1) {
            Some(_) => format!("`{name}` is a function: write {}", names::usage(name)),
            None => self.unknown(name),
        };
        self.error(place, message)
    }

    /// A name on its own, perhaps with `data.` before it or `.T` behind it.
    pub(super) fn value(&mut self, path: &str, place: Range<usize>) -> Result<Id> {
        let of_data = path.strip_prefix(OF_DATA).filter(|name| !self.given.data.named(name).is_empty());
        if let Some(name) = of_data {
            return self.of_data(name, place);
        }
        if let Some(name) = path.strip_suffix(TRANSPOSED) {
            let id = self.value(name, place.start..place.end - TRANSPOSED.len())?;
            return match self.tree.node(id) {
                Node::Matrix(matrix) => Ok(self.add_matrix(matrix.transposed())),
                _ => {
                    let is = describe(self.tree.shape(id));
                    Err(self.error(place, format!("`.T` turns a matrix over, and `{name}` is {is}")))
                }
            };
        }
        if let Some(name) = path.strip_prefix(OF_DATA) {
            return self.of_data(name, place);
        }
        if let Some(&id) = self.defined.get(path) {
            return Ok(id);
        }
        if let Some((_, value)) = self.given.values.iter().find(|(given, _)| given == path) {
            if !self.given.data.named(path).is_empty() {
                let message = format!(
                    "`{path}` is given from outside (--let) and a name of the data: give one another name"
                );
                return Err(self.error(place, message));
            }
            return self.constant(*value, &place);
        }
        if !self.given.data.named(path).is_empty() {
            if has_meaning(path) {
                let message = format!(
                    "`{path}` is a name of the language and one of the data: write data.{path} for the latter; for the former, \
                     give the data another name"
                );
                return Err(self.error(place, message));
            }
            return self.of_data(path, place);
        }
        match names::value(path) {
            Some(Value::Number(value)) => Ok(self.tree.add_number(value)),
            Some(Value::Dimension) => Ok(self.tree.add_number(f64::from(self.dimension))),
            Some(Value::Vector(source)) => {
                let run = Run::all(self.length(source, &place)?);
                Ok(self.tree.add_slice(source, run))
            }
            Some(Value::Coordinate(digits)) => {
                let at = index::element(digits, self.dimension);
                let at = at.ok_or_else(|| self.error(place, suggest::out_of_range(self.dimension)))?;
                Ok(self.tree.add(Node::Element(Source::Point, at), Shape::Number))
            }
            None => Err(self.no_value(path, place)),
        }
    }

    fn add_matrix(&mut self, matrix: Matrix) -> Id {
        self.tree.add(Node::Matrix(matrix), matrix.shape())
    }

    /// How many elements a vector of the language has.
    fn length(&self, source: Source, place: &Range<usize>) -> Result<u32> {
        match source {
            Source::Point | Source::Indices => Ok(self.dimension),
            Source::Data if self.given.data.numbers().is_empty() => {
                Err(self.error(place.clone(), "there are no data; bind a file (--data) or pass them"))
            }
            Source::Data => self.narrow(self.given.data.numbers().len(), place),
        }
    }

    fn narrow(&self, number: usize, place: &Range<usize>) -> Result<u32> {
        let too_many = || self.error(place.clone(), "there are more data than 2^32 - 1");
        u32::try_from(number).map_err(|_| too_many())
    }

    /// A named part of the data.
    fn of_data(&mut self, name: &str, place: Range<usize>) -> Result<Id> {
        let data = self.given.data;
        let array = match data.named(name)[..] {
            [array] => array,
            [] => {
                let names: Vec<&str> = data.names().collect();
                let there = match names.as_slice() {
                    [] => "they have no names".into(),
                    names => format!("there are {}", names.join(", ")),
                };
                return Err(self.error(place, format!("nothing in the data is called `{name}`; {there}")));
            }
            [_, ..] => {
                let message =
                    format!("`{name}` is the name of several arrays of the data: give them different names");
                return Err(self.error(place, message));
            }
        };
        self.narrow(data.numbers().len(), &place)?;
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let start = number(array.start);
        match (array.shape.as_slice(), array.steps.as_slice()) {
            ([], _) => Ok(self.tree.add(Node::Element(Source::Data, start), Shape::Number)),
            (&[length], &[step]) => {
                let run = Run { start, step: number(step), length: number(length) };
                Ok(self.tree.add_slice(Source::Data, run))
            }
            (&[rows, columns], &[row_step, column_step]) => {
                let [rows, columns, row_step, column_step] =
                    [rows, columns, row_step, column_step].map(number);
                Ok(self.add_matrix(Matrix { start, rows, columns, row_step, column_step }))
            }
            (shape, _) => {
                let message =
                    format!("`{name}` has the shape {shape:?}: vectors and matrices can be used, no more");
                Err(self.error(place, message))
            }
        }
    }

    /// `data` as the table that it is, for two indices.
    pub(super) fn data_table(&mut self) -> Option<Matrix> {
        let [rows, columns] =
            self.given.data.table()?.map(|length| u32::try_from(length).unwrap_or(u32::MAX));
        Some(Matrix { start: 0, rows, columns, row_step: columns, column_step: 1 })
    }

    /// `data(i)`, as it is written in WGSL: of one index, or of a vector of them.
    pub(super) fn gathered(&mut self, index: &Operand, place: Range<usize>) -> Result<Id> {
        let length = self.length(Source::Data, &place)?;
        if let Some(value) = self.tree.constant(index.id) {
            let at = index::whole(value).filter(|&at| at < length);
            let outside = || {
                let message =
                    format!("data({value}) is none of the data, which are data(0) to data({})", length - 1);
                self.error(place.clone(), message)
            };
            return Ok(self.tree.add(Node::Element(Source::Data, at.ok_or_else(outside)?), Shape::Number));
        }
        let Some((run, last)) = index::run(&self.tree, index.id) else {
            let message = "data(…) takes a whole number, or whole numbers made of i such as 2*i + 1";
            return Err(self.error(index.place.clone(), message));
        };
        if last >= u64::from(length) {
            let message = format!("data({last}) is read here, and there are data(0) to data({})", length - 1);
            return Err(self.error(place, message));
        }
        Ok(self.tree.add_slice(Source::Data, run))
    }
}
