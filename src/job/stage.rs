//! Where a job runs: who listens, what is kept, whether to stop.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde::Serialize;

use super::checkpoint::{self, Checkpoint, Header, Input, Schedule, TaskState};
use super::config::{Job, block, set_block};
use super::folder::{CHECKPOINTS, JOB, RUN, RunFolder, RunState};
use super::how::How;
use super::journal::Journal;
use super::parts::{Joined, JoinedState, Left};
use super::plan::{Plan, Size};
use super::progress::Progress;
use super::ranks;
use super::report::Facts;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::optimize::{DescentState, Keeper, Moment};
use crate::shard::Shard;
use crate::team::{Alone, Lockstep, Team};

/// Where a job runs.
pub(super) struct Stage<'a> {
    job: &'a Job,
    inputs: Vec<Input>,
    role: Role<'a>,
    /// Those who run the job together.
    ranks: Option<Arc<Lockstep>>,
    /// Terms of a block, if steps are made in blocks.
    block: Cell<Option<usize>>,
    /// What is to be said when it begins.
    early: RefCell<Option<String>>,
    /// Open from the first step on.
    journal: RefCell<Option<Journal>>,
    progress: RefCell<&'a mut dyn FnMut(Progress<'_>)>,
    stop: &'a dyn Fn() -> bool,
    resumed: Cell<Option<Header>>,
    task: Cell<Option<TaskState>>,
    header: RefCell<Option<Header>>,
    schedule: RefCell<Schedule>,
    began: Cell<Instant>,
    /// Seconds of work before this process.
    before: Cell<f64>,
    is_interrupted: Cell<bool>,
    /// All that was said to be known.
    notes: RefCell<Vec<String>>,
    /// The job as it was resolved.
    written: RefCell<String>,
    started: String,
    plan: RefCell<Option<Plan>>,
    /// What a part has found.
    left: Cell<Option<Left>>,
    /// What all parts have found.
    joined: Cell<Option<Joined>>,
}

/// What a process has to do with a job.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// It is not run, but planned.
    Plan,
    /// To run it, and to write what comes of it.
    Lead(&'a RunFolder),
    /// To do a part of what another leads.
    Follow,
    /// To run one part, which is written by who asked for it.
    Part(Shard),
}

