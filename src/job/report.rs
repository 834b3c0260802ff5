//! The result files of a job: `parameters.npz`, `epochs.csv`, `loss.csv`, `summary.json` (and `curves.svg`: `plot.rs`).

use std::path::Path;

use serde::Serialize;

use crate::data::{NpzWriter, write_file};
use crate::error::{Error, Result};
use crate::objective::Architecture;

/// How the network stood at the end of an epoch.
#[derive(Clone, Debug, Serialize)]
pub struct EpochMetrics {
    /// Epochs done.
    pub epoch: usize,
    /// Steps done.
    pub step: usize,
    /// Mean loss over the training samples.
    pub train_loss: f64,
    /// Mean loss over the test samples.
    pub test_loss: f64,
    /// Share of training samples classified right; none if the targets are values.
    pub train_accuracy: Option<f64>,
    /// Share of test samples classified right; none if the targets are values.
    pub test_accuracy: Option<f64>,
    /// Seconds since the start of the descent.
    pub seconds: f64,
}

/// The loss of a minibatch.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct LossRow {
    /// Steps made before.
    pub(super) step: usize,
    pub(super) loss: f64,
}

/// What a job came to.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The job's name.
    pub name: String,
    /// The device's name.
    pub device: String,
    /// The working precision.
    pub precision: String,
    /// Where differences came from: `direct` or `incremental`.
    pub difference: String,
    /// The quotient.
    pub scheme: String,
    /// The step.
    pub step: String,
    /// The widths of the network.
    pub network: String,
    /// Parameters of the network.
    pub parameters: usize,
    /// Training samples.
    pub train_samples: usize,
    /// Held-out samples.
    pub test_samples: usize,
    /// Steps made.
    pub steps: usize,
    /// Evaluations of the mini-batch loss that the gradients took.
    pub evaluations: u64,
    /// Why the descent stopped.
    pub outcome: String,
    /// Mean loss over the training samples at the end; none if it is not finite, which the outcome says.
    pub train_loss: Option<f64>,
    /// Mean loss over the held-out samples at the end; none if it is not finite.
    pub test_loss: Option<f64>,
    /// Share of the training samples classified right at the end; none if the targets are values.
    pub train_accuracy: Option<f64>,
    /// Share of the held-out samples classified right at the end; none if the targets are values.
    pub test_accuracy: Option<f64>,
    /// Wall-clock seconds of the descent.
    pub seconds: f64,
}

pub(super) fn parameters(path: &Path, architecture: &Architecture, parameters: &[f64]) -> Result<()> {
    let mut npz = NpzWriter::new();
    for view in architecture.views(parameters)? {
        let array = if view.is_bias {
            view.values.row(0).to_owned().into_dyn()
        } else {
            view.values.to_owned().into_dyn()
        };
        npz.add(&view.name, &array)?;
    }
    write_file(path, &npz.finish()?)
}

pub(super) fn table<R: Serialize>(path: &Path, rows: &[R]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: String| Error::data(path, error);
    for row in rows {
        writer.serialize(row).map_err(|error| failed(error.to_string()))?;
    }
    write_file(path, &writer.into_inner().map_err(|error| failed(error.to_string()))?)
}

pub(super) fn json<R: Serialize>(path: &Path, value: &R) -> Result<()> {
    let mut text =
        serde_json::to_string_pretty(value).map_err(|error| Error::data(path, error.to_string()))?;
    text.push('\n');
    write_file(path, text.as_bytes())
}
