//! Times other crates on the inputs in a folder, and prints a JSON line for each crate, precision and workload.
//!
//!     plusminus-peers FOLDER [--quick] [--longest SECONDS] [--gpu]
//!
//! With `--gpu` only what runs on a GPU, for which it must be built with the feature `gpu`.

#[cfg(feature = "gpu")]
mod gpu;
mod inputs;
mod objective;
mod timing;
mod ways;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use inputs::{Arrays, Workload};
use objective::Objective;
use timing::{Budget, Job, Row, measure};

/// A tape with more operations than this takes gigabytes.
const LONGEST_TAPE: usize = 20_000_000;
/// And this many on a GPU, where each point has values of its own.
#[cfg(feature = "gpu")]
const LONGEST_TAPE_ON_GPU: usize = 1_000_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let mut folder = None;
    let (mut quick, mut longest, mut gpu) = (false, 60.0, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--gpu" => gpu = true,
            "--longest" => {
                let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
                longest = seconds.ok_or("--longest takes a number of seconds")?;
            }
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.ok_or("name the folder that python -m peers.inputs wrote")?;
    let (seconds, repetitions) = if quick { (0.3, 9) } else { (3.0, 201) };
    let budget = Budget { seconds, repetitions, longest };
    for workload in inputs::workloads(&folder)? {
        let arrays = Arrays::read(&folder, &workload)?;
        if gpu {
            on_gpu(&folder, &workload, &arrays, &budget)?;
            continue;
        }
        of_precision::<f32>(&folder, &workload, &arrays, &budget, "f32")?;
        of_precision::<f64>(&folder, &workload, &arrays, &budget, "f64")?;
        let objective = Objective::<f64>::read(&folder, &workload)?;
        print("numdiff 0.11", "central differences", "f64", &workload, &arrays, &budget, || {
            Ok(ways::numdiff(&workload, &objective, &arrays.points))
        });
    }
    Ok(())
}

/// echidna's batches; descents would go to the device and back at each step.
#[cfg(feature = "gpu")]
fn on_gpu(folder: &Path, workload: &Workload, arrays: &Arrays, budget: &Budget) -> Result<(), String> {
    if workload.task != "gradient" {
        return Ok(());
    }
    let objective = Objective::<f32>::read(folder, workload)?;
    print("echidna 0.15", "a recorded tape, on a GPU", "f32", workload, arrays, budget, || {
        let products = objective.products(workload.n);
        if products > LONGEST_TAPE_ON_GPU {
            return Err(format!("a tape of {products} products is too long"));
        }
        gpu::echidna(workload, &objective, &arrays.points)
    });
    Ok(())
}

#[cfg(not(feature = "gpu"))]
fn on_gpu(_: &Path, _: &Workload, _: &Arrays, _: &Budget) -> Result<(), String> {
    Err("build this with --features gpu".into())
}

fn of_precision<F: ways::Real>(
    folder: &Path,
    workload: &Workload,
    arrays: &Arrays,
    budget: &Budget,
    precision: &str,
) -> Result<(), String> {
    let objective = Objective::<F>::read(folder, workload)?;
    let points: Vec<F> = arrays.points.iter().filter_map(|&x| F::from_f64(x)).collect();
    print("finitediff 0.2", "central differences", precision, workload, arrays, budget, || {
        Ok(ways::finitediff(workload, &objective, &points))
    });
    print("echidna 0.15", "a recorded tape, reverse", precision, workload, arrays, budget, || {
        let products = objective.products(workload.n);
        if products > LONGEST_TAPE {
            return Err(format!("a tape of {products} products would take gigabytes"));
        }
        Ok(ways::echidna(workload, &objective, &points))
    });
    Ok(())
}

fn print<'a>(
    peer: &str,
    way: &str,
    precision: &str,
    workload: &Workload,
    arrays: &Arrays,
    budget: &Budget,
    make: impl FnOnce() -> Result<Job<'a>, String>,
) {
    eprintln!("{peer}, {way}, {precision}: {}", workload.name);
    let mut row = Row {
        group: &workload.group,
        workload: &workload.name,
        peer,
        way,
        precision,
        repetitions: 0,
        median_seconds: None,
        least_seconds: None,
        most_seconds: None,
        first_seconds: None,
        relative_error: None,
        scaled_from: None,
        skipped: None,
    };
    match make() {
        Ok(mut job) => measure(&mut row, &mut job, workload, arrays, budget),
        Err(why) => row.skipped = Some(why),
    }
    match serde_json::to_string(&row) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("error: {error}"),
    }
}
