//! Functions of the engine's: those of the prelude, and what an objective reads.

use super::{Compiled, Compiler, Row, Slot, Value};
use crate::program::builtins::{self, Binary, Operation, Unary};
use crate::program::code::{Op, Source};

impl Compiler<'_> {
    /// A call of a function of the engine's.
    pub(super) fn intrinsic(&mut self, name: &str, arguments: &[Value]) -> Compiled<Slot> {
        let mut slots = Vec::new();
        for argument in arguments {
            match argument {
                Value::Slots(argument) => slots.extend_from_slice(argument),
                _ => return Err(self.refuse("a value is needed here")),
            }
        }
        match (name, &slots[..]) {
            ("dimension", []) => Ok(Slot::Int(self.integer(self.sizes.dimension)?)),
            ("data_len", []) => Ok(Slot::Int(self.integer(self.sizes.data)?)),
            (builtins::HELD, &[Slot::Number(row)]) => self.number_unary(Unary::Held, row),
            (builtins::LOGSUMEXP, &[Slot::Number(a), Slot::Number(b)]) => self.logsumexp(a, b),
            ("x", &[Slot::Int(row)]) => self.read(Source::Point, row),
            ("data", &[Slot::Int(row)]) => self.read(Source::Data, row),
            ("powi", &[Slot::Number(base), Slot::Int(power)]) => {
                let to = self.number()?;
                self.emit(Op::PowI(to, base, power))?;
                Ok(Slot::Number(to))
            }
            _ => match builtins::own(name) {
                Some(builtin) => self.apply(builtin.operation, &slots),
                None => Err(self.refuse(format!("`{name}` is a function of the engine's own"))),
            },
        }
    }

    /// An operation on numbers.
    pub(super) fn apply(&mut self, operation: Operation, arguments: &[Slot]) -> Compiled<Slot> {
        let to = self.number()?;
        let op = match (operation, arguments) {
            (Operation::One(op), &[Slot::Number(a)]) => Op::Unary(op, to, a),
            (Operation::Two(op), &[Slot::Number(a), Slot::Number(b)]) => Op::Binary(op, to, [a, b]),
            (Operation::Three(op), &[Slot::Number(a), Slot::Number(b), Slot::Number(c)]) => {
                Op::Ternary(op, to, [a, b, c])
            }
            _ => return Err(self.refuse("numbers are needed here")),
        };
        self.emit(op)?;
        Ok(Slot::Number(to))
    }

    fn logsumexp(&mut self, a: Row, b: Row) -> Compiled<Slot> {
        let largest = self.apply(Operation::Two(Binary::Max), &[Slot::Number(a), Slot::Number(b)])?;
        let held = self.apply(Operation::One(Unary::Held), &[largest])?;
        let mut exps = Vec::new();
        for of in [a, b] {
            let less = self.apply(Operation::Two(Binary::Subtract), &[Slot::Number(of), held])?;
            exps.push(self.apply(Operation::One(Unary::Exp), &[less])?);
        }
        let sum = self.apply(Operation::Two(Binary::Add), &exps)?;
        let log = self.apply(Operation::One(Unary::Log), &[sum])?;
        self.apply(Operation::Two(Binary::Add), &[held, log])
    }

    fn read(&mut self, source: Source, index: Row) -> Compiled<Slot> {
        let to = self.number()?;
        let op = match self.known_integer(index) {
            Some(index) => Op::ReadAt(source, to, index),
            None => Op::Read(source, to, index),
        };
        self.emit(op)?;
        Ok(Slot::Number(to))
    }
}
