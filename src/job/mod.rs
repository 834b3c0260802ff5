//! Headless runs: a TOML file in, a folder of results out.

mod config;
mod descent;
mod objective;
mod plot;
mod report;
mod run;
mod source;

pub use config::{
    DataConfig, DescentConfig, GradientConfig, InitialConfig, Job, JobConfig, LayerConfig, NetworkConfig,
    TestConfig,
};
pub use descent::{Descended, DescentJob, DescentSummary, StartConfig, StepsConfig, descend};
pub use objective::ObjectiveConfig;
pub use report::{EpochMetrics, Summary};
pub use run::{Finished, Progress, run};
