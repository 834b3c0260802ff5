//! Powers, angles and remainders: functions of two numbers.

use super::carry::Carrier;
use super::kinds::Kind;
use super::operations::{ALL, Chain};
use super::{Condition, Rule};
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{ALL_SLOTS, Flag, Op, Row};
use crate::program::lanes::Convert;

/// Exponents are taken as whole numbers up to this one.
const MOST_POWER: f64 = 64.0;

impl Carrier<'_> {
    /// a^n, n of an integer.
    pub(super) fn integer_power(&mut self, to: Row, a: Row, power: Row) {
        let n = self.exponent(to, power);
        if let Some(n) = self.known_constant(n) {
            self.whole_power(to, a, n);
            return;
        }
        let [less, p] = [3, 4].map(|index| self.layout.chain(to, index));
        let (va, one) = (self.value(a), self.constant(1.0));
        self.emit(Op::Binary(Binary::Subtract, less, [n, one]));
        self.emit(Op::Binary(Binary::Pow, p, [va, less]));
        self.power_chain(to, a, p, n);
    }

    /// The row of an exponent as a number.
    pub(super) fn exponent(&mut self, to: Row, power: Row) -> Row {
        let known = (power as usize).checked_sub(1).and_then(|i| self.integers.get(i));
        if let Some(&n) = known {
            return self.constant(f64::from(n as i32));
        }
        let n = self.layout.chain(to, 2);
        self.emit(Op::Convert(Convert::I32ToNumber, n, power));
        n
    }

    /// a^n, n known.
    fn whole_power(&mut self, to: Row, a: Row, n: f64) {
        let [p, more] = [2, 3].map(|index| self.layout.chain(to, index));
        let va = self.value(a);
        let number = self.constant(n);
        let p = match n {
            2.0 => va,
            3.0 => {
                self.emit(Op::Binary(Binary::Multiply, p, [va, va]));
                p
            }
            4.0 => {
                self.emit(Op::Binary(Binary::Multiply, p, [va, va]));
                self.emit(Op::Binary(Binary::Multiply, more, [p, va]));
                more
            }
            n => {
                let less = self.constant(n - 1.0);
                self.emit(Op::Binary(Binary::Pow, p, [va, less]));
                p
            }
        };
        self.power_chain(to, a, p, number);
    }

    /// By p = a^(n-1).
    fn power_chain(&mut self, to: Row, a: Row, p: Row, n: Row) {
        let (va, ea) = (self.value(a), self.error(a));
        let k = self.how.model.error_of_powers();
        // Behind all that they are made of.
        let (g, mut w) = (self.layout.chain(to, 5), self.constant(0.0));
        self.rule(Rule::WholePowerSlope, g, &[p, n]);
        if self.how.bars && self.has_error(a) {
            w = self.layout.chain(to, 6);
            self.rule(Rule::WholePowerWobble, w, &[g, va, ea, n]);
        }
        let (value_error, slope_error) = (k + 1.0, k + 3.0);
        let chain = Chain { g, w, value_error, slope_error, is_wave: false, size: None };
        self.chained(to, a, &chain);
        if self.kind(to).second && self.kind(a).slope {
            let p = self.lower_power(to, a, n);
            let (r, x) = (self.layout.chain(to, 9), self.layout.chain(to, 10));
            self.rule(Rule::WholePowerSecond, r, &[p, n]);
            if self.how.bars {
                self.rule(Rule::WholePowerSecondWobble, x, &[r, va, ea, n]);
            }
            self.chained_second(to, a, &chain, [r, x], k + 4.0);
        }
    }

    /// a^b.
    pub(super) fn power(&mut self, to: Row, a: Row, b: Row) {
        if let Some(&n) = self.values.get(&b)
            && n.round() == n
            && n.abs() <= MOST_POWER
        {
            self.whole_power(to, a, n);
            return;
        }
        let (va, ea, vb, eb, v) =
            (self.value(a), self.error(a), self.value(b), self.error(b), self.value(to));
        let model = self.how.model;
        let slope_error = model.error_of_two() + model.division + 3.0;
        let g = self.layout.chain(to, 0);
        self.rule(Rule::PowerSlope, g, &[va, vb, v]);
        let is_exact = !self.has_error(a) && !self.has_error(b);
        let wobble = |this: &mut Self, rule: Rule, index: u32, from: &[Row]| {
            if is_exact || !this.how.bars {
                return this.constant(0.0);
            }
            let w = this.layout.chain(to, index);
            this.rule(rule, w, from);
            w
        };
        let w = wobble(self, Rule::PowerWobble, 2, &[g, va, ea, vb, eb, v]);
        let moves = self.kind(b).slope || self.has_error(b);
        let l = if moves { self.layout.chain(to, 1) } else { self.constant(0.0) };
        let x = if moves {
            self.rule(Rule::ExponentSlope, l, &[va, v]);
            wobble(self, Rule::ExponentWobble, 3, &[va, ea, vb, eb, v])
        } else {
            l
        };
        let error = slope_error + model.error_of(Unary::Log);
        if self.kind(to).second {
            let zero = self.constant(0.0);
            let [aa, ab, bb, ao, mo, bo] = [4, 5, 6, 7, 8, 9].map(|index| self.layout.chain(to, index));
            self.rule(Rule::PowerSecond, aa, &[va, vb, g]);
            self.rule(Rule::PowerSecondWobble, ao, &[aa, va, ea, vb, eb]);
            let mut across = [[zero; 2]; 2];
            if moves {
                self.rule(Rule::PowerMixed, ab, &[va, vb, v]);
                self.rule(Rule::ExponentSecond, bb, &[va, l]);
                self.rule(Rule::PowerMixedWobble, mo, &[va, ea, vb, eb, v]);
                self.rule(Rule::ExponentSecondWobble, bo, &[va, ea, vb, eb, v]);
                across = [[ab, mo], [bb, bo]];
            }
            let more = error + model.error_of(Unary::Log) + 6.0;
            self.pair_second(to, [a, b], [g, w, l, x], [[aa, ao], across[0], across[1]], more);
        }
        self.pair(to, [a, b], [g, w, l, x], error);
    }

    /// The angle of (x, y).
    pub(super) fn angle(&mut self, to: Row, y: Row, x: Row) {
        let (vy, ey, vx, ex) = (self.value(y), self.error(y), self.value(x), self.error(x));
        let [g, l, w] = [0, 1, 2].map(|index| self.layout.chain(to, index));
        self.rule(Rule::AngleSlope, g, &[vy, vx]);
        self.rule(Rule::AngleSlopeAcross, l, &[vy, vx]);
        let mut wobble = self.constant(0.0);
        if self.how.bars {
            wobble = w;
            self.rule(Rule::AngleWobble, w, &[vy, ey, vx, ex]);
        }
        let division = self.how.model.division;
        if self.kind(to).second {
            let [yy, yx, xx, off] = [4, 5, 6, 7].map(|index| self.layout.chain(to, index));
            self.rule(Rule::AngleSecond, yy, &[vy, vx]);
            self.rule(Rule::AngleMixed, yx, &[vy, vx]);
            self.rule(Rule::Negated, xx, &[yy]);
            self.rule(Rule::AngleSecondWobble, off, &[vy, ey, vx, ex]);
            let seconds = [[yy, off], [yx, off], [xx, off]];
            self.pair_second(to, [y, x], [g, wobble, l, wobble], seconds, 6.0 * division + 12.0);
        }
        self.pair(to, [y, x], [g, wobble, l, wobble], 4.0 * division + 4.0);
    }

    /// By the slopes g and l along two operands, which may be off by w and x.
    fn pair(&mut self, to: Row, [a, b]: [Row; 2], [g, w, l, x]: [Row; 4], slope_error: f64) {
        let (ea, eb, v) = (self.error(a), self.error(b), self.value(to));
        if self.kind(to).error {
            let k = self.constant(self.how.model.error_of_two());
            let before = self.layout.chain(to, if self.how.second { 17 } else { 4 });
            self.rule(Rule::ChainError, before, &[g, w, ea, v, k]);
            self.rule(Rule::AlsoError, self.layout.error(to), &[before, l, x, eb]);
        }
        let moves = self.kind(a).slope || self.kind(b).slope;
        if moves {
            let k = self.constant(slope_error + 2.0);
            self.each_slot(to, |this, slot| {
                let (da, pa) = (this.slope(a, slot), this.bound(a, slot));
                let (db, pb) = (this.slope(b, slot), this.bound(b, slot));
                this.put_slope(to, slot, Rule::PairSlope, &[g, da, l, db]);
                this.put_bound(to, slot, Rule::PairBound, &[g, w, da, pa, l, x, db, pb, k]);
            });
        }
        self.fill(to, Kind { slope: moves, bound: moves, ..ALL });
    }

    /// a - b·trunc(a/b).
    pub(super) fn remainder(&mut self, to: Row, a: Row, b: Row) {
        let (va, ea, vb, eb) = (self.value(a), self.error(a), self.value(b), self.error(b));
        let [ratio, k, e, d] = [0, 1, 2, 3].map(|index| self.layout.chain(to, index));
        self.emit(Op::Binary(Binary::Divide, ratio, [va, vb]));
        self.emit(Op::Unary(Unary::Trunc, k, ratio));
        if self.kind(to).error {
            self.rule(Rule::RemainderError, self.layout.error(to), &[ea, k, eb]);
        }
        let moves = self.kind(a).slope || self.kind(b).slope;
        if self.how.bars {
            self.rule(Rule::QuotientError, e, &[ea, vb, eb, ratio]);
            if self.has_error(a) || self.has_error(b) {
                self.raise(Condition::DoubtfulCut, Flag::Jump, ALL_SLOTS, &[ratio, e]);
            }
        }
        if moves {
            self.each_slot(to, |this, slot| {
                let (da, pa) = (this.slope(a, slot), this.bound(a, slot));
                let (db, pb) = (this.slope(b, slot), this.bound(b, slot));
                this.put_slope(to, slot, Rule::RemainderSlope, &[k, da, db]);
                this.put_bound(to, slot, Rule::RemainderBound, &[k, da, pa, db, pb]);
                if this.how.bars {
                    // The ratio moves if either does.
                    this.rule(Rule::EitherMoves, d, &[da, db]);
                    this.raise(Condition::AtCut, Flag::Jump, slot, &[ratio, e, d]);
                }
            });
        }
        self.remainder_second(to, a, b, k);
        self.fill(to, Kind { slope: moves, bound: moves, ..ALL });
    }
}
