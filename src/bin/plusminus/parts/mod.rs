//! Work in parts: what each leaves, and how they are put together.

mod args;
mod merge;

use plusminus::job::JobPart;
use serde::{Deserialize, Serialize};

pub use self::args::{ShardArgs, identity, in_words, told};
pub use self::merge::{Args, run};
use crate::descend::DescentPart;
use crate::report::DerivativePart;
use crate::sweep::SweepPart;

/// What a part has found.
#[derive(Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "there are few of them")]
pub enum Body {
    Derivative(DerivativePart),
    Descent(DescentPart),
    Sweep(SweepPart),
    Job(JobPart),
}
