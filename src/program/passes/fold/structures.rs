//! Branches, loops, switches and functions: run as far as what directs them is known, written where it is not.

use super::{Exit, Fail, Flow, Fold, Frame, Kind, MOST_SEEN};
use crate::program::code::{Access, Bank, Op, Row, Span};

impl Fold<'_> {
    /// The end of a structure that begins at an instruction.
    pub(super) fn end(&self, at: usize, begins: impl Fn(&Op) -> bool, ends: impl Fn(&Op) -> bool) -> usize {
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
    pub(super) fn branch(&mut self, condition: Row, [then, middle, end]: [usize; 3]) -> Result<Flow, Fail> {
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
    pub(super) fn structure(&mut self, kind: Kind, at: usize, end: usize) -> Result<Flow, Fail> {
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

    pub(super) fn forget_span(&mut self, span: Span) {
        (0..span.count).for_each(|offset| self.ints[span.at(offset)] = None);
    }

    /// A jump out of the innermost structure for which `is_it`.
    pub(super) fn leave(&mut self, exit: Exit, mut is_it: impl FnMut(&Frame) -> bool) -> Result<Flow, Fail> {
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
}
