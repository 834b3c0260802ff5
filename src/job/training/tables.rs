//! Tables and curves of a training.

use crate::job::progress::EpochMetrics;
use crate::job::results::Table;
use crate::job::summary::TrainingRow;
use crate::plot::{Curves, Line, Panel, Picture, Scaling};

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
pub(super) fn picture(title: String, epochs: &[EpochMetrics], losses: &[(usize, f64)]) -> Picture {
    let line = |name: &str, of: fn(&EpochMetrics) -> Option<f64>| Line {
        name: name.into(),
        is_faint: false,
        points: epochs.iter().filter_map(|row| Some((row.step as f64, of(row)?))).collect(),
    };
    let there =
        |lines: Vec<Line>| lines.into_iter().filter(|line| !line.points.is_empty()).collect::<Vec<_>>();
    let batches = losses.iter().map(|&(step, loss)| (step as f64, loss)).collect();
    let lines = there(vec![
        Line { name: "minibatch".into(), is_faint: true, points: batches },
        line("training", |row| Some(row.train_loss)),
        line("held out", |row| row.test_loss),
    ]);
    let mut panels = vec![Panel::of("steps", "loss", lines)];
    let shares = [
        (
            "accuracy",
            [(|row| row.train_accuracy) as fn(&EpochMetrics) -> Option<f64>, |row| row.test_accuracy],
        ),
        ("R²", [|row| row.train_r2, |row| row.test_r2]),
    ];
    for (name, [train, test]) in shares {
        let lines = there(vec![line("training", train), line("held out", test)]);
        if !lines.is_empty() {
            let mut panel = Panel::with("steps", name, Scaling::Linear, lines);
            // From nothing to all; of R², which may be far below, what there is.
            panel.y.range = panel.y.range.start.clamp(-1.0, 0.0)..1.0;
            panels.push(panel);
        }
    }
    Picture::Curves(Curves { title, panels })
}
