//! How points descend.

use clap::Args;
use ndarray::Array2;
use plusminus::{Descent, Error, RuleKind, Update};

use super::rule::RuleArgs;
use super::start::StartArgs;
use super::stopping::StoppingArgs;
use crate::failure::Failure;

/// Learning rates, steps, rule and stopping of a descent.
#[derive(Args)]
#[command(next_help_heading = "Descent")]
pub struct DescentArgs {
    /// The learning rate; several, such as 0.1,1,10, are one for each starting point, or all from the only one
    #[arg(long, allow_hyphen_values = true, value_delimiter = ',', required = true)]
    pub rate: Vec<f64>,

    /// The number of steps
    #[arg(long)]
    pub steps: usize,

    /// Lets a point that came to a saddle point go on along the direction in which f falls, so many times
    #[arg(long, value_name = "TIMES", default_value_t = 0)]
    leave_saddles: usize,

    #[command(flatten)]
    rule: RuleArgs,

    #[command(flatten)]
    stopping: StoppingArgs,
}

/// A rule for each learning rate.
pub type Rules = Vec<Box<dyn Update>>;

impl DescentArgs {
    pub fn rules(&self) -> Result<Rules, Failure> {
        let choice = self.rule.choice();
        let rules: plusminus::Result<Rules> =
            self.rate.iter().map(|&rate| choice.build(rate, self.steps)).collect();
        Ok(rules?)
    }

    /// What goes beyond the rule, in words.
    pub fn told(&self) -> String {
        format!("{:?}, leaves saddle points {} times", self.stopping.stopping(), self.leave_saddles)
    }

    pub fn kind(&self) -> RuleKind {
        self.rule.choice().rule
    }

    /// The starting points, `[batch, n]`: the only one as often as there are learning rates.
    pub fn starts(&self, start: &StartArgs) -> Result<Array2<f64>, Failure> {
        let (start, rates) = (start.read()?, self.rate.len());
        if start.nrows() == 1 && rates > 1 {
            return Ok(Array2::from_shape_fn((rates, start.ncols()), |(_, i)| start[[0, i]]));
        }
        if rates > 1 && rates != start.nrows() {
            return Err(Failure::Work(Error::Usage {
                message: format!(
                    "{rates} learning rates for {} starting points: give one for all, one for each, or one starting point",
                    start.nrows()
                ),
            }));
        }
        Ok(start)
    }

    /// The descent by these rules, within bounds if there are any.
    pub fn descent<'o>(&self, rules: Rules, bounds: Option<(Vec<f64>, Vec<f64>)>) -> Descent<'o> {
        let descent = Descent::with_rules(rules)
            .steps(self.steps)
            .stopping(self.stopping.stopping())
            .leave_saddles(self.leave_saddles);
        match bounds {
            Some((lower, upper)) => descent.bounds(&lower, &upper),
            None => descent,
        }
    }
}
