//! Rewrites a program, instruction by instruction, into one that carries slopes and errors along.

use std::collections::HashMap;

use super::expand::{Expanded, expand};
use super::kinds::{Kind, Known, kinds};
use super::layout::{self, Layout};
use super::random::Roundings;
use super::reach::Reach;
use super::{Condition, How, Rule, written_error};
use crate::program::code::{Carried, Code, Flag, Op, Row, Span};

/// The program with what it carries along. `None` if that cannot be laid out.
///
/// `squares` says that a term is the square of the result, `inexact_data` that data may have been rounded.
pub(in crate::program) fn carry(code: &Code, how: &How, squares: bool, inexact_data: bool) -> Option<Code> {
    let (expanded, result) = expand(code, squares);
    let precision = how.precision();
    let own = code.constants.iter().enumerate().map(|(row, &value)| (row as Row, value));
    let values: HashMap<Row, f64> = own.chain(expanded.constants.iter().copied()).collect();
    let error_of = |value: f64| {
        let rounded = precision.round(value);
        written_error(rounded, precision) + (value - rounded).abs()
    };
    let errors: Vec<(Row, f64)> = values.iter().map(|(&row, &value)| (row, error_of(value))).collect();
    let kinds = kinds(&expanded, &Known { how, constants: &errors, inexact_data });
    // Literals that are rounded at random change, so that they have rows as other numbers have.
    let is_fixed = |error: f64| !how.random || error == 0.0;
    let rows: Vec<Row> = errors.iter().filter(|&&(_, error)| is_fixed(error)).map(|&(row, _)| row).collect();
    let layout = Layout::new(&expanded, kinds, &rows, how, code.rows)?;
    let reach = Reach::new(&expanded.ops, expanded.rows, how);
    let roundings = Roundings::new(&layout, how, expanded.rows as Row, &rows);
    let carrier = Carrier {
        how,
        layout,
        reach,
        roundings,
        values,
        errors: errors.into_iter().collect(),
        integers: &code.integers,
        constants: Vec::new(),
        known: HashMap::new(),
        out: Code::default(),
    };
    Some(carrier.program(&expanded, result, code))
}

/// A program at work.
pub(super) struct Carrier<'a> {
    pub(super) how: &'a How,
    pub(super) layout: Layout,
    reach: Reach,
    pub(super) roundings: Roundings,
    /// Of rows of constants: value and error.
    pub(super) values: HashMap<Row, f64>,
    pub(super) errors: HashMap<Row, f64>,
    pub(super) integers: &'a [u32],
    /// Those of the program that is written.
    constants: Vec<f64>,
    known: HashMap<u64, Row>,
    out: Code,
}

