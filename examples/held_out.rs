//! The table of docs/training.md: the job files beside this one, each with five seeds of the split and of the starting parameters.
//!
//! Run: cargo run --release --example held_out

use std::path::Path;
use std::process::ExitCode;

use plusminus::job::{self, Job, Summary};
use plusminus::{DeviceChoice, Error};

const JOBS: [&str; 4] = ["iris", "wine", "breast_cancer", "diabetes"];

const SEEDS: u64 = 5;

fn main() -> ExitCode {
    match table() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What counts of a training: the accuracy, or of values R².
fn score(accuracy: Option<f64>, r2: Option<f64>) -> f64 {
    accuracy.or(r2).unwrap_or(f64::NAN)
}

fn table() -> Result<(), Error> {
    println!(
        "| job | training, mean | held out, mean | held out, each seed | always the most frequent class or the mean |"
    );
    println!("|---|---|---|---|---|");
    let folder = std::env::temp_dir().join(format!("plusminus-held-out-{}", std::process::id()));
    for name in JOBS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).with_extension("toml");
        let (mut training, mut held_out, mut baseline) = (0.0, Vec::new(), 0.0);
        for seed in 1..=SEEDS {
            let settings = [
                format!("data.test.seed={seed}"),
                format!("network.initial.seed={seed}"),
                format!("descent.seed={seed}"),
            ];
            let mut job = Job::read_with(&path, &settings)?;
            job.device = DeviceChoice::Cpu;
            let own = folder.join(format!("{name}-{seed}"));
            let Summary::Training(summary) = job::run(&job, &own, &mut |_| {})?.summary else { continue };
            training += score(summary.train_accuracy, summary.train_r2) / SEEDS as f64;
            held_out.push(score(summary.test_accuracy, summary.test_r2));
            let classes = summary.evaluation.and_then(|evaluation| evaluation.classes);
            baseline += classes.map_or(0.0, |classes| classes.majority_accuracy) / SEEDS as f64;
        }
        let mean = held_out.iter().sum::<f64>() / SEEDS as f64;
        let each: Vec<String> = held_out.iter().map(|score| format!("{score:.3}")).collect();
        println!("| {name} | {training:.3} | {mean:.3} | {} | {baseline:.3} |", each.join(", "));
    }
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}
