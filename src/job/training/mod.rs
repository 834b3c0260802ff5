//! Trains a network, or several.

mod group;
mod initial;
mod networks;
mod record;
mod tables;

use std::ops::Range;
use std::sync::Arc;

pub(super) use self::group::Trained;
use self::group::{Course, Group, batches, order, trainings};
use self::networks::Networks;
pub(super) use self::record::TrainingRecord;
use self::tables::{epoch_table, loss_table, picture, training_table};
use super::checkpoint::TaskState;
use super::config::{DataConfig, Job, NetworkConfig, Shuffle, SweepConfig};
use super::how::How;
use super::model::MODEL;
use super::parts::{JoinedState, Left, PartState};
use super::plan::Size;
use super::ranks;
use super::results::Results;
use super::stage::Stage;
use super::summary::{Summary, TrainingRow, TrainingSummary};
use super::sweep::{End, SweepRow, SweepSummary, rank};
use crate::difference::Step;
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Evaluator, Workload};
use crate::objective::Objective;
use crate::optimize::RuleChoice;
use crate::team::Alone;

pub(super) fn run(
    job: &Job,
    data: &DataConfig,
    layers: &NetworkConfig,
    stage: &Stage<'_>,
) -> Result<Option<Results>> {
    let batch = job.descent.batch.unwrap_or(1);
    let is_parted = job.descent.shuffle == Shuffle::Blocks;
    let block = stage.block(batch, ranks::OF_NETWORKS, is_parted)?;
    let parts = block.filter(|_| is_parted).map(|block| parts_of(batch, block)).transpose()?;
    let networks = Networks::new(data, layers, stage.team(), parts)?;
    let Networks { architecture, train, test, notes, .. } = &networks;
    let steps = steps(job, &networks)?;
    let settings = Settings::new(job, layers);
    let groups = settings.groups();
    let all_steps = steps.saturating_mul(groups.len());
    let difference = job.gradient.difference();
    let each = groups.first().map_or(1, |group| group.trainings.len());
    let work =
        Workload::gradients(all_steps.saturating_mul(each)).with_terms(batch).with_difference(&difference);
    let engine = Engine::open_for(&job.device, job.precision, train, &work)?;
    let mut evaluator = engine.evaluator(train)?;
    stage.in_blocks(&mut evaluator, batch, block, networks.held())?;
    let first = evaluator.resolve(&difference.with_step(settings.steps_h[0]))?;
    let how = How::new(&evaluator, &first);
    let held_out = test.as_ref().map_or("no".into(), |test| test.terms().to_string());
    let title = format!(
        "{}: network {architecture} ({} parameters), {} training and {held_out} test samples; {how}",
        job.name,
        train.dimension(),
        networks.samples(),
    );
    let size = Size {
        data: [Some(train), test.as_ref()]
            .into_iter()
            .flatten()
            .map(|part| part.terms().saturating_mul(architecture.inputs() + architecture.outputs()))
            .fold(0, usize::saturating_add),
        points: each,
        n: train.dimension(),
        state: settings.rules[0].build(1.0, usize::MAX >> 1)?.state(),
        ways: 0,
        reports: all_steps / job.descent.report_every,
    };
    if !stage.begin(all_steps, &title, &how, size)? {
        return Ok(None);
    }
    notes.iter().for_each(|note| stage.note(note));

    let course = Course { job, layers, networks: &networks, steps, stage };
    if let Some(part) = stage.part(groups.len() * each) {
        let state = PartState::Training(part_of(&groups, part, course, &mut evaluator)?);
        stage.leave(Left { blocks: groups.len() * each, how, state });
        return Ok(None);
    }
    let (mut trained, mut saved) = match (stage.saved(), stage.joined()) {
        (Some(TaskState::Training { done, record, descent }), _) => (done, Some((record, descent))),
        (_, Some((_, JoinedState::Training(trained)))) => (trained, None),
        _ => (Vec::new(), None),
    };
    if trained.len() > groups.len() || trained.iter().any(|trained| trained.ends.len() != each) {
        return Err(Error::usage("the parts are not those of this training: run them again"));
    }
    for group in groups.iter().skip(trained.len()) {
        let done = group.train(course, &trained, saved.take(), &mut evaluator)?;
        trained.push(done);
    }
    if stage.is_follower() {
        return Ok(None);
    }
    let is_sweep = job.sweep.is_some();
    let rows = groups.iter().zip(&trained).flat_map(|(group, trained)| group.rows(trained, is_sweep));
    let all: Vec<TrainingRow> = rows.collect();
    // By what was trained on: what is held out has no part in the choice.
    let places =
        || trained.iter().enumerate().flat_map(|(g, trained)| (0..trained.ends.len()).map(move |i| (g, i)));
    let loss = |(g, i): (usize, usize)| trained[g].ends[i].train_loss;
    let best = places().enumerate().min_by(|a, b| order(loss(a.1), loss(b.1)));
    let (best, (g, i)) = best.unwrap_or((0, (0, 0)));
    let chosen = &trained[g];
    let (last, outcome) = (&chosen.ends[i], &chosen.outcomes[i]);
    let finite = |loss: f64| loss.is_finite().then_some(loss);
    let made = outcome.steps();
    let model = networks.model(data, chosen.points.row(i).to_vec())?;
    let best_model = networks.model(data, chosen.record.best_points.row(i).to_vec())?;
    // What is not finite has no figures, as the outcome says.
    let evaluation = if last.train_loss.is_finite() { networks.evaluate(&model) } else { None };
    let evaluation = evaluation.and_then(Result::ok);
    let evaluations = trained.iter().map(|trained| trained.evaluations).sum();
    let seconds = stage.seconds();
    let sweep = is_sweep.then(|| SweepSummary {
        name: job.name.clone(),
        objective: format!("network {architecture}"),
        how: chosen.how.clone(),
        ranked_by: "training loss".into(),
        rows: sweep_rows(&groups, &trained),
        files: Vec::new(),
        evaluations,
        seconds,
    });
    let summary = TrainingSummary {
        name: job.name.clone(),
        network: architecture.to_string(),
        parameters: train.dimension(),
        train_samples: networks.samples(),
        test_samples: test.as_ref().map_or(0, Objective::terms),
        notes: notes.clone(),
        steps: made,
        evaluations,
        outcome: outcome.to_string(),
        train_loss: finite(last.train_loss),
        test_loss: last.test_loss.and_then(finite),
        train_accuracy: last.train_accuracy,
        test_accuracy: last.test_accuracy,
        train_r2: last.train_r2.and_then(finite),
        test_r2: last.test_r2.and_then(finite),
        evaluation,
        best_step: chosen.record.best[i].as_ref().map(|best| best.step),
        best_train_loss: chosen.record.best[i].as_ref().map(|best| best.train_loss),
        seconds,
        best: (all.len() > 1).then_some(best),
        trainings: if all.len() > 1 { all } else { Vec::new() },
        sweep,
        files: Vec::new(),
        how: chosen.how.clone(),
    };
    let losses = chosen.record.losses.iter().map(|(step, all)| (*step, all[i]));
    let losses: Vec<(usize, f64)> = losses.filter(|(_, loss)| loss.is_finite()).collect();
    let epochs = &chosen.record.curves[i];
    let mut tables = vec![epoch_table(epochs), loss_table(&losses)];
    if !summary.trainings.is_empty() && !is_sweep {
        tables.push(training_table(&summary.trainings));
    }
    let how = &summary.how;
    let title =
        format!("{}: {architecture}, {} {} differences, {made} steps", job.name, how.difference, how.scheme);
    let mut pictures = vec![("curves", picture(title, epochs, &losses))];
    let mut texts = vec![(MODEL, model.to_json().map_err(Error::usage)?)];
    if let Some(sweep) = &summary.sweep {
        texts.push(("sweep.csv", sweep.csv().map_err(Error::usage)?.trim_end().into()));
        pictures.push(("sweep", sweep.picture()));
    }
    Ok(Some(Results {
        arrays: vec![("parameters", model.arrays()?), ("best_parameters", best_model.arrays()?)],
        tensors: vec![("parameters", model.tensors()?), ("best_parameters", best_model.tensors()?)],
        kept: Some(chosen.outcomes[i].clone()),
        texts,
        tables,
        pictures,
        summary: Summary::Training(summary),
        // A sweep has settings that fail; the one that was kept counts.
        outcomes: if is_sweep {
            vec![chosen.outcomes[i].clone()]
        } else {
            trained.into_iter().flat_map(|trained| trained.outcomes).collect()
        },
    }))
}

