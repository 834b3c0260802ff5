//! Descents: update rules, the loop, minibatches; and why each point stopped.

mod batches;
mod descent;
mod gain;
mod lbfgs;
mod outcome;
mod rules;
mod stretch;
mod update;
mod walk;

pub use batches::Minibatches;
pub use descent::{Descent, DescentResult, StepReport};
pub use gain::Gain;
pub use lbfgs::{Lbfgs, Minimum, MinimumOutcome};
pub use outcome::Outcome;
pub use rules::{
    AdaGrad, Adam, AdamW, Clip, Clipped, GradientDescent, Lion, Momentum, Nesterov, Rate, RmsProp,
    RuleChoice, RuleKind, Schedule, WeightDecay,
};
pub use update::{DeviceUpdate, Update};
