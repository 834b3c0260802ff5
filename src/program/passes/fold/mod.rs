//! Runs what depends on known integers alone: loops that count are written out up to a size, branches that are known are taken,
//! indices become numbers, so that reads need no checks and arrays become rows.
//!
//! (Partial evaluation, online and without lifting: Jones, Gomard and Sestoft, 1993.)

mod instruction;
mod structures;

use std::collections::{HashMap, HashSet};

use crate::program::code::{Bank, Code, Op, Row};

/// Instructions that a loop may come to, written out: of more, reading them takes longer than running a loop.
const MOST_WRITTEN: usize = 1 << 13;

/// Instructions that are looked at before all loops that are left stay loops.
const MOST_SEEN: usize = 1 << 18;

/// Marks constants until all are known.
const CONSTANT: Row = 1 << 31;

/// The program with known integers run.
pub(in crate::program) fn fold(code: &Code) -> Code {
    let integers = code.integers.iter().enumerate().map(|(i, &value)| (value, CONSTANT | i as Row));
    let numbers = code.constants.iter().enumerate().map(|(i, &value)| (value.to_bits(), CONSTANT | i as Row));
    let mut fold = Fold {
        code,
        out: Vec::new(),
        ints: vec![None; code.int_rows.max(1)],
        integers: code.integers.clone(),
        known_integers: integers.rev().collect(),
        constants: code.constants.clone(),
        known_constants: numbers.rev().collect(),
        frames: Vec::new(),
        kept: HashSet::new(),
        seen: 0,
    };
    for (row, &value) in fold.ints[1..].iter_mut().zip(&code.integers) {
        *row = Some(value);
    }
    // Nothing is left at the end of a program that encloses it.
    let _ = fold.block(0, code.ops.len());
    fold.finish()
}

/// Where control goes behind an instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flow {
    Next,
    /// Out of a structure that is not written, in all lanes that are there.
    Leave(usize, Exit),
    /// No lane is left.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Exit {
    Break,
    Continue,
    Return,
}

/// The structure that has to be written after all.
struct Fail(usize);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    If,
    Loop,
    Switch,
    Function,
}

/// A structure that the instruction at hand is in.
struct Frame {
    kind: Kind,
    /// Whether it is written; branches on what is known are no frames at all.
    written: bool,
    /// Instructions written before it.
    start: usize,
}

struct Fold<'a> {
    code: &'a Code,
    out: Vec<Op>,
    /// What rows of integers hold in all active lanes, where that is known.
    ints: Vec<Option<u32>>,
    integers: Vec<u32>,
    known_integers: HashMap<u32, Row>,
    constants: Vec<f64>,
    known_constants: HashMap<u64, Row>,
    frames: Vec<Frame>,
    /// Instructions that begin structures of which it turned out that they have to be written.
    kept: HashSet<usize>,
    seen: usize,
}

impl Fold<'_> {
    fn finish(self) -> Code {
        let Fold { code, integers, constants, .. } = self;
        let more_ints = (integers.len() - code.integers.len()) as Row;
        let more_numbers = (constants.len() - code.constants.len()) as Row;
        let ops = self.out.into_iter().map(|op| {
            op.with_rows(|_, bank, row| {
                let (own, more) = match bank {
                    Bank::Ints => (code.integers.len() as Row + 1, more_ints),
                    Bank::Numbers => (code.constants.len() as Row, more_numbers),
                };
                match row {
                    row if row & CONSTANT != 0 => (row & !CONSTANT) + Row::from(bank == Bank::Ints),
                    row if row < own => row,
                    row => row + more,
                }
            })
        });
        let own = code.constants.len() as Row;
        let number = |row: Row| if row < own { row } else { row + more_numbers };
        Code {
            ops: ops.collect(),
            rows: code.rows + more_numbers as usize,
            int_rows: code.int_rows + more_ints as usize,
            result: number(code.result),
            carried: code.carried.with_rows(number),
            integers,
            constants,
            ..Code::default()
        }
    }

    fn integer(&mut self, value: u32) -> Row {
        let next = CONSTANT | self.integers.len() as Row;
        let row = *self.known_integers.entry(value).or_insert(next);
        if row == next {
            self.integers.push(value);
        }
        row
    }

    fn constant(&mut self, value: f64) -> Row {
        let next = CONSTANT | self.constants.len() as Row;
        let row = *self.known_constants.entry(value.to_bits()).or_insert(next);
        if row == next {
            self.constants.push(value);
        }
        row
    }

    /// From an instruction up to another.
    fn block(&mut self, mut at: usize, end: usize) -> Result<Flow, Fail> {
        while at < end {
            self.seen += 1;
            let flow;
            (at, flow) = self.step(at)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// One instruction or structure: what comes after it, and whether control gets there.
    fn step(&mut self, at: usize) -> Result<(usize, Flow), Fail> {
        let next = |flow| Ok((at + 1, flow));
        match self.code.ops[at] {
            Op::If(condition, middle) => {
                let Op::Else(end) = self.code.ops[middle] else { return next(Flow::Next) };
                let flow = match self.ints[condition as usize] {
                    Some(0) => self.block(middle + 1, end)?,
                    Some(_) => self.block(at + 1, middle)?,
                    None => self.branch(condition, [at + 1, middle, end])?,
                };
                Ok((end + 1, flow))
            }
            Op::Loop(end) => Ok((end, self.structure(Kind::Loop, at, end - 1)?)),
            Op::Switch => {
                let end = self.end(at, |op| matches!(op, Op::Switch), |op| matches!(op, Op::EndSwitch));
                Ok((end + 1, self.structure(Kind::Switch, at, end)?))
            }
            Op::Function => {
                let end = self.end(at, |op| matches!(op, Op::Function), |op| matches!(op, Op::EndFunction));
                Ok((end + 1, self.structure(Kind::Function, at, end)?))
            }
            Op::Break => {
                next(self.leave(Exit::Break, |frame| matches!(frame.kind, Kind::Loop | Kind::Switch))?)
            }
            Op::Continue(up) => {
                let mut left = up + 1;
                next(self.leave(Exit::Continue, |frame| {
                    left -= u32::from(matches!(frame.kind, Kind::Loop | Kind::Switch));
                    left == 0
                })?)
            }
            Op::Return => next(self.leave(Exit::Return, |frame| frame.kind == Kind::Function)?),
            Op::BreakIf(condition) => {
                // It stands at the end of the innermost loop itself.
                let of = self.frames.len() - 1;
                match (self.frames[of].written, self.ints[condition as usize]) {
                    (true, _) => {
                        let condition = self.int(condition);
                        self.out.push(Op::BreakIf(condition));
                        next(Flow::Next)
                    }
                    (false, Some(0)) => next(Flow::Next),
                    (false, Some(_)) => next(Flow::Leave(of, Exit::Break)),
                    (false, None) => Err(Fail(of)),
                }
            }
            op => {
                self.instruction(op);
                match self.frames.iter().position(|frame| !frame.written && frame.kind == Kind::Loop) {
                    Some(outer) if self.is_too_much(outer) => Err(Fail(outer)),
                    _ => next(Flow::Next),
                }
            }
        }
    }

    fn is_too_much(&self, frame: usize) -> bool {
        self.seen > MOST_SEEN || self.out.len() - self.frames[frame].start > MOST_WRITTEN
    }

    /// The row of integers, or that of the constant which it is known to be.
    fn int(&mut self, row: Row) -> Row {
        match self.ints[row as usize] {
            Some(value) => self.integer(value),
            None => row,
        }
    }
}
