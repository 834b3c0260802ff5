//! Walks the tree of a function, as naga gives it: statements and expressions.

use std::cell::RefCell;
use std::collections::HashMap;

use naga::{
    Block, Expression, Function, Handle, Module, RelationalFunction, Statement, SwitchCase, SwitchValue,
};

use super::math;
use super::value::{Literals, Pointer, Value};

/// An expression of a function, or of the module.
type Place = (Option<Handle<Function>>, Handle<Expression>);

/// What is the same for all points: the text, what it reads, and literals as they are read once.
pub struct World {
    pub module: Module,
    pub data: Vec<Value>,
    pub literals: Literals,
    pub dimension: usize,
    /// Constants of the module and literals of functions, which are long in the reading.
    pub constants: RefCell<HashMap<Place, Value>>,
}

/// A function that is being called.
struct Frame {
    handle: Handle<Function>,
    arguments: Vec<Value>,
    locals: Vec<Value>,
    values: Vec<Option<Value>>,
}

/// How a statement ends.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

pub struct Machine<'a> {
    world: &'a World,
    point: &'a [Value],
    frames: Vec<Frame>,
}

impl<'a> Machine<'a> {
    pub fn new(world: &'a World, point: &'a [Value]) -> Self {
        Machine { world, point, frames: Vec::new() }
    }

    /// The result of a function.
    pub fn call(&mut self, handle: Handle<Function>, arguments: Vec<Value>) -> Value {
        let module = &self.world.module;
        let function = &module.functions[handle];
        let values = vec![None; function.expressions.len()];
        self.frames.push(Frame { handle, arguments, locals: Vec::new(), values });
        for (_, local) in function.local_variables.iter() {
            let first = match local.init {
                Some(init) => self.value(init),
                None => Value::zero(module, &module.types[local.ty].inner),
            };
            self.frame().locals.push(first);
        }
        let flow = self.block(&function.body);
        self.frames.pop();
        match flow {
            Flow::Return(value) => value,
            _ => Value::Nothing,
        }
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a function is being called")
    }

