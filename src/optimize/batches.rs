//! Minibatches: which terms take part in which step.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numeric::SplitMix64;

/// Batches of terms, in an order shuffled anew every epoch.
///
/// The order of all terms is shuffled at the start of each epoch, beginning from the order of the epoch before (Fisher and
/// Yates, from the end: element i changes places with the one at the upper 64 bits of i + 1 times the next output of
/// splitmix64), and cut into batches; the terms left over, fewer than a batch, sit that epoch out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Minibatches {
    order: Vec<u32>,
    size: usize,
    random: SplitMix64,
    next: usize,
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
        Ok(Minibatches { order, size, random: SplitMix64::new(seed), next: 0 })
    }

    /// Steps in an epoch.
    pub fn per_epoch(&self) -> usize {
        self.order.len() / self.size
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
        let mut order = self.order.clone();
        order.sort_unstable();
        self.size == other.size
            && order.len() == other.order.len()
            && order.iter().enumerate().all(|(i, &term)| term as usize == i)
            && self.next < self.per_epoch()
    }

    /// The terms of the next step.
    pub fn next_batch(&mut self) -> &[u32] {
        if self.next == 0 {
            self.random.shuffle(&mut self.order);
        }
        let first = self.next * self.size;
        self.next = (self.next + 1) % self.per_epoch();
        &self.order[first..first + self.size]
    }
}
