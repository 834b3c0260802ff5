//! Second slopes: along each axis of a slot and the line that is the last slot.

use super::Rule;
use super::carry::Carrier;
use super::functions::{self, Operand, Slope};
use super::operations::Chain;
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Op, Row};

/// Of an operand: slope along the axis, its bound, slope along the line, its bound.
struct Both {
    d: Row,
    p: Row,
    c: Row,
    o: Row,
}

impl Carrier<'_> {
    fn both(&mut self, row: Row, slot: u32) -> Both {
        let line = self.how.slots;
        Both {
            d: self.slope(row, slot),
            p: self.bound(row, slot),
            c: self.slope(row, line),
            o: self.bound(row, line),
        }
    }

    /// Of a function of one number.
    pub(super) fn second_function(&mut self, unary: Unary, to: Row, z: Row, chain: &Chain) {
        if !self.kind(to).second || !self.kind(z).slope {
            return;
        }
        let Some(second) = functions::second_of(unary, &self.how.model) else { return };
        let (v, value, e) = (self.value(z), self.value(to), self.error(z));
        let (positive, r, x) = (self.layout.chain(to, 4), self.layout.chain(to, 6), self.layout.chain(to, 7));
        let pick = |operand: &Operand| match operand {
            Operand::Z => v,
            Operand::V => value,
            Operand::G => chain.g,
            Operand::R => r,
            Operand::E => e,
        };
        match second.slope {
            Slope::By(rule, from) => {
                let from: Vec<Row> = from.iter().map(pick).collect();
                self.rule(rule, r, &from);
            }
            Slope::Function(other) => self.emit(Op::Unary(other, r, v)),
            Slope::Negative(other) => {
                self.emit(Op::Unary(other, positive, v));
                self.rule(Rule::Negated, r, &[positive]);
            }
            Slope::Value => self.emit(Op::Copy(r, value)),
        }
        if self.how.bars {
            let (rule, from) = second.wobble;
            let from: Vec<Row> = from.iter().map(pick).collect();
            self.rule(rule, x, &from);
        }
        self.chained_second(to, z, chain, [r, x], second.error);
    }

    /// By the slope and second slope r of a function of one operand.
    pub(super) fn chained_second(&mut self, to: Row, z: Row, chain: &Chain, [r, x]: [Row; 2], error: f64) {
        let (k, l) = (self.constant(chain.slope_error + 1.0), self.constant(error + 2.0));
        let &Chain { g, w, .. } = chain;
        self.each_second(to, |this, slot| {
            let (s, q, z) = (this.second(z, slot), this.second_bound(z, slot), this.both(z, slot));
            let Both { d, p, c, o } = z;
            this.put_second(
                to,
                slot,
                (Rule::ChainSecond, &[g, r, s, d, c]),
                (Rule::ChainSecondBound, &[g, w, k, s, q, r, x, l, d, p, c, o]),
            );
        });
    }

    /// Of an operation on two numbers that is not a chain.
    pub(super) fn second_of_two(&mut self, binary: Binary, to: Row, a: Row, b: Row) {
        let (va, ea, vb, eb) = (self.value(a), self.error(a), self.value(b), self.error(b));
        let (v, e) = (self.value(to), self.error(to));
        self.each_second(to, |this, slot| {
            let (sa, qa) = (this.second(a, slot), this.second_bound(a, slot));
            let (sb, qb) = (this.second(b, slot), this.second_bound(b, slot));
            let (x, y, own) = (this.both(a, slot), this.both(b, slot), this.both(to, slot));
            let s = this.layout.second(to, slot);
            match binary {
                Binary::Add => {
                    this.put_second(to, slot, (Rule::SumSlope, &[sa, sb]), (Rule::SumBound, &[s, qa, qb]));
                }
                Binary::Subtract => {
                    let slope: (Rule, &[Row]) = (Rule::DifferenceSlope, &[sa, sb]);
                    this.put_second(to, slot, slope, (Rule::SumBound, &[s, qa, qb]));
                }
                Binary::Multiply => this.put_second(
                    to,
                    slot,
                    (Rule::ProductSecond, &[va, vb, sa, sb, x.d, x.c, y.d, y.c]),
                    (
                        Rule::ProductSecondBound,
                        &[va, ea, sa, qa, vb, eb, sb, qb, x.d, x.p, x.c, x.o, y.d, y.p, y.c, y.o],
                    ),
                ),
                Binary::Divide => this.put_second(
                    to,
                    slot,
                    (Rule::QuotientSecond, &[vb, v, own.d, own.c, sa, y.d, y.c, sb]),
                    (
                        Rule::QuotientSecondBound,
                        &[vb, eb, v, e, own.d, own.p, own.c, own.o, qa, y.d, y.p, y.c, y.o, sb, qb, s],
                    ),
                ),
                Binary::Max => this.put_second(
                    to,
                    slot,
                    (Rule::LargerSecond, &[va, sa, vb, sb]),
                    (Rule::LargerSecondBound, &[va, ea, sa, qa, vb, eb, sb, qb, x.d, y.d]),
                ),
                Binary::Min => this.put_second(
                    to,
                    slot,
                    (Rule::SmallerSecond, &[va, sa, vb, sb]),
                    (Rule::SmallerSecondBound, &[va, ea, sa, qa, vb, eb, sb, qb, x.d, y.d]),
                ),
                _ => {}
            }
        });
    }

    /// By the slopes g and l along two operands and three second slopes, each with what it may be off by.
    pub(super) fn pair_second(
        &mut self,
        to: Row,
        [a, b]: [Row; 2],
        [g, w, l, x]: [Row; 4],
        [aa, ab, bb]: [[Row; 2]; 3],
        error: f64,
    ) {
        let k = self.constant(error + 2.0);
        self.each_second(to, |this, slot| {
            let (sa, qa) = (this.second(a, slot), this.second_bound(a, slot));
            let (sb, qb) = (this.second(b, slot), this.second_bound(b, slot));
            let (one, two) = (this.both(a, slot), this.both(b, slot));
            // Rows to work in, each above those that it is made of.
            let [first, other, mixed, first_off, other_off, mixed_off] =
                [10, 11, 12, 13, 14, 15].map(|index| this.layout.chain(to, index));
            this.rule(Rule::ChainSecond, first, &[g, aa[0], sa, one.d, one.c]);
            this.rule(Rule::ChainSecond, other, &[l, bb[0], sb, two.d, two.c]);
            let across = [one.d, one.c, two.d, two.c];
            this.rule(Rule::MixedSecond, mixed, &[first, ab[0], across[0], across[1], across[2], across[3]]);
            let bars = this.kind(to).second_bound;
            if bars {
                let from = [g, w, k, sa, qa, aa[0], aa[1], k, one.d, one.p, one.c, one.o];
                this.rule(Rule::ChainSecondBound, first_off, &from);
                let from = [l, x, k, sb, qb, bb[0], bb[1], k, two.d, two.p, two.c, two.o];
                this.rule(Rule::ChainSecondBound, other_off, &from);
                let from =
                    [first_off, ab[0], ab[1], k, one.d, one.p, one.c, one.o, two.d, two.p, two.c, two.o];
                this.rule(Rule::MixedSecondBound, mixed_off, &from);
            }
            let size = this.layout.chain(to, 16);
            this.rule(Rule::EitherMoves, size, &[mixed, other]);
            this.put_second(
                to,
                slot,
                (Rule::Total, &[mixed, other]),
                (Rule::TotalBound, &[mixed_off, other_off, size]),
            );
        });
    }

    /// A difference a - k·b with k at rest.
    pub(super) fn remainder_second(&mut self, to: Row, a: Row, b: Row, k: Row) {
        self.each_second(to, |this, slot| {
            let (sa, qa) = (this.second(a, slot), this.second_bound(a, slot));
            let (sb, qb) = (this.second(b, slot), this.second_bound(b, slot));
            this.put_second(
                to,
                slot,
                (Rule::RemainderSlope, &[k, sa, sb]),
                (Rule::RemainderSecondBound, &[k, sa, qa, sb, qb]),
            );
        });
    }

    /// a^(n-2) for a whole n.
    pub(super) fn lower_power(&mut self, to: Row, a: Row, n: Row) -> Row {
        let (less, p) = (self.layout.chain(to, 7), self.layout.chain(to, 8));
        let (va, two) = (self.value(a), self.constant(2.0));
        self.emit(Op::Binary(Binary::Subtract, less, [n, two]));
        self.emit(Op::Binary(Binary::Pow, p, [va, less]));
        p
    }
}
