//! What a job came to, in short: `summary.json`, and a few lines for people.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::data::number;
use crate::difference::{Difference, Method, Scheme};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// Where differences were taken, and which. Its `Display` is a phrase.
#[derive(Clone, Debug, Serialize)]
pub struct How {
    /// The device's name.
    pub device: String,
    /// The working precision.
    pub precision: Precision,
    /// Where differences came from: `direct` or `incremental`.
    pub difference: Method,
    /// The quotient.
    pub scheme: Scheme,
    /// Its order.
    pub order: usize,
    /// The step, as it is asked for.
    pub step_rule: String,
}

impl How {
    /// Of an evaluator and what it has made of the difference asked for ([`Evaluator::resolve`]).
    pub fn new(evaluator: &Evaluator<'_>, resolved: &Difference) -> Self {
        How {
            device: evaluator.device(),
            precision: evaluator.precision(),
            difference: resolved.method,
            scheme: resolved.scheme,
            order: resolved.effective_order(),
            step_rule: resolved.step.map_or_else(String::new, |step| step.to_string()),
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let How { device, precision, difference, scheme, order, step_rule } = self;
        write!(f, "on {device} in {precision}: {difference} {scheme} differences")?;
        if *order != scheme.order() {
            write!(f, " of order {order}")?;
        }
        write!(f, ", step {step_rule}")
    }
}

/// What a job came to. Its `Display` is a few lines for people.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Summary {
    /// A network was trained.
    Training(TrainingSummary),
    /// Points descended.
    Descent(DescentSummary),
}

/// What a training came to.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingSummary {
    /// The job's name.
    pub name: String,
    /// Device, precision, differences.
    #[serde(flatten)]
    pub how: How,
    /// The widths of the network.
    pub network: String,
    /// Parameters of the network.
    pub parameters: usize,
    /// Training samples.
    pub train_samples: usize,
    /// Held-out samples.
    pub test_samples: usize,
    /// Steps made.
    pub steps: usize,
    /// Evaluations of the minibatch loss that the gradients took.
    pub evaluations: u64,
    /// Why the descent stopped.
    pub outcome: String,
    /// Mean loss over the training samples at the end; none if it is not finite, which the outcome says.
    pub train_loss: Option<f64>,
    /// Mean loss over the held-out samples at the end; none if it is not finite.
    pub test_loss: Option<f64>,
    /// Share of the training samples classified right at the end; none if the targets are values.
    pub train_accuracy: Option<f64>,
    /// Share of the held-out samples classified right at the end; none if the targets are values.
    pub test_accuracy: Option<f64>,
    /// Wall-clock seconds of the descent.
    pub seconds: f64,
    /// Of several at once, each; above stands the best one, by the loss over the training samples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trainings: Vec<TrainingRow>,
    /// The index of the best one among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<usize>,
}

/// One of several trainings.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingRow {
    /// The seed of its starting parameters.
    pub seed: u64,
    /// Its learning rate.
    pub rate: f64,
    /// Steps made.
    pub steps: usize,
    /// Why its descent stopped.
    pub outcome: String,
    /// As in [`TrainingSummary`].
    pub train_loss: Option<f64>,
    /// As in [`TrainingSummary`].
    pub test_loss: Option<f64>,
    /// As in [`TrainingSummary`].
    pub train_accuracy: Option<f64>,
    /// As in [`TrainingSummary`].
    pub test_accuracy: Option<f64>,
}

/// What a descent came to.
#[derive(Clone, Debug, Serialize)]
pub struct DescentSummary {
    /// The job's name.
    pub name: String,
    /// The objective's name.
    pub objective: String,
    /// Device, precision, differences.
    #[serde(flatten)]
    pub how: How,
    /// Coordinates of a point.
    pub dimension: usize,
    /// Terms of the objective.
    pub terms: usize,
    /// Points that descended.
    pub points: usize,
    /// Points that diverged.
    pub diverged: usize,
    /// How many points came to which end.
    pub outcomes: BTreeMap<String, usize>,
    /// Points at which f is higher at the end than at the start.
    pub worse: usize,
    /// The least value that was seen, and where; none if no value is finite.
    pub best: Option<Best>,
    /// Values of the objective in the quotients of all gradients.
    pub evaluations: u64,
    /// Wall-clock seconds of the descent.
    pub seconds: f64,
}

