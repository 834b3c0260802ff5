//! Branches, loops, switches and functions in a list of instructions, and arrays.

use crate::program::code::{Bank, Op, Row, Span};

/// Whether a structure begins.
pub(super) fn begins(op: Op) -> bool {
    matches!(op, Op::If(..) | Op::Loop(_) | Op::Switch | Op::Function)
}

fn ends(op: Op) -> bool {
    matches!(op, Op::EndIf | Op::EndLoop(_) | Op::EndSwitch | Op::EndFunction)
}

/// Behind the structure that begins at an instruction.
pub(super) fn end_of(ops: &[Op], at: usize) -> usize {
    let mut depth = 0;
    for (i, &op) in ops.iter().enumerate().skip(at) {
        depth += usize::from(begins(op));
        depth -= usize::from(ends(op));
        if depth == 0 {
            return i + 1;
        }
    }
    ops.len()
}

/// Puts in where branches and loops lead, after instructions were added or left out.
pub(in crate::program) fn link(ops: &mut [Op]) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..ops.len() {
        match ops[at] {
            op if begins(op) => open.push(at),
            Op::Else(_) => {
                if let Some(begin) = open.last_mut() {
                    if let Op::If(condition, _) = ops[*begin] {
                        ops[*begin] = Op::If(condition, at);
                    }
                    *begin = at;
                }
            }
            Op::EndIf => {
                if let Some(middle) = open.pop() {
                    ops[middle] = Op::Else(at);
                }
            }
            Op::EndLoop(_) => {
                if let Some(begin) = open.pop() {
                    ops[begin] = Op::Loop(at + 1);
                    ops[at] = Op::EndLoop(begin + 1);
                }
            }
            Op::EndSwitch | Op::EndFunction => {
                open.pop();
            }
            _ => {}
        }
    }
}

/// The array that an instruction reads or writes by a computed index.
pub(super) fn array_of(op: Op) -> Option<(Bank, Span)> {
    match op {
        Op::Gather(_, span, _) | Op::Scatter(span, ..) => Some((Bank::Numbers, span)),
        Op::GatherInt(_, span, _) | Op::ScatterInt(span, ..) => Some((Bank::Ints, span)),
        _ => None,
    }
}

/// The rows of an array.
pub(super) fn elements(span: Span) -> impl Iterator<Item = Row> {
    (0..span.count).map(move |offset| span.at(offset) as Row)
}
