//! Numbers: the working precision, its elementary functions, passes over long vectors, seeded random numbers.

pub(crate) mod math;
mod precision;
mod random;
mod real;
pub(crate) mod vector;

pub use precision::{Precision, UnknownName};
pub(crate) use random::SplitMix64;
pub use real::Real;
