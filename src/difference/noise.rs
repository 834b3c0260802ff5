//! How noisy f is, as differences at many steps show it.
//!
//! What high differences leave over is not the function's, if the function is smooth at these steps (Hamming's tables; Moré and
//! Wild, "Estimating computational noise", 2011). Three things make that difficult, and this is how they are told apart:
//!
//! - Rounding inside f makes stairs. Steps below one stair agree perfectly, and are wrong. So noise that is seen at coarse steps
//!   counts at all finer ones.
//! - At coarse steps a function may not be resolved yet, and look like noise. Where it is, from some step on, its differences
//!   shrink by a steady power of the step, which those of noise do not: then what was seen before was not noise.
//! - A kink or jump near by puts those steps off that see both of its sides. Those are few: the median leaves them out. A sum
//!   that begins behind it has an offset, which weights of this kind do not see.

use super::fits::{Fits, Kind, POINTS, Row, View, pick};

/// Steps whose left-overs are looked at together.
const TOGETHER: usize = 6;

/// Noise of so many times rounding comes from something else: from rounding inside of f, or from a function that changes faster
/// than the steps.
pub(super) const SUSPICIOUS: f64 = 12.0;

/// Of so many left-overs, sorted by size: which one tells the noise (the lower median, but no more than are left when three are put
/// off by a jump or kink that steps pass), and by how much the standard deviation is larger, if they are normal: 1/z where
/// numbers are less than z with the probability (i + 1)/(n + 1).
const TELLING: [(usize, f64); TOGETHER + 1] =
    [(0, 0.0), (0, 0.0), (0, 2.32), (1, 1.48), (1, 1.91), (1, 2.32), (2, 1.77)];

/// Intervals of steps over which differences have to shrink steadily.
const RUN: usize = 3;

/// The least power they are to shrink by: kinks shrink by the first.
const LEAST_POWER: f64 = 1.6;

/// How far powers may be apart.
const STEADY: f64 = 0.6;

/// Differences of fewer roundings say nothing about how they shrink.
const CLEAR: f64 = 4.0;

/// What is no noise, and this part of all that f changes by, is f, not resolved.
const UNRESOLVED: f64 = 0.02;

/// Steps behind the end of a run at which noise is known.
const BEHIND: usize = 2;

/// Left-overs of a fit that reaches back so many steps at least.
const SHORTEST: usize = 3;

/// Changes of quotients, from the smallest step on, that must go the same way and not shrink for there to be no limit.
pub(super) const DIVERGING: usize = 5;

/// A change that is this part of the one before, or more, does not shrink.
pub(super) const SHRINKS: f64 = 0.9;

/// Numbers of one view, one a step.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) fits: &'a Fits,
    pub(super) numbers: &'a [f64],
    /// What the weights of each step give of them.
    pub(super) sums: &'a [Row],
}

impl<'a> Seen<'a> {
    pub(super) fn new(fits: &'a Fits, numbers: &'a [f64], sums: &'a mut Vec<Row>) -> Self {
        fits.sums(numbers, sums);
        Seen { fits, numbers, sums }
    }

    /// The same numbers again, less what is to be taken off them.
    pub(super) fn less(
        off: Option<f64>,
        fits: &'a Fits,
        numbers: &'a mut [f64],
        sums: &'a mut Vec<Row>,
    ) -> Self {
        let Some(off) = off else { return Seen { fits, numbers, sums } };
        numbers.iter_mut().for_each(|number| *number -= off);
        Seen::new(fits, numbers, sums)
    }

    pub(super) fn view(&self) -> View {
        self.fits.view
    }

    pub(super) fn sum(&self, k: usize, kind: Kind, points: usize) -> f64 {
        pick(&self.sums[k], kind, points)
    }

