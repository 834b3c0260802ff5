//! Headless runs: a TOML file in, a folder of results out.
//!
//! A [`Job`] (`config`) is read once and checked; [`run`] trains or descends, and hands what came of it (`results`) to every
//! report: arrays, tables, curves, a summary (`report`, one implementation a format).

mod config;
mod descent;
mod plot;
mod progress;
mod report;
mod results;
mod run;
mod source;
mod summary;
mod training;

pub use config::{
    DataConfig, DescentConfig, GradientConfig, InitialConfig, Job, LayerConfig, NetworkConfig,
    ObjectiveConfig, Setting, Several, SpreadConfig, StartConfig, Task, TestConfig,
};
pub use progress::{EpochMetrics, Progress};
pub use run::{Finished, run};
pub use summary::{Best, DescentSummary, How, Summary, TrainingRow, TrainingSummary};
