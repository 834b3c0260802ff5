//! Room for what each row carries: its value, then the rest of its group, all groups in the order of the rows.

use super::How;
use super::expand::Expanded;
use super::kinds::Kind;
use crate::program::code::{Op, Row};

/// Rows of a chain beside the value: slopes and wobbles of up to two operands, and some to work in.
pub(super) const CHAIN: u32 = 13;

/// The same where there are second slopes.
const SECOND_CHAIN: u32 = 18;

/// Marks rows of constants, whose number is known once all is written.
const CONSTANT: Row = 1 << 31;

/// Where everything is.
pub(super) struct Layout {
    kinds: Vec<Kind>,
    /// Of each row, the first of its group.
    first: Vec<Row>,
    /// Rows of all groups.
    pub(super) rows: u32,
    /// Slopes, and second slopes.
    slots: u32,
    seconds: u32,
}

/// The row of a constant until all are known.
pub(super) fn constant(index: usize) -> Row {
    CONSTANT | index as Row
}

/// Which constant it is, if it is one.
pub(super) fn index(row: Row) -> Option<usize> {
    (row & CONSTANT != 0).then_some((row & !CONSTANT) as usize)
}

/// The row that it is in the end.
pub(super) fn placed(row: Row, constants: usize) -> Row {
    if row & CONSTANT == 0 { row + constants as Row } else { row & !CONSTANT }
}

impl Layout {
    /// `None` if rows that have to be neighbours would be parted.
    pub(super) fn new(
        expanded: &Expanded,
        kinds: Vec<Kind>,
        constants: &[Row],
        how: &How,
        own_rows: usize,
    ) -> Option<Self> {
        let mut order: Vec<Row> = (0..expanded.rows as Row).collect();
        let anchor = |row: Row| match (row as usize).checked_sub(own_rows) {
            Some(between) => (expanded.anchors[between], 0, row),
            None => (row, 1, row),
        };
        order.sort_by_key(|&row| anchor(row));
        let seconds = if how.second { how.slots } else { 0 };
        // The steps of slots come first, below all that is made with them.
        let rows = if how.finite { how.lines() } else { 0 };
        let mut layout = Layout { first: vec![0; kinds.len()], kinds, rows, slots: how.lines(), seconds };
        for row in order {
            if constants.contains(&row) {
                continue;
            }
            layout.first[row as usize] = layout.rows;
            layout.rows = layout.rows.checked_add(layout.size(row))?;
        }
        let is_even = |first: Row, count: u32| {
            let size = layout.size(first);
            (0..count).all(|i| layout.first[(first + i) as usize] == layout.first[first as usize] + i * size)
        };
        let fits = expanded.ops.iter().all(|op| match *op {
            Op::Gather(_, span, _) | Op::Scatter(span, _, _) => is_even(span.first, span.count),
            _ => true,
        });
        (fits && layout.rows < CONSTANT / 2).then_some(layout)
    }

    pub(super) fn kind(&self, row: Row) -> Kind {
        self.kinds[row as usize]
    }

    /// Rows of a group.
    pub(super) fn size(&self, row: Row) -> u32 {
        self.second_bound(row, self.seconds) - self.first[row as usize]
    }

    pub(super) fn value(&self, row: Row) -> Row {
        self.first[row as usize]
    }

    /// A row of a function's chain.
    pub(super) fn chain(&self, row: Row, index: u32) -> Row {
        self.first[row as usize] + 1 + index
    }

    pub(super) fn error(&self, row: Row) -> Row {
        let chain = if self.seconds > 0 { SECOND_CHAIN } else { CHAIN };
        self.first[row as usize] + 1 + if self.kind(row).chain { chain } else { 0 }
    }

    pub(super) fn slope(&self, row: Row, slot: u32) -> Row {
        self.error(row) + u32::from(self.kind(row).error) + slot
    }

    pub(super) fn bound(&self, row: Row, slot: u32) -> Row {
        let slots = if self.kind(row).slope { self.slots } else { 0 };
        let own = if self.kind(row).bound { slot } else { 0 };
        self.slope(row, slots) + own
    }

    pub(super) fn second(&self, row: Row, slot: u32) -> Row {
        self.bound(row, self.slots) + if self.kind(row).second { slot } else { 0 }
    }

    pub(super) fn second_bound(&self, row: Row, slot: u32) -> Row {
        self.second(row, self.seconds) + if self.kind(row).second_bound { slot } else { 0 }
    }
}
