//! A tableau with its quotients: how noisy they are, and which entry is the best.

use super::{COLUMNS, Limit, Tableau, Wish};

/// Steps, from the smallest, whose differences measure the noise.
const MEASURED: usize = 5;

/// Changes of quotients, from the smallest step on, that must go the same way and not shrink for there to be no limit:
/// those of noise go to and fro.
const DIVERGING: usize = 5;

/// A change that is this part of the one before, or more, does not shrink.
const SHRINKS: f64 = 0.9;

/// A change of so many times the least noise is none.
const CLEAR: f64 = 4.0;

/// How many times the noise's size an error by noise may come to.
const NOISE_FACTOR: f64 = 2.0;

/// Columns whose entries are trusted to contradict others.
const TRUSTED: usize = 3;

/// An entry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    value: f64,
    /// How far it is from the entry above.
    change: f64,
    /// How far noise puts it off, at most, and the size of the change that noise makes.
    rounding: f64,
    noise: f64,
}

/// An entry that may be the one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    k: usize,
    j: usize,
    value: f64,
    truncation: f64,
    rounding: f64,
    error: f64,
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    cells: Vec<[Cell; COLUMNS]>,
    candidates: Vec<Candidate>,
}

pub(super) struct Filled<'a> {
    tableau: &'a Tableau,
    /// `[k][j]`
    cells: &'a mut Vec<[Cell; COLUMNS]>,
    candidates: &'a mut Vec<Candidate>,
    /// How many times the least noise the quotients' is.
    times: f64,
}

impl<'a> Filled<'a> {
    pub(super) fn new(
        tableau: &'a Tableau,
        quotients: &[f64],
        least: &[f64],
        memory: &'a mut Memory,
    ) -> Self {
        let Memory { cells, candidates } = memory;
        cells.clear();
        let noise = |k: usize| tableau.units[k] * least[k];
        for (k, &quotient) in quotients.iter().enumerate() {
            let entries = &tableau.entries[k];
            let mut row = [Cell::default(); COLUMNS];
            for j in 0..=k.min(COLUMNS - 1) {
                row[j].value = match j {
                    0 => quotient,
                    _ => {
                        let left = row[j - 1].value;
                        left + (left - cells[k - 1][j - 1].value) * entries[j].factor
                    }
                };
                row[j].rounding = (0..=j).map(|i| entries[j].weights[i].abs() * noise(k - i)).sum::<f64>();
                if k > j {
                    row[j].change = (row[j].value - cells[k - 1][j].value).abs();
                    let squares = (0..=j + 1).map(|i| (entries[j].change[i] * noise(k - i)).powi(2));
                    row[j].noise = squares.sum::<f64>().sqrt();
                }
            }
            cells.push(row);
        }
        Filled { tableau, cells, candidates, times: 1.0 }
    }

    /// How many times the least noise the quotients' is, as the smallest steps show it, and at least 1: in each column, the
    /// changes in units of what noise makes of them. Truncation can only enlarge them, so the least column counts.
    pub(super) fn measure_noise(&mut self) -> f64 {
        let count = self.cells.len();
        let mut least = f64::INFINITY;
        for j in 0..COLUMNS {
            let first = (j + 1).max(count.saturating_sub(MEASURED));
            if first + 3 > count {
                break;
            }
            let squares = self.cells[first..].iter().map(|row| match row[j].change {
                0.0 => 0.0,
                change => (change / row[j].noise).powi(2),
            });
            least = least.min((squares.sum::<f64>() / (count - first) as f64).sqrt());
        }
        let times = if least.is_finite() { least.max(1.0) } else { 1.0 };
        self.times = times;
        for cell in self.cells.iter_mut().flatten() {
            cell.rounding *= NOISE_FACTOR * times;
            cell.noise *= NOISE_FACTOR * times;
        }
        times
    }

