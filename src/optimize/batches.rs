//! Minibatches: which terms take part in which step.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numeric::SplitMix64;
use crate::team::share;

/// Batches of terms, in an order shuffled anew every epoch.
///
/// The order of all terms is shuffled at the start of each epoch, beginning from the order of the epoch before (Fisher and
/// Yates, from the end: element i changes places with the one at the upper 64 bits of i + 1 times the next output of
/// splitmix64), and cut into batches; the terms left over, fewer than a batch, sit that epoch out.
///
/// [By parts](Self::by_parts), each part of the terms is shuffled by itself, and each batch takes as many of every part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Minibatches {
    /// That of the parts, one after another.
    order: Vec<u32>,
    size: usize,
    random: SplitMix64,
    next: usize,
    #[serde(default = "one")]
    parts: usize,
    /// Of several parts: the last batch.
    #[serde(skip)]
    batch: Vec<u32>,
}

fn one() -> usize {
    1
}

impl Minibatches {
    /// Batches of `size` out of `terms` terms.
    ///
    /// # Errors
    /// [`Error::Usage`] unless 1 <= size <= terms.
    pub fn new(terms: usize, size: usize, seed: u64) -> Result<Self> {
        if size == 0 || size > terms {
            return Err(Error::usage(format!("batches of {size} out of {terms} terms: give 1 to {terms}")));
        }
        let order = (0..terms as u32).collect();
        Ok(Minibatches { order, size, random: SplitMix64::new(seed), next: 0, parts: 1, batch: Vec::new() })
    }

    /// The same of terms that are cut into `parts` parts, of sizes that differ by one at most: each batch takes `size / parts` terms of each, in the
    /// order of the parts, and each part is shuffled by itself. So whoever computes for one part needs its terms alone.
    ///
    /// # Errors
    /// [`Error::Usage`] unless 1 <= size <= terms, and `parts` divides `size`.
    pub fn by_parts(terms: usize, size: usize, parts: usize, seed: u64) -> Result<Self> {
        if parts == 0 || !size.is_multiple_of(parts) {
            return Err(Error::usage(format!(
                "batches of {size} terms out of {parts} parts: each part gives as many, so give a multiple of {parts}"
            )));
        }
        Ok(Minibatches { parts, ..Minibatches::new(terms, size, seed)? })
    }

    /// Steps in an epoch: as many as the smallest part allows.
    pub fn per_epoch(&self) -> usize {
        (self.order.len() / self.parts) / (self.size / self.parts)
    }

    /// What there was before the next batch, where it is not the batch alone that makes the difference: at the start of an epoch.
    pub(super) fn before_next(&self) -> Option<Self> {
        (self.next == 0).then(|| self.clone())
    }

    /// Takes back the last batch; `before` is what [`before_next`](Self::before_next) said.
    pub(super) fn take_back(&mut self, before: Option<Self>) {
        match before {
            Some(before) => *self = before,
            None => self.next = self.next.checked_sub(1).unwrap_or(self.per_epoch() - 1),
        }
    }

    /// Whether these, read from somewhere, are batches of such terms as those, on their way.
    pub(super) fn fits(&self, other: &Self) -> bool {
        if self.size != other.size || self.parts != other.parts || self.order.len() != other.order.len() {
            return false;
        }
        let mut order = self.order.clone();
        (0..self.parts).for_each(|part| order[share(part, self.parts, self.order.len())].sort_unstable());
        order.iter().enumerate().all(|(i, &term)| term as usize == i) && self.next < self.per_epoch()
    }

    /// The terms of the next step.
    pub fn next_batch(&mut self) -> &[u32] {
        let (terms, parts) = (self.order.len(), self.parts);
        if self.next == 0 {
            for part in 0..parts {
                self.random.shuffle(&mut self.order[share(part, parts, terms)]);
            }
        }
        let (each, next) = (self.size / parts, self.next);
        self.next = (next + 1) % self.per_epoch();
        let of = |part: usize| {
            let first = share(part, parts, terms).start + next * each;
            first..first + each
        };
        if parts == 1 {
            return &self.order[of(0)];
        }
        self.batch.clear();
        for part in 0..parts {
            self.batch.extend(&self.order[of(part)]);
        }
        &self.batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 23 terms in 3 parts (0 to 6, 7 to 14, 15 to 22), batches of 6: three of an epoch, 2 terms of each part in each, none twice.
    #[test]
    fn each_part_gives_as_many() {
        let mut batches = Minibatches::by_parts(23, 6, 3, 7).unwrap();
        assert_eq!(batches.per_epoch(), 3);
        let part_of = |term: u32| [7, 15, 23].iter().position(|end| term < *end).unwrap();
        let mut before = Vec::new();
        for _ in 0..4 {
            let mut seen = Vec::new();
            for _ in 0..3 {
                let batch = batches.next_batch();
                let parts: Vec<usize> = batch.iter().map(|term| part_of(*term)).collect();
                assert_eq!(parts, [0, 0, 1, 1, 2, 2]);
                seen.extend_from_slice(batch);
            }
            let mut once = seen.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), 18);
            assert_ne!(seen, before);
            before = seen;
        }
        assert!(batches.fits(&Minibatches::by_parts(23, 6, 3, 1).unwrap()));
        assert!(!batches.fits(&Minibatches::new(23, 6, 1).unwrap()));
        assert!(!batches.fits(&Minibatches::by_parts(23, 6, 2, 1).unwrap()));
        assert!(Minibatches::by_parts(23, 7, 3, 1).is_err());
    }

    /// One part is no parts.
    #[test]
    fn one_part_is_all() {
        let (mut one, mut all) =
            (Minibatches::by_parts(10, 4, 1, 3).unwrap(), Minibatches::new(10, 4, 3).unwrap());
        for _ in 0..7 {
            assert_eq!(one.next_batch(), all.next_batch());
        }
    }
}
