//! Data that a text does not read, as far as one can see by running it.

use super::WgslObjective;
use crate::program::{LANES, Traps};

/// Points at which terms are evaluated, by their coordinates: what is not finite at one says nothing there.
const POINTS: [f64; 3] = [0.5, 1.0, -0.75];

/// Terms are evaluated for this up to so many operations: beyond, it would be felt.
const MOST_OPERATIONS: u64 = 1 << 28;

impl WgslObjective {
    /// Warns of data that no term reads: all of them, or the last row, which a number of terms that is too small leaves out.
    /// A number that is read makes some term undefined if it is replaced by NaN.
    pub(super) fn warn_of_unread(&self, rows: Option<usize>) {
        let numbers = self.data.len();
        if numbers == 0 {
            return;
        }
        let each = self.operations().saturating_mul(self.turns().max(1));
        if each.saturating_mul(self.terms as u64) > MOST_OPERATIONS {
            return;
        }
        if self.reads(0..numbers) == Some(false) {
            tracing::warn!("`{}` reads none of its {numbers} numbers of data", self.path);
            return;
        }
        let Some(rows) = rows.filter(|&rows| rows > 1 && numbers.is_multiple_of(rows)) else { return };
        if self.terms > 1 && self.reads(numbers - numbers / rows..numbers) == Some(false) {
            tracing::warn!(
                "`{}` has {} terms, and none reads the last of the {rows} rows of data: is the number of terms right?",
                self.path,
                self.terms
            );
        }
    }

    /// Whether some of the data are read by any term. `None`: it cannot be said.
    fn reads(&self, some: std::ops::Range<usize>) -> Option<bool> {
        let Ok(double) = &self.double else { return None };
        let mut data = self.data.clone();
        data[some].fill(f64::NAN);
        let all: Vec<u32> = (0..self.terms as u32).collect();
        let mut is_known = false;
        for at in POINTS {
            let x = vec![at; self.dimension];
            for terms in all.chunks(LANES) {
                let traps = Traps::default();
                let found = double.of_terms(&x, terms, &traps).0;
                let without = double.with_data(&data, &x, terms, &traps).0;
                if traps.take().is_some() {
                    return None;
                }
                for (found, without) in found.iter().zip(without).take(terms.len()) {
                    is_known |= found.is_finite();
                    if found.to_bits() != without.to_bits() && !(found.is_nan() && without.is_nan()) {
                        return Some(true);
                    }
                }
            }
        }
        is_known.then_some(false)
    }
}
