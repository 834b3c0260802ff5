//! Functions of WGSL, and the operator `%`, that devices lack in f64 or have only inaccurately: in an objective's own functions, calls of the engine's take
//! their place, `pm_exp` for a number and `pm_exp_v3` for a vector. An expression becomes the result of a call where it stands, so
//! nothing else moves.

use std::collections::{HashMap, HashSet};

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{
    Arena, BinaryOperator, Block, Expression, Function, Handle, Module, Range, ScalarKind, Span, Statement,
    TypeInner,
};

use super::turns::count_turns;
use super::{builtins, geometry};

/// Expressions that become results of calls, and what is called with what.
type Calls = HashMap<Handle<Expression>, (Handle<Function>, Vec<Handle<Expression>>)>;

/// A whole module, of which the first `own` bytes are an objective's, as devices get it: with the engine's functions, and with loops
/// that count, if they may make so many turns and no more.
pub(crate) fn for_devices(text: &str, own: usize, turns: Option<u32>) -> Result<Module, String> {
    let mut module = wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    lower(&mut module, own)?;
    if let Some(most) = turns {
        count_turns(&mut module, own, most);
    }
    Ok(module)
}

/// Of a whole module, of which the first `own` bytes are the objective's.
fn lower(module: &mut Module, own: usize) -> Result<(), String> {
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(module).map_err(|error| error.to_string())?;
    let named = |(handle, function): (Handle<Function>, &Function)| Some((function.name.clone()?, handle));
    let by_name: HashMap<String, Handle<Function>> = module.functions.iter().filter_map(named).collect();
    let handles: Vec<Handle<Function>> = module.functions.iter().map(|(handle, _)| handle).collect();
    for handle in handles {
        let is_own = module.functions.get_span(handle).to_range().is_some_and(|range| range.start < own);
        if !is_own {
            continue;
        }
        let mut calls = Calls::new();
        for (at, expression) in module.functions[handle].expressions.iter() {
            let (name, arguments) = match *expression {
                Expression::Math { fun, arg, arg1, arg2, .. } => {
                    let name = builtins::lowered(fun).map(|builtin| builtin.name);
                    let Some(name) = name.or_else(|| geometry::lowered(fun)) else { continue };
                    (name, [Some(arg), arg1, arg2])
                }
                Expression::Binary { op: BinaryOperator::Modulo, left, right } => {
                    (builtins::REMAINDER, [Some(left), Some(right), None])
                }
                _ => continue,
            };
            let Some(first) = arguments[0] else { continue };
            let inner = info[handle][first].ty.inner_with(&module.types);
            if inner.scalar().map(|scalar| scalar.kind) != Some(ScalarKind::Float) {
                continue;
            }
            let name = match inner {
                TypeInner::Vector { size, .. } => format!("pm_{name}_v{}", *size as u32),
                TypeInner::Matrix { columns, .. } => format!("pm_{name}_m{}", *columns as u32),
                _ => format!("pm_{name}"),
            };
            let called = *by_name.get(&name).ok_or_else(|| format!("there is no `{name}`"))?;
            calls.insert(at, (called, arguments.into_iter().flatten().collect()));
        }
        if calls.is_empty() {
            continue;
        }
        let function = &mut module.functions[handle];
        for (&at, &(called, _)) in &calls {
            function.expressions[at] = Expression::CallResult(called);
        }
        let body = std::mem::take(&mut function.body);
        function.body = with_calls(body, &calls);
    }
    order(module);
    Ok(())
}

/// A block in which calls stand where their results were evaluated.
fn with_calls(block: Block, calls: &Calls) -> Block {
    let mut new = Block::new();
    for (statement, &span) in block.span_iter() {
        match statement.clone() {
            Statement::Emit(range) => emit(range, span, calls, &mut new),
            Statement::Block(block) => new.push(Statement::Block(with_calls(block, calls)), span),
            Statement::If { condition, accept, reject } => {
                let (accept, reject) = (with_calls(accept, calls), with_calls(reject, calls));
                new.push(Statement::If { condition, accept, reject }, span);
            }
            Statement::Switch { selector, mut cases } => {
                for case in &mut cases {
                    case.body = with_calls(std::mem::take(&mut case.body), calls);
                }
                new.push(Statement::Switch { selector, cases }, span);
            }
            Statement::Loop { body, continuing, break_if } => {
                let (body, continuing) = (with_calls(body, calls), with_calls(continuing, calls));
                new.push(Statement::Loop { body, continuing, break_if }, span);
            }
            other => new.push(other, span),
        }
    }
    new
}

