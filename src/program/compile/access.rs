//! Parts of composites: members, columns, elements, by constant and by computed indices.

use naga::{ArraySize, ScalarKind, TypeInner};

use super::{Compiled, Compiler, Instance, Rows, Slot, Value};
use crate::program::code::{Op, Row, Span};
use crate::program::lanes::IntBinary;

/// A place in the rows of a local variable.
#[derive(Clone, Debug)]
pub(super) struct Pointer {
    /// What is there.
    inner: TypeInner,
    /// Its first rows, if all computed indices were 0.
    start: Rows,
    /// How far computed indices lead from there.
    offset: Option<Offset>,
}

impl Pointer {
    /// The row of a scalar at a place that is known.
    pub(super) fn scalar(&self) -> Option<Slot> {
        match (&self.inner, self.offset) {
            (TypeInner::Scalar(scalar), None) if scalar.kind == ScalarKind::Float => {
                Some(Slot::Number(self.start.numbers))
            }
            (TypeInner::Scalar(_), None) => Some(Slot::Int(self.start.ints)),
            _ => None,
        }
    }
}

/// A computed distance in rows.
#[derive(Clone, Copy, Debug)]
struct Offset {
    /// The rows of integers that hold the distance in rows of numbers, and of integers.
    numbers: Row,
    ints: Row,
    /// The largest distances.
    most: Rows,
}

/// Whether a composite's part at an index is one of many alike, and their number.
enum Part {
    Alike(TypeInner, u32),
    Member(TypeInner, Rows),
}

fn count(kinds: &[bool]) -> Rows {
    let numbers = kinds.iter().filter(|&&is_number| is_number).count() as u32;
    Rows { numbers, ints: kinds.len() as u32 - numbers }
}

impl<'a> Compiler<'a> {
    /// Lays out the local variables of a function and gives them their first values.
    pub(super) fn locals(&mut self, instance: &mut Instance<'a>) -> Compiled<()> {
        let from = self.free;
        for (handle, local) in instance.function.local_variables.iter() {
            self.span = instance.function.local_variables.get_span(handle);
            let inner = self.module.types[local.ty].inner.clone();
            let kinds = self.flatten(&inner)?;
            let start = self.free;
            let slots = self.allocate(&kinds)?;
            instance.locals.push(Pointer { inner: inner.clone(), start, offset: None });
            let first = match local.init {
                Some(init) => self.slots(instance, init)?,
                None => self.zeros(&inner)?,
            };
            for (to, from) in slots.into_iter().zip(first) {
                self.copy(to, from)?;
            }
        }
        instance.local_rows = (from, self.free);
        Ok(())
    }

    /// Lays out the variables of the module.
    pub(super) fn globals(&mut self) -> Compiled<()> {
        for (handle, variable) in self.module.global_variables.iter() {
            self.span = self.module.global_variables.get_span(handle);
            let inner = self.module.types[variable.ty].inner.clone();
            let kinds = self.flatten(&inner)?;
            let start = self.free;
            self.allocate(&kinds)?;
            self.globals.insert(handle, Pointer { inner, start, offset: None });
        }
        Ok(())
    }

    /// The value with what lies in rows of local variables copied from there: for what is used after its statement.
    pub(super) fn kept(&mut self, instance: &Instance<'a>, value: Value) -> Compiled<Value> {
        let Value::Slots(mut slots) = value else { return Ok(value) };
        let (from, to) = instance.local_rows;
        for slot in &mut slots {
            let is_local = match *slot {
                Slot::Number(row) => (from.numbers..to.numbers).contains(&row),
                Slot::Int(row) => (from.ints..to.ints).contains(&row),
            };
            if is_local {
                let fresh = self.allocate(&[matches!(slot, Slot::Number(_))])?[0];
                self.copy(fresh, *slot)?;
                *slot = fresh;
            }
        }
        Ok(Value::Slots(slots))
    }

    fn part(&self, inner: &TypeInner, index: Option<u32>) -> Compiled<Part> {
        let types = &self.module.types;
        Ok(match (inner, index) {
            (TypeInner::Vector { size, scalar }, _) => Part::Alike(TypeInner::Scalar(*scalar), *size as u32),
            (TypeInner::Matrix { columns, rows, scalar }, _) => {
                Part::Alike(TypeInner::Vector { size: *rows, scalar: *scalar }, *columns as u32)
            }
            (TypeInner::Array { base, size: ArraySize::Constant(size), .. }, _) => {
                Part::Alike(types[*base].inner.clone(), size.get())
            }
            (TypeInner::Struct { members, .. }, Some(index)) => {
                let mut before = Rows::default();
                for member in &members[..index as usize] {
                    let rows = count(&self.flatten(&types[member.ty].inner)?);
                    before = Rows { numbers: before.numbers + rows.numbers, ints: before.ints + rows.ints };
                }
                Part::Member(types[members[index as usize].ty].inner.clone(), before)
            }
            _ => return Err(self.refuse("nothing of this type can be indexed in an objective")),
        })
    }

    /// The part of what a pointer points to, at a constant index.
    pub(super) fn pointer_at(&mut self, pointer: Pointer, index: u32) -> Compiled<Pointer> {
        let (inner, before) = match self.part(&pointer.inner, Some(index))? {
            Part::Member(inner, before) => (inner, before),
            Part::Alike(inner, _) => {
                let each = count(&self.flatten(&inner)?);
                (inner, Rows { numbers: index * each.numbers, ints: index * each.ints })
            }
        };
        let Rows { numbers, ints } = pointer.start;
        let start = Rows { numbers: numbers + before.numbers, ints: ints + before.ints };
        Ok(Pointer { inner, start, ..pointer })
    }

