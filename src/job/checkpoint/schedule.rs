//! When a checkpoint is due.

use std::time::{Duration, Instant};

use crate::job::config::CheckpointConfig;
use crate::optimize::Moment;

/// When a checkpoint is due: by steps, by a clock that does not jump, when the work is interrupted, and after it if it took long.
#[derive(Debug)]
pub(in crate::job) struct Schedule {
    steps: usize,
    every: Option<Duration>,
    last: (usize, Instant),
    /// After an interruption nothing more is kept.
    is_over: bool,
}

/// Work that is not worth a checkpoint at its end: it is done again in no time.
const SHORT: Duration = Duration::from_secs(1);

impl Schedule {
    /// From so many steps on.
    pub(in crate::job) fn new(config: CheckpointConfig, step: usize) -> Self {
        Schedule {
            steps: config.steps.unwrap_or(usize::MAX),
            every: Duration::try_from_secs_f64(config.every_seconds()).ok(),
            last: (step, Instant::now()),
            is_over: false,
        }
    }

    /// Whether one is due; then the next is counted from here.
    pub(in crate::job) fn is_due(&mut self, step: usize, moment: Moment) -> bool {
        let (last, then) = self.last;
        let passed = then.elapsed();
        let is_due = !self.is_over
            && match moment {
                // Kept in memory, not on the disk.
                Moment::Leaving => return true,
                Moment::Interrupted => true,
                // The state that was resumed is there already.
                Moment::Failed => step > last,
                Moment::Ended => passed > SHORT || step - last >= self.steps,
                Moment::Between => {
                    step - last >= self.steps || self.every.is_some_and(|every| passed >= every)
                }
            };
        if is_due {
            self.last = (step, Instant::now());
            self.is_over = moment == Moment::Interrupted;
        }
        is_due
    }
}
