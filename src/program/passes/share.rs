//! Gives every number a row of its own, so that what is computed twice is computed once and copies are left out.
//!
//! (Value numbering over the structure of the program: Cocke and Schwartz, 1970.) What is written in a branch, loop, switch or
//! function goes through memory where these end: there the row of the program that was given holds it, and what reads it
//! behind takes it from there. Elements of arrays that are reached by computed indices are always in memory. All other rows
//! are written once.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::structure::{array_of, begins, elements, end_of, link};
use crate::program::code::{Access, Bank, Code, Op, Row};

/// An instruction, without its destination and with rows of this pass, and its operands that stand apart.
type Key = (Op, Vec<Row>);

/// Where the numbers of the program that was given are at the moment: rows of this pass.
type Current = HashMap<(Bank, Row), Row>;

/// The same program with numbers shared.
pub(super) fn share(code: &Code) -> Code {
    let mut share = Share {
        code,
        out: Code {
            constants: code.constants.clone(),
            integers: code.integers.clone(),
            rows: code.rows,
            int_rows: code.int_rows.max(1),
            growth: code.growth,
            ..Code::default()
        },
        current: Current::new(),
        known: HashMap::new(),
        added: Vec::new(),
        memory: HashSet::new(),
        arrays: HashSet::new(),
        dirty: BTreeSet::new(),
        open: Vec::new(),
    };
    share.find_memory();
    for (at, &op) in code.ops.iter().enumerate() {
        share.step(at, op);
    }
    share.results();
    let mut out = share.out;
    link(&mut out.ops);
    out
}

/// A structure that the instruction at hand is in.
struct Open {
    /// Rows that are written in it.
    written: HashSet<(Bank, Row)>,
    /// What was known before it: numbers by rows, and how many instructions.
    before: Current,
    added: usize,
}

struct Share<'a> {
    code: &'a Code,
    out: Code,
    current: Current,
    known: HashMap<Key, Row>,
    /// Keys of `known` in order.
    added: Vec<Key>,
    /// Rows that are written in structures.
    memory: HashSet<(Bank, Row)>,
    /// Rows that computed indices reach.
    arrays: HashSet<(Bank, Row)>,
    /// Rows whose memory does not hold what they are.
    dirty: BTreeSet<(bool, Row)>,
    open: Vec<Open>,
}

/// Rows that instructions write.
fn written_by(ops: &[Op]) -> HashSet<(Bank, Row)> {
    let mut written = HashSet::new();
    for &op in ops {
        if let (Op::Scatter(..) | Op::ScatterInt(..), Some((bank, span))) = (op, array_of(op)) {
            written.extend(elements(span).map(|row| (bank, row)));
        }
        op.with_rows(|access, bank, row| {
            if matches!(access, Access::Write | Access::Store) {
                written.insert((bank, row));
            }
            row
        });
    }
    written
}

