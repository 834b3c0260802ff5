//! What ranks that share the blocks of a step cost and save: measured here, and by a model for more ranks than there are here, which a
//! simulation of every message checks. docs/ranks.md has its tables.
//!
//! Run: cargo build --release --features mpi --example scaling
//!      mpirun -n 2 target/release/examples/scaling messages
//!      target/release/examples/scaling model [LATENCY_US [GB_PER_S]]
//!      target/release/examples/scaling overlap [LATENCY_US [GB_PER_S]]

mod model;
mod overlap;

use std::process::ExitCode;
use std::time::Instant;

use model::Wires;
use plusminus::Error;
use plusminus::team::{MpiRanks, Team};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |i: usize, otherwise: f64| arguments.get(i).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let done = match arguments.first().map(String::as_str) {
        Some("messages") => messages(),
        Some("model") => {
            model::model(&Wires { latency: 1e-6 * number(1, 2.0), bandwidth: 1e9 * number(2, 10.0) });
            Ok(())
        }
        Some("overlap") => {
            overlap::overlap(&Wires { latency: 1e-6 * number(1, 2.0), bandwidth: 1e9 * number(2, 0.1) })
        }
        _ => Err(Error::Usage { message: "say `messages` (by mpirun), `model` or `overlap`".into() }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Seconds of one call, the least mean of five times fifty.
fn least(mut call: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let begin = Instant::now();
        for _ in 0..50 {
            call()?;
        }
        least = least.min(begin.elapsed().as_secs_f64() / 50.0);
    }
    Ok(least)
}

/// How long messages take among the ranks that there are.
fn messages() -> Result<(), Error> {
    let ranks = MpiRanks::start(None)?;
    let size = ranks.size();
    for bytes in [16, 4_096, 20_000, 200_000, 2_000_000] {
        let gathered = least(|| ranks.all_gather(vec![1; bytes]).map(drop))?;
        let slices = least(|| {
            ranks.all_gather(vec![1; 16])?;
            ranks.all_to_all(vec![vec![1; bytes / size]; size])?;
            ranks.all_gather(vec![1; bytes / size]).map(drop)
        })?;
        if ranks.rank() == 0 {
            println!(
                "{size} ranks, {bytes} bytes each: to all {:.0} µs, by slices {:.0} µs",
                1e6 * gathered,
                1e6 * slices
            );
        }
    }
    Ok(())
}
