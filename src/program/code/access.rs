//! Which rows an instruction reads and writes, and the same instruction on others.

use super::{Code, Op, Row, Source, Span};

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::program) enum Bank {
    Numbers,
    Ints,
}

/// What an instruction does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::program) enum Access {
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

impl Op {
    /// The same with other rows, what is read before what is written; spans keep their strides, and rows of operands that stand
    /// apart ([`apart`](Self::apart)) stay.
    pub(in crate::program) fn with_rows(self, mut at: impl FnMut(Access, Bank, Row) -> Row) -> Op {
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
            Op::Fused(op, to, [a, b, c]) => {
                let from = [at(Read, Numbers, a), at(Read, Numbers, b), at(Read, Numbers, c)];
                Op::Fused(op, at(Write, Numbers, to), from)
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
    pub(in crate::program) fn with_numbers(self, mut at: impl FnMut(Row) -> Row) -> Op {
        self.with_rows(|_, bank, row| if bank == Bank::Numbers { at(row) } else { row })
    }

    /// Where the rows of numbers that an instruction reads are, if they stand apart from it.
    pub(in crate::program) fn apart(self) -> std::ops::Range<usize> {
        match self {
            Op::Rule(rule, _, at) => at as usize..at as usize + rule.operands(),
            Op::Raise(condition, _, _, at) => at as usize..at as usize + condition.operands(),
            _ => 0..0,
        }
    }

    /// Floating-point operations in each lane: functions count as one, rules as many as they combine numbers.
    pub(in crate::program) fn flops(self) -> u64 {
        match self {
            Op::Unary(..) | Op::Binary(..) | Op::Ternary(..) | Op::PowI(..) | Op::Compare(..) => 1,
            Op::Fused(..) => 2,
            Op::Rule(rule, ..) => rule.operands().saturating_sub(1) as u64,
            Op::Raise(condition, ..) => condition.operands().saturating_sub(1) as u64,
            _ => 0,
        }
    }

    /// Whether what it gives depends on nothing but the rows and inputs that it names.
    pub(in crate::program) fn is_straight(self) -> bool {
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
    pub(in crate::program) fn is_control(self) -> bool {
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
    pub(in crate::program) fn with_place(self, at: impl Fn(usize) -> usize) -> Op {
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
    /// Sees that all rows that instructions name are there, and that none writes where it reads, which the machine relies on.
    ///
    /// # Panics
    /// If not, which is a mistake of the compiler or of a pass.
    pub(in crate::program) fn assert_runs(&self) {
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
