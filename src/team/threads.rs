//! Ranks that are threads of one process.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Team;
use crate::error::{Error, Result};

/// A rank that is a thread of this process, as [`threads`] makes them.
pub struct ThreadRank {
    rank: usize,
    size: usize,
    meeting: Arc<Meeting>,
}

#[derive(Default)]
struct Meeting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What is sent in this round.
    sent: Vec<Option<Vec<u8>>>,
    /// What was sent in the round before.
    received: Arc<Vec<Vec<u8>>>,
    rounds: u64,
    /// A rank that is there no more.
    gone: Option<usize>,
}

/// So many ranks, one for each thread: to try what ranks do, and to test it. They have the threads of the CPU engine in common.
///
/// ```
/// use plusminus::team::{Team, threads};
///
/// let sums: Vec<u8> = std::thread::scope(|scope| {
///     let started: Vec<_> = threads(3)
///         .into_iter()
///         .map(|team| scope.spawn(move || team.all_gather(vec![team.rank() as u8]).map(|all| all.concat().iter().sum())))
///         .collect();
///     started.into_iter().filter_map(|rank| rank.join().ok()?.ok()).collect()
/// });
/// assert_eq!(sums, [3, 3, 3]);
/// ```
pub fn threads(size: usize) -> Vec<ThreadRank> {
    let meeting = Arc::new(Meeting::default());
    meeting.state().sent = vec![None; size];
    (0..size).map(|rank| ThreadRank { rank, size, meeting: meeting.clone() }).collect()
}

impl Meeting {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Team for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    /// # Errors
    /// [`Error::Rank`] if another rank is there no more.
    fn all_gather(&self, mine: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        let mut state = self.meeting.state();
        let round = state.rounds;
        state.sent[self.rank] = Some(mine);
        if state.sent.iter().all(Option::is_some) {
            state.received = Arc::new(state.sent.iter_mut().filter_map(Option::take).collect());
            state.rounds += 1;
            self.meeting.changed.notify_all();
        }
        while state.rounds == round {
            if let Some(rank) = state.gone {
                return Err(Error::Rank { rank, message: "has left the others".into() });
            }
            state = self.meeting.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(state.received.to_vec())
    }
}

impl Drop for ThreadRank {
    fn drop(&mut self) {
        self.meeting.state().gone.get_or_insert(self.rank);
        self.meeting.changed.notify_all();
    }
}
