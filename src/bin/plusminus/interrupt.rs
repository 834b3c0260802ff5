//! Signals: the first one ends the work after the step at hand, and what there is is kept; a second one ends it at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit;

/// The signal that came, or 0.
static SIGNAL: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// From now on signals ask for an end, and only the second one forces it; the result tells whether it was asked for.
pub fn asked() -> impl Fn() -> bool {
    asked_within(None)
}

/// The same, and that time is up.
pub fn asked_within(limit: Option<Duration>) -> impl Fn() -> bool {
    let signal = SIGNAL.get_or_init(listen);
    let begin = Instant::now();
    move || signal.load(Ordering::SeqCst) != 0 || limit.is_some_and(|limit| begin.elapsed() >= limit)
}

/// The exit code of what was interrupted, as shells have it: 128 and the number of the signal; without one, time was up.
pub fn code() -> u8 {
    match SIGNAL.get().map_or(0, |signal| signal.load(Ordering::SeqCst)) {
        0 => exit::TIMEOUT,
        signal => u8::try_from(128 + signal).unwrap_or(u8::MAX),
    }
}

fn listen() -> Arc<AtomicUsize> {
    let (signal, is_asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let is_hangup_ignored = is_hangup_ignored();
    let all = [
        SIGINT,
        SIGTERM,
        #[cfg(unix)]
        signal_hook::consts::SIGHUP,
    ];
    for one in all {
        // `nohup` means it. What shells do to Ctrl-C of things in the background is another matter: a checkpoint does no harm.
        if one == HANGUP && is_hangup_ignored {
            continue;
        }
        // In this order: the second signal finds that one was there. Without a handler a signal ends the process, as everywhere.
        let _ = flag::register_conditional_shutdown(one, 128 + one, is_asked.clone());
        let _ = flag::register_usize(one, signal.clone(), one as usize);
        let _ = flag::register(one, is_asked.clone());
    }
    signal
}

const HANGUP: i32 = 1;

/// Whether whoever started this process had it ignore hang-ups, where the system tells.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (HANGUP - 1) & 1 == 1)
}

/// A file that grows beyond its limit is an error of that file, and not the end of the process.
pub fn survive_file_limits() {
    #[cfg(unix)]
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}
