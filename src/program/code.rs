//! What the CPU engine runs in place of a shader: straight instructions on rows of lanes, and jumps by masks.
//!
//! A row holds one scalar of every lane. Rows of numbers and rows of integers (bool, i32 and u32 as bits) are counted
//! apart. All calls are written out, so that each instruction names its rows.

use std::iter::once;

use super::builtins::{Binary, Ternary, Unary};
use super::lanes::{Compare, Convert, IntBinary, IntUnary};
use super::slopes::{Condition, Rule};

/// A row of numbers or of integers.
pub(super) type Row = u32;

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Bank {
    Numbers,
    Ints,
}

/// What an instruction does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    /// In all lanes.
    Write,
    /// In active lanes.
    Store,
    /// The first of rows of which one is read.
    GatheredFrom,
    /// The first of rows of which one is stored to.
    ScatteredTo,
}

/// What an objective reads by an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// `x(i)`
    Point,
    /// `data(i)`
    Data,
}

/// What goes along with what an objective reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Along {
    /// How far `data(i)` may be from the number that was written.
    DataError,
    /// The slope of `x(i)` in a slot.
    Slope(u32),
    /// How far off that may be.
    SlopeError(u32),
    /// The step of a slot, or a coordinate that was moved; nothing is read by an index.
    Step(u32),
}

/// Why the slope of an axis is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flag {
    /// A comparison that decides what is computed may come out the other way.
    Branch,
    /// A value at a jump: of floor, round, a conversion to an integer.
    Jump,
    /// A value at a corner, of which the bound takes both slopes into account; random samples may miss one of them.
    Corner,
}

/// How many flags there are.
pub(super) const FLAGS: usize = 3;

/// All slots at once.
pub(super) const ALL_SLOTS: u32 = u32::MAX;

/// One instruction. The destination is none of the operands where a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// In the place of what is left out.
    Nothing,
    Unary(Unary, Row, Row),
    Binary(Binary, Row, [Row; 2]),
    Ternary(Ternary, Row, [Row; 3]),
    /// number^integer
    PowI(Row, Row, Row),
    IntUnary(IntUnary, Row, Row),
    IntBinary(IntBinary, Row, [Row; 2]),
    Compare(Compare, Row, [Row; 2]),
    /// From a row of the one kind to a row of the other.
    Convert(Convert, Row, Row),
    /// destination, condition, [if true, if false]
    Select(Row, Row, [Row; 2]),
    SelectInt(Row, Row, [Row; 2]),
    /// destination, source: in all lanes.
    Copy(Row, Row),
    CopyInt(Row, Row),
    /// destination, source: in active lanes.
    Store(Row, Row),
    StoreInt(Row, Row),
    /// destination, rows, row of offsets
    Gather(Row, Span, Row),
    GatherInt(Row, Span, Row),
    /// rows, row of offsets, source: in active lanes.
    Scatter(Span, Row, Row),
    ScatterInt(Span, Row, Row),
    /// destination, row of indices
    Read(Source, Row, Row),
    /// destination, index
    ReadAt(Source, Row, u32),
    /// destination, row of indices
    ReadAlong(Along, Row, Row),
    /// destination, index
    ReadAlongAt(Along, Row, u32),
    /// destination, place of the operands' rows
    Rule(Rule, Row, u32),
    /// destination, [a number, by how much], the place in the program: the number, made off at random.
    Perturb(Row, [Row; 2], u32),
    /// The flag of a slot in active lanes, where the condition holds; place of the operands' rows.
    Raise(Condition, Flag, u32, u32),

    /// Lanes where the condition holds go on; if none, to the place.
    If(Row, usize),
    /// The other lanes go on; if none, to the place.
    Else(usize),
    EndIf,
    /// If no lane is active, to the place (behind the loop).
    Loop(usize),
    /// Lanes that continued go on.
    Continuing,
    /// Lanes where the condition holds leave the loop.
    BreakIf(Row),
    /// If any lane is active, to the place (the first instruction of the body).
    EndLoop(usize),
    /// Out of the innermost loop or switch.
    Break,
    /// To the continuing part of the loop that so many frames of loops and switches enclose.
    Continue(u32),
    /// A switch is a loop that is run once.
    Switch,
    EndSwitch,
    Function,
    Return,
    EndFunction,
}

