//! Trains a network.

mod networks;
mod tables;

use std::time::Instant;

use ndarray::Array2;

use self::networks::Networks;
use self::tables::{epoch_table, loss_table, panels, training_table};
use super::config::{DataConfig, Job, NetworkConfig};
use super::model::MODEL;
use super::progress::{EpochMetrics, Progress, Stage};
use super::results::Results;
use super::summary::{How, Summary, TrainingRow, TrainingSummary};
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Workload};
use crate::objective::Objective;
use crate::optimize::{Descent, Minibatches};

pub(super) fn run(
    job: &Job,
    data: &DataConfig,
    layers: &NetworkConfig,
    stage: &mut Stage<'_>,
) -> Result<Results> {
    let networks = Networks::new(data, layers)?;
    let Networks { architecture, train, test, notes, .. } = &networks;
    let batch = job.descent.batch.unwrap_or(1);
    let batches = Minibatches::new(train.terms(), batch, job.descent.seed)
        .map_err(|error| Error::usage(format!("descent.batch: {error}")))?;
    let per_epoch = batches.per_epoch();
    let steps = match (job.descent.steps, job.descent.epochs) {
        (Some(steps), _) => steps,
        (None, epochs) => epochs.unwrap_or(0).checked_mul(per_epoch).ok_or_else(|| {
            Error::usage(format!("descent.epochs is too large: {per_epoch} steps an epoch overflow"))
        })?,
    };
    let difference = job.gradient.difference();
    let work = Workload::gradients(steps).with_terms(batch).with_difference(&difference);
    let engine = Engine::open_for(&job.device, job.precision, train, &work)?;
    let mut evaluator = engine.evaluator(train)?;
    let difference = evaluator.resolve(&difference)?;
    let how = How::new(&evaluator, &difference);
    let held_out = test.as_ref().map_or("no".into(), |test| test.terms().to_string());
    let title = format!(
        "{}: network {architecture} ({} parameters), {} training and {held_out} test samples; {how}",
        job.name,
        train.dimension(),
        networks.train_once().terms(),
    );
    notes.iter().for_each(|note| (stage.progress)(Progress::Note(note)));
    stage.begin(steps, &title)?;

    let begin = Instant::now();
    let trainings = trainings(layers, &job.descent.rate.0);
    let starts: Vec<f64> = trainings
        .iter()
        .flat_map(|training| architecture.initial_parameters(layers.initial.std, training.seed))
        .collect();
    let start = Array2::from_shape_vec((trainings.len(), train.dimension()), starts)
        .map_err(|error| Error::usage(error.to_string()))?;
    let rule = |training: &Training| job.descent.rule.build(training.rate, steps);
    // One for all where there is one rate: then a device can take it.
    let own = if job.descent.rate.0.len() == 1 { 1 } else { trainings.len() };
    let rules = trainings[..own].iter().map(rule).collect::<Result<Vec<_>>>()?;
    let mut curves = Curves::new(trainings.len());
    // The table begins where the training does.
    curves.keep(networks.all_metrics(&start, 0, 0, begin)?, stage);
    let mut losses = Vec::new();
    let descended = Descent::with_rules(rules)
        .steps(steps)
        .difference(difference)
        .report_every(job.descent.report_every)
        .stopping(job.descent.stop)
        .points_every(per_epoch)
        .minibatches(batches)
        .observe(|report| {
            if let Some(values) = &report.values {
                losses.push((report.step - 1, values.clone()));
            }
            let finite = report.values.iter().flatten().copied().filter(|loss| loss.is_finite());
            let loss = finite.min_by(f64::total_cmp);
            (stage.progress)(Progress::Step { step: report.step, loss });
            if let Some(points) = report.points {
                let all =
                    networks.all_metrics(&points.to_owned(), report.step / per_epoch, report.step, begin)?;
                curves.keep(all, stage);
            }
            Ok(())
        })
        .run(&mut evaluator, start.view())?;

    let ends = descended.points.rows().into_iter().zip(&descended.outcomes).map(|(point, outcome)| {
        let steps = outcome.steps();
        networks.metrics(&point.to_vec(), steps / per_epoch, steps, begin)
    });
    let ends = ends.collect::<Result<Vec<EpochMetrics>>>()?;
    // By what was trained on: what is held out has no part in the choice.
    let best = (0..ends.len()).min_by(|&a, &b| order(ends[a].train_loss, ends[b].train_loss)).unwrap_or(0);
    let (last, outcome) = (&ends[best], &descended.outcomes[best]);
    let finite = |loss: f64| loss.is_finite().then_some(loss);
    let row = |(i, training): (usize, &Training)| TrainingRow {
        seed: training.seed,
        rate: training.rate,
        steps: descended.outcomes[i].steps(),
        outcome: descended.outcomes[i].to_string(),
        train_loss: finite(ends[i].train_loss),
        test_loss: ends[i].test_loss.and_then(finite),
        train_accuracy: ends[i].train_accuracy,
        test_accuracy: ends[i].test_accuracy,
        train_r2: ends[i].train_r2.and_then(finite),
        test_r2: ends[i].test_r2.and_then(finite),
    };
    let all: Vec<TrainingRow> = trainings.iter().enumerate().map(row).collect();
    let steps = outcome.steps();
    let model = networks.model(data, descended.points.row(best).to_vec())?;
    // What is not finite has no figures, as the outcome says.
    let evaluation = if last.train_loss.is_finite() { networks.evaluate(&model).ok() } else { None };
    let summary = TrainingSummary {
        name: job.name.clone(),
        network: architecture.to_string(),
        parameters: train.dimension(),
        train_samples: networks.train_once().terms(),
        test_samples: test.as_ref().map_or(0, Objective::terms),
        notes: notes.clone(),
        steps,
        evaluations: descended.evaluations,
        outcome: outcome.to_string(),
        train_loss: finite(last.train_loss),
        test_loss: last.test_loss.and_then(finite),
        train_accuracy: last.train_accuracy,
        test_accuracy: last.test_accuracy,
        train_r2: last.train_r2.and_then(finite),
        test_r2: last.test_r2.and_then(finite),
        evaluation,
        seconds: begin.elapsed().as_secs_f64(),
        best: (all.len() > 1).then_some(best),
        trainings: if all.len() > 1 { all } else { Vec::new() },
        how,
    };
    let how = &summary.how;
    let losses: Vec<(usize, f64)> =
        losses.iter().map(|(step, all)| (*step, all[best])).filter(|(_, loss)| loss.is_finite()).collect();
    let epochs = &curves.of[best];
    let mut tables = vec![epoch_table(epochs), loss_table(&losses)];
    if !summary.trainings.is_empty() {
        tables.push(training_table(&summary.trainings));
    }
    Ok(Results {
        title: format!(
            "{}: {architecture}, {} {} differences, {steps} steps",
            job.name, how.difference, how.scheme
        ),
        arrays_name: "parameters",
        arrays: model.arrays()?,
        texts: vec![(MODEL, model.to_json().map_err(Error::usage)?)],
        tables,
        panels: panels(epochs, &losses),
        summary: Summary::Training(summary),
        outcomes: descended.outcomes,
    })
}

