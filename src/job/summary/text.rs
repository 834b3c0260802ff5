//! Summaries as a few lines for people.

use std::fmt;

use super::{Best, DescentSummary, Summary, TrainingRow, TrainingSummary};
use crate::data::number;
use crate::difference::Method;
use crate::job::how::How;

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
            (None, Some(r2)) if r2.abs() < 1e6 => write!(f, ", R² {r2:.4}"),
            (None, Some(r2)) => write!(f, ", R² {r2:.4e}"),
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
