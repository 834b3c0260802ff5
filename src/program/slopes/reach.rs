//! Which slots each row moves along, where slots are known axes: the others have no slopes there, so that what is carried
//! follows the number of pairs of an operation and a coordinate (*cones of influence*).

use std::collections::{HashMap, HashSet};

use super::How;
use crate::program::code::{Access, Bank, Code, Op, Row, Source};

/// Slots of a set.
const BITS: u32 = u64::BITS;

/// The slots of rows.
pub(super) struct Reach {
    /// `None`: slots may be any axes, and every row may move along each.
    known: Option<Sets>,
    /// Rows that hold one coordinate and nothing else, by its slot: there the slope is 1.
    coordinates: HashMap<Row, u32>,
}

struct Sets {
    words: usize,
    /// `[row][word]`
    bits: Vec<u64>,
}

impl Sets {
    fn of_all(ops: &[Op], rows: usize, axes: (u32, u32)) -> Self {
        let words = axes.1.div_ceil(BITS).max(1) as usize;
        let mut sets = Sets { words, bits: vec![0; rows * words] };
        // Sets only grow, so that they settle: at once where there are no loops.
        while ops.iter().fold(false, |grows, &op| pass(op, &mut sets, axes) | grows) {}
        sets
    }

    fn of(&self, row: Row) -> &[u64] {
        &self.bits[row as usize * self.words..][..self.words]
    }

    /// Adds slots to a row; whether any is new.
    fn add(&mut self, row: Row, more: &[u64]) -> bool {
        let mut grows = false;
        for (word, more) in self.bits[row as usize * self.words..].iter_mut().zip(more) {
            grows |= *more & !*word != 0;
            *word |= more;
        }
        grows
    }
}

/// Of a coordinate that is read at a known index, its slot among so many axes from the first on.
fn slot_of(index: u32, (first, count): (u32, u32)) -> Option<u32> {
    index.checked_sub(first).filter(|&slot| slot < count)
}

impl Reach {
    /// By instructions of which there are rules for all, on so many rows.
    pub(super) fn new(ops: &[Op], rows: usize, how: &How) -> Self {
        let Some(first) = how.first else {
            return Reach { known: None, coordinates: HashMap::new() };
        };
        let axes = (first, how.slots);
        let sets = Sets::of_all(ops, rows, axes);
        let mut coordinates = HashMap::new();
        let mut written = HashSet::new();
        for &op in ops {
            op.with_rows(|access, bank, row| {
                let is_new = bank == Bank::Ints || access == Access::Read || written.insert(row);
                match op {
                    Op::ReadAt(Source::Point, _, index) if is_new => {
                        coordinates.extend(slot_of(index, axes).map(|slot| (row, slot)));
                    }
                    _ if access != Access::Read => {
                        coordinates.remove(&row);
                    }
                    _ => {}
                }
                row
            });
        }
        Reach { known: Some(sets), coordinates }
    }

    /// Whether a row may move along a slot.
    pub(super) fn moves(&self, row: Row, slot: u32) -> bool {
        self.known.as_ref().is_none_or(|sets| sets.of(row)[(slot / BITS) as usize] >> (slot % BITS) & 1 == 1)
    }

    /// The slot of a row that is a coordinate.
    pub(super) fn coordinate(&self, row: Row) -> Option<u32> {
        self.coordinates.get(&row).copied()
    }
}

/// Axes of which the cones are looked at, at most.
const MOST_AXES: usize = 1 << 10;

/// What depends on each of so many axes. `None` of too many.
pub(in crate::program) fn cones(code: &Code, axes: usize) -> Option<Cones> {
    (axes <= MOST_AXES).then(|| Cones(Sets::of_all(&code.ops, code.rows, (0, axes as u32))))
}

/// The axes that rows of numbers depend on.
pub(in crate::program) struct Cones(Sets);

impl Cones {
    /// Whether a row of numbers depends on any axis.
    pub(in crate::program) fn depends(&self, row: Row) -> bool {
        self.0.of(row).iter().any(|&word| word != 0)
    }

    /// Instructions that give numbers, and pairs of one of them and an axis that this depends on.
    pub(in crate::program) fn pairs(&self, code: &Code) -> (u64, u64) {
        let (mut count, mut pairs) = (0, 0);
        for &op in &code.ops {
            op.with_rows(|access, bank, row| {
                if bank == Bank::Numbers && access != Access::Read {
                    count += 1;
                    pairs += self.0.of(row).iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
                }
                row
            });
        }
        (count, pairs)
    }
}

/// Whether an instruction makes any set larger.
fn pass(op: Op, sets: &mut Sets, axes: (u32, u32)) -> bool {
    let mut from = vec![0; sets.words];
    let join = |from: &mut Vec<u64>, more: &[u64]| from.iter_mut().zip(more).for_each(|(a, b)| *a |= b);
    match op {
        Op::Read(Source::Point, ..) => from.fill(u64::MAX),
        Op::ReadAt(Source::Point, _, index) => {
            if let Some(slot) = slot_of(index, axes) {
                from[(slot / BITS) as usize] |= 1 << (slot % BITS);
            }
        }
        // Rows of a span are laid out alike.
        Op::Gather(_, span, _) | Op::Scatter(span, ..) => {
            (0..span.count).for_each(|offset| join(&mut from, sets.of(span.at(offset) as Row)));
        }
        _ => {}
    }
    op.with_rows(|access, bank, row| {
        if access == Access::Read && bank == Bank::Numbers {
            join(&mut from, sets.of(row));
        }
        row
    });
    let mut grows = false;
    if let Op::Gather(_, span, _) | Op::Scatter(span, ..) = op {
        (0..span.count).for_each(|offset| grows |= sets.add(span.at(offset) as Row, &from));
    }
    op.with_rows(|access, bank, row| {
        if matches!(access, Access::Write | Access::Store) && bank == Bank::Numbers {
            grows |= sets.add(row, &from);
        }
        row
    });
    grows
}