/// What `run.json` says.
#[derive(Serialize)]
struct Running<'a> {
    process: u32,
    started: String,
    plusminus: &'a str,
    title: &'a str,
    steps: usize,
    /// Made before this process.
    step: usize,
    #[serde(flatten)]
    how: &'a How,
    /// What the job read.
    inputs: &'a [Input],
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        job: &'a Job,
        inputs: Vec<Input>,
        (role, ranks): (Role<'a>, Option<Arc<Lockstep>>),
        saved: Option<Checkpoint>,
        progress: &'a mut dyn FnMut(Progress<'_>),
        stop: &'a dyn Fn() -> bool,
    ) -> Self {
        let (header, task) = saved.map_or((None, None), |saved| (Some(saved.header), Some(saved.task)));
        let step = header.as_ref().map_or(0, |header| header.step);
        Stage {
            job,
            inputs,
            role,
            ranks,
            block: Cell::new(None),
            early: RefCell::new(None),
            journal: RefCell::new(None),
            progress: RefCell::new(progress),
            stop,
            resumed: Cell::new(header),
            task: Cell::new(task),
            header: RefCell::new(None),
            schedule: RefCell::new(Schedule::new(job.checkpoint, step)),
            began: Cell::new(Instant::now()),
            before: Cell::new(0.0),
            is_interrupted: Cell::new(false),
            notes: RefCell::new(Vec::new()),
            written: RefCell::new(String::new()),
            started: crate::data::time_stamp(SystemTime::now()),
            plan: RefCell::new(None),
            left: Cell::new(None),
            joined: Cell::new(None),
        }
    }

    /// To be called when all is read and open, before the first step; whether there is to be one.
    ///
    /// # Errors
    /// Nothing can be written, or the run to be resumed is of another precision.
    pub(super) fn begin(&self, steps: usize, title: &str, how: &How, size: Size) -> Result<bool> {
        let resumed = self.resumed.take();
        let devices = match &self.ranks {
            Some(ranks) => ranks::devices(ranks, how)?,
            None => None,
        };
        let folder = match self.role {
            Role::Plan => {
                *self.plan.borrow_mut() = Some(Plan::new(title, steps, how, size));
                return Ok(false);
            }
            Role::Follow => {
                resumed.map_or(Ok(None), |header| header.check_device(how))?;
                (self.progress.borrow_mut())(Progress::Begin { steps, title });
                return Ok(true);
            }
            Role::Part(_) => {
                (self.progress.borrow_mut())(Progress::Begin { steps, title });
                self.began.set(Instant::now());
                return Ok(true);
            }
            Role::Lead(folder) => folder,
        };
        let (kept, step) = resumed.as_ref().map_or((0, 0), |header| (header.metrics, header.step));
        let mut journal = Journal::open(folder.work(), kept)?;
        journal.say(title);
        *self.journal.borrow_mut() = Some(journal);
        if let Some(header) = &resumed {
            if let Some(warning) = header.check_device(how)? {
                self.note(&warning);
            }
            self.note(&format!("resumed after {step} of {steps} steps"));
            self.before.set(header.seconds);
        }
        let mut job = self.job.resolved()?;
        job.insert("precision".into(), how.precision.to_string().into());
        set_block(&mut job, self.block.get());
        *self.header.borrow_mut() = Some(Header {
            plusminus: env!("CARGO_PKG_VERSION").into(),
            job: job.clone(),
            inputs: self.inputs.clone(),
            device: how.device.clone(),
            precision: how.precision,
            step,
            seconds: 0.0,
            metrics: 0,
        });
        let started = self.started.clone();
        let plusminus = env!("CARGO_PKG_VERSION");
        let inputs = &self.inputs;
        let running =
            Running { process: std::process::id(), started, plusminus, title, steps, step, how, inputs };
        let running =
            serde_json::to_string_pretty(&running).map_err(|error| Error::usage(error.to_string()))?;
        let job = format!(
            "# The job as it was run by plusminus {plusminus} on {}, with all that it goes by; it reads as a job file.\n{job}",
            how.device
        );
        *self.written.borrow_mut() = job.clone();
        folder.write(&[(JOB.into(), job.into_bytes()), (RUN.into(), (running + "\n").into_bytes())])?;
        self.began.set(Instant::now());
        (self.progress.borrow_mut())(Progress::Begin { steps, title });
        for note in self.early.take().into_iter().chain(devices) {
            self.note(&note);
        }
        Ok(true)
    }

    /// Tells what goes on, and writes it down.
    pub(super) fn tell(&self, progress: Progress<'_>) {
        if self.is_follower() {
            return;
        }
        if let Some(journal) = self.journal.borrow_mut().as_mut() {
            match &progress {
                Progress::Note(note) => {
                    self.notes.borrow_mut().push((*note).into());
                    journal.say(note);
                }
                Progress::Begin { .. } => {}
                Progress::Step { step, loss } => journal.step(*step, *loss, self.seconds()),
                Progress::Epoch(metrics) => journal.epoch(metrics),
            }
            if let Some(error) = journal.problem() {
                let folder = self.folder().map_or(Path::new(""), RunFolder::work).display();
                (self.progress.borrow_mut())(Progress::Note(&format!(
                    "{folder}: cannot write metrics or log: {error}; the work goes on"
                )));
            }
        }
        (self.progress.borrow_mut())(progress);
    }

    pub(super) fn note(&self, note: &str) {
        self.tell(Progress::Note(note));
    }

    /// A line of the log alone.
    pub(super) fn log(&self, line: &str) {
        if let Some(journal) = self.journal.borrow_mut().as_mut() {
            journal.say(line);
        }
    }

    /// What is to be said of the run.
    pub(super) fn facts(&self, state: RunState) -> Facts {
        Facts {
            state,
            job: self.written.borrow().clone(),
            device: self.job.device.to_string(),
            notes: self.notes.borrow().clone(),
            started: self.started.clone(),
            seconds: self.seconds(),
        }
    }

    /// What would have been run, if that was asked.
    pub(super) fn plan(&self) -> Option<Plan> {
        self.plan.borrow_mut().take()
    }

    /// Whether to stop after the step at hand.
    pub(super) fn stops(&self) -> bool {
        let asked = (self.stop)();
        let Some(ranks) = &self.ranks else { return asked };
        if asked {
            ranks.ask_to_stop();
        }
        // At one step for all of them.
        ranks.stops()
    }

    /// Has steps of so many terms made in blocks, of at least so many if nothing says how many: as the job says, as the run did that is resumed, or because ranks share them.
    ///
    /// # Errors
    /// [`Error::Usage`] if ranks are to go on with what one process began in one block.
    pub(super) fn in_blocks(&self, evaluator: &mut Evaluator<'_>, terms: usize, least: usize) -> Result<()> {
        let resumed = self.resumed.take();
        let before = resumed.as_ref().map(|header| block(&header.job));
        self.resumed.set(resumed);
        let size = self.ranks.as_ref().map(|ranks| ranks.size());
        let block = match (self.job.descent.block, before, size) {
            (Some(block), ..) => Some(block),
            (None, Some(None), Some(size)) if size > 1 => {
                return Err(Error::usage(
                    "the unfinished run was begun without blocks, which ranks share: go on with it without other ranks, or drop it by --force",
                ));
            }
            (None, Some(before), _) => before,
            (None, None, Some(_)) => Some(ranks::block_of(terms, least)),
            (None, None, None) => None,
        };
        self.block.set(block);
        let Some(block) = block else { return Ok(()) };
        let count = terms.div_ceil(block.max(1));
        if let Some(size) = size.filter(|&size| size > count) {
            let steps = match (terms, count) {
                (1, _) => "a step is of one term".to_string(),
                (terms, 1) => format!("a step is of {terms} terms in one block"),
                (terms, count) => format!("a step is of {terms} terms in {count} blocks"),
            };
            let smaller =
                if terms > count { "; smaller blocks (descent.block) give more of them" } else { "" };
            *self.early.borrow_mut() =
                Some(format!("{steps}: {count} of {size} ranks have something to do{smaller}"));
        }
        evaluator.in_blocks(block, self.team())
    }

    /// Those who run the job together, or this process alone.
    pub(super) fn team(&self) -> Arc<dyn Team> {
        match &self.ranks {
            Some(ranks) => ranks.clone(),
            None => Arc::new(Alone),
        }
    }

    /// Whether what is found here goes anywhere.
    pub(super) fn is_follower(&self) -> bool {
        matches!(self.role, Role::Follow)
    }

    fn folder(&self) -> Option<&'a RunFolder> {
        match self.role {
            Role::Lead(folder) => Some(folder),
            Role::Plan | Role::Follow | Role::Part(_) => None,
        }
    }

    /// The blocks of this part, of so many; none if all are run.
    pub(super) fn part(&self, blocks: usize) -> Option<Range<usize>> {
        match self.role {
            Role::Part(shard) => Some(shard.of(blocks)),
            _ => None,
        }
    }

    /// Takes what a part has found.
    pub(super) fn leave(&self, left: Left) {
        self.left.set(Some(left));
    }

    /// What was left.
    pub(super) fn left(&self) -> Option<Left> {
        self.left.take()
    }

    /// Gives what parts have found: there is nothing left to run.
    pub(super) fn with_joined(self, joined: Joined) -> Self {
        self.before.set(joined.seconds);
        Stage { joined: Cell::new(Some(joined)), ..self }
    }

    /// What parts have found, if they were run before.
    pub(super) fn joined(&self) -> Option<(How, JoinedState)> {
        self.joined.take().map(|joined| (joined.how, joined.state))
    }

    /// Seconds of work, those before an interruption included.
    pub(super) fn seconds(&self) -> f64 {
        self.before.get() + self.began.get().elapsed().as_secs_f64()
    }

    /// Whether the work was interrupted.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_interrupted.get()
    }

    /// Where an earlier process has left off, if there is such.
    pub(super) fn saved(&self) -> Option<TaskState> {
        self.task.take()
    }

    /// Keeps states of a descent before which `made` steps were made; `state` says what belongs to one.
    pub(super) fn keeper<'s, F: Fn(DescentState) -> TaskState + 's>(
        &'s self,
        made: usize,
        state: F,
    ) -> impl Keeper + use<'s, 'a, F> {
        Keeping { stage: self, made, state, left: None }
    }

    /// What is to be kept of now.
    fn checkpoint(&self, step: usize, task: TaskState) -> Option<Checkpoint> {
        let mut header = self.header.borrow().clone()?;
        header.step = step;
        header.seconds = self.seconds();
        header.metrics = self.journal.borrow_mut().as_mut().map_or(0, Journal::length);
        Some(Checkpoint { header, task })
    }

    /// Whether it could be written.
    fn save(&self, checkpoint: &Checkpoint) -> bool {
        let step = checkpoint.header.step;
        let Some(folder) = self.folder() else { return false };
        let saved = checkpoint::save(&folder.work().join(CHECKPOINTS), checkpoint);
        let is_saved = saved.is_ok();
        match saved {
            Ok(()) => {
                // It may be all that is left of long work.
                folder.keep();
                self.log(&format!("checkpoint after {step} steps"));
            }
            Err(error) => self.note(&format!("no checkpoint after {step} steps: {error}; the work goes on")),
        }
        is_saved
    }
}

