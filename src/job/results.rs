//! What a job hands to its reports: plain data, whatever the job.

use ndarray::ArrayD;

use super::summary::Summary;
use crate::optimize::Outcome;
use crate::plot::Picture;

/// A file of arrays: its name without an extension, and the arrays with theirs.
pub(super) type ArrayFile = (&'static str, Vec<(String, ArrayD<f64>)>);

/// What came of a job.
pub(super) struct Results {
    /// Files of arrays by their names, without an extension; the first has what matters most.
    pub(super) arrays: Vec<ArrayFile>,
    /// The same for files in the format safetensors.
    pub(super) tensors: Vec<ArrayFile>,
    /// Other files, by their names.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) tables: Vec<Table>,
    /// By their names, without an extension.
    pub(super) pictures: Vec<(&'static str, Picture)>,
    pub(super) summary: Summary,
    /// One a point: why its descent stopped.
    pub(super) outcomes: Vec<Outcome>,
    /// Of trainings: what became of the one whose parameters are kept.
    pub(super) kept: Option<Outcome>,
}

impl Results {
    /// Whether nothing that was begun came anywhere.
    pub(super) fn has_failed(&self) -> bool {
        match &self.summary {
            Summary::Sweep(summary) => summary.rows.iter().all(|row| row.failed == row.descents),
            Summary::Training(_) => self.kept.as_ref().is_some_and(Outcome::is_failure),
            Summary::Descent(_) => self.outcomes.iter().all(Outcome::is_failure),
        }
    }

    /// A line of what came of it.
    pub(super) fn headline(&self) -> String {
        let counts = Outcome::counts(&self.outcomes);
        match (&self.summary, &self.kept) {
            (Summary::Training(_), Some(outcome)) => outcome.to_string(),
            (Summary::Sweep(summary), _) => format!("{} settings", summary.rows.len()),
            _ => counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", "),
        }
    }
}

/// A table of numbers.
pub(super) struct Table {
    /// Its file, without an extension.
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<Option<f64>>>,
}
