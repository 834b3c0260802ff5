//! What a job file says.

mod checkpoint;
mod data;
mod data_file;
mod mistake;
mod network;
mod objective;
mod resolved;
mod schema;
mod settings;
mod several;
mod sweep;
mod test;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

pub use checkpoint::CheckpointConfig;
pub use data::{
    Balanced, ClassWeights, Columns, CsvConfig, DataConfig, IdxConfig, Missing, NpzConfig, Preparation, Scale,
};
pub use network::{InitialConfig, LayerConfig, NetworkConfig};
pub use objective::{ObjectiveConfig, SpreadConfig, StartConfig};
pub(super) use resolved::differences;
pub use schema::schema;
pub use several::{Setting, Several};
pub use sweep::SweepConfig;
pub use test::{TestConfig, TestFile};

use crate::difference::{Difference, Method, Scheme, Step};
use crate::error::{Error, Result};
use crate::evaluator::DeviceChoice;
use crate::numeric::Precision;
use crate::objective::Loss;
use crate::optimize::{RuleChoice, RuleKind, Stopping, Update};
use crate::text::read_text;

/// A job: what to do, where, and how.
#[derive(Clone, Debug)]
pub struct Job {
    /// Names the result folder.
    pub name: String,
    /// The device.
    pub device: DeviceChoice,
    /// `f32` or `f64`; without it, as the device prefers.
    pub precision: Option<Precision>,
    /// The difference quotients.
    pub gradient: GradientConfig,
    /// The steps.
    pub descent: DescentConfig,
    /// What is swept over, if anything.
    pub sweep: Option<SweepConfig>,
    /// How often the work is kept on its way.
    pub checkpoint: CheckpointConfig,
    /// What is done.
    pub task: Task,
}

/// What a job does.
#[derive(Clone, Debug)]
pub enum Task {
    /// A file with `[data]` and `[network]`: a network is trained.
    Training {
        /// The samples.
        data: DataConfig,
        /// The network.
        network: NetworkConfig,
    },
    /// A file with `[objective]` and `[start]`: points descend.
    Descent {
        /// What is descended.
        objective: ObjectiveConfig,
        /// Where from.
        start: StartConfig,
    },
}

/// The file as it stands: whether its sections belong together is seen once all are read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobFile {
    /// Names the folder of results.
    name: String,
    /// auto, cpu, gpu, part of an adapter's name, adapter:0 or pci:3b:00.0
    #[serde(default, deserialize_with = "from_text")]
    #[schemars(with = "Option<String>")]
    device: DeviceChoice,
    /// f32 or f64; without it f64, on a GPU that is asked for f32.
    precision: Option<Precision>,
    /// Of a training: the samples.
    #[schemars(with = "Option<data_file::DataSection>")]
    data: Option<DataConfig>,
    /// Of a training: the network.
    network: Option<NetworkConfig>,
    /// Of a descent: what is descended.
    objective: Option<ObjectiveConfig>,
    /// Of a descent: where from.
    start: Option<StartConfig>,
    /// The difference quotients.
    #[serde(default)]
    gradient: GradientConfig,
    /// The steps.
    descent: DescentConfig,
    /// What is swept over, if anything.
    sweep: Option<SweepConfig>,
    /// How often the work is kept on its way.
    #[serde(default)]
    checkpoint: CheckpointConfig,
}

/// The difference quotients.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
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
    #[serde(default, deserialize_with = "step", serialize_with = "as_text_if_any")]
    #[schemars(with = "Option<schema::NumberOrText>")]
    pub step: Option<Step>,
}

impl GradientConfig {
    /// The quotients asked for.
    pub fn difference(&self) -> Difference {
        Difference::default()
            .with_method(self.difference)
            .with_scheme(self.scheme)
            .with_order(self.order)
            .with_step(self.step)
    }
}

/// The steps of a descent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescentConfig {
    /// The learning rate, or several. A training goes by each of them at once; of a descent each point has its own, or the one point
    /// that there is goes by each.
    pub rate: Several<f64>,
    /// The update rule: its name, or a table with its name and its settings.
    #[serde(default, deserialize_with = "rule")]
    #[schemars(with = "Option<schema::Rule>")]
    pub rule: RuleChoice,
    /// Lower bounds of the coordinates.
    pub lower: Option<Vec<f64>>,
    /// Upper bounds of the coordinates.
    pub upper: Option<Vec<f64>>,
    /// How many times a point that came to a saddle point goes on.
    #[serde(default)]
    pub leave_saddles: usize,
    /// When a point is done before all steps are made.
    #[serde(default)]
    pub stop: Stopping,
    /// Steps to make.
    #[schemars(range(min = 1))]
    pub steps: Option<usize>,
    /// Instead of steps, in a training: passes over the training samples.
    #[schemars(range(min = 1))]
    pub epochs: Option<usize>,
    /// Samples, or terms of the objective, in a minibatch. A training needs it; without it, each step of a descent takes all
    /// terms.
    #[schemars(range(min = 1))]
    pub batch: Option<usize>,
    /// Seed of the shuffles of minibatches.
    #[serde(default)]
    pub seed: u64,
    /// Steps between two reports of the loss or the values.
    #[serde(default = "ten")]
    #[schemars(range(min = 1))]
    pub report_every: usize,
}

fn ten() -> usize {
    10
}

impl Job {
    /// Reads and checks a job file; paths in it are made relative to its folder.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read; [`Error::Data`], with line and column, for wrong TOML and unknown or missing
    /// settings, and for values out of range.
    pub fn read(path: &Path) -> Result<Self> {
        Job::read_with(path, &[])
    }

