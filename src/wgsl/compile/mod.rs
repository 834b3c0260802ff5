//! From naga's tree of a checked module to [`Code`]: calls written out, composites taken apart into rows.
//!
//! What cannot be compiled is refused with its place in the text; so the CPU engine runs whatever passes the check.

mod access;
mod expression;
mod intrinsic;
mod math;
mod statement;

use std::collections::HashMap;

use wgpu::naga::valid::ModuleInfo;
use wgpu::naga::{Expression, Function, Handle, Literal, Module, Scalar, ScalarKind, Span, TypeInner};

pub(crate) use intrinsic::{BINARY, UNARY};

use super::code::{Code, Op, Row};
use crate::precision::Precision;

/// Instructions after which a program is refused: calls are written out, so a chain of functions that each call the
/// last one twice would grow without end.
const MOST_OPS: usize = 1 << 20;

/// Rows after which a program is refused: 32 MiB a thread in f64.
const MOST_ROWS: usize = 1 << 16;

/// Rows that a function may keep after its return.
const MOST_KEPT: u32 = 64;

/// Different constants after which a program is refused.
const MOST_CONSTANTS: u32 = 1 << 16;

/// Why a module cannot be compiled, and where.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) span: Span,
    pub(super) message: String,
}

type Compiled<T> = Result<T, Refusal>;

/// What the sizes of the objective are; functions of the engine return them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) dimension: u32,
    pub(super) data: u32,
}

/// Compiles `fn objective()` or `fn term(s)`. Functions that begin at or behind `prelude` are the engine's.
pub(super) fn compile(
    module: &Module,
    info: &ModuleInfo,
    entry: Handle<Function>,
    prelude: u32,
    precision: Precision,
    sizes: Sizes,
) -> Compiled<Code> {
    let compiler = |reserved| Compiler::new(module, info, prelude, precision, sizes, reserved);
    // Constants lie below all other rows, and their number is known once all is compiled: hence twice.
    let most = Rows { numbers: MOST_CONSTANTS, ints: MOST_CONSTANTS };
    let first = compiler(most).program(entry)?;
    let exact = Rows { numbers: first.constants.len() as u32, ints: first.integers.len() as u32 + 1 };
    compiler(exact).program(entry)
}

/// Where one scalar of a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Number(Row),
    Int(Row),
}

/// Rows of numbers and of integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rows {
    numbers: u32,
    ints: u32,
}

impl Rows {
    fn beyond(self, before: Rows) -> u32 {
        (self.numbers - before.numbers) + (self.ints - before.ints)
    }
}

/// What an expression stands for.
#[derive(Clone, Debug)]
enum Value {
    /// Scalars in the order of members, columns, elements.
    Slots(Vec<Slot>),
    Pointer(access::Pointer),
    /// Of a call that returns nothing.
    Nothing,
}

struct Compiler<'a> {
    module: &'a Module,
    info: &'a ModuleInfo,
    prelude: u32,
    precision: Precision,
    sizes: Sizes,
    code: Code,
    known: HashMap<u64, Row>,
    known_ints: HashMap<u32, Row>,
    /// Rows below are those of constants.
    reserved: Rows,
    /// The first rows that are free.
    free: Rows,
    /// Frames of loops and switches around the statement at hand; true: a loop.
    frames: Vec<bool>,
    /// The statement at hand, for what has no place of its own.
    span: Span,
}

/// A function, written out at one call.
struct Instance<'a> {
    handle: Handle<Function>,
    function: &'a Function,
    arguments: Vec<Value>,
    locals: Vec<access::Pointer>,
    values: Vec<Option<Value>>,
    /// Where the result goes, unless the only return is the last statement.
    result: Option<Vec<Slot>>,
    /// What the last statement returned.
    returned: Option<Value>,
}

