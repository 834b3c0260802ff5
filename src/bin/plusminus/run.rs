//! `plusminus run`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plusminus::job::{self, DescentJob, Job, JobConfig, Progress};
use plusminus::{DeviceChoice, Precision};

use crate::args::Format;
use crate::{Failure, output};

#[derive(clap::Args)]
pub struct Args {
    /// The job file; paths in it are relative to it
    #[arg(value_name = "JOB.toml")]
    job: PathBuf,

    /// Folder for the results: of a training parameters.npz, epochs.csv and loss.csv, of a descent points.npz and
    /// values.csv; of both curves.svg and summary.json [default: out/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Instead of the job's device: auto, cpu, gpu, or part of an adapter's name
    #[arg(long)]
    device: Option<DeviceChoice>,

    /// Instead of the job's: f32 or f64
    #[arg(long)]
    precision: Option<Precision>,

    /// Instead of the job's epochs or steps: this many steps
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,

    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A progress bar on standard error, if that is a terminal.
pub fn bar(count: usize, of: &str) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    let template = ["{bar:40} {pos}/{len} ", of, ", {elapsed} + {eta} left{msg}"].concat();
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    match Job::read(&args.job)? {
        Job::Training(mut job) => {
            if let Some(steps) = args.steps {
                job.descent.steps = Some(steps as usize);
                job.descent.epochs = None;
            }
            job.precision = args.precision.or(job.precision);
            train(args, &job, out)
        }
        Job::Descent(mut job) => {
            if let Some(steps) = args.steps {
                job.descent.steps = steps as usize;
            }
            job.precision = args.precision.or(job.precision);
            descend(args, &job, out)
        }
    }
}

impl Args {
    /// The device and the folder, by the arguments or by the job.
    fn place(&self, device: &str, name: &str) -> Result<(DeviceChoice, PathBuf), Failure> {
        let device = match &self.device {
            Some(device) => device.clone(),
            None => device.parse()?,
        };
        Ok((device, self.out.clone().unwrap_or_else(|| PathBuf::from("out").join(name))))
    }
}

fn descend(args: &Args, job: &DescentJob, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let (device, folder) = args.place(&job.device, &job.name)?;
    let mut progress_bar: Option<ProgressBar> = None;
    let done = job::descend(job, &device, &folder, &mut |progress| match progress {
        Progress::Begin { steps, title } => {
            output::note(title);
            progress_bar = Some(bar(steps, "steps"));
        }
        Progress::Step { step, loss } => {
            if let Some(bar) = &progress_bar {
                bar.set_position(step as u64);
                if let Some(least) = loss {
                    bar.set_message(format!(", least value {least:.4e}"));
                }
            }
        }
        Progress::Epoch(_) => {}
    });
    if let Some(bar) = progress_bar {
        bar.finish_and_clear();
    }
    let done = done?;
    let summary = &done.summary;
    if args.format == Format::Json {
        output::json(out, summary)?;
    } else {
        writeln!(out, "{}: {} from {} points", summary.name, summary.objective, summary.points)?;
        writeln!(
            out,
            "{} evaluations in {:.1} s on {} in {}",
            summary.evaluations, summary.seconds, summary.device, summary.precision
        )?;
        if let Some(best) = &summary.best {
            writeln!(
                out,
                "least value {} at point {}: {}",
                output::number(best.value),
                best.point,
                output::vector(ndarray::ArrayView1::from(&best.x))
            )?;
            writeln!(out, "  {}", best.outcome)?;
        }
        for file in &done.files {
            writeln!(out, "wrote {}", file.display())?;
        }
    }
    let failed = done.outcomes.iter().find(|outcome| outcome.is_failure());
    if let Some(outcome) = failed {
        output::note(&format!(
            "error: {} of {} points diverged; the first {outcome}",
            summary.diverged, summary.points
        ));
    }
    Ok(ExitCode::from(u8::from(failed.is_some())))
}

fn train(args: &Args, job: &JobConfig, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let (device, folder) = args.place(&job.device, &job.name)?;
    let mut progress_bar: Option<ProgressBar> = None;
    let mut latest = None;
    let finished = job::run(job, &device, &folder, &mut |progress| match progress {
        Progress::Begin { steps, title } => {
            output::note(title);
            progress_bar = Some(bar(steps, "steps"));
        }
        Progress::Step { step, loss } => {
            latest = loss.or(latest);
            if let Some(bar) = &progress_bar {
                bar.set_position(step as u64);
                bar.set_message(latest.map_or(String::new(), |loss| format!(", loss {loss:.4}")));
            }
        }
        Progress::Epoch(metrics) => {
            let line = format!(
                "epoch {:3}, step {:5}: loss {} (test {}), accuracy {} (test {})",
                metrics.epoch,
                metrics.step,
                loss(Some(metrics.train_loss)),
                loss(Some(metrics.test_loss)),
                share(metrics.train_accuracy),
                share(metrics.test_accuracy)
            );
            match &progress_bar {
                // Above the bar on a terminal, plain lines elsewhere.
                Some(bar) if !bar.is_hidden() => bar.println(line),
                _ => output::note(&line),
            }
        }
    });
    if let Some(bar) = progress_bar {
        bar.finish_and_clear();
    }
    let finished = finished?;
    let summary = &finished.summary;
    if args.format == Format::Json {
        output::json(out, summary)?;
    } else {
        writeln!(out, "{}: {}", summary.name, summary.outcome)?;
        writeln!(
            out,
            "{} in {:.1} s on {} in {}",
            match summary.difference.as_str() {
                "direct" => format!("{} evaluations of the minibatch loss", summary.evaluations),
                _ => format!(
                    "quotients of {} values of the minibatch loss, by increments,",
                    summary.evaluations
                ),
            },
            summary.seconds,
            summary.device,
            summary.precision
        )?;
        writeln!(
            out,
            "training loss {}, accuracy {}",
            loss(summary.train_loss),
            share(summary.train_accuracy)
        )?;
        writeln!(
            out,
            "held-out loss {}, accuracy {}",
            loss(summary.test_loss),
            share(summary.test_accuracy)
        )?;
        for file in &finished.files {
            writeln!(out, "wrote {}", file.display())?;
        }
    }
    if finished.outcome.is_failure() {
        output::note(&format!("error: {}", finished.outcome));
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

fn loss(loss: Option<f64>) -> String {
    match loss {
        None => "not finite".into(),
        Some(loss) if loss < 1e6 => format!("{loss:.4}"),
        Some(loss) => format!("{loss:.4e}"),
    }
}

fn share(accuracy: Option<f64>) -> String {
    accuracy.map_or("none (targets are values)".into(), |share| format!("{share:.4}"))
}