/// Rows at equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Span {
    pub(super) first: Row,
    pub(super) count: u32,
    pub(super) stride: u32,
}

impl Span {
    /// The row at an offset, which is held within.
    #[inline(always)]
    pub(super) fn at(self, offset: u32) -> usize {
        (self.first + self.stride * offset.min(self.count - 1)) as usize
    }
}

/// Where a program leaves what it carries along; rows of constants where there is nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// Of the value's error.
    pub(super) error: Row,
    /// `[slot]`
    pub(super) slopes: Vec<Row>,
    pub(super) bounds: Vec<Row>,
    /// `[slot]`, with the line in the place of a further axis.
    pub(super) seconds: Vec<Row>,
    pub(super) second_bounds: Vec<Row>,
}

impl Carried {
    /// The same with other rows.
    pub(super) fn with_rows(&self, mut at: impl FnMut(Row) -> Row) -> Carried {
        let mut all = |rows: &[Row]| -> Vec<Row> { rows.iter().map(|&row| at(row)).collect() };
        Carried {
            slopes: all(&self.slopes),
            bounds: all(&self.bounds),
            seconds: all(&self.seconds),
            second_bounds: all(&self.second_bounds),
            error: if self.slopes.is_empty() { self.error } else { at(self.error) },
        }
    }

    /// What is asked for, and its bounds: slopes, or second ones where they are carried.
    pub(super) fn wanted(&self) -> (&[Row], &[Row]) {
        if self.seconds.is_empty() {
            (&self.slopes, &self.bounds)
        } else {
            (&self.seconds, &self.second_bounds)
        }
    }
}

/// A whole objective or term.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pub(super) ops: Vec<Op>,
    /// Rows that hold one number in all lanes, from row 0 on.
    pub(super) constants: Vec<f64>,
    /// Rows that hold one integer in all lanes, from row 1 on: row 0 is the index of the term.
    pub(super) integers: Vec<u32>,
    /// Rows of numbers and integers in use.
    pub(super) rows: usize,
    pub(super) int_rows: usize,
    /// The row of the result.
    pub(super) result: Row,
    /// Rows of operands of rules and conditions.
    pub(super) operands: Vec<Row>,
    pub(super) carried: Carried,
    /// How many times as many instructions there are as in the program that slopes were added to.
    pub(super) growth: u64,
}

