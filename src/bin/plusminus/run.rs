//! `plusminus run`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use plusminus::job::{self, EpochMetrics, Finished, Job, Progress, Summary, Task};
use plusminus::{DeviceChoice, Outcome, Precision};

use crate::args::{DEVICE, FormatArgs, named};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus run examples/digits.toml
  plusminus run examples/rosenbrock.toml --out results --steps 1000 --json

The example files explain every key. Exit codes: 0 done, 1 it diverged or the work failed, 2 a mistake in the job or its data.")]
pub struct Args {
    /// The job file; paths in it are relative to it
    #[arg(value_name = "JOB.toml")]
    job: PathBuf,

    /// Folder for the results: of a training parameters.npz, epochs.csv and loss.csv, of a descent points.npz and
    /// values.csv; of both curves.svg and summary.json [default: out/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Instead of the job's device: auto, cpu, gpu, part of an adapter's name, adapter:0, or pci:3b:00.0
    #[arg(long, env = DEVICE, hide_env_values = true)]
    device: Option<DeviceChoice>,

    /// Instead of the job's precision
    #[arg(long, value_parser = named::<Precision>())]
    precision: Option<Precision>,

    /// Instead of the job's epochs or steps: the number of steps
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,

    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let mut job = Job::read(&args.job)?;
    job.precision = args.precision.or(job.precision);
    job.device = args.device.clone().unwrap_or(job.device);
    if let Some(steps) = args.steps {
        (job.descent.steps, job.descent.epochs) = (Some(steps as usize), None);
    }
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("out").join(&job.name));
    let what = match job.task {
        Task::Training { .. } => "loss",
        Task::Descent { .. } => "least value",
    };
    let mut meter: Option<Meter> = None;
    let finished = job::run(&job, &folder, &mut |progress| match progress {
        Progress::Begin { steps, title } => {
            terminal.note(title);
            meter = Some(Meter::new(steps, terminal));
        }
        Progress::Step { step, loss } => {
            if let Some(meter) = &mut meter {
                meter.step(step, loss.map(|loss| format!("{what} {loss:.4e}")), terminal);
            }
        }
        Progress::Epoch(metrics) => match &mut meter {
            Some(meter) => meter.result(&epoch(metrics), terminal),
            None => terminal.note(&epoch(metrics)),
        },
    });
    if let Some(meter) = meter {
        meter.finish();
    }
    let Finished { summary, outcomes, files } = finished?;
    if args.format.is_json() {
        terminal.json(&summary, summary.precision())?;
    } else {
        write!(terminal, "{summary}")?;
        for file in &files {
            writeln!(terminal, "wrote {}", file.display())?;
        }
    }
    let Some(failed) = outcomes.iter().find(|outcome| outcome.is_failure()) else {
        return Ok(match summary {
            Summary::Descent(summary) if summary.worse > 0 => {
                let all = outcomes.len();
                terminal.error(&format!(
                    "{} of {all} points ended worse than they began; use a smaller learning rate",
                    summary.worse
                ));
                ExitCode::from(1)
            }
            _ => ExitCode::SUCCESS,
        });
    };
    match summary {
        Summary::Training(_) => terminal.error(&failed.to_string()),
        Summary::Descent(_) => {
            let count = outcomes.iter().filter(|outcome| Outcome::is_failure(outcome)).count();
            terminal.error(&format!("{count} of {} points diverged; the first {failed}", outcomes.len()));
        }
    }
    Ok(ExitCode::from(1))
}

fn epoch(metrics: &EpochMetrics) -> String {
    let share = |accuracy: Option<f64>| accuracy.map_or("none".into(), |share| format!("{share:.4}"));
    format!(
        "epoch {:3}, step {:5}: loss {:.4} (test {:.4}), accuracy {} (test {})",
        metrics.epoch,
        metrics.step,
        metrics.train_loss,
        metrics.test_loss,
        share(metrics.train_accuracy),
        share(metrics.test_accuracy)
    )
}
