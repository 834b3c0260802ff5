//! How much work a submission may hold. Watchdogs end what takes seconds, and while it runs the screen may stand still; so what
//! submissions take is timed, and the next ones hold as much as takes a tenth of a second. No count of loops or operations would
//! do: devices differ by a factor of 10,000.

/// What a submission is to take, in seconds: half of what it may.
const SECONDS: f64 = 0.1;

/// Operations of a submission before any was timed, about: what the slowest GPUs (100 GFLOP/s) take a hundredth of a second for,
/// and slower devices a tenth.
const FIRST: u64 = 1 << 30;

/// Bytes of a text for an operation, about.
const BYTES: usize = 8;

/// Seconds that submissions take whatever they hold: less than that tells no more.
const FIXED: f64 = 1e-3;

/// What submissions of a kernel take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Work of the first submission.
    first: u64,
    /// Work done in a second, at least.
    rate: Option<f64>,
}

impl Pace {
    /// Of work that is counted in operations, of which the device does so many in a second.
    pub(super) fn of_operations(rate: f64) -> Self {
        Pace { first: FIRST.min((SECONDS * rate) as u64).max(1), rate: None }
    }

    /// Of work that is counted in turns of loops, or calls, of this text.
    pub(super) fn of_text(rate: f64, text: &str) -> Self {
        let operations = (text.len() / BYTES).max(1) as u64;
        Pace { first: (Self::of_operations(rate).first / operations).max(1), rate: None }
    }

    /// The most work of the next submission, within what limits allow.
    pub(super) fn most(&self, limit: u64) -> u64 {
        let most = self.rate.map_or(self.first, |rate| (SECONDS * rate) as u64);
        most.clamp(1, limit.max(1))
    }

    /// Takes notice of a submission.
    pub(super) fn note(&mut self, work: u64, seconds: f64) {
        let rate = work as f64 / seconds.max(FIXED);
        // A small submission tells that the device is no slower, not that it is no faster.
        let says_all = seconds > 10.0 * FIXED;
        self.rate = Some(match self.rate {
            Some(known) if !says_all => known.max(rate),
            _ => rate,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, Pace};

    /// A device that does so much work in a second, asked for `all`: submissions, and the longest.
    fn run(speed: f64, all: u64) -> (usize, f64) {
        let (mut pace, mut done, mut count, mut longest) = (Pace::of_operations(speed), 0, 0, 0.0f64);
        while done < all {
            let work = pace.most(1 << 34).min(all - done);
            let seconds = 2e-4 + work as f64 / speed;
            pace.note(work, seconds);
            (done, count, longest) = (done + work, count + 1, longest.max(seconds));
        }
        (count, longest)
    }

    #[test]
    fn submissions_take_a_tenth_of_a_second_on_any_device() {
        for speed in [5e8, 1e10, 1e11, 1e13] {
            let all = (10.0 * speed) as u64;
            let (count, longest) = run(speed, all);
            let least = (all >> 34).max(90);
            assert!(longest < 0.2 && count as u64 <= least + 60, "{speed:e}: {count}, {longest} s");
        }
        // A task that fits the first is one.
        assert_eq!(run(2e10, FIRST).0, 1);
        // One of a long text holds less.
        let [short, long] =
            [100, 100_000].map(|bytes| Pace::of_text(1e12, &" ".repeat(bytes)).most(u64::MAX));
        assert!(short / long >= 1000, "{short} {long}");
    }

    #[test]
    fn small_submissions_do_not_slow_down_what_follows() {
        let mut pace = Pace::of_operations(1e12);
        pace.note(1 << 26, 0.05);
        let most = pace.most(u64::MAX);
        pace.note(100, 3e-4);
        assert_eq!(pace.most(u64::MAX), most);
        // One that took long does.
        pace.note(1 << 26, 0.5);
        assert!(pace.most(u64::MAX) < most / 5);
    }
}
