//! Parsers, validators and writers of shaders recurse: deep texts need more stack than a thread may have.

/// Runs `work` on a thread of its own with a large stack. `None` if there can be none, or it panicked.
pub(crate) fn with_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Option<R> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("plusminus-wgsl".into()).stack_size(256 << 20);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}
