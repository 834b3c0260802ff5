//! Differences of one function of one number at a ladder of steps, and what derivative they come to.
//!
//! Steps are 2^(exponent + scale), where 2^scale is the size of the coordinate; all else here is in units of that.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::precision::Precision;
use crate::scheme::Scheme;
use crate::tableau::{Expansion, Tableau, Wish};

/// Steps of one round.
pub(crate) const ROUND: i32 = 8;

/// The largest exponent of the first round, and the rounds beyond it to either side.
pub(crate) const FIRST: i32 = -3;
const MORE_ROUNDS: i32 = 5;

/// Quotients that it takes to judge how they draw together.
const FEWEST: usize = 4;

/// The part of a jump that is left when the step is halved; of anything else about half is.
const STAYS: f64 = 0.75;

/// How many times its error bar a jump of the slope has to be to count.
const SURE: f64 = 4.0;

/// Noise of so many times rounding may be something else.
const SUSPICIOUS: f64 = 30.0;

/// The exponents of the first round, largest first.
pub(crate) fn first_round() -> Vec<i32> {
    (FIRST - ROUND + 1..=FIRST).rev().collect()
}

/// What is differenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// f along a line: each rung has f(h) - f(0) and f(-h) - f(0).
    Line,
    /// f in a plane: each rung has a mixed second difference over both sides, and one over one side of either axis.
    Plane,
}

/// Differences at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rung {
    pub(crate) exponent: i32,
    /// How far the points really lie from the middle, in units of the step: up and down.
    pub(crate) reach: [f64; 2],
}

/// Differences of f at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Difference {
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

/// The finite quotients of a scheme, largest step first.
struct Gathered {
    exponents: Vec<i32>,
    quotients: Vec<f64>,
    /// The least noise in the values.
    noise: Vec<f64>,
    expansion: Expansion,
}

/// Tableaus by their steps and expansion.
type Known = HashMap<(Vec<i32>, Expansion), Arc<Tableau>>;

/// Tableaus, made once for each ladder that occurs.
#[derive(Default)]
pub(crate) struct Tableaus(RwLock<Known>);

impl Tableaus {
    fn get(&self, exponents: &[i32], expansion: Expansion) -> Arc<Tableau> {
        let key = (exponents.to_vec(), expansion);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(Tableau::new(exponents, expansion));
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        })
    }
}

