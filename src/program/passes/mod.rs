//! What is done to a program before the CPU engine runs it: programs before and after give the same numbers, bit by bit.
//!
//! In this order: [`fold`] runs all that depends on integers which are known, so that loops that count are written out and
//! indices become numbers; [`share`] gives every number a row of its own, each computed once; [`dead`] leaves out what
//! nothing needs; [`fuse`] puts products into sums; [`place`] puts the rest into few rows. Slopes are added before [`fuse`]; then
//! [`spell`] writes their simple rules out as instructions, and [`share`] and [`dead`] go over all once more.

mod dead;
mod fold;
mod fuse;
mod place;
#[cfg(test)]
mod random_texts;
mod share;
mod spell;
mod structure;
#[cfg(test)]
mod tests;

pub(super) use fold::fold;
pub(super) use structure::link;

use super::code::Code;

/// Sizes of what a program reads: within them, reads cannot fail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    pub(super) dimension: usize,
    pub(super) data: usize,
}

/// The program with each number computed once, and only those that are needed; it has many rows.
pub(super) fn lean(code: &Code, lengths: Lengths) -> Code {
    dead::dead(share::share(&spell::spell(code)), lengths)
}

/// The program in few rows, ready to be run.
pub(super) fn placed(code: &Code) -> Code {
    place::place(&fuse::fuse(code))
}
