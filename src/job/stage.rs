//! Where a job runs: who listens, what is kept, whether to stop.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::{Instant, SystemTime};

use serde::Serialize;

use super::checkpoint::{self, Checkpoint, Header, Input, Schedule, TaskState};
use super::config::Job;
use super::folder::{CHECKPOINTS, JOB, RUN, RunFolder, RunState};
use super::how::How;
use super::journal::Journal;
use super::plan::{Plan, Size};
use super::progress::Progress;
use super::report::Facts;
use crate::error::{Error, Result};
use crate::optimize::{DescentState, Keeper, Moment};

/// Where a job runs.
pub(super) struct Stage<'a> {
    job: &'a Job,
    inputs: Vec<Input>,
    /// None if nothing is to be run.
    folder: Option<&'a RunFolder>,
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
        folder: Option<&'a RunFolder>,
        saved: Option<Checkpoint>,
        progress: &'a mut dyn FnMut(Progress<'_>),
        stop: &'a dyn Fn() -> bool,
    ) -> Self {
        let (header, task) = saved.map_or((None, None), |saved| (Some(saved.header), Some(saved.task)));
        let step = header.as_ref().map_or(0, |header| header.step);
        Stage {
            job,
            inputs,
            folder,
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
        }
    }

    /// To be called when all is read and open, before the first step; whether there is to be one.
    ///
    /// # Errors
    /// Nothing can be written, or the run to be resumed is of another precision.
    pub(super) fn begin(&self, steps: usize, title: &str, how: &How, size: Size) -> Result<bool> {
        let Some(folder) = self.folder else {
            *self.plan.borrow_mut() = Some(Plan::new(title, steps, how, size));
            return Ok(false);
        };
        let resumed = self.resumed.take();
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
        Ok(true)
    }

    /// Tells what goes on, and writes it down.
    pub(super) fn tell(&self, progress: Progress<'_>) {
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
                let folder = self.folder.map_or(Path::new(""), RunFolder::work).display();
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
        (self.stop)()
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
        let Some(folder) = self.folder else { return false };
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
        self.stage.schedule.borrow_mut().is_due(self.made + step, moment)
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
