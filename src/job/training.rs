//! Trains a network.

use std::time::Instant;

use ndarray::{Array2, ArrayD};

use super::config::{DataConfig, Job, NetworkConfig};
use super::progress::{EpochMetrics, Progress, Stage};
use super::results::{Line, Panel, Results, Style, Table};
use super::source;
use super::summary::{How, Summary, TrainingSummary};
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Workload};
use crate::objective::{Architecture, Network, Objective};
use crate::optimize::{Descent, Minibatches, Outcome};

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
    let start = architecture.initial_parameters(layers.initial.std, layers.initial.seed);
    let start = Array2::from_shape_vec((1, train.dimension()), start)
        .map_err(|error| Error::usage(error.to_string()))?;
    let (mut epochs, mut losses) = (Vec::new(), Vec::new());
    // The table begins where the training does.
    keep(&mut epochs, networks.metrics(&start, 0, 0, begin)?, stage);
    let descended = Descent::new(job.rule(steps)?)
        .steps(steps)
        .difference(difference)
        .report_every(job.descent.report_every)
        .stopping(job.descent.stop)
        .points_every(per_epoch)
        .minibatches(batches)
        .observe(|report| {
            let loss = report.values.as_ref().and_then(|values| values.first().copied());
            if let Some(loss) = loss.filter(|loss| loss.is_finite()) {
                losses.push((report.step - 1, loss));
            }
            (stage.progress)(Progress::Step { step: report.step, loss });
            if let Some(points) = report.points {
                let metrics =
                    networks.metrics(&points.to_owned(), report.step / per_epoch, report.step, begin)?;
                keep(&mut epochs, metrics, stage);
            }
            Ok(())
        })
        .run(&mut evaluator, start.view())?;

    let steps = descended.outcomes.first().map_or(0, Outcome::steps);
    let last = networks.metrics(&descended.points, steps / per_epoch, steps, begin)?;
    let finite = |loss: f64| loss.is_finite().then_some(loss);
    let summary = TrainingSummary {
        name: job.name.clone(),
        network: architecture.to_string(),
        parameters: train.dimension(),
        train_samples: train.terms(),
        test_samples: test.terms(),
        steps,
        evaluations: descended.evaluations,
        outcome: descended.outcomes.first().map_or_else(String::new, ToString::to_string),
        train_loss: finite(last.train_loss),
        test_loss: finite(last.test_loss),
        train_accuracy: last.train_accuracy,
        test_accuracy: last.test_accuracy,
        seconds: last.seconds,
        how,
    };
    let how = &summary.how;
    Ok(Results {
        title: format!(
            "{}: {architecture}, {} {} differences, {steps} steps",
            job.name, how.difference, how.scheme
        ),
        arrays_name: "parameters",
        arrays: arrays(&architecture, &descended.points)?,
        tables: vec![epoch_table(&epochs), loss_table(&losses)],
        panels: panels(&epochs, &losses),
        summary: Summary::Training(summary),
        outcomes: descended.outcomes,
    })
}

/// A network that has just diverged is put back in the next step, or at the end, and is no row of the table.
fn keep(epochs: &mut Vec<EpochMetrics>, metrics: EpochMetrics, stage: &mut Stage<'_>) {
    if metrics.train_loss.is_finite() && metrics.test_loss.is_finite() {
        (stage.progress)(Progress::Epoch(&metrics));
        epochs.push(metrics);
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
    fn metrics(
        &self,
        parameters: &Array2<f64>,
        epoch: usize,
        step: usize,
        begin: Instant,
    ) -> Result<EpochMetrics> {
        let parameters: Vec<f64> = parameters.iter().copied().collect();
        let (train_loss, train_accuracy) = self.train.loss_and_accuracy(&parameters)?;
        let (test_loss, test_accuracy) = self.test.loss_and_accuracy(&parameters)?;
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
fn arrays(architecture: &Architecture, parameters: &Array2<f64>) -> Result<Vec<(String, ArrayD<f64>)>> {
    let parameters: Vec<f64> = parameters.iter().copied().collect();
    let views = architecture.views(&parameters)?;
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
