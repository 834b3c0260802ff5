//! Who shares the work of a job, and in which blocks.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use super::{Role, Stage};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::job::config::block;
use crate::job::how::How;
use crate::job::parts::{Joined, JoinedState, Left};
use crate::job::ranks;
use crate::team::{Alone, Held, Team};

impl Stage<'_> {
    /// Whether to stop after the step at hand.
    pub(in crate::job) fn stops(&self) -> bool {
        let asked = (self.stop)();
        let Some(ranks) = &self.ranks else { return asked };
        if asked {
            ranks.ask_to_stop();
        }
        // At one step for all of them.
        ranks.stops()
    }

    /// How many terms a block has, of a step of so many, of at least `least` if nothing says how many: as the job says, as the run did that is resumed, or
    /// because ranks share them or the job needs blocks. None if a step is made in one.
    ///
    /// # Errors
    /// [`Error::Usage`] if ranks are to go on with what one process began in one block.
    pub(in crate::job) fn block(&self, terms: usize, least: usize, is_needed: bool) -> Result<Option<usize>> {
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
            (None, None, None) => is_needed.then(|| ranks::block_of(terms, least)),
        };
        self.block.set(block);
        Ok(block)
    }

    /// Has steps of so many terms made in blocks of so many, if of any. `held` says which of the terms the evaluator's objective has, if not all.
    ///
    /// # Errors
    /// [`Error::Usage`] for blocks of no term.
    pub(in crate::job) fn in_blocks(
        &self,
        evaluator: &mut Evaluator<'_>,
        terms: usize,
        block: Option<usize>,
        held: Option<&Held>,
    ) -> Result<()> {
        let Some(block) = block else { return Ok(()) };
        let count = terms.div_ceil(block.max(1));
        let size = self.ranks.as_ref().map(|ranks| ranks.size());
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
        match held {
            Some(held) => evaluator.in_blocks_of(block, self.team(), held),
            None => evaluator.in_blocks(block, self.team()),
        }
    }

    /// Those who run the job together, or this process alone.
    pub(in crate::job) fn team(&self) -> Arc<dyn Team> {
        match &self.ranks {
            Some(ranks) => ranks.clone(),
            None => Arc::new(Alone),
        }
    }

    /// Whether what is found here goes anywhere.
    pub(in crate::job) fn is_follower(&self) -> bool {
        matches!(self.role, Role::Follow)
    }

    /// The blocks of this part, of so many; none if all are run.
    pub(in crate::job) fn part(&self, blocks: usize) -> Option<Range<usize>> {
        match self.role {
            Role::Part(shard) => Some(shard.of(blocks)),
            _ => None,
        }
    }

    /// Takes what a part has found.
    pub(in crate::job) fn leave(&self, left: Left) {
        self.left.set(Some(left));
    }

    /// What was left.
    pub(in crate::job) fn left(&self) -> Option<Left> {
        self.left.take()
    }

    /// Gives what parts have found: there is nothing left to run.
    pub(in crate::job) fn with_joined(self, joined: Joined) -> Self {
        self.before.set(joined.seconds);
        Stage { joined: Cell::new(Some(joined)), ..self }
    }

    /// What parts have found, if they were run before.
    pub(in crate::job) fn joined(&self) -> Option<(How, JoinedState)> {
        self.joined.take().map(|joined| (joined.how, joined.state))
    }
}
