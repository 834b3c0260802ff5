//! Differences of one function of one number at a sequence of steps, and what derivative they come to.
//!
//! Steps are 2^(exponent + scale), where 2^scale is the size of the coordinate; all else here is in units of that.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Scheme;
use super::extrapolation::{self, Expansion, Tableau, Wish};
use crate::numeric::Precision;

/// Steps of one round.
pub(crate) const ROUND: i32 = 8;

/// The largest exponent of the first round, and the rounds beyond it to either side.
pub(crate) const FIRST: i32 = -3;
const MORE_ROUNDS: i32 = 5;

/// Quotients that it takes to judge how they converge.
const FEWEST: usize = 4;

/// The part of a jump that is left when the step is halved; of anything else about half is.
const STAYS: f64 = 0.75;

/// How many times its error bar a jump of the slope has to be to count.
const SURE: f64 = 4.0;

/// Noise of so many times rounding may be something else: a function that changes faster than the steps.
const SUSPICIOUS: f64 = 12.0;

/// Such noise, if it is this part of all that f changes by, leaves nothing to be told.
const DROWNED: f64 = 0.1;

/// Values that stay the same for small steps and change by so many epsilon for larger ones are rounded to units of their
/// own: 1 + y - 1 is, whatever the size of the result.
const QUANTUM: f64 = 16.0;

/// The exponents of the first round, largest first.
pub(crate) fn first_round() -> Vec<i32> {
    (FIRST - ROUND + 1..=FIRST).rev().collect()
}

/// What is differenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Geometry {
    /// f along a line: each step has f(h) - f(0) and f(-h) - f(0).
    Line,
    /// f in a plane: each step has a mixed second difference over both sides, and one over one side of either axis.
    Plane,
}

/// Differences at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepSize {
    pub(crate) exponent: i32,
    /// How far the points really lie from the middle, in units of the step: up and down.
    pub(crate) reach: [f64; 2],
}

/// Differences of f at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampled {
    /// Of a line: up and down; of a plane: over both sides and over one. NaN: there is none.
    pub(crate) sides: [f64; 2],
    /// The largest size of f where it was evaluated.
    pub(crate) size: f64,
}

/// What the differences come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Assessed {
    /// In units of the scale.
    pub(crate) value: f64,
    pub(crate) error: f64,
    /// Of the step.
    pub(crate) exponent: i32,
    /// Which sides were used; `None`: neither has a finite difference.
    pub(crate) scheme: Option<Scheme>,
    /// Half of what the slope jumps by, and how wrong that may be, if it does.
    pub(crate) jump: Option<(f64, f64)>,
    pub(crate) wish: Wish,
    /// How many times larger than rounding the noise in f is.
    pub(crate) times: f64,
}

/// The finite quotients of a scheme, largest step first, and other memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    exponents: Vec<i32>,
    quotients: Vec<f64>,
    /// The least noise in the values.
    noise: Vec<f64>,
    memory: extrapolation::Memory,
}

/// Tableaus by their largest step, which of the next 127 are there, too, and expansion.
type Known = HashMap<(i32, u128, Expansion), Arc<Tableau>>;

/// Tableaus, made once for each sequence that occurs.
#[derive(Default)]
pub(crate) struct Tableaus(RwLock<Known>);

impl Tableaus {
    fn get(&self, exponents: &[i32], expansion: Expansion) -> Arc<Tableau> {
        let largest = exponents.first().copied().unwrap_or(0);
        let there = exponents.iter().fold(0u128, |there, e| there | 1 << (largest - e).min(127));
        let key = (largest, there, expansion);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(Tableau::new(exponents, expansion));
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        })
    }
}

/// A sequence to be judged.
#[derive(Clone, Copy)]
pub(crate) struct Sequence<'a> {
    pub(crate) geometry: Geometry,
    /// The scheme, where f is finite on both sides.
    pub(crate) wanted: Scheme,
    /// Largest step first.
    pub(crate) steps: &'a [StepSize],
    /// Those of the first step come first; of each step, every `terms`-th is meant.
    pub(crate) differences: &'a [Sampled],
    pub(crate) terms: usize,
    /// f in the middle.
    pub(crate) value: f64,
    /// The least noise in f, in parts of its size.
    pub(crate) epsilon: f64,
    pub(crate) tableaus: &'a Tableaus,
}

