//! Descents: update rules, the loop, minibatches; and why each point stopped.

mod batches;
mod descent;
mod gradient_descent;
mod outcome;
mod update;
mod walk;

pub use batches::Minibatches;
pub use descent::{Descent, DescentResult, StepReport};
pub use gradient_descent::GradientDescent;
pub use outcome::Outcome;
pub use update::{DeviceUpdate, Update};
