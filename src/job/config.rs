//! What a job file says.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::descent::DescentJob;
use crate::data::LabelColumn;
use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::gradient::{Difference, Method};
use crate::objective::{Activation, Loss};
use crate::precision::Precision;
use crate::scheme::Scheme;
use crate::step::Step;

/// A job: a network trained on data by numerical gradients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobConfig {
    /// Names the result folder.
    pub name: String,
    /// `auto`, `cpu`, `gpu`, or part of an adapter's name.
    #[serde(default = "auto")]
    pub device: String,
    /// `f32` or `f64`; without it, as the device prefers.
    pub precision: Option<Precision>,
    /// The samples.
    pub data: DataConfig,
    /// The network.
    pub network: NetworkConfig,
    /// The difference quotients.
    #[serde(default)]
    pub gradient: GradientConfig,
    /// The descent.
    pub descent: DescentConfig,
}

pub(super) fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| !(c.is_control() || c == '/' || c == '\\');
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(plain) {
        return Err(Error::usage(format!(
            "name = {name:?}: it must be a plain folder name of at most 100 bytes"
        )));
    }
    Ok(())
}

pub(super) fn auto() -> String {
    DeviceChoice::Auto.to_string()
}

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
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialConfig {
    /// Standard deviation of the weights.
    pub std: f64,
    /// Seed of the generator.
    pub seed: u64,
}

/// The difference quotients.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientConfig {
    /// Where differences come from: `direct`, `incremental` or `auto`.
    #[serde(default)]
    pub difference: Method,
    /// `forward`, `backward` or `central`.
    #[serde(default)]
    pub scheme: Scheme,
    /// The order of the quotient: 1, 2, 4, 6 or 8; without it, the scheme's own.
    pub order: Option<usize>,
    /// A number, or text such as `relative:2^-8` or `auto`; without it, as scheme, precision and difference prefer.
    pub step: Option<StepConfig>,
}

impl GradientConfig {
    pub(super) fn resolve(&self) -> Result<Difference> {
        let step = match &self.step {
            None => None,
            Some(StepConfig::Number(h)) => Some(Step::fixed(*h)?),
            Some(StepConfig::Text(text)) => Some(text.parse()?),
        };
        Ok(Difference { scheme: self.scheme, order: self.order, step, method: self.difference })
    }
}

/// A step as a number or as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a number such as 1e-4, or text such as \"relative:2^-8\"")]
pub enum StepConfig {
    /// A fixed step.
    Number(f64),
    /// Text that [`Step`] reads.
    Text(String),
}

/// The descent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescentConfig {
    /// The learning rate.
    pub rate: f64,
    /// Passes over the training samples; or give `steps`.
    pub epochs: Option<usize>,
    /// Steps; or give `epochs`.
    pub steps: Option<usize>,
    /// Samples in a minibatch.
    pub batch: usize,
    /// Seed of the shuffles.
    #[serde(default)]
    pub seed: u64,
    /// Steps between two reports of the loss.
    #[serde(default = "ten")]
    pub report_every: usize,
}

fn ten() -> usize {
    10
}

/// What a job file asks for.
#[derive(Clone, Debug)]
pub enum Job {
    /// A file with `[network]` and `[data]`: a network is trained.
    Training(Box<JobConfig>),
    /// A file with `[objective]` and `[start]`: points descend.
    Descent(Box<DescentJob>),
}

impl Job {
    /// Reads and checks a job file; paths in it are made relative to its folder.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read; [`Error::Data`], with line and column, for wrong TOML, unknown or
    /// missing settings, values out of range.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::file(path, "read", source))?;
        let wrong = |error: toml::de::Error| Error::data(path, format!("\n{error}"));
        let folder = path.parent().unwrap_or(Path::new(""));
        let table: toml::Table = toml::from_str(&text).map_err(wrong)?;
        let (job, checked) = if table.contains_key("objective") {
            let mut job: DescentJob = toml::from_str(&text).map_err(wrong)?;
            job.relative_to(folder);
            let checked = job.check();
            (Job::Descent(Box::new(job)), checked)
        } else {
            let mut job: JobConfig = toml::from_str(&text).map_err(wrong)?;
            job.relative_to(folder);
            let checked = job.check();
            (Job::Training(Box::new(job)), checked)
        };
        checked.map_err(|error| Error::data(path, error.to_string()))?;
        Ok(job)
    }
}

impl JobConfig {
    fn relative_to(&mut self, folder: &Path) {
        let paths = match &mut self.data {
            DataConfig::Csv { path, .. } | DataConfig::Npz { path, .. } => vec![path],
            DataConfig::Idx { images, labels, test_images, test_labels, .. } => {
                vec![images, labels, test_images, test_labels]
            }
        };
        for path in paths {
            *path = folder.join(&*path);
        }
    }

    /// Checks the values; [`Job::read`] and [`run`](super::run) do.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the setting, its value and its limits.
    pub fn check(&self) -> Result<()> {
        let usage = |message: String| Err(Error::usage(message));
        check_name(&self.name)?;
        let (DataConfig::Csv { divide_by, .. }
        | DataConfig::Idx { divide_by, .. }
        | DataConfig::Npz { divide_by, .. }) = self.data;
        if !(divide_by.is_finite() && divide_by != 0.0) {
            return usage(format!("data.divide_by = {divide_by}: it must be a finite number other than 0"));
        }
        if let DataConfig::Csv { test, .. } | DataConfig::Npz { test, .. } = self.data
            && test.every < 2
        {
            return usage(format!("data.test.every = {}: it must be at least 2", test.every));
        }
        let std = self.network.initial.std;
        if !(std.is_finite() && std >= 0.0) {
            return usage(format!("network.initial.std = {std}: it must be a finite number, 0 or more"));
        }
        if self.network.layers.is_empty() {
            return usage("network.layers is empty: give at least one, such as { units = 10, activation = \"identity\" }".into());
        }
        let DescentConfig { rate, epochs, steps, report_every, .. } = self.descent;
        if !(rate.is_finite() && rate > 0.0) {
            return usage(format!("descent.rate = {rate}: it must be a finite number greater than 0"));
        }
        if epochs.is_some() == steps.is_some() {
            return usage("descent: give either epochs or steps".into());
        }
        if epochs == Some(0) || steps == Some(0) || report_every == 0 {
            return usage("descent: epochs, steps and report_every must be at least 1".into());
        }
        self.difference()?;
        Ok(())
    }

    /// The quotients asked for.
    ///
    /// # Errors
    /// [`Error::Step`] or [`Error::Usage`] for a step that is none.
    pub fn difference(&self) -> Result<Difference> {
        self.gradient.resolve()
    }
}
