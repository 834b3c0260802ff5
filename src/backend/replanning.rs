//! When a batch is planned anew: what submissions really take is known once one was made, and then others of another size may
//! be better.

/// A batch is planned anew at most so many times,
const REPLANNED: usize = 5;
/// and only for submissions that are so many times larger or smaller.
const APART: u64 = 4;

/// When a batch is begun again.
#[derive(Debug, Default)]
pub(crate) struct Replanning(usize);

impl Replanning {
    /// Whether to begin again: submissions were planned to hold so much, may hold that much now, and so many are left.
    pub(crate) fn is_due(&mut self, planned: u64, now: u64, left: usize) -> bool {
        let is_due = left > 0
            && self.0 < REPLANNED
            && (now / APART >= planned && left as u64 > APART || now < planned / APART);
        self.0 += usize::from(is_due);
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_begun_again_for_submissions_of_another_size_and_seldom() {
        let due = |planned, now, left| Replanning::default().is_due(planned, now, left);
        // Four times as much fits, or a quarter.
        assert!(due(100, 400, 10) && due(400, 99, 10));
        assert!(!due(100, 399, 10) && !due(400, 100, 10));
        // What is left is too little to gain by it, but never too little to be cut.
        assert!(!due(100, 400, 4) && due(400, 99, 1) && !due(400, 99, 0));
        let mut often = Replanning::default();
        assert_eq!((0..100).filter(|_| often.is_due(1, 100, 100)).count(), REPLANNED);
    }
}
