//! Calls of functions: the number of arguments, their shapes, and what is known already.

use std::ops::Range;

use super::build::{Builder, Operand, describe};
use super::error::{Result, count};
use super::names::{self, Function, Reducing, Value};
use super::tree::{Id, Node, Reduction, Shape};
use crate::program::builtins::HELD;

impl Builder<'_> {
    /// Is there a function of this name?
    pub(super) fn check_function(&self, name: &str, place: Range<usize>) -> Result<()> {
        let is_value = names::may_be_value(name) && self.is_known(name);
        if names::function(name, 1).is_some() && !is_value {
            return Ok(());
        }
        if name == "data" {
            return Ok(());
        }
        if self.is_known(name) {
            let message =
                format!("`{name}` is a value, not a function; multiplication is written {name}*(...)");
            return Err(self.error(place, message));
        }
        let what = match names::value(name) {
            None => return Err(self.error(place, self.unknown(name))),
            Some(Value::Vector(_)) => {
                return Err(self.error(
                    place,
                    format!("`{name}` is a vector; its elements are {name}[0], {name}[1], ..."),
                ));
            }
            Some(Value::Coordinate(_)) => "a coordinate",
            Some(Value::Number(_) | Value::Dimension) => "a number",
        };
        Err(self.error(
            place,
            format!("`{name}` is {what}, not a function; multiplication is written {name}*(...)"),
        ))
    }

    /// The value of a call of a function that exists.
    pub(super) fn call(&mut self, name: &str, arguments: &[Operand], place: Range<usize>) -> Result<Id> {
        let all: Vec<&Operand> = arguments.iter().collect();
        match (names::function(name, arguments.len()), arguments) {
            (Some(Function::Where), [c, a, b]) => {
                self.need_truths("`where`", &[c])?;
                self.need_numbers("`where`", &[a, b])?;
                let shape = self.common_shape("`where`", a, b, &place)?;
                let shape = self.joined_shape("`where`", self.tree.shape(c.id), shape, &place)?;
                Ok(self.tree.add(Node::Where(c.id, a.id, b.id), shape))
            }
            (Some(function), _) if !matches!(function, Function::Where) => {
                self.need_numbers(&format!("`{name}`"), &all)?;
                self.call_on_numbers(name, function, arguments, place)
            }
            (None, [index]) if name == "data" => self.gathered(index, place),
            _ => Err(self.wrong_number(name, arguments.len(), place)),
        }
    }

    fn wrong_number(&self, name: &str, arguments: usize, place: Range<usize>) -> super::ExpressionError {
        let is = if arguments == 1 { "is" } else { "are" };
        let usage = if name == "data" { "data(i)".into() } else { names::usage(name) };
        let given = count(arguments, "argument");
        self.error(place, format!("wrong number of arguments: write {usage}; here {is} {given}"))
    }

    fn call_on_numbers(
        &mut self,
        name: &str,
        function: Function,
        arguments: &[Operand],
        place: Range<usize>,
    ) -> Result<Id> {
        match (function, arguments) {
            (function @ (Function::Elementwise(_) | Function::Composed(_)), arguments)
                if arguments.len() == function.arity() =>
            {
                self.elementwise(function, arguments, place)
            }
            (Function::Reducing(Reducing::Dot), [v, w]) => {
                let length = self.vector(name, v)?;
                self.vector(name, w)?;
                let shape = self.common_shape("`dot`", v, w, &place)?;
                let products = self.product(v.id, w.id, shape);
                self.reduce(Reduction::Sum, products, length, name, place)
            }
            (Function::Reducing(reducing), [v]) if !matches!(reducing, Reducing::Dot) => {
                let length = self.vector(name, v)?;
                self.reduce_one(reducing, v.id, length, name, place)
            }
            _ => Err(self.wrong_number(name, arguments.len(), place)),
        }
    }

    /// A function of one to three numbers, element by element.
    fn elementwise(&mut self, function: Function, arguments: &[Operand], place: Range<usize>) -> Result<Id> {
        let name = match function {
            Function::Elementwise(builtin) => builtin.name,
            Function::Composed(name) => name,
            Function::Reducing(_) | Function::Where => "",
        };
        let mut shape = Shape::Number;
        for argument in arguments {
            shape = self.joined_shape(&format!("`{name}`"), shape, self.tree.shape(argument.id), &place)?;
        }
        let known: Vec<f64> = arguments.iter().filter_map(|a| self.tree.constant(a.id)).collect();
        if known.len() == arguments.len() {
            let value = match function {
                Function::Elementwise(builtin) => builtin.value(&known),
                _ => names::composed(name, &known),
            };
            return self.constant(value, &place);
        }
        Ok(match *arguments {
            [ref a, ref b] if name == "pow" => self.power(a.id, b.id, self.tree.constant(b.id), shape),
            [ref a, ref b] => self.tree.add(Node::Apply2(name, a.id, b.id), shape),
            [ref a, ref b, ref c] => self.tree.add(Node::Apply3(name, a.id, b.id, c.id), shape),
            _ => self.tree.add(Node::Apply(name, arguments[0].id), shape),
        })
    }

    /// A reduction of one vector.
    fn reduce_one(
        &mut self,
        reducing: Reducing,
        v: Id,
        length: u32,
        name: &str,
        place: Range<usize>,
    ) -> Result<Id> {
        match reducing {
            Reducing::By(reduction) => self.reduce(reduction, v, length, name, place),
            Reducing::Length => Ok(self.tree.add_number(f64::from(length))),
            Reducing::LogSumExp => {
                let most = self.reduce(Reduction::Max, v, length, name, place.clone())?;
                // Whatever it is, the result is the same.
                let held = self.tree.add(Node::Apply(HELD, most), Shape::Number);
                let less = self.tree.add(Node::Infix('-', v, held), Shape::Vector(length));
                let exps = self.tree.add(Node::Apply("exp", less), Shape::Vector(length));
                let sum = self.reduce(Reduction::Sum, exps, length, name, place)?;
                let log = self.tree.add(Node::Apply("log", sum), Shape::Number);
                Ok(self.tree.add(Node::Infix('+', held, log), Shape::Number))
            }
            Reducing::Mean if length == 0 => Err(self.empty(name, place)),
            Reducing::Mean => {
                let sum = self.reduce(Reduction::Sum, v, length, name, place)?;
                let length = self.tree.add_number(f64::from(length));
                Ok(self.tree.add(Node::Infix('/', sum, length), Shape::Number))
            }
            // A dot product has two arguments and does not come here; of one vector it would be with itself.
            Reducing::Norm | Reducing::Dot => {
                let squares = self.product(v, v, Shape::Vector(length));
                let sum = self.reduce(Reduction::Sum, squares, length, name, place)?;
                match self.tree.constant(sum) {
                    Some(constant) => Ok(self.tree.add_number(constant.sqrt())),
                    None => Ok(self.tree.add(Node::Apply("sqrt", sum), Shape::Number)),
                }
            }
        }
    }

    fn reduce(
        &mut self,
        reduction: Reduction,
        v: Id,
        length: u32,
        name: &str,
        place: Range<usize>,
    ) -> Result<Id> {
        match (reduction, length) {
            (Reduction::Sum, 0) => Ok(self.tree.add_number(0.0)),
            (Reduction::Product, 0) => Ok(self.tree.add_number(1.0)),
            (Reduction::Min | Reduction::Max, 0) => Err(self.empty(name, place)),
            _ => Ok(self.tree.add(Node::Reduce(reduction, v), Shape::Number)),
        }
    }

    fn empty(&self, name: &str, place: Range<usize>) -> super::ExpressionError {
        self.error(place, format!("`{name}` of {} is undefined", describe(Shape::Vector(0))))
    }

    /// The length of an argument that has to be a vector.
    fn vector(&self, name: &str, argument: &Operand) -> Result<u32> {
        match self.tree.shape(argument.id) {
            Shape::Vector(length) => Ok(length),
            _ => {
                // min and max take numbers too, but then two.
                let pairwise = matches!(names::function(name, 2), Some(Function::Elementwise(_)));
                let one = if pairwise { " of one argument" } else { "" };
                let message =
                    format!("this is one number, and `{name}`{one} takes a vector such as x or x[1:]");
                Err(self.error(argument.place.clone(), message))
            }
        }
    }
}
