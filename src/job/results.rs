//! What a job hands to its reports: plain data, whatever the job.

use std::ops::Range;

use ndarray::ArrayD;

use super::summary::Summary;
use crate::optimize::Outcome;

/// What came of a job.
pub(super) struct Results {
    /// Over the curves.
    pub(super) title: String,
    /// The arrays' file, without an extension.
    pub(super) arrays_name: &'static str,
    pub(super) arrays: Vec<(String, ArrayD<f64>)>,
    /// Other files, by their names.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) tables: Vec<Table>,
    /// Side by side.
    pub(super) panels: Vec<Panel>,
    pub(super) summary: Summary,
    /// One a point: why its descent stopped.
    pub(super) outcomes: Vec<Outcome>,
}

/// A table of numbers.
pub(super) struct Table {
    /// Its file, without an extension.
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<Option<f64>>>,
}

/// Lines over the steps.
pub(super) struct Panel {
    /// What the values are.
    pub(super) what: &'static str,
    /// Whether the values are decimal logarithms.
    pub(super) is_log: bool,
    /// The values to show.
    pub(super) range: Range<f64>,
    /// Whether the lines end above, so that the legend goes below.
    pub(super) rises: bool,
    pub(super) lines: Vec<Line>,
}

/// A line of a panel.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) style: Style,
    /// (step, value)
    pub(super) points: Vec<(f64, f64)>,
}

/// How a line looks beside the others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Main,
    Second,
    /// Behind the others, such as what is noisy.
    Faint,
}
