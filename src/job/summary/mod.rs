//! What a job came to, in short: `summary.json`, and a few lines for people (`text`).

mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use super::how::How;
use super::model::Evaluation;
use super::sweep::SweepSummary;
use crate::numeric::Precision;

/// What a job came to. Its `Display` is a few lines for people.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "there is one of them in a job")]
pub enum Summary {
    /// A network was trained.
    Training(TrainingSummary),
    /// Points descended.
    Descent(DescentSummary),
    /// Points descended by many settings.
    Sweep(SweepSummary),
}

/// What a training came to.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingSummary {
    /// The job's name.
    pub name: String,
    /// Device, precision, differences.
    #[serde(flatten)]
    pub how: How,
    /// The widths of the network.
    pub network: String,
    /// Parameters of the network.
    pub parameters: usize,
    /// Training samples.
    pub train_samples: usize,
    /// Held-out samples.
    pub test_samples: usize,
    /// What the data brought up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Steps made.
    pub steps: usize,
    /// Evaluations of the minibatch loss that the gradients took.
    pub evaluations: u64,
    /// Why the descent stopped.
    pub outcome: String,
    /// Mean loss over the training samples at the end; none if it is not finite, which the outcome says.
    pub train_loss: Option<f64>,
    /// Mean loss over the held-out samples at the end; none if there are none, or it is not finite.
    pub test_loss: Option<f64>,
    /// Share of the training samples classified right at the end; none if the targets are values.
    pub train_accuracy: Option<f64>,
    /// Share of the held-out samples classified right at the end; none if the targets are values.
    pub test_accuracy: Option<f64>,
    /// Of target values, over the training samples: 1 - (mean square error)/(their variance).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_r2: Option<f64>,
    /// The same over the held-out samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_r2: Option<f64>,
    /// How good the network is on the held-out samples, or where there are none, on the training samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Steps made before the lowest loss over the training samples, of those after epochs and at the end: `best_parameters.npz` is from
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_step: Option<usize>,
    /// That loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_train_loss: Option<f64>,
    /// Wall-clock seconds of the descent, those before an interruption included.
    pub seconds: f64,
    /// Of several at once, each; above stands the best one, by the loss over the training samples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trainings: Vec<TrainingRow>,
    /// The index of the best one among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<usize>,
    /// Of a sweep, its table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepSummary>,
    /// The files that were written.
    pub files: Vec<String>,
}

/// One of several trainings.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingRow {
    /// The seed of its starting parameters.
    pub seed: u64,
    /// Its learning rate.
    pub rate: f64,
    /// Of a sweep: its update rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Of a sweep: the step h, as it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Steps made.
    pub steps: usize,
    /// Why its descent stopped.
    pub outcome: String,
    /// As in [`TrainingSummary`].
    pub train_loss: Option<f64>,
    /// As in [`TrainingSummary`].
    pub test_loss: Option<f64>,
    /// As in [`TrainingSummary`].
    pub train_accuracy: Option<f64>,
    /// As in [`TrainingSummary`].
    pub test_accuracy: Option<f64>,
    /// As in [`TrainingSummary`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_r2: Option<f64>,
    /// As in [`TrainingSummary`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_r2: Option<f64>,
}

/// What a descent came to.
#[derive(Clone, Debug, Serialize)]
pub struct DescentSummary {
    /// The job's name.
    pub name: String,
    /// The objective's name.
    pub objective: String,
    /// Device, precision, differences.
    #[serde(flatten)]
    pub how: How,
    /// Coordinates of a point.
    pub dimension: usize,
    /// Terms of the objective.
    pub terms: usize,
    /// Points that descended.
    pub points: usize,
    /// Points that diverged.
    pub diverged: usize,
    /// How many points came to which end.
    pub outcomes: BTreeMap<String, usize>,
    /// Points at which f is higher at the end than at the start.
    pub worse: usize,
    /// The least value that was seen, and where; none if no value is finite.
    pub best: Option<Best>,
    /// Values of the objective in the quotients of all gradients.
    pub evaluations: u64,
    /// Wall-clock seconds of the descent.
    pub seconds: f64,
    /// The files that were written.
    pub files: Vec<String>,
}

/// The least value that was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Best {
    /// Its index.
    pub point: usize,
    /// The value there.
    pub value: f64,
    /// Steps made before it.
    pub steps: usize,
    /// Why its descent stopped.
    pub outcome: String,
    /// Its coordinates.
    pub x: Vec<f64>,
}

impl Summary {
    /// Says which files were written.
    pub(super) fn set_files(&mut self, files: Vec<String>) {
        match self {
            Summary::Training(summary) => summary.files = files,
            Summary::Descent(summary) => summary.files = files,
            Summary::Sweep(summary) => summary.files = files,
        }
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        match self {
            Summary::Training(summary) => &summary.name,
            Summary::Descent(summary) => &summary.name,
            Summary::Sweep(summary) => &summary.name,
        }
    }

    /// The working precision, with whose digits numbers are written.
    pub fn precision(&self) -> Precision {
        match self {
            Summary::Training(summary) => summary.how.precision,
            Summary::Descent(summary) => summary.how.precision,
            Summary::Sweep(summary) => summary.how.precision,
        }
    }
}
