//! Ranks that MPI connects.

use std::sync::{Mutex, PoisonError};

use mpi::Threading;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};

use super::{Team, launched};
use crate::error::{Error, Result};

/// All processes that `mpirun`, `mpiexec` or `srun` has started.
///
/// Whoever panics, or says [`abort`](Self::abort), ends all of them. When the last value goes, MPI is at its end.
pub struct MpiRanks {
    rank: usize,
    size: usize,
    /// One call at a time: more is not asked of MPI.
    calls: Mutex<Universe>,
}

impl MpiRanks {
    /// Connects the processes; `expected` is how many there should be, if that is known.
    ///
    /// # Errors
    /// [`Error::Usage`] if MPI is running already, or knows of fewer processes than the launcher has started or than are expected: then each would
    /// do all of the work by itself. [`Error::Unsupported`] if this MPI allows calls from its main thread only.
    pub fn start(expected: Option<usize>) -> Result<Self> {
        let Some((universe, threading)) = mpi::initialize_with_threading(Threading::Serialized) else {
            return Err(Error::usage("MPI is running already: start it once in a process"));
        };
        if threading < Threading::Serialized {
            return Err(Error::unsupported(
                "this MPI allows calls from one thread only: use one that is built with threads".to_string(),
            ));
        }
        let (rank, size) = (universe.world().rank() as usize, universe.world().size() as usize);
        let said = launched().map(|(name, count)| (count, format!("{name} says {count}")));
        let said = said.filter(|&(count, _)| count != size);
        let wanted =
            expected.filter(|&count| count != size).map(|count| (count, format!("{count} are expected")));
        if let Some((_, why)) = wanted.or(said) {
            return Err(Error::usage(format!(
                "{why}, but MPI connects this process with {} others: the launcher is of another MPI than this program; use the mpirun of \
                 that MPI, or srun --mpi=pmix",
                size - 1
            )));
        }
        Ok(MpiRanks { rank, size, calls: Mutex::new(universe) })
    }

    /// From now on a panic of any thread of this process ends all processes, once it has said what it is.
    pub fn abort_on_panic(&self) {
        let (before, rank) = (std::panic::take_hook(), self.rank());
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            eprintln!("rank {rank} has panicked: all ranks end");
            SimpleCommunicator::world().abort(101);
        }));
    }

    /// Ends all processes at once, with this exit code.
    pub fn abort(&self, code: i32) -> ! {
        SimpleCommunicator::world().abort(code)
    }
}

impl Team for MpiRanks {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_gather(&self, mut mine: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        // The address of an empty vector is 1, which Open MPI takes for MPI_IN_PLACE.
        mine.push(0);
        let universe = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let world = universe.world();
        let mut lengths = vec![0u64; self.size()];
        world.all_gather_into(&(mine.len() as u64), &mut lengths[..]);
        let (counts, starts) = layout(&lengths)?;
        let mut all = vec![0u8; lengths.iter().sum::<u64>() as usize];
        world.all_gather_varcount_into(
            &mine[..],
            &mut PartitionMut::new(&mut all[..], &counts[..], &starts[..]),
        );
        Ok(parted(&all, &counts))
    }

    fn all_to_all(&self, mine: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let sent: Vec<u64> = mine.iter().map(|message| message.len() as u64).collect();
        let mut received = vec![0u64; self.size()];
        {
            let universe = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            universe.world().all_to_all_into(&sent[..], &mut received[..]);
        }
        let lengths: Vec<usize> = received.into_iter().map(|bytes| bytes as usize).collect();
        self.all_to_all_beside(mine, &lengths, &mut || false)
    }

    fn all_to_all_beside(
        &self,
        mut mine: Vec<Vec<u8>>,
        lengths: &[usize],
        more: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Vec<u8>>> {
        // As above, not empty.
        mine.iter_mut().for_each(|message| message.push(0));
        let sent: Vec<u64> = mine.iter().map(|message| message.len() as u64).collect();
        let received: Vec<u64> = lengths.iter().map(|&bytes| bytes as u64 + 1).collect();
        let universe = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let world = universe.world();
        let (counts, starts) = layout(&received)?;
        let (own_counts, own_starts) = layout(&sent)?;
        let mut all = vec![0u8; received.iter().sum::<u64>() as usize];
        let mine = mine.concat();
        let (own, mut others) = (
            Partition::new(&mine[..], &own_counts[..], &own_starts[..]),
            PartitionMut::new(&mut all[..], &counts[..], &starts[..]),
        );
        mpi::request::scope(|scope| {
            let mut request = Some(world.immediate_all_to_all_varcount_into(scope, &own, &mut others));
            while more() {
                // Many a connection moves nothing unless it is asked.
                request = request.and_then(|request| request.test().err());
            }
            if let Some(request) = request {
                request.wait();
            }
        });
        Ok(parted(&all, &counts))
    }
}

/// Lengths of messages and where they begin, as MPI counts.
///
/// # Errors
/// [`Error::Limit`]: MPI counts in signed words.
fn layout(lengths: &[u64]) -> Result<(Vec<i32>, Vec<i32>)> {
    let bytes: u64 = lengths.iter().sum();
    if bytes > i32::MAX as u64 {
        return Err(Error::Limit {
            what: "the size in bytes of what ranks send in one step".into(),
            value: bytes,
            limit: i32::MAX as u64,
            device: "MPI".into(),
            advice: "take larger blocks, or fewer ranks".into(),
        });
    }
    let counts: Vec<i32> = lengths.iter().map(|&length| length as i32).collect();
    let starts = counts.iter().scan(0, |at, &count| Some(std::mem::replace(at, *at + count))).collect();
    Ok((counts, starts))
}

/// The messages, without the byte that keeps them from being empty.
fn parted(all: &[u8], counts: &[i32]) -> Vec<Vec<u8>> {
    let mut rest = all;
    let own = |&count: &i32| {
        let (message, after) = rest.split_at(count as usize);
        rest = after;
        message[..message.len().saturating_sub(1)].to_vec()
    };
    counts.iter().map(own).collect()
}
