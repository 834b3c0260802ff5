//! Headless runs: a TOML file in, a folder of results out.

mod config;
mod plot;
mod report;
mod run;
mod source;

pub use config::{
    DataConfig, DescentConfig, GradientConfig, InitialConfig, JobConfig, LayerConfig, NetworkConfig,
    TestConfig,
};
pub use report::{EpochMetrics, Summary};
pub use run::{Finished, Progress, run};
