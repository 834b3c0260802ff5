//! What a run tells while it goes on, in its folder: numbers as lines of JSON, and sentences with the time.

use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

use super::folder::{LOG, METRICS};
use super::progress::EpochMetrics;
use crate::error::{Error, FileAction, Result};

/// Between two lines of the log that only say that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Two open files, each line of which is there at once.
#[derive(Debug)]
pub(super) struct Journal {
    metrics: File,
    log: File,
    beat: Instant,
    /// The first line that could not be written: what comes of the run does not hang on it.
    problem: Option<std::io::Error>,
}

/// A line of `metrics.jsonl`.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    /// After an epoch.
    Epoch(&'a EpochMetrics),
    /// Before a step.
    Step { step: usize, seconds: f64, loss: f64 },
}

impl Journal {
    /// Opens both; of the metrics, the first bytes are kept.
    pub(super) fn open(folder: &Path, kept: u64) -> Result<Self> {
        let open = |name: &str| {
            let path = folder.join(name);
            // Who opens a pipe may wait for ever.
            if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
                return Err(Error::usage(format!("{} is no file: move it away", path.display())));
            }
            let file = OpenOptions::new().create(true).append(true).open(&path);
            file.map_err(|source| Error::file(path, FileAction::Write, source))
        };
        let metrics = open(METRICS)?;
        metrics
            .set_len(kept)
            .map_err(|source| Error::file(folder.join(METRICS), FileAction::Write, source))?;
        Ok(Journal { metrics, log: open(LOG)?, beat: Instant::now(), problem: None })
    }

    /// Bytes of the metrics so far.
    pub(super) fn length(&mut self) -> u64 {
        self.metrics.stream_position().unwrap_or(0).max(self.metrics.metadata().map_or(0, |file| file.len()))
    }

    pub(super) fn epoch(&mut self, metrics: &EpochMetrics) {
        self.line(&Line::Epoch(metrics));
    }

    /// The loss, or the least value, before a step.
    pub(super) fn step(&mut self, step: usize, loss: Option<f64>, seconds: f64) {
        if let Some(loss) = loss {
            self.line(&Line::Step { step, seconds, loss });
        }
        if self.beat.elapsed() >= HEARTBEAT {
            self.say(&format!("step {step}"));
        }
    }

    fn line(&mut self, line: &Line<'_>) {
        let Ok(mut text) = serde_json::to_string(line) else { return };
        text.push('\n');
        let written = self.metrics.write_all(text.as_bytes());
        self.note(written);
    }

    /// A line of the log.
    pub(super) fn say(&mut self, text: &str) {
        self.beat = Instant::now();
        let now = crate::data::time_stamp(SystemTime::now());
        let written = self.log.write_all(format!("{now} {text}\n").as_bytes());
        self.note(written);
    }

    fn note(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            self.problem.get_or_insert(error);
        }
    }

    /// What could not be written, once.
    pub(super) fn problem(&mut self) -> Option<std::io::Error> {
        self.problem.take()
    }
}