    /// What the numbers tend to as steps shrink, by the fit that is best by itself, and how wrong that may be.
    pub(super) fn tends_to(&self, noise: &[f64]) -> (f64, f64) {
        let mut norms = Vec::new();
        self.fits.norms(noise, &mut norms);
        let norms = &norms;
        let least = self.view().least_offset();
        let limits = (1..norms.len()).flat_map(|k| {
            (least..=POINTS.min(k)).map(move |points| {
                let [now, before] = [k, k - 1].map(|k| self.sum(k, Kind::Offset, points));
                (now, (now - before).abs() + pick(&norms[k], Kind::Offset, points))
            })
        });
        let best = limits.filter(|(_, error)| error.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1));
        best.unwrap_or((0.0, f64::INFINITY))
    }

    /// Whether the numbers themselves have no limit: they change the same way, and not less and less.
    pub(super) fn runs_away(&self) -> bool {
        let count = self.numbers.len();
        let change = |k: usize| self.numbers[k] - self.numbers[k - 1];
        count > DIVERGING + 1
            && (count - DIVERGING..count).all(|k| {
                let (before, now) = (change(k - 1), change(k));
                are_alike(before, now) && now.abs() >= SHRINKS * before.abs()
            })
    }

    /// The number as a quotient that converges to the coefficient that is wanted.
    pub(super) fn quotient(&self, k: usize) -> f64 {
        self.numbers[k] / self.fits.at[k].of_order
    }
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Memory {
    left: Vec<f64>,
    powers: Vec<f64>,
}

/// How large noise is: so many times rounding, or if that is not what it comes from, itself.
#[derive(Clone, Copy, Default)]
struct Level {
    times: f64,
    absolute: f64,
}

impl Level {
    fn new(size: f64, floor: f64) -> Self {
        if size <= SUSPICIOUS * floor {
            Level { times: if floor > 0.0 { size / floor } else { 0.0 }, absolute: 0.0 }
        } else {
            Level { times: 0.0, absolute: size }
        }
    }

    fn max(self, other: Level) -> Level {
        Level { times: self.times.max(other.times), absolute: self.absolute.max(other.absolute) }
    }

    fn at(self, floor: f64) -> f64 {
        (floor * self.times.max(1.0)).max(self.absolute)
    }
}

