//! Trainings that go at once.

use std::time::Instant;

use ndarray::Array2;

use super::networks::Networks;
use crate::difference::Step;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::job::config::{Job, NetworkConfig};
use crate::job::how::How;
use crate::job::progress::{EpochMetrics, Progress, Stage};
use crate::job::summary::TrainingRow;
use crate::objective::Objective;
use crate::optimize::{Descent, Minibatches, Outcome, RuleChoice};

/// Trainings by one rule and one step h: each seed with each learning rate.
pub(super) struct Group<'a> {
    pub(super) rule: &'a RuleChoice,
    pub(super) step: Option<Step>,
    pub(super) trainings: Vec<Training>,
}

/// One of the trainings that go at once.
pub(super) struct Training {
    pub(super) seed: u64,
    pub(super) rate: f64,
}

/// Each seed with each learning rate.
pub(super) fn trainings(seeds: &[u64], rates: &[f64]) -> Vec<Training> {
    seeds.iter().flat_map(|&seed| rates.iter().map(move |&rate| Training { seed, rate })).collect()
}

/// What came of a group.
pub(super) struct Trained {
    pub(super) how: How,
    pub(super) points: Array2<f64>,
    pub(super) ends: Vec<EpochMetrics>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) curves: Curves,
    /// The minibatch losses before some steps, one for each training.
    pub(super) losses: Vec<(usize, Vec<f64>)>,
    pub(super) evaluations: u64,
}

/// What all groups have in common.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) job: &'a Job,
    pub(super) layers: &'a NetworkConfig,
    pub(super) networks: &'a Networks,
    /// Steps of each training.
    pub(super) steps: usize,
    /// When the first began.
    pub(super) begin: Instant,
}

impl Group<'_> {
    /// Trains all of them; `made` steps were made by groups before.
    pub(super) fn train(
        &self,
        course: Course<'_>,
        made: usize,
        evaluator: &mut Evaluator<'_>,
        stage: &mut Stage<'_>,
    ) -> Result<Trained> {
        let Course { job, layers, networks, steps, begin } = course;
        let train = &networks.train;
        let batches = batches(job, train.terms())?;
        let per_epoch = batches.per_epoch();
        let difference = evaluator.resolve(&job.gradient.difference().with_step(self.step))?;
        let how = How::new(evaluator, &difference);
        let starts: Vec<f64> = self
            .trainings
            .iter()
            .flat_map(|training| networks.architecture.initial_parameters(layers.initial.std, training.seed))
            .collect();
        let start = Array2::from_shape_vec((self.trainings.len(), train.dimension()), starts)
            .map_err(|error| Error::usage(error.to_string()))?;
        let rule = |training: &Training| self.rule.build(training.rate, steps);
        // One for all where there is one rate: then a device can take it.
        let first = self.trainings.first().map_or(0.0, |training| training.rate);
        let is_one = self.trainings.iter().all(|training| training.rate == first);
        let own = if is_one { 1 } else { self.trainings.len() };
        let rules = self.trainings[..own].iter().map(rule).collect::<Result<Vec<_>>>()?;
        let mut curves = Curves::new(self.trainings.len());
        // The table begins where the training does.
        curves.keep(networks.all_metrics(&start, 0, 0, begin)?, stage);
        let mut losses = Vec::new();
        let stop = stage.stop;
        let descended = Descent::with_rules(rules)
            .steps(steps)
            .difference(difference)
            .report_every(job.descent.report_every)
            .stopping(job.descent.stop)
            .points_every(per_epoch)
            .minibatches(batches)
            .stop_when(stop)
            .observe(|report| {
                if let Some(values) = &report.values {
                    losses.push((report.step - 1, values.clone()));
                }
                let finite = report.values.iter().flatten().copied().filter(|loss| loss.is_finite());
                let loss = finite.min_by(f64::total_cmp);
                (stage.progress)(Progress::Step { step: made + report.step, loss });
                if let Some(points) = report.points {
                    let epoch = report.step / per_epoch;
                    curves.keep(networks.all_metrics(&points.to_owned(), epoch, report.step, begin)?, stage);
                }
                Ok(())
            })
            .run(evaluator, start.view())?;
        let ends = descended.points.rows().into_iter().zip(&descended.outcomes).map(|(point, outcome)| {
            let steps = outcome.steps();
            networks.metrics(&point.to_vec(), steps / per_epoch, steps, begin)
        });
        Ok(Trained {
            how,
            ends: ends.collect::<Result<Vec<EpochMetrics>>>()?,
            points: descended.points,
            outcomes: descended.outcomes,
            curves,
            losses,
            evaluations: descended.evaluations,
        })
    }

    /// What is said of each training; the rule and the step h where they were swept over.
    pub(super) fn rows(&self, trained: &Trained, is_sweep: bool) -> Vec<TrainingRow> {
        let finite = |loss: f64| loss.is_finite().then_some(loss);
        let row = |(i, training): (usize, &Training)| {
            let (end, outcome) = (&trained.ends[i], &trained.outcomes[i]);
            TrainingRow {
                seed: training.seed,
                rate: training.rate,
                rule: is_sweep.then(|| self.rule.rule.to_string()),
                step: is_sweep.then(|| trained.how.step_rule.clone()),
                steps: outcome.steps(),
                outcome: outcome.to_string(),
                train_loss: finite(end.train_loss),
                test_loss: end.test_loss.and_then(finite),
                train_accuracy: end.train_accuracy,
                test_accuracy: end.test_accuracy,
                train_r2: end.train_r2.and_then(finite),
                test_r2: end.test_r2.and_then(finite),
            }
        };
        self.trainings.iter().enumerate().map(row).collect()
    }
}

/// The minibatches of a job.
pub(super) fn batches(job: &Job, samples: usize) -> Result<Minibatches> {
    Minibatches::new(samples, job.descent.batch.unwrap_or(1), job.descent.seed)
        .map_err(|error| Error::usage(format!("descent.batch: {error}")))
}

/// NaN last.
pub(super) fn order(a: f64, b: f64) -> std::cmp::Ordering {
    a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
}

/// How each training stood after each epoch.
pub(super) struct Curves {
    pub(super) of: Vec<Vec<EpochMetrics>>,
}

impl Curves {
    pub(super) fn new(count: usize) -> Self {
        Curves { of: vec![Vec::new(); count] }
    }

    /// Takes in how all stand, and tells how the best does. A network that has just diverged is put back in the next step, or at the
    /// end, and is no row of the table.
    pub(super) fn keep(&mut self, all: Vec<EpochMetrics>, stage: &mut Stage<'_>) {
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
