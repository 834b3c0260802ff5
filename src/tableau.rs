//! The limit of quotients as their step goes to 0, and how wrong it may be.
//!
//! Quotients at several steps are extrapolated by polynomials in h^γ (Richardson 1911; Neville's scheme, as Ridders 1982
//! has it for derivatives). Every entry of the tableau has two errors: truncation, judged by how the entries of its column
//! draw together from step to step, and rounding, from the size of the noise in f and the entry's weights. The entry
//! with the least sum is taken. How large the noise is, the quotients themselves tell: what high differences leave over
//! is not the function's (the idea of Hamming's tables; Moré and Wild, "Estimating computational noise", 2011).

/// Columns that are looked at: a polynomial of higher degree gains nothing on steps that are halved.
const COLUMNS: usize = 7;

/// Steps, from the smallest, whose differences measure the noise.
const MEASURED: usize = 5;

/// How many times the noise's size an error by noise may come to.
const NOISE_FACTOR: f64 = 2.0;

/// What is gained by other steps than those at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing.
    None,
    /// Larger ones: noise is what limits the entry, and the largest step is part of it.
    Larger,
    /// Smaller ones: truncation is, and the smallest step is part of it.
    Smaller,
}

/// The limit of quotients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    /// Its value.
    pub(crate) value: f64,
    /// How wrong it may be; infinite if the quotients do not draw together.
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
    /// At most how far it is off if all values are off by 1.
    unit: f64,
    /// The size of its difference to the entry above if each value is off by about 1.
    change: f64,
}

/// A tableau for steps 2^exponent, largest first, without the quotients.
#[derive(Clone, Debug)]
pub(crate) struct Tableau {
    exponents: Vec<i32>,
    expansion: Expansion,
    /// `[k][j]`, j <= k
    entries: Vec<[Entry; COLUMNS]>,
}

impl Tableau {
    /// For steps of these binary logarithms, which decrease.
    pub(crate) fn new(exponents: &[i32], expansion: Expansion) -> Self {
        let count = exponents.len();
        let noise: Vec<f64> = exponents.iter().map(|&e| 2f64.powi(-expansion.order * e)).collect();
        // The weights of the quotients in the entries of a row, and of the row above.
        let mut above: Vec<Vec<f64>> = Vec::new();
        let mut entries = Vec::with_capacity(count);
        for k in 0..count {
            let mut row: Vec<Vec<f64>> = vec![vec![0.0; count]];
            row[0][k] = 1.0;
            let mut made = [Entry::default(); COLUMNS];
            for j in 0..=k.min(COLUMNS - 1) {
                if j > 0 {
                    let ratio = 2f64.powi(expansion.gamma * (exponents[k - j] - exponents[k]));
                    made[j].factor = 1.0 / (ratio - 1.0);
                    let factor = made[j].factor;
                    let weights = row[j - 1].iter().zip(&above[j - 1]);
                    row.push(weights.map(|(fine, coarse)| fine + (fine - coarse) * factor).collect());
                }
                made[j].unit = row[j].iter().zip(&noise).map(|(weight, noise)| weight.abs() * noise).sum();
                if let Some(above) = above.get(j) {
                    let squares = row[j].iter().zip(above).zip(&noise);
                    made[j].change =
                        squares.map(|((a, b), noise)| ((a - b) * noise).powi(2)).sum::<f64>().sqrt();
                }
            }
            entries.push(made);
            above = row;
        }
        Tableau { exponents: exponents.to_vec(), expansion, entries }
    }

    /// The entries for these quotients, `[k][j]`.
    fn fill(&self, quotients: &[f64], into: &mut Vec<[f64; COLUMNS]>) {
        into.clear();
        for (k, &quotient) in quotients.iter().enumerate() {
            let mut row = [quotient; COLUMNS];
            for j in 1..=k.min(COLUMNS - 1) {
                row[j] = row[j - 1] + (row[j - 1] - into[k - 1][j - 1]) * self.entries[k][j].factor;
            }
            into.push(row);
        }
    }

    /// The limit of quotients, one for each step, if the noise in the values of f is of size `least` or what the quotients
    /// show, whichever is larger; and that size.
    pub(crate) fn limit(&self, quotients: &[f64], least: f64) -> (Limit, f64) {
        let mut values = Vec::with_capacity(quotients.len());
        self.fill(quotients, &mut values);
        let noise = self.noise(&values).max(least);
        (self.choose(&values, noise), noise)
    }

    /// The size of the noise in the values, as the smallest steps show it: in each column, the differences of neighbours
    /// in units of what noise of size 1 makes of them. Truncation can only enlarge them, so the least column counts.
    fn noise(&self, values: &[[f64; COLUMNS]]) -> f64 {
        let count = values.len();
        let mut least = f64::INFINITY;
        for j in 0..COLUMNS {
            let first = (j + 1).max(count.saturating_sub(MEASURED));
            if first + 3 > count {
                break;
            }
            let change = |k: usize| (values[k][j] - values[k - 1][j]) / self.entries[k][j].change;
            let squares: f64 = (first..count).map(|k| change(k).powi(2)).sum();
            least = least.min((squares / (count - first) as f64).sqrt());
        }
        if least.is_finite() { least } else { 0.0 }
    }

    fn choose(&self, values: &[[f64; COLUMNS]], noise: f64) -> Limit {
        let exponent = self.exponents.last().copied().unwrap_or(0);
        let value = values.last().map_or(f64::NAN, |row| row[0]);
        let mut best = Limit { value, error: f64::INFINITY, exponent, wish: Wish::Smaller };
        let mut judged = [(0.0, f64::INFINITY); 3 * 40];
        let mut last = 0;
        for k in 1..values.len() {
            for j in 0..k.min(COLUMNS) {
                let rounding = NOISE_FACTOR * noise * self.entries[k][j].unit;
                let truncation = self.truncation(values, k, j, noise);
                let (value, error) = (values[k][j], truncation + rounding);
                if let (true, Some(place)) = (j < 3, judged.get_mut(last)) {
                    *place = (value, error);
                    last += 1;
                }
                if error < best.error {
                    let wish = if rounding > truncation && k == j + 1 {
                        Wish::Larger
                    } else if truncation > rounding && k + 1 == values.len() {
                        Wish::Smaller
                    } else {
                        Wish::None
                    };
                    best = Limit { value, error, exponent: self.exponents[k], wish };
                }
            }
        }
        // Entries that do not agree with the one that seems best, by their own errors, put it in doubt.
        let mut error = best.error;
        for &(value, other) in judged[..last].iter().filter(|(_, other)| other.is_finite()) {
            error = error.max((value - best.value).abs() - other);
        }
        Limit { error, ..best }
    }

    /// How far an entry is from the limit of its column, by how the column draws together.
    fn truncation(&self, values: &[[f64; COLUMNS]], k: usize, j: usize, noise: f64) -> f64 {
        let change = |k: usize| (values[k][j] - values[k - 1][j]).abs();
        let last = change(k);
        if k < j + 2 || last <= NOISE_FACTOR * noise * self.entries[k][j].change {
            // Too few entries to tell, or noise, which says no more than that truncation is not larger.
            return last;
        }
        // For small steps, changes shrink by this from step to step.
        let exponents = self.exponents[k] - self.exponents[k - 1];
        let expected = 2f64.powi(self.expansion.gamma * (j as i32 + 1) * exponents);
        let before = change(k - 1);
        let last = last.max(expected * before);
        let ratio = last / before;
        if ratio < 1.0 { last * ratio / (1.0 - ratio) } else { f64::INFINITY }
    }
}
