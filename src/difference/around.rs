//! What is around the point, as seen from it: another branch of f, a kink, a jump.

use super::fits::{Kind, POINTS, Row, pick};
use super::limit::{CLEAR, Numbers};
use super::noise::{DIVERGING, SHRINKS, Seen, are_alike};

/// Differences that change by less than this part, over steps that are 32 times as small, jump.
pub(super) const STAYS: f64 = 0.1;

/// Kinks that differ by less than this part are the same.
const SAME: f64 = 0.2;

/// And those that are so many times their error at least are beyond accidents.
const SURE: f64 = 5.0;

/// A kink that is less than this part of what it was is none any more.
const GONE: f64 = 0.5;

/// A coefficient and how wrong it may be.
type Coefficient = (f64, f64);

/// What is there, step by step.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// How far polynomials miss f at the point; 0 where they do not for sure. Then f at this step belongs to another branch.
    offsets: Vec<f64>,
    /// Half of what the slope jumps by.
    kinks: Vec<Option<Coefficient>>,
    /// Steps before this one see another branch.
    until: usize,
}

impl Around {
    /// The norms are those of the noise in what the weights of the main view give, and of those that tell kinks.
    pub(super) fn look(&mut self, numbers: &Numbers<'_>, main: &[Row], bends: &[Vec<Row>; 2]) {
        let Around { offsets, kinks, .. } = self;
        let count = numbers.steps.len();
        offsets.clear();
        offsets.resize(count, 0.0);
        for (seen, norms) in [(Some(&numbers.main), main), (numbers.even.as_ref(), &bends[0])] {
            let Some(seen) = seen else { continue };
            let fewest = seen.view().least_offset();
            for (k, offset) in offsets.iter_mut().enumerate().filter(|(_, offset)| **offset == 0.0) {
                *offset = seen.clearest(norms, k, Kind::Offset, fewest).map_or(0.0, |(value, _)| value);
            }
        }
        kinks.clear();
        kinks.resize(count, None);
        for (seen, norms) in numbers.bends.iter().zip(bends) {
            for (kink, (found, error)) in
                kinks.iter_mut().zip(seen.kinks(norms)).filter_map(|(k, own)| Some((k, own?)))
            {
                let own = (numbers.share * found, numbers.share * error);
                let is_larger =
                    kink.is_none_or(|(kink, error): Coefficient| own.0.abs() - own.1 > kink.abs() - error);
                *kink = if is_larger { Some(own) } else { *kink };
            }
        }
        // One or two may be an accident, since fits of neighbours have steps in common.
        let offsets = &self.offsets;
        let is_lasting = |k: &usize| {
            let (now, [before, first]) = (offsets[*k], [offsets[*k - 1], offsets[*k - 2]]);
            are_alike(now, before) && are_alike(now, first)
        };
        self.until = (2..count).rev().find(is_lasting).map_or(0, |k| k + 1);
    }

    /// Whether a fit through so many steps up to the `k`-th does not belong to the point: its polynomials do not go through f
    /// there, or it reaches back to steps at which that was so, or at which there was a kink that is gone.
    pub(super) fn misses(&self, k: usize, points: usize) -> bool {
        let first = k + 1 - points;
        first < self.until
            || self.offsets[k] != 0.0
            || self.kinks[k].is_none() && (first.max(1)..k).any(|k| self.lasting(k).is_some())
    }

    /// The kink that is largest for sure, at a step or at two finer ones that follow each other: half of what the slope jumps by.
    pub(super) fn kink(&self, k: usize) -> Option<Coefficient> {
        let finer = (k + 1..self.kinks.len()).filter_map(|k| self.lasting(k));
        self.kinks[k].into_iter().chain(finer).max_by(|a, b| (a.0.abs() - a.1).total_cmp(&(b.0.abs() - b.1)))
    }

    /// A kink at a step that is there at the next larger one, too.
    fn lasting(&self, k: usize) -> Option<Coefficient> {
        let (now, before) = (self.kinks[k]?, self.kinks[k - 1]?);
        are_alike(now.0, before.0).then_some(now)
    }
}

impl Numbers<'_> {
    /// Whether quotients diverge as the step shrinks: by changes that go the same way and do not shrink. Those of noise go to and
    /// fro. If it is because f jumps, by how much.
    #[allow(clippy::option_option, reason = "whether, and what is known of why")]
    pub(super) fn diverges(&self) -> Option<Option<f64>> {
        let count = self.steps.len();
        let numbers = self.main.numbers;
        let change = |k: usize| self.main.quotient(k) - self.main.quotient(k - 1);
        let diverges = count > DIVERGING + 1
            && (count - DIVERGING..count).all(|k| {
                let (before, now) = (change(k - 1), change(k));
                let noise = 2.0 * self.local[k] * self.main.fits.at[k].moved[0];
                now.abs() > noise && are_alike(before, now) && now.abs() >= SHRINKS * before.abs()
            });
        diverges.then(|| {
            let last = numbers[count - 1];
            let stays =
                numbers[count - DIVERGING..].iter().all(|number| (number - last).abs() < STAYS * last.abs());
            (stays && self.even.is_some()).then_some(2.0 * last)
        })
    }
}

impl Seen<'_> {
    /// Coefficients of a kind at a step, by fits through so many points or more: each is as wrong as noise makes it, and what it
    /// changes by from the step before.
    fn coefficients(
        &self,
        norms: &[Row],
        k: usize,
        kind: Kind,
        fewest: usize,
    ) -> impl Iterator<Item = Coefficient> {
        (fewest..=POINTS.min(k)).map(move |points| {
            let value = self.sum(k, kind, points);
            let change = (value - self.sum(k - 1, kind, points)).abs();
            (value, CLEAR * pick(&norms[k], kind, points) + 2.0 * change)
        })
    }

    /// The clearest of them, if any is beyond doubt.
    fn clearest(&self, norms: &[Row], k: usize, kind: Kind, fewest: usize) -> Option<Coefficient> {
        let clear = self.coefficients(norms, k, kind, fewest).filter(|(value, error)| value.abs() > *error);
        clear.max_by(|a, b| (a.0.abs() / a.1).total_cmp(&(b.0.abs() / b.1)))
    }

    /// Kinks, step by step: one that was seen twice is there until steps tell that it is not, since they may drown in noise.
    fn kinks(&self, norms: &[Row]) -> impl Iterator<Item = Option<Coefficient>> {
        let (mut before, mut lasting): (Option<Coefficient>, Option<Coefficient>) = (None, None);
        (0..norms.len()).map(move |k| {
            let now = self.clearest(norms, k, Kind::Kink, self.view().least_kink());
            let left = lasting.filter(|(kink, _)| self.at_most(norms, k, Kind::Kink) > GONE * kink.abs());
            let is_same = |kink: f64| before.is_some_and(|(before, _)| (kink / before - 1.0).abs() < SAME);
            let is_sure = |(kink, error): &Coefficient| kink.abs() > SURE * error && is_same(*kink);
            lasting = now.filter(is_sure).or(left);
            before = now;
            now.or(left)
        })
    }

    /// What they are at most.
    fn at_most(&self, norms: &[Row], k: usize, kind: Kind) -> f64 {
        let all = self.coefficients(norms, k, kind, self.view().least_kink());
        all.map(|(value, error)| value.abs() + error).fold(f64::INFINITY, f64::min)
    }
}