/// One of the trainings that go at once.
struct Training {
    seed: u64,
    rate: f64,
}

/// Each seed with each learning rate.
fn trainings(layers: &NetworkConfig, rates: &[f64]) -> Vec<Training> {
    let seeds = layers.initial.seed.0.iter();
    seeds.flat_map(|&seed| rates.iter().map(move |&rate| Training { seed, rate })).collect()
}

/// NaN last.
fn order(a: f64, b: f64) -> std::cmp::Ordering {
    a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
}

/// How each training stood after each epoch.
struct Curves {
    of: Vec<Vec<EpochMetrics>>,
}

impl Curves {
    fn new(count: usize) -> Self {
        Curves { of: vec![Vec::new(); count] }
    }

    /// Takes in how all stand, and tells how the best does. A network that has just diverged is put back in the next step, or at the
    /// end, and is no row of the table.
    fn keep(&mut self, all: Vec<EpochMetrics>, stage: &mut Stage<'_>) {
        let is_there = |metrics: &EpochMetrics| {
            metrics.train_loss.is_finite() && metrics.test_loss.is_none_or(f64::is_finite)
        };
        let good = all.iter().filter(|metrics| is_there(metrics));
        if let Some(best) = good.min_by(|a, b| order(a.train_loss, b.train_loss)) {
            (stage.progress)(Progress::Epoch(best));
        }
        for (own, metrics) in self.of.iter_mut().zip(all) {
            if is_there(&metrics) {
                own.push(metrics);
            }
        }
    }
}
