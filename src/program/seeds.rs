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
}
