//! What the CPU engine runs in place of a shader: straight instructions on rows of lanes, and jumps by masks.
//!
//! A row holds one scalar of every lane. Rows of numbers and rows of integers (bool, i32 and u32 as bits) are counted
//! apart. All calls are written out, so that each instruction names its rows.

mod access;

use std::iter::once;

pub(super) use access::{Access, Bank};

use super::builtins::{Binary, Ternary, Unary};
use super::lanes::{Compare, Convert, IntBinary, IntUnary};
use super::slopes::{Condition, Rule};

/// A row of numbers or of integers.
pub(super) type Row = u32;

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

/// A product and a sum in one instruction, each rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fused {
    /// a·b + c
    Plus,
    /// a·b - c
    Minus,
    /// c - a·b
    From,
}

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
    Fused(Fused, Row, [Row; 3]),
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

impl Code {
    /// All rows that a program leaves something in.
    pub(super) fn results(&self) -> impl Iterator<Item = Row> + '_ {
        let Carried { error, slopes, bounds, seconds, second_bounds } = &self.carried;
        let carried = slopes.iter().chain(bounds).chain(seconds).chain(second_bounds).copied();
        let error = (!slopes.is_empty()).then_some(*error);
        once(self.result).chain(error).chain(carried)
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
