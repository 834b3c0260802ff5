//! Which update rule a descent takes.

use clap::Args;
use plusminus::{RuleChoice, RuleKind};

use super::how::named;

/// The update rule and its settings.
#[derive(Args)]
#[command(next_help_heading = "Update rule")]
pub struct RuleArgs {
    /// How a gradient moves a point. adam, adamw and lion go well with networks and noisy gradients; momentum and nesterov are faster
    /// than gradient-descent where f is long and narrow
    #[arg(long, default_value_t, value_name = "RULE", value_parser = named::<RuleKind>())]
    rule: RuleKind,

    /// beta of momentum and nesterov [default: 0.9], rho of rmsprop [default: 0.99]
    #[arg(long, value_name = "B", allow_hyphen_values = true)]
    beta: Option<f64>,

    /// beta1 and beta2 of adam and adamw [default: 0.9,0.999], and of lion [default: 0.9,0.99]
    #[arg(long, value_name = "B1,B2", value_parser = pair)]
    betas: Option<[f64; 2]>,

    /// What is added to the root of adagrad [default: 1e-10], rmsprop, adam and adamw [default: 1e-8]
    #[arg(long, value_name = "E", allow_hyphen_values = true)]
    epsilon: Option<f64>,

    /// Weight decay: of adamw [default: 0.01] and lion [default: 0] their own, of other rules lambda·x is added to the gradient
    #[arg(long, value_name = "LAMBDA", allow_hyphen_values = true)]
    decay: Option<f64>,

    /// Makes gradients shorter whose norm is above this
    #[arg(long, value_name = "NORM", conflicts_with = "clip_value", allow_hyphen_values = true)]
    clip_norm: Option<f64>,

    /// Cuts components of gradients to this in absolute value
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    clip_value: Option<f64>,

    /// How the learning rate changes: constant, step:EVERY:FACTOR, exponential:FACTOR, cosine, cosine:LEAST (a part of it) or
    /// one-cycle; the last three over all --steps
    #[arg(long, value_name = "SCHEDULE")]
    schedule: Option<String>,

    /// Steps in which the learning rate rises, before the schedule begins
    #[arg(long, value_name = "STEPS")]
    warm_up: Option<usize>,
}

impl RuleArgs {
    pub fn choice(&self) -> RuleChoice {
        RuleChoice {
            rule: self.rule,
            beta: self.beta,
            betas: self.betas,
            epsilon: self.epsilon,
            decay: self.decay,
            clip_norm: self.clip_norm,
            clip_value: self.clip_value,
            schedule: self.schedule.clone(),
            warm_up: self.warm_up,
        }
    }
}

fn pair(text: &str) -> Result<[f64; 2], String> {
    let numbers: Vec<f64> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match numbers[..] {
        [first, second] if text.matches(',').count() == 1 => Ok([first, second]),
        _ => Err("write two numbers, such as 0.9,0.999".into()),
    }
}
