//! Faults of devices, which tests make happen: software drivers have none of their own.

use std::cell::Cell;

use super::device::Gpu;
use crate::error::{Error, Result};

thread_local! {
    /// Submissions of this thread until the device is lost.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Bytes of a buffer that this thread gets, at most.
    static MEMORY: Cell<u64> = const { Cell::new(u64::MAX) };
    /// The most that it asked for.
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

/// Loses the device at the submission after so many of this thread, if there are as many; how many there were.
pub(crate) fn with_submissions<R>(submissions: usize, run: impl FnOnce() -> R) -> (R, usize) {
    LEFT.set(submissions);
    let done = run();
    (done, submissions - LEFT.replace(usize::MAX))
}

/// Runs with so many bytes for each buffer; the most bytes that one was to have.
pub(crate) fn with_memory<R>(bytes: u64, run: impl FnOnce() -> R) -> (R, u64) {
    MEMORY.set(bytes);
    ASKED.set(0);
    let done = run();
    MEMORY.set(u64::MAX);
    (done, ASKED.get())
}

/// To be asked at each submission.
pub(super) fn at_submission(gpu: &Gpu) {
    match LEFT.get() {
        usize::MAX => {}
        0 => gpu.device.destroy(),
        left => LEFT.set(left - 1),
    }
}

/// To be asked for each buffer.
pub(super) fn at_allocation(gpu: &Gpu, what: &str, bytes: u64) -> Result<()> {
    ASKED.set(ASKED.get().max(bytes));
    if bytes <= MEMORY.get() {
        return Ok(());
    }
    Err(Error::OutOfMemory {
        device: gpu.info.name.clone(),
        bytes,
        what: what.into(),
        detail: "by a test".into(),
    })
}
