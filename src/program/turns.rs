//! Makes the loops of an objective count their turns, and end when there are too many: some drivers stop a loop without
//! a word, others hang.

use naga::{
    BinaryOperator, Block, Expression, Function, GlobalVariable, Handle, Literal, Module, Range, Span,
    Statement,
};

/// Makes the loops of the objective's own functions count, of a whole module, of which the first `own` bytes are the objective's.
///
/// Every turn of a loop begins with `pm_turns += 1; if pm_turns > most { break; }`; who calls the objective asks
/// whether `pm_turns` is above `most`.
pub(crate) fn count_turns(module: &mut Module, own: usize, most: u32) {
    let counter =
        module.global_variables.iter().find(|(_, variable)| variable.name.as_deref() == Some("pm_turns"));
    let Some((counter, _)) = counter else { return };
    let spans: Vec<Span> =
        module.functions.iter().map(|(handle, _)| module.functions.get_span(handle)).collect();
    for ((_, function), span) in module.functions.iter_mut().zip(spans) {
        if span.to_range().is_some_and(|range| range.start < own) {
            let mut body = std::mem::take(&mut function.body);
            each_loop(&mut body, &mut |body| count(function, body, counter, most));
            function.body = body;
        }
    }
}

/// Calls `change` with the body of every loop, inner ones first.
fn each_loop(block: &mut Block, change: &mut dyn FnMut(&mut Block)) {
    for statement in block.iter_mut() {
        match statement {
            Statement::Block(block) => each_loop(block, change),
            Statement::If { accept, reject, .. } => {
                each_loop(accept, change);
                each_loop(reject, change);
            }
            Statement::Switch { cases, .. } => {
                cases.iter_mut().for_each(|case| each_loop(&mut case.body, change));
            }
            Statement::Loop { body, continuing, .. } => {
                each_loop(body, change);
                each_loop(continuing, change);
                change(body);
            }
            _ => {}
        }
    }
}

fn count(function: &mut Function, body: &mut Block, counter: Handle<GlobalVariable>, most: u32) {
    let span = Span::UNDEFINED;
    let mut add = |expression| function.expressions.append(expression, span);
    let pointer = add(Expression::GlobalVariable(counter));
    let one = add(Expression::Literal(Literal::U32(1)));
    let limit = add(Expression::Literal(Literal::U32(most)));
    let before = add(Expression::Load { pointer });
    let turns = add(Expression::Binary { op: BinaryOperator::Add, left: before, right: one });
    let beyond = add(Expression::Binary { op: BinaryOperator::Greater, left: turns, right: limit });
    let mut counted = Block::from_vec(vec![
        Statement::Emit(Range::new_from_bounds(before, beyond)),
        Statement::Store { pointer, value: turns },
        Statement::If {
            condition: beyond,
            accept: Block::from_vec(vec![Statement::Break]),
            reject: Block::new(),
        },
    ]);
    counted.append(body);
    *body = counted;
}
