//! What lanes of an evaluation with slopes are given.

/// The coordinates that lanes see.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a, T> {
    /// `[coordinate]`, the same in all lanes.
    Same(&'a [T]),
    /// `[coordinate][lane]`
    Each(&'a [T]),
}

/// Along what slopes are carried.
#[derive(Clone, Copy, Debug)]
pub enum Seeds<'a, T> {
    /// Nothing moves.
    None,
    /// An axis in each slot and lane: `[slot][lane]`; `u32::MAX`: none.
    Axes(&'a [u32]),
    /// A direction, `[coordinate]`, and how far each of its components is from what was asked for; the same in all lanes.
    Direction(&'a [T], &'a [T]),
    /// A direction in each lane: `[coordinate][lane]`, and errors alike.
    Directions(&'a [T], &'a [T]),
    /// For second slopes, an axis in each slot and lane, and another one in each lane.
    Planes(&'a [u32], &'a [u32]),
    /// The same with a direction in the place of the other axis, as in `Direction`.
    Across(&'a [u32], &'a [T], &'a [T]),
    /// The same with a direction in each lane, as in `Directions`.
    AcrossEach(&'a [u32], &'a [T], &'a [T]),
}

impl<T> Seeds<'_, T> {
    /// Whether second slopes are meant.
    pub(crate) fn is_second(&self) -> bool {
        matches!(self, Seeds::Planes(..) | Seeds::Across(..) | Seeds::AcrossEach(..))
    }

    /// Whether there is a direction, which may be off.
    pub(crate) fn has_direction(&self) -> bool {
        !matches!(self, Seeds::None | Seeds::Axes(_) | Seeds::Planes(..))
    }
}
