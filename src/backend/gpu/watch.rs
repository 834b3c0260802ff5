//! Says that a driver is still compiling: some take minutes, in which nothing else is heard of them.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Until a first word, and between those that follow.
const FIRST: Duration = Duration::from_secs(5);
const NEXT: Duration = Duration::from_secs(30);

/// Speaks from time to time until it is dropped.
pub(super) struct Watch {
    /// Its end is what the other thread waits for.
    _end: mpsc::Sender<()>,
}

impl Watch {
    /// Over the driver of an adapter.
    pub(super) fn over(adapter: &str) -> Self {
        Self::speaking(FIRST, NEXT, {
            let adapter = adapter.to_string();
            move |so_far| {
                tracing::warn!(
                    "the driver of {adapter} has been compiling for {} s; long texts take some minutes. Ctrl-C stops it; the \
                     CPU engine compiles nothing",
                    so_far.as_secs()
                );
            }
        })
    }

    fn speaking(first: Duration, next: Duration, say: impl Fn(Duration) + Send + 'static) -> Self {
        let (end, ended) = mpsc::channel::<()>();
        let since = Instant::now();
        let watch = move || {
            let mut pause = first;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                say(since.elapsed());
                pause = next;
            }
        };
        // Without another thread it is silent.
        let _ = thread::Builder::new().name("plusminus watch".into()).spawn(watch);
        Watch { _end: end }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn it_speaks_while_it_lives() {
        let count = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&count);
        let tick = Duration::from_millis(5);
        let watch = Watch::speaking(tick, tick, move |_| {
            heard.fetch_add(1, Ordering::SeqCst);
        });
        while count.load(Ordering::SeqCst) < 3 {
            thread::yield_now();
        }
        drop(watch);
        thread::sleep(20 * tick);
        let after = count.load(Ordering::SeqCst);
        thread::sleep(20 * tick);
        assert_eq!(count.load(Ordering::SeqCst), after);
    }
}
