//! Puts products and the sums that they go into together: one instruction in the place of two, and no row between. Both are
//! rounded as before, so that no bit changes.

use super::structure::{array_of, elements, link};
use crate::program::builtins::Binary;
use crate::program::code::{Access, Bank, Code, Fused, Op, Row};

/// What is known of a row of numbers.
#[derive(Clone, Copy, Default)]
struct Fact {
    reads: u32,
    writes: u32,
    /// Whether others than one instruction, in all lanes, write it.
    is_memory: bool,
    /// Of a product: where it is.
    product: Option<usize>,
}

/// The program with products in the sums that alone need them.
pub(super) fn fuse(code: &Code) -> Code {
    let mut facts = facts(code);
    let mut ops = code.ops.clone();
    for at in 0..ops.len() {
        match ops[at] {
            // What was known of products before holds no longer where jumps may come from elsewhere.
            op if op.is_control() => facts.iter_mut().for_each(|fact| fact.product = None),
            Op::Binary(Binary::Multiply, to, from) => {
                let is_still = from.iter().all(|&row| !facts[row as usize].is_memory);
                let fact = &mut facts[to as usize];
                fact.product = (is_still && !fact.is_memory && fact.reads == 1).then_some(at);
            }
            Op::Binary(op @ (Binary::Add | Binary::Subtract), to, [a, b]) => {
                let product = |row: Row| {
                    let place = facts[row as usize].product?;
                    let Op::Binary(_, _, [a, b]) = ops[place] else { return None };
                    Some((place, a, b))
                };
                let (fused, (place, c, d), rest) = match (op, product(a), product(b)) {
                    (Binary::Add, Some(found), _) => (Fused::Plus, found, b),
                    (Binary::Add, None, Some(found)) => (Fused::Plus, found, a),
                    (_, _, Some(found)) => (Fused::From, found, a),
                    (_, Some(found), None) => (Fused::Minus, found, b),
                    (_, None, None) => continue,
                };
                ops[at] = Op::Fused(fused, to, [c, d, rest]);
                ops[place] = Op::Nothing;
            }
            _ => {}
        }
    }
    ops.retain(|op| *op != Op::Nothing);
    link(&mut ops);
    Code { ops, ..code.clone() }
}

fn facts(code: &Code) -> Vec<Fact> {
    let mut facts = vec![Fact::default(); code.rows.max(1)];
    for &op in &code.ops {
        if let Some((Bank::Numbers, span)) = array_of(op) {
            elements(span).for_each(|row| facts[row as usize].is_memory = true);
        }
        code.operands[op.apart()].iter().for_each(|&row| facts[row as usize].reads += 1);
        op.with_rows(|access, bank, row| {
            if bank == Bank::Numbers {
                let fact = &mut facts[row as usize];
                match access {
                    Access::Read => fact.reads += 1,
                    Access::Write => {
                        fact.writes += 1;
                        fact.is_memory |= fact.writes > 1;
                    }
                    _ => fact.is_memory = true,
                }
            }
            row
        });
    }
    code.results().for_each(|row| facts[row as usize].reads += 1);
    facts
}
