//! Scratch rows that no thread uses at the moment, kept for the next evaluation: apart for each thread, since evaluations may take less
//! than a lock that others hold.

use std::sync::{Mutex, PoisonError};

/// Threads that have a place of their own; more share them.
const PLACES: usize = 32;

/// A place fills cache lines of its own.
#[repr(align(128))]
struct Place<S>(Mutex<Vec<S>>);

pub(super) struct Idle<S> {
    places: [Place<S>; PLACES],
}

impl<S> Idle<S> {
    pub(super) fn new() -> Self {
        Idle { places: [(); PLACES].map(|()| Place(Mutex::default())) }
    }

    fn place(&self) -> &Mutex<Vec<S>> {
        let thread = rayon::current_thread_index().map_or(0, |index| index + 1);
        &self.places[thread % PLACES].0
    }

    /// One of them, if there is any.
    pub(super) fn take(&self) -> Option<S> {
        self.place().lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(super) fn give_back(&self, scratch: S) {
        self.place().lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}