/// The noise of a view's numbers at each step, at least `floor`. The steps from `first` on are those within the size of the
/// coordinate: what is seen at larger ones does not count there. `spread` is how much f changes in all.
///
/// Gives the first step at which f is resolved, if it is not from the first one on.
pub(super) fn profile(
    seen: &[Seen<'_>],
    floor: &[f64],
    (first, spread): (usize, f64),
    memory: &mut Memory,
    noise: &mut Vec<f64>,
    local: &mut Vec<f64>,
) -> usize {
    let count = floor.len();
    let Memory { left, powers } = memory;
    left.clear();
    powers.clear();
    for view in seen {
        left.extend((0..count).map(|k| left_over(view, k)));
        powers.extend((0..count).map(|k| power_of(view, floor, k, Shrinking::Change)));
        if view.view().order() == 2 {
            powers.extend((0..count).map(|k| power_of(view, floor, k, Shrinking::Number)));
        }
    }
    noise.clear();
    let (mut since, mut resolved) = (0, 0);
    let mut most = Level::default();
    // Steps of the last run, from the first to the last.
    let mut run = 0..0;
    let level = |from: usize, k: usize| {
        let (size, first) = middle(left, count, from, k);
        Level::new(size, floor[first.saturating_sub(SHORTEST - 1)])
    };
    for k in 0..count {
        if k == first {
            (since, most) = (first, Level::default());
        }
        let goes_on = run.end == k && !run.is_empty();
        // Where f was resolved and noise came after, what goes steadily again is one stair; unless the noise is most of what f does.
        let has_ended = run.end > first.min(k) && !goes_on;
        let is_unresolved = most.absolute > UNRESOLVED * spread;
        let runs =
            powers.chunks_exact(count).any(|powers| is_steady(powers, k)) && (!has_ended || is_unresolved);
        let start = if runs { k - RUN } else { 0 };
        if runs {
            run = if goes_on { run.start..k + 1 } else { start..k + 1 };
        }
        if start > since {
            if is_unresolved {
                resolved = start;
            }
            // Left-overs of fits that reach back no further.
            since = start;
            let from = since + SHORTEST - 1;
            most = (from..=k).map(|i| level(from, i)).fold(Level::default(), Level::max);
        } else {
            let origin = if k >= first { first } else { 0 };
            let from = since + SHORTEST - 1;
            // A jump or kink that steps pass puts off up to three left-overs: not half of them.
            let enough = if since > origin { 1 } else { TOGETHER };
            if k + 1 >= from + enough || k + 1 == count {
                most = most.max(level(from, k));
            }
        }
        noise.push(most.at(floor[k]));
    }
    local.clear();
    local.extend((0..count).map(|k| if k < SHORTEST { noise[k] } else { level(SHORTEST, k).at(floor[k]) }));
    // What fits left over along a run was truncation: the noise is that behind its end.
    if !run.is_empty() {
        let behind = (run.end - 1 + BEHIND).min(count - 1);
        let least = Level::new(noise[behind], floor[behind]);
        run.for_each(|k| noise[k] = least.at(floor[k]));
    }
    // The first steps have too few others to be compared with.
    for first in [0, first] {
        let known = (first + SHORTEST + TOGETHER - 2).min(count - 1);
        if first < known {
            let least = Level::new(noise[known], floor[known]);
            // And what noise there is near by there is further away.
            (0..known).for_each(|k| noise[k] = noise[k].max(least.at(floor[k])));
        }
    }
    resolved
}

/// The size of the noise that explains what no polynomial does; what the fewest fits leave over is truncation.
fn left_over(seen: &Seen<'_>, k: usize) -> f64 {
    let points = seen.view().least_noise()..=POINTS.min(k + 1);
    // Numbers that are not there are NaN, which `min` drops.
    let least = points.map(|points| seen.sum(k, Kind::Noise, points).abs()).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { f64::NAN }
}

/// The standard deviation that left-overs near a step have, none before `from`, and the first of these steps.
///
/// Of the view that has more: where a coordinate has few digits, roundings of f are often the same on both sides, or opposite, and
/// then only one view shows them.
fn middle(left: &[f64], count: usize, from: usize, k: usize) -> (f64, usize) {
    let first = from.max((k + 1).saturating_sub(TOGETHER));
    let of_view = |left: &[f64]| {
        let mut sizes = [0.0; TOGETHER];
        let mut there = 0;
        for &size in left[first..=k].iter().filter(|size| size.is_finite()) {
            // In order.
            let mut at = there;
            while at > 0 && sizes[at - 1] > size {
                sizes[at] = sizes[at - 1];
                at -= 1;
            }
            sizes[at] = size;
            there += 1;
        }
        let (index, times) = TELLING[there];
        times * sizes[index]
    };
    (left.chunks_exact(count).map(of_view).fold(0.0, f64::max), first)
}

/// What is to shrink.
#[derive(Clone, Copy, PartialEq)]
enum Shrinking {
    /// The numbers themselves.
    Number,
    /// How much quotients change, as if steps were halved.
    Change,
}

/// The power of the step that numbers shrink by from a step to the next; NaN where that is not clear.
fn power_of(seen: &Seen<'_>, floor: &[f64], k: usize, what: Shrinking) -> f64 {
    let number = |k: usize| match what {
        Shrinking::Number => seen.numbers[k],
        Shrinking::Change if k == 0 => f64::NAN,
        Shrinking::Change => {
            let (now, before) = (&seen.fits.at[k], &seen.fits.at[k - 1]);
            let apart = now.of_gain - before.of_gain;
            (seen.quotient(k) - seen.quotient(k - 1)) / apart * (now.of_order * now.of_gain)
        }
    };
    if k == 0 {
        return f64::NAN;
    }
    let (before, now) = (number(k - 1), number(k));
    let is_clear = now.abs() > CLEAR * floor[k] && are_alike(before, now);
    if is_clear { (before / now).ln() / seen.fits.at[k].of_log } else { f64::NAN }
}

/// Whether both have the same sign; their product may have no room.
pub(super) fn are_alike(a: f64, b: f64) -> bool {
    a != 0.0 && b != 0.0 && a.signum() == b.signum()
}

/// Whether numbers shrink steadily up to a step.
fn is_steady(powers: &[f64], k: usize) -> bool {
    if k < RUN {
        return false;
    }
    let own = &powers[k + 1 - RUN..=k];
    let (least, most) = own.iter().fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), &p| {
        // NaN is neither.
        if p >= LEAST_POWER { (least.min(p), most.max(p)) } else { (0.0, f64::INFINITY) }
    });
    most - least < STEADY && least >= LEAST_POWER
}
