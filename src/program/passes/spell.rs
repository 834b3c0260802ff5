//! Writes rules of slopes that are sums and products out as such: then what they have in common is computed once, and the loop over
//! instructions takes them by one jump. The numbers are the same in every bit.

use super::structure::link;
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Code, Op, Row};
use crate::program::slopes::Rule;

/// The program with simple rules as instructions.
pub(super) fn spell(code: &Code) -> Code {
    #[cfg(test)]
    if crate::program::slopes::broken::KEPT.get() {
        return code.clone();
    }
    let mut out = Code { ops: Vec::with_capacity(code.ops.len()), ..code.clone() };
    for &op in &code.ops {
        match op {
            Op::Rule(rule, to, _) if rule_as(&mut out, rule, to, &code.operands[op.apart()]) => {}
            op => out.ops.push(op),
        }
    }
    link(&mut out.ops);
    out
}

/// Whether a rule could be written out.
fn rule_as(out: &mut Code, rule: Rule, to: Row, from: &[Row]) -> bool {
    let two = |out: &mut Code, op: Binary, a: Row, b: Row| {
        out.rows += 1;
        let to = out.rows as Row - 1;
        out.ops.push(Op::Binary(op, to, [a, b]));
        to
    };
    let (op, [a, b]) = match (rule, from) {
        (Rule::Negated, &[a]) => {
            out.ops.push(Op::Unary(Unary::Negate, to, a));
            return true;
        }
        (Rule::Copied, &[a]) => {
            out.ops.push(Op::Copy(to, a));
            return true;
        }
        (Rule::SumSlope, &[a, b]) => (Binary::Add, [a, b]),
        (Rule::DifferenceSlope, &[a, b]) => (Binary::Subtract, [a, b]),
        (Rule::ScaledSlope, &[k, d]) => (Binary::Multiply, [k, d]),
        (Rule::OverSlope, &[b, d]) => (Binary::Divide, [d, b]),
        (Rule::ProductSlope, &[a, da, b, db]) => {
            let first = two(out, Binary::Multiply, a, db);
            (Binary::Add, [first, two(out, Binary::Multiply, da, b)])
        }
        // a + a is 2a.
        (Rule::SquareSlope, &[a, d]) => (Binary::Multiply, [two(out, Binary::Add, a, a), d]),
        (Rule::QuotientSlope, &[b, v, da, db]) => {
            let product = two(out, Binary::Multiply, v, db);
            (Binary::Divide, [two(out, Binary::Subtract, da, product), b])
        }
        (Rule::FiniteSquare, &[a, d, h]) => {
            let (double, moved) = (two(out, Binary::Add, a, a), two(out, Binary::Multiply, h, d));
            (Binary::Multiply, [d, two(out, Binary::Add, double, moved)])
        }
        (Rule::FiniteProduct, &[a, da, b, db, h]) => {
            let moved = two(out, Binary::Multiply, h, db);
            let end = two(out, Binary::Add, b, moved);
            let first = two(out, Binary::Multiply, da, end);
            (Binary::Add, [first, two(out, Binary::Multiply, a, db)])
        }
        (Rule::MovedTo, &[z, d, h]) => (Binary::Add, [z, two(out, Binary::Multiply, h, d)]),
        _ => return false,
    };
    out.ops.push(Op::Binary(op, to, [a, b]));
    true
}
