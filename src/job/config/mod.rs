//! What a job file says.

mod check;
mod checkpoint;
mod data;
mod data_file;
mod descent;
mod gradient;
mod job;
mod mistake;
mod network;
mod objective;
mod resolved;
mod schema;
mod settings;
mod several;
mod sweep;
mod test;
mod texts;

pub use checkpoint::CheckpointConfig;
pub use data::{
    Balanced, ClassWeights, Columns, CsvConfig, DataConfig, IdxConfig, Missing, NpyConfig, NpzConfig,
    Preparation, Scale,
};
pub use descent::{DescentConfig, Shuffle};
pub use gradient::GradientConfig;
pub use job::{Job, Task};
pub use network::{InitialConfig, LayerConfig, NetworkConfig};
pub use objective::{ObjectiveConfig, SpreadConfig, StartConfig};
pub(super) use resolved::{block, differences, set_block};
pub use schema::schema;
pub use several::{Setting, Several};
pub use sweep::SweepConfig;
pub use test::{TestConfig, TestFile};
