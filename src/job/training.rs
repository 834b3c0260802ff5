//! Trains a network.

use std::time::Instant;

use ndarray::{Array2, ArrayD};

use super::config::{DataConfig, Job, NetworkConfig};
use super::progress::{EpochMetrics, Progress, Stage};
use super::results::{Line, Panel, Results, Style, Table};
use super::source;
use super::summary::{How, Summary, TrainingRow, TrainingSummary};
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Workload};
use crate::objective::{Architecture, Network, Objective};
use crate::optimize::{Descent, Minibatches};

pub(super) fn run(
    job: &Job,
    data: &DataConfig,
    layers: &NetworkConfig,
    stage: &mut Stage<'_>,
) -> Result<Results> {
    let (architecture, networks) = networks(data, layers)?;
    let Networks { train, test } = &networks;
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
    let title = format!(
        "{}: network {architecture} ({} parameters), {} training and {} test samples; {how}",
        job.name,
        train.dimension(),
        train.terms(),
        test.terms(),
    );
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
        test_loss: finite(ends[i].test_loss),
        train_accuracy: ends[i].train_accuracy,
        test_accuracy: ends[i].test_accuracy,
    };
    let all: Vec<TrainingRow> = trainings.iter().enumerate().map(row).collect();
    let steps = outcome.steps();
    let summary = TrainingSummary {
        name: job.name.clone(),
        network: architecture.to_string(),
        parameters: train.dimension(),
        train_samples: train.terms(),
        test_samples: test.terms(),
        steps,
        evaluations: descended.evaluations,
        outcome: outcome.to_string(),
        train_loss: finite(last.train_loss),
        test_loss: finite(last.test_loss),
        train_accuracy: last.train_accuracy,
        test_accuracy: last.test_accuracy,
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
        arrays: arrays(&architecture, &descended.points.row(best).to_vec())?,
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
        let is_there =
            |metrics: &EpochMetrics| metrics.train_loss.is_finite() && metrics.test_loss.is_finite();
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

/// The network on the training and on the test samples.
struct Networks {
    train: Network,
    test: Network,
}

fn networks(data: &DataConfig, config: &NetworkConfig) -> Result<(Architecture, Networks)> {
    let outputs = config.layers.last().map_or(0, |layer| layer.units);
    let split = source::load(data, outputs)?;
    let mut architecture = Architecture::new(split.train.width(), config.loss);
    for layer in &config.layers {
        architecture = architecture.dense(layer.units, layer.activation);
    }
    if !config.biases {
        architecture = architecture.without_biases();
    }
    let train = Network::new(architecture.clone(), split.train)?;
    // Also checks that the test samples fit.
    let test = Network::new(architecture.clone(), split.test)?;
    Ok((architecture, Networks { train, test }))
}

impl Networks {
    fn all_metrics(
        &self,
        points: &Array2<f64>,
        epoch: usize,
        step: usize,
        begin: Instant,
    ) -> Result<Vec<EpochMetrics>> {
        points.rows().into_iter().map(|point| self.metrics(&point.to_vec(), epoch, step, begin)).collect()
    }

    fn metrics(&self, parameters: &[f64], epoch: usize, step: usize, begin: Instant) -> Result<EpochMetrics> {
        let (train_loss, train_accuracy) = self.train.loss_and_accuracy(parameters)?;
        let (test_loss, test_accuracy) = self.test.loss_and_accuracy(parameters)?;
        Ok(EpochMetrics {
            epoch,
            step,
            train_loss,
            test_loss,
            train_accuracy,
            test_accuracy,
            seconds: begin.elapsed().as_secs_f64(),
        })
    }
}

/// The parameters, layer by layer.
fn arrays(architecture: &Architecture, parameters: &[f64]) -> Result<Vec<(String, ArrayD<f64>)>> {
    let views = architecture.views(parameters)?;
    let array = |view: &crate::objective::ParameterView<'_>| match view.is_bias {
        true => view.values.row(0).to_owned().into_dyn(),
        false => view.values.to_owned().into_dyn(),
    };
    Ok(views.iter().map(|view| (view.name.clone(), array(view))).collect())
}

fn epoch_table(epochs: &[EpochMetrics]) -> Table {
    let row = |m: &EpochMetrics| {
        let (epoch, step) = (m.epoch as f64, m.step as f64);
        let (train, test) = (Some(m.train_loss), Some(m.test_loss));
        vec![Some(epoch), Some(step), train, test, m.train_accuracy, m.test_accuracy, Some(m.seconds)]
    };
    Table {
        name: "epochs",
        columns: &["epoch", "step", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "seconds"],
        rows: epochs.iter().map(row).collect(),
    }
}

fn training_table(trainings: &[TrainingRow]) -> Table {
    let row = |row: &TrainingRow| {
        let (seed, steps) = (Some(row.seed as f64), Some(row.steps as f64));
        let (train, test) = (row.train_loss, row.test_loss);
        vec![seed, Some(row.rate), steps, train, test, row.train_accuracy, row.test_accuracy]
    };
    Table {
        name: "trainings",
        columns: &["seed", "rate", "steps", "train_loss", "test_loss", "train_accuracy", "test_accuracy"],
        rows: trainings.iter().map(row).collect(),
    }
}

fn loss_table(losses: &[(usize, f64)]) -> Table {
    let rows = losses.iter().map(|&(step, loss)| vec![Some(step as f64), Some(loss)]).collect();
    Table { name: "loss", columns: &["step", "loss"], rows }
}

/// The losses and, for classes, the accuracies.
fn panels(epochs: &[EpochMetrics], losses: &[(usize, f64)]) -> Vec<Panel> {
    let line = |name, style, of: fn(&EpochMetrics) -> Option<f64>| Line {
        name,
        style,
        points: epochs.iter().filter_map(|row| Some((row.step as f64, of(row)?))).collect(),
    };
    let batches = losses.iter().map(|&(step, loss)| (step as f64, loss)).collect();
    let lines = vec![
        Line { name: "minibatch", style: Style::Faint, points: batches },
        line("training", Style::Main, |row| Some(row.train_loss)),
        line("held out", Style::Second, |row| Some(row.test_loss)),
    ];
    let largest = lines.iter().flat_map(|line| &line.points).fold(0.0, |most: f64, (_, y)| most.max(*y));
    let range = 0.0..1.05 * largest.max(f64::MIN_POSITIVE);
    let mut panels = vec![Panel { what: "loss", is_log: false, range, rises: false, lines }];
    if epochs.iter().any(|row| row.train_accuracy.is_some()) {
        let lines = vec![
            line("training", Style::Main, |row| row.train_accuracy),
            line("held out", Style::Second, |row| row.test_accuracy),
        ];
        panels.push(Panel { what: "accuracy", is_log: false, range: 0.0..1.0, rises: true, lines });
    }
    panels
}
