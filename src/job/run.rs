//! Trains a job's network and writes what came of it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::config::JobConfig;
use super::plot;
use super::report::{self, EpochMetrics, LossRow, Summary};
use super::source;
use crate::descent::{GradientDescent, Minibatches, Outcome};
use crate::device::{DeviceChoice, Engine};
use crate::error::{Error, Result};
use crate::objective::{Architecture, Network, Objective, Samples};
use ndarray::Array2;

/// What a running job tells.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// It is about to begin.
    Begin {
        /// Steps to come.
        steps: usize,
        /// What runs where, in a line.
        title: &'a str,
    },
    /// A step was made.
    Step {
        /// Steps made.
        step: usize,
        /// Minibatch loss before the step, if it was evaluated.
        loss: Option<f64>,
    },
    /// An epoch ended.
    Epoch(&'a EpochMetrics),
}

/// A job that came to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The summary that was written.
    pub summary: Summary,
    /// Every file written.
    pub files: Vec<PathBuf>,
    /// Why the descent stopped.
    pub outcome: Outcome,
}

/// Runs a job and writes its files into `folder`, which is made if need be. No file is written before the descent
/// has ended, and each appears whole.
///
/// # Errors
/// Whatever keeps the samples from being read, the device from being opened, the descent from starting or the
/// files from being written. A descent that diverges is no error here but an [`Outcome`] in [`Finished`].
pub fn run(
    job: &JobConfig,
    device: &DeviceChoice,
    folder: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Finished> {
    job.check()?;
    let outputs = job.network.layers.last().map_or(0, |layer| layer.units);
    let split = source::load(&job.data, outputs)?;
    let mut architecture = Architecture::new(split.train.width(), job.network.loss);
    for layer in &job.network.layers {
        architecture = architecture.dense(layer.units, layer.activation);
    }
    if !job.network.biases {
        architecture = architecture.without_biases();
    }
    let network = Network::new(architecture.clone(), split.train)?;
    // Also checks that the test samples fit.
    let test = Network::new(architecture.clone(), split.test)?;

    let difference = job.difference()?;
    let engine = Engine::open_for(device, job.precision, &network)?;
    let mut evaluator = engine.evaluator(&network)?;
    let wrong_batch = |error: Error| Error::usage(format!("descent.batch: {error}"));
    let batches =
        Minibatches::new(network.terms(), job.descent.batch, job.descent.seed).map_err(wrong_batch)?;
    let per_epoch = batches.per_epoch();
    let steps = match (job.descent.steps, job.descent.epochs) {
        (Some(steps), _) => steps,
        (None, epochs) => epochs.unwrap_or(0).checked_mul(per_epoch).ok_or_else(|| {
            Error::usage(format!("descent.epochs is too large: {per_epoch} steps an epoch overflow"))
        })?,
    };
    let (device, precision) = (engine.device(), engine.precision());
    let ((scheme, step_size), method) = evaluator.settled(&difference)?;
    let title = format!(
        "{}: network {architecture} ({} parameters), {} training and {} test samples; {device}, {precision}, \
         {method} {scheme} differences, step {step_size}",
        job.name,
        network.dimension(),
        network.terms(),
        test.terms(),
    );
    // Better now than after the work.
    crate::data::check_writable(folder)?;
    progress(Progress::Begin { steps, title: &title });

    let begin = Instant::now();
    let start = architecture.initial_parameters(job.network.initial.std, job.network.initial.seed);
    let start = Array2::from_shape_vec((1, network.dimension()), start)
        .map_err(|error| Error::usage(error.to_string()))?;
    let descent = GradientDescent {
        rate: job.descent.rate,
        steps,
        difference,
        report_every: job.descent.report_every,
        points_every: per_epoch,
    };
    let (mut epochs, mut losses) = (Vec::new(), Vec::new());
    // The table begins where the training does.
    if let Some(parameters) = start.as_slice() {
        let metrics = metrics(&network, &test, parameters, 0, 0, begin)?;
        if metrics.train_loss.is_finite() && metrics.test_loss.is_finite() {
            progress(Progress::Epoch(&metrics));
            epochs.push(metrics);
        }
    }
    let descent = descent.run(&mut evaluator, start.view(), Some(batches), &mut |report| {
        let loss = report.values.as_ref().and_then(|values| values.first().copied());
        if let Some(loss) = loss.filter(|loss| loss.is_finite()) {
            losses.push(LossRow { step: report.step - 1, loss });
        }
        progress(Progress::Step { step: report.step, loss });
        if let Some(points) = report.points {
            let parameters: Vec<f64> = points.iter().copied().collect();
            let metrics = metrics(&network, &test, &parameters, report.step / per_epoch, report.step, begin)?;
            // A network that has just diverged is put back in the next step, or at the end.
            if metrics.train_loss.is_finite() && metrics.test_loss.is_finite() {
                progress(Progress::Epoch(&metrics));
                epochs.push(metrics);
            }
        }
        Ok(())
    })?;
    let parameters: Vec<f64> = descent.points.iter().copied().collect();
    let outcome = descent
        .outcomes
        .into_iter()
        .next()
        .ok_or_else(|| Error::usage("the descent of no point has no outcome"))?;
    let steps = outcome.steps();
    let last = metrics(&network, &test, &parameters, steps / per_epoch, steps, begin)?;
    let summary = Summary {
        name: job.name.clone(),
        device,
        precision: precision.to_string(),
        difference: method.to_string(),
        scheme: scheme.to_string(),
        step: step_size.to_string(),
        network: architecture.to_string(),
        parameters: network.dimension(),
        train_samples: network.terms(),
        test_samples: test.terms(),
        steps,
        evaluations: descent.evaluations,
        outcome: outcome.to_string(),
        train_loss: Some(last.train_loss).filter(|loss| loss.is_finite()),
        test_loss: Some(last.test_loss).filter(|loss| loss.is_finite()),
        train_accuracy: last.train_accuracy,
        test_accuracy: last.test_accuracy,
        seconds: last.seconds,
    };
    let files = ["parameters.npz", "epochs.csv", "loss.csv", "curves.svg", "summary.json"]
        .map(|name| folder.join(name));
    report::parameters(&files[0], &architecture, &parameters)?;
    report::table(&files[1], &epochs)?;
    report::table(&files[2], &losses)?;
    let title = format!("{}: {architecture}, {method} {scheme} differences, {steps} steps", job.name);
    plot::curves(&files[3], &title, &losses, &epochs)?;
    report::json(&files[4], &summary)?;
    Ok(Finished { summary, files: files.to_vec(), outcome })
}

fn metrics(
    train: &Network,
    test: &Network,
    parameters: &[f64],
    epoch: usize,
    step: usize,
    begin: Instant,
) -> Result<EpochMetrics> {
    let accuracy = |network: &Network, samples: &Samples| match samples.classes() {
        Some(_) => network.accuracy(parameters, samples).map(Some),
        None => Ok(None),
    };
    Ok(EpochMetrics {
        epoch,
        step,
        train_loss: train.value(parameters),
        test_loss: test.value(parameters),
        train_accuracy: accuracy(train, train.samples())?,
        test_accuracy: accuracy(test, test.samples())?,
        seconds: begin.elapsed().as_secs_f64(),
    })
}
