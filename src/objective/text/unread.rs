//! Data that a text does not read, as far as one can see by running it.

use super::WgslObjective;
use crate::program::{Form, LANES, Source, Trap, Traps};

/// Points at which terms are evaluated, by their coordinates.
const POINTS: [f64; 3] = [0.5, 1.0, -0.75];

/// Terms are evaluated for this up to so many operations: beyond, it would be felt.
const MOST_OPERATIONS: u64 = 1 << 28;

impl WgslObjective {
    /// Warns of data that no term reads: all of them, or the last row, which a number of terms that is too small leaves out.
    /// What is read is missed where the data end before it.
    pub(super) fn warn_of_unread(&self, rows: Option<usize>) {
        let numbers = self.data.len();
        if numbers == 0 {
            return;
        }
        let each = self.operations().saturating_mul(self.turns().max(1));
        if each.saturating_mul(self.terms as u64) > MOST_OPERATIONS {
            return;
        }
        if self.reads_beyond(0) == Some(false) {
            tracing::warn!("`{}` reads none of its {numbers} numbers of data", self.path);
            return;
        }
        let Some(rows) = rows.filter(|&rows| rows > 1 && numbers.is_multiple_of(rows)) else { return };
        let before = numbers - numbers / rows;
        if self.form != Form::Objective && self.apart.is_none() && self.reads_beyond(before) == Some(false) {
            tracing::warn!(
                "`{}` has {}, and none reads the last of the {rows} rows of data: is the number of terms right?",
                self.path,
                if self.terms == 1 { "1 term".into() } else { format!("{} terms", self.terms) }
            );
        }
    }

    /// Whether any term reads data(i) with an i that is not below this. `None`: it cannot be said.
    fn reads_beyond(&self, length: usize) -> Option<bool> {
        let Ok(double) = &self.programs.double else { return None };
        let all: Vec<u32> = (0..self.terms as u32).collect();
        for at in POINTS {
            let x = vec![at; self.dimension];
            for terms in all.chunks(LANES) {
                let traps = Traps::default();
                double.try_data(&self.data[..length], &x, terms, &traps);
                match traps.take().map(|fall| fall.trap) {
                    None => {}
                    Some(Trap::OutOfRange { source: Source::Data, .. }) => return Some(true),
                    Some(_) => return None,
                }
            }
        }
        Some(false)
    }
}
