//! Which fit gives the derivative, and how wrong it may be.
//!
//! Each fit through neighbouring steps (Richardson 1911; Ridders 1982) has two errors: truncation, by how fits of as many
//! points converge from step to step, and noise, by its weights. The fit with the least sum is taken, unless it misses the
//! point (its polynomials do not go through f there: a kink or jump lies between), or finer ones contradict it.

use super::around::Around;
use super::fits::{Kind, MOST, Row, View, pick};
use super::noise::{SUSPICIOUS, Seen};

/// How many times the noise's size an error by noise may come to.
const NOISE_FACTOR: f64 = 3.0;

/// The same of offsets and kinks, which are to be beyond doubt.
pub(super) const CLEAR: f64 = 4.0;

/// A bar is so many times as wide as two fits are apart that contradict each other.
const DISPUTED: f64 = 1.25;

/// Points of fits that are trusted to contradict others.
const TRUSTED: usize = 3;

/// What is gained by other steps than those at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing.
    None,
    /// Larger ones: noise is what limits the fit, and the largest steps are part of it.
    Larger,
    /// Smaller ones: truncation is, or fits contradict each other, or there is a kink.
    Smaller,
}

/// The limit of quotients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    /// Its value.
    pub(crate) value: f64,
    /// How wrong it may be; infinite if nothing is known.
    pub(crate) error: f64,
    /// Which of the steps is the finest of the fit.
    pub(crate) finest: usize,
    /// Half of what the slope jumps by, and how wrong that may be, if it does at these steps.
    pub(crate) kink: Option<(f64, f64)>,
    /// What f jumps by, from the lower side to the upper one, where that is why there is no limit.
    pub(crate) jump: Option<f64>,
    pub(crate) wish: Wish,
}

/// A fit that may be the one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    k: usize,
    points: usize,
    value: f64,
    truncation: f64,
    rounding: f64,
    error: f64,
}

/// Numbers to be judged.
pub(super) struct Numbers<'a> {
    /// What gives the derivative.
    pub(super) main: Seen<'a>,
    /// What is even, if the main one is odd.
    pub(super) even: Option<Seen<'a>>,
    /// What tells kinks, and what part of them a derivative jumps by.
    pub(super) bends: &'a [Seen<'a>],
    pub(super) share: f64,
    pub(super) steps: &'a [f64],
    /// Of the numbers at each step.
    pub(super) noise: &'a [f64],
    /// The noise that steps show by themselves, and the least there is.
    pub(super) local: &'a [f64],
    pub(super) floor: &'a [f64],
    /// Noise of less than that is believed to be rounding.
    pub(super) tame: f64,
    /// Steps at which noise is most of what f does: they tell nothing.
    pub(super) drowned: &'a [bool],
    /// A rounding of the coordinate, and the size of the coordinate, both in the units of the steps.
    pub(super) rounding: f64,
    pub(super) size: f64,
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What noise comes to in what the weights of the main view give, and of those that tell kinks.
    main: Vec<Row>,
    bends: [Vec<Row>; 2],
    noise: Vec<f64>,
    candidates: Vec<Candidate>,
    around: Around,
}