impl Op {
    /// The same with other rows, what is read before what is written; spans keep their strides, and rows of operands that stand
    /// apart ([`apart`](Self::apart)) stay.
    pub(super) fn with_rows(self, mut at: impl FnMut(Access, Bank, Row) -> Row) -> Op {
        use Access::{GatheredFrom, Read, ScatteredTo, Store, Write};
        use Bank::{Ints, Numbers};
        let mut pair = |bank, [a, b]: [Row; 2]| [at(Read, bank, a), at(Read, bank, b)];
        match self {
            Op::Binary(op, to, from) => {
                let from = pair(Numbers, from);
                Op::Binary(op, at(Write, Numbers, to), from)
            }
            Op::IntBinary(op, to, from) => {
                let from = pair(Ints, from);
                Op::IntBinary(op, at(Write, Ints, to), from)
            }
            Op::Compare(op, to, from) => {
                let from = pair(Numbers, from);
                Op::Compare(op, at(Write, Ints, to), from)
            }
            Op::Perturb(to, from, place) => {
                let from = pair(Numbers, from);
                Op::Perturb(at(Write, Numbers, to), from, place)
            }
            Op::Select(to, condition, from) => {
                let from = pair(Numbers, from);
                let condition = at(Read, Ints, condition);
                Op::Select(at(Write, Numbers, to), condition, from)
            }
            Op::SelectInt(to, condition, from) => {
                let from = pair(Ints, from);
                let condition = at(Read, Ints, condition);
                Op::SelectInt(at(Write, Ints, to), condition, from)
            }
            Op::Ternary(op, to, [a, b, c]) => {
                let from = [at(Read, Numbers, a), at(Read, Numbers, b), at(Read, Numbers, c)];
                Op::Ternary(op, at(Write, Numbers, to), from)
            }
            Op::Unary(op, to, a) => {
                let a = at(Read, Numbers, a);
                Op::Unary(op, at(Write, Numbers, to), a)
            }
            Op::PowI(to, base, power) => {
                let (base, power) = (at(Read, Numbers, base), at(Read, Ints, power));
                Op::PowI(at(Write, Numbers, to), base, power)
            }
            Op::IntUnary(op, to, a) => {
                let a = at(Read, Ints, a);
                Op::IntUnary(op, at(Write, Ints, to), a)
            }
            Op::Convert(op, to, from) => {
                let (bank, of) = if op.gives_number() { (Numbers, Ints) } else { (Ints, Numbers) };
                let from = at(Read, of, from);
                Op::Convert(op, at(Write, bank, to), from)
            }
            Op::Copy(to, from) => {
                let from = at(Read, Numbers, from);
                Op::Copy(at(Write, Numbers, to), from)
            }
            Op::CopyInt(to, from) => {
                let from = at(Read, Ints, from);
                Op::CopyInt(at(Write, Ints, to), from)
            }
            Op::Store(to, from) => {
                let from = at(Read, Numbers, from);
                Op::Store(at(Store, Numbers, to), from)
            }
            Op::StoreInt(to, from) => {
                let from = at(Read, Ints, from);
                Op::StoreInt(at(Store, Ints, to), from)
            }
            Op::Gather(to, span, offsets) => {
                let offsets = at(Read, Ints, offsets);
                let span = Span { first: at(GatheredFrom, Numbers, span.first), ..span };
                Op::Gather(at(Write, Numbers, to), span, offsets)
            }
            Op::GatherInt(to, span, offsets) => {
                let offsets = at(Read, Ints, offsets);
                let span = Span { first: at(GatheredFrom, Ints, span.first), ..span };
                Op::GatherInt(at(Write, Ints, to), span, offsets)
            }
            Op::Scatter(span, offsets, from) => {
                let (offsets, from) = (at(Read, Ints, offsets), at(Read, Numbers, from));
                Op::Scatter(Span { first: at(ScatteredTo, Numbers, span.first), ..span }, offsets, from)
            }
            Op::ScatterInt(span, offsets, from) => {
                let [offsets, from] = pair(Ints, [offsets, from]);
                Op::ScatterInt(Span { first: at(ScatteredTo, Ints, span.first), ..span }, offsets, from)
            }
            Op::Read(source, to, index) => {
                let index = at(Read, Ints, index);
                Op::Read(source, at(Write, Numbers, to), index)
            }
            Op::ReadAlong(along, to, index) => {
                let index = at(Read, Ints, index);
                Op::ReadAlong(along, at(Write, Numbers, to), index)
            }
            Op::ReadAt(source, to, index) => Op::ReadAt(source, at(Write, Numbers, to), index),
            Op::ReadAlongAt(along, to, index) => Op::ReadAlongAt(along, at(Write, Numbers, to), index),
            Op::Rule(rule, to, operands) => Op::Rule(rule, at(Write, Numbers, to), operands),
            Op::If(condition, place) => Op::If(at(Read, Ints, condition), place),
            Op::BreakIf(condition) => Op::BreakIf(at(Read, Ints, condition)),
            Op::Nothing
            | Op::Raise(..)
            | Op::Else(_)
            | Op::EndIf
            | Op::Loop(_)
            | Op::Continuing
            | Op::EndLoop(_)
            | Op::Break
            | Op::Continue(_)
            | Op::Switch
            | Op::EndSwitch
            | Op::Function
            | Op::Return
            | Op::EndFunction => self,
        }
    }

    /// The same with other rows of numbers.
    pub(super) fn with_numbers(self, mut at: impl FnMut(Row) -> Row) -> Op {
        self.with_rows(|_, bank, row| if bank == Bank::Numbers { at(row) } else { row })
    }

