//! Statements: control flow becomes masks and jumps.

use naga::{Block, Expression, Module, Statement, SwitchCase, SwitchValue, TypeInner};

use super::{Compiled, Compiler, Instance, MOST_DEPTH, Slot, Value};
use crate::program::code::{Op, Row};
use crate::program::dialect;
use crate::program::lanes::IntBinary;

/// Whether the only return is the last statement (or there is none).
pub(super) fn returns_at_the_end_only(body: &Block) -> bool {
    let inner = match body.last() {
        Some(Statement::Return { .. }) => &body[..body.len() - 1],
        _ => &body[..],
    };
    !inner.iter().any(returns)
}

fn returns(statement: &Statement) -> bool {
    match statement {
        Statement::Return { .. } => true,
        Statement::Block(block) => block.iter().any(returns),
        Statement::If { accept, reject, .. } => accept.iter().chain(reject.iter()).any(returns),
        Statement::Switch { cases, .. } => cases.iter().any(|case| case.body.iter().any(returns)),
        Statement::Loop { body, continuing, .. } => body.iter().chain(continuing.iter()).any(returns),
        _ => false,
    }
}

/// Whether a statement may leave the block that it stands in.
fn leaves(statement: &Statement) -> bool {
    match statement {
        Statement::Return { .. } | Statement::Break | Statement::Continue => true,
        Statement::Block(block) => block.iter().any(leaves),
        Statement::If { accept, reject, .. } => accept.iter().chain(reject.iter()).any(leaves),
        Statement::Switch { cases, .. } => cases.iter().any(|case| case.body.iter().any(returns)),
        Statement::Loop { body, continuing, .. } => body.iter().chain(continuing.iter()).any(returns),
        _ => false,
    }
}

/// Whether a function with a pointer among its arguments is called.
pub(super) fn passes_pointers(module: &Module, body: &Block) -> bool {
    let within = |block: &Block| passes_pointers(module, block);
    body.iter().any(|statement| match statement {
        Statement::Call { function, .. } => module.functions[*function].arguments.iter().any(|argument| {
            matches!(
                module.types[argument.ty].inner,
                TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. }
            )
        }),
        Statement::Block(block) => within(block),
        Statement::If { accept, reject, .. } => within(accept) || within(reject),
        Statement::Switch { cases, .. } => cases.iter().any(|case| within(&case.body)),
        Statement::Loop { body, continuing, .. } => within(body) || within(continuing),
        _ => false,
    })
}

impl<'a> Compiler<'a> {
    pub(super) fn block(&mut self, instance: &mut Instance<'a>, block: &'a Block) -> Compiled<()> {
        let outside = self.depth;
        for (statement, span) in block.span_iter() {
            self.span = *span;
            let is_nested = matches!(
                statement,
                Statement::If { .. }
                    | Statement::Loop { .. }
                    | Statement::Switch { .. }
                    | Statement::Call { .. }
            );
            let before = self.depth;
            self.depth += usize::from(is_nested);
            if self.depth > MOST_DEPTH {
                return Err(self.refuse(format!(
                    "more than {MOST_DEPTH} branches, loops and calls within one another (each else-if is within the one \
                     before, and what follows a return, break or continue is within a branch): some devices go wrong \
                     there; use a switch, a loop or an array"
                )));
            }
            self.statement(instance, statement)?;
            // Compilers put what follows into a branch of those that have not left.
            self.depth = before + usize::from(is_nested && leaves(statement));
        }
        self.depth = outside;
        Ok(())
    }

