//! Gradients of anything that can be evaluated, from f(x+h) and f(x-h).
#![warn(missing_docs)]

mod cpu;
pub mod data;
mod descent;
mod device;
mod error;
mod gpu;
mod gradient;
pub mod job;
mod math;
mod objective;
mod plan;
mod precision;
mod random;
mod scheme;
mod step;

pub use descent::{Descent, GradientDescent, Minibatches, Outcome, StepReport};
pub use device::{DeviceChoice, Engine};
pub use error::{Error, Result};
pub use gpu::{AdapterInfo, AdapterKind, ProbeReport, adapters, probe};
pub use gradient::{Difference, Evaluator, Gradient};
pub use objective::network::ParameterView;
pub use objective::{
    Activation, Architecture, Closure, Layer, Loss, Matrix, Network, Objective, Quadratic, Reduction,
    Samples, Selection, Targets, Terms, Wgsl,
};
pub use precision::{Precision, Real};
pub use random::SplitMix64;
pub use scheme::Scheme;
pub use step::{Perturbation, Step};
