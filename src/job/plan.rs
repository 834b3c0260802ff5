//! What a job would take, before it is run.

use std::fmt;

use serde::Serialize;

use super::how::How;

/// What a job would do and take. Its `Display` is a few lines for people.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// What would run, on what.
    pub title: String,
    /// Steps, of all descents that go one after the other.
    pub steps: usize,
    /// Bytes of memory, about: data, points and what update rules keep; not what a device or the evaluation takes.
    pub memory: u64,
    /// Bytes of results on the disk, at most, about.
    pub disk: u64,
    /// Bytes of the two checkpoints that are kept on the way, about.
    pub checkpoints: u64,
    /// Where and how.
    #[serde(flatten)]
    pub how: How,
}

/// How large it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Numbers of the data.
    pub(super) data: usize,
    pub(super) points: usize,
    /// Coordinates of a point.
    pub(super) n: usize,
    /// Numbers that the update rule keeps for each coordinate.
    pub(super) state: usize,
    /// Numbers of the ways that are recorded for pictures.
    pub(super) ways: usize,
    /// Reports, each a line of a table and of the metrics.
    pub(super) reports: usize,
}

/// Copies of all points that a descent has at hand: points, starts, those before, the best, values of gradients, and their like in a
/// record.
const COPIES: usize = 8;

/// Copies in a checkpoint.
const KEPT: usize = 6;

/// Copies in files of results: two sets, each as npz and as safetensors; a descent has three arrays.
const WRITTEN: usize = 4;

/// Bytes of a report, in both files, and of all pictures with the page, about.
const REPORT: usize = 200;
const PICTURES: usize = 1 << 20;

impl Plan {
    pub(super) fn new(title: &str, steps: usize, how: &How, size: Size) -> Self {
        let Size { data, points, n, state, ways, reports } = size;
        let each = points.saturating_mul(n).saturating_mul(8);
        let bytes = |copies: usize| each.saturating_mul(copies) as u64;
        Plan {
            title: title.into(),
            steps,
            memory: (data.saturating_add(ways).saturating_mul(8) as u64)
                .saturating_add(bytes(COPIES + 2 * state)),
            disk: bytes(WRITTEN).saturating_add((reports.saturating_mul(REPORT) + PICTURES) as u64),
            checkpoints: bytes(2 * (KEPT + state)).saturating_add(ways.saturating_mul(16) as u64),
            how: how.clone(),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        writeln!(f, "{} steps", self.steps)?;
        let [memory, disk, checkpoints] = [self.memory, self.disk, self.checkpoints].map(size);
        writeln!(
            f,
            "about {memory} of memory for data and points, {disk} of results, {checkpoints} of checkpoints on the way"
        )
    }
}

/// In a unit that people read.
fn size(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let power = (bytes.max(1).ilog2() / 10).min(4);
    format!("{:.1} {}", bytes as f64 / 1024f64.powi(power as i32), units[power as usize])
}