impl<'a> Compiler<'a> {
    fn new(
        module: &'a Module,
        info: &'a ModuleInfo,
        prelude: u32,
        precision: Precision,
        sizes: Sizes,
        reserved: Rows,
    ) -> Self {
        Compiler {
            module,
            info,
            prelude,
            precision,
            sizes,
            code: Code::default(),
            known: HashMap::new(),
            known_ints: HashMap::new(),
            reserved,
            free: reserved,
            frames: Vec::new(),
            span: Span::UNDEFINED,
        }
    }

    fn program(mut self, entry: Handle<Function>) -> Compiled<Code> {
        let function = &self.module.functions[entry];
        self.span = self.module.functions.get_span(entry);
        let arguments = function.arguments.iter().map(|_| Value::Slots(vec![Slot::Int(0)])).collect();
        let result = self.call(entry, arguments)?;
        match result {
            Value::Slots(slots) => match slots[..] {
                [Slot::Number(row)] => self.code.result = row,
                _ => return Err(self.refuse("it must return one `real`")),
            },
            _ => return Err(self.refuse("it must return one `real`")),
        }
        Ok(self.code)
    }

    /// Writes a function out.
    fn call(&mut self, handle: Handle<Function>, arguments: Vec<Value>) -> Compiled<Value> {
        let function: &'a Function = &self.module.functions[handle];
        let tail_only = statement::returns_at_the_end_only(&function.body);
        let slots = match &function.result {
            Some(result) => {
                let kinds = self.flatten(&self.module.types[result.ty].inner)?;
                Some(self.allocate(&kinds)?)
            }
            None => None,
        };
        let result = slots.clone().filter(|_| !tail_only);
        let before = self.free;
        let mut instance = Instance {
            handle,
            function,
            arguments,
            locals: Vec::new(),
            values: vec![None; function.expressions.len()],
            result,
            returned: None,
        };
        self.locals(&mut instance)?;
        let frames = std::mem::take(&mut self.frames);
        if !tail_only {
            self.emit(Op::Function)?;
        }
        self.block(&mut instance, &function.body)?;
        if !tail_only {
            self.emit(Op::EndFunction)?;
        }
        self.frames = frames;
        Ok(match (instance.result, instance.returned) {
            (Some(slots), _) => {
                // The result lies below: all else of the function may be overwritten.
                self.free = before;
                Value::Slots(slots)
            }
            // Large functions give their rows back, small ones are spared the copy.
            (None, Some(Value::Slots(values))) if self.free.beyond(before) > MOST_KEPT => {
                let slots = slots.unwrap_or_default();
                for (&to, &from) in slots.iter().zip(&values) {
                    self.copy(to, from)?;
                }
                self.free = before;
                Value::Slots(slots)
            }
            (None, Some(value)) => value,
            (None, None) => Value::Nothing,
        })
    }

    fn refuse(&self, message: impl Into<String>) -> Refusal {
        Refusal { span: self.span, message: message.into() }
    }

    fn emit(&mut self, op: Op) -> Compiled<()> {
        if self.code.ops.len() >= MOST_OPS {
            return Err(self.refuse(format!(
                "with all calls written out this takes more than {MOST_OPS} instructions; call less from functions \
                 that are called often"
            )));
        }
        self.code.ops.push(op);
        Ok(())
    }

