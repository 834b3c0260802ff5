//! Puts rows that are written once into few rows, which stay in the fastest cache.
//!
//! (Linear scan: Poletto and Sarkar, 1999.) What goes through memory keeps a row of its own, and copies out of it are left out
//! where it does not change as long as they are needed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::structure::{array_of, elements, end_of, link};
use crate::program::code::{Access, Bank, Code, Op, Row};

/// The program in few rows.
pub(super) fn place(code: &Code) -> Code {
    let facts = Facts::of(code);
    let mut numbers = Rows::new(Bank::Numbers, code, &facts);
    let mut ints = Rows::new(Bank::Ints, code, &facts);
    let mut ops = Vec::with_capacity(code.ops.len());
    let mut operands = code.operands.clone();
    for (at, &op) in code.ops.iter().enumerate() {
        // What comes to be must not lie where it is made from.
        numbers.begin(at, &facts);
        ints.begin(at, &facts);
        let here =
            op.with_rows(|_, bank, row| if bank == Bank::Numbers { numbers.at(row) } else { ints.at(row) });
        operands[op.apart()].iter_mut().for_each(|row| *row = numbers.at(*row));
        numbers.end(at);
        ints.end(at);
        match here {
            Op::Copy(to, from) | Op::CopyInt(to, from) if to == from => {}
            op => ops.push(op),
        }
    }
    link(&mut ops);
    Code {
        ops,
        operands,
        result: numbers.at(code.result),
        carried: code.carried.with_rows(|row| numbers.at(row)),
        rows: numbers.count as usize,
        int_rows: ints.count as usize,
        constants: code.constants.clone(),
        integers: code.integers.clone(),
        growth: code.growth,
    }
}

type Place = (Bank, Row);

/// When rows are written and read.
struct Facts {
    /// Instructions that write a row.
    writes: HashMap<Place, Vec<usize>>,
    /// The last instruction that needs a row, loops run again included.
    last: HashMap<Place, usize>,
    /// Rows that keep a row of their own.
    memory: HashSet<Place>,
    /// Copies: to, of what.
    copies: HashMap<Place, Row>,
}

impl Facts {
    fn of(code: &Code) -> Self {
        let mut facts = Facts {
            writes: HashMap::new(),
            last: HashMap::new(),
            memory: HashSet::new(),
            copies: HashMap::new(),
        };
        let mut loops: Vec<(usize, usize)> = Vec::new();
        let mut seen: HashSet<Place> = HashSet::new();
        for (at, &op) in code.ops.iter().enumerate() {
            while loops.last().is_some_and(|&(_, end)| end <= at) {
                loops.pop();
            }
            if matches!(op, Op::Loop(_)) {
                loops.push((at, end_of(&code.ops, at)));
            }
            if let Some((bank, span)) = array_of(op) {
                // With all between, so that they stay where they are to each other.
                let hull = span.first..=span.at(span.count - 1) as Row;
                facts.memory.extend(hull.map(|row| (bank, row)));
                if matches!(op, Op::Scatter(..) | Op::ScatterInt(..)) {
                    elements(span).for_each(|row| facts.writes.entry((bank, row)).or_default().push(at));
                }
            }
            for &row in &code.operands[op.apart()] {
                facts.read(at, (Bank::Numbers, row), &loops, &seen);
            }
            op.with_rows(|access, bank, row| {
                let place = (bank, row);
                match access {
                    Access::Read => facts.read(at, place, &loops, &seen),
                    Access::Write | Access::Store => {
                        if access == Access::Store || !seen.insert(place) {
                            facts.memory.insert(place);
                        }
                        facts.writes.entry(place).or_default().push(at);
                        facts.last.entry(place).or_insert(at);
                    }
                    Access::GatheredFrom | Access::ScatteredTo => {}
                }
                row
            });
            if let Op::Copy(to, from) = op {
                facts.copies.insert((Bank::Numbers, to), from);
            }
            if let Op::CopyInt(to, from) = op {
                facts.copies.insert((Bank::Ints, to), from);
            }
        }
        for row in code.results() {
            facts.read(code.ops.len(), (Bank::Numbers, row), &[], &seen);
        }
        facts
    }

