//! Leaves out what nothing needs.

use super::Lengths;
use super::structure::{array_of, elements, link};
use crate::program::code::{Access, Bank, Code, Op, Row, Source};

/// Rows that something needs.
struct Needed {
    numbers: Vec<bool>,
    ints: Vec<bool>,
    /// Whether there are more than when this was last looked at.
    has_grown: bool,
}

impl Needed {
    fn has(&self, bank: Bank, row: Row) -> bool {
        if bank == Bank::Numbers { self.numbers[row as usize] } else { self.ints[row as usize] }
    }

    fn add(&mut self, bank: Bank, row: Row) {
        let rows = if bank == Bank::Numbers { &mut self.numbers } else { &mut self.ints };
        self.has_grown |= !rows[row as usize];
        rows[row as usize] = true;
    }
}

/// The program without instructions of which nothing needs what they give; reads that may fail stay.
pub(super) fn dead(mut code: Code, lengths: Lengths) -> Code {
    let mut needed = Needed {
        numbers: vec![false; code.rows.max(1)],
        ints: vec![false; code.int_rows.max(1)],
        has_grown: false,
    };
    code.results().for_each(|row| needed.add(Bank::Numbers, row));
    let mut is_live = vec![false; code.ops.len()];
    loop {
        needed.has_grown = false;
        for (at, &op) in code.ops.iter().enumerate().rev() {
            if is_live[at] || !(stays(op, lengths) || gives(op, &needed)) {
                continue;
            }
            is_live[at] = true;
            needs(op, &code, &mut needed);
        }
        // What a loop needs of its turn before stands behind.
        if !needed.has_grown {
            break;
        }
    }
    let mut live = is_live.into_iter();
    code.ops.retain(|_| live.next().unwrap_or(true));
    let before = code.ops.len();
    drop_empty_branches(&mut code.ops);
    if code.ops.len() < before {
        // What only decided about them is not needed any more.
        return dead(code, lengths);
    }
    link(&mut code.ops);
    code
}

/// Whether an instruction does more than to give numbers.
fn stays(op: Op, lengths: Lengths) -> bool {
    match op {
        Op::Read(..) | Op::Raise(..) => true,
        Op::ReadAt(source, _, index) => {
            let length = if source == Source::Point { lengths.dimension } else { lengths.data };
            index as usize >= length
        }
        op => op.is_control(),
    }
}

fn gives(op: Op, needed: &Needed) -> bool {
    if let (Op::Scatter(..) | Op::ScatterInt(..), Some((bank, span))) = (op, array_of(op)) {
        return elements(span).any(|row| needed.has(bank, row));
    }
    let mut gives = false;
    op.with_rows(|access, bank, row| {
        gives |= matches!(access, Access::Write | Access::Store) && needed.has(bank, row);
        row
    });
    gives
}

fn needs(op: Op, code: &Code, needed: &mut Needed) {
    if let (Op::Gather(..) | Op::GatherInt(..), Some((bank, span))) = (op, array_of(op)) {
        elements(span).for_each(|row| needed.add(bank, row));
    }
    code.operands[op.apart()].iter().for_each(|&row| needed.add(Bank::Numbers, row));
    op.with_rows(|access, bank, row| {
        if access == Access::Read {
            needed.add(bank, row);
        }
        row
    });
}

/// Branches with nothing on either side.
fn drop_empty_branches(ops: &mut Vec<Op>) {
    let mut kept: Vec<Op> = Vec::with_capacity(ops.len());
    for &op in ops.iter() {
        kept.push(op);
        if let [.., Op::If(..), Op::Else(_), Op::EndIf] = kept[..] {
            kept.truncate(kept.len() - 3);
        }
    }
    *ops = kept;
}
