//! The most frequent instructions, told apart by one jump: a second one, on which operation it is, takes as long as half a row.

use super::rows::Rows;
use crate::numeric::Real;
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Fused, Op, Row};
use crate::program::lanes::{each, map, zip};

/// An instruction as the loop meets it first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quick {
    Add(Row, [Row; 2]),
    Subtract(Row, [Row; 2]),
    Multiply(Row, [Row; 2]),
    Divide(Row, [Row; 2]),
    /// a·b + c
    Plus(Row, [Row; 3]),
    /// a·b - c
    Minus(Row, [Row; 3]),
    /// c - a·b
    From(Row, [Row; 3]),
    Negate(Row, Row),
    /// The instruction itself has to be looked at.
    Other,
}

impl Quick {
    pub(super) fn of(op: Op) -> Quick {
        match op {
            Op::Binary(Binary::Add, to, from) => Quick::Add(to, from),
            Op::Binary(Binary::Subtract, to, from) => Quick::Subtract(to, from),
            Op::Binary(Binary::Multiply, to, from) => Quick::Multiply(to, from),
            Op::Binary(Binary::Divide, to, from) => Quick::Divide(to, from),
            Op::Fused(Fused::Plus, to, from) => Quick::Plus(to, from),
            Op::Fused(Fused::Minus, to, from) => Quick::Minus(to, from),
            Op::Fused(Fused::From, to, from) => Quick::From(to, from),
            Op::Unary(Unary::Negate, to, from) => Quick::Negate(to, from),
            _ => Quick::Other,
        }
    }
}

/// Runs instructions from one on as long as they are of these; where the next one is.
#[inline(always)]
pub(super) fn stretch<T: Real>(quick: &[Quick], mut at: usize, numbers: &mut Rows<T>) -> usize {
    while let Some(&next) = quick.get(at) {
        match next {
            Quick::Add(to, from) => {
                let (to, from) = numbers.apart(to, from);
                zip(from, to, |a, b| a + b);
            }
            Quick::Subtract(to, from) => {
                let (to, from) = numbers.apart(to, from);
                zip(from, to, |a, b| a - b);
            }
            Quick::Multiply(to, from) => {
                let (to, from) = numbers.apart(to, from);
                zip(from, to, |a, b| a * b);
            }
            Quick::Divide(to, from) => {
                let (to, from) = numbers.apart(to, from);
                zip(from, to, |a, b| a / b);
            }
            Quick::Plus(to, from) => {
                let (to, from) = numbers.apart(to, from);
                each(from, to, |a, b, c| a * b + c);
            }
            Quick::Minus(to, from) => {
                let (to, from) = numbers.apart(to, from);
                each(from, to, |a, b, c| a * b - c);
            }
            Quick::From(to, from) => {
                let (to, from) = numbers.apart(to, from);
                each(from, to, |a, b, c| c - a * b);
            }
            Quick::Negate(to, from) => {
                let (to, from) = numbers.apart(to, [from]);
                map(from, to, |a: T| -a);
            }
            Quick::Other => break,
        }
        at += 1;
    }
    at
}
