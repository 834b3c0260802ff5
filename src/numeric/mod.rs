//! Numbers: the working precision, its elementary functions, passes over long vectors, sparsity patterns, seeded random numbers.

pub(crate) mod math;
mod names;
pub(crate) mod packed;
mod precision;
mod random;
mod real;
mod sparsity;
pub(crate) mod special;
pub(crate) mod vector;
pub(crate) mod waves;
pub(crate) mod work;

pub use names::UnknownName;
pub(crate) use names::named;
#[cfg(feature = "cli")]
pub(crate) use names::nearest;
#[cfg(feature = "cli")]
pub use packed::Packed;
pub use precision::Precision;
pub(crate) use precision::power_of_two;
pub(crate) use random::SplitMix64;
pub use real::Real;
pub use sparsity::Sparsity;
pub use work::count_operations;