impl Sequence<'_> {
    fn difference(&self, k: usize) -> &Sampled {
        &self.differences[k * self.terms]
    }

    /// The derivative; differences that are not finite do not count.
    pub(crate) fn assess(&self, workspace: &mut Workspace) -> Assessed {
        let candidates: &[Scheme] = match (self.geometry, self.wanted) {
            (Geometry::Line, Scheme::Central) => &[Scheme::Central, Scheme::Forward, Scheme::Backward],
            (Geometry::Plane, _) => &[Scheme::Central, Scheme::Forward],
            (Geometry::Line, Scheme::Forward) => &[Scheme::Forward],
            (Geometry::Line, Scheme::Backward) => &[Scheme::Backward],
        };
        // The first with enough quotients, or the one with the most.
        let enough = candidates.iter().find(|&&scheme| self.gather(scheme, workspace) >= FEWEST).copied();
        let most = || {
            candidates.iter().rev().map(|&scheme| (self.gather(scheme, &mut Workspace::default()), scheme))
        };
        let scheme = enough.or_else(|| most().max_by_key(|(count, _)| *count).map(|(_, scheme)| scheme));
        let (Some(scheme), true) = (scheme, scheme.is_some_and(|scheme| self.gather(scheme, workspace) > 0))
        else {
            let (value, error, wish) = (f64::NAN, f64::INFINITY, Wish::Smaller);
            return Assessed { value, error, exponent: 0, scheme: None, jump: None, wish, times: 1.0 };
        };
        let order = if self.geometry == Geometry::Line { 1 } else { 2 };
        let gamma = if scheme == Scheme::Central { 2 } else { 1 };
        let Workspace { exponents, quotients, noise, memory } = &mut *workspace;
        let made = self.tableaus.get(exponents, Expansion { gamma, order });
        let (limit, times) = made.limit(quotients, noise, memory);
        // Beyond the size of the coordinate, what is found is believed only if it is more than noise: where f is bounded,
        // quotients at large steps are next to nothing, and so is their noise.
        let near = self.steps.iter().take_while(|step| step.exponent > FIRST).count();
        if near > 0 && near < self.steps.len() && limit.value.abs() <= limit.error {
            let (steps, differences) = (&self.steps[near..], &self.differences[near * self.terms..]);
            return Assessed {
                wish: limit.wish,
                ..Sequence { steps, differences, ..*self }.assess(workspace)
            };
        }
        let noise = times * noise.last().copied().unwrap_or(0.0);
        let changes = self.steps.iter().enumerate().flat_map(|(k, _)| self.difference(k).sides);
        let spread = changes.fold(0.0, |most: f64, change| most.max(change.abs()));
        let mut assessed = Assessed {
            value: limit.value,
            error: limit.error,
            exponent: limit.exponent,
            scheme: Some(scheme),
            jump: None,
            wish: if limit.error.is_finite() { limit.wish } else { Wish::Smaller },
            times,
        };
        if (self.geometry, scheme) == (Geometry::Line, Scheme::Central)
            && let Some(jump) = self.jump(noise, workspace)
        {
            assessed.error = assessed.error.max(jump.0.abs() + jump.1);
            assessed.jump = Some(jump);
            assessed.wish = Wish::Smaller;
        } else if times > SUSPICIOUS && noise > DROWNED * spread {
            assessed.error = f64::INFINITY;
            assessed.wish = Wish::Smaller;
        }
        assessed
    }

    /// Gathers the finite quotients of a scheme; how many there are.
    fn gather(&self, scheme: Scheme, workspace: &mut Workspace) -> usize {
        let Workspace { exponents, quotients, noise, .. } = workspace;
        exponents.clear();
        quotients.clear();
        noise.clear();
        // Steps below the first round's that change nothing, where those do, are lost in rounding on the way: x + h + 1e6 is
        // x + 1e6. They say nothing of the slope.
        let finest = self.finest_of_first_round();
        for (k, step) in self.steps.iter().enumerate() {
            let &Sampled { sides: [first, second], size } = self.difference(k);
            let inverse = 2f64.powi(-step.exponent);
            let quotient = match (self.geometry, scheme) {
                (Geometry::Line, Scheme::Central) => {
                    (first - second) / (step.reach[0] + step.reach[1]) * inverse
                }
                (Geometry::Line, Scheme::Forward) => first / step.reach[0] * inverse,
                (Geometry::Line, Scheme::Backward) => -second / step.reach[1] * inverse,
                (Geometry::Plane, Scheme::Central) => first * inverse * inverse,
                (Geometry::Plane, _) => second * inverse * inverse,
            };
            if quotient.is_finite() && !(step.exponent < finest && self.change(k) == 0.0) {
                exponents.push(step.exponent);
                quotients.push(quotient);
                noise.push(self.epsilon * size.max(self.value.abs()));
            }
        }
        let least = self.quantum() / 2.0;
        noise.iter_mut().for_each(|noise| *noise = noise.max(least));
        exponents.len()
    }

    /// How much f changes at a step, NaN apart.
    fn change(&self, k: usize) -> f64 {
        let [first, second] = self.difference(k).sides.map(f64::abs);
        first.max(second)
    }

    /// The smallest exponent of the first round, if f changes there.
    fn finest_of_first_round(&self) -> i32 {
        let finest = FIRST - ROUND + 1;
        let there = self.steps.iter().position(|step| step.exponent == finest);
        if there.is_some_and(|k| self.change(k) > 0.0) { finest } else { i32::MIN }
    }

    /// The units that values are rounded to, if that shows: the least change of f, if some smaller step makes none.
    fn quantum(&self) -> f64 {
        let count = self.steps.len();
        let change = |k: usize| self.change(k);
        let Some(last) = (0..count).rev().find(|&k| change(k) > 0.0) else { return 0.0 };
        let (is_flat, least) = (last + 1 < count, change(last));
        if is_flat && least <= QUANTUM * 2.0 * self.epsilon { least } else { 0.0 }
    }

    /// Half of what the slope jumps by at the middle, and how wrong that may be: (f(h) - 2f(0) + f(-h)) / 2h, which goes to
    /// 0 with h if there is no jump.
    fn jump(&self, noise: f64, workspace: &mut Workspace) -> Option<(f64, f64)> {
        let even = |k: usize| {
            let step = &self.steps[k];
            let [up, down] = self.difference(k).sides;
            (up / step.reach[0] + down / step.reach[1]) * 0.5 * 2f64.powi(-step.exponent)
        };
        // The smallest step at which it is more than noise: there a jump stays as large as it was, while all else halves.
        let is_clear = |&k: &usize| even(k).abs() > SURE * noise * 2f64.powi(-self.steps[k].exponent);
        let last = (FEWEST - 1..self.steps.len()).rev().find(is_clear)?;
        // Not for NaN either.
        let stays = even(last).abs() > STAYS * even(last - 1).abs();
        if !stays {
            return None;
        }
        let finite =
            (0..=last).map(|k| (self.steps[k].exponent, even(k))).filter(|(_, even)| even.is_finite());
        let (exponents, quotients): (Vec<i32>, Vec<f64>) = finite.unzip();
        let noise = vec![noise; exponents.len()];
        let made = self.tableaus.get(&exponents, Expansion { gamma: 1, order: 1 });
        let (limit, _) = made.limit(&quotients, &noise, &mut workspace.memory);
        (limit.value.abs() > SURE * limit.error).then_some((limit.value, limit.error))
    }
}

