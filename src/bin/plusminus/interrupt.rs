//! Ctrl-C: work ends where it is, and what there is is kept.

use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of what was interrupted, as shells have it: 128 and the number of the signal.
pub const CODE: u8 = 130;

/// Whether Ctrl-C was pressed.
static IS_ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C asks for an end, and only the second one forces it; the result tells whether it was asked for.
pub fn asked() -> impl Fn() -> bool {
    // Without a handler Ctrl-C ends the process, as everywhere.
    let _ = ctrlc::set_handler(|| {
        if IS_ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(CODE));
        }
    });
    || IS_ASKED.load(Ordering::SeqCst)
}
