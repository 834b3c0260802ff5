//! The lowest values on the way of a block of points, and where they were.

use super::MOST_LANES;
use crate::numeric::Real;

/// Of the points of a block. A point is copied only when the next value is higher: as a rule values fall from step to step.
pub(super) struct LowestOf<'a> {
    /// `[point][coordinate]`
    points: &'a mut [f64],
    values: &'a mut [f64],
    steps: &'a mut [usize],
    /// The values and steps so far, `[lane]`.
    lowest: [f64; MOST_LANES],
    at: [u64; MOST_LANES],
    /// Lanes whose lowest value is the latest, and whose points have not been copied.
    latest: u64,
}

impl<'a> LowestOf<'a> {
    pub(super) fn new(points: &'a mut [f64], values: &'a mut [f64], steps: &'a mut [usize]) -> Self {
        let (lowest, at) = ([f64::INFINITY; MOST_LANES], [0; MOST_LANES]);
        LowestOf { points, values, steps, lowest, at, latest: 0 }
    }

    /// Takes in the values, `[lane]`, of some lanes in a step, and where all were `before` it, `[coordinate][lane]`.
    pub(super) fn see<T: Real>(
        &mut self,
        values: &[f64],
        of: u64,
        step: usize,
        (before, lanes): (&[T], usize),
    ) {
        let mut is_low = [0u8; MOST_LANES];
        // Without branches, so that it becomes SIMD code: what is not asked for is put right below, which is rare.
        for (is_low, (lowest, value)) in is_low.iter_mut().zip(self.lowest.iter().zip(values)) {
            *is_low = u8::from(value < lowest);
        }
        let low = mask(&is_low) & of;
        self.copy(self.latest & !low, before, lanes);
        if low == u64::MAX {
            self.lowest[..values.len()].copy_from_slice(values);
            self.at = [step as u64; MOST_LANES];
        } else {
            for lane in lanes_of(low) {
                (self.lowest[lane], self.at[lane]) = (values[lane], step as u64);
            }
        }
        self.latest = low;
    }

    /// Lanes that halt, which are given other points afterwards.
    pub(super) fn halt<T: Real>(&mut self, halting: u64, (x, lanes): (&[T], usize)) {
        self.copy(self.latest & halting, x, lanes);
        self.latest &= !halting;
    }

    /// Copies what is left, of lanes that went on to the end, from where they were before the last step; and adds the constant.
    pub(super) fn finish<T: Real>(mut self, (before, lanes): (&[T], usize), constant: f64) {
        self.copy(self.latest, before, lanes);
        for (value, lowest) in self.values.iter_mut().zip(&self.lowest) {
            *value = T::of(lowest + constant).to_f64();
        }
        self.steps.iter_mut().zip(&self.at).for_each(|(step, &at)| *step = at as usize);
    }

    fn copy<T: Real>(&mut self, of: u64, x: &[T], lanes: usize) {
        let n = x.len() / lanes;
        for lane in lanes_of(of) {
            let column = x[lane..].iter().step_by(lanes);
            self.points[lane * n..][..n].iter_mut().zip(column).for_each(|(to, x)| *to = x.to_f64());
        }
    }
}

/// The bits of lanes whose byte is 1.
fn mask(bytes: &[u8; MOST_LANES]) -> u64 {
    let eight = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    bytes.as_chunks().0.iter().enumerate().fold(0, |all, (i, bytes)| all | eight(bytes) << (8 * i))
}

fn lanes_of(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = mask.trailing_zeros() as usize;
        mask &= mask.wrapping_sub(1);
        (lane < MOST_LANES).then_some(lane)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_their_lanes() {
        let bits = 0x8000_0000_0f00_a105u64;
        let bytes = std::array::from_fn(|lane| (bits >> lane & 1) as u8);
        assert_eq!(mask(&bytes), bits);
        assert_eq!(lanes_of(bits).fold(0, |all, lane| all | 1 << lane), bits);
        assert_eq!((lanes_of(0).count(), lanes_of(u64::MAX).count()), (0, 64));
    }
}
