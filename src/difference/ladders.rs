//! Ladders: the displacements of a coordinate at steps that follow each other, told in a few words. A device makes the moved
//! coordinates itself; the host has made the same ones, bit for bit, since it has to know how far they really moved.

use std::ops::RangeInclusive;

use super::displacement::NONE;
use super::rounds::ROUND;

/// Powers of two that devices make, of f32: a step's scale.
const SCALES: RangeInclusive<i32> = -126..=127;

/// The displacements of one coordinate of a source, less the source's own terms, or the value at a source. They stand together in
/// a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ladder {
    pub(crate) source: u32,
    /// [`NONE`]: the value at the source.
    pub(crate) axis: u32,
    /// That of the largest step, and the exponent of the unit: steps are [`length`](super::rounds::length) times 2^scale.
    pub(crate) exponent: i32,
    pub(crate) scale: i32,
    /// Which displacements there are: bit `sides`·step + side, the largest step first.
    pub(crate) made: u32,
    /// Where they begin in the list.
    pub(crate) first: u32,
}

/// All ladders of a list, with the same sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ladders {
    pub(crate) all: Vec<Ladder>,
    /// Up and down; or one of the two.
    pub(crate) sides: usize,
    /// Whether the one side is down.
    pub(crate) down: bool,
}

impl Ladder {
    /// The value at a source.
    pub(crate) fn of_value(source: u32, first: u32) -> Self {
        Ladder { source, axis: NONE, exponent: 0, scale: 0, made: 1, first }
    }

    /// Whether a device makes the same steps: of powers of two that it knows.
    pub(crate) fn is_within(exponent: i32, scale: i32) -> bool {
        SCALES.contains(&(exponent + scale)) && SCALES.contains(&(exponent - ROUND + 1 + scale))
    }
}

impl Ladders {
    /// Slots of each ladder, made or not: as many as the longest one needs.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices take ladders"))]
    pub(crate) fn width(&self) -> usize {
        let used = self.all.iter().fold(0, |used, ladder| used | ladder.made);
        (u32::BITS - used.leading_zeros()).next_multiple_of(self.sides as u32) as usize
    }

    /// Those of the displacements that are wanted, as they stand once the others are gone.
    pub(crate) fn picked(&self, is_wanted: impl Fn(usize) -> bool) -> Ladders {
        let mut next = 0;
        let pick = |ladder: &Ladder| {
            let (mut left, mut made, mut index) = (ladder.made, 0, ladder.first as usize);
            while left != 0 {
                let slot = left & left.wrapping_neg();
                made |= if is_wanted(index) { slot } else { 0 };
                (left, index) = (left ^ slot, index + 1);
            }
            let first = next;
            next += made.count_ones();
            (made != 0).then(|| {
                // From the largest step that is left on.
                let steps = made.trailing_zeros() / self.sides as u32;
                let (made, exponent) = (made >> (steps * self.sides as u32), ladder.exponent - steps as i32);
                Ladder { made, exponent, first, ..*ladder }
            })
        };
        Ladders { all: self.all.iter().filter_map(pick).collect(), ..*self }
    }
}
