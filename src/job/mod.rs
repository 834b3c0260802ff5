//! Headless runs: a TOML file in, a folder of results out.
//!
//! A [`Job`] (`config`) is read once and checked; [`run`] trains or descends, and hands what came of it (`results`) to every
//! report: arrays, tables, curves, a summary (`report`, one implementation a format). What was trained is a [`Model`], which predicts.

mod config;
mod descent;
mod how;
mod model;
mod progress;
mod report;
mod results;
mod run;
mod samples;
mod summary;
mod sweep;
mod training;

pub use config::{
    Balanced, ClassWeights, Columns, CsvConfig, DataConfig, DescentConfig, GradientConfig, IdxConfig,
    InitialConfig, Job, LayerConfig, Missing, NetworkConfig, NpzConfig, ObjectiveConfig, Preparation, Scale,
    Setting, Several, SpreadConfig, StartConfig, SweepConfig, Task, TestConfig, TestFile,
};
pub use how::How;
pub use model::{ClassFigure, ClassFigures, Evaluation, Model, ModelSamples, ValueFigure};
pub use progress::{EpochMetrics, Progress};
pub use run::{Finished, run, run_until};
pub use summary::{Best, DescentSummary, Summary, TrainingRow, TrainingSummary};
pub use sweep::{HeatCell, Sweep, SweepRow, SweepSummary, heat};