/// The least value that was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Best {
    /// Its index.
    pub point: usize,
    /// The value there.
    pub value: f64,
    /// Steps made before it.
    pub steps: usize,
    /// Why its descent stopped.
    pub outcome: String,
    /// Its coordinates.
    pub x: Vec<f64>,
}

impl Summary {
    /// The working precision, with whose digits numbers are written.
    pub fn precision(&self) -> Precision {
        match self {
            Summary::Training(summary) => summary.how.precision,
            Summary::Descent(summary) => summary.how.precision,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Summary::Training(summary) => summary.fmt(f),
            Summary::Descent(summary) => summary.fmt(f),
        }
    }
}

impl fmt::Display for TrainingSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let How { device, precision, difference, .. } = &self.how;
        let counted = match difference {
            Method::Incremental => "differences of the minibatch loss, by increments,",
            _ => "evaluations of the minibatch loss",
        };
        writeln!(f, "{}: {}", self.name, self.outcome)?;
        writeln!(f, "{} {counted} in {:.1} s on {device} in {precision}", self.evaluations, self.seconds)?;
        if !self.trainings.is_empty() {
            writeln!(f, "{} trainings at once:", self.trainings.len())?;
            for (i, row) in self.trainings.iter().enumerate() {
                let TrainingRow { seed, rate, outcome, .. } = row;
                let losses = format!("loss {} (held-out {})", Loss(row.train_loss), Loss(row.test_loss));
                let share = |share: Option<f64>| share.map_or(String::new(), |share| format!("{share:.4}"));
                let accuracy = match row.test_accuracy {
                    Some(_) => {
                        format!(", accuracy {} ({})", share(row.train_accuracy), share(row.test_accuracy))
                    }
                    None => String::new(),
                };
                let mark = if Some(i) == self.best { "*" } else { " " };
                writeln!(f, "{mark} seed {seed}, rate {rate}: {losses}{accuracy}; {outcome}")?;
            }
            writeln!(f, "the best by its training loss (*), whose parameters and curves are written:")?;
        }
        let parts = [
            ("training", self.train_loss, self.train_accuracy),
            ("held-out", self.test_loss, self.test_accuracy),
        ];
        for (part, loss, accuracy) in parts {
            writeln!(f, "{part} loss {}, accuracy {}", Loss(loss), Accuracy(accuracy))?;
        }
        Ok(())
    }
}

impl fmt::Display for DescentSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let How { device, precision, .. } = &self.how;
        writeln!(f, "{}: {} from {} points", self.name, self.objective, self.points)?;
        writeln!(f, "{} evaluations in {:.1} s on {device} in {precision}", self.evaluations, self.seconds)?;
        if let Some(Best { point, value, steps, outcome, x }) = &self.best {
            let coordinates: Vec<String> = x.iter().take(12).map(|&x| number(x, *precision)).collect();
            let more = if x.len() > coordinates.len() { ", …" } else { "" };
            let value = number(*value, *precision);
            writeln!(
                f,
                "least value {value} of point {point}, after {steps} steps: ({}{more})",
                coordinates.join(", ")
            )?;
            writeln!(f, "  {outcome}")?;
        }
        if self.points > 1 {
            let mut counts: Vec<(&String, &usize)> = self.outcomes.iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            writeln!(f, "outcomes: {}", counts.join(", "))?;
        }
        if self.worse > 0 {
            let ended = if self.worse == 1 { "1 point".into() } else { format!("{} points", self.worse) };
            writeln!(f, "{ended} ended worse than at the start")?;
        }
        Ok(())
    }
}

/// A loss for people.
pub(super) struct Loss(pub(super) Option<f64>);

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("not finite"),
            Some(loss) if loss < 1e6 => write!(f, "{loss:.4}"),
            Some(loss) => write!(f, "{loss:.4e}"),
        }
    }
}

/// A share of samples for people.
pub(super) struct Accuracy(pub(super) Option<f64>);

impl fmt::Display for Accuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none (targets are values)"),
            Some(share) => write!(f, "{share:.4}"),
        }
    }
}
