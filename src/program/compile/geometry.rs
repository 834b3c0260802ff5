//! Functions of vectors and matrices that are made of products and sums: reflections, and determinants.
//!
//! `shaders/prelude/geometry.wgsl` has the same for devices.

use naga::Scalar;

use super::{Compiled, Compiler, Slot};
use crate::program::builtins::{Binary, Unary};
use crate::program::code::Op;
use crate::program::lanes::Compare;

impl Compiler<'_> {
    /// e - 2(n·e)n
    pub(super) fn reflect(&mut self, scalar: Scalar, e: &[Slot], n: &[Slot]) -> Compiled<Vec<Slot>> {
        let along = self.dot(scalar, n, e)?;
        let two = Slot::Number(self.constant(2.0)?);
        let twice = self.number_op(Binary::Multiply, scalar, two, along)?;
        self.less(scalar, e, twice, n)
    }

    /// e where i·n < 0, else -e.
    pub(super) fn face_forward(&mut self, scalar: Scalar, [e, i, n]: [&[Slot]; 3]) -> Compiled<Vec<Slot>> {
        let along = self.dot(scalar, n, i)?;
        let zero = self.constant(0.0)?;
        let is_against = self.is_less(along, Slot::Number(zero))?;
        let mut turned = Vec::new();
        for &e in e {
            let Slot::Number(row) = e else { return Err(self.refuse("numbers are needed here")) };
            let back = self.number_unary(Unary::Negate, row)?;
            turned.push(self.select(is_against, e, back)?);
        }
        Ok(turned)
    }

    /// η·e - (η(n·e) + √k)n with k = 1 - η²(1 - (n·e)²), and 0 where k < 0.
    pub(super) fn refract(&mut self, scalar: Scalar, [e, n, eta]: [&[Slot]; 3]) -> Compiled<Vec<Slot>> {
        let [eta] = *eta else { return Err(self.refuse("a number is needed here")) };
        let [zero, one] = [self.constant(0.0)?, self.constant(1.0)?].map(Slot::Number);
        let along = self.dot(scalar, n, e)?;
        let square = self.number_op(Binary::Multiply, scalar, along, along)?;
        let rest = self.number_op(Binary::Subtract, scalar, one, square)?;
        let squared = self.number_op(Binary::Multiply, scalar, eta, eta)?;
        let scaled = self.number_op(Binary::Multiply, scalar, squared, rest)?;
        let k = self.number_op(Binary::Subtract, scalar, one, scaled)?;
        let is_none = self.is_less(k, zero)?;
        // The root of what is there.
        let held = self.select(is_none, zero, k)?;
        let Slot::Number(held) = held else { return Err(self.refuse("numbers are needed here")) };
        let root = self.number_unary(Unary::Sqrt, held)?;
        let root = self.rounded(scalar, root)?;
        let scaled = self.number_op(Binary::Multiply, scalar, eta, along)?;
        let factor = self.number_op(Binary::Add, scalar, scaled, root)?;
        let mut straight = Vec::new();
        for &e in e {
            straight.push(self.number_op(Binary::Multiply, scalar, eta, e)?);
        }
        let bent = self.less(scalar, &straight, factor, n)?;
        bent.into_iter().map(|bent| self.select(is_none, zero, bent)).collect()
    }

    /// Of a square matrix of 2, 3 or 4 columns, whose components are in order of columns.
    pub(super) fn determinant(&mut self, scalar: Scalar, m: &[Slot]) -> Compiled<Slot> {
        match m.len() {
            4 => self.minor(scalar, [m[0], m[2]], [m[1], m[3]]),
            9 => {
                let normal = self.cross(scalar, &m[3..6], &m[6..9])?;
                self.dot(scalar, &m[..3], &normal)
            }
            16 => {
                // Minors of the upper two rows times those of the lower two.
                let at = |column: usize, row: usize| m[4 * column + row];
                let pairs =
                    [(0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2), (1, 2, 0, 3), (1, 3, 0, 2), (2, 3, 0, 1)];
                let mut sum = None;
                for (i, (a, b, c, d)) in pairs.into_iter().enumerate() {
                    let upper = self.minor(scalar, [at(a, 0), at(b, 0)], [at(a, 1), at(b, 1)])?;
                    let lower = self.minor(scalar, [at(c, 2), at(d, 2)], [at(c, 3), at(d, 3)])?;
                    let product = self.number_op(Binary::Multiply, scalar, upper, lower)?;
                    let is_odd = matches!(i, 1 | 4);
                    sum = Some(match sum {
                        None => product,
                        Some(sum) if is_odd => self.number_op(Binary::Subtract, scalar, sum, product)?,
                        Some(sum) => self.number_op(Binary::Add, scalar, sum, product)?,
                    });
                }
                sum.ok_or_else(|| self.refuse("a square matrix is needed here"))
            }
            _ => Err(self.refuse("a square matrix is needed here")),
        }
    }

    /// Of the rows (a, b) and (c, d): a·d - b·c.
    fn minor(&mut self, scalar: Scalar, [a, b]: [Slot; 2], [c, d]: [Slot; 2]) -> Compiled<Slot> {
        let down = self.number_op(Binary::Multiply, scalar, a, d)?;
        let up = self.number_op(Binary::Multiply, scalar, b, c)?;
        self.number_op(Binary::Subtract, scalar, down, up)
    }

    /// a - factor·b
    fn less(&mut self, scalar: Scalar, a: &[Slot], factor: Slot, b: &[Slot]) -> Compiled<Vec<Slot>> {
        let mut rest = Vec::new();
        for (&a, &b) in a.iter().zip(b) {
            let part = self.number_op(Binary::Multiply, scalar, factor, b)?;
            rest.push(self.number_op(Binary::Subtract, scalar, a, part)?);
        }
        Ok(rest)
    }

    fn is_less(&mut self, a: Slot, b: Slot) -> Compiled<Slot> {
        let (Slot::Number(a), Slot::Number(b)) = (a, b) else {
            return Err(self.refuse("numbers are needed here"));
        };
        let to = self.int()?;
        self.emit(Op::Compare(Compare::Less, to, [a, b]))?;
        Ok(Slot::Int(to))
    }
}
