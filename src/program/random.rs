//! Random rounding: see `slopes/random.rs`, which writes programs that do it on lanes, and `objective/slope_number/sampled.rs`,
//! which does it in formulas in Rust.

use super::lanes::LANES;
use crate::numeric::Real;

/// Root mean square of what [`perturb`] multiplies by: of 1 to 4, all as often.
pub(crate) const SIZE: f64 = 2.738_612_787_525_830_4;

/// Numbers, off by one to four times as much as the second row says, up or down. All by the same size would often cancel: numbers
/// are whole multiples of their last place, so that of two errors of one place each half would come to exactly nothing.
///
/// Which it is is a hash of the number, the place in the program and the sample, and of nothing else: so it is the same
/// in every run and on every machine, and for the same operation on the same numbers, which a computer rounds alike, too.
#[inline(always)]
pub(super) fn perturb<T: Real>(to: &mut [T; LANES], from: [&[T; LANES]; 2], sample: u32, place: u32) {
    let key = u64::from(sample) << 32 | u64::from(place);
    let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for lane in 0..LANES {
        to[lane] = off(from[0][lane], from[1][lane], key);
    }
}

/// The same of one number, with a key in the place of place and sample.
#[inline(always)]
pub(crate) fn off<T: Real>(number: T, by: T, key: u64) -> T {
    let bits = mixed(number.to_f64().to_bits() ^ key);
    let size = by * T::of((1 + (bits >> 61 & 3)) as f64);
    if bits >> 63 == 0 { number + size } else { number - size }
}

/// Every bit of the result depends on every bit of the argument (the finisher of `SplitMix64`).
#[inline(always)]
pub(crate) fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of them up, and neighbours, samples and places do not depend on each other.
    #[test]
    fn signs_are_even_and_independent() {
        let sign = |x: f32, sample: u32, place: u32| {
            let mut to = [0.0; LANES];
            perturb(&mut to, [&[x; LANES], &[1.0; LANES]], sample, place);
            if to[0] > x { 1.0 } else { -1.0 }
        };
        let count = 4000;
        let of = |i: usize| 1.0 + i as f32 * 1e-3;
        for (sample, place) in [(1, 0), (2, 0), (3, 17), (4, 1000)] {
            let mean = |other: &dyn Fn(usize) -> f64| {
                (0..count).map(|i| sign(of(i), sample, place) * other(i)).sum::<f64>() / count as f64
            };
            for found in [
                mean(&|_| 1.0),
                mean(&|i| sign(of(i + 1), sample, place)),
                mean(&|i| sign(of(i), sample + 1, place)),
                mean(&|i| sign(of(i), sample, place + 1)),
                mean(&|i| sign(2.0 * of(i), sample, place)),
                mean(&|i| sign(-of(i), sample, place)),
            ] {
                // Five standard deviations.
                assert!(found.abs() < 5.0 / (count as f64).sqrt(), "{sample}, {place}: {found}");
            }
        }
    }
}