    /// The best entry.
    pub(super) fn choose(mut self) -> Limit {
        let exponents = &self.tableau.exponents;
        let none = Limit {
            value: self.cells.last().map_or(f64::NAN, |row| row[0].value),
            error: f64::INFINITY,
            exponent: exponents.last().copied().unwrap_or(0),
            wish: Wish::Smaller,
        };
        if self.diverges() {
            return none;
        }
        let candidates = self.judge();
        // Large steps are believed only as far as smaller ones do not contradict them: a function that is bounded has small
        // quotients at large steps, and they converge.
        let finer = |entry: &Candidate| {
            let k = entry.k;
            candidates.iter().filter(move |other| other.k > k && other.j < TRUSTED)
        };
        let agrees = |entry: &Candidate| {
            finer(entry).all(|other| (other.value - entry.value).abs() <= entry.error + 2.0 * other.error)
        };
        let mut floor = f64::NEG_INFINITY;
        let mut is_first = true;
        // From the least error on; as a rule the first will do.
        let best = loop {
            let left = candidates.iter().filter(|entry| entry.error > floor);
            let Some(next) = left.min_by(|a, b| a.error.total_cmp(&b.error)) else { return none };
            if agrees(next) {
                break next;
            }
            floor = next.error;
            is_first = false;
        };
        let doubt = finer(best).map(|other| (other.value - best.value).abs() - other.error);
        let wish = if best.truncation > best.rounding || !is_first {
            Wish::Smaller
        } else if best.k == best.j + 2 {
            Wish::Larger
        } else {
            Wish::None
        };
        let error = doubt.fold(best.error, f64::max);
        Limit { value: best.value, error, exponent: exponents[best.k], wish }
    }

    /// The entries and their errors, as far as these are finite.
    fn judge(&mut self) -> &[Candidate] {
        let mut candidates = std::mem::take(self.candidates);
        candidates.clear();
        for k in 2..self.cells.len() {
            for j in 0..(k - 1).min(COLUMNS) {
                let Cell { value, rounding, .. } = self.cells[k][j];
                let truncation = self.truncation(k, j);
                let error = truncation + rounding;
                if error.is_finite() {
                    candidates.push(Candidate { k, j, value, truncation, rounding, error });
                }
            }
        }
        *self.candidates = candidates;
        self.candidates
    }

    /// Whether quotients diverge as the step shrinks.
    fn diverges(&self) -> bool {
        let count = self.cells.len();
        let change = |k: usize| self.cells[k][0].value - self.cells[k - 1][0].value;
        count > DIVERGING + 1
            && (count - DIVERGING..count).all(|k| {
                let (before, now) = (change(k - 1), change(k));
                // Of values that are rounded to whole units, the least noise may go one way, too.
                let is_clear = now.abs() > CLEAR * self.cells[k][0].noise / self.times;
                is_clear && before * now > 0.0 && now.abs() >= SHRINKS * before.abs()
            })
    }

    /// How far an entry is from the limit of its column, by how the column converges.
    fn truncation(&self, k: usize, j: usize) -> f64 {
        let cell = |k: usize| &self.cells[k][j];
        let is_noise = |k: usize| cell(k).change <= cell(k).noise;
        let last = cell(k).change;
        if is_noise(k) {
            // It says no more than that truncation is not larger. If the column converged slowly before it drowned in
            // noise, more of that is to come.
            let before = (j + 2..k).rev().find(|&k| !is_noise(k) && !is_noise(k - 1));
            let ratio = before.map_or(0.0, |k| cell(k).change / cell(k - 1).change);
            return if ratio < 1.0 { last * (ratio / (1.0 - ratio)).max(1.0) } else { last };
        }
        let before = cell(k - 1).change;
        let last = last.max(self.tableau.entries[k][j].shrinks * before);
        let ratio = last / before;
        if ratio < 1.0 { last * ratio / (1.0 - ratio) } else { f64::INFINITY }
    }
}
