//! The loop: gradient, update, again; and why it stopped.

mod batches;
mod gradient_descent;
mod outcome;
mod walk;

pub use batches::Minibatches;
pub use gradient_descent::{Descent, GradientDescent, StepReport};
pub use outcome::Outcome;
