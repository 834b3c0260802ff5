//! What is known of a descent on its way.

use serde::{Deserialize, Serialize};

use crate::optimize::Trace;

/// What is known of a descent on its way, and needed at its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::job) struct DescentRecord {
    pub(super) rows: Vec<ValueRow>,
    pub(super) trace: Trace,
}

/// The values of all points before a step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct ValueRow {
    /// Steps made before.
    pub(super) step: usize,
    /// Points that still descend.
    pub(super) points: usize,
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) greatest: f64,
}

impl ValueRow {
    pub(super) fn new(step: usize, values: &[f64]) -> Option<Self> {
        let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (least, greatest) = (*values.first()?, *values.last()?);
        Some(ValueRow { step, points: values.len(), least, median: values[values.len() / 2], greatest })
    }

    pub(super) fn cells(&self) -> Vec<Option<f64>> {
        let ValueRow { step, points, least, median, greatest } = *self;
        [step as f64, points as f64, least, median, greatest].map(Some).to_vec()
    }
}
