//! Trainings that go at once.

use std::cell::RefCell;
use std::ops::Range;

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::initial;
use super::networks::Networks;
use super::record::TrainingRecord;
use crate::difference::Step;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::job::checkpoint::TaskState;
use crate::job::config::{Job, NetworkConfig};
use crate::job::how::How;
use crate::job::progress::{EpochMetrics, Progress};
use crate::job::stage::Stage;
use crate::job::summary::TrainingRow;
use crate::numeric::packed;
use crate::objective::Objective;
use crate::optimize::{Descent, DescentState, Minibatches, Outcome, RuleChoice};
use crate::team::Held;

/// Trainings by one rule and one step h: each seed with each learning rate.
pub(super) struct Group<'a> {
    pub(super) rule: &'a RuleChoice,
    pub(super) step: Option<Step>,
    pub(super) trainings: Vec<Training>,
}

/// One of the trainings that go at once.
#[derive(Clone, Copy)]
pub(super) struct Training {
    pub(super) seed: u64,
    pub(super) rate: f64,
}

/// Each seed with each learning rate.
pub(super) fn trainings(seeds: &[u64], rates: &[f64]) -> Vec<Training> {
    seeds.iter().flat_map(|&seed| rates.iter().map(move |&rate| Training { seed, rate })).collect()
}

/// What came of a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::job) struct Trained {
    pub(super) how: How,
    #[serde(with = "packed")]
    pub(super) points: Array2<f64>,
    pub(super) ends: Vec<EpochMetrics>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) record: TrainingRecord,
    pub(super) evaluations: u64,
}

impl Trained {
    /// The same of all trainings of a group, of which each of these has some, in order; none if they are not of one group.
    pub(in crate::job) fn join(parts: Vec<Trained>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut all = parts.next()?;
        for part in parts {
            all.points.append(Axis(0), part.points.view()).ok()?;
            all.ends.extend(part.ends);
            all.outcomes.extend(part.outcomes);
            all.record = all.record.join(part.record)?;
            all.evaluations += part.evaluations;
        }
        Some(all)
    }
}

/// What all groups have in common.
#[derive(Clone, Copy)]
pub(super) struct Course<'a, 's> {
    pub(super) job: &'a Job,
    pub(super) layers: &'a NetworkConfig,
    pub(super) networks: &'a Networks,
    /// Steps of each training.
    pub(super) steps: usize,
    pub(super) stage: &'a Stage<'s>,
}

impl Group<'_> {
    /// Only some of its trainings.
    pub(super) fn only(&self, own: Range<usize>) -> Self {
        Group { trainings: self.trainings[own].to_vec(), ..*self }
    }

    /// Trains all of them; `done` is what came of the groups before, `saved` how far this one was.
    pub(super) fn train(
        &self,
        course: Course<'_, '_>,
        done: &[Trained],
        saved: Option<(TrainingRecord, DescentState)>,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Trained> {
        let Course { job, layers, networks, steps, stage } = course;
        let made = done.len() * steps;
        let train = &networks.train;
        let batches = batches(job, networks)?;
        let per_epoch = batches.per_epoch();
        let difference = evaluator.resolve(&job.gradient.difference().with_step(self.step))?;
        let how = How::new(evaluator, &difference);
        let mut starts = Vec::new();
        for training in &self.trainings {
            starts.extend(initial::parameters(&layers.initial, &networks.architecture, training.seed)?);
        }
        let start = Array2::from_shape_vec((self.trainings.len(), train.dimension()), starts)
            .map_err(|error| Error::usage(error.to_string()))?;
        let rule = |training: &Training| self.rule.build(training.rate, steps);
        // One for all where there is one rate: then a device can take it.
        let first = self.trainings.first().map_or(0.0, |training| training.rate);
        let is_one = self.trainings.iter().all(|training| training.rate == first);
        let own = if is_one { 1 } else { self.trainings.len() };
        let rules = self.trainings[..own].iter().map(rule).collect::<Result<Vec<_>>>()?;
        let (record, state) = match saved {
            Some((record, state)) => (record, Some(state)),
            None => {
                let mut record = TrainingRecord::new(start.view());
                // The table begins where the training does.
                record.keep(networks.all_metrics(&start, 0, 0, stage.seconds())?, start.view(), stage);
                (record, None)
            }
        };
        let record = RefCell::new(record);
        let mut descent = Descent::with_rules(rules)
            .steps(steps)
            .difference(difference)
            .report_every(job.descent.report_every)
            .stopping(job.descent.stop)
            .points_every(per_epoch)
            .minibatches(batches)
            .stop_when(|| stage.stops())
            .keeper(stage.keeper(made, |descent| TaskState::Training {
                done: done.to_vec(),
                record: record.borrow().clone(),
                descent,
            }))
            .observe(|report| {
                let mut record = record.borrow_mut();
                if let Some(values) = &report.values {
                    record.losses.push((report.step - 1, values.clone()));
                }
                let finite = report.values.iter().flatten().copied().filter(|loss| loss.is_finite());
                let loss = finite.min_by(f64::total_cmp);
                stage.tell(Progress::Step { step: made + report.step, loss });
                if let Some(points) = report.points {
                    let (epoch, seconds) = (report.step / per_epoch, stage.seconds());
                    let all = networks.all_metrics(&points.to_owned(), epoch, report.step, seconds)?;
                    record.keep(all, points, stage);
                }
                Ok(())
            });
        if let Some(state) = state {
            descent = descent.resume(state);
        }
        let descended = descent.run(evaluator, start.view())?;
        let ends = descended.points.rows().into_iter().zip(&descended.outcomes).map(|(point, outcome)| {
            let steps = outcome.steps();
            networks.metrics(&point.to_vec(), steps / per_epoch, steps, stage.seconds())
        });
        let ends = ends.collect::<Result<Vec<EpochMetrics>>>()?;
        let mut record = record.into_inner();
        record.see(&ends, descended.points.view());
        Ok(Trained {
            how,
            ends,
            points: descended.points,
            outcomes: descended.outcomes,
            record,
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
pub(super) fn batches(job: &Job, networks: &Networks) -> Result<Minibatches> {
    let parts = networks.held().map_or(1, Held::parts);
    Minibatches::by_parts(networks.terms(), job.descent.batch.unwrap_or(1), parts, job.descent.seed)
        .map_err(|error| Error::usage(format!("descent.batch: {error}")))
}

/// NaN last.
pub(super) fn order(a: f64, b: f64) -> std::cmp::Ordering {
    a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
}
