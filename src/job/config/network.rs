//! The network of a training.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::several::Several;
use crate::error::{Error, Result};
use crate::objective::{Activation, Loss};

/// The network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// The layers from the inputs on; the inputs are as many as the data have features.
    #[schemars(length(min = 1))]
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
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerConfig {
    /// Its width.
    #[schemars(range(min = 1))]
    pub units: usize,
    /// Its activation.
    pub activation: Activation,
}

/// Starting parameters: normal weights and zero biases, by `std` and `seed`; or those of a `file`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitialConfig {
    /// Standard deviation of the weights.
    #[schemars(range(min = 0))]
    pub std: Option<f64>,
    /// Seed of the generator, or several: as many networks are trained at once.
    pub seed: Option<Several<u64>>,
    /// Parameters of a network of the same layers: npz or safetensors, or the folder of an earlier run.
    pub file: Option<PathBuf>,
}

impl InitialConfig {
    /// The seeds; of a file one, which does nothing.
    pub(in crate::job) fn seeds(&self) -> Vec<u64> {
        self.seed.as_ref().map_or_else(|| vec![0], |seeds| seeds.0.clone())
    }
}

impl NetworkConfig {
    pub(super) fn check(&self) -> Result<()> {
        let InitialConfig { std, seed, file } = &self.initial;
        if file.is_some() && (std.is_some() || seed.is_some()) {
            return Err(Error::usage("network.initial: give either a file, or std and seed"));
        }
        if file.is_none() && (std.is_none() || seed.is_none()) {
            return Err(Error::usage(
                "network.initial: give std and seed, such as { std = 0.2, seed = 1 }, or the file of earlier parameters",
            ));
        }
        if let Some(std) = std.filter(|std| !(std.is_finite() && *std >= 0.0)) {
            return Err(Error::usage(format!(
                "network.initial.std = {std}: it must be a finite number, 0 or more"
            )));
        }
        if self.layers.is_empty() {
            return Err(Error::usage(
                "network.layers is empty: give at least one, such as { units = 10, activation = \"identity\" }",
            ));
        }
        let last = self.layers.last().map_or(0, |layer| layer.units);
        if self.loss == Loss::SoftmaxCrossEntropy && last == 1 {
            return Err(Error::usage(
                "network.layers: the softmax of one unit is always 1, so nothing can be learnt: give the last layer a unit for each \
                 class; for values, use loss = \"mean-squared-error\"",
            ));
        }
        Ok(())
    }
}