    fn read(&mut self, at: usize, place: Place, loops: &[(usize, usize)], seen: &HashSet<Place>) {
        if !seen.contains(&place) {
            // What it holds was there before: constants, and memory.
            self.memory.insert(place);
            return;
        }
        // What was made before a loop is there in each turn.
        let made = self.writes.get(&place).map_or(0, |writes| writes[0]);
        let around = loops.iter().find(|&&(begin, _)| made < begin);
        let until = around.map_or(at, |&(_, end)| end - 1);
        let last = self.last.entry(place).or_insert(until);
        *last = (*last).max(until);
    }

    /// Whether memory changes behind one instruction and up to another.
    fn changes(&self, place: Place, from: usize, to: usize) -> bool {
        let writes = self.writes.get(&place).map_or(&[][..], Vec::as_slice);
        writes.get(writes.partition_point(|&at| at <= from)).is_some_and(|&at| at <= to)
    }
}

/// The rows of a kind as they are placed.
struct Rows {
    bank: Bank,
    constants: Row,
    places: HashMap<Row, Row>,
    count: Row,
    free: BinaryHeap<Reverse<Row>>,
    /// Rows that instructions make, in order: when, until when.
    made: Vec<(usize, usize, Row)>,
    next: usize,
    /// Rows that are free behind an instruction.
    ends: BinaryHeap<Reverse<(usize, Row)>>,
}

impl Rows {
    fn new(bank: Bank, code: &Code, facts: &Facts) -> Self {
        let constants = match bank {
            Bank::Numbers => code.constants.len() as Row,
            Bank::Ints => code.integers.len() as Row + 1,
        };
        let mut memory: Vec<Row> = facts
            .memory
            .iter()
            .filter(|place| place.0 == bank && place.1 >= constants)
            .map(|place| place.1)
            .collect();
        memory.sort_unstable();
        let places = memory.iter().enumerate().map(|(i, &row)| (row, constants + i as Row)).collect();
        let is_made = |place: &Place| place.0 == bank && !facts.memory.contains(place);
        let mut made: Vec<(usize, usize, Row)> = facts
            .writes
            .iter()
            .filter(|(place, _)| is_made(place))
            .map(|(place, writes)| (writes[0], facts.last[place], place.1))
            .collect();
        made.sort_unstable();
        let count = constants + memory.len() as Row;
        Rows {
            bank,
            constants,
            places,
            count,
            free: BinaryHeap::new(),
            made,
            next: 0,
            ends: BinaryHeap::new(),
        }
    }

    fn at(&self, row: Row) -> Row {
        if row < self.constants { row } else { self.places.get(&row).copied().unwrap_or(row) }
    }

    /// Makes room for what an instruction makes.
    fn begin(&mut self, at: usize, facts: &Facts) {
        while let Some(&(when, until, row)) = self.made.get(self.next).filter(|made| made.0 == at) {
            self.next += 1;
            let of = facts.copies.get(&(self.bank, row)).copied();
            let is_kept = |of: &Row| {
                let place = (self.bank, *of);
                (*of < self.constants || facts.memory.contains(&place)) && !facts.changes(place, when, until)
            };
            if let Some(of) = of.filter(is_kept) {
                self.places.insert(row, self.at(of));
                continue;
            }
            let place = self.free.pop().map_or(self.count, |Reverse(place)| place);
            self.count = self.count.max(place + 1);
            self.places.insert(row, place);
            self.ends.push(Reverse((until, place)));
        }
    }

    /// Gives back what nothing needs behind an instruction.
    fn end(&mut self, at: usize) {
        while let Some(&Reverse((until, place))) = self.ends.peek()
            && until <= at
        {
            self.ends.pop();
            self.free.push(Reverse(place));
        }
    }
}
