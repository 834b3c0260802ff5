//! The functions of the prelude, which the CPU engine has of its own.

use super::{Compiled, Compiler, Slot, Value};
use crate::program::code::{Binary, Op, Source, Ternary, Unary};

/// Functions of one `real` that shadow WGSL's or are added to them.
pub(crate) const UNARY: &[&str] = &[
    "exp", "exp2", "expm1", "log", "log2", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "sigmoid", "relu", "softplus", "degrees", "radians",
    "saturate",
];

/// Of two.
pub(crate) const BINARY: &[&str] = &["pow", "atan2"];

fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "exp" => Unary::Exp,
        "exp2" => Unary::Exp2,
        "expm1" => Unary::Expm1,
        "log" => Unary::Log,
        "log2" => Unary::Log2,
        "log1p" => Unary::Log1p,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "tan" => Unary::Tan,
        "asin" => Unary::Asin,
        "acos" => Unary::Acos,
        "atan" => Unary::Atan,
        "sinh" => Unary::Sinh,
        "cosh" => Unary::Cosh,
        "tanh" => Unary::Tanh,
        "asinh" => Unary::Asinh,
        "acosh" => Unary::Acosh,
        "atanh" => Unary::Atanh,
        "sigmoid" => Unary::Sigmoid,
        "relu" => Unary::Relu,
        "softplus" => Unary::Softplus,
        "degrees" => Unary::Degrees,
        "radians" => Unary::Radians,
        "saturate" => Unary::Saturate,
        _ => return None,
    })
}

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
            ("x", &[Slot::Int(row)]) => self.read(Source::Point, row),
            ("data", &[Slot::Int(row)]) => self.read(Source::Data, row),
            ("powi", &[Slot::Number(base), Slot::Int(power)]) => {
                let to = self.number()?;
                self.emit(Op::PowI(to, base, power))?;
                Ok(Slot::Number(to))
            }
            ("smoothstep", &[Slot::Number(a), Slot::Number(b), Slot::Number(c)]) => {
                let to = self.number()?;
                self.emit(Op::Ternary(Ternary::SmoothStep, to, [a, b, c]))?;
                Ok(Slot::Number(to))
            }
            ("pow" | "atan2", &[Slot::Number(a), Slot::Number(b)]) => {
                let to = self.number()?;
                let op = if name == "pow" { Binary::Pow } else { Binary::Atan2 };
                self.emit(Op::Binary(op, to, [a, b]))?;
                Ok(Slot::Number(to))
            }
            (name, &[Slot::Number(row)]) => match unary(name) {
                Some(op) => self.number_unary(op, row),
                None => Err(self.refuse(format!("`{name}` is a function of the engine's own"))),
            },
            _ => Err(self.refuse(format!("`{name}` is a function of the engine's own"))),
        }
    }

    fn read(&mut self, source: Source, index: super::Row) -> Compiled<Slot> {
        let to = self.number()?;
        let op = match self.known_integer(index) {
            Some(index) => Op::ReadAt(source, to, index),
            None => Op::Read(source, to, index),
        };
        self.emit(op)?;
        Ok(Slot::Number(to))
    }
}
