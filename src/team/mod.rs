//! Processes, or threads, that compute one thing together, in lock-step: *ranks*.
//!
//! The terms of a gradient are cut into *blocks* that do not depend on how many ranks there are. Each rank computes its own blocks, all
//! send what they have found to all, and each adds everything up in the order of one binary tree: so any number of ranks has the same
//! bits ([`Evaluator::in_blocks`](crate::Evaluator::in_blocks)). A sum by the library that connects the ranks would not: its order depends on how many
//! they are.

mod blocks;
mod exchange;
#[cfg(feature = "mpi")]
#[cfg_attr(docsrs, doc(cfg(feature = "mpi")))]
mod mpi;
mod tree;

pub(crate) use self::blocks::{cut, share};
pub(crate) use self::exchange::{Call, Exchange, Found};
#[cfg(feature = "mpi")]
pub use self::mpi::MpiRanks;
pub(crate) use self::tree::{Tree, nodes_of};

use crate::error::Result;

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
