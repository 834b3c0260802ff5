//! Whether values of a job are within their limits, and belong together.

use super::{DescentConfig, Job, Shuffle, Task};
use crate::error::{Error, Result};
use crate::objective::Loss;

impl Job {
    /// Checks the values; [`Job::read`] and [`run`](crate::job::run) do.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the setting, its value and its limits.
    pub fn check(&self) -> Result<()> {
        let name = &self.name;
        let is_plain = |c: char| !(c.is_control() || c == '/' || c == '\\');
        if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(is_plain) {
            return Err(Error::usage(format!(
                "name = {name:?}: it must be a plain folder name of at most 100 bytes"
            )));
        }
        let DescentConfig { ref rate, epochs, steps, batch, block, report_every, stop, .. } = self.descent;
        stop.check().map_err(|error| Error::usage(format!("descent.stop: {error}")))?;
        if let Some(rate) = rate.0.iter().find(|rate| !(rate.is_finite() && **rate > 0.0)) {
            return Err(Error::usage(format!(
                "descent.rate = {rate}: it must be a finite number greater than 0"
            )));
        }
        // How many steps the epochs come to is known with the data.
        self.rules(steps.unwrap_or(usize::MAX >> 1))
            .map_err(|error| Error::usage(format!("descent.rule: {error}")))?;
        for (name, count) in [
            ("epochs", epochs),
            ("steps", steps),
            ("report_every", Some(report_every)),
            ("batch", batch),
            ("block", block),
        ] {
            if count == Some(0) {
                return Err(Error::usage(format!("descent.{name} = 0: it must be at least 1")));
            }
        }
        self.checkpoint.check()?;
        if let Some(sweep) = &self.sweep {
            sweep.check(matches!(self.task, Task::Training { .. }))?;
            if let Some(rate) =
                sweep.rate.iter().flat_map(|rates| &rates.0).find(|rate| !(rate.is_finite() && **rate > 0.0))
            {
                return Err(Error::usage(format!(
                    "sweep.rate has {rate}: each must be a finite number greater than 0"
                )));
            }
            for rule in sweep.rules().iter().flatten() {
                rule.build(1.0, steps.unwrap_or(usize::MAX >> 1))
                    .map_err(|error| Error::usage(format!("sweep.rule: {error}")))?;
            }
            if self.descent.leave_saddles > 0 {
                return Err(Error::usage("descent.leave_saddles does not go with a sweep"));
            }
        }
        match &self.task {
            Task::Training { data, network } => {
                data.check()?;
                network.check()?;
                if data.has_target_values() && network.loss == Loss::SoftmaxCrossEntropy {
                    return Err(Error::usage(
                        "network.loss = \"softmax-cross-entropy\" is a loss of classes, but data gives target values: use \
                         \"mean-squared-error\", or give data.label",
                    ));
                }
                if epochs.is_some() == steps.is_some() {
                    return Err(Error::usage("descent: give either epochs or steps"));
                }
                if self.descent.lower.is_some() || self.descent.upper.is_some() {
                    return Err(Error::usage(
                        "descent: lower and upper are bounds of points; the parameters of a network have none",
                    ));
                }
                if batch.is_none() {
                    return Err(Error::usage(
                        "descent.batch is missing: give the number of samples in a minibatch",
                    ));
                }
                if self.descent.shuffle == Shuffle::Blocks && data.preparation().class_weights.is_some() {
                    return Err(Error::usage(
                        "data.class_weights count samples several times, and descent.shuffle = \"blocks\" has each in one place: give one of them",
                    ));
                }
            }
            Task::Descent { objective, start } => {
                objective.check()?;
                start.check()?;
                if self.descent.shuffle == Shuffle::Blocks {
                    return Err(Error::usage(
                        "descent.shuffle = \"blocks\" is for the training of a network: the terms of an objective are all there",
                    ));
                }
                if epochs.is_some() || steps.is_none() {
                    return Err(Error::usage(
                        "descent: give steps (epochs are for the training of a network)",
                    ));
                }
            }
        }
        Ok(())
    }
}
