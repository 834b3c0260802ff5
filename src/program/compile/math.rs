//! WGSL's own functions that every device gets right in f64, too; the others are shadowed by the prelude.

use naga::{Expression, Handle, MathFunction, Scalar, ScalarKind, TypeInner};

use super::{Compiled, Compiler, Instance, Slot};
use crate::program::builtins::{self, Binary, Origin, Unary};
use crate::program::lanes::{IntBinary, IntUnary};

impl<'a> Compiler<'a> {
    pub(super) fn math(
        &mut self,
        instance: &mut Instance<'a>,
        fun: MathFunction,
        arguments: &[Handle<Expression>],
    ) -> Compiled<Vec<Slot>> {
        use MathFunction as F;
        let scalar = self.scalar(instance, arguments[0])?;
        let inner = self.inner(instance, arguments[0]);
        let (here, mut values) = (self.span, Vec::new());
        for &argument in arguments {
            values.push(self.slots(instance, argument)?);
        }
        // What is refused is this, not its last argument.
        self.span = here;
        match fun {
            F::Dot => Ok(vec![self.dot(scalar, &values[0], &values[1])?]),
            F::Length => Ok(vec![self.length(scalar, &values[0])?]),
            F::Distance => {
                let difference = self.each(scalar, Binary::Subtract, &values[0], &values[1])?;
                Ok(vec![self.length(scalar, &difference)?])
            }
            F::Normalize => {
                let length = self.length(scalar, &values[0])?;
                self.each(scalar, Binary::Divide, &values[0], &[length; 4])
            }
            F::Reflect => self.reflect(scalar, &values[0], &values[1]),
            F::FaceForward => self.face_forward(scalar, [&values[0], &values[1], &values[2]]),
            F::Refract => self.refract(scalar, [&values[0], &values[1], &values[2]]),
            F::Determinant => Ok(vec![self.determinant(scalar, &values[0])?]),
            F::Cross => self.cross(scalar, &values[0], &values[1]),
            F::Transpose => match *inner {
                TypeInner::Matrix { columns, rows, .. } => {
                    let (columns, rows) = (columns as usize, rows as usize);
                    Ok((0..rows)
                        .flat_map(|row| (0..columns).map(move |column| column * rows + row))
                        .map(|at| values[0][at])
                        .collect())
                }
                _ => Err(self.refuse("a matrix is needed here")),
            },
            _ => {
                let count = values.iter().map(Vec::len).max().unwrap_or(0);
                (0..count)
                    .map(|i| {
                        let at: Vec<Slot> =
                            values.iter().map(|slots| slots[if slots.len() == 1 { 0 } else { i }]).collect();
                        self.scalar_math(fun, scalar, &at)
                    })
                    .collect()
            }
        }
    }

    fn scalar_math(&mut self, fun: MathFunction, scalar: Scalar, arguments: &[Slot]) -> Compiled<Slot> {
        use MathFunction as F;
        let signed = scalar.kind == ScalarKind::Sint;
        let slot = match (fun, arguments) {
            (_, [Slot::Number(_), ..]) => {
                let own = builtins::all().find(|builtin| builtin.origin == Origin::Wgsl(fun));
                match own.or_else(|| builtins::lowered(fun)) {
                    Some(builtin) => self.apply(builtin.operation, arguments)?,
                    None => return Err(self.no_such_function(fun)),
                }
            }
            (F::Abs, &[slot]) if !signed => slot,
            (_, &[Slot::Int(row)]) => {
                let op = match fun {
                    F::Abs => IntUnary::AbsS,
                    F::Sign => IntUnary::SignS,
                    F::CountOneBits => IntUnary::CountOnes,
                    F::CountLeadingZeros => IntUnary::LeadingZeros,
                    F::CountTrailingZeros => IntUnary::TrailingZeros,
                    F::ReverseBits => IntUnary::ReverseBits,
                    _ => return Err(self.no_such_function(fun)),
                };
                self.int_unary(op, row)?
            }
            (F::Min | F::Max | F::Clamp, &[a, b, ..]) => {
                let (min, max) = if signed {
                    (IntBinary::MinS, IntBinary::MaxS)
                } else {
                    (IntBinary::MinU, IntBinary::MaxU)
                };
                match (fun, arguments.get(2)) {
                    (F::Clamp, Some(&high)) => {
                        let above = self.int_op(max, a, b)?;
                        self.int_op(min, above, high)?
                    }
                    (F::Min, _) => self.int_op(min, a, b)?,
                    _ => self.int_op(max, a, b)?,
                }
            }
            _ => return Err(self.no_such_function(fun)),
        };
        self.rounded(scalar, slot)
    }

