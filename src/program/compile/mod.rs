//! From naga's tree of a checked module to [`Code`]: calls written out, composites taken apart into rows.
//!
//! What cannot be compiled is refused with its place in the text; so the CPU engine runs whatever passes the check.

mod access;
mod expression;
mod geometry;
mod intrinsic;
mod math;
mod rows;
mod statement;

use std::collections::HashMap;

use naga::valid::ModuleInfo;
use naga::{Function, GlobalVariable, Handle, Module, Span};

use super::code::{Code, Op, Row};
use crate::numeric::Precision;

/// Instructions after which a program is refused: calls are written out, so a chain of functions that each call the
/// last one twice would grow without end.
const MOST_OPS: usize = 1 << 20;

/// Rows after which a program is refused: 32 MiB a thread in f64.
const MOST_ROWS: usize = 1 << 16;

/// Branches, loops and calls within one another after which a program is refused: llvmpipe goes wrong without a word at
/// 80, of which the engine's own code takes some.
const MOST_DEPTH: usize = 50;

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

/// The function of a text that gives its variables of the module their first values (`dialect/prepare.rs`).
const BEGIN: &str = "pm_begin";

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
    /// Variables of the module.
    globals: HashMap<Handle<GlobalVariable>, access::Pointer>,
    /// Frames of loops and switches around the statement at hand; true: a loop.
    frames: Vec<bool>,
    /// Branches, loops and calls around the statement at hand.
    depth: usize,
    /// The statement at hand, for what has no place of its own.
    span: Span,
}

/// A function, written out at one call.
struct Instance<'a> {
    handle: Handle<Function>,
    function: &'a Function,
    arguments: Vec<Value>,
    locals: Vec<access::Pointer>,
    /// The rows of its locals: from, to.
    local_rows: (Rows, Rows),
    values: Vec<Option<Value>>,
    /// Whether it hands pointers to its variables to functions, which may store there in the midst of a statement.
    passes_pointers: bool,
    returns_at_the_end_only: bool,
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
            globals: HashMap::new(),
            frames: Vec::new(),
            depth: 0,
            span: Span::UNDEFINED,
        }
    }

    fn program(mut self, entry: Handle<Function>) -> Compiled<Code> {
        let function = &self.module.functions[entry];
        self.span = self.module.functions.get_span(entry);
        let arguments = function.arguments.iter().map(|_| Value::Slots(vec![Slot::Int(0)])).collect();
        self.globals()?;
        let begin =
            self.module.functions.iter().find(|(_, function)| function.name.as_deref() == Some(BEGIN));
        if let Some((begin, _)) = begin {
            self.call(begin, Vec::new())?;
        }
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
            local_rows: (before, before),
            values: vec![None; function.expressions.len()],
            // What a called function stores in a variable of the module counts like what it stores by a pointer.
            passes_pointers: !self.globals.is_empty()
                || statement::passes_pointers(self.module, &function.body),
            returns_at_the_end_only: tail_only,
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
}