impl Carrier<'_> {
    fn program(mut self, expanded: &Expanded, result: Row, code: &Code) -> Code {
        let zero = self.constant(0.0);
        if self.how.finite {
            self.steps();
        }
        self.random_literals();
        let mut starts = Vec::with_capacity(expanded.ops.len() + 1);
        for &op in &expanded.ops {
            starts.push(self.out.ops.len());
            self.instruction(op);
        }
        starts.push(self.out.ops.len());
        let (slots, is_second) = (0..self.how.lines(), self.how.second);
        let slots = if is_second { 0..self.how.slots } else { slots };
        let carried = Carried {
            error: self.error(result),
            slopes: slots.clone().map(|slot| self.slope(result, slot)).collect(),
            bounds: slots.clone().map(|slot| self.bound(result, slot)).collect(),
            seconds: slots.clone().filter(|_| is_second).map(|slot| self.second(result, slot)).collect(),
            second_bounds: slots.filter(|_| is_second).map(|slot| self.second_bound(result, slot)).collect(),
        };
        debug_assert_eq!(zero, layout::constant(0));
        let count = self.constants.len();
        let place = |row: Row| layout::placed(row, count);
        let result = self.value(result);
        let moved = |op: Op| op.with_numbers(place).with_place(|place| starts[place]);
        let growth = (self.out.ops.len() as u64).div_ceil(code.ops.len().max(1) as u64);
        Code {
            ops: self.out.ops.into_iter().map(moved).collect(),
            rows: count + self.layout.rows as usize,
            int_rows: code.int_rows,
            integers: code.integers.clone(),
            result: place(result),
            operands: self.out.operands.into_iter().map(place).collect(),
            carried: carried.with_rows(place),
            growth,
            constants: self.constants,
        }
    }

    pub(super) fn constant(&mut self, value: f64) -> Row {
        let next = layout::constant(self.constants.len());
        let row = *self.known.entry(value.to_bits()).or_insert(next);
        if row == next {
            self.constants.push(value);
        }
        row
    }

    /// The number of a row of a constant of the program that is written.
    pub(super) fn known_constant(&self, row: Row) -> Option<f64> {
        layout::index(row).map(|index| self.constants[index])
    }

    /// Whether an error goes along.
    pub(super) fn has_error(&self, row: Row) -> bool {
        match self.errors.get(&row) {
            _ if self.how.random => false,
            Some(&error) => self.how.bars && error > 0.0,
            None => self.kind(row).error,
        }
    }

    pub(super) fn value(&mut self, row: Row) -> Row {
        match self.values.get(&row) {
            Some(&value) if !self.is_random_literal(row) => self.constant(value),
            _ => self.layout.value(row),
        }
    }

    pub(super) fn error(&mut self, row: Row) -> Row {
        match self.errors.get(&row) {
            // A sample has no errors but those that it is made off by.
            _ if self.how.random => self.constant(0.0),
            Some(&error) if self.how.bars => self.constant(error),
            None if self.kind(row).error => self.layout.error(row),
            _ => self.constant(0.0),
        }
    }

    /// Whether a row may move along a slot.
    pub(super) fn moves(&self, row: Row, slot: u32) -> bool {
        self.kind(row).slope && self.reach.moves(row, slot)
    }

    /// The slots along which any of these rows may move.
    pub(super) fn moving(&self, rows: &[Row]) -> Vec<u32> {
        let moves = |slot: &u32| rows.iter().any(|&row| self.moves(row, *slot));
        (0..self.how.lines()).filter(moves).collect()
    }

    /// Whether a row is the coordinate of a slot.
    pub(super) fn is_coordinate(&self, row: Row, slot: u32) -> bool {
        self.reach.coordinate(row) == Some(slot)
    }

    pub(super) fn slope(&mut self, row: Row, slot: u32) -> Row {
        if self.is_coordinate(row, slot) {
            self.constant(1.0)
        } else if self.moves(row, slot) {
            self.layout.slope(row, slot)
        } else {
            self.constant(0.0)
        }
    }

    pub(super) fn bound(&mut self, row: Row, slot: u32) -> Row {
        if self.kind(row).bound && self.reach.moves(row, slot) && !self.how.random {
            self.layout.bound(row, slot)
        } else {
            self.constant(0.0)
        }
    }

    pub(super) fn second(&mut self, row: Row, slot: u32) -> Row {
        if self.kind(row).second { self.layout.second(row, slot) } else { self.constant(0.0) }
    }

    pub(super) fn second_bound(&mut self, row: Row, slot: u32) -> Row {
        if self.kind(row).second_bound && !self.how.random {
            self.layout.second_bound(row, slot)
        } else {
            self.constant(0.0)
        }
    }

    pub(super) fn kind(&self, row: Row) -> Kind {
        self.layout.kind(row)
    }

    pub(super) fn emit(&mut self, op: Op) {
        self.out.ops.push(op);
        if let Some(rounding) = self.roundings.behind(op, self.out.ops.len()) {
            self.out.ops.push(rounding);
        }
    }

    pub(super) fn rule(&mut self, rule: Rule, to: Row, from: &[Row]) {
        debug_assert_eq!(rule.operands(), from.len(), "{rule:?}");
        let at = self.out.operands.len() as u32;
        self.out.operands.extend_from_slice(from);
        self.emit(Op::Rule(rule, to, at));
    }

    pub(super) fn raise(&mut self, condition: Condition, flag: Flag, slot: u32, from: &[Row]) {
        debug_assert_eq!(condition.operands(), from.len(), "{condition:?}");
        let at = self.out.operands.len() as u32;
        self.out.operands.extend_from_slice(from);
        self.emit(Op::Raise(condition, flag, slot, at));
    }

    /// Nothing, in what the row has room for and the instruction does not fill.
    pub(super) fn fill(&mut self, to: Row, filled: Kind) {
        let (kind, zero) = (self.kind(to), self.constant(0.0));
        if kind.error && !filled.error {
            self.emit(Op::Copy(self.layout.error(to), zero));
        }
        for slot in 0..self.how.slots {
            if kind.second && !filled.second {
                self.emit(Op::Copy(self.layout.second(to, slot), zero));
            }
            if kind.second_bound && !filled.second_bound {
                self.emit(Op::Copy(self.layout.second_bound(to, slot), zero));
            }
        }
        for slot in self.moving(&[to]) {
            if kind.slope && !filled.slope {
                self.emit(Op::Copy(self.layout.slope(to, slot), zero));
            }
            if kind.bound && !filled.bound {
                self.emit(Op::Copy(self.layout.bound(to, slot), zero));
            }
        }
    }

    /// An instruction that moves numbers from place to place: the same with all that they carry.
    fn moved_alike(&mut self, to: Row, from: &[Row], op: impl Fn(Row, &[Row]) -> Op) {
        let kind = self.kind(to);
        let pick = |this: &mut Self, to: Row, part: &dyn Fn(&mut Self, Row) -> Row| {
            let from: Vec<Row> = from.iter().map(|&row| part(this, row)).collect();
            this.emit(op(to, &from));
        };
        let value = self.value(to);
        pick(self, value, &Self::value);
        if kind.error {
            let to = self.layout.error(to);
            pick(self, to, &Self::error);
        }
        for slot in 0..self.how.slots {
            if kind.second {
                let to = self.layout.second(to, slot);
                pick(self, to, &|this, row| this.second(row, slot));
            }
            if kind.second_bound {
                let to = self.layout.second_bound(to, slot);
                pick(self, to, &|this, row| this.second_bound(row, slot));
            }
        }
        for slot in self.moving(&[to]) {
            if kind.slope {
                let to = self.layout.slope(to, slot);
                pick(self, to, &|this, row| this.slope(row, slot));
            }
            if kind.bound {
                let to = self.layout.bound(to, slot);
                pick(self, to, &|this, row| this.bound(row, slot));
            }
        }
    }

    fn instruction(&mut self, op: Op) {
        match op {
            Op::Copy(to, from) => self.moved_alike(to, &[from], |to, from| Op::Copy(to, from[0])),
            Op::Store(to, from) => self.moved_alike(to, &[from], |to, from| Op::Store(to, from[0])),
            Op::Select(to, condition, from) => {
                self.moved_alike(to, &from, |to, from| Op::Select(to, condition, [from[0], from[1]]));
            }
            Op::Gather(to, span, offsets) => {
                let stride = self.layout.size(span.first);
                self.moved_alike(to, &[span.first], |to, from| match layout::index(from[0]) {
                    // What the array does not carry, though the row had room for it, for another number.
                    Some(_) => Op::Copy(to, from[0]),
                    None => Op::Gather(to, Span { first: from[0], stride, ..span }, offsets),
                });
            }
            Op::Scatter(span, offsets, from) => {
                let stride = self.layout.size(span.first);
                self.moved_alike(span.first, &[from], |first, from| {
                    Op::Scatter(Span { first, stride, ..span }, offsets, from[0])
                });
            }
            _ => {
                self.doubts(op);
                let op_here = op.with_numbers(|row| self.value(row));
                self.emit(op_here);
                self.carried(op);
            }
        }
    }
}
