//! Loops, roundings, NaN and infinity.

use super::check::{Check, Text};
use super::report::Arithmetic;
use crate::error::Result;
use crate::numeric::SplitMix64;

/// Loop turns tried: twice the number at which lavapipe stops.
const TURNS: u32 = 1 << 17;

/// Differences that are added up.
const PAIRS: usize = 256;

/// Words that the shader answers.
const ANSWERS: usize = 17;

pub(super) fn measure(check: &Check<'_>) -> Result<Arithmetic> {
    let small = 2f32.powi(-25);
    let subnormal = f32::from_bits(0x0012_3456);
    let head = [1.0, small, f32::NAN, f32::INFINITY, 0.0, subnormal, 1.0 + 2f32.powi(-12), 0.0];
    let mut inputs = head.map(f32::to_bits).to_vec();
    inputs[4] = TURNS;
    let answers = check.answers(Text::Arithmetic, "probe", &inputs, 1, ANSWERS)?;
    let word = |i: usize| answers.get(i).copied().unwrap_or(u32::MAX);
    let (yes, is_nan) = (|i: usize| word(i) == 1, |i: usize| f32::from_bits(word(i)).is_nan());
    let is = |i: usize, number: f32| word(i) == number.to_bits();
    let turns = word(0);
    // The generator's state after as many turns as the adapter says it made.
    let tried = turns.min(TURNS + 1);
    let state = (0..tried).fold(1u32, |state, _| state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    if turns == 0 || turns > TURNS || word(1) != state {
        return Err(check.gpu.failure(format!(
            "its loops miscount: {turns} of {TURNS} turns, and a wrong state; use the device `cpu`, or another driver"
        )));
    }
    let pairs = pairs();
    let words: Vec<u32> = pairs.as_flattened().iter().map(|number| number.to_bits()).collect();
    let sums = check.answers(Text::Arithmetic, "differences", &words, 1, 2)?;
    let sum = pairs.iter().fold(0.0f32, |sum, [upper, lower]| sum + (upper - lower));
    Ok(Arithmetic {
        loop_limit: (turns < TURNS).then_some(u64::from(turns)),
        true_step_survives: yes(2),
        nan_by_unequal: yes(3),
        nan_by_not_equal: yes(4),
        nan_by_bits: yes(5) && is_nan(8) && is(9, f32::INFINITY) && is_nan(10),
        infinities_cancel_to_nan: yes(6),
        infinity_by_division: is(12, f32::INFINITY),
        max_keeps_nan: is_nan(7),
        select_keeps_nan: is_nan(11),
        sealed_sums_survive: is(13, small),
        plain_sums_survive: is(14, small),
        sealed_differences_survive: sums[0] == sum.to_bits(),
        plain_differences_survive: sums[1] == sum.to_bits(),
        contracts: yes(15),
        keeps_subnormals: is(16, subnormal),
    })
}

/// Numbers near 10^6 and near 10 in turns, whose differences are exact: adding up one of the first kind before the other is
/// subtracted loses what the second left.
fn pairs() -> [[f32; 2]; PAIRS] {
    let mut random = SplitMix64::new(14);
    let mut index = 0;
    [[0.0; 2]; PAIRS].map(|_| {
        let scale = if index % 2 == 0 { 1e6 } else { 10.0 };
        index += 1;
        let lower = scale * (1.0 + 0.02 * random.uniform());
        [lower + 1e-3 * scale * (random.uniform() - 0.4), lower].map(|number| number as f32)
    })
}

#[cfg(test)]
mod tests {
    /// Else the check could not fail.
    #[test]
    fn rearranged_differences_come_to_something_else() {
        let pairs = super::pairs();
        let sum = pairs.iter().fold(0.0f32, |sum, [upper, lower]| sum + (upper - lower));
        let other = pairs.iter().fold(0.0f32, |sum, [upper, lower]| (sum + upper) - lower);
        assert!(sum != other && sum.is_finite(), "{sum} {other}");
    }
}
