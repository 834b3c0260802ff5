//! What went to and from a device: told at the level `debug` when it is closed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Submissions, launches, and bytes that were moved.
#[derive(Debug, Default)]
pub(super) struct Counts {
    submissions: AtomicU64,
    launches: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

impl Counts {
    /// A submission with so many launches, of which so many bytes are read.
    pub(super) fn submitted(&self, launches: usize, down: u64) {
        self.submissions.fetch_add(1, Ordering::Relaxed);
        self.launches.fetch_add(launches as u64, Ordering::Relaxed);
        self.down.fetch_add(down, Ordering::Relaxed);
    }

    pub(super) fn uploaded(&self, bytes: usize) {
        self.up.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Submissions, launches, bytes up, bytes down.
    pub(super) fn all(&self) -> [u64; 4] {
        [&self.submissions, &self.launches, &self.up, &self.down].map(|count| count.load(Ordering::Relaxed))
    }
}