/// Trains the networks of a part, counted by groups, and says of which group they are.
fn part_of(
    groups: &[Group<'_>],
    part: Range<usize>,
    course: Course<'_, '_>,
    evaluator: &mut Evaluator<'_>,
) -> Result<Vec<(usize, Trained)>> {
    let (mut indices, mut done) = (Vec::new(), Vec::new());
    let mut first = 0;
    for (index, group) in groups.iter().enumerate() {
        let all = group.trainings.len();
        let own = part.start.clamp(first, first + all) - first..part.end.clamp(first, first + all) - first;
        first += all;
        if !own.is_empty() {
            // Planned as if all were here.
            evaluator.as_part_of(all);
            let trained = group.only(own).train(course, &done, None, evaluator)?;
            indices.push(index);
            done.push(trained);
        }
    }
    Ok(indices.into_iter().zip(done).collect())
}

/// What a training would be, with its files read.
pub(super) fn describe(job: &Job, data: &DataConfig, layers: &NetworkConfig) -> Result<String> {
    let networks = Networks::new(data, layers, Arc::new(Alone), None)?;
    let Networks { architecture, train, test, .. } = &networks;
    if let Some(seed) = layers.initial.seeds().first() {
        initial::parameters(&layers.initial, architecture, *seed)?;
    }
    steps(job, &networks)?;
    let held_out = test.as_ref().map_or("none".into(), |test| test.terms().to_string());
    Ok(format!(
        "a training of the network {architecture} ({} parameters) with {} samples, {held_out} held out",
        train.dimension(),
        networks.samples()
    ))
}

/// The parts of the samples that the blocks of a step are drawn from.
fn parts_of(batch: usize, block: usize) -> Result<usize> {
    let parts = batch.div_ceil(block);
    if !batch.is_multiple_of(parts) {
        return Err(Error::usage(format!(
            "descent.shuffle = \"blocks\": {parts} blocks cannot share a batch of {batch} evenly; give a descent.block that divides descent.batch"
        )));
    }
    Ok(parts)
}

/// Steps of a training.
fn steps(job: &Job, networks: &Networks) -> Result<usize> {
    let per_epoch = batches(job, networks)?.per_epoch();
    match (job.descent.steps, job.descent.epochs) {
        (Some(steps), _) => Ok(steps),
        (None, epochs) => epochs.unwrap_or(0).checked_mul(per_epoch).ok_or_else(|| {
            Error::usage(format!("descent.epochs is too large: {per_epoch} steps an epoch overflow"))
        }),
    }
}

/// What the trainings differ in.
struct Settings {
    rules: Vec<RuleChoice>,
    rates: Vec<f64>,
    steps_h: Vec<Option<Step>>,
    seeds: Vec<u64>,
}

impl Settings {
    /// What is swept over, or as the job says.
    fn new(job: &Job, layers: &NetworkConfig) -> Self {
        let sweep = job.sweep.clone().unwrap_or_default();
        let SweepConfig { rate, seed, .. } = &sweep;
        Settings {
            rules: sweep.rules().unwrap_or_else(|| vec![job.descent.rule.clone()]),
            rates: rate.as_ref().unwrap_or(&job.descent.rate).0.clone(),
            steps_h: sweep.steps().unwrap_or_else(|| vec![job.gradient.step]),
            seeds: seed.as_ref().map_or_else(|| layers.initial.seeds(), |seeds| seeds.0.clone()),
        }
    }

    /// Those that go at once: by one rule and one step h.
    fn groups(&self) -> Vec<Group<'_>> {
        let group = |step: &Option<Step>, rule| Group {
            rule,
            step: *step,
            trainings: trainings(&self.seeds, &self.rates),
        };
        self.steps_h.iter().flat_map(|step| self.rules.iter().map(move |rule| group(step, rule))).collect()
    }
}

/// A row for each rule, learning rate and step h: over the seeds.
fn sweep_rows(groups: &[Group<'_>], trained: &[Trained]) -> Vec<SweepRow> {
    let mut rows = Vec::new();
    for (group, trained) in groups.iter().zip(trained) {
        let mut rates: Vec<f64> = Vec::new();
        for training in &group.trainings {
            if !rates.contains(&training.rate) {
                rates.push(training.rate);
            }
        }
        for rate in rates {
            let own = (0..group.trainings.len()).filter(|&i| group.trainings[i].rate == rate);
            let ends = own.map(|i| {
                let end = &trained.ends[i];
                End {
                    value: end.train_loss.is_finite().then_some(end.train_loss),
                    steps: trained.outcomes[i].steps(),
                    outcome: trained.outcomes[i].clone(),
                    held_out: end.test_accuracy.or(end.test_r2),
                }
            });
            rows.push(SweepRow::of(group.rule, rate, group.step, ends.collect()));
        }
    }
    rank(&mut rows);
    rows
}
