//! Signals: the first one ends the work after the step at hand, and what there is is kept; one that comes more than a second later ends it
//! at once. Some, such as GNU timeout, send each signal twice in a row: to the process, and to its group.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit;

/// What came, and what the next one does.
struct Signals {
    /// The signal, or 0.
    signal: Arc<AtomicUsize>,
    /// Whether the next one ends the process.
    is_armed: Arc<AtomicBool>,
    /// Whether there is work that is worth an end in good order.
    has_begun: AtomicBool,
}

static SIGNALS: OnceLock<Signals> = OnceLock::new();

/// Signals that come so soon after the first are it.
const ONE: Duration = Duration::from_secs(1);

/// Between two looks at what came.
const LOOK: Duration = Duration::from_millis(50);

/// From now on signals ask for an end, and only the second one forces it; the result tells whether it was asked for.
pub fn asked() -> impl Fn() -> bool {
    let asked = asked_from(None);
    begin();
    asked
}

/// The same from [`begin`] on, and that time is up. Until then, while files are read that may never come, the first signal ends the process, and
/// so does the end of the time.
pub fn asked_from(limit: Option<Duration>) -> impl Fn() -> bool {
    let begin = Instant::now();
    let signals = SIGNALS.get_or_init(|| listen(limit));
    move || signals.signal.load(Ordering::SeqCst) != 0 || limit.is_some_and(|limit| begin.elapsed() >= limit)
}

/// There is work now.
pub fn begin() {
    if let Some(signals) = SIGNALS.get() {
        signals.has_begun.store(true, Ordering::SeqCst);
        signals.is_armed.store(false, Ordering::SeqCst);
    }
}

/// The exit code of what was interrupted, as shells have it: 128 and the number of the signal; without one, time was up.
pub fn code() -> u8 {
    match SIGNALS.get().map_or(0, |signals| signals.signal.load(Ordering::SeqCst)) {
        0 => exit::TIMEOUT,
        signal => u8::try_from(128 + signal).unwrap_or(u8::MAX),
    }
}

/// The number of the signal that came, or 0.
pub fn signal() -> u8 {
    let signal = SIGNALS.get().map_or(0, |signals| signals.signal.load(Ordering::SeqCst));
    u8::try_from(signal).unwrap_or(0)
}

/// Takes a signal that came to another process for one that came to this one, which had none.
pub fn told(signal: u8) {
    if let Some(signals) = SIGNALS.get() {
        let _ = signals.signal.compare_exchange(0, signal.into(), Ordering::SeqCst, Ordering::SeqCst);
    }
}

fn listen(limit: Option<Duration>) -> Signals {
    let (signal, is_armed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
    let is_watched =
        thread::Builder::new().name("plusminus signals".into()).spawn(move || watch(limit)).is_ok();
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
        let _ = flag::register_conditional_shutdown(one, 128 + one, is_armed.clone());
        let _ = flag::register_usize(one, signal.clone(), one as usize);
        if !is_watched {
            let _ = flag::register(one, is_armed.clone());
        }
    }
    Signals { signal, is_armed, has_begun: AtomicBool::new(false) }
}

/// Lets the next signal end the process a second after the first, and ends what is over before it has begun.
fn watch(limit: Option<Duration>) {
    let begin = Instant::now();
    let mut first: Option<Instant> = None;
    loop {
        thread::sleep(LOOK);
        let Some(Signals { signal, is_armed, has_begun }) = SIGNALS.get() else { continue };
        if !has_begun.load(Ordering::SeqCst) {
            if limit.is_some_and(|limit| begin.elapsed() >= limit) {
                eprint_quietly("error: the time of --timeout is up, and the work had not begun");
                process::exit(i32::from(exit::TIMEOUT));
            }
        } else if signal.load(Ordering::SeqCst) != 0
            && first.get_or_insert_with(Instant::now).elapsed() >= ONE
        {
            is_armed.store(true, Ordering::SeqCst);
        }
    }
}

/// Nobody may be listening.
fn eprint_quietly(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
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
