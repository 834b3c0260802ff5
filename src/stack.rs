//! Parsers, validators and writers of shaders recurse: deep texts need more stack than a thread may have.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;

/// Stacks that are tried, the largest first: address space may be short.
const STACKS: [usize; 3] = [256 << 20, 64 << 20, 16 << 20];

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// What was run panicked.
    #[error("gave up on this text")]
    GaveUp,
    /// There can be no thread for it.
    #[error("found no thread to run on ({0}): allow more processes (ulimit -u) or more memory (ulimit -v)")]
    NoThread(std::io::Error),
}

/// Whether there can be such a thread at all: to be asked before a text is blamed.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub(crate) fn check() -> Result<(), Error> {
    let least = STACKS[STACKS.len() - 1];
    let thread = std::thread::Builder::new().name("plusminus-wgsl".into()).stack_size(least).spawn(|| {});
    match thread.map(std::thread::JoinHandle::join) {
        Ok(_) => Ok(()),
        Err(why) => Err(Error::OutOfMemory {
            device: "this machine".into(),
            bytes: least as u64,
            what: "the stack of a thread".into(),
            detail: format!("{why}; allow more processes (ulimit -u) or more memory (ulimit -v)"),
        }),
    }
}

/// Runs `work` on a thread of its own with a large stack.
pub(crate) fn with_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, NoAnswer> {
    // A thread that cannot be made would take it along: it is handed over once the thread runs.
    let work = Mutex::new(Some(work));
    let run = || {
        let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        work.and_then(|work| catch_unwind(AssertUnwindSafe(work)).ok())
    };
    let mut problem = None;
    for size in STACKS {
        let done = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("plusminus-wgsl".into()).stack_size(size);
            thread.spawn_scoped(scope, run).map(|handle| handle.join().unwrap_or(None))
        });
        match done {
            Ok(done) => return done.ok_or(NoAnswer::GaveUp),
            Err(error) => problem = Some(error),
        }
    }
    Err(problem.map_or(NoAnswer::GaveUp, NoAnswer::NoThread))
}