    fn function(&self) -> &'a Function {
        &self.world.module.functions[self.frames[self.frames.len() - 1].handle]
    }

    fn block(&mut self, block: &Block) -> Flow {
        for statement in block.iter() {
            match self.statement(statement) {
                Flow::Next => {}
                flow => return flow,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    let value = self.evaluate(handle);
                    self.frame().values[handle.index()] = Some(value);
                }
            }
            Statement::Block(block) => return self.block(block),
            Statement::If { condition, accept, reject } => {
                let holds = self.value(*condition).holds();
                return self.block(if holds { accept } else { reject });
            }
            Statement::Switch { selector, cases } => {
                let selector = self.value(*selector);
                return self.switch(&selector, cases);
            }
            Statement::Loop { body, continuing, break_if } => loop {
                match self.block(body) {
                    Flow::Break => return Flow::Next,
                    Flow::Return(value) => return Flow::Return(value),
                    Flow::Next | Flow::Continue => {}
                }
                self.block(continuing);
                if break_if.is_some_and(|condition| self.value(condition).holds()) {
                    return Flow::Next;
                }
            },
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Return { value } => {
                return Flow::Return(value.map_or(Value::Nothing, |value| self.value(value)));
            }
            Statement::Store { pointer, value } => {
                let (pointer, value) = (self.value(*pointer), self.value(*value));
                *self.place(&pointer) = value;
            }
            Statement::Call { function, arguments, result } => {
                let arguments: Vec<Value> = arguments.iter().map(|&argument| self.value(argument)).collect();
                let value = self.called(*function, arguments);
                if let Some(result) = result {
                    self.frame().values[result.index()] = Some(value);
                }
            }
            other => panic!("no objective has statements such as {other:?}"),
        }
        Flow::Next
    }

    fn called(&mut self, function: Handle<Function>, arguments: Vec<Value>) -> Value {
        let name = self.world.module.functions[function].name.as_deref().unwrap_or_default();
        let read = |from: &[Value]| from[arguments[0].index(usize::MAX)].clone();
        match name {
            "x" => read(self.point),
            "data" => read(&self.world.data),
            "dimension" => Value::U32(self.world.dimension as u32),
            "data_len" => Value::U32(self.world.data.len() as u32),
            name if super::is_engine(name) => math::engine(name, &arguments),
            _ => self.call(function, arguments),
        }
    }

    fn switch(&mut self, selector: &Value, cases: &[SwitchCase]) -> Flow {
        let fits = |case: &SwitchCase| match (case.value, selector) {
            (SwitchValue::I32(a), Value::I32(b)) => a == *b,
            (SwitchValue::U32(a), Value::U32(b)) => a == *b,
            _ => false,
        };
        let default = || cases.iter().position(|case| case.value == SwitchValue::Default);
        let Some(first) = cases.iter().position(fits).or_else(default) else { return Flow::Next };
        for case in &cases[first..] {
            match self.block(&case.body) {
                Flow::Next if case.fall_through => {}
                Flow::Next | Flow::Break => return Flow::Next,
                flow => return flow,
            }
        }
        Flow::Next
    }

    /// The value of an expression: as it was when emitted, or now.
    fn value(&mut self, handle: Handle<Expression>) -> Value {
        match &self.frame().values[handle.index()] {
            Some(value) => value.clone(),
            None => self.evaluate(handle),
        }
    }

    /// Where a pointer leads.
    fn place(&mut self, pointer: &Value) -> &mut Value {
        let Value::Pointer(Pointer { frame, local, path }) = pointer else {
            panic!("{pointer:?} is no pointer")
        };
        let mut place = &mut self.frames[*frame].locals[*local];
        for &index in path {
            let Value::Many(parts) = place else { panic!("{place:?} has no parts") };
            place = &mut std::rc::Rc::make_mut(parts)[index];
        }
        place
    }

    fn part(&mut self, base: Value, index: &Value) -> Value {
        match base {
            Value::Many(parts) => parts[index.index(parts.len())].clone(),
            Value::Pointer(mut pointer) => {
                let length = self.place(&Value::Pointer(pointer.clone())).parts().len();
                pointer.path.push(index.index(length));
                Value::Pointer(pointer)
            }
            other => panic!("{other:?} has no parts"),
        }
    }

    fn kept(
        &mut self,
        of: Option<Handle<Function>>,
        handle: Handle<Expression>,
        make: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        if let Some(value) = self.world.constants.borrow().get(&(of, handle)) {
            return value.clone();
        }
        let value = make(self);
        self.world.constants.borrow_mut().insert((of, handle), value.clone());
        value
    }

    fn global(&mut self, handle: Handle<Expression>) -> Value {
        let world = self.world;
        self.kept(None, handle, |this| match world.module.global_expressions[handle] {
            Expression::Literal(literal) => Value::literal(literal, world.literals),
            Expression::Constant(constant) => this.global(world.module.constants[constant].init),
            Expression::ZeroValue(ty) => Value::zero(&world.module, &world.module.types[ty].inner),
            Expression::Compose { ty, ref components } => {
                let parts = components.iter().map(|&component| this.global(component)).collect();
                Value::composed(&world.module.types[ty].inner, parts)
            }
            Expression::Splat { size, value } => Value::many(vec![this.global(value); size as usize]),
            ref other => panic!("no objective has constants such as {other:?}"),
        })
    }

    fn evaluate(&mut self, handle: Handle<Expression>) -> Value {
        let module = &self.world.module;
        let of = self.frame().handle;
        match self.function().expressions[handle] {
            Expression::Literal(literal) => {
                self.kept(Some(of), handle, |this| Value::literal(literal, this.world.literals))
            }
            Expression::Constant(constant) => self.global(module.constants[constant].init),
            Expression::ZeroValue(ty) => Value::zero(module, &module.types[ty].inner),
            Expression::Compose { ty, ref components } => {
                let parts = components.iter().map(|&component| self.value(component)).collect();
                Value::composed(&module.types[ty].inner, parts)
            }
            Expression::Splat { size, value } => Value::many(vec![self.value(value); size as usize]),
            Expression::Swizzle { size, vector, pattern } => {
                let vector = self.value(vector);
                let picked = pattern[..size as usize].iter().map(|&at| vector.parts()[at as usize].clone());
                Value::many(picked.collect())
            }
            Expression::FunctionArgument(index) => self.frame().arguments[index as usize].clone(),
            Expression::LocalVariable(local) => Value::Pointer(Pointer {
                frame: self.frames.len() - 1,
                local: local.index(),
                path: Vec::new(),
            }),
            Expression::AccessIndex { base, index } => {
                let base = self.value(base);
                self.part(base, &Value::U32(index))
            }
            Expression::Access { base, index } => {
                let (base, index) = (self.value(base), self.value(index));
                self.part(base, &index)
            }
            Expression::Load { pointer } => {
                let pointer = self.value(pointer);
                self.place(&pointer).clone()
            }
            Expression::Unary { op, expr } => math::unary(op, &self.value(expr)),
            Expression::Binary { op, left, right } => math::binary(op, &self.value(left), &self.value(right)),
            Expression::Select { condition, accept, reject } => {
                let condition = self.value(condition);
                math::select(&condition, &self.value(accept), &self.value(reject))
            }
            Expression::Relational { fun, argument } => {
                let argument = self.value(argument);
                if !argument.is_many() {
                    return argument;
                }
                let mut parts = argument.parts().iter().map(Value::holds);
                Value::Bool(if fun == RelationalFunction::All {
                    parts.all(|it| it)
                } else {
                    parts.any(|it| it)
                })
            }
            Expression::Math { fun, arg, arg1, arg2, .. } => {
                let arguments = [Some(arg), arg1, arg2].into_iter().flatten();
                let arguments: Vec<Value> = arguments.map(|argument| self.value(argument)).collect();
                math::math(fun, &arguments)
            }
            Expression::As { expr, kind, convert } => math::convert(&self.value(expr), kind, convert),
            ref other => panic!("no objective has expressions such as {other:?}"),
        }
    }
}
