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

/// Steps, from the smallest, at which quotients must draw apart to have no limit.
const DIVERGING: usize = 3;

/// How many times the noise's size an error by noise may come to.
const NOISE_FACTOR: f64 = 2.0;

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
    /// The weights of the quotients k, k - 1, … in it.
    weights: [f64; COLUMNS + 1],
}

/// An entry and its errors.
#[derive(Clone, Copy, Debug)]
struct Judged {
    k: usize,
    j: usize,
    value: f64,
    truncation: f64,
    rounding: f64,
}

impl Judged {
    fn error(&self) -> f64 {
        self.truncation + self.rounding
    }
}

/// A tableau for steps 2^exponent, largest first, without the quotients.
#[derive(Clone, Debug)]
pub(crate) struct Tableau {
    exponents: Vec<i32>,
    expansion: Expansion,
    /// How far off each quotient is if the values are off by 1.
    units: Vec<f64>,
    /// `[k][j]`, j <= k
    entries: Vec<[Entry; COLUMNS]>,
}

impl Tableau {
    /// For steps of these binary logarithms, which decrease.
    pub(crate) fn new(exponents: &[i32], expansion: Expansion) -> Self {
        let units = exponents.iter().map(|&e| 2f64.powi(-expansion.order * e)).collect();
        let mut entries: Vec<[Entry; COLUMNS]> = Vec::with_capacity(exponents.len());
        for k in 0..exponents.len() {
            let mut row = [Entry::default(); COLUMNS];
            row[0].weights[0] = 1.0;
            for j in 1..=k.min(COLUMNS - 1) {
                let ratio = 2f64.powi(expansion.gamma * (exponents[k - j] - exponents[k]));
                let factor = 1.0 / (ratio - 1.0);
                let (fine, coarse) = (row[j - 1].weights, entries[k - 1][j - 1].weights);
                row[j].factor = factor;
                for i in 0..=j {
                    let coarse = if i > 0 { coarse[i - 1] } else { 0.0 };
                    row[j].weights[i] = fine[i] + (fine[i] - coarse) * factor;
                }
            }
            entries.push(row);
        }
        Tableau { exponents: exponents.to_vec(), expansion, units, entries }
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

    /// The limit of quotients, one for each step, if the values of f at the step have a noise of size `least` or as many
    /// times that as the quotients show; and how many times.
    pub(crate) fn limit(&self, quotients: &[f64], least: &[f64]) -> (Limit, f64) {
        let mut values = Vec::with_capacity(quotients.len());
        self.fill(quotients, &mut values);
        let mut noise: Vec<f64> = self.units.iter().zip(least).map(|(unit, least)| unit * least).collect();
        let times = self.noise(&values, &noise).max(1.0);
        noise.iter_mut().for_each(|noise| *noise *= times);
        (self.choose(&values, &noise), times)
    }

    /// At most how far an entry is off by noise.
    fn rounding(&self, k: usize, j: usize, noise: &[f64]) -> f64 {
        let weights = &self.entries[k][j].weights;
        NOISE_FACTOR * (0..=j).map(|i| weights[i].abs() * noise[k - i]).sum::<f64>()
    }

    /// The size of the difference that noise makes between an entry and the one above.
    fn change(&self, k: usize, j: usize, noise: &[f64]) -> f64 {
        let (fine, coarse) = (&self.entries[k][j].weights, &self.entries[k - 1][j].weights);
        let weight = |i: usize| fine[i] - if i > 0 { coarse[i - 1] } else { 0.0 };
        (0..=j + 1).map(|i| (weight(i) * noise[k - i]).powi(2)).sum::<f64>().sqrt()
    }

    /// How many times `noise` the quotients' noise is, as the smallest steps show it: in each column, the differences of
    /// neighbours in units of what `noise` makes of them. Truncation can only enlarge them, so the least column counts.
    fn noise(&self, values: &[[f64; COLUMNS]], noise: &[f64]) -> f64 {
        let count = values.len();
        let mut least = f64::INFINITY;
        for j in 0..COLUMNS {
            let first = (j + 1).max(count.saturating_sub(MEASURED));
            if first + 3 > count {
                break;
            }
            let change = |k: usize| match values[k][j] - values[k - 1][j] {
                0.0 => 0.0,
                change => change / self.change(k, j, noise),
            };
            let squares: f64 = (first..count).map(|k| change(k).powi(2)).sum();
            least = least.min((squares / (count - first) as f64).sqrt());
        }
        if least.is_finite() { least } else { 0.0 }
    }

    fn choose(&self, values: &[[f64; COLUMNS]], noise: &[f64]) -> Limit {
        let none = Limit {
            value: values.last().map_or(f64::NAN, |row| row[0]),
            error: f64::INFINITY,
            exponent: self.exponents.last().copied().unwrap_or(0),
            wish: Wish::Smaller,
        };
        let count = values.len();
        let diverges = |k: usize| k >= 2 && self.truncation(values, k, 0, noise).is_infinite();
        if (1..=DIVERGING).all(|i| count >= i && diverges(count - i)) {
            return none;
        }
        let mut judged: Vec<Judged> = Vec::with_capacity(count * COLUMNS);
        for k in 2..count {
            for j in 0..(k - 1).min(COLUMNS) {
                let rounding = self.rounding(k, j, noise);
                let truncation = self.truncation(values, k, j, noise);
                if truncation.is_finite() {
                    judged.push(Judged { k, j, value: values[k][j], truncation, rounding });
                }
            }
        }
        judged.sort_by(|a, b| a.error().total_cmp(&b.error()));
        // Large steps are believed only as far as smaller ones do not contradict them: a function that is bounded has small
        // quotients at large steps, and they draw together.
        let agrees = |entry: &Judged| {
            let finer = judged.iter().filter(|other| other.k > entry.k && other.j < 3);
            let excess =
                |other: &Judged| (other.value - entry.value).abs() - entry.error() - 2.0 * other.error();
            finer.map(excess).all(|excess| excess <= 0.0)
        };
        let Some(rank) = judged.iter().position(agrees) else { return none };
        let best = judged[rank];
        let finer = judged.iter().filter(|other| other.k > best.k && other.j < 3);
        let doubt = finer.map(|other| (other.value - best.value).abs() - other.error());
        let wish = if best.truncation > best.rounding || rank > 0 {
            Wish::Smaller
        } else if best.k == best.j + 2 {
            Wish::Larger
        } else {
            Wish::None
        };
        Limit {
            value: best.value,
            error: doubt.fold(best.error(), f64::max),
            exponent: self.exponents[best.k],
            wish,
        }
    }

    /// How far an entry is from the limit of its column, by how the column draws together.
    fn truncation(&self, values: &[[f64; COLUMNS]], k: usize, j: usize, noise: &[f64]) -> f64 {
        let change = |k: usize| (values[k][j] - values[k - 1][j]).abs();
        let last = change(k);
        let is_noise = |k: usize| change(k) <= NOISE_FACTOR * self.change(k, j, noise);
        if is_noise(k) {
            // It says no more than that truncation is not larger. If the column drew together slowly before it drowned in
            // noise, more of that is to come.
            let before = (j + 2..k).rev().find(|&k| !is_noise(k) && !is_noise(k - 1));
            let ratio = before.map_or(0.0, |k| change(k) / change(k - 1));
            return if ratio < 1.0 { last * (ratio / (1.0 - ratio)).max(1.0) } else { last };
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
