//! What a job came to, in short: `summary.json`, and a few lines for people.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::model::Evaluation;
use super::sweep::SweepSummary;
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
#[allow(clippy::large_enum_variant, reason = "there is one of them in a job")]
pub enum Summary {
    /// A network was trained.
    Training(TrainingSummary),
    /// Points descended.
    Descent(DescentSummary),
    /// Points descended by many settings.
    Sweep(SweepSummary),
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
    /// What the data brought up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Steps made.
    pub steps: usize,
    /// Evaluations of the minibatch loss that the gradients took.
    pub evaluations: u64,
    /// Why the descent stopped.
    pub outcome: String,
    /// Mean loss over the training samples at the end; none if it is not finite, which the outcome says.
    pub train_loss: Option<f64>,
    /// Mean loss over the held-out samples at the end; none if there are none, or it is not finite.
    pub test_loss: Option<f64>,
    /// Share of the training samples classified right at the end; none if the targets are values.
    pub train_accuracy: Option<f64>,
    /// Share of the held-out samples classified right at the end; none if the targets are values.
    pub test_accuracy: Option<f64>,
    /// Of target values, over the training samples: 1 - (mean square error)/(their variance).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_r2: Option<f64>,
    /// The same over the held-out samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_r2: Option<f64>,
    /// How good the network is on the held-out samples, or where there are none, on the training samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Wall-clock seconds of the descent.
    pub seconds: f64,
    /// Of several at once, each; above stands the best one, by the loss over the training samples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trainings: Vec<TrainingRow>,
    /// The index of the best one among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<usize>,
    /// Of a sweep, its table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepSummary>,
}

/// One of several trainings.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingRow {
    /// The seed of its starting parameters.
    pub seed: u64,
    /// Its learning rate.
    pub rate: f64,
    /// Of a sweep: its update rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Of a sweep: the step h, as it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
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
    /// As in [`TrainingSummary`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_r2: Option<f64>,
    /// As in [`TrainingSummary`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_r2: Option<f64>,
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
            Summary::Sweep(summary) => summary.how.precision,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Summary::Training(summary) => summary.fmt(f),
            Summary::Descent(summary) => summary.fmt(f),
            Summary::Sweep(summary) => summary.fmt(f),
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
        if let Some(sweep) = &self.sweep {
            sweep.fmt(f)?;
            writeln!(f, "the best of all by its training loss, whose parameters and curves are written:")?;
        } else if !self.trainings.is_empty() {
            writeln!(f, "{} trainings at once:", self.trainings.len())?;
            for (i, row) in self.trainings.iter().enumerate() {
                let TrainingRow { seed, rate, outcome, .. } = row;
                let scores = Scores {
                    train: (row.train_loss, row.train_accuracy, row.train_r2),
                    test: (row.test_loss, row.test_accuracy, row.test_r2),
                };
                let mark = if Some(i) == self.best { "*" } else { " " };
                writeln!(f, "{mark} seed {seed}, rate {rate}: {scores}; {outcome}")?;
            }
            writeln!(f, "the best by its training loss (*), whose parameters and curves are written:")?;
        }
        let parts = [
            ("training", true, self.train_loss, self.train_accuracy, self.train_r2),
            ("held-out", self.test_samples > 0, self.test_loss, self.test_accuracy, self.test_r2),
        ];
        for (part, is_there, loss, accuracy, r2) in parts {
            if is_there {
                writeln!(f, "{part} loss {}{}", Loss(loss), Share(accuracy, r2))?;
            }
        }
        if let Some(verdict) = self.evaluation.as_ref().and_then(|evaluation| evaluation.verdict.as_ref()) {
            let part = if self.test_samples > 0 { "held-out" } else { "training" };
            writeln!(f, "on the {part} samples it is {verdict}")?;
        }
        Ok(())
    }
}

/// Loss, and accuracy or R², on the training and the held-out samples.
struct Scores {
    train: (Option<f64>, Option<f64>, Option<f64>),
    test: (Option<f64>, Option<f64>, Option<f64>),
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scores { train, test } = self;
        write!(f, "loss {}{}", Loss(train.0), Share(train.1, train.2))?;
        match test.0 {
            Some(loss) => write!(f, " (held-out {}{})", Loss(Some(loss)), Share(test.1, test.2)),
            None => Ok(()),
        }
    }
}

/// An accuracy or an R², after a loss.
struct Share(Option<f64>, Option<f64>);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(accuracy), _) => write!(f, ", accuracy {accuracy:.4}"),
            (None, Some(r2)) => write!(f, ", R² {r2:.4}"),
            (None, None) => Ok(()),
        }
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
