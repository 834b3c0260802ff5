//! The limit of quotients as their step goes to 0, and how wrong it may be.
//!
//! Quotients at several steps are extrapolated by polynomials in h^γ (Richardson 1911; Neville's scheme, as Ridders 1982
//! has it for derivatives). Every entry of the tableau has two errors: truncation, candidates by how the entries of its column
//! converge from step to step, and rounding, from the size of the noise in f and the entry's weights. The entry
//! with the least sum is taken. How large the noise is, the quotients themselves tell: what high differences leave over
//! is not the function's (the idea of Hamming's tables; Moré and Wild, "Estimating computational noise", 2011).

mod filled;
#[cfg(test)]
mod tests;

use filled::Filled;
pub(crate) use filled::Memory;

/// Columns that are looked at: a polynomial of higher degree gains nothing on steps that are halved.
const COLUMNS: usize = 7;

/// What is gained by other steps than those at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing.
    None,
    /// Larger ones: noise is what limits the entry, and the largest steps are part of it.
    Larger,
    /// Smaller ones: truncation is, or entries contradict each other.
    Smaller,
}

/// The limit of quotients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    /// Its value.
    pub(crate) value: f64,
    /// How wrong it may be; infinite if the quotients do not converge.
    pub(crate) error: f64,
    /// The binary logarithm of the smallest step of the entry.
    pub(crate) exponent: i32,
    /// What other steps might gain.
    pub(crate) wish: Wish,
}

/// How quotients depend on the step h and on the noise in the values of f.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Expansion {
    /// γ: a quotient goes like D + c₁h^γ + c₂h^2γ + ….
    pub(crate) gamma: i32,
    /// The order of the derivative: values that are off by 1 put a quotient off by about h^-order.
    pub(crate) order: i32,
}

/// One entry of a tableau, whatever the quotients.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The entry to the left, plus this times what it is more than the one above that.
    factor: f64,
    /// The weights of the quotients k, k - 1, … in it.
    weights: [f64; COLUMNS + 1],
    /// Those weights less those in the entry above.
    change: [f64; COLUMNS + 1],
    /// For small steps, changes from entry to entry shrink by this.
    shrinks: f64,
}

/// A tableau for steps 2^exponent, largest first, without the quotients.
#[derive(Clone, Debug)]
pub(crate) struct Tableau {
    exponents: Vec<i32>,
    /// How far off each quotient is if the values are off by 1.
    units: Vec<f64>,
    /// `[k][j]`, j <= k
    entries: Vec<[Entry; COLUMNS]>,
}

impl Tableau {
    /// For steps of these binary logarithms, which decrease.
    pub(crate) fn new(exponents: &[i32], expansion: Expansion) -> Self {
        let Expansion { gamma, order } = expansion;
        let units = exponents.iter().map(|&e| 2f64.powi(-order * e)).collect();
        let mut entries: Vec<[Entry; COLUMNS]> = Vec::with_capacity(exponents.len());
        for k in 0..exponents.len() {
            let mut row = [Entry::default(); COLUMNS];
            row[0].weights[0] = 1.0;
            for j in 0..=k.min(COLUMNS - 1) {
                if j > 0 {
                    let ratio = 2f64.powi(gamma * (exponents[k - j] - exponents[k]));
                    let factor = 1.0 / (ratio - 1.0);
                    let (fine, coarse) = (row[j - 1].weights, entries[k - 1][j - 1].weights);
                    row[j].factor = factor;
                    for i in 0..=j {
                        row[j].weights[i] = fine[i] + (fine[i] - shifted(&coarse, i)) * factor;
                    }
                }
                if k > j {
                    let above = entries[k - 1][j].weights;
                    row[j].shrinks = 2f64.powi(gamma * (j as i32 + 1) * (exponents[k] - exponents[k - 1]));
                    for i in 0..=j + 1 {
                        row[j].change[i] = row[j].weights[i] - shifted(&above, i);
                    }
                }
            }
            entries.push(row);
        }
        Tableau { exponents: exponents.to_vec(), units, entries }
    }

    /// The limit of quotients, one for each step, if the values of f at the step have a noise of size `least` or as many
    /// times that as the quotients show; and how many times.
    pub(crate) fn limit(&self, quotients: &[f64], least: &[f64], memory: &mut Memory) -> (Limit, f64) {
        let mut filled = Filled::new(self, quotients, least, memory);
        let times = filled.measure_noise();
        (filled.choose(), times)
    }
}

/// The weight of quotient k - i in a row that counts from k - 1.
fn shifted(above: &[f64; COLUMNS + 1], i: usize) -> f64 {
    if i > 0 { above[i - 1] } else { 0.0 }
}
