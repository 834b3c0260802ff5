//! Headless runs: a TOML file in, a folder of results out.
//!
//! A [`Job`] (`config`) is read once and checked; [`run`] trains or descends, and hands what came of it (`results`) to every
//! report: arrays, tables, curves, a summary (`report`, one implementation a format). What was trained is a [`Model`], which predicts.

mod checkpoint;
mod config;
mod descent;
mod folder;
mod how;
mod journal;
mod model;
mod parts;
mod plan;
mod progress;
mod ranks;
mod report;
mod results;
mod run;
mod samples;
mod stage;
mod status;
mod summary;
mod sweep;
#[cfg(all(test, feature = "gpu"))]
mod tests;
mod training;
mod validate;

pub use config::{
    Balanced, CheckpointConfig, ClassWeights, Columns, CsvConfig, DataConfig, DescentConfig, GradientConfig,
    IdxConfig, InitialConfig, Job, LayerConfig, Missing, NetworkConfig, NpyConfig, NpzConfig,
    ObjectiveConfig, Preparation, Scale, Setting, Several, Shuffle, SpreadConfig, StartConfig, SweepConfig,
    Task, TestConfig, TestFile, schema,
};
pub use folder::{RunOptions, RunState};
pub use how::How;
pub use model::{ClassFigure, ClassFigures, Evaluation, Model, ModelSamples, ValueFigure};
pub use parts::{JobPart, merge, run_part};
pub use plan::Plan;
pub use progress::{EpochMetrics, Progress};
pub use run::{Finished, Run, plan, run, run_by, run_with};
pub use status::{RunStatus, Standing, status};
pub use summary::{Best, DescentSummary, Summary, TrainingRow, TrainingSummary};
pub use sweep::{HeatCell, Sweep, SweepRow, SweepSummary, heat};
pub use validate::validate;
