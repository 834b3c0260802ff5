//! Arguments that several commands share.

mod descent;
mod how;
mod objective;
mod points;
mod rule;
mod spread;
mod start;
mod stopping;

pub use descent::DescentArgs;
pub use how::{BoundArgs, DEVICE, DeviceArgs, DifferenceArgs, FormatArgs, OutputArgs, named};
pub use objective::{ObjectiveArgs, named_number, named_numbers};
pub use points::{Point, PointArgs, directions};
pub use spread::{Region, SpreadArgs};
pub use start::{Parameters, StartArgs};
pub use stopping::StoppingArgs;

use crate::parts::ShardArgs;

/// What every derivative takes, whichever it is.
#[derive(clap::Args)]
pub struct DerivativeArgs {
    #[command(flatten)]
    pub points: PointArgs,

    #[command(flatten)]
    pub difference: DifferenceArgs,

    #[command(flatten)]
    pub bounds: BoundArgs,

    #[command(flatten)]
    pub device: DeviceArgs,

    #[command(flatten)]
    pub shard: ShardArgs,

    #[command(flatten)]
    pub output: OutputArgs,
}
