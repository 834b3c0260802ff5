//! The rules by which values, slopes and their errors go through a program: one text for the CPU engine and for devices.
//!
//! Of an operand `a`: its value `a`, a bound `ea` of the value's error, its slope `da` (the change over h) and a bound `pa` of
//! the slope's error. `v` is the value of the result as computed, `d` its slope. Bounds are those of running error analysis
//! (Wilkinson; Higham, "Accuracy and Stability of Numerical Algorithms", section 3.3): whatever the operands are within
//! their bounds, the result is within its own. Of a function `g` is the slope (its derivative), and `w` bounds how far off
//! that can be because the argument is, by up to `e`.
//!
//! Slopes are those in the limit of small steps, but for the rules of [`finite`]. At the step that increments take if none is
//! named, 2^-60 of |x| in f32 and 2^-80 in f64, what h adds to a rule (h·da·db to a product's) is far below the rule's own
//! rounding.

mod basic;
mod conditions;
mod finite;
mod functions;
mod powers;
mod second;
mod special;
mod table;

pub(crate) use basic::*;
pub(in crate::program) use conditions::Condition;
#[allow(unused_imports, reason = "formulas in Rust take them as they need")]
pub(crate) use finite::*;
pub(crate) use functions::*;
pub(crate) use powers::*;
#[allow(unused_imports, reason = "formulas in Rust take them as they need")]
pub(crate) use second::*;
#[allow(unused_imports, reason = "formulas in Rust take them as they need")]
pub(crate) use special::*;

use crate::numeric::Real;
use crate::program::lanes::LANES;

/// A rule of any table: numbers in, one number out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::program) enum Rule {
    Basic(Basic),
    Sloped(Sloped),
    Paired(Paired),
    Second(Second),
    Finite(Finite),
    Special(Special),
}

/// The same of each table.
macro_rules! of_table {
    ($rule:expr, $row:ident => $what:expr) => {
        match $rule {
            Rule::Basic($row) => $what,
            Rule::Sloped($row) => $what,
            Rule::Paired($row) => $what,
            Rule::Second($row) => $what,
            Rule::Finite($row) => $what,
            Rule::Special($row) => $what,
        }
    };
}

macro_rules! from {
    ($($table:ident)*) => {$(
        impl From<$table> for Rule {
            fn from(row: $table) -> Rule {
                Rule::$table(row)
            }
        }
    )*};
}

from!(Basic Sloped Paired Second Finite Special);

impl Rule {
    /// How many numbers go in.
    pub(in crate::program) fn operands(self) -> usize {
        of_table!(self, row => row.operands())
    }

    /// Its name on devices.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
    pub(in crate::program) fn name(self) -> &'static str {
        of_table!(self, row => row.name())
    }

    /// The rule as WGSL.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
    pub(in crate::program) fn text(self) -> &'static str {
        of_table!(self, row => row.text())
    }

    #[cfg(test)]
    pub(super) fn all() -> Vec<Rule> {
        let mut all: Vec<Rule> = Basic::ALL.iter().map(|&row| row.into()).collect();
        all.extend(Sloped::ALL.iter().map(|&row| Rule::from(row)));
        all.extend(Paired::ALL.iter().map(|&row| Rule::from(row)));
        all.extend(Second::ALL.iter().map(|&row| Rule::from(row)));
        all.extend(Finite::ALL.iter().map(|&row| Rule::from(row)));
        all.extend(Special::ALL.iter().map(|&row| Rule::from(row)));
        all
    }

    /// Applies the rule to rows.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(in crate::program) fn apply<'r, T: Real>(
        self,
        from: impl Fn(usize) -> &'r [T; LANES],
        to: &mut [T; LANES],
    ) {
        of_table!(self, row => row.each(&from, |lane, number| to[lane] = number.0));
        #[cfg(test)]
        broken::breaks(self, to);
    }
}

impl Condition {
    /// The lanes in which the condition holds.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(in crate::program) fn holds<'r, T: Real>(self, from: impl Fn(usize) -> &'r [T; LANES]) -> u64 {
        let mut mask = 0;
        self.each(from, |lane, holds| mask |= u64::from(holds) << lane);
        #[cfg(test)]
        if broken::CONDITION.get() == Some(self) {
            return 0;
        }
        mask
    }
}

/// Rules broken on purpose, by thread.
#[cfg(test)]
pub(in crate::program) mod broken {
    use std::cell::Cell;

    use super::{Condition, Rule};
    use crate::numeric::Real;
    use crate::program::lanes::LANES;

    thread_local! {
        /// Its bounds become 0, other numbers are off by a thousandth.
        pub(in crate::program::slopes) static RULE: Cell<Option<Rule>> = const { Cell::new(None) };
        /// Whether simple rules stay rules, so that they can be broken.
        pub(in crate::program) static KEPT: Cell<bool> = const { Cell::new(false) };
        /// Never holds.
        pub(in crate::program::slopes) static CONDITION: Cell<Option<Condition>> = const { Cell::new(None) };
    }

    pub(super) fn breaks<T: Real>(rule: Rule, to: &mut [T; LANES]) {
        if RULE.get() != Some(rule) {
            return;
        }
        let name = rule.name();
        let is_bound = ["error", "bound", "wobble", "size"].iter().any(|end| name.ends_with(end));
        let factor = T::of(1.001);
        to.iter_mut().for_each(|number| *number = if is_bound { T::ZERO } else { *number * factor });
    }
}
