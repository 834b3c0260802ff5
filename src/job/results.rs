//! What a job hands to its reports: plain data, whatever the job.

use ndarray::ArrayD;

use super::summary::Summary;
use crate::optimize::Outcome;
use crate::plot::Picture;

/// What came of a job.
pub(super) struct Results {
    /// The arrays' file, without an extension.
    pub(super) arrays_name: &'static str,
    pub(super) arrays: Vec<(String, ArrayD<f64>)>,
    /// Other files, by their names.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) tables: Vec<Table>,
    /// By their names, without an extension.
    pub(super) pictures: Vec<(&'static str, Picture)>,
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
