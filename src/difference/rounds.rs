//! The steps of rounds: which lengths they have, and which come next.

use std::iter::Rev;
use std::ops::RangeInclusive;

use super::assessed::StepSize;

/// Steps of one round.
pub(crate) const ROUND: i32 = 8;

/// The largest exponent of the first round, and the rounds beyond it to either side.
pub(crate) const FIRST: i32 = -2;
const LARGER_ROUNDS: i32 = 5;
const SMALLER_ROUNDS: i32 = 9;

/// Those of steps, by their exponents modulo 8.
pub(crate) const MANTISSAS: [f64; 8] = [
    0.978_261_703_214_961,
    1.017_409_235_188_402,
    0.993_972_814_509_377,
    1.021_836_092_745_813,
    0.981_045_173_360_218,
    1.011_527_348_116_059,
    0.986_304_915_772_641,
    1.003_818_460_293_155,
];

/// The length of the step of an exponent. Steps of powers of two can be exact in all of f (a sum that they shift, a floor of
/// large numbers), which then shows no noise; so mantissas have no pattern.
pub(crate) fn length(exponent: i32) -> f64 {
    MANTISSAS[exponent.rem_euclid(8) as usize] * 2f64.powi(exponent)
}

/// Exponents of steps of a round, largest first.
pub(crate) type Exponents = Rev<RangeInclusive<i32>>;

/// Those of the first round.
pub(crate) fn first_round() -> Exponents {
    (FIRST - ROUND + 1..=FIRST).rev()
}

/// The exponents of another round: steps twice as large as the largest so far and more, or half as large as the smallest
/// and less, down to `least`; `None` if there are no more to be taken.
pub(crate) fn next_round(steps: &[StepSize], larger: bool, least: i32) -> Option<Exponents> {
    let (largest, smallest) = (steps.first()?.exponent, steps.last()?.exponent);
    let least = least.max(FIRST - ROUND - SMALLER_ROUNDS * ROUND);
    match larger {
        true if largest >= FIRST + LARGER_ROUNDS * ROUND => None,
        true => Some((largest + 1..=largest + ROUND).rev()),
        false if smallest <= least => None,
        false => Some((smallest.saturating_sub(ROUND).max(least)..=smallest - 1).rev()),
    }
}