    /// The same, with settings that come before those of the file: `key=value`, the key with its sections (`descent.rate`), the value
    /// in TOML; what is no TOML is a text.
    ///
    /// # Errors
    /// As [`Job::read`], and [`Error::Usage`] for a setting without a key or a value.
    pub fn read_with(path: &Path, settings: &[String]) -> Result<Self> {
        let text = read_text(path)?;
        let wrong = |error: toml::de::Error| Error::data(path, mistake::told(&text, &error));
        let file: JobFile = if settings.is_empty() {
            toml::from_str(&text).map_err(wrong)?
        } else {
            let table = toml::from_str(&text).map_err(wrong)?;
            let table = settings.iter().try_fold(table, settings::set)?;
            table.try_into().map_err(|error: toml::de::Error| {
                let said = mistake::in_words(error.message());
                Error::data(path, format!("with --set {}: {said}", settings.join(" --set ")))
            })?
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let job = Job::new(file, folder).and_then(|job| job.check().map(|()| job));
        job.map_err(|error| Error::data(path, error.to_string()))
    }

    fn new(file: JobFile, folder: &Path) -> Result<Self> {
        let JobFile {
            name,
            device,
            precision,
            data,
            network,
            objective,
            start,
            gradient,
            descent,
            sweep,
            checkpoint,
        } = file;
        let task = match (data, network, objective, start) {
            (Some(mut data), Some(mut network), None, None) => {
                data.relative_to(folder);
                network.initial.file.iter_mut().for_each(|file| *file = folder.join(&*file));
                Task::Training { data, network }
            }
            (None, None, Some(mut objective), Some(mut start)) => {
                objective.relative_to(folder);
                start.relative_to(folder);
                Task::Descent { objective, start }
            }
            (data, network, objective, start) => {
                let sections = [
                    ("[data]", data.is_some()),
                    ("[network]", network.is_some()),
                    ("[objective]", objective.is_some()),
                    ("[start]", start.is_some()),
                ];
                let there: Vec<&str> =
                    sections.iter().filter_map(|&(name, is_there)| is_there.then_some(name)).collect();
                let there = if there.is_empty() { "none of them".into() } else { there.join(" and ") };
                return Err(Error::usage(format!(
                    "a job has either the sections [data] and [network] (a training) or [objective] and [start] (a \
                     descent), but this file has {there}"
                )));
            }
        };
        Ok(Job { name, device, precision, gradient, descent, sweep, checkpoint, task })
    }

    /// The files that it reads.
    pub(super) fn inputs(&self) -> Vec<PathBuf> {
        let within = |path: &PathBuf, name: &str| if path.is_dir() { path.join(name) } else { path.clone() };
        match &self.task {
            Task::Training { data, network } => {
                let mut paths: Vec<PathBuf> = data.paths().into_iter().map(PathBuf::from).collect();
                paths.extend(network.initial.file.iter().map(|file| within(file, "parameters.npz")));
                paths
            }
            Task::Descent { objective, start } => {
                let files = objective.quadratic.iter().chain(&objective.wgsl).chain(&objective.data).cloned();
                files.chain(start.file.iter().map(|file| within(file, "points.npz"))).collect()
            }
        }
    }

    /// The update rules, one a learning rate, in a descent of so many steps.
    pub(super) fn rules(&self, steps: usize) -> Result<Vec<Box<dyn Update>>> {
        self.descent.rate.0.iter().map(|&rate| self.descent.rule.build(rate, steps)).collect()
    }

    /// Checks the values; [`Job::read`] and [`run`](super::run) do.
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
        let DescentConfig { ref rate, epochs, steps, batch, report_every, stop, .. } = self.descent;
        stop.check().map_err(|error| Error::usage(format!("descent.stop: {error}")))?;
        if let Some(rate) = rate.0.iter().find(|rate| !(rate.is_finite() && **rate > 0.0)) {
            return Err(Error::usage(format!(
                "descent.rate = {rate}: it must be a finite number greater than 0"
            )));
        }
        // How many steps the epochs come to is known with the data.
        self.rules(steps.unwrap_or(usize::MAX >> 1))
            .map_err(|error| Error::usage(format!("descent.rule: {error}")))?;
        if epochs == Some(0) || steps == Some(0) || report_every == 0 {
            return Err(Error::usage("descent: epochs, steps and report_every must be at least 1"));
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
            }
            Task::Descent { objective, start } => {
                objective.check()?;
                start.check()?;
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

/// What reads itself from text, such as a device.
fn from_text<'de, T: FromStr<Err: fmt::Display>, D: Deserializer<'de>>(
    from: D,
) -> std::result::Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(de::Error::custom)
}

/// What is written as it is read: as text.
fn as_text_if_any<T: fmt::Display, S: Serializer>(
    value: &Option<T>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}

/// An update rule, by its name alone or with its settings.
fn rule<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<RuleChoice, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = RuleChoice;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a rule such as \"adam\", or a table such as { name = \"adam\", betas = [0.9, 0.99] }")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<RuleChoice, E> {
            let rule = text.parse::<RuleKind>().map_err(E::custom)?;
            Ok(RuleChoice { rule, ..RuleChoice::default() })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<RuleChoice, A::Error> {
            RuleChoice::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }

    from.deserialize_any(Either)
}

/// A step, as a number or as text.
fn step<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Step>, D::Error> {
    struct Either;

    impl Visitor<'_> for Either {
        type Value = Step;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number such as 1e-4, or text such as \"relative:2^-8\"")
        }

        fn visit_f64<E: de::Error>(self, h: f64) -> std::result::Result<Step, E> {
            Step::fixed(h).map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, h: i64) -> std::result::Result<Step, E> {
            self.visit_f64(h as f64)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Step, E> {
            text.parse::<Step>().map_err(E::custom)
        }
    }

    from.deserialize_any(Either).map(Some)
}
