//! When a descent may end before all its steps are made.

use clap::Args;
use plusminus::Stopping;

/// Tolerances and patience.
#[derive(Args)]
#[command(next_help_heading = "Stopping")]
pub struct StoppingArgs {
    /// A point is done where no component of its gradient is larger than this, or than its error bar (0: the bars alone)
    #[arg(long, value_name = "G", allow_hyphen_values = true)]
    gradient_tolerance: Option<f64>,

    /// A point is done where f has changed by no more than this part of itself since it was looked at last
    #[arg(long, value_name = "PART", allow_hyphen_values = true)]
    value_tolerance: Option<f64>,

    /// A point is done where the last step was no longer than this part of the point
    #[arg(long, value_name = "PART", allow_hyphen_values = true)]
    step_tolerance: Option<f64>,

    /// A point is done that has had no lower value for so many steps
    #[arg(long, value_name = "STEPS")]
    patience: Option<usize>,

    /// Steps between two looks at tolerances and patience
    #[arg(long, value_name = "STEPS", default_value_t = Stopping::default().every)]
    look_every: usize,
}

impl StoppingArgs {
    pub fn stopping(&self) -> Stopping {
        Stopping {
            gradient: self.gradient_tolerance,
            value: self.value_tolerance,
            step: self.step_tolerance,
            patience: self.patience,
            every: self.look_every,
        }
    }
}
