//! Tables and curves of a training.

use crate::job::progress::EpochMetrics;
use crate::job::results::{Line, Panel, Style, Table};
use crate::job::summary::TrainingRow;

pub(super) fn epoch_table(epochs: &[EpochMetrics]) -> Table {
    let has_values = epochs.iter().any(|row| row.train_r2.is_some());
    let row = |m: &EpochMetrics| {
        let (epoch, step) = (m.epoch as f64, m.step as f64);
        let (train, test) =
            if has_values { (m.train_r2, m.test_r2) } else { (m.train_accuracy, m.test_accuracy) };
        vec![Some(epoch), Some(step), Some(m.train_loss), m.test_loss, train, test, Some(m.seconds)]
    };
    Table {
        name: "epochs",
        columns: match has_values {
            true => &["epoch", "step", "train_loss", "test_loss", "train_r2", "test_r2", "seconds"],
            false => {
                &["epoch", "step", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "seconds"]
            }
        },
        rows: epochs.iter().map(row).collect(),
    }
}

pub(super) fn training_table(trainings: &[TrainingRow]) -> Table {
    let has_values = trainings.iter().any(|row| row.train_r2.is_some());
    let row = |row: &TrainingRow| {
        let (seed, steps) = (Some(row.seed as f64), Some(row.steps as f64));
        let (train, test) =
            if has_values { (row.train_r2, row.test_r2) } else { (row.train_accuracy, row.test_accuracy) };
        vec![seed, Some(row.rate), steps, row.train_loss, row.test_loss, train, test]
    };
    Table {
        name: "trainings",
        columns: match has_values {
            true => &["seed", "rate", "steps", "train_loss", "test_loss", "train_r2", "test_r2"],
            false => &["seed", "rate", "steps", "train_loss", "test_loss", "train_accuracy", "test_accuracy"],
        },
        rows: trainings.iter().map(row).collect(),
    }
}

pub(super) fn loss_table(losses: &[(usize, f64)]) -> Table {
    let rows = losses.iter().map(|&(step, loss)| vec![Some(step as f64), Some(loss)]).collect();
    Table { name: "loss", columns: &["step", "loss"], rows }
}

/// The losses and, for classes, the accuracies.
pub(super) fn panels(epochs: &[EpochMetrics], losses: &[(usize, f64)]) -> Vec<Panel> {
    let line = |name, style, of: fn(&EpochMetrics) -> Option<f64>| Line {
        name,
        style,
        points: epochs.iter().filter_map(|row| Some((row.step as f64, of(row)?))).collect(),
    };
    let batches = losses.iter().map(|&(step, loss)| (step as f64, loss)).collect();
    let lines = vec![
        Line { name: "minibatch", style: Style::Faint, points: batches },
        line("training", Style::Main, |row| Some(row.train_loss)),
        line("held out", Style::Second, |row| row.test_loss),
    ];
    let lines: Vec<Line> = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
    let largest = lines.iter().flat_map(|line| &line.points).fold(0.0, |most: f64, (_, y)| most.max(*y));
    let range = 0.0..1.05 * largest.max(f64::MIN_POSITIVE);
    let mut panels = vec![Panel { what: "loss", is_log: false, range, rises: false, lines }];
    if epochs.iter().any(|row| row.train_accuracy.is_some()) {
        let lines = vec![
            line("training", Style::Main, |row| row.train_accuracy),
            line("held out", Style::Second, |row| row.test_accuracy),
        ];
        let lines = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
        panels.push(Panel { what: "accuracy", is_log: false, range: 0.0..1.0, rises: true, lines });
    }
    panels
}
