//! How often a job's work is kept on its way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How often a job's work is kept on its way, so that what ends it early loses little. By default every minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckpointConfig {
    /// After so many steps.
    #[schemars(range(min = 1))]
    pub steps: Option<usize>,
    /// After so many seconds; without it 60, unless `steps` are given.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub seconds: Option<f64>,
}

/// Seconds between two checkpoints, if nothing else is asked for.
const SECONDS: f64 = 60.0;

impl CheckpointConfig {
    /// Seconds between two; infinite if steps alone count.
    pub fn every_seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.steps.is_some() { f64::INFINITY } else { SECONDS })
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.steps == Some(0) {
            return Err(Error::usage("checkpoint.steps = 0: it must be at least 1"));
        }
        if let Some(seconds) = self.seconds.filter(|seconds| seconds.is_nan() || *seconds <= 0.0) {
            return Err(Error::usage(format!(
                "checkpoint.seconds = {seconds}: it must be a number greater than 0"
            )));
        }
        Ok(())
    }
}
