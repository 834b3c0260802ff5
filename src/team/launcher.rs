//! What launchers of parallel programs say to the processes that they start.

/// How many processes: Open MPI, MPICH and Intel MPI, Slurm's `srun`. The first that is there counts: those of Slurm may be of the step that
/// the launcher itself runs in.
const SIZES: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

/// Which one this is on its machine, and how many are there.
const LOCAL: [(&str, &str); 3] = [
    ("OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ("MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
    ("SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE"),
];

/// How many processes a launcher has started, and which variable says so.
pub fn launched() -> Option<(&'static str, usize)> {
    SIZES.iter().find_map(|name| Some((*name, number(name)?)))
}

/// The place of this process among those that a launcher has started on this machine, from 0 on, and how many they are; the first of one
/// without a launcher.
pub fn local() -> (usize, usize) {
    launched()
        .and_then(|_| {
            LOCAL.iter().find_map(|(rank, size)| {
                let rank = number(rank)?;
                Some((rank, number(size).unwrap_or(1).max(rank + 1)))
            })
        })
        .unwrap_or((0, 1))
}

/// The number that a variable begins with: Slurm writes `4(x2)` for 4 on each of two machines.
fn number(variable: &str) -> Option<usize> {
    let text = std::env::var(variable).ok()?;
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
