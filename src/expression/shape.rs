//! Operators: are the shapes right, and is the result known already?

use std::ops::Range;

use super::build::{Builder, Operand, describe};
use super::error::Result;
use super::tree::{Id, Node, Shape};

/// Whole exponents up to this size, of either sign, are repeated multiplication.
const LARGEST_POWER: i32 = 64;

impl Builder<'_> {
    pub(super) fn negate(&mut self, a: Id) -> Id {
        match (self.tree.constant(a), self.tree.node(a)) {
            (Some(value), _) => self.tree.add_number(-value),
            (_, Node::Negate(inner)) => inner,
            _ => self.tree.add(Node::Negate(a), self.tree.shape(a)),
        }
    }

    /// One of `+ - * / ^` between two operands.
    pub(super) fn infix(&mut self, sign: char, left: &Operand, right: &Operand) -> Result<Operand> {
        let place = left.place.start..right.place.end;
        let shape = self.common_shape(&format!("`{sign}`"), left, right, &place)?;
        let constants = (self.tree.constant(left.id), self.tree.constant(right.id));
        if sign == '/' && constants.1 == Some(0.0) {
            return Err(self.error(place, "this divides by zero"));
        }
        let id = match (sign, constants) {
            ('^', (Some(a), Some(b))) => self.constant(a.powf(b), &place)?,
            ('^', (_, exponent)) => self.power(left.id, right.id, exponent, shape),
            ('+', (Some(a), Some(b))) => self.constant(a + b, &place)?,
            ('-', (Some(a), Some(b))) => self.constant(a - b, &place)?,
            ('*', (Some(a), Some(b))) => self.constant(a * b, &place)?,
            ('/', (Some(a), Some(b))) => self.constant(a / b, &place)?,
            _ => self.tree.add(Node::Infix(sign, left.id, right.id), shape),
        };
        Ok(Operand { id, place })
    }

    /// A power whose base at least is not constant.
    pub(super) fn power(&mut self, base: Id, exponent: Id, constant: Option<f64>, shape: Shape) -> Id {
        let whole = constant.filter(|c| c.fract() == 0.0 && c.abs() <= f64::from(LARGEST_POWER));
        match (whole.map(|c| c as i32), constant) {
            (Some(1), _) => base,
            (Some(2), _) => self.product(base, base, shape),
            (Some(3), _) => {
                let square = self.product(base, base, shape);
                self.product(square, base, shape)
            }
            (Some(exponent), _) => self.tree.add(Node::Power(base, exponent), shape),
            (None, Some(0.5)) => self.tree.add(Node::Apply("sqrt", base), shape),
            _ => self.tree.add(Node::Apply2("pow", base, exponent), shape),
        }
    }

    pub(super) fn product(&mut self, left: Id, right: Id, shape: Shape) -> Id {
        self.tree.add(Node::Infix('*', left, right), shape)
    }

    /// The shape of an operation on each element of two operands: a number goes with anything, two vectors need the
    /// same length.
    pub(super) fn common_shape(
        &self,
        what: &str,
        left: &Operand,
        right: &Operand,
        place: &Range<usize>,
    ) -> Result<Shape> {
        match (self.tree.shape(left.id), self.tree.shape(right.id)) {
            (Shape::Vector(a), Shape::Vector(b)) if a != b => {
                let message = format!(
                    "{what} between {} and {}: the lengths must be the same",
                    describe(a),
                    describe(b)
                );
                Err(self.error(place.clone(), message))
            }
            (Shape::Number, other) | (other, _) => Ok(other),
        }
    }

    /// A constant computed here, which has to be a number that can be written down.
    pub(super) fn constant(&mut self, value: f64, place: &Range<usize>) -> Result<Id> {
        if value.is_nan() {
            return Err(self.error(place.clone(), "this constant is undefined (not a number)"));
        }
        if value.is_infinite() {
            return Err(self.error(
                place.clone(),
                "this constant is infinite, or larger than the largest number (about 1.8e308)",
            ));
        }
        Ok(self.tree.add_number(value))
    }
}
