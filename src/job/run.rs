//! From a job to its folder of results.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::ArrayD;
use serde::Serialize;

use super::checkpoint::{self, Checkpoint};
use super::config::{Job, Task, block, set_block};
use super::folder::{self, Opened, RunFolder, RunOptions, RunState, SUMMARY};
use super::parts::Joined;
use super::plan::Plan;
use super::progress::Progress;
use super::report::Facts;
use super::results::Results;
use super::stage::{Role, Stage};
use super::summary::Summary;
use super::{descent, ranks, report, training};
use crate::error::{Error, FileAction, Result};
use crate::optimize::Outcome;
use crate::team::{Lockstep, Team};

/// What became of a job.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of them in a job")]
pub enum Run {
    /// It was run, and came to its end, or to one before.
    Done(Finished),
    /// It was to be resumed, and had been done before: nothing was run.
    Before {
        /// Where its results are.
        folder: PathBuf,
        /// What its summary says.
        summary: serde_json::Value,
    },
    /// It was run with other ranks, and rank 0 has what came of it.
    Followed,
}

/// A job that came to its end, or was stopped on its way.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub state: RunState,
    /// The summary that was written.
    pub summary: Summary,
    /// One for each point, or for the network: why its descent stopped.
    pub outcomes: Vec<Outcome>,
    /// Where the results are: the folder that was asked for; that and `.failed`, if what failed was not to replace what is good; that and
    /// `.partial` of a job that was interrupted; a temporary one, if nothing could be written there.
    pub folder: PathBuf,
    /// Every file written.
    pub files: Vec<PathBuf>,
    /// Why the results are not where they should be.
    pub problem: Option<Error>,
    /// What could not be written anywhere.
    pub unwritten: Vec<(String, ArrayD<f64>)>,
}

impl Finished {
    /// What `summary.json` says.
    pub fn written(&self) -> impl Serialize {
        report::Written::new(self.state, &self.summary)
    }
}

