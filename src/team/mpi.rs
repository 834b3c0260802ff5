//! Ranks that MPI connects.

use std::sync::{Mutex, PoisonError};

use mpi::Threading;
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};

use super::Team;
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

/// What launchers say of how many processes they start. The first that is there counts: those of Slurm may be of the step that the launcher
/// itself runs in.
const LAUNCHERS: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

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
        let said = LAUNCHERS.iter().find_map(|name| {
            let count: usize = std::env::var(name).ok()?.parse().ok()?;
            Some((count, format!("{name} says {count}")))
        });
        let said = said.filter(|&(count, _)| count != size);
        let wanted =
            expected.filter(|&count| count != size).map(|count| (count, format!("{count} are expected")));
        if let Some((_, why)) = wanted.or(said) {
            return Err(Error::usage(format!(
                "MPI connects {size} processes, but {why}: the launcher is of another MPI than this program, and each process would be alone; \
                 use the mpirun of that MPI, or srun --mpi=pmix"
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

    fn all_gather(&self, mine: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        let universe = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let world = universe.world();
        let mut lengths = vec![0u64; self.size()];
        world.all_gather_into(&(mine.len() as u64), &mut lengths[..]);
        let bytes: u64 = lengths.iter().sum();
        // MPI counts in signed words. All ranks come to the same here.
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
        let starts: Vec<i32> =
            counts.iter().scan(0, |at, &count| Some(std::mem::replace(at, *at + count))).collect();
        let mut all = vec![0u8; bytes as usize];
        world.all_gather_varcount_into(
            &mine[..],
            &mut PartitionMut::new(&mut all[..], &counts[..], &starts[..]),
        );
        let mut rest = &all[..];
        Ok(counts
            .iter()
            .map(|&count| {
                let (message, after) = rest.split_at(count as usize);
                rest = after;
                message.to_vec()
            })
            .collect())
    }
}
