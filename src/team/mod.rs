//! Processes, or threads, that compute one thing together, in lock-step: *ranks*.
//!
//! The terms of a gradient are cut into *blocks* that do not depend on how many ranks there are. Each rank computes its own blocks, all
//! send what they have found to all, and each adds everything up in the order of one binary tree: so any number of ranks has the same
//! bits ([`Evaluator::in_blocks`](crate::Evaluator::in_blocks)). A sum by the library that connects the ranks would not: its order depends on how many
//! they are.

mod blocks;
mod exchange;
mod held;
mod launcher;
#[cfg(feature = "cli")]
mod lockstep;
#[cfg(feature = "mpi")]
#[cfg_attr(docsrs, doc(cfg(feature = "mpi")))]
mod mpi;
mod threads;
mod tree;

pub(crate) use self::blocks::{cut, share};
pub(crate) use self::exchange::{Call, Exchange, Found};
pub(crate) use self::held::Held;
pub use self::launcher::{launched, local};
#[cfg(feature = "cli")]
pub(crate) use self::lockstep::Lockstep;
#[cfg(feature = "mpi")]
pub use self::mpi::MpiRanks;
pub use self::threads::{ThreadRank, threads};
pub(crate) use self::tree::{Tree, nodes_of};

use crate::error::{Error, Result};

/// Ranks that are connected. All make the same calls in the same order.
pub trait Team: Send + Sync {
    /// Which one this is, from 0 on.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// Sends `mine` to all, and returns what each has sent, by rank. Messages may differ in length.
    ///
    /// # Errors
    /// Whatever keeps them from being connected.
    fn all_gather(&self, mine: Vec<u8>) -> Result<Vec<Vec<u8>>>;

    /// Sends one message to each rank, by rank, and returns what each has sent to this one. Where nothing better is there, all is sent to all.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    fn all_to_all(&self, mine: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let mut message = Vec::new();
        for part in &mine {
            message.extend((part.len() as u64).to_le_bytes());
            message.extend(part);
        }
        let all = self.all_gather(message)?;
        all.iter()
            .enumerate()
            .map(|(rank, message)| {
                part_of(message, self.rank())
                    .ok_or_else(|| Error::Rank { rank, message: "sent less than it should".into() })
            })
            .collect()
    }

    /// The same while `more` is called, until it says that nothing is left to do: what is sent is on its way meanwhile, where the connection
    /// allows that. `lengths` are the bytes of what each rank sends to this one, so that nobody waits to be told.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    fn all_to_all_beside(
        &self,
        mine: Vec<Vec<u8>>,
        lengths: &[usize],
        more: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Vec<u8>>> {
        let _ = lengths;
        while more() {}
        self.all_to_all(mine)
    }
}

/// The part for a rank of a message that has one for each.
fn part_of(message: &[u8], rank: usize) -> Option<Vec<u8>> {
    let mut rest = message;
    let mut own: &[u8] = &[];
    for _ in 0..=rank {
        let (length, after) = rest.split_first_chunk()?;
        (own, rest) = after.split_at_checked(u64::from_le_bytes(*length) as usize)?;
    }
    Some(own.to_vec())
}

/// A team of one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Team for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn all_gather(&self, mine: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        Ok(vec![mine])
    }
}

/// Each rank tells how it fared: all go on, or none.
///
/// # Errors
/// This rank's own; [`Error::Rank`] for that of another.
pub fn agree<T>(team: &dyn Team, result: Result<T>) -> Result<T> {
    let message = result.as_ref().err().map_or_else(String::new, |error| error.to_string());
    let all = team.all_gather(message.into_bytes())?;
    let done = result?;
    match all.iter().position(|message| !message.is_empty()) {
        None => Ok(done),
        Some(rank) => Err(Error::Rank { rank, message: String::from_utf8_lossy(&all[rank]).into_owned() }),
    }
}
