//! What is kept of a job on its way.

use super::Stage;
use crate::error::Result;
use crate::job::checkpoint::{self, Checkpoint, TaskState};
use crate::job::folder::CHECKPOINTS;
use crate::job::journal::Journal;
use crate::optimize::{DescentState, Keeper, Moment};

impl<'a> Stage<'a> {
    /// Whether the work was interrupted.
    pub(in crate::job) fn is_interrupted(&self) -> bool {
        self.is_interrupted.get()
    }

    /// Where an earlier process has left off, if there is such.
    pub(in crate::job) fn saved(&self) -> Option<TaskState> {
        self.task.take()
    }

    /// Keeps states of a descent before which `made` steps were made; `state` says what belongs to one.
    pub(in crate::job) fn keeper<'s, F: Fn(DescentState) -> TaskState + 's>(
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