impl Share<'_> {
    fn find_memory(&mut self) {
        let ops = &self.code.ops;
        for (at, &op) in ops.iter().enumerate() {
            if let Some((bank, span)) = array_of(op) {
                self.arrays.extend(elements(span).map(|row| (bank, row)));
            }
            if begins(op) {
                let inside = written_by(&ops[at..end_of(ops, at)]);
                self.memory.extend(inside);
            }
        }
    }

    fn is_constant(&self, bank: Bank, row: Row) -> bool {
        match bank {
            Bank::Numbers => (row as usize) < self.code.constants.len(),
            Bank::Ints => row as usize <= self.code.integers.len(),
        }
    }

    fn fresh(&mut self, bank: Bank) -> Row {
        let rows = if bank == Bank::Numbers { &mut self.out.rows } else { &mut self.out.int_rows };
        *rows += 1;
        *rows as Row - 1
    }

    /// The row that holds what a row of the given program is now.
    fn read(&mut self, bank: Bank, row: Row) -> Row {
        if self.is_constant(bank, row) {
            return row;
        }
        if let Some(&now) = self.current.get(&(bank, row)) {
            return now;
        }
        // Out of memory, into a row that does not change.
        let now = self.fresh(bank);
        self.out.ops.push(if bank == Bank::Numbers { Op::Copy(now, row) } else { Op::CopyInt(now, row) });
        self.current.insert((bank, row), now);
        now
    }

    fn write(&mut self, bank: Bank, row: Row, now: Row) {
        self.current.insert((bank, row), now);
        if self.arrays.contains(&(bank, row)) {
            self.store(bank, row, now);
        } else if self.memory.contains(&(bank, row)) {
            self.dirty.insert((bank == Bank::Numbers, row));
        }
    }

    /// Into memory.
    fn store(&mut self, bank: Bank, row: Row, from: Row) {
        let is_everywhere = self.open.is_empty();
        self.out.ops.push(match (bank, is_everywhere) {
            (Bank::Numbers, true) => Op::Copy(row, from),
            (Bank::Numbers, false) => Op::Store(row, from),
            (Bank::Ints, true) => Op::CopyInt(row, from),
            (Bank::Ints, false) => Op::StoreInt(row, from),
        });
    }

    /// All that memory does not hold yet.
    fn flush(&mut self) {
        for (is_number, row) in std::mem::take(&mut self.dirty) {
            let bank = if is_number { Bank::Numbers } else { Bank::Ints };
            let now = self.read(bank, row);
            self.store(bank, row, now);
        }
    }

    fn forget_instructions(&mut self, count: usize) {
        for key in self.added.drain(count..) {
            self.known.remove(&key);
        }
    }

    fn step(&mut self, at: usize, op: Op) {
        match op {
            Op::Nothing => {}
            Op::Copy(to, from) | Op::Store(to, from) => {
                let now = self.read(Bank::Numbers, from);
                self.write(Bank::Numbers, to, now);
            }
            Op::CopyInt(to, from) | Op::StoreInt(to, from) => {
                let now = self.read(Bank::Ints, from);
                self.write(Bank::Ints, to, now);
            }
            op if op.is_control() => self.control(at, op),
            op => self.instruction(op),
        }
    }

    fn instruction(&mut self, op: Op) {
        let mut to = None;
        let here = op.with_rows(|access, bank, row| match access {
            Access::Read => self.read(bank, row),
            Access::Write | Access::Store => {
                to = Some((bank, row));
                0
            }
            Access::GatheredFrom | Access::ScatteredTo => row,
        });
        let operands: Vec<Row> =
            self.code.operands[op.apart()].iter().map(|&row| self.read(Bank::Numbers, row)).collect();
        let here = match here {
            Op::Select(_, _, [a, b]) if a == b => Op::Copy(0, a),
            Op::SelectInt(_, _, [a, b]) if a == b => Op::CopyInt(0, a),
            here => without_place(here),
        };
        match (here, to) {
            (Op::Copy(_, from) | Op::CopyInt(_, from), Some((bank, to))) => self.write(bank, to, from),
            (_, Some((bank, to))) => {
                // What memory holds may change between.
                let is_pure = array_of(op).is_none();
                let key = (here, operands);
                if let Some(&now) = self.known.get(&key).filter(|_| is_pure) {
                    return self.write(bank, to, now);
                }
                let now = self.fresh(bank);
                let op = here.with_rows(|access, _, row| if access == Access::Write { now } else { row });
                self.push(op, &key.1);
                if is_pure {
                    self.added.push(key.clone());
                    self.known.insert(key, now);
                }
                self.write(bank, to, now);
            }
            (_, None) => {
                let key = (here, operands);
                if self.known.contains_key(&key) {
                    // Raised already, in these lanes and others.
                    return;
                }
                self.push(here, &key.1);
                match array_of(op) {
                    Some((bank, span)) => {
                        elements(span).for_each(|row| {
                            self.current.remove(&(bank, row));
                        });
                    }
                    None => {
                        self.added.push(key.clone());
                        self.known.insert(key, 0);
                    }
                }
            }
        }
    }

    fn push(&mut self, op: Op, operands: &[Row]) {
        let place = self.out.operands.len() as u32;
        self.out.operands.extend_from_slice(operands);
        self.out.ops.push(match op {
            Op::Rule(rule, to, _) => Op::Rule(rule, to, place),
            Op::Raise(condition, flag, slot, _) => Op::Raise(condition, flag, slot, place),
            op => op,
        });
    }

    /// Where the program leaves what it was run for.
    fn results(&mut self) {
        let code = self.code;
        self.out.result = self.read(Bank::Numbers, code.result);
        self.out.carried = code.carried.with_rows(|row| self.read(Bank::Numbers, row));
    }

    /// Structures and jumps; where these lead is put in afterwards.
    fn control(&mut self, at: usize, op: Op) {
        self.flush();
        let here = op.with_rows(|_, bank, row| self.read(bank, row));
        if begins(op) {
            let written = written_by(&self.code.ops[at..end_of(&self.code.ops, at)]);
            let open = Open { written, before: self.current.clone(), added: self.added.len() };
            if matches!(op, Op::Loop(_)) {
                open.written.iter().for_each(|row| {
                    self.current.remove(row);
                });
            }
            self.open.push(open);
        }
        self.out.ops.push(here);
        match op {
            Op::Else(_) => {
                if let Some(open) = self.open.last() {
                    self.current = open.before.clone();
                    let added = open.added;
                    self.forget_instructions(added);
                }
            }
            Op::Continuing => self.rejoin(false),
            Op::EndIf | Op::EndLoop(_) | Op::EndSwitch | Op::EndFunction => self.rejoin(true),
            _ => {}
        }
    }

    /// Lanes that went different ways come together.
    fn rejoin(&mut self, ends: bool) {
        let Some(Open { written, before, added }) = self.open.pop() else { return };
        self.forget_instructions(added);
        self.current = before;
        if !ends {
            let before = self.current.clone();
            self.open.push(Open { written: written.clone(), before, added });
        }
        written.iter().for_each(|row| {
            self.current.remove(row);
        });
    }
}

/// Without what only tells where operands are.
fn without_place(op: Op) -> Op {
    match op {
        Op::Rule(rule, to, _) => Op::Rule(rule, to, 0),
        Op::Raise(condition, flag, slot, _) => Op::Raise(condition, flag, slot, 0),
        op => op,
    }
}
