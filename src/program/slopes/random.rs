//! Random rounding: the program computes a sample of its own rounding errors in the place of their bounds.
//!
//! (Monte Carlo arithmetic: Parker, 1997; CESTAC: Vignes, 1974.) The bound of a rule whose operands are exact is what the rule
//! itself rounds off. So the same rules are written, with 0 in the place of the operands' errors; and what they give is not
//! kept, but added to the number or subtracted from it, at random. Literals and data are off by their own errors.

use std::collections::HashMap;

use super::How;
use super::carry::Carrier;
use super::layout::Layout;
use crate::program::code::{Along, Op, Row};

/// Of each row that a bound is written to, the number that it is of.
#[derive(Debug, Default)]
pub(super) struct Roundings(HashMap<Row, Row>);

impl Roundings {
    /// None, unless `how` asks for random rounding; constants have no rows.
    pub(super) fn new(layout: &Layout, how: &How, rows: Row, constants: &[Row]) -> Self {
        let mut numbers = HashMap::new();
        for row in (0..rows).filter(|row| how.random && !constants.contains(row)) {
            let kind = layout.kind(row);
            if kind.error {
                numbers.insert(layout.error(row), layout.value(row));
            }
            if kind.bound {
                let slots = 0..how.lines();
                numbers.extend(slots.map(|slot| (layout.bound(row, slot), layout.slope(row, slot))));
            }
            if kind.second_bound {
                let slots = 0..how.slots;
                numbers.extend(slots.map(|slot| (layout.second_bound(row, slot), layout.second(row, slot))));
            }
        }
        Roundings(numbers)
    }

    /// What comes behind an instruction that gave a bound. `place` tells it from others: equal numbers that were computed at
    /// different places are rounded differently, what is read or written twice is off by the same.
    pub(super) fn behind(&self, op: Op, place: usize) -> Option<Op> {
        let (by, place) = match op {
            Op::Rule(_, to, _) => (to, place as u32),
            Op::ReadAlong(along, to, _) | Op::ReadAlongAt(along, to, _) => match along {
                Along::DataError | Along::SlopeError(_) => (to, 0),
                Along::Slope(_) | Along::Step(_) => return None,
            },
            _ => return None,
        };
        self.0.get(&by).map(|&number| Op::Perturb(number, [number, by], place))
    }
}

impl Carrier<'_> {
    pub(super) fn is_random_literal(&self, row: Row) -> bool {
        self.how.random && self.errors.get(&row).is_some_and(|&error| error > 0.0)
    }

    /// In front of the program: literals, off by their errors.
    pub(super) fn random_literals(&mut self) {
        let own = |(&row, &value): (&Row, &f64)| (row, value, self.errors.get(&row).copied().unwrap_or(0.0));
        let mut literals: Vec<(Row, f64, f64)> = self.values.iter().map(own).collect();
        literals.retain(|&(row, ..)| self.is_random_literal(row));
        literals.sort_by_key(|&(row, ..)| row);
        for (row, value, error) in literals {
            let [value, error] = [value, error].map(|number| self.constant(number));
            let number = self.layout.value(row);
            self.emit(Op::Perturb(number, [value, error], 0));
        }
    }
}
