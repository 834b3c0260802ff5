//! Single instructions, of which some operands may be known.

use super::Fold;
use crate::program::builtins::Binary;
use crate::program::code::{Access, Bank, Op, Row};
use crate::program::lanes::{Convert, LANES, int_binary, int_unary};

impl Fold<'_> {
    /// Writes an instruction, or what it comes to.
    pub(super) fn instruction(&mut self, op: Op) {
        let known = |row: Row| self.ints[row as usize];
        let one = |row: Row| [known(row).unwrap_or(0); LANES];
        let mut to = [0; LANES];
        // What an instruction on known integers comes to.
        let op = match op {
            Op::IntUnary(what, row, a) if known(a).is_some() => {
                int_unary(what, [&one(a)], &mut to);
                return self.settle(row, to[0]);
            }
            Op::IntBinary(what, row, [a, b]) if known(a).is_some() && known(b).is_some() => {
                int_binary(what, [&one(a), &one(b)], &mut to);
                return self.settle(row, to[0]);
            }
            Op::Convert(Convert::I32ToNumber, row, from) => match known(from) {
                Some(value) => Op::Copy(row, self.constant(f64::from(value as i32))),
                None => op,
            },
            Op::Convert(Convert::U32ToNumber, row, from) => match known(from) {
                Some(value) => Op::Copy(row, self.constant(f64::from(value))),
                None => op,
            },
            // In f32 as well: the square of a number of f32 is rounded once.
            Op::PowI(row, base, power) if known(power) == Some(2) => {
                Op::Binary(Binary::Multiply, row, [base, base])
            }
            Op::Select(row, condition, [a, b]) => match known(condition) {
                Some(0) => Op::Copy(row, b),
                Some(_) => Op::Copy(row, a),
                None => op,
            },
            Op::SelectInt(row, condition, [a, b]) => match known(condition) {
                Some(0) => Op::CopyInt(row, b),
                Some(_) => Op::CopyInt(row, a),
                None => op,
            },
            Op::Gather(row, span, offset) => match known(offset) {
                Some(offset) => Op::Copy(row, span.at(offset) as Row),
                None => op,
            },
            Op::GatherInt(row, span, offset) => match known(offset) {
                Some(offset) => Op::CopyInt(row, span.at(offset) as Row),
                None => op,
            },
            Op::Scatter(span, offset, from) => match known(offset) {
                Some(offset) => Op::Store(span.at(offset) as Row, from),
                None => op,
            },
            Op::ScatterInt(span, offset, from) => match known(offset) {
                Some(offset) => Op::StoreInt(span.at(offset) as Row, from),
                None => op,
            },
            Op::Read(source, row, index) => match known(index) {
                Some(index) => Op::ReadAt(source, row, index),
                None => op,
            },
            op => op,
        };
        // What is known of where it writes.
        let value = match op {
            Op::CopyInt(_, from) | Op::StoreInt(_, from) => self.ints[from as usize],
            _ => None,
        };
        let mut written = None;
        let out = op.with_rows(|access, bank, row| match (access, bank) {
            (Access::Read, Bank::Ints) => self.int(row),
            (Access::Write | Access::Store, Bank::Ints) => {
                written = Some(row);
                row
            }
            _ => row,
        });
        self.out.push(out);
        if let Some(row) = written {
            self.ints[row as usize] = value;
        }
        if let Op::ScatterInt(span, ..) = op {
            self.forget_span(span);
        }
    }

    /// An integer that came out known; the row holds it, too, for where it no longer is.
    fn settle(&mut self, row: Row, value: u32) {
        let constant = self.integer(value);
        self.out.push(Op::CopyInt(row, constant));
        self.ints[row as usize] = Some(value);
    }
}