/// Runs a job and puts its files into `folder`. A training writes `parameters.npz`, `epochs.csv` and `loss.csv`, a descent `points.npz`
/// (`start`, `points`, `values`, `best_points`, `best_values`, `steps`) and `values.csv`; both write `curves.svg` and `summary.json`. They appear all
/// at once, when the job is done.
///
/// # Errors
/// Whatever keeps the data from being read, the device from being opened, the descent from starting or the files from being
/// written; [`Error::Usage`] if something is there that would be lost. A descent that diverges is no error here but an [`Outcome`] in [`Finished`].
pub fn run(job: &Job, folder: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Finished> {
    let never = || false;
    match run_with(job, folder, RunOptions::default(), progress, &never)? {
        Run::Done(Finished { problem: Some(problem), .. }) => Err(problem),
        Run::Done(finished) => Ok(finished),
        Run::Before { folder, .. } => Err(Error::usage(format!("{} holds a finished run", folder.display()))),
        Run::Followed => Err(Error::usage("another rank has what came of the job")),
    }
}

/// The same, with a say about what is there already, until `stop` says so: then the step at hand is finished, its state kept to be resumed, points and
/// networks are written as they are, and the outcomes say [`Outcome::Interrupted`].
///
/// # Errors
/// As [`run`]; but where results cannot be written at the end, that is a [`problem`](Finished::problem), and nothing is lost.
pub fn run_with(
    job: &Job,
    target: &Path,
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
    stop: &dyn Fn() -> bool,
) -> Result<Run> {
    lead((job, None), target, options, progress, stop)
}

/// The same by several ranks together, each of which calls this with the same job. Every step is made in blocks of terms
/// ([`DescentConfig::block`](super::DescentConfig::block)) that the ranks share; however many they are, what comes of it is the same to the last bit, also
/// when the run is resumed by another number of ranks. Rank 0 alone writes, and tells of its progress (others only that they begin); a `stop` of any rank
/// stops all. None of them leaves before all are done.
///
/// # Errors
/// As [`run_with`]; [`Error::Rank`] for what is wrong at another rank. The same error ends all ranks.
pub fn run_by(
    team: Arc<dyn Team>,
    job: &Job,
    target: &Path,
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
    stop: &dyn Fn() -> bool,
) -> Result<Run> {
    let ranks = Arc::new(Lockstep::new(team));
    let run = ranks::check(job, &ranks).and_then(|()| match ranks.rank() {
        0 => lead((job, Some(&ranks)), target, options, progress, stop),
        _ => follow(job, &ranks, progress, stop),
    });
    ranks.end(run)
}

fn lead(
    (job, ranks): (&Job, Option<&Arc<Lockstep>>),
    target: &Path,
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
    stop: &dyn Fn() -> bool,
) -> Result<Run> {
    job.check()?;
    let target = &folder::real(target)?;
    let inputs = job.inputs();
    folder::check_target(target, &inputs)?;
    let mut read = None;
    let folder = match RunFolder::open(target, options)? {
        Opened::New(folder) => folder,
        Opened::Before => {
            let inputs = ranks::inputs(job, ranks)?;
            read = Some(inputs.clone());
            match before(job, target, &inputs) {
                // Of another job: that is what --force is for.
                Err(Error::Usage { .. }) if options.force => {
                    match RunFolder::open(target, RunOptions { resume: false, force: true })? {
                        Opened::New(folder) => folder,
                        Opened::Before => {
                            return Err(Error::usage("another process has just finished a run there"));
                        }
                    }
                }
                Ok(done) => {
                    if let Some(ranks) = ranks {
                        ranks::open(ranks, job, &inputs, None)?;
                    }
                    return Ok(done);
                }
                Err(error) => return Err(error),
            }
        }
    };
    let inputs = read.map_or_else(|| ranks::inputs(job, ranks), Ok)?;
    let mut saved = if options.resume { saved(job, &folder, &inputs, progress)? } else { None };
    if let Some(ranks) = ranks {
        saved = ranks::open(ranks, job, &inputs, Some(ranks::Opened { has_work: true, saved }))?.saved;
    }
    let stage = Stage::new(job, inputs, (Role::Lead(&folder), ranks.cloned()), saved, progress, stop);
    end(job, stage).and_then(|(results, facts)| finish(folder, results, &facts))
}

/// The run that parts make together.
pub(super) fn joined(
    job: &Job,
    target: &Path,
    options: RunOptions,
    joined: Joined,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Run> {
    let target = &folder::real(target)?;
    let Opened::New(folder) = RunFolder::open(target, RunOptions { resume: false, ..options })? else {
        return Err(Error::usage(format!("{} holds a finished run", target.display())));
    };
    let (inputs, never) = (checkpoint::inputs(&job.inputs(), None)?, || false);
    let stage =
        Stage::new(job, inputs, (Role::Lead(&folder), None), None, progress, &never).with_joined(joined);
    end(job, stage).and_then(|(results, facts)| finish(folder, results, &facts))
}

/// Runs what there is to run, and says how it ended.
fn end(job: &Job, stage: Stage<'_>) -> Result<(Results, Facts)> {
    let results = results(job, &stage).inspect_err(|error| stage.log(&format!("error: {error}")))?;
    let results = results.ok_or_else(|| Error::usage("nothing was run"))?;
    let state = if stage.is_interrupted() {
        RunState::Interrupted
    } else if results.has_failed() {
        RunState::Failed
    } else {
        RunState::Finished
    };
    stage.log(&format!("{}: {}", format!("{state:?}").to_lowercase(), results.headline()));
    let facts = stage.facts(state);
    Ok((results, facts))
}

/// Has a part in what rank 0 leads.
fn follow(
    job: &Job,
    ranks: &Arc<Lockstep>,
    progress: &mut dyn FnMut(Progress<'_>),
    stop: &dyn Fn() -> bool,
) -> Result<Run> {
    job.check()?;
    let inputs = ranks::inputs(job, Some(ranks))?;
    let ranks::Opened { has_work, saved } = ranks::open(ranks, job, &inputs, None)?;
    if has_work {
        let stage = Stage::new(job, inputs, (Role::Follow, Some(ranks.clone())), saved, progress, stop);
        results(job, &stage)?;
    }
    Ok(Run::Followed)
}

/// Reads all that a job reads and opens its device, and says what it would take. Nothing is written.
///
/// # Errors
/// Whatever keeps it from its first step, but for its folder.
pub fn plan(job: &Job) -> Result<Plan> {
    job.check()?;
    let (mut nobody, never) = (|_: Progress<'_>| {}, || false);
    let stage = Stage::new(job, Vec::new(), (Role::Plan, None), None, &mut nobody, &never);
    results(job, &stage)?;
    stage.plan().ok_or_else(|| Error::usage("the job has no first step"))
}

pub(super) fn results(job: &Job, stage: &Stage<'_>) -> Result<Option<Results>> {
    match &job.task {
        Task::Training { data, network } => training::run(job, data, network, stage),
        Task::Descent { objective, start } => descent::run(job, objective, start, stage),
    }
}

/// The checkpoint to go on from, if there is one.
fn saved(
    job: &Job,
    folder: &RunFolder,
    inputs: &[checkpoint::Input],
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Option<Checkpoint>> {
    let (saved, wrong) = checkpoint::newest(&folder.work().join(folder::CHECKPOINTS));
    for one in &wrong {
        progress(Progress::Note(one));
    }
    match &saved {
        Some(saved) => {
            let mut new = job.resolved()?;
            set_block(&mut new, block(&saved.header.job));
            saved.header.check(&new, inputs)?;
        }
        None if !wrong.is_empty() => {
            return Err(Error::usage(format!(
                "no checkpoint of {} can be used: {}; --force begins anew",
                folder.work().display(),
                wrong.join("; ")
            )));
        }
        None => progress(Progress::Note("there is nothing to resume: it begins at the beginning")),
    }
    Ok(saved)
}

/// A job that is done already, if it is that one.
fn before(job: &Job, target: &Path, inputs: &[checkpoint::Input]) -> Result<Run> {
    let path = target.join(SUMMARY);
    let text =
        std::fs::read_to_string(&path).map_err(|source| Error::file(&path, FileAction::Read, source))?;
    let summary = serde_json::from_str(&text).map_err(|error| Error::data(&path, error.to_string()))?;
    let (Some(old), mut new) = (folder::job_of(target), job.resolved()?) else {
        return Err(Error::usage(format!(
            "{} holds a finished run that does not say of which job: name another folder by --out, or replace it by --force",
            target.display()
        )));
    };
    // Blocks that nobody asks for change no result but by rounding.
    set_block(&mut new, block(&old));
    let mut differences = super::config::differences(&old, &new);
    let precision = |table: &toml::Table| table.get("precision").map(ToString::to_string);
    if let (Some(old), Some(new)) = (precision(&old), precision(&new))
        && old != new
    {
        differences.push(format!("precision was {old} and is {new}"));
    }
    let running: serde_json::Value = folder::read(&target.join(folder::RUN))
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let read = running
        .get("inputs")
        .and_then(|inputs| serde_json::from_value::<Vec<checkpoint::Input>>(inputs.clone()).ok());
    differences.extend(checkpoint::other_inputs(&read.unwrap_or_default(), inputs));
    if differences.is_empty() {
        return Ok(Run::Before { folder: target.into(), summary });
    }
    Err(Error::usage(format!(
        "{} holds a finished run of another job: {}; name another folder by --out, or replace it by --force",
        target.display(),
        differences.join("; ")
    )))
}

/// Writes all, and puts it where it belongs, or where it can be.
fn finish(folder: RunFolder, mut results: Results, facts: &Facts) -> Result<Run> {
    let state = facts.state;
    let files = report::files(&mut results, facts).map_err(|error| Error::data(folder.work(), error))?;
    let placed = folder.write(&files).and_then(|()| folder.publish(state));
    let (place, problem, is_lost) = match placed {
        Ok(place) => (place, None, false),
        Err(problem) => match folder::rescue(results.summary.name(), &files) {
            Ok(place) => (place, Some(problem), false),
            Err(_) => (PathBuf::new(), Some(problem), true),
        },
    };
    let written = files.iter().map(|(name, _)| place.join(name));
    let files = if is_lost { Vec::new() } else { written.collect() };
    let unwritten = if is_lost { results.arrays.swap_remove(0).1 } else { Vec::new() };
    Ok(Run::Done(Finished {
        state,
        summary: results.summary,
        outcomes: results.outcomes,
        folder: place,
        files,
        problem,
        unwritten,
    }))
}