impl Numbers<'_> {
    pub(super) fn limit(&self, memory: &mut Memory) -> Limit {
        let Memory { candidates, around, main, bends, noise } = memory;
        self.main.fits.norms(self.noise, main);
        for (seen, norms) in self.bends.iter().zip(&mut *bends) {
            // A rounding of the coordinate makes as much of a slope.
            let of_slope = |k: usize| 2.0 * self.rounding * seen.quotient(k).abs();
            let is_diagonal = seen.view() == View::Diagonal;
            noise.clear();
            noise.extend(
                (0..self.steps.len())
                    .map(|k| if is_diagonal { self.noise[k].max(of_slope(k)) } else { self.noise[k] }),
            );
            seen.fits.norms(noise, norms);
        }
        self.fill(main, candidates);
        around.look(self, main, bends);
        let unknown = |value: f64, jump: Option<f64>| Limit {
            value,
            error: f64::INFINITY,
            finest: self.steps.len().saturating_sub(1),
            kink: None,
            jump,
            wish: Wish::Smaller,
        };
        if let Some(jump) = self.diverges() {
            return unknown(self.last_quotient(), jump);
        }
        let misses = |entry: &Candidate| around.misses(entry.k, entry.points);
        let mut is_first = true;
        let mut best: Option<Limit> = None;
        for i in 0..candidates.len() {
            // In order; as a rule the first ones are enough.
            let least =
                (i..candidates.len()).min_by(|&a, &b| candidates[a].error.total_cmp(&candidates[b].error));
            candidates.swap(i, least.unwrap_or(i));
            let entry = &candidates[i];
            let finer = |entry: &Candidate| {
                let k = entry.k;
                candidates.iter().filter(move |other| other.k > k && other.points <= TRUSTED)
            };
            if best.is_some_and(|limit| limit.error <= entry.error) {
                break;
            }
            if misses(entry) {
                continue;
            }
            let agrees = finer(entry)
                .filter(|other| (other.value - entry.value).abs() > entry.error + 2.0 * other.error)
                .all(misses);
            if !agrees {
                is_first = false;
                continue;
            }
            let kink = around.kink(entry.k);
            let own =
                entry.error.max(self.hidden(entry.k)) + kink.map_or(0.0, |(kink, error)| kink.abs() + error);
            let doubt = |other: &Candidate| (other.value - entry.value).abs() - 2.0 * other.error;
            let doubts = finer(entry).filter(|other| doubt(other) > own && !misses(other));
            let error = doubts.map(doubt).fold(own, f64::max);
            let error = error.max(self.contradicted(entry, own));
            let wish = if entry.truncation > entry.rounding || !is_first || kink.is_some() {
                Wish::Smaller
            } else if entry.k <= entry.points + 1 {
                Wish::Larger
            } else {
                Wish::None
            };
            if best.is_none_or(|limit| error < limit.error) {
                best = Some(Limit { value: entry.value, error, finest: entry.k, kink, jump: None, wish });
            }
            if kink.is_none() {
                break;
            }
        }
        best.unwrap_or_else(|| unknown(self.guess(main), None))
    }

    /// All fits whose error is finite.
    fn fill(&self, norms: &[Row], candidates: &mut Vec<Candidate>) {
        candidates.clear();
        for k in (0..self.steps.len()).filter(|&k| !self.drowned[k]) {
            let noise = NOISE_FACTOR * self.noise[k];
            let turn = self.turn(k) * self.rounding;
            for points in 1..=MOST.min(k) {
                let truncation = self.truncation(k, points, noise * self.main.fits.at[k].moved[points - 1]);
                let rounding = NOISE_FACTOR * pick(&norms[k], Kind::Value, points) + turn;
                let error = truncation + rounding;
                let value = self.value(k, points);
                if error.is_finite() && value.is_finite() {
                    candidates.push(Candidate { k, points, value, truncation, rounding, error });
                }
            }
        }
    }

    fn value(&self, k: usize, points: usize) -> f64 {
        self.main.sum(k, Kind::Value, points)
    }

    /// How far a fit is from that of the step before; NaN if there is none.
    fn change(&self, k: usize, points: usize) -> f64 {
        if k < points { f64::NAN } else { (self.value(k, points) - self.value(k - 1, points)).abs() }
    }

    fn last_quotient(&self) -> f64 {
        self.steps.len().checked_sub(1).map_or(f64::NAN, |last| self.value(last, 1))
    }

    /// How wrong the slope may be of a fit by steps beyond the size of the coordinate: within it f may do anything that noise
    /// hides.
    fn hidden(&self, k: usize) -> f64 {
        let is_beyond = self.steps[k] > self.size;
        if is_beyond { CLEAR * self.noise[k] / self.size.powi(self.main.view().order()) } else { 0.0 }
    }

    /// The size of the next derivative, for what a rounding of the coordinate does.
    fn turn(&self, k: usize) -> f64 {
        self.even.map_or(0.0, |even| (2.0 * even.numbers[k] / self.steps[k].powi(2)).abs())
    }

    /// How far a fit is from the limit of its kind, by how these converge.
    fn truncation(&self, k: usize, points: usize, noise: f64) -> f64 {
        let change = |k: usize| self.change(k, points);
        if k < points || !change(k).is_finite() {
            return f64::INFINITY;
        }
        let last = change(k);
        if k == points || !change(k - 1).is_finite() {
            // One change tells only that there is none.
            return if last <= noise { last } else { f64::INFINITY };
        }
        if last <= noise {
            // It says no more than that truncation is not larger. If fits converged slowly before they drowned in noise, more
            // of that is to come.
            let is_clear =
                |k: usize| change(k) > NOISE_FACTOR * self.noise[k] * self.main.fits.at[k].moved[points - 1];
            let before = (points + 1..k).rev().find(|&k| is_clear(k) && is_clear(k - 1));
            let ratio = before.map_or(0.0, |k| change(k) / change(k - 1));
            return if ratio < 1.0 { last * (ratio / (1.0 - ratio)).max(1.0) } else { last };
        }
        // Their next term shrinks by as much from step to step.
        let at = &self.main.fits.at;
        let shrinks = |k: usize| at[k].of_gain / at[k - points].of_gain;
        let (now, then) = (shrinks(k), shrinks(k - 1));
        let changes_by = then * (1.0 - now) / (1.0 - then);
        let before = change(k - 1);
        let last = last.max(changes_by * before);
        let ratio = now * last / (changes_by * before);
        // Not for NaN either.
        if ratio < 1.0 { last * ratio / (1.0 - ratio) } else { f64::INFINITY }
    }

    /// The value of the fit that is best by itself, where none is believed.
    fn guess(&self, norms: &[Row]) -> f64 {
        let fits = (0..self.steps.len()).flat_map(|k| (1..=MOST.min(k)).map(move |points| (k, points)));
        let error = |(k, points): (usize, usize)| {
            self.change(k, points) + NOISE_FACTOR * pick(&norms[k], Kind::Value, points)
        };
        let best = fits.filter(|&fit| error(fit).is_finite()).min_by(|&a, &b| error(a).total_cmp(&error(b)));
        best.map_or(self.last_quotient(), |(k, points)| self.value(k, points))
    }

    /// How far finer steps that show no noise contradict a fit that had noise.
    fn contradicted(&self, entry: &Candidate, error: f64) -> f64 {
        let last = self.steps.len() - 1;
        if self.noise[last] <= SUSPICIOUS * self.floor[last] || self.noise[last] < self.tame {
            return 0.0;
        }
        let mut norms = Vec::new();
        self.main.fits.norms(self.local, &mut norms);
        let mut most = 0.0f64;
        for k in entry.k + 1..=last {
            for points in 1..=TRUSTED.min(k) {
                let (apart, change) = ((self.value(k, points) - entry.value).abs(), self.change(k, points));
                let own = NOISE_FACTOR * pick(&norms[k], Kind::Value, points) + change;
                let moved = self.main.fits.at[k].moved[points - 1];
                let has_converged = change <= NOISE_FACTOR * self.local[k] * moved;
                if has_converged && apart > error + 2.0 * own {
                    // That both are off is not excluded.
                    most = most.max(DISPUTED * (apart + own));
                }
            }
        }
        most
    }
}
