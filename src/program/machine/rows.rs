//! Rows of lanes, each from a cache line on: vectors that lie across two take about twice as long.

use crate::program::code::{Row, Span};
use crate::program::lanes::LANES;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Aligned<V>([V; LANES]);

/// The rows of a program for which `Code::assert_runs` has passed: those that its instructions name are there, and where one
/// writes is not where it reads.
pub(super) struct Rows<V>(Vec<Aligned<V>>);

impl<V: Copy> Rows<V> {
    /// So many rows, of which the first hold one value in all lanes.
    pub(super) fn new(count: usize, zero: V, constants: impl Iterator<Item = V>) -> Self {
        let mut rows = vec![Aligned([zero; LANES]); count.max(1)];
        rows.iter_mut().zip(constants).for_each(|(row, value)| row.0 = [value; LANES]);
        Rows(rows)
    }

    #[inline(always)]
    pub(super) fn row(&self, row: Row) -> &[V; LANES] {
        &self.0[row as usize].0
    }

    #[inline(always)]
    pub(super) fn row_mut(&mut self, row: Row) -> &mut [V; LANES] {
        &mut self.0[row as usize].0
    }

    /// The row that is written and those that are read.
    #[inline(always)]
    #[allow(unsafe_code, reason = "checks of each row in each instruction take a tenth of the time")]
    pub(super) fn apart<const N: usize>(
        &mut self,
        to: Row,
        from: [Row; N],
    ) -> (&mut [V; LANES], [&[V; LANES]; N]) {
        debug_assert!(!from.contains(&to) && from.iter().all(|&row| (row as usize) < self.0.len()));
        let rows = self.0.as_mut_ptr();
        // SAFETY: all are within and `to` is none of `from`, which `Code::assert_runs` has seen for each instruction.
        unsafe { (&mut (*rows.add(to as usize)).0, from.map(|row| &(*rows.add(row as usize)).0)) }
    }

    /// The row that is written and those that are read, by their place in a list.
    #[inline(always)]
    #[allow(unsafe_code, reason = "as above")]
    pub(super) fn apart_from<'r>(
        &'r mut self,
        to: Row,
        from: &'r [Row],
    ) -> (&'r mut [V; LANES], impl Fn(usize) -> &'r [V; LANES] + Copy) {
        let rows = self.0.as_mut_ptr();
        // SAFETY: those of an instruction are within and `to` is none of them, which `Code::assert_runs` has seen; and nobody
        // else has the rows as long as what is returned lives.
        unsafe { (&mut (*rows.add(to as usize)).0, move |at: usize| &(*rows.add(from[at] as usize)).0) }
    }

    #[inline(always)]
    pub(super) fn copy(&mut self, to: Row, from: Row) {
        let (to, [from]) = self.apart(to, [from]);
        *to = *from;
    }

    #[inline(always)]
    pub(super) fn store(&mut self, to: Row, from: Row, mask: u64) {
        let (to, [from]) = self.apart(to, [from]);
        if mask == u64::MAX {
            *to = *from;
        } else {
            for lane in 0..LANES {
                to[lane] = if mask >> lane & 1 == 1 { from[lane] } else { to[lane] };
            }
        }
    }

    #[inline(always)]
    pub(super) fn gather(&mut self, to: Row, span: Span, offsets: &[u32; LANES]) {
        for lane in 0..LANES {
            // Lanes that are not active may hold anything.
            self.0[to as usize].0[lane] = self.0[span.at(offsets[lane])].0[lane];
        }
    }

    #[inline(always)]
    pub(super) fn scatter(&mut self, span: Span, offsets: &[u32; LANES], from: Row, mask: u64) {
        for lane in 0..LANES {
            if mask >> lane & 1 == 1 {
                self.0[span.at(offsets[lane])].0[lane] = self.0[from as usize].0[lane];
            }
        }
    }
}

/// A mask of the lanes whose bool holds.
#[inline(always)]
pub(super) fn bits(row: &[u32; LANES]) -> u64 {
    let mut mask = 0;
    for lane in 0..LANES {
        mask |= u64::from(row[lane] & 1) << lane;
    }
    mask
}

#[inline(always)]
pub(super) fn select<V: Copy>(condition: &[u32; LANES], a: &[V; LANES], b: &[V; LANES], to: &mut [V; LANES]) {
    for lane in 0..LANES {
        to[lane] = if condition[lane] != 0 { a[lane] } else { b[lane] };
    }
}
