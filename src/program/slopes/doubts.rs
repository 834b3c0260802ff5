//! Flags, where what an instruction decides is in doubt.

use super::Condition;
use super::carry::Carrier;
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{ALL_SLOTS, Flag, Op, Row};
use crate::program::lanes::Convert;

impl Carrier<'_> {
    /// Raises flags where what the instruction decides is in doubt.
    pub(super) fn doubts(&mut self, op: Op) {
        if self.how.finite {
            self.turns(op);
        }
        if !self.how.bars || self.how.random {
            return;
        }
        match op {
            Op::Compare(_, _, [a, b]) | Op::Binary(Binary::Step, _, [a, b]) => {
                let (va, ea, vb, eb) = (self.value(a), self.error(a), self.value(b), self.error(b));
                let is_branch = matches!(op, Op::Compare(..));
                let flag = if is_branch { Flag::Branch } else { Flag::Jump };
                for slot in self.moving(&[a, b]) {
                    let (da, db) = (self.slope(a, slot), self.slope(b, slot));
                    self.raise(Condition::Close, flag, slot, &[va, ea, da, vb, eb, db]);
                }
                // The value of a step takes care of itself.
                if is_branch && (self.has_error(a) || self.has_error(b)) {
                    self.raise(Condition::Doubtful, flag, ALL_SLOTS, &[va, ea, vb, eb]);
                }
            }
            Op::Binary(Binary::Min | Binary::Max, _, [a, b]) => self.corner(a, b),
            Op::Unary(Unary::Abs | Unary::Relu, _, z) => {
                let zero = self.constant(0.0);
                self.corner_at(z, zero);
            }
            Op::Unary(Unary::Saturate, _, z) => {
                let (zero, one) = (self.constant(0.0), self.constant(1.0));
                self.corner_at(z, zero);
                self.corner_at(z, one);
            }
            Op::Unary(unary, _, z) => {
                let condition = match unary {
                    Unary::Floor | Unary::Ceil | Unary::Fract => Condition::AtStep,
                    Unary::Trunc => Condition::AtCut,
                    Unary::Round => Condition::AtHalf,
                    Unary::Sign => Condition::AtZero,
                    _ => return,
                };
                self.at(condition, z);
            }
            Op::Convert(convert, _, z) => match convert {
                Convert::NumberToBool => self.at(Condition::AtZero, z),
                Convert::NumberToI32 | Convert::NumberToU32 => {
                    self.at(Condition::AtCut, z);
                    if self.has_error(z) {
                        let (v, e) = (self.value(z), self.error(z));
                        self.raise(Condition::DoubtfulCut, Flag::Jump, ALL_SLOTS, &[v, e]);
                    }
                }
                // Wherever it moves, or may be off.
                Convert::NumberToBits => {
                    let (zero, one) = (self.constant(0.0), self.constant(1.0));
                    self.at_value(Condition::AtZero, z, zero);
                    if self.has_error(z) {
                        let e = self.error(z);
                        self.raise(Condition::DoubtfulCut, Flag::Jump, ALL_SLOTS, &[one, e]);
                    }
                }
                Convert::I32ToNumber | Convert::U32ToNumber | Convert::BitsToNumber => {}
            },
            _ => {}
        }
    }

    /// Where either of two numbers may be the larger, and their slopes differ.
    fn corner(&mut self, a: Row, b: Row) {
        let (va, ea, vb, eb) = (self.value(a), self.error(a), self.value(b), self.error(b));
        for slot in self.moving(&[a, b]) {
            let (da, db) = (self.slope(a, slot), self.slope(b, slot));
            self.raise(Condition::Close, Flag::Corner, slot, &[va, ea, da, vb, eb, db]);
        }
    }

    /// Where a number that moves may be on either side of a constant.
    fn corner_at(&mut self, z: Row, edge: Row) {
        let (v, e, zero) = (self.value(z), self.error(z), self.constant(0.0));
        for slot in self.moving(&[z]) {
            let d = self.slope(z, slot);
            self.raise(Condition::Close, Flag::Corner, slot, &[v, e, d, edge, zero, zero]);
        }
    }

    fn at(&mut self, condition: Condition, z: Row) {
        let v = self.value(z);
        self.at_value(condition, z, v);
    }

    /// As if its value were another one.
    fn at_value(&mut self, condition: Condition, z: Row, v: Row) {
        let e = self.error(z);
        for slot in self.moving(&[z]) {
            let d = self.slope(z, slot);
            self.raise(condition, Flag::Jump, slot, &[v, e, d]);
        }
    }
}