struct Keeping<'s, 'a, F> {
    stage: &'s Stage<'a>,
    made: usize,
    state: F,
    /// How all stood when points began to leave saddle points.
    left: Option<Checkpoint>,
}

impl<F: Fn(DescentState) -> TaskState> Keeper for Keeping<'_, '_, F> {
    fn wants(&mut self, step: usize, moment: Moment) -> bool {
        !self.stage.is_follower() && self.stage.schedule.borrow_mut().is_due(self.made + step, moment)
    }

    fn keep(&mut self, state: DescentState, moment: Moment) -> Result<()> {
        let step = self.made + state.steps();
        self.stage.is_interrupted.set(moment == Moment::Interrupted);
        let now = match self.left.take() {
            Some(before) => Some(before),
            None => self.stage.checkpoint(step, (self.state)(state)),
        };
        match moment {
            Moment::Leaving => self.left = now,
            Moment::Failed => {
                let is_kept = now.is_some_and(|checkpoint| self.stage.save(&checkpoint));
                if is_kept {
                    self.stage.note(&format!(
                        "what there was after {step} steps is kept: --resume goes on from there"
                    ));
                }
            }
            _ => {
                if let Some(checkpoint) = now {
                    self.stage.save(&checkpoint);
                }
            }
        }
        Ok(())
    }
}