    /// Where the rows of numbers that an instruction reads are, if they stand apart from it.
    pub(super) fn apart(self) -> std::ops::Range<usize> {
        match self {
            Op::Rule(rule, _, at) => at as usize..at as usize + rule.operands(),
            Op::Raise(condition, _, _, at) => at as usize..at as usize + condition.operands(),
            _ => 0..0,
        }
    }

    /// Whether what it gives depends on nothing but the rows and inputs that it names.
    pub(super) fn is_straight(self) -> bool {
        !matches!(
            self,
            Op::Gather(..)
                | Op::GatherInt(..)
                | Op::Scatter(..)
                | Op::ScatterInt(..)
                | Op::Store(..)
                | Op::StoreInt(..)
                | Op::Read(Source::Point, ..)
                | Op::Raise(..)
        )
    }

    /// Whether it directs which instructions run, and in which lanes.
    pub(super) fn is_control(self) -> bool {
        matches!(
            self,
            Op::If(..)
                | Op::Else(_)
                | Op::EndIf
                | Op::Loop(_)
                | Op::Continuing
                | Op::BreakIf(_)
                | Op::EndLoop(_)
                | Op::Break
                | Op::Continue(_)
                | Op::Switch
                | Op::EndSwitch
                | Op::Function
                | Op::Return
                | Op::EndFunction
        )
    }

    /// The same with its jump, if it is one, to another place.
    pub(super) fn with_place(self, at: impl Fn(usize) -> usize) -> Op {
        match self {
            Op::If(condition, place) => Op::If(condition, at(place)),
            Op::Else(place) => Op::Else(at(place)),
            Op::Loop(place) => Op::Loop(at(place)),
            Op::EndLoop(place) => Op::EndLoop(at(place)),
            other => other,
        }
    }
}

impl Code {
    /// All rows that a program leaves something in.
    pub(super) fn results(&self) -> impl Iterator<Item = Row> + '_ {
        let Carried { error, slopes, bounds, seconds, second_bounds } = &self.carried;
        let carried = slopes.iter().chain(bounds).chain(seconds).chain(second_bounds).copied();
        let error = (!slopes.is_empty()).then_some(*error);
        once(self.result).chain(error).chain(carried)
    }

    /// Sees that all rows that instructions name are there, and that none writes where it reads, which the machine relies on.
    ///
    /// # Panics
    /// If not, which is a mistake of the compiler or of a pass.
    pub(super) fn assert_runs(&self) {
        let rows = |bank: Bank| if bank == Bank::Numbers { self.rows } else { self.int_rows.max(1) };
        for &op in &self.ops {
            let apart = &self.operands[op.apart()];
            let mut read: Vec<(Bank, Row)> = apart.iter().map(|&row| (Bank::Numbers, row)).collect();
            let mut runs = apart.iter().all(|&row| (row as usize) < self.rows);
            op.with_rows(|access, bank, row| {
                runs &= (row as usize) < rows(bank);
                match access {
                    Access::Read => read.push((bank, row)),
                    Access::Write | Access::Store => runs &= !read.contains(&(bank, row)),
                    Access::GatheredFrom | Access::ScatteredTo => {}
                }
                row
            });
            let (Op::Gather(_, span, _)
            | Op::GatherInt(_, span, _)
            | Op::Scatter(span, ..)
            | Op::ScatterInt(span, ..)) = op
            else {
                assert!(runs, "{op:?} cannot be run");
                continue;
            };
            let bank =
                if matches!(op, Op::Gather(..) | Op::Scatter(..)) { Bank::Numbers } else { Bank::Ints };
            runs &= span.count > 0 && span.at(span.count - 1) < rows(bank);
            assert!(runs, "{op:?} cannot be run");
        }
    }
}

/// Why an evaluation has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    /// x(index) or data(index) with an index out of range.
    OutOfRange { source: Source, index: u32, length: u32, lane: usize },
    /// Its loops made as many turns.
    Runaway { turns: u64 },
}
