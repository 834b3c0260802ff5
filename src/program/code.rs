//! What the CPU engine runs in place of a shader: straight instructions on rows of lanes, and jumps by masks.
//!
//! A row holds one scalar of every lane. Rows of numbers and rows of integers (bool, i32 and u32 as bits) are counted
//! apart. All calls are written out, so that each instruction names its rows.

use super::builtins::{Binary, Ternary, Unary};
use super::lanes::{Compare, Convert, IntBinary, IntUnary};

/// A row of numbers or of integers.
pub(super) type Row = u32;

/// What an objective reads by an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `x(i)`
    Point,
    /// `data(i)`
    Data,
}

/// One instruction. The destination is above the operands, but for copies and stores.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
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
    /// destination, first row, rows from there on, row of offsets
    Gather(Row, Row, u32, Row),
    GatherInt(Row, Row, u32, Row),
    /// first row, rows from there on, row of offsets, source: in active lanes.
    Scatter(Row, u32, Row, Row),
    ScatterInt(Row, u32, Row, Row),
    /// destination, row of indices
    Read(Source, Row, Row),
    /// destination, index
    ReadAt(Source, Row, u32),

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
}

/// Why an evaluation has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    /// x(index) or data(index) with an index out of range.
    OutOfRange { source: Source, index: u32, length: u32 },
    /// Its loops made as many turns.
    Runaway { turns: u64 },
}
