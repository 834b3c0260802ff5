//! A job as its file says it.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::texts::from_text;
use super::{
    CheckpointConfig, DataConfig, DescentConfig, GradientConfig, NetworkConfig, ObjectiveConfig, StartConfig,
    SweepConfig, data_file, mistake, settings,
};
use crate::error::{Error, Result};
use crate::evaluator::DeviceChoice;
use crate::numeric::Precision;
use crate::optimize::Update;
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
pub(super) struct JobFile {
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

impl Job {
    /// Reads and checks a job file; paths in it are made relative to its folder.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read; [`Error::Data`], with line and column, for wrong TOML and unknown or missing
    /// settings, and for values out of range.
    pub fn read(path: &Path) -> Result<Self> {
        Job::read_with(path, &[])
    }

    /// A job that was resolved.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is none.
    pub(in crate::job) fn from_table(table: toml::Table) -> Result<Self> {
        let file: JobFile = table.try_into().map_err(|error: toml::de::Error| {
            Error::usage(format!("the job of the parts cannot be read: {}", error.message()))
        })?;
        let job = Job::new(file, Path::new(""))?;
        job.check().map(|()| job)
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
        job.map_err(|error| {
            let message = error.to_string();
            // What a setting has said stands in no line.
            let told = if settings.is_empty() { mistake::told_of_value(&text, &message) } else { message };
            Error::data(path, told)
        })
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
    pub(in crate::job) fn inputs(&self) -> Vec<PathBuf> {
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
    pub(in crate::job) fn rules(&self, steps: usize) -> Result<Vec<Box<dyn Update>>> {
        self.descent.rate.0.iter().map(|&rate| self.descent.rule.build(rate, steps)).collect()
    }
}
