//! Runs what depends on known integers alone: loops that count are written out up to a size, branches that are known are taken,
//! indices become numbers, so that reads need no checks and arrays become rows.
//!
//! (Partial evaluation, online and without lifting: Jones, Gomard and Sestoft, 1993.)

use std::collections::{HashMap, HashSet};

use crate::program::builtins::Binary;
use crate::program::code::{Access, Bank, Code, Op, Row, Span};
use crate::program::lanes::{Convert, LANES, int_binary, int_unary};

/// Instructions that a loop may come to, written out: of more, reading them takes longer than running a loop.
const MOST_WRITTEN: usize = 1 << 11;

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
        Code {
            ops: ops.collect(),
            rows: code.rows + more_numbers as usize,
            int_rows: code.int_rows + more_ints as usize,
            result: if (code.result as usize) < code.constants.len() {
                code.result
            } else {
                code.result + more_numbers
            },
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

    /// The end of a structure that begins at an instruction.
    fn end(&self, at: usize, begins: impl Fn(&Op) -> bool, ends: impl Fn(&Op) -> bool) -> usize {
        let mut depth = 0;
        for (i, op) in self.code.ops.iter().enumerate().skip(at) {
            depth += usize::from(begins(op));
            if ends(op) {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
        }
        self.code.ops.len() - 1
    }

    /// A branch on what is not known.
    fn branch(&mut self, condition: Row, [then, middle, end]: [usize; 3]) -> Result<Flow, Fail> {
        let condition = self.int(condition);
        let begin = self.out.len();
        self.out.push(Op::If(condition, 0));
        self.frames.push(Frame { kind: Kind::If, written: true, start: begin });
        let before = self.ints.clone();
        let first = self.block(then, middle)?;
        let between = self.out.len();
        self.out[begin] = Op::If(condition, between);
        self.out.push(Op::Else(0));
        let after = std::mem::replace(&mut self.ints, before);
        let second = self.block(middle + 1, end)?;
        self.out[between] = Op::Else(self.out.len());
        self.out.push(Op::EndIf);
        self.frames.pop();
        match (first, second) {
            (Flow::Next, Flow::Next) => {
                for (row, other) in self.ints.iter_mut().zip(after) {
                    if *row != other {
                        *row = None;
                    }
                }
                Ok(Flow::Next)
            }
            // Who is left comes from one side.
            (Flow::Next, _) => {
                self.ints = after;
                Ok(Flow::Next)
            }
            (_, Flow::Next) => Ok(Flow::Next),
            _ => Ok(Flow::Gone),
        }
    }

    /// A loop, switch or function, run as far as possible; `end` ends it.
    fn structure(&mut self, kind: Kind, at: usize, end: usize) -> Result<Flow, Fail> {
        let this = self.frames.len();
        if self.seen < MOST_SEEN && !self.kept.contains(&at) {
            let (written, before) = (self.out.len(), self.ints.clone());
            self.frames.push(Frame { kind, written: false, start: written });
            let run = self.run(kind, at, end, this);
            self.frames.truncate(this);
            match run {
                Err(Fail(frame)) if frame == this => {
                    self.out.truncate(written);
                    self.ints = before;
                    self.kept.insert(at);
                }
                run => return run,
            }
        }
        self.frames.push(Frame { kind, written: true, start: self.out.len() });
        self.write(kind, at, end)?;
        self.frames.truncate(this);
        Ok(Flow::Next)
    }

    /// Without the structure itself.
    fn run(&mut self, kind: Kind, at: usize, end: usize, this: usize) -> Result<Flow, Fail> {
        if kind != Kind::Loop {
            return Ok(match self.block(at + 1, end)? {
                Flow::Leave(frame, Exit::Break | Exit::Return) if frame == this => Flow::Next,
                flow => flow,
            });
        }
        let continuing = self.continuing(at, end);
        loop {
            if self.is_too_much(this) {
                return Err(Fail(this));
            }
            for (from, to) in [(at + 1, continuing), (continuing + 1, end)] {
                match self.block(from, to)? {
                    Flow::Next => {}
                    Flow::Leave(frame, Exit::Continue) if frame == this => {}
                    Flow::Leave(frame, Exit::Break) if frame == this => return Ok(Flow::Next),
                    flow => return Ok(flow),
                }
            }
            self.seen += 1;
        }
    }

    /// With the structure itself.
    fn write(&mut self, kind: Kind, at: usize, end: usize) -> Result<(), Fail> {
        let begin = self.out.len();
        match kind {
            Kind::Loop => {
                self.out.push(Op::Loop(0));
                self.forget(at, end);
                let continuing = self.continuing(at, end);
                self.block(at + 1, continuing)?;
                self.out.push(Op::Continuing);
                self.forget(at, end);
                self.block(continuing + 1, end)?;
                self.out.push(Op::EndLoop(begin + 1));
                self.out[begin] = Op::Loop(self.out.len());
            }
            Kind::Switch | Kind::If => {
                self.out.push(Op::Switch);
                self.block(at + 1, end)?;
                self.out.push(Op::EndSwitch);
            }
            Kind::Function => {
                self.out.push(Op::Function);
                self.block(at + 1, end)?;
                self.out.push(Op::EndFunction);
            }
        }
        self.forget(at, end);
        Ok(())
    }

    /// Where the continuing part of a loop begins.
    fn continuing(&self, at: usize, end: usize) -> usize {
        let mut depth = 0;
        for (i, op) in self.code.ops[..end].iter().enumerate().skip(at + 1) {
            match op {
                Op::Loop(_) => depth += 1,
                Op::EndLoop(_) => depth -= 1,
                Op::Continuing if depth == 0 => return i,
                _ => {}
            }
        }
        end
    }

    /// Of integers that are written between, nothing is known.
    fn forget(&mut self, at: usize, end: usize) {
        for &op in &self.code.ops[at..end] {
            match op {
                Op::ScatterInt(span, ..) => self.forget_span(span),
                op => {
                    op.with_rows(|access, bank, row| {
                        if bank == Bank::Ints && matches!(access, Access::Write | Access::Store) {
                            self.ints[row as usize] = None;
                        }
                        row
                    });
                }
            }
        }
    }

    fn forget_span(&mut self, span: Span) {
        (0..span.count).for_each(|offset| self.ints[span.at(offset)] = None);
    }

    /// A jump out of the innermost structure for which `is_it`.
    fn leave(&mut self, exit: Exit, mut is_it: impl FnMut(&Frame) -> bool) -> Result<Flow, Fail> {
        let Some(target) = self.frames.iter().rposition(&mut is_it) else { return Ok(Flow::Next) };
        let above = &self.frames[target + 1..];
        if self.frames[target].written {
            let is_counted =
                |frame: &&Frame| frame.written && matches!(frame.kind, Kind::Loop | Kind::Switch);
            self.out.push(match exit {
                Exit::Break => Op::Break,
                Exit::Continue => Op::Continue(above.iter().filter(is_counted).count() as u32),
                Exit::Return => Op::Return,
            });
            Ok(Flow::Gone)
        } else if above.iter().any(|frame| frame.written) {
            // Some lanes leave and others do not.
            Err(Fail(target))
        } else {
            Ok(Flow::Leave(target, exit))
        }
    }

    /// The row of integers, or that of the constant which it is known to be.
    fn int(&mut self, row: Row) -> Row {
        match self.ints[row as usize] {
            Some(value) => self.integer(value),
            None => row,
        }
    }

    fn instruction(&mut self, op: Op) {
        let known = |row: Row| self.ints[row as usize];
        let one = |row: Row| [known(row).unwrap_or(0); LANES];
        let mut to = [0; LANES];
        // What an instruction on known integers comes to.
        let op = match op {
            Op::IntUnary(what, row, a) if known(a).is_some() => {
                int_unary(what, [&one(a)], &mut to);
                return self.settle(row, to[0]);
            }
            Op::IntBinary(what, row, [a, b]) if known(a).is_some() && known(b).is_some() => {
                int_binary(what, [&one(a), &one(b)], &mut to);
                return self.settle(row, to[0]);
            }
            Op::Convert(Convert::I32ToNumber, row, from) => match known(from) {
                Some(value) => Op::Copy(row, self.constant(f64::from(value as i32))),
                None => op,
            },
            Op::Convert(Convert::U32ToNumber, row, from) => match known(from) {
                Some(value) => Op::Copy(row, self.constant(f64::from(value))),
                None => op,
            },
            // In f32 as well: the square of a number of f32 is rounded once.
            Op::PowI(row, base, power) if known(power) == Some(2) => {
                Op::Binary(Binary::Multiply, row, [base, base])
            }
            Op::Select(row, condition, [a, b]) => match known(condition) {
                Some(0) => Op::Copy(row, b),
                Some(_) => Op::Copy(row, a),
                None => op,
            },
            Op::SelectInt(row, condition, [a, b]) => match known(condition) {
                Some(0) => Op::CopyInt(row, b),
                Some(_) => Op::CopyInt(row, a),
                None => op,
            },
            Op::Gather(row, span, offset) => match known(offset) {
                Some(offset) => Op::Copy(row, span.at(offset) as Row),
                None => op,
            },
            Op::GatherInt(row, span, offset) => match known(offset) {
                Some(offset) => Op::CopyInt(row, span.at(offset) as Row),
                None => op,
            },
            Op::Scatter(span, offset, from) => match known(offset) {
                Some(offset) => Op::Store(span.at(offset) as Row, from),
                None => op,
            },
            Op::ScatterInt(span, offset, from) => match known(offset) {
                Some(offset) => Op::StoreInt(span.at(offset) as Row, from),
                None => op,
            },
            Op::Read(source, row, index) => match known(index) {
                Some(index) => Op::ReadAt(source, row, index),
                None => op,
            },
            op => op,
        };
        // What is known of where it writes.
        let value = match op {
            Op::CopyInt(_, from) | Op::StoreInt(_, from) => self.ints[from as usize],
            _ => None,
        };
        let mut written = None;
        let out = op.with_rows(|access, bank, row| match (access, bank) {
            (Access::Read, Bank::Ints) => self.int(row),
            (Access::Write | Access::Store, Bank::Ints) => {
                written = Some(row);
                row
            }
            _ => row,
        });
        self.out.push(out);
        if let Some(row) = written {
            self.ints[row as usize] = value;
        }
        if let Op::ScatterInt(span, ..) = op {
            self.forget_span(span);
        }
    }

    /// An integer that came out known; the row holds it, too, for where it no longer is.
    fn settle(&mut self, row: Row, value: u32) {
        let constant = self.integer(value);
        self.out.push(Op::CopyInt(row, constant));
        self.ints[row as usize] = Some(value);
    }
}