/// The exponents of another round: steps twice as large as the largest so far and more, or half as large as the smallest
/// and less; `None` if there are no more to be taken.
pub(crate) fn next_round(steps: &[StepSize], larger: bool, precision: Precision) -> Option<Vec<i32>> {
    let (largest, smallest) = (steps.first()?.exponent, steps.last()?.exponent);
    // Eight units in the last place of the coordinate.
    let least = if precision == Precision::F32 { -20 } else { -49 };
    match larger {
        true if largest >= FIRST + MORE_ROUNDS * ROUND => None,
        true => Some((largest + 1..=largest + ROUND).rev().collect()),
        false if smallest <= (FIRST - MORE_ROUNDS * ROUND).max(least) => None,
        false => Some((smallest.saturating_sub(ROUND).max(least)..smallest).rev().collect()),
    }
}

/// Whether an error bar is good enough not to look further.
pub(crate) fn is_good(assessed: &Assessed, precision: Precision) -> bool {
    let enough = if precision == Precision::F32 { 2e-5 } else { 1e-11 };
    assessed.error <= enough * assessed.value.abs()
}

/// Whether what looks like noise may be a function that changes faster than the steps.
pub(crate) fn is_suspicious(assessed: &Assessed) -> bool {
    assessed.times > SUSPICIOUS
}

/// Whether larger steps (true) or smaller ones (false) are the next to be tried.
pub(crate) fn direction(assessed: &Assessed) -> Option<bool> {
    match assessed.wish {
        Wish::Larger | Wish::None if is_suspicious(assessed) => Some(false),
        Wish::None => None,
        wish => Some(wish == Wish::Larger),
    }
}
