//! Operators: are the shapes right, and is the result known already?

use std::ops::Range;

use super::build::{Builder, Operand, describe};
use super::error::Result;
use super::tree::{Id, Matrix, Node, Reduction, Shape};

/// Whole exponents up to this size, of either sign, are repeated multiplication.
const LARGEST_POWER: i32 = 64;

/// The longest vector that is kept between a product with a matrix and the next.
const MOST_KEPT: u32 = 4096;

/// What to say of a truth where a number is needed.
pub(super) const NO_NUMBER: &str =
    "this is true or false, and no number: choose by it, as in where(x0 > 0, x0, 0)";

impl Builder<'_> {
    pub(super) fn negate(&mut self, a: Id) -> Id {
        match (self.tree.constant(a), self.tree.node(a)) {
            (Some(value), _) => self.tree.add_number(-value),
            (_, Node::Negate(inner)) => inner,
            _ => self.tree.add(Node::Negate(a), self.tree.shape(a)),
        }
    }

    /// An operator between two operands.
    pub(super) fn infix(&mut self, sign: &str, left: &Operand, right: &Operand) -> Result<Operand> {
        let place = left.place.start..right.place.end;
        let what = format!("`{sign}`");
        let id = match sign {
            "and" | "or" => {
                self.need_truths(&what, &[left, right])?;
                let shape = self.common_shape(&what, left, right, &place)?;
                let sign = if sign == "and" { '&' } else { '|' };
                self.tree.add(Node::Logic(sign, left.id, right.id), shape)
            }
            "<" | "<=" | ">" | ">=" | "==" | "!=" => self.compare(sign, left, right, &place)?,
            "@" => self.times(left, right, &place)?,
            _ => {
                self.need_numbers(&what, &[left, right])?;
                self.arithmetic(sign.chars().next().unwrap_or('+'), left, right, &place)?
            }
        };
        Ok(Operand { id, place })
    }

    /// One of `+ - * / ^`.
    fn arithmetic(
        &mut self,
        sign: char,
        left: &Operand,
        right: &Operand,
        place: &Range<usize>,
    ) -> Result<Id> {
        let shape = self.common_shape(&format!("`{sign}`"), left, right, place)?;
        let constants = (self.tree.constant(left.id), self.tree.constant(right.id));
        if sign == '/' && constants.1 == Some(0.0) {
            return Err(self.error(place.clone(), "this divides by zero"));
        }
        match (sign, constants) {
            ('^', (Some(a), Some(b))) => self.constant(a.powf(b), place),
            ('^', (_, exponent)) => Ok(self.power(left.id, right.id, exponent, shape)),
            ('+', (Some(a), Some(b))) => self.constant(a + b, place),
            ('-', (Some(a), Some(b))) => self.constant(a - b, place),
            ('*', (Some(a), Some(b))) => self.constant(a * b, place),
            ('/', (Some(a), Some(b))) => self.constant(a / b, place),
            _ => Ok(self.tree.add(Node::Infix(sign, left.id, right.id), shape)),
        }
    }

    fn compare(&mut self, sign: &str, left: &Operand, right: &Operand, place: &Range<usize>) -> Result<Id> {
        if self.tree.is_truth(left.id) || self.tree.is_truth(right.id) {
            let message = "a comparison takes numbers, and here one is true or false; comparisons are not chained: write 0 < x0 and x0 < 1";
            return Err(self.error(place.clone(), message));
        }
        let shape = self.common_shape(&format!("`{sign}`"), left, right, place)?;
        // Those that there are, for as long as the program runs.
        let known = ["<", "<=", ">", ">=", "==", "!="];
        let sign = known.into_iter().find(|known| *known == sign).unwrap_or("<");
        if let (Some(a), Some(b)) = (self.tree.constant(left.id), self.tree.constant(right.id)) {
            let holds = match sign {
                "<" => a < b,
                "<=" => a <= b,
                ">" => a > b,
                ">=" => a >= b,
                "==" => a == b,
                _ => a != b,
            };
            return Ok(self.tree.add(Node::Truth(holds), Shape::Number));
        }
        Ok(self.tree.add(Node::Compare(sign, left.id, right.id), shape))
    }

    /// A product with a matrix, or the dot product of two vectors.
    fn times(&mut self, left: &Operand, right: &Operand, place: &Range<usize>) -> Result<Id> {
        let wrong = |this: &Self, message: String| Err(this.error(place.clone(), message));
        self.need_numbers_or_matrices("`@`", &[left, right])?;
        let (a, b) = (self.tree.shape(left.id), self.tree.shape(right.id));
        match (a, b, self.tree.node(left.id), self.tree.node(right.id)) {
            (Shape::Vector(m), Shape::Vector(n), ..) if m == n => {
                let products = self.product(left.id, right.id, a);
                Ok(self.tree.add(Node::Reduce(Reduction::Sum, products), Shape::Number))
            }
            (_, Shape::Vector(n), Node::Matrix(matrix), _) if matrix.columns == n => {
                self.matrix_times(matrix, right.id, place)
            }
            (Shape::Vector(n), _, _, Node::Matrix(matrix)) if matrix.rows == n => {
                self.matrix_times(matrix.transposed(), left.id, place)
            }
            (Shape::Matrix(..), Shape::Matrix(..), ..) => wrong(
                self,
                "a product of two matrices is a matrix: multiply with a vector first, as in A @ (B @ x)"
                    .into(),
            ),
            (Shape::Number, ..) | (_, Shape::Number, ..) => {
                wrong(self, "`@` multiplies vectors and matrices; a number multiplies by *".into())
            }
            _ => {
                let message = format!(
                    "`@` between {} and {}: the inner lengths must be the same; A.T is A turned over",
                    describe(a),
                    describe(b)
                );
                wrong(self, message)
            }
        }
    }

    fn matrix_times(&mut self, matrix: Matrix, v: Id, place: &Range<usize>) -> Result<Id> {
        let is_product = |id: &Id| matches!(self.tree.node(*id), Node::Times(..));
        let shape = self.tree.shape(v);
        let v = match shape {
            // Each element is needed for every row.
            Shape::Vector(length) if self.tree.vectors(v).iter().any(is_product) => {
                if length > MOST_KEPT {
                    let message = format!(
                        "a product with a matrix of another such product, which has {length} elements: at most \
                         {MOST_KEPT} are kept"
                    );
                    return Err(self.error(place.clone(), message));
                }
                self.tree.add(Node::Kept(v), shape)
            }
            _ => v,
        };
        Ok(self.tree.add(Node::Times(matrix, v), Shape::Vector(matrix.rows)))
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
        self.joined_shape(what, self.tree.shape(left.id), self.tree.shape(right.id), place)
    }

    pub(super) fn joined_shape(
        &self,
        what: &str,
        left: Shape,
        right: Shape,
        place: &Range<usize>,
    ) -> Result<Shape> {
        match (left, right) {
            (Shape::Vector(a), Shape::Vector(b)) if a != b => {
                let message = format!(
                    "{what} between {} and {}: the lengths must be the same",
                    describe(left),
                    describe(right)
                );
                Err(self.error(place.clone(), message))
            }
            (Shape::Number, other) | (other, _) => Ok(other),
        }
    }

    /// Operands that are numbers or vectors of numbers.
    pub(super) fn need_numbers(&self, what: &str, operands: &[&Operand]) -> Result<()> {
        for operand in operands {
            if let shape @ Shape::Matrix(..) = self.tree.shape(operand.id) {
                let message = format!(
                    "{what} takes no matrix, and this is {}: A @ v is a vector, A[0] a row, A[:,0] a column",
                    describe(shape)
                );
                return Err(self.error(operand.place.clone(), message));
            }
        }
        self.need_numbers_or_matrices(what, operands)
    }

    fn need_numbers_or_matrices(&self, what: &str, operands: &[&Operand]) -> Result<()> {
        match operands.iter().find(|operand| self.tree.is_truth(operand.id)) {
            Some(truth) => {
                let message = format!(
                    "{what} takes numbers, and this is true or false: choose by it, as in where(x0 > 0, x0, 0)"
                );
                Err(self.error(truth.place.clone(), message))
            }
            None => Ok(()),
        }
    }

    /// Operands that are true or false.
    pub(super) fn need_truths(&self, what: &str, operands: &[&Operand]) -> Result<()> {
        match operands.iter().find(|operand| !self.tree.is_truth(operand.id)) {
            Some(number) => {
                let message = format!("{what} takes comparisons such as x0 > 0, and this is a number");
                Err(self.error(number.place.clone(), message))
            }
            None => Ok(()),
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
