//! What a training trains: the samples and the network.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::several::Several;
use crate::data::LabelColumn;
use crate::error::{Error, Result};
use crate::objective::{Activation, Loss};

/// Where the samples are. Paths are relative to the job file.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "format", rename_all = "lowercase", deny_unknown_fields)]
pub enum DataConfig {
    /// A table with one label a row.
    Csv {
        /// The file.
        path: PathBuf,
        /// Whether its first line is a header.
        #[serde(default)]
        header: bool,
        /// The label's column.
        #[serde(default)]
        label: LabelColumn,
        /// Features are divided by this.
        #[serde(default = "one")]
        divide_by: f64,
        /// What is held out.
        test: TestConfig,
    },
    /// IDX files, plain or gzipped, with the test samples in files of their own.
    Idx {
        /// Training images.
        images: PathBuf,
        /// Training labels.
        labels: PathBuf,
        /// Test images.
        test_images: PathBuf,
        /// Test labels.
        test_labels: PathBuf,
        /// Features are divided by this.
        #[serde(default = "one")]
        divide_by: f64,
    },
    /// Arrays in a npz file: `inputs` (`[samples, features]`), and `labels` (`[samples]`) or `targets`
    /// (`[samples, outputs]`).
    Npz {
        /// The file.
        path: PathBuf,
        /// Features are divided by this.
        #[serde(default = "one")]
        divide_by: f64,
        /// What is held out.
        test: TestConfig,
    },
}

fn one() -> f64 {
    1.0
}

/// Which samples are held out for testing.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestConfig {
    /// Of every so many samples in the order of the file, the last is held out: 5 holds out the samples 4, 9, 14, …
    /// (counted from 0).
    pub every: usize,
}

/// The network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// The layers from the inputs on; the inputs are as many as the data have features.
    pub layers: Vec<LayerConfig>,
    /// The loss.
    pub loss: Loss,
    /// Whether the layers have biases.
    #[serde(default = "yes")]
    pub biases: bool,
    /// The starting parameters.
    pub initial: InitialConfig,
}

fn yes() -> bool {
    true
}

/// One layer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerConfig {
    /// Its width.
    pub units: usize,
    /// Its activation.
    pub activation: Activation,
}

/// Starting parameters: normal weights, zero biases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialConfig {
    /// Standard deviation of the weights.
    pub std: f64,
    /// Seed of the generator, or several: as many networks are trained at once.
    pub seed: Several<u64>,
}

impl DataConfig {
    pub(super) fn relative_to(&mut self, folder: &Path) {
        let paths = match self {
            DataConfig::Csv { path, .. } | DataConfig::Npz { path, .. } => vec![path],
            DataConfig::Idx { images, labels, test_images, test_labels, .. } => {
                vec![images, labels, test_images, test_labels]
            }
        };
        for path in paths {
            *path = folder.join(&*path);
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let (DataConfig::Csv { divide_by, .. }
        | DataConfig::Idx { divide_by, .. }
        | DataConfig::Npz { divide_by, .. }) = *self;
        if !(divide_by.is_finite() && divide_by != 0.0) {
            return Err(Error::usage(format!(
                "data.divide_by = {divide_by}: it must be a finite number other than 0"
            )));
        }
        if let DataConfig::Csv { test, .. } | DataConfig::Npz { test, .. } = *self
            && test.every < 2
        {
            return Err(Error::usage(format!("data.test.every = {}: it must be at least 2", test.every)));
        }
        Ok(())
    }
}

impl NetworkConfig {
    pub(super) fn check(&self) -> Result<()> {
        let std = self.initial.std;
        if !(std.is_finite() && std >= 0.0) {
            return Err(Error::usage(format!(
                "network.initial.std = {std}: it must be a finite number, 0 or more"
            )));
        }
        if self.layers.is_empty() {
            return Err(Error::usage(
                "network.layers is empty: give at least one, such as { units = 10, activation = \"identity\" }",
            ));
        }
        Ok(())
    }
}
