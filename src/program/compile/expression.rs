//! Expressions, scalar by scalar.

use naga::{
    BinaryOperator, Expression, Handle, RelationalFunction, Scalar, ScalarKind, TypeInner, UnaryOperator,
};

use super::{Compiled, Compiler, Instance, Slot, Value};
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Op, Row};
use crate::program::explain::NO_BITS;
use crate::program::lanes::{Compare, Convert, IntBinary, IntUnary};

impl<'a> Compiler<'a> {
    /// The value of an expression: as it was when emitted, or now for what needs no emission.
    pub(super) fn value(
        &mut self,
        instance: &mut Instance<'a>,
        handle: Handle<Expression>,
    ) -> Compiled<Value> {
        match &instance.values[handle.index()] {
            Some(value) => Ok(value.clone()),
            None => self.evaluate(instance, handle),
        }
    }

    pub(super) fn slots(
        &mut self,
        instance: &mut Instance<'a>,
        handle: Handle<Expression>,
    ) -> Compiled<Vec<Slot>> {
        match self.value(instance, handle)? {
            Value::Slots(slots) => Ok(slots),
            _ => Err(self.refuse("a value is needed here")),
        }
    }

    pub(super) fn inner(&self, instance: &Instance<'a>, handle: Handle<Expression>) -> &'a TypeInner {
        self.info[instance.handle][handle].ty.inner_with(&self.module.types)
    }

    pub(super) fn scalar(&self, instance: &Instance<'a>, handle: Handle<Expression>) -> Compiled<Scalar> {
        match *self.inner(instance, handle) {
            TypeInner::Scalar(scalar)
            | TypeInner::Vector { scalar, .. }
            | TypeInner::Matrix { scalar, .. } => Ok(scalar),
            _ => Err(self.refuse("a number, a vector or a matrix is needed here")),
        }
    }

    pub(super) fn evaluate(
        &mut self,
        instance: &mut Instance<'a>,
        handle: Handle<Expression>,
    ) -> Compiled<Value> {
        let function = instance.function;
        let span = function.expressions.get_span(handle);
        if span.is_defined() {
            self.span = span;
        }
        let slots = match function.expressions[handle] {
            Expression::Literal(literal) => vec![self.literal(literal)?],
            Expression::Constant(constant) => self.global(self.module.constants[constant].init)?,
            Expression::ZeroValue(ty) => self.zeros(&self.module.types[ty].inner)?,
            Expression::Compose { ref components, .. } => {
                let mut slots = Vec::new();
                for &component in components {
                    slots.extend(self.slots(instance, component)?);
                    self.check_size(slots.len())?;
                }
                slots
            }
            Expression::Splat { size, value } => self.slots(instance, value)?.repeat(size as usize),
            Expression::Swizzle { size, vector, pattern } => {
                let slots = self.slots(instance, vector)?;
                pattern[..size as usize].iter().map(|&component| slots[component as usize]).collect()
            }
            Expression::FunctionArgument(index) => return Ok(instance.arguments[index as usize].clone()),
            Expression::LocalVariable(local) => {
                return Ok(Value::Pointer(instance.locals[local.index()].clone()));
            }
            Expression::AccessIndex { base, index } => match self.value(instance, base)? {
                Value::Pointer(pointer) => return Ok(Value::Pointer(self.pointer_at(pointer, index)?)),
                Value::Slots(slots) => {
                    let inner = self.inner(instance, base);
                    self.slots_at(inner, &slots, index)?
                }
                Value::Nothing => return Err(self.refuse("a value is needed here")),
            },
            Expression::Access { base, index } => {
                let index = self.int_of(instance, index)?;
                match self.value(instance, base)? {
                    Value::Pointer(pointer) => return Ok(Value::Pointer(self.pointer_by(pointer, index)?)),
                    Value::Slots(slots) => {
                        let inner = self.inner(instance, base);
                        self.slots_by(inner, &slots, index)?
                    }
                    Value::Nothing => return Err(self.refuse("a value is needed here")),
                }
            }
            Expression::Load { pointer } => {
                let value = self.value(instance, pointer)?;
                let place = self.pointer(value)?;
                // What has no name is used within its statement, before anything else is stored.
                let is_brief = !instance.passes_pointers && !function.named_expressions.contains_key(&handle);
                match place.scalar() {
                    Some(slot) if is_brief => vec![slot],
                    _ => self.load(&place)?,
                }
            }
            Expression::Unary { op, expr } => {
                let scalar = self.scalar(instance, expr)?;
                let slots = self.slots(instance, expr)?;
                slots.into_iter().map(|slot| self.unary(op, scalar, slot)).collect::<Compiled<_>>()?
            }
            Expression::Binary { op, left, right } => self.operation(instance, op, left, right)?,
            Expression::Select { condition, accept, reject } => {
                let conditions = self.slots(instance, condition)?;
                let (accept, reject) = (self.slots(instance, accept)?, self.slots(instance, reject)?);
                let mut slots = Vec::new();
                for (i, (a, b)) in accept.into_iter().zip(reject).enumerate() {
                    let condition = conditions[if conditions.len() == 1 { 0 } else { i }];
                    slots.push(self.select(condition, a, b)?);
                }
                slots
            }
            Expression::Relational { fun, argument } => {
                let slots = self.slots(instance, argument)?;
                let op = match fun {
                    RelationalFunction::All => IntBinary::And,
                    RelationalFunction::Any => IntBinary::Or,
                    _ => return Err(self.refuse("isNan and isInf are not supported")),
                };
                let mut slots = slots.into_iter();
                let first = slots.next().ok_or_else(|| self.refuse("a vector of bools is needed here"))?;
                vec![slots.try_fold(first, |a, b| self.int_op(op, a, b))?]
            }
            Expression::Math { fun, arg, arg1, arg2, .. } => {
                let arguments: Vec<_> = [Some(arg), arg1, arg2].into_iter().flatten().collect();
                self.math(instance, fun, &arguments)?
            }
            Expression::As { expr, kind, convert } => {
                let (from, here) = (self.scalar(instance, expr)?, self.span);
                let slots = self.slots(instance, expr)?;
                self.span = here;
                slots
                    .into_iter()
                    .map(|slot| self.convert(slot, from, kind, convert))
                    .collect::<Compiled<_>>()?
            }
            Expression::CallResult(_) => {
                return Err(self.refuse("the result of a call that has not been made"));
            }
            Expression::GlobalVariable(variable) => match self.globals.get(&variable) {
                Some(pointer) => return Ok(Value::Pointer(pointer.clone())),
                None => return Err(self.refuse("this variable of the module cannot be used")),
            },
            Expression::Derivative { .. } => {
                return Err(self.refuse("there are no pixels here, between which this takes a difference: a gradient is what is asked of an objective"));
            }
            _ => return Err(self.refuse("this expression is not supported in an objective")),
        };
        Ok(Value::Slots(slots))
    }

    fn unary(&mut self, op: UnaryOperator, scalar: Scalar, slot: Slot) -> Compiled<Slot> {
        match (op, slot, scalar.kind) {
            (UnaryOperator::Negate, Slot::Number(row), _) => self.number_unary(Unary::Negate, row),
            (UnaryOperator::Negate, Slot::Int(row), _) => self.int_unary(IntUnary::Negate, row),
            (UnaryOperator::LogicalNot, Slot::Int(row), _) => self.int_unary(IntUnary::LogicalNot, row),
            (UnaryOperator::BitwiseNot, Slot::Int(row), _) => self.int_unary(IntUnary::Not, row),
            _ => Err(self.refuse("this operator does not apply here")),
        }
    }

    pub(super) fn number_unary(&mut self, op: Unary, row: Row) -> Compiled<Slot> {
        let to = self.number()?;
        self.emit(Op::Unary(op, to, row))?;
        Ok(Slot::Number(to))
    }

    pub(super) fn int_unary(&mut self, op: IntUnary, row: Row) -> Compiled<Slot> {
        let to = self.int()?;
        self.emit(Op::IntUnary(op, to, row))?;
        Ok(Slot::Int(to))
    }

    /// An operation on two numbers of one type.
    pub(super) fn number_op(&mut self, op: Binary, scalar: Scalar, a: Slot, b: Slot) -> Compiled<Slot> {
        let (Slot::Number(a), Slot::Number(b)) = (a, b) else {
            return Err(self.refuse("numbers are needed here"));
        };
        let to = self.number()?;
        self.emit(Op::Binary(op, to, [a, b]))?;
        self.rounded(scalar, Slot::Number(to))
    }

    /// Rounds to f32 what has that type.
    pub(super) fn rounded(&mut self, scalar: Scalar, slot: Slot) -> Compiled<Slot> {
        match slot {
            Slot::Number(row) if self.rounds(scalar) => self.number_unary(Unary::Single, row),
            slot => Ok(slot),
        }
    }

    pub(super) fn int_op(&mut self, op: IntBinary, a: Slot, b: Slot) -> Compiled<Slot> {
        let (Slot::Int(a), Slot::Int(b)) = (a, b) else {
            return Err(self.refuse("integers are needed here"));
        };
        let to = self.int()?;
        self.emit(Op::IntBinary(op, to, [a, b]))?;
        Ok(Slot::Int(to))
    }

    pub(super) fn select(&mut self, condition: Slot, accept: Slot, reject: Slot) -> Compiled<Slot> {
        match (condition, accept, reject) {
            (Slot::Int(condition), Slot::Number(a), Slot::Number(b)) => {
                let to = self.number()?;
                self.emit(Op::Select(to, condition, [a, b]))?;
                Ok(Slot::Number(to))
            }
            (Slot::Int(condition), Slot::Int(a), Slot::Int(b)) => {
                let to = self.int()?;
                self.emit(Op::SelectInt(to, condition, [a, b]))?;
                Ok(Slot::Int(to))
            }
            _ => Err(self.refuse("both values of a select must be of one type")),
        }
    }

    fn operation(
        &mut self,
        instance: &mut Instance<'a>,
        op: BinaryOperator,
        left: Handle<Expression>,
        right: Handle<Expression>,
    ) -> Compiled<Vec<Slot>> {
        let scalar = self.scalar(instance, left)?;
        let here = self.span;
        let (a, b) = (self.slots(instance, left)?, self.slots(instance, right)?);
        self.span = here;
        let (inner_a, inner_b) = (self.inner(instance, left), self.inner(instance, right));
        if op == BinaryOperator::Multiply
            && let Some(product) = self.matrix_product(inner_a, inner_b, scalar, &a, &b)?
        {
            return Ok(product);
        }
        let count = a.len().max(b.len());
        (0..count)
            .map(|i| {
                // A scalar beside a vector applies to each component.
                let pick = |slots: &[Slot]| slots[if slots.len() == 1 { 0 } else { i }];
                self.scalar_operation(op, scalar, pick(&a), pick(&b))
            })
            .collect()
    }

    fn scalar_operation(&mut self, op: BinaryOperator, scalar: Scalar, a: Slot, b: Slot) -> Compiled<Slot> {
        use BinaryOperator as B;
        if let (Slot::Number(x), Slot::Number(y)) = (a, b) {
            let arithmetic = match op {
                B::Add => Binary::Add,
                B::Subtract => Binary::Subtract,
                B::Multiply => Binary::Multiply,
                B::Divide => Binary::Divide,
                B::Modulo => Binary::Remainder,
                _ => {
                    let (compare, operands) = match op {
                        B::Equal => (Compare::Equal, [x, y]),
                        B::NotEqual => (Compare::NotEqual, [x, y]),
                        B::Less => (Compare::Less, [x, y]),
                        B::LessEqual => (Compare::LessEqual, [x, y]),
                        B::Greater => (Compare::Less, [y, x]),
                        B::GreaterEqual => (Compare::LessEqual, [y, x]),
                        _ => return Err(self.refuse("this operator does not apply to numbers")),
                    };
                    let to = self.int()?;
                    self.emit(Op::Compare(compare, to, operands))?;
                    return Ok(Slot::Int(to));
                }
            };
            return self.number_op(arithmetic, scalar, a, b);
        }
        let signed = scalar.kind == ScalarKind::Sint;
        let by_sign = |s, u| if signed { s } else { u };
        let (op, a, b) = match op {
            B::Add => (IntBinary::Add, a, b),
            B::Subtract => (IntBinary::Subtract, a, b),
            B::Multiply => (IntBinary::Multiply, a, b),
            B::Divide => (by_sign(IntBinary::DivideS, IntBinary::DivideU), a, b),
            B::Modulo => (by_sign(IntBinary::RemainderS, IntBinary::RemainderU), a, b),
            B::Equal => (IntBinary::Equal, a, b),
            B::NotEqual => (IntBinary::NotEqual, a, b),
            B::Less => (by_sign(IntBinary::LessS, IntBinary::LessU), a, b),
            B::LessEqual => (by_sign(IntBinary::LessEqualS, IntBinary::LessEqualU), a, b),
            B::Greater => (by_sign(IntBinary::LessS, IntBinary::LessU), b, a),
            B::GreaterEqual => (by_sign(IntBinary::LessEqualS, IntBinary::LessEqualU), b, a),
            B::And | B::LogicalAnd => (IntBinary::And, a, b),
            B::InclusiveOr | B::LogicalOr => (IntBinary::Or, a, b),
            B::ExclusiveOr => (IntBinary::Xor, a, b),
            B::ShiftLeft => (IntBinary::ShiftLeft, a, b),
            B::ShiftRight => (by_sign(IntBinary::ShiftRightS, IntBinary::ShiftRightU), a, b),
        };
        self.int_op(op, a, b)
    }

    fn convert(&mut self, slot: Slot, from: Scalar, to: ScalarKind, width: Option<u8>) -> Compiled<Slot> {
        let Some(width) = width else {
            return match (slot, to) {
                (Slot::Int(_), ScalarKind::Sint | ScalarKind::Uint) => Ok(slot),
                (Slot::Number(row), ScalarKind::Sint | ScalarKind::Uint) if from.width == 4 => {
                    let fresh = self.int()?;
                    self.emit(Op::Convert(Convert::NumberToBits, fresh, row))?;
                    Ok(Slot::Int(fresh))
                }
                (Slot::Int(row), ScalarKind::Float) => {
                    let fresh = self.number()?;
                    self.emit(Op::Convert(Convert::BitsToNumber, fresh, row))?;
                    Ok(Slot::Number(fresh))
                }
                (Slot::Number(_), ScalarKind::Float) => Ok(slot),
                _ => Err(self.refuse(NO_BITS)),
            };
        };
        let target = Scalar { kind: to, width };
        let is_number = self.is_number(target)?;
        match (slot, is_number) {
            (Slot::Number(_), true) => self.rounded(target, slot),
            (Slot::Int(row), true) => {
                let op =
                    if from.kind == ScalarKind::Sint { Convert::I32ToNumber } else { Convert::U32ToNumber };
                let fresh = self.number()?;
                self.emit(Op::Convert(op, fresh, row))?;
                self.rounded(target, Slot::Number(fresh))
            }
            (Slot::Number(row), false) => {
                let op = match to {
                    ScalarKind::Sint => Convert::NumberToI32,
                    ScalarKind::Uint => Convert::NumberToU32,
                    _ => Convert::NumberToBool,
                };
                let fresh = self.int()?;
                self.emit(Op::Convert(op, fresh, row))?;
                Ok(Slot::Int(fresh))
            }
            (Slot::Int(row), false) if to == ScalarKind::Bool && from.kind != ScalarKind::Bool => {
                self.int_unary(IntUnary::ToBool, row)
            }
            (Slot::Int(_), false) => Ok(slot),
        }
    }
}