/// Judges differences at `rungs`, largest first. Those that are not finite do not count. Values of f have a noise of at
/// least `epsilon` times their size; `value` is the one in the middle.
pub(crate) fn assess(
    kind: Kind,
    wanted: Scheme,
    rungs: &[Rung],
    differences: impl Fn(usize) -> Difference,
    value: f64,
    epsilon: f64,
    tableaus: &Tableaus,
) -> Assessed {
    let gather = |scheme: Scheme| {
        let mut exponents = Vec::with_capacity(rungs.len());
        let mut quotients = Vec::with_capacity(rungs.len());
        let mut noise = Vec::with_capacity(rungs.len());
        for (k, rung) in rungs.iter().enumerate() {
            let Difference { sides: [first, second], size } = differences(k);
            let h = 2f64.powi(rung.exponent);
            let quotient = match (kind, scheme) {
                (Kind::Line, Scheme::Central) => (first - second) / (rung.reach[0] + rung.reach[1]) / h,
                (Kind::Line, Scheme::Forward) => first / rung.reach[0] / h,
                (Kind::Line, Scheme::Backward) => -second / rung.reach[1] / h,
                (Kind::Plane, Scheme::Central) => first / h / h,
                (Kind::Plane, _) => second / h / h,
            };
            if quotient.is_finite() {
                exponents.push(rung.exponent);
                quotients.push(quotient);
                noise.push(epsilon * size.max(value.abs()));
            }
        }
        let order = if kind == Kind::Line { 1 } else { 2 };
        let gamma = if scheme == Scheme::Central { 2 } else { 1 };
        Gathered { exponents, quotients, noise, expansion: Expansion { gamma, order } }
    };
    let candidates: &[Scheme] = match (kind, wanted) {
        (Kind::Line, Scheme::Central) => &[Scheme::Central, Scheme::Forward, Scheme::Backward],
        (Kind::Plane, _) => &[Scheme::Central, Scheme::Forward],
        (Kind::Line, Scheme::Forward) => &[Scheme::Forward],
        (Kind::Line, Scheme::Backward) => &[Scheme::Backward],
    };
    let mut taken: Option<(Scheme, Gathered)> = None;
    for &scheme in candidates {
        let found = gather(scheme);
        if found.exponents.len() > taken.as_ref().map_or(0, |(_, taken)| taken.exponents.len()) {
            taken = Some((scheme, found));
        }
        if taken.as_ref().is_some_and(|(_, taken)| taken.exponents.len() >= FEWEST) {
            break;
        }
    }
    let Some((scheme, Gathered { exponents, quotients, noise, expansion })) = taken else {
        let (value, error, wish) = (f64::NAN, f64::INFINITY, Wish::Smaller);
        return Assessed { value, error, exponent: 0, scheme: None, jump: None, wish, times: 1.0 };
    };
    let (limit, times) = tableaus.get(&exponents, expansion).limit(&quotients, &noise);
    let mut assessed = Assessed {
        value: limit.value,
        error: limit.error,
        exponent: limit.exponent,
        scheme: Some(scheme),
        jump: None,
        wish: if limit.error.is_finite() { limit.wish } else { Wish::Smaller },
        times,
    };
    if (kind, scheme) == (Kind::Line, Scheme::Central)
        && let Some(jump) = jump(rungs, &differences, times * noise.last().copied().unwrap_or(0.0), tableaus)
    {
        assessed.error = assessed.error.max(jump.0.abs() + jump.1);
        assessed.jump = Some(jump);
        assessed.wish = Wish::Smaller;
    }
    assessed
}

/// Half of what the slope jumps by at the middle, and how wrong that may be: (f(h) - 2f(0) + f(-h)) / 2h, which goes to 0
/// with h if there is no jump.
fn jump(
    rungs: &[Rung],
    differences: &impl Fn(usize) -> Difference,
    noise: f64,
    tableaus: &Tableaus,
) -> Option<(f64, f64)> {
    let even = |k: usize| {
        let [up, down] = differences(k).sides;
        (up / rungs[k].reach[0] + down / rungs[k].reach[1]) / 2.0 / 2f64.powi(rungs[k].exponent)
    };
    // The smallest step at which it is more than noise: there a jump stays as large as it was, while all else halves.
    let is_clear = |&k: &usize| even(k).abs() > SURE * noise * 2f64.powi(-rungs[k].exponent);
    let last = (FEWEST - 1..rungs.len()).rev().find(is_clear)?;
    // Not for NaN either.
    let stays = even(last).abs() > STAYS * even(last - 1).abs();
    if !stays {
        return None;
    }
    let finite = (0..=last).map(|k| (rungs[k].exponent, even(k))).filter(|(_, even)| even.is_finite());
    let (exponents, quotients): (Vec<i32>, Vec<f64>) = finite.unzip();
    let expansion = Expansion { gamma: 1, order: 1 };
    let noise = vec![noise; exponents.len()];
    let (limit, _) = tableaus.get(&exponents, expansion).limit(&quotients, &noise);
    (limit.value.abs() > SURE * limit.error).then_some((limit.value, limit.error))
}

/// The exponents of another round: steps twice as large as the largest so far and more, or half as large as the smallest
/// and less; `None` if there are no more to be taken.
pub(crate) fn next_round(rungs: &[Rung], larger: bool, precision: Precision) -> Option<Vec<i32>> {
    let (largest, smallest) = (rungs.first()?.exponent, rungs.last()?.exponent);
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

/// Whether larger steps (true) or smaller ones (false) are the next to be tried.
pub(crate) fn direction(assessed: &Assessed) -> Option<bool> {
    match assessed.wish {
        // What looks like much noise may be a function that changes faster than the steps.
        Wish::Larger | Wish::None if assessed.times > SUSPICIOUS => Some(false),
        Wish::None => None,
        wish => Some(wish == Wish::Larger),
    }
}
