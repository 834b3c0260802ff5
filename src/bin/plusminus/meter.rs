//! How far long work is: a bar on a terminal, elsewhere a line every few seconds.

use std::time::{Duration, Instant, SystemTime};

use indicatif::ProgressBar;

use crate::terminal::Terminal;

/// Between two lines where there is no bar.
const EVERY: Duration = Duration::from_secs(5);

/// Lines of results that are all shown; of more, one every few seconds.
const FIRST: usize = 20;

/// Counts steps for whoever looks.
pub struct Meter {
    bar: ProgressBar,
    steps: usize,
    began: Instant,
    told: Instant,
    results: usize,
}

impl Meter {
    pub fn new(steps: usize, terminal: &Terminal) -> Self {
        let now = Instant::now();
        Meter { bar: terminal.bar(steps, "steps"), steps, began: now, told: now, results: 0 }
    }

    /// So many steps are made; `what` says what they have led to.
    pub fn step(&mut self, step: usize, what: Option<String>, terminal: &Terminal) {
        self.bar.set_position(step as u64);
        let what = what.map_or(String::new(), |what| format!(", {what}"));
        if self.bar.is_hidden() {
            if self.is_due() {
                let seconds = self.began.elapsed().as_secs();
                let now = plusminus::data::time_stamp(SystemTime::now());
                terminal.note(&format!("{now} step {step} of {}{what}, {seconds} s", self.steps));
            }
        } else if !what.is_empty() {
            self.bar.set_message(what);
        }
    }

    /// A line of results, above the bar if there is one.
    pub fn result(&mut self, line: &str, terminal: &Terminal) {
        self.results += 1;
        if self.results <= FIRST || self.is_due() {
            self.told = Instant::now();
            terminal.above(Some(&self.bar), line);
        }
    }

    fn is_due(&mut self) -> bool {
        let is_due = self.told.elapsed() >= EVERY;
        if is_due {
            self.told = Instant::now();
        }
        is_due
    }

    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
