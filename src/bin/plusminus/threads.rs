//! The threads that the CPU engine computes with.

use plusminus::Error;
use rayon::ThreadPoolBuilder;

/// More are a mistake.
const MOST: usize = 1024;

/// Makes them: as many as asked for, or as the variable says, or as there are cores; fewer where the system allows no more.
///
/// # Errors
/// [`Error::Usage`] for a number out of range.
pub fn start(asked: Option<usize>) -> Result<(), Error> {
    let variable = std::env::var("RAYON_NUM_THREADS").ok().filter(|text| !text.is_empty());
    let (count, by) = match (asked, &variable) {
        (Some(count), _) => (count, format!("--threads {count}")),
        (None, Some(text)) => {
            let by = format!("RAYON_NUM_THREADS={text}");
            let count = text.trim().parse().map_err(|_| refused(&by))?;
            (count, by)
        }
        (None, None) => (0, String::new()),
    };
    if count > MOST || asked == Some(0) {
        return Err(refused(&by));
    }
    // 0 is as many as there are cores.
    let cores = cores();
    let wanted = if count == 0 { cores.min(MOST) } else { count };
    let mut most = wanted;
    // All of them can be made once: it is tried with others before.
    while most > 0 && ThreadPoolBuilder::new().num_threads(most).build().is_err() {
        most /= 2;
    }
    // Where there can be others, this thread is none of them: it may wait for one that waits for them.
    let pool = match most {
        0 => ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global(),
        most => ThreadPoolBuilder::new().num_threads(most).build_global(),
    };
    if most < wanted {
        tracing::warn!("the system allows no {wanted} threads: going on with {}", most.max(1));
    }
    pool.map_err(|error| Error::OutOfMemory {
        device: "this machine".into(),
        bytes: 0,
        what: "a thread to compute with".into(),
        detail: format!("{error}; allow more processes (ulimit -u) or more memory (ulimit -v)"),
    })
}

/// The cores that are this process's: those that it is bound to, but no more than its share of the machine, if a launcher has started others here.
fn cores() -> usize {
    let bound = std::thread::available_parallelism().map_or(1, usize::from);
    match plusminus::team::local() {
        (_, 1) => bound,
        (_, processes) => bound.min((machine().unwrap_or(bound) / processes).max(1)),
    }
}

/// All cores of the machine, where the system tells.
fn machine() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    Some(text.lines().filter(|line| line.starts_with("processor")).count()).filter(|count| *count > 0)
}

fn refused(by: &str) -> Error {
    Error::Usage { message: format!("{by}: it must be a number of threads, from 1 to {MOST}") }
}
