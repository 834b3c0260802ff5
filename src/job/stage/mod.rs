//! Where a job runs: who listens; who shares the work (`blocks`), what is kept (`keeping`).

mod blocks;
mod keeping;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::job::checkpoint::{Checkpoint, Header, Input, Schedule, TaskState};
use crate::job::config::{Job, set_block};
use crate::job::folder::{JOB, RUN, RunFolder, RunState};
use crate::job::how::How;
use crate::job::journal::Journal;
use crate::job::parts::{Joined, Left};
use crate::job::plan::{Plan, Size};
use crate::job::progress::Progress;
use crate::job::ranks;
use crate::job::report::Facts;
use crate::shard::Shard;
use crate::team::Lockstep;

/// Where a job runs.
pub(in crate::job) struct Stage<'a> {
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
pub(in crate::job) enum Role<'a> {
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
    pub(in crate::job) fn new(
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
    pub(in crate::job) fn begin(&self, steps: usize, title: &str, how: &How, size: Size) -> Result<bool> {
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
    pub(in crate::job) fn tell(&self, progress: Progress<'_>) {
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

    pub(in crate::job) fn note(&self, note: &str) {
        self.tell(Progress::Note(note));
    }

    /// A line of the log alone.
    pub(in crate::job) fn log(&self, line: &str) {
        if let Some(journal) = self.journal.borrow_mut().as_mut() {
            journal.say(line);
        }
    }

    /// What is to be said of the run.
    pub(in crate::job) fn facts(&self, state: RunState) -> Facts {
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
    pub(in crate::job) fn plan(&self) -> Option<Plan> {
        self.plan.borrow_mut().take()
    }

    fn folder(&self) -> Option<&'a RunFolder> {
        match self.role {
            Role::Lead(folder) => Some(folder),
            Role::Plan | Role::Follow | Role::Part(_) => None,
        }
    }

    /// Seconds of work, those before an interruption included.
    pub(in crate::job) fn seconds(&self) -> f64 {
        self.before.get() + self.began.get().elapsed().as_secs_f64()
    }
}