    fn take(&mut self, rows: Rows) -> Compiled<Rows> {
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
    fn number(&mut self) -> Compiled<Row> {
        Ok(self.take(Rows { numbers: 1, ints: 0 })?.numbers)
    }

    /// A fresh row of integers.
    fn int(&mut self) -> Compiled<Row> {
        Ok(self.take(Rows { numbers: 0, ints: 1 })?.ints)
    }

    /// The row of a constant.
    fn constant(&mut self, value: f64) -> Compiled<Row> {
        let next = self.code.constants.len() as Row;
        let row = *self.known.entry(value.to_bits()).or_insert(next);
        if row == next {
            self.code.constants.push(value);
            self.code.rows = self.code.rows.max(next as usize + 1);
        }
        if row >= self.reserved.numbers { Err(self.too_many_constants()) } else { Ok(row) }
    }

    fn integer(&mut self, value: u32) -> Compiled<Row> {
        let next = self.code.integers.len() as Row + 1;
        let row = *self.known_ints.entry(value).or_insert(next);
        if row == next {
            self.code.integers.push(value);
            self.code.int_rows = self.code.int_rows.max(next as usize + 1);
        }
        if row >= self.reserved.ints { Err(self.too_many_constants()) } else { Ok(row) }
    }

    fn too_many_constants(&self) -> Refusal {
        self.refuse(format!("more than {MOST_CONSTANTS} different constants; read them by data(i)"))
    }

    /// The value of a row of integers, if it is a constant.
    fn known_integer(&self, row: Row) -> Option<u32> {
        (row as usize).checked_sub(1).and_then(|i| self.code.integers.get(i)).copied()
    }

    fn literal(&mut self, literal: Literal) -> Compiled<Slot> {
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
    fn global(&mut self, handle: Handle<Expression>) -> Compiled<Vec<Slot>> {
        match self.module.global_expressions[handle].clone() {
            Expression::Literal(literal) => Ok(vec![self.literal(literal)?]),
            Expression::Constant(constant) => self.global(self.module.constants[constant].init),
            Expression::ZeroValue(ty) => self.zeros(&self.module.types[ty].inner),
            Expression::Compose { components, .. } => {
                let mut slots = Vec::new();
                for component in components {
                    slots.extend(self.global(component)?);
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

    fn zeros(&mut self, inner: &TypeInner) -> Compiled<Vec<Slot>> {
        let kinds = self.flatten(inner)?;
        let (number, int) = (self.constant(0.0)?, self.integer(0)?);
        Ok(kinds
            .into_iter()
            .map(|is_number| if is_number { Slot::Number(number) } else { Slot::Int(int) })
            .collect())
    }

    /// The scalars of a type, in order: true where one is a number.
    fn flatten(&self, inner: &TypeInner) -> Compiled<Vec<bool>> {
        let mut kinds = Vec::new();
        self.flatten_into(inner, &mut kinds)?;
        Ok(kinds)
    }

    fn flatten_into(&self, inner: &TypeInner, kinds: &mut Vec<bool>) -> Compiled<()> {
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
            TypeInner::Array { base, size: wgpu::naga::ArraySize::Constant(count), .. } => {
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

    fn is_number(&self, scalar: Scalar) -> Compiled<bool> {
        match (scalar.kind, scalar.width) {
            (ScalarKind::Float, 4 | 8) | (ScalarKind::AbstractFloat, _) => Ok(true),
            (ScalarKind::Sint | ScalarKind::Uint, 4) | (ScalarKind::Bool | ScalarKind::AbstractInt, _) => {
                Ok(false)
            }
            _ => Err(self.refuse("only real, f32, i32, u32 and bool are supported")),
        }
    }

    /// Whether results of this type are to be rounded to f32.
    fn rounds(&self, scalar: Scalar) -> bool {
        self.precision == Precision::F64 && scalar.kind == ScalarKind::Float && scalar.width == 4
    }

    /// Fresh rows, one after the other.
    fn allocate(&mut self, kinds: &[bool]) -> Compiled<Vec<Slot>> {
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
    fn copy(&mut self, to: Slot, from: Slot) -> Compiled<()> {
        match (to, from) {
            (Slot::Number(to), Slot::Number(from)) => self.emit(Op::Copy(to, from)),
            (Slot::Int(to), Slot::Int(from)) => self.emit(Op::CopyInt(to, from)),
            _ => Err(self.refuse("a number where an integer is needed, or the other way round")),
        }
    }

    /// Copies in the active lanes.
    fn store(&mut self, to: Slot, from: Slot) -> Compiled<()> {
        match (to, from) {
            (Slot::Number(to), Slot::Number(from)) => self.emit(Op::Store(to, from)),
            (Slot::Int(to), Slot::Int(from)) => self.emit(Op::StoreInt(to, from)),
            _ => Err(self.refuse("a number where an integer is needed, or the other way round")),
        }
    }
}