fn emit(range: Range<Expression>, span: Span, calls: &Calls, new: &mut Block) {
    let mut run: Option<(Handle<Expression>, Handle<Expression>)> = None;
    let flush = |run: &mut Option<_>, new: &mut Block| {
        if let Some((first, last)) = run.take() {
            new.push(Statement::Emit(Range::new_from_bounds(first, last)), span);
        }
    };
    for at in range {
        match calls.get(&at) {
            Some((function, arguments)) => {
                flush(&mut run, new);
                let (function, arguments) = (*function, arguments.clone());
                new.push(Statement::Call { function, arguments, result: Some(at) }, span);
            }
            None => run = Some((run.map_or(at, |(first, _)| first), at)),
        }
    }
    flush(&mut run, new);
}

/// Puts each function behind those that it calls.
fn order(module: &mut Module) {
    let old = std::mem::take(&mut module.functions);
    let mut visit = Visit { old: &old, new: Arena::new(), places: HashMap::new(), open: HashSet::new() };
    old.iter().for_each(|(handle, _)| visit.visit(handle));
    let Visit { new, places, .. } = visit;
    module.functions = new;
    for entry in &mut module.entry_points {
        renumber(&mut entry.function, &places);
    }
}

struct Visit<'a> {
    old: &'a Arena<Function>,
    new: Arena<Function>,
    places: HashMap<Handle<Function>, Handle<Function>>,
    /// naga has refused recursion; this only keeps from following it.
    open: HashSet<Handle<Function>>,
}

impl Visit<'_> {
    fn visit(&mut self, handle: Handle<Function>) {
        if self.places.contains_key(&handle) || !self.open.insert(handle) {
            return;
        }
        let mut called = Vec::new();
        each_call(&self.old[handle].body, &mut |function| called.push(function));
        called.into_iter().for_each(|function| self.visit(function));
        let mut function = self.old[handle].clone();
        renumber(&mut function, &self.places);
        let place = self.new.append(function, self.old.get_span(handle));
        self.places.insert(handle, place);
    }
}

fn each_call(block: &Block, see: &mut dyn FnMut(Handle<Function>)) {
    for statement in block.iter() {
        match statement {
            Statement::Call { function, .. } => see(*function),
            Statement::Block(block) => each_call(block, see),
            Statement::If { accept, reject, .. } => {
                each_call(accept, see);
                each_call(reject, see);
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| each_call(&case.body, see)),
            Statement::Loop { body, continuing, .. } => {
                each_call(body, see);
                each_call(continuing, see);
            }
            _ => {}
        }
    }
}

fn renumber(function: &mut Function, places: &HashMap<Handle<Function>, Handle<Function>>) {
    for (_, expression) in function.expressions.iter_mut() {
        if let Expression::CallResult(called) = expression
            && let Some(&place) = places.get(called)
        {
            *called = place;
        }
    }
    renumber_block(&mut function.body, places);
}

fn renumber_block(block: &mut Block, places: &HashMap<Handle<Function>, Handle<Function>>) {
    for statement in block.iter_mut() {
        match statement {
            Statement::Call { function, .. } => {
                if let Some(&place) = places.get(function) {
                    *function = place;
                }
            }
            Statement::Block(block) => renumber_block(block, places),
            Statement::If { accept, reject, .. } => {
                renumber_block(accept, places);
                renumber_block(reject, places);
            }
            Statement::Switch { cases, .. } => {
                cases.iter_mut().for_each(|case| renumber_block(&mut case.body, places));
            }
            Statement::Loop { body, continuing, .. } => {
                renumber_block(body, places);
                renumber_block(continuing, places);
            }
            _ => {}
        }
    }
}