    fn statement(&mut self, instance: &mut Instance<'a>, statement: &'a Statement) -> Compiled<()> {
        match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    let mut value = self.evaluate(instance, handle)?;
                    if instance.function.named_expressions.contains_key(&handle) {
                        value = self.kept(instance, value)?;
                    }
                    instance.values[handle.index()] = Some(value);
                }
                Ok(())
            }
            Statement::Block(block) => self.block(instance, block),
            Statement::If { condition, accept, reject } => {
                let condition = self.int_of(instance, *condition)?;
                self.branch(condition, |this| this.block(instance, accept))?;
                if reject.is_empty() {
                    return Ok(());
                }
                self.otherwise(|this| this.block(instance, reject))
            }
            Statement::Switch { selector, cases } => {
                let selector = self.int_of(instance, *selector)?;
                self.switch(instance, selector, cases)
            }
            Statement::Loop { body, continuing, break_if } => {
                let begin = self.code.ops.len();
                self.emit(Op::Loop(0))?;
                self.frames.push(true);
                self.block(instance, body)?;
                self.emit(Op::Continuing)?;
                self.block(instance, continuing)?;
                if let Some(condition) = break_if {
                    let condition = self.int_of(instance, *condition)?;
                    self.emit(Op::BreakIf(condition))?;
                }
                self.frames.pop();
                self.emit(Op::EndLoop(begin + 1))?;
                self.code.ops[begin] = Op::Loop(self.code.ops.len());
                Ok(())
            }
            Statement::Break => self.emit(Op::Break),
            Statement::Continue => {
                let up = self.frames.iter().rev().position(|&is_loop| is_loop).unwrap_or(0);
                self.emit(Op::Continue(up as u32))
            }
            Statement::Return { value } => {
                let value = match value {
                    Some(value) => self.value(instance, *value)?,
                    None => Value::Nothing,
                };
                if instance.returns_at_the_end_only {
                    instance.returned = Some(value);
                    return Ok(());
                }
                if let (Some(result), Value::Slots(slots)) = (instance.result.clone(), value) {
                    for (to, from) in result.into_iter().zip(slots) {
                        self.store(to, from)?;
                    }
                }
                self.emit(Op::Return)
            }
            Statement::Store { pointer, value } => {
                let pointer = self.value(instance, *pointer)?;
                let pointer = self.pointer(pointer)?;
                let slots = self.slots(instance, *value)?;
                self.store_at(&pointer, &slots)
            }
            Statement::Call { function, arguments, result } => {
                let mut values = Vec::new();
                for &argument in arguments {
                    let value = self.value(instance, argument)?;
                    let is_part = matches!(
                        instance.function.expressions[argument],
                        Expression::Access { .. } | Expression::AccessIndex { .. }
                    );
                    if is_part && matches!(value, Value::Pointer(_)) {
                        return Err(self.refuse(
                            "a pointer to a part of a variable cannot be handed to a function on every device; hand over \
                             the whole variable, or copy the part to one of its own",
                        ));
                    }
                    values.push(value);
                }
                let span = self.span;
                let is_ours = self.module.functions.get_span(*function).to_range();
                let value = match is_ours {
                    Some(range) if range.start as u32 >= self.prelude => {
                        let name = self.module.functions[*function].name.clone().unwrap_or_default();
                        match &values[..] {
                            // What they are for, naga has seen.
                            [value] if dialect::keeps(&name) => value.clone(),
                            _ => Value::Slots(vec![self.intrinsic(&name, &values)?]),
                        }
                    }
                    _ => self.call(*function, values)?,
                };
                self.span = span;
                if let Some(result) = result {
                    debug_assert!(matches!(
                        instance.function.expressions[*result],
                        Expression::CallResult(_)
                    ));
                    // A function may hand on what it was given.
                    instance.values[result.index()] = Some(self.kept(instance, value)?);
                }
                Ok(())
            }
            Statement::Kill => Err(self.refuse("an objective cannot `discard`")),
            Statement::ControlBarrier(_) | Statement::MemoryBarrier(_) => {
                Err(self.refuse("an objective cannot wait for other invocations: leave barriers out"))
            }
            _ => Err(self.refuse("this statement is not supported in an objective")),
        }
    }

    /// `then` where the condition holds; [`otherwise`](Self::otherwise) may follow.
    fn branch(&mut self, condition: Row, then: impl FnOnce(&mut Self) -> Compiled<()>) -> Compiled<()> {
        let begin = self.code.ops.len();
        self.emit(Op::If(condition, 0))?;
        then(self)?;
        let middle = self.code.ops.len();
        self.code.ops[begin] = Op::If(condition, middle);
        self.emit(Op::Else(0))?;
        self.code.ops[middle] = Op::Else(self.code.ops.len());
        self.emit(Op::EndIf)
    }

    /// More for the other lanes of the `branch` just written.
    fn otherwise(&mut self, more: impl FnOnce(&mut Self) -> Compiled<()>) -> Compiled<()> {
        // Of the form If … Else EndIf.
        self.code.ops.pop();
        let middle = self.code.ops.len() - 1;
        more(self)?;
        self.code.ops[middle] = Op::Else(self.code.ops.len());
        self.emit(Op::EndIf)
    }

    /// One branch for each body: naga gives a case of several values as empty cases that fall through.
    fn switch(
        &mut self,
        instance: &mut Instance<'a>,
        selector: Row,
        cases: &'a [SwitchCase],
    ) -> Compiled<()> {
        self.emit(Op::Switch)?;
        self.frames.push(false);
        let mut others: Vec<Row> = Vec::new();
        let mut bodies: Vec<(Vec<Row>, bool, &'a Block)> = Vec::new();
        let (mut rows, mut is_default) = (Vec::new(), false);
        for case in cases {
            match case.value {
                SwitchValue::Default => is_default = true,
                SwitchValue::I32(_) | SwitchValue::U32(_) => {
                    let value = match case.value {
                        SwitchValue::I32(value) => value as u32,
                        SwitchValue::U32(value) => value,
                        SwitchValue::Default => 0,
                    };
                    let value = self.integer(value)?;
                    let row = self.int()?;
                    self.emit(Op::IntBinary(IntBinary::Equal, row, [selector, value]))?;
                    rows.push(row);
                    others.push(row);
                }
            }
            if !case.fall_through {
                bodies.push((std::mem::take(&mut rows), is_default, &case.body));
                is_default = false;
            } else if !case.body.is_empty() {
                return Err(self.refuse("cases that fall through are not supported"));
            }
        }
        for (rows, is_default, body) in bodies {
            let mut condition = self.any(&rows)?;
            if is_default {
                let other = self.any(&others)?;
                let none = self.int()?;
                let zero = self.integer(0)?;
                self.emit(Op::IntBinary(IntBinary::Equal, none, [other, zero]))?;
                let either = self.int()?;
                self.emit(Op::IntBinary(IntBinary::Or, either, [condition, none]))?;
                condition = either;
            }
            self.branch(condition, |this| this.block(instance, body))?;
        }
        self.frames.pop();
        self.emit(Op::EndSwitch)
    }

    /// Whether any of these bools holds.
    fn any(&mut self, rows: &[Row]) -> Compiled<Row> {
        let mut any = self.integer(0)?;
        for &row in rows {
            let either = self.int()?;
            self.emit(Op::IntBinary(IntBinary::Or, either, [any, row]))?;
            any = either;
        }
        Ok(any)
    }

    /// The one integer or bool that an expression stands for.
    pub(super) fn int_of(
        &mut self,
        instance: &mut Instance<'a>,
        handle: naga::Handle<Expression>,
    ) -> Compiled<Row> {
        match self.slots(instance, handle)?[..] {
            [Slot::Int(row)] => Ok(row),
            _ => Err(self.refuse("an integer or a bool is needed here")),
        }
    }
}
