//! What each operation makes of slopes and errors.

use super::Rule;
use super::carry::Carrier;
use super::functions::{self, Function, Operand, Slope};
use super::kinds::Kind;
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Along, Op, Row, Source};

/// A function of one operand by its slope.
pub(super) struct Chain {
    /// Rows of the slope and of how far that may be off.
    pub(super) g: Row,
    pub(super) w: Row,
    /// Of the value and of the slope, in units of half a unit in the last place.
    pub(super) value_error: f64,
    pub(super) slope_error: f64,
    pub(super) is_wave: bool,
    /// The row of what the value's rounding is relative to, if not to the value.
    pub(super) size: Option<Row>,
}

/// A rule and its operands.
pub(super) type By<'r> = (Rule, &'r [Row]);

/// All that an operation fills as a rule.
pub(super) const ALL: Kind =
    Kind { error: true, slope: true, bound: true, second: true, second_bound: true, chain: false };

impl Carrier<'_> {
    /// Behind the instruction that gives the value: all else that it gives.
    pub(super) fn carried(&mut self, op: Op) {
        if self.how.finite && self.finite(op) {
            return;
        }
        match op {
            Op::Unary(unary, to, a) => self.unary(unary, to, a),
            Op::Binary(binary, to, [a, b]) => self.binary(binary, to, a, b),
            Op::PowI(to, a, power) => self.integer_power(to, a, power),
            Op::Read(source, to, index) => {
                self.reads(source, to, |along, to| Op::ReadAlong(along, to, index));
            }
            Op::ReadAt(source, to, index) => {
                self.reads(source, to, |along, to| Op::ReadAlongAt(along, to, index));
            }
            Op::Convert(convert, to, _) if convert.gives_number() => {
                if self.kind(to).error {
                    let v = self.value(to);
                    self.rule(Rule::IntegerError, self.layout.error(to), &[v]);
                }
                self.fill(to, Kind { error: true, ..Kind::default() });
            }
            _ => {}
        }
    }

    fn reads(&mut self, source: Source, to: Row, op: impl Fn(Along, Row) -> Op) {
        let kind = self.kind(to);
        match source {
            Source::Point => {
                let is_off = kind.bound && self.how.inexact_direction;
                for slot in self.moving(&[to]) {
                    if self.is_coordinate(to, slot) {
                        continue;
                    }
                    self.emit(op(Along::Slope(slot), self.layout.slope(to, slot)));
                    if is_off {
                        self.emit(op(Along::SlopeError(slot), self.layout.bound(to, slot)));
                    }
                }
                self.fill(to, Kind { slope: true, bound: is_off, ..Kind::default() });
            }
            Source::Data => {
                if kind.error {
                    self.emit(op(Along::DataError, self.layout.error(to)));
                }
                self.fill(to, Kind { error: true, ..Kind::default() });
            }
        }
    }

    fn unary(&mut self, unary: Unary, to: Row, z: Row) {
        let (v, ez) = (self.value(z), self.error(z));
        let kind = self.kind(to);
        let error = |this: &mut Self, rule: Rule, from: &[Row]| {
            if kind.error {
                this.rule(rule, this.layout.error(to), from);
            }
        };
        match unary {
            Unary::Negate => {
                self.same_error(to, ez);
                self.each_slot(to, |this, slot| {
                    let (d, p) = (this.slope(z, slot), this.bound(z, slot));
                    this.put_slope(to, slot, Rule::Negated, &[d]);
                    this.copy_bound(to, slot, p);
                });
                self.each_second(to, |this, slot| {
                    let (s, q) = (this.second(z, slot), this.second_bound(z, slot));
                    this.put_second(to, slot, (Rule::Negated, &[s]), (Rule::Copied, &[q]));
                });
            }
            Unary::Held => self.fill(to, Kind::default()),
            Unary::Single => {
                let value = self.value(to);
                error(self, Rule::SingleError, &[value, ez]);
                self.same_slopes(to, z);
            }
            Unary::Fract => {
                error(self, Rule::FractError, &[v, ez]);
                self.same_slopes(to, z);
            }
            Unary::Floor | Unary::Ceil | Unary::Trunc | Unary::Round | Unary::Sign => {
                let rule = match unary {
                    Unary::Round => Rule::HalvesError,
                    Unary::Sign => Rule::SignError,
                    _ => Rule::StepsError,
                };
                error(self, rule, &[v, ez]);
                self.fill(to, Kind { error: true, ..Kind::default() });
            }
            unary => {
                if let Some(function) = functions::of(unary, &self.how.model) {
                    self.function(unary, &function, to, z);
                }
            }
        }
    }

    /// A function of one number whose slope is known.
    fn function(&mut self, unary: Unary, function: &Function, to: Row, z: Row) {
        let (v, value, e) = (self.value(z), self.value(to), self.error(z));
        if !self.kind(to).chain {
            // Of an exact number that does not move, perhaps in a row where one was that did.
            self.own_error(to, function.value_error);
            self.fill(to, Kind { error: true, ..Kind::default() });
            return;
        }
        let g = self.slope_of(function, to, z);
        let mut w = self.constant(0.0);
        let has_corner = function.value_error == 0.0;
        if self.how.bars && (self.has_error(z) || has_corner || function.size.is_some()) {
            w = self.layout.chain(to, 3);
            let (rule, from) = function.wobble;
            let pick = |operand: &Operand| match operand {
                Operand::Z => v,
                Operand::V => value,
                Operand::G | Operand::R => g,
                Operand::E => e,
            };
            let from: Vec<Row> = from.iter().map(pick).collect();
            self.rule(rule, w, &from);
        }
        let Function { value_error, slope_error, is_wave, .. } = *function;
        let mut size = None;
        if let (Some((rule, from)), true) = (function.size, self.kind(to).error) {
            let row = self.layout.chain(to, 5);
            let pick = |operand: &Operand| if *operand == Operand::V { value } else { v };
            let from: Vec<Row> = from.iter().map(pick).collect();
            self.rule(rule, row, &from);
            size = Some(row);
        }
        let chain = Chain { g, w, value_error, slope_error, is_wave, size };
        self.chained(to, z, &chain);
        self.second_function(unary, to, z, &chain);
    }

    /// The row of a function's slope.
    pub(super) fn slope_of(&mut self, function: &Function, to: Row, z: Row) -> Row {
        let (v, value) = (self.value(z), self.value(to));
        let g = self.layout.chain(to, 0);
        match function.slope {
            Slope::Value => return value,
            Slope::Function(other) => self.emit(Op::Unary(other, g, v)),
            Slope::Negative(other) => {
                let negative = self.layout.chain(to, 2);
                self.emit(Op::Unary(other, g, v));
                self.rule(Rule::Negated, negative, &[g]);
                return negative;
            }
            Slope::By(rule, from) => {
                let pick = |operand: &Operand| if *operand == Operand::V { value } else { v };
                let from: Vec<Row> = from.iter().map(pick).collect();
                self.rule(rule, g, &from);
            }
        }
        g
    }

    /// By the slope of a function: error, slopes and their bounds.
    pub(super) fn chained(&mut self, to: Row, z: Row, chain: &Chain) {
        let &Chain { g, w, value_error, slope_error, is_wave, size } = chain;
        let value = size.unwrap_or_else(|| self.value(to));
        if self.kind(to).error {
            if self.has_error(z) {
                let (e, k) = (self.error(z), self.constant(value_error));
                let rule = if is_wave { Rule::WaveError } else { Rule::ChainError };
                self.rule(rule, self.layout.error(to), &[g, w, e, value, k]);
            } else {
                self.own_error_of(to, value, value_error);
            }
        }
        let moves = self.kind(z).slope;
        if moves {
            // Of corners the slope is -1, 0 or 1: its product rounds nothing.
            let k = self.constant(if value_error == 0.0 { 0.0 } else { slope_error + 1.0 });
            self.each_slot(to, |this, slot| {
                let (d, p) = (this.slope(z, slot), this.bound(z, slot));
                this.put_slope(to, slot, Rule::ChainSlope, &[g, d]);
                this.put_bound(to, slot, Rule::ChainBound, &[g, w, d, p, k]);
            });
        }
        // What comes after fills second slopes.
        self.fill(to, Kind { slope: moves, bound: moves, second: moves, second_bound: moves, ..ALL });
    }

    fn binary(&mut self, binary: Binary, to: Row, a: Row, b: Row) {
        let (va, ea, vb, eb, v) =
            (self.value(a), self.error(a), self.value(b), self.error(b), self.value(to));
        let kind = self.kind(to);
        let (first, second) = (self.kind(a).slope, self.kind(b).slope);
        let is_exact = !self.has_error(a) && !self.has_error(b);
        let error = |this: &mut Self, rule: Rule, from: &[Row]| {
            if kind.error {
                this.rule(rule, this.layout.error(to), from);
            }
        };
        match binary {
            Binary::Add | Binary::Subtract => {
                error(self, Rule::SumError, &[v, ea, eb]);
                self.sum_slopes(binary, to, a, b);
            }
            Binary::Multiply | Binary::Divide if is_exact => {
                let division = self.how.model.division;
                self.own_error(to, if binary == Binary::Divide { division } else { 1.0 });
            }
            Binary::Multiply if a == b => error(self, Rule::SquareError, &[va, ea, v]),
            Binary::Multiply => error(self, Rule::ProductError, &[va, ea, vb, eb, v]),
            Binary::Divide => error(self, Rule::QuotientError, &[ea, vb, eb, v]),
            Binary::Max => error(self, Rule::LargerError, &[va, ea, vb, eb]),
            Binary::Min => error(self, Rule::SmallerError, &[va, ea, vb, eb]),
            Binary::Step => {
                error(self, Rule::EdgeError, &[va, ea, vb, eb]);
            }
            Binary::Remainder => {
                self.remainder(to, a, b);
                return;
            }
            Binary::Atan2 => {
                self.angle(to, a, b);
                return;
            }
            Binary::Pow => {
                self.power(to, a, b);
                return;
            }
        }
        let moves = (first || second) && binary != Binary::Step;
        if moves {
            self.each_slot(to, |this, slot| {
                let (da, pa) = (this.slope(a, slot), this.bound(a, slot));
                let (db, pb) = (this.slope(b, slot), this.bound(b, slot));
                let (first, second) = (this.moves(a, slot), this.moves(b, slot));
                let (slope, bound): (By<'_>, By<'_>) = match (binary, first, second) {
                    (Binary::Multiply, true, true) if a == b => {
                        ((Rule::SquareSlope, &[va, da]), (Rule::SquareBound, &[va, ea, da, pa]))
                    }
                    (Binary::Multiply, true, true) => (
                        (Rule::ProductSlope, &[va, da, vb, db]),
                        (Rule::ProductBound, &[va, ea, da, pa, vb, eb, db, pb]),
                    ),
                    (Binary::Multiply, true, false) => {
                        ((Rule::ScaledSlope, &[vb, da]), (Rule::ScaledBound, &[vb, eb, da, pa]))
                    }
                    (Binary::Multiply, ..) => {
                        ((Rule::ScaledSlope, &[va, db]), (Rule::ScaledBound, &[va, ea, db, pb]))
                    }
                    (Binary::Divide, _, false) => {
                        ((Rule::OverSlope, &[vb, da]), (Rule::OverBound, &[vb, eb, da, pa]))
                    }
                    (Binary::Divide, ..) => {
                        let e = this.error(to);
                        this.put_slope(to, slot, Rule::QuotientSlope, &[vb, v, da, db]);
                        this.put_bound(to, slot, Rule::QuotientBound, &[vb, eb, v, e, da, pa, db, pb]);
                        return;
                    }
                    (Binary::Max, ..) => (
                        (Rule::LargerSlope, &[va, da, vb, db]),
                        (Rule::LargerBound, &[va, ea, da, pa, vb, eb, db, pb]),
                    ),
                    (Binary::Min, ..) => (
                        (Rule::SmallerSlope, &[va, da, vb, db]),
                        (Rule::SmallerBound, &[va, ea, da, pa, vb, eb, db, pb]),
                    ),
                    // Sums have been dealt with.
                    _ => return,
                };
                this.put_slope(to, slot, slope.0, slope.1);
                this.put_bound(to, slot, bound.0, bound.1);
            });
        }
        self.second_of_two(binary, to, a, b);
        self.fill(to, Kind { slope: moves, bound: moves, ..ALL });
    }

    fn sum_slopes(&mut self, binary: Binary, to: Row, a: Row, b: Row) {
        let is_sum = binary == Binary::Add;
        self.each_slot(to, |this, slot| {
            let (first, second) = (this.moves(a, slot), this.moves(b, slot));
            let (da, pa) = (this.slope(a, slot), this.bound(a, slot));
            let (db, pb) = (this.slope(b, slot), this.bound(b, slot));
            match (first, second) {
                (true, true) => {
                    let rule = if is_sum { Rule::SumSlope } else { Rule::DifferenceSlope };
                    this.put_slope(to, slot, rule, &[da, db]);
                    let d = this.layout.slope(to, slot);
                    this.put_bound(to, slot, Rule::SumBound, &[d, pa, pb]);
                }
                (true, false) => {
                    this.emit(Op::Copy(this.layout.slope(to, slot), da));
                    this.copy_bound(to, slot, pa);
                }
                (false, _) if is_sum => {
                    this.emit(Op::Copy(this.layout.slope(to, slot), db));
                    this.copy_bound(to, slot, pb);
                }
                (false, _) => {
                    this.put_slope(to, slot, Rule::Negated, &[db]);
                    this.copy_bound(to, slot, pb);
                }
            }
        });
    }

    /// For each slot, if the result has slopes.
    pub(super) fn each_slot(&mut self, to: Row, mut each: impl FnMut(&mut Self, u32)) {
        if self.kind(to).slope {
            self.moving(&[to]).into_iter().for_each(|slot| each(self, slot));
        }
    }

    pub(super) fn put_slope(&mut self, to: Row, slot: u32, rule: Rule, from: &[Row]) {
        let (to, one) = (self.layout.slope(to, slot), self.constant(1.0));
        match (rule, from) {
            // Along a coordinate itself.
            (Rule::ScaledSlope | Rule::ChainSlope, &[k, d]) if d == one => self.emit(Op::Copy(to, k)),
            (Rule::SquareSlope, &[a, d]) if d == one => {
                let two = self.constant(2.0);
                self.emit(Op::Binary(Binary::Multiply, to, [two, a]));
            }
            _ => self.rule(rule, to, from),
        }
    }

    pub(super) fn put_bound(&mut self, to: Row, slot: u32, rule: Rule, from: &[Row]) {
        if !self.kind(to).bound {
            return;
        }
        let to = self.layout.bound(to, slot);
        let (zero, one, two) = (self.constant(0.0), self.constant(1.0), self.constant(2.0));
        match (rule, from) {
            // The same: nothing is rounded.
            (Rule::ScaledBound, &[_, ek, d, p]) if d == one && p == zero => self.emit(Op::Copy(to, ek)),
            (Rule::SquareBound, &[_, ea, d, p]) if d == one && p == zero => {
                self.emit(Op::Binary(Binary::Multiply, to, [two, ea]));
            }
            _ => self.rule(rule, to, from),
        }
    }

    fn copy_bound(&mut self, to: Row, slot: u32, from: Row) {
        if self.kind(to).bound {
            self.emit(Op::Copy(self.layout.bound(to, slot), from));
        }
    }

    /// The rounding of the value alone.
    pub(super) fn own_error(&mut self, to: Row, error: f64) {
        let v = self.value(to);
        self.own_error_of(to, v, error);
    }

    /// The same, relative to a size.
    fn own_error_of(&mut self, to: Row, size: Row, error: f64) {
        if !self.kind(to).error {
            return;
        }
        if error == 0.0 {
            // Not what may underflow either: equal numbers stay equal.
            let zero = self.constant(0.0);
            self.emit(Op::Copy(self.layout.error(to), zero));
            return;
        }
        let k = self.constant(error);
        self.rule(Rule::OwnError, self.layout.error(to), &[size, k]);
    }

    fn same_error(&mut self, to: Row, from: Row) {
        if self.kind(to).error {
            self.emit(Op::Copy(self.layout.error(to), from));
        }
    }

    /// For each slot, if the result has second slopes.
    pub(super) fn each_second(&mut self, to: Row, mut each: impl FnMut(&mut Self, u32)) {
        if self.kind(to).second {
            (0..self.how.slots).for_each(|slot| each(self, slot));
        }
    }

    pub(super) fn put_second(&mut self, to: Row, slot: u32, slope: By<'_>, bound: By<'_>) {
        self.rule(slope.0, self.layout.second(to, slot), slope.1);
        if self.kind(to).second_bound {
            self.rule(bound.0, self.layout.second_bound(to, slot), bound.1);
        }
    }

    fn same_slopes(&mut self, to: Row, z: Row) {
        self.each_second(to, |this, slot| {
            let (s, q) = (this.second(z, slot), this.second_bound(z, slot));
            this.put_second(to, slot, (Rule::Copied, &[s]), (Rule::Copied, &[q]));
        });
        self.each_slot(to, |this, slot| {
            let (d, p) = (this.slope(z, slot), this.bound(z, slot));
            this.emit(Op::Copy(this.layout.slope(to, slot), d));
            this.copy_bound(to, slot, p);
        });
    }
}
