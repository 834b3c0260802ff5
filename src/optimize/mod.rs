//! Descents: update rules, the loop, minibatches; and why each point stopped.

// The tests have argmin as a dependency of their own.
#[cfg(any(feature = "argmin", test))]
mod argmin;
mod batches;
mod descent;
mod ending;
mod gain;
mod kind;
mod lbfgs;
mod least_squares;
mod limits;
mod outcome;
mod rules;
mod run;
mod sentences;
mod starts;
mod state;
mod stopping;
mod stretch;
mod trace;
mod update;
mod walk;

#[cfg(feature = "argmin")]
pub use argmin::ArgminProblem;
pub use batches::Minibatches;
pub use descent::{Descent, DescentResult, StepReport};
pub use gain::Gain;
pub use kind::{PointKind, StationaryPoint};
pub use lbfgs::{Lbfgs, Minimum, MinimumOutcome};
pub use least_squares::{FitStatistics, LeastSquares, LevenbergMarquardt};
#[cfg(feature = "cli")]
pub(crate) use limits::check as check_bounds;
pub use outcome::{Evidence, Outcome};
pub use rules::{
    AdaGrad, Adam, AdamW, Clip, Clipped, GradientDescent, Lion, Momentum, Nesterov, Rate, RmsProp,
    RuleChoice, RuleKind, Schedule, WeightDecay,
};
pub use starts::Sampling;
pub use state::{DescentState, Keeper, Moment};
pub use stopping::Stopping;
pub use trace::{Trace, TracePoint};
pub use update::{DeviceUpdate, Update};