    fn no_such_function(&self, fun: MathFunction) -> super::Refusal {
        let name = format!("{fun:?}");
        let name = name[..1].to_lowercase() + &name[1..];
        self.refuse(no_such_function(&name))
    }

    fn each(&mut self, scalar: Scalar, op: Binary, a: &[Slot], b: &[Slot]) -> Compiled<Vec<Slot>> {
        a.iter().zip(b).map(|(&a, &b)| self.number_op(op, scalar, a, b)).collect()
    }

    /// Σ aᵢ·bᵢ, of numbers or of integers.
    pub(super) fn dot(&mut self, scalar: Scalar, a: &[Slot], b: &[Slot]) -> Compiled<Slot> {
        let mut sum = None;
        for (&a, &b) in a.iter().zip(b) {
            let is_number = matches!(a, Slot::Number(_));
            let product = if is_number {
                self.number_op(Binary::Multiply, scalar, a, b)?
            } else {
                self.int_op(IntBinary::Multiply, a, b)?
            };
            sum = Some(match sum {
                None => product,
                Some(sum) if is_number => self.number_op(Binary::Add, scalar, sum, product)?,
                Some(sum) => self.int_op(IntBinary::Add, sum, product)?,
            });
        }
        sum.ok_or_else(|| self.refuse("a vector is needed here"))
    }

    fn length(&mut self, scalar: Scalar, a: &[Slot]) -> Compiled<Slot> {
        let square = self.dot(scalar, a, a)?;
        match square {
            Slot::Number(row) => {
                let root = self.number_unary(Unary::Sqrt, row)?;
                self.rounded(scalar, root)
            }
            Slot::Int(_) => Err(self.refuse("a vector of numbers is needed here")),
        }
    }

    pub(super) fn cross(&mut self, scalar: Scalar, a: &[Slot], b: &[Slot]) -> Compiled<Vec<Slot>> {
        [(1, 2), (2, 0), (0, 1)]
            .into_iter()
            .map(|(i, j)| {
                let left = self.number_op(Binary::Multiply, scalar, a[i], b[j])?;
                let right = self.number_op(Binary::Multiply, scalar, a[j], b[i])?;
                self.number_op(Binary::Subtract, scalar, left, right)
            })
            .collect()
    }

    /// The product of two matrices or of a matrix and a vector, whose components are in order of columns.
    pub(super) fn matrix_product(
        &mut self,
        inner_a: &TypeInner,
        inner_b: &TypeInner,
        scalar: Scalar,
        a: &[Slot],
        b: &[Slot],
    ) -> Compiled<Option<Vec<Slot>>> {
        let (is_matrix_a, is_matrix_b) =
            (matches!(inner_a, TypeInner::Matrix { .. }), matches!(inner_b, TypeInner::Matrix { .. }));
        // Rows of a, the sum's length, columns of b.
        let (rows, inner, columns) = match (inner_a, inner_b) {
            (TypeInner::Matrix { columns, rows, .. }, TypeInner::Matrix { columns: across, .. }) => {
                (*rows as usize, *columns as usize, *across as usize)
            }
            (TypeInner::Matrix { columns, rows, .. }, TypeInner::Vector { .. }) => {
                (*rows as usize, *columns as usize, 1)
            }
            (TypeInner::Vector { size, .. }, TypeInner::Matrix { columns, .. }) => {
                (1, *size as usize, *columns as usize)
            }
            _ => return Ok(None),
        };
        debug_assert!(is_matrix_a || is_matrix_b);
        let mut product = Vec::new();
        for column in 0..columns {
            for row in 0..rows {
                let left: Vec<Slot> = (0..inner).map(|k| a[k * rows + row]).collect();
                product.push(self.dot(scalar, &left, &b[column * inner..(column + 1) * inner])?);
            }
        }
        Ok(Some(product))
    }
}

/// What is said of a function that is not supported.
fn no_such_function(name: &str) -> String {
    format!(
        "WGSL's `{name}` is not the same on every device and in every precision here, so it is not supported; write it out \
         of functions that are (shaders/README.md lists them)"
    )
}
