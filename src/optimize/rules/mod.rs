//! Update rules, one a file, and what goes with any of them: schedules of the learning rate, clipping, weight decay.
//!
//! Formulas and defaults are those of PyTorch, where a rule's paper leaves a choice. `tests/suite/rules.rs` holds their steps beside
//! those that another library makes.

mod adagrad;
mod adam;
mod adamw;
mod choice;
mod clip;
mod decay;
mod gradient_descent;
mod lion;
mod momentum;
mod nesterov;
mod rmsprop;
mod schedule;

pub use self::adagrad::AdaGrad;
pub use self::adam::Adam;
pub use self::adamw::AdamW;
pub use self::choice::{RuleChoice, RuleKind};
pub use self::clip::{Clip, Clipped};
pub use self::decay::WeightDecay;
pub use self::gradient_descent::GradientDescent;
pub use self::lion::Lion;
pub use self::momentum::Momentum;
pub use self::nesterov::Nesterov;
pub use self::rmsprop::RmsProp;
pub use self::schedule::{Rate, Schedule};
use super::{DeviceUpdate, Update};

/// The rule for devices with a statement before its own, which may read one more number, of this name.
fn before(rule: &impl Update, statement: impl Fn(String) -> String) -> Option<DeviceUpdate> {
    let DeviceUpdate { wgsl, state } = rule.on_device()?;
    let number = format!("k{}", rule.device_numbers(0).len());
    Some(DeviceUpdate::new(format!("{} {wgsl}", statement(number)), state))
}

/// What is wrong with a number that must be at least 0 and below 1.
fn share_fault(name: &str, value: f64) -> Option<String> {
    let is_share = (0.0..1.0).contains(&value);
    (!is_share).then(|| format!("{name} = {value}: it must be at least 0 and below 1"))
}

/// What is wrong with a number that must be finite and not negative.
fn size_fault(name: &str, value: f64) -> Option<String> {
    let is_size = value.is_finite() && value >= 0.0;
    (!is_size).then(|| format!("{name} = {value}: it must be finite and not negative"))
}
