//! Whether this process is one of several that run a job together.

use std::sync::Arc;

use plusminus::Error;
#[cfg(feature = "mpi")]
use plusminus::team::MpiRanks;
use plusminus::team::{Team, launched};

/// The processes that run a job together.
pub struct Ranks {
    #[cfg(feature = "mpi")]
    team: Arc<MpiRanks>,
    #[cfg(not(feature = "mpi"))]
    team: std::convert::Infallible,
}

impl Ranks {
    /// Connects this process with the others that a launcher has started, if one has; `asked` is how many `--ranks` says.
    ///
    /// # Errors
    /// [`Error::Usage`] if they do not find each other.
    pub fn connect(asked: Option<u64>) -> Result<Option<Self>, Error> {
        match (asked, launched()) {
            // Each by itself, or without a launcher; a shell in a step of Slurm is none.
            (Some(1), _) | (None, None | Some(("SLURM_STEP_NUM_TASKS", 1))) => Ok(None),
            (asked, launched) => Ranks::by_mpi(asked.map(|count| count as usize), launched),
        }
    }

    /// Whether this rank speaks for all.
    pub fn leads(&self) -> bool {
        self.team().rank() == 0
    }

    /// # Errors
    /// [`Error::Usage`] if they are not as many as asked for.
    pub fn check(&self, asked: Option<u64>) -> Result<(), Error> {
        let size = self.team().size();
        match asked.filter(|asked| *asked != size as u64) {
            None => Ok(()),
            Some(asked) => Err(Error::Usage {
                message: format!("--ranks {asked}, but there are {size}: start as many by mpirun -n {asked}"),
            }),
        }
    }
}

#[cfg(feature = "mpi")]
impl Ranks {
    fn by_mpi(_: Option<usize>, _: Option<(&str, usize)>) -> Result<Option<Self>, Error> {
        Ok(Some(Ranks { team: Arc::new(MpiRanks::start(None)?) }))
    }

    pub fn team(&self) -> Arc<dyn Team> {
        self.team.clone()
    }

    /// Ends all of them at once.
    pub fn abort(&self, code: u8) -> ! {
        eprintln!("error: rank {} has failed: all ranks end", self.team.rank());
        self.team.abort(code.into())
    }
}

#[cfg(not(feature = "mpi"))]
impl Ranks {
    /// One process of a launcher has nobody to find.
    fn by_mpi(asked: Option<usize>, launched: Option<(&str, usize)>) -> Result<Option<Self>, Error> {
        let what = match (asked, launched) {
            (None, Some((_, 1))) => return Ok(None),
            (None, Some((name, count))) => format!("{name} says that {count} processes were started"),
            (asked, _) => format!("--ranks {}", asked.unwrap_or_default()),
        };
        Err(Error::Usage {
            message: format!(
                "{what}, but this plusminus is built without MPI, and each would run the whole job: build it with --features mpi, or \
                 have each run a job of its own by --ranks 1"
            ),
        })
    }

    pub fn team(&self) -> Arc<dyn Team> {
        match self.team {}
    }

    pub fn abort(&self, _: u8) -> ! {
        match self.team {}
    }
}
