//! What a running job tells.

use serde::{Deserialize, Serialize};

/// What a running job tells.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// Something about the data that one may want to know.
    Note(&'a str),
    /// It is about to begin.
    Begin {
        /// Steps to come.
        steps: usize,
        /// What runs where, in a line.
        title: &'a str,
    },
    /// A step was made.
    Step {
        /// Steps made.
        step: usize,
        /// Before the step, if it was evaluated: the loss of the minibatch, or the least value of all points.
        loss: Option<f64>,
    },
    /// An epoch ended.
    Epoch(&'a EpochMetrics),
}

/// How the network stood at the end of an epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Epochs done.
    pub epoch: usize,
    /// Steps done.
    pub step: usize,
    /// Mean loss over the training samples.
    pub train_loss: f64,
    /// Mean loss over the test samples; none if there are none.
    pub test_loss: Option<f64>,
    /// Share of training samples classified right; none if the targets are values.
    pub train_accuracy: Option<f64>,
    /// Share of test samples classified right; none if the targets are values.
    pub test_accuracy: Option<f64>,
    /// Of target values, over the training samples: 1 - (mean square error)/(their variance); none of classes.
    pub train_r2: Option<f64>,
    /// The same over the test samples.
    pub test_r2: Option<f64>,
    /// Seconds since the start of the descent.
    pub seconds: f64,
}
