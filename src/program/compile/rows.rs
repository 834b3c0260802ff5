//! Rows: of constants, of values taken apart, of local variables.

use naga::{Expression, Handle, Literal, Scalar, ScalarKind, TypeInner};

use super::{Compiled, Compiler, MOST_CONSTANTS, MOST_ROWS, Refusal, Rows, Slot};
use crate::numeric::Precision;
use crate::program::code::{Op, Row};

impl Compiler<'_> {
    pub(super) fn take(&mut self, rows: Rows) -> Compiled<Rows> {
        let start = self.free;
        let free = Rows {
            numbers: start.numbers.saturating_add(rows.numbers),
            ints: start.ints.saturating_add(rows.ints),
        };
        let used = |free: u32, reserved: u32| (free - reserved) as usize;
        if used(free.numbers, self.reserved.numbers).max(used(free.ints, self.reserved.ints)) > MOST_ROWS {
            return Err(self.refuse(format!(
                "this needs more than {MOST_ROWS} scalars at a time; use smaller local arrays, or read by data(i)"
            )));
        }
        self.free = free;
        self.code.rows = self.code.rows.max(free.numbers as usize);
        self.code.int_rows = self.code.int_rows.max(free.ints as usize);
        Ok(start)
    }

    /// A fresh row of numbers.
    pub(super) fn number(&mut self) -> Compiled<Row> {
        Ok(self.take(Rows { numbers: 1, ints: 0 })?.numbers)
    }

    /// A fresh row of integers.
    pub(super) fn int(&mut self) -> Compiled<Row> {
        Ok(self.take(Rows { numbers: 0, ints: 1 })?.ints)
    }

    /// The row of a constant.
    pub(super) fn constant(&mut self, value: f64) -> Compiled<Row> {
        let next = self.code.constants.len() as Row;
        let row = *self.known.entry(value.to_bits()).or_insert(next);
        if row == next {
            self.code.constants.push(value);
            self.code.rows = self.code.rows.max(next as usize + 1);
        }
        if row >= self.reserved.numbers { Err(self.too_many_constants()) } else { Ok(row) }
    }

    pub(super) fn integer(&mut self, value: u32) -> Compiled<Row> {
        let next = self.code.integers.len() as Row + 1;
        let row = *self.known_ints.entry(value).or_insert(next);
        if row == next {
            self.code.integers.push(value);
            self.code.int_rows = self.code.int_rows.max(next as usize + 1);
        }
        if row >= self.reserved.ints { Err(self.too_many_constants()) } else { Ok(row) }
    }

    pub(super) fn too_many_constants(&self) -> Refusal {
        self.refuse(format!("more than {MOST_CONSTANTS} different constants; read them by data(i)"))
    }

    /// The value of a row of integers, if it is a constant.
    pub(super) fn known_integer(&self, row: Row) -> Option<u32> {
        (row as usize).checked_sub(1).and_then(|i| self.code.integers.get(i)).copied()
    }

    pub(super) fn literal(&mut self, literal: Literal) -> Compiled<Slot> {
        Ok(match literal {
            Literal::F64(value) | Literal::AbstractFloat(value) => Slot::Number(self.constant(value)?),
            Literal::F32(value) => Slot::Number(self.constant(f64::from(value))?),
            Literal::U32(value) => Slot::Int(self.integer(value)?),
            Literal::I32(value) => Slot::Int(self.integer(value as u32)?),
            Literal::AbstractInt(value) => Slot::Int(self.integer(value as u32)?),
            Literal::Bool(value) => Slot::Int(self.integer(u32::from(value))?),
            other => {
                return Err(
                    self.refuse(format!("numbers such as {other:?} are not supported; use real, u32 or i32"))
                );
            }
        })
    }

    /// A value of a constant expression of the module.
    pub(super) fn global(&mut self, handle: Handle<Expression>) -> Compiled<Vec<Slot>> {
        match self.module.global_expressions[handle].clone() {
            Expression::Literal(literal) => Ok(vec![self.literal(literal)?]),
            Expression::Constant(constant) => self.global(self.module.constants[constant].init),
            Expression::ZeroValue(ty) => self.zeros(&self.module.types[ty].inner),
            Expression::Compose { components, .. } => {
                let mut slots = Vec::new();
                for component in components {
                    slots.extend(self.global(component)?);
                    self.check_size(slots.len())?;
                }
                Ok(slots)
            }
            Expression::Splat { size, value } => {
                let slots = self.global(value)?;
                Ok(slots.repeat(size as usize))
            }
            _ => Err(self.refuse("this kind of constant is not supported")),
        }
    }

    pub(super) fn check_size(&self, scalars: usize) -> Compiled<()> {
        if scalars <= MOST_ROWS {
            return Ok(());
        }
        Err(self.refuse(format!("more than {MOST_ROWS} scalars in one value; read by data(i) instead")))
    }

    pub(super) fn zeros(&mut self, inner: &TypeInner) -> Compiled<Vec<Slot>> {
        let kinds = self.flatten(inner)?;
        let (number, int) = (self.constant(0.0)?, self.integer(0)?);
        Ok(kinds
            .into_iter()
            .map(|is_number| if is_number { Slot::Number(number) } else { Slot::Int(int) })
            .collect())
    }

    /// The scalars of a type, in order: true where one is a number.
    pub(super) fn flatten(&self, inner: &TypeInner) -> Compiled<Vec<bool>> {
        let mut kinds = Vec::new();
        self.flatten_into(inner, &mut kinds)?;
        Ok(kinds)
    }

    pub(super) fn flatten_into(&self, inner: &TypeInner, kinds: &mut Vec<bool>) -> Compiled<()> {
        let types = &self.module.types;
        if kinds.len() > MOST_ROWS {
            return Err(self.refuse(format!(
                "a value of more than {MOST_ROWS} scalars is not supported; use smaller arrays, or read by data(i)"
            )));
        }
        match *inner {
            TypeInner::Scalar(scalar) => kinds.push(self.is_number(scalar)?),
            TypeInner::Vector { size, scalar } => {
                let kind = self.is_number(scalar)?;
                kinds.extend(std::iter::repeat_n(kind, size as usize));
            }
            TypeInner::Matrix { columns, rows, scalar } => {
                let kind = self.is_number(scalar)?;
                kinds.extend(std::iter::repeat_n(kind, columns as usize * rows as usize));
            }
            TypeInner::Array { base, size: naga::ArraySize::Constant(count), .. } => {
                let mut each = Vec::new();
                self.flatten_into(&types[base].inner, &mut each)?;
                let all = each.len().saturating_mul(count.get() as usize);
                if all > MOST_ROWS {
                    return Err(self.refuse(format!(
                        "an array of {all} scalars, above the limit of {MOST_ROWS}; read by data(i) instead"
                    )));
                }
                for _ in 0..count.get() {
                    kinds.extend_from_slice(&each);
                }
            }
            TypeInner::Struct { ref members, .. } => {
                for member in members {
                    self.flatten_into(&types[member.ty].inner, kinds)?;
                }
            }
            _ => return Err(self.refuse("a value of this type is not supported in an objective")),
        }
        Ok(())
    }

    pub(super) fn is_number(&self, scalar: Scalar) -> Compiled<bool> {
        match (scalar.kind, scalar.width) {
            (ScalarKind::Float, 4 | 8) | (ScalarKind::AbstractFloat, _) => Ok(true),
            (ScalarKind::Sint | ScalarKind::Uint, 4) | (ScalarKind::Bool | ScalarKind::AbstractInt, _) => {
                Ok(false)
            }
            _ => Err(self.refuse("only real, f32, i32, u32 and bool are supported")),
        }
    }

    /// Whether results of this type are to be rounded to f32.
    pub(super) fn rounds(&self, scalar: Scalar) -> bool {
        self.precision == Precision::F64 && scalar.kind == ScalarKind::Float && scalar.width == 4
    }

    /// Fresh rows, one after the other.
    pub(super) fn allocate(&mut self, kinds: &[bool]) -> Compiled<Vec<Slot>> {
        let numbers = kinds.iter().filter(|&&is_number| is_number).count() as u32;
        let Rows { numbers: mut number, ints: mut int } =
            self.take(Rows { numbers, ints: kinds.len() as u32 - numbers })?;
        Ok(kinds
            .iter()
            .map(|&is_number| {
                let row = if is_number { &mut number } else { &mut int };
                *row += 1;
                if is_number { Slot::Number(*row - 1) } else { Slot::Int(*row - 1) }
            })
            .collect())
    }

    /// Copies in all lanes.
    pub(super) fn copy(&mut self, to: Slot, from: Slot) -> Compiled<()> {
        match (to, from) {
            (Slot::Number(to), Slot::Number(from)) => self.emit(Op::Copy(to, from)),
            (Slot::Int(to), Slot::Int(from)) => self.emit(Op::CopyInt(to, from)),
            _ => Err(self.refuse("a number where an integer is needed, or the other way round")),
        }
    }

    /// Copies in the active lanes.
    pub(super) fn store(&mut self, to: Slot, from: Slot) -> Compiled<()> {
        match (to, from) {
            (Slot::Number(to), Slot::Number(from)) => self.emit(Op::Store(to, from)),
            (Slot::Int(to), Slot::Int(from)) => self.emit(Op::StoreInt(to, from)),
            _ => Err(self.refuse("a number where an integer is needed, or the other way round")),
        }
    }
}