    /// The same at a computed index, which is held within bounds.
    pub(super) fn pointer_by(&mut self, pointer: Pointer, index: Row) -> Compiled<Pointer> {
        let Part::Alike(inner, length) = self.part(&pointer.inner, None)? else {
            return Err(self.refuse("nothing of this type can be indexed in an objective"));
        };
        if let Some(index) = self.known_integer(index) {
            return self.pointer_at(pointer, index.min(length - 1));
        }
        let each = count(&self.flatten(&inner)?);
        let last = self.integer(length - 1)?;
        let within = self.int()?;
        self.emit(Op::IntBinary(IntBinary::MinU, within, [index, last]))?;
        let before = pointer.offset;
        let numbers = self.distance(within, each.numbers, before.map(|offset| offset.numbers))?;
        let ints = self.distance(within, each.ints, before.map(|offset| offset.ints))?;
        let most = before.map_or(Rows::default(), |offset| offset.most);
        let most = Rows {
            numbers: most.numbers + (length - 1) * each.numbers,
            ints: most.ints + (length - 1) * each.ints,
        };
        Ok(Pointer { inner, offset: Some(Offset { numbers, ints, most }), ..pointer })
    }

    fn distance(&mut self, index: Row, stride: u32, before: Option<Row>) -> Compiled<Row> {
        let mut row = index;
        if stride != 1 {
            let stride = self.integer(stride)?;
            let product = self.int()?;
            self.emit(Op::IntBinary(IntBinary::Multiply, product, [row, stride]))?;
            row = product;
        }
        if let Some(before) = before {
            let sum = self.int()?;
            self.emit(Op::IntBinary(IntBinary::Add, sum, [before, row]))?;
            row = sum;
        }
        Ok(row)
    }

    /// What a pointer points to, as it is now.
    pub(super) fn load(&mut self, pointer: &Pointer) -> Compiled<Vec<Slot>> {
        let kinds = self.flatten(&pointer.inner)?;
        let fresh = self.allocate(&kinds)?;
        let mut at = pointer.start;
        for &slot in &fresh {
            let op = match (slot, pointer.offset) {
                (Slot::Number(row), None) => Op::Copy(row, at.numbers),
                (Slot::Int(row), None) => Op::CopyInt(row, at.ints),
                (Slot::Number(row), Some(offset)) => {
                    Op::Gather(row, span(at.numbers, offset.most.numbers), offset.numbers)
                }
                (Slot::Int(row), Some(offset)) => {
                    Op::GatherInt(row, span(at.ints, offset.most.ints), offset.ints)
                }
            };
            self.emit(op)?;
            advance(&mut at, slot);
        }
        Ok(fresh)
    }

    /// Stores in the active lanes.
    pub(super) fn store_at(&mut self, pointer: &Pointer, slots: &[Slot]) -> Compiled<()> {
        let mut at = pointer.start;
        let mut slots = slots.to_vec();
        if slots.len() > 1 {
            // Some of them may lie where others are stored: a = vec2(a.y, a.x).
            for slot in &mut slots {
                let kinds = [matches!(slot, Slot::Number(_))];
                let fresh = self.allocate(&kinds)?[0];
                self.copy(fresh, *slot)?;
                *slot = fresh;
            }
        }
        for slot in slots {
            let op = match (slot, pointer.offset) {
                (Slot::Number(row), None) => Op::Store(at.numbers, row),
                (Slot::Int(row), None) => Op::StoreInt(at.ints, row),
                (Slot::Number(row), Some(offset)) => {
                    Op::Scatter(span(at.numbers, offset.most.numbers), offset.numbers, row)
                }
                (Slot::Int(row), Some(offset)) => {
                    Op::ScatterInt(span(at.ints, offset.most.ints), offset.ints, row)
                }
            };
            self.emit(op)?;
            advance(&mut at, slot);
        }
        Ok(())
    }

    /// The part of a value at a constant index.
    pub(super) fn slots_at(&mut self, inner: &TypeInner, slots: &[Slot], index: u32) -> Compiled<Vec<Slot>> {
        let (first, length) = match self.part(inner, Some(index))? {
            Part::Member(inner, before) => {
                ((before.numbers + before.ints) as usize, self.flatten(&inner)?.len())
            }
            Part::Alike(inner, _) => {
                let each = self.flatten(&inner)?.len();
                (index as usize * each, each)
            }
        };
        match slots.get(first..first + length) {
            Some(part) => Ok(part.to_vec()),
            None => Err(self.refuse("an index out of range")),
        }
    }

    /// The part of a value at a computed index.
    pub(super) fn slots_by(&mut self, inner: &TypeInner, slots: &[Slot], index: Row) -> Compiled<Vec<Slot>> {
        // Rows one after the other, which a value's need not be.
        let kinds = self.flatten(inner)?;
        let start = self.free;
        let fresh = self.allocate(&kinds)?;
        for (&to, &from) in fresh.iter().zip(slots) {
            self.copy(to, from)?;
        }
        let pointer = Pointer { inner: inner.clone(), start, offset: None };
        let part = self.pointer_by(pointer, index)?;
        self.load(&part)
    }

    /// The pointer that an expression stands for.
    pub(super) fn pointer(&self, value: Value) -> Compiled<Pointer> {
        match value {
            Value::Pointer(pointer) => Ok(pointer),
            _ => Err(self.refuse("a pointer of this kind is not supported")),
        }
    }
}

fn advance(at: &mut Rows, slot: Slot) {
    match slot {
        Slot::Number(_) => at.numbers += 1,
        Slot::Int(_) => at.ints += 1,
    }
}

/// Neighbouring rows, up to a largest distance.
fn span(first: Row, most: u32) -> Span {
    Span { first, count: most + 1, stride: 1 }
}
