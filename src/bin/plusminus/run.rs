//! `plusminus run`

use std::io::Write;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use plusminus::job::{
    self, EpochMetrics, Finished, Job, JobPart, Progress, Run, RunOptions, RunState, Several, Summary, Task,
};
use plusminus::shard::Shard;
use plusminus::team::{Team, agree};
use plusminus::{DeviceChoice, Error, Outcome, Precision};

use crate::args::{DEVICE, FormatArgs, OutputArgs, named};
use crate::exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::meter::Meter;
use crate::net;
use crate::parts::Body;
use crate::ranks::Ranks;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus run examples/digits.toml
  plusminus run examples/rosenbrock.toml --out results --steps 1000 --json
  plusminus run examples/digits.toml --rate 0.1,0.5 --seed 1,2,3 --set data.test='{ share = 0.25, seed = 7 }'

  plusminus run examples/mnist.toml --set checkpoint.steps=500
  plusminus run examples/mnist.toml --resume
  mpirun -n 4 plusminus run examples/mnist.toml

The example files explain every key. While it runs, all is in DIR.partial: job.toml (the job as it was resolved), metrics.jsonl, run.log and
checkpoints. When it is done, that folder becomes DIR, as a whole. Ctrl-C, SIGTERM or SIGHUP end it after the step at hand with a checkpoint; a
second one ends it at once.")]
pub struct Args {
    /// The job file; paths in it are relative to it
    #[arg(value_name = "JOB.toml")]
    job: PathBuf,

    /// Folder for the results: of a training parameters.npz, model.json, epochs.csv and loss.csv, of a descent points.npz,
    /// values.csv and trace.csv, of a sweep sweep.csv; pictures and summary.json. It is
    /// replaced as a whole [default: out/NAME]
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

    /// Instead of the job's learning rate; several, such as 0.1,0.5, as in a job
    #[arg(long, value_delimiter = ',')]
    rate: Vec<f64>,

    /// Instead of the job's seeds: of the starting parameters of networks (several: as many trainings), and of the shuffles of
    /// minibatches and of starts that are spread, for which the first counts
    #[arg(long, value_delimiter = ',')]
    seed: Vec<u64>,

    /// Instead of what the job says, or beside it: any key with its value in TOML, such as network.initial.std=0.1 or
    /// data.scale=standard; repeat it for others
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// Go on with an unfinished run from its last checkpoint: to the last bit as if it had never stopped. Where there is none, begin; where
    /// the job is done already, do nothing
    #[arg(long)]
    resume: bool,

    /// Read all that the job reads and open the device, say what would run and what memory and disk it takes, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// End after so many seconds as by Ctrl-C, with a checkpoint, and exit with 124
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,

    /// Replace a finished run when this one is done, or drop an unfinished one
    #[arg(long)]
    force: bool,

    /// How many processes run the job together by MPI, as `mpirun -n N` starts them; if they are not as many, nothing is run. 1 has each
    /// process run it by itself [default: as many as there are]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    ranks: Option<u64>,

    /// Only this part of a sweep's settings, of the networks, or of a descent's points, such as 2/5, from 1/5 to 5/5: each part is a process of its
    /// own, on any machine, and `plusminus merge DIR` makes one run of them, to the same bits
    #[arg(long, value_name = "I/N", requires = "parts", conflicts_with_all = ["out", "resume", "force", "ranks", "dry_run"], help_heading = "Parts")]
    shard: Option<Shard>,

    /// The folder that the part is written into, all parts into the same
    #[arg(long, value_name = "DIR", requires = "shard", help_heading = "Parts")]
    parts: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Puts what is given here in the place of what the job says, also of its sweep.
    fn replace(&self, job: &mut Job) -> Result<(), Failure> {
        let usage = |message: String| Failure::Work(Error::Usage { message });
        let flags = [
            ("--rate", !self.rate.is_empty(), &["descent.rate", "sweep.rate"][..]),
            (
                "--seed",
                !self.seed.is_empty(),
                &["descent.seed", "network.initial.seed", "sweep.seed", "start.spread.seed"],
            ),
            ("--steps", self.steps.is_some(), &["descent.steps", "descent.epochs"]),
        ];
        for (flag, is_given, keys) in flags {
            let key_of = |setting: &String| setting.split_once('=').map(|(key, _)| key.trim().to_string());
            let both = self.set.iter().filter_map(key_of).find(|key| keys.contains(&key.as_str()));
            if let Some(key) = both.filter(|_| is_given) {
                return Err(usage(format!("{flag} and --set {key} say the same: give one of them")));
            }
        }
        if let Some(steps) = self.steps {
            (job.descent.steps, job.descent.epochs) = (Some(steps as usize), None);
        }
        if !self.rate.is_empty() {
            match &mut job.sweep {
                Some(sweep) => sweep.rate = Some(Several(self.rate.clone())),
                None => job.descent.rate = Several(self.rate.clone()),
            }
        }
        let Some(&first) = self.seed.first() else { return Ok(()) };
        job.descent.seed = first;
        match &mut job.task {
            Task::Training { network, .. } => match &mut job.sweep {
                Some(sweep) => sweep.seed = Some(Several(self.seed.clone())),
                None if network.initial.file.is_some() && self.seed.len() > 1 => {
                    return Err(usage(
                        "several seeds are of starting parameters, and this job's are in a file: give one, for the minibatches"
                            .into(),
                    ));
                }
                None if network.initial.file.is_some() => {}
                None => network.initial.seed = Some(Several(self.seed.clone())),
            },
            Task::Descent { .. } if self.seed.len() > 1 => {
                return Err(usage(
                    "several seeds belong to the training of a network; this job is a descent: give one"
                        .into(),
                ));
            }
            // Where they begin is by lot, too.
            Task::Descent { start, .. } => start.spread.iter_mut().for_each(|spread| spread.seed = first),
        }
        Ok(())
    }
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    // Parts know nothing of one another, whoever starts them.
    let ranks = if args.shard.is_some() { None } else { Ranks::connect(args.ranks)? };
    let Some(ranks) = ranks else { return run_by(args, None, terminal) };
    let leads = ranks.leads();
    let work = || match ranks.check(args.ranks) {
        Ok(()) => run_by(args, Some(ranks.team()), terminal),
        Err(error) => Err(error.into()),
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        // Rank 0 says what is wrong, at whichever rank it is.
        Ok(Err(Failure::Work(_))) if !leads => Ok(ExitCode::SUCCESS),
        Ok(done) => done,
        Err(_) => {
            net::complain();
            // The others would wait for this one.
            ranks.abort(exit::FAILED)
        }
    }
}

/// The job, as the flags have it.
fn job(args: &Args) -> Result<Job, Failure> {
    let mut job = Job::read_with(&args.job, &args.set)?;
    args.replace(&mut job)?;
    job.precision = args.precision.or(job.precision);
    job.device = args.device.clone().unwrap_or(job.device);
    Ok(job)
}

fn run_by(args: &Args, team: Option<Arc<dyn Team>>, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let leads = team.as_ref().is_none_or(|team| team.rank() == 0);
    let job = match (&team, job(args)) {
        (Some(team), Err(Failure::Work(error))) => agree(&**team, Err(error))?,
        (Some(team), Ok(job)) => agree(&**team, Ok(job))?,
        (_, job) => job?,
    };
    if args.dry_run && !leads {
        return Ok(ExitCode::SUCCESS);
    }
    if args.dry_run {
        let plan = job::plan(&job)?;
        if args.format.is_json() {
            terminal.json(&plan, Precision::F64)?;
        } else {
            write!(terminal, "{plan}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("out").join(&job.name));
    let what = match job.task {
        Task::Training { .. } => "loss",
        Task::Descent { .. } => "least value",
    };
    let mut meter: Option<Meter> = None;
    let limit = args.timeout.map(Duration::try_from_secs_f64).transpose();
    let limit = limit.ok().filter(|limit| *limit != Some(Duration::ZERO)).ok_or_else(|| {
        let message = "--timeout: it must be a number of seconds greater than 0, and below 1e19".into();
        Failure::Work(Error::Usage { message })
    })?;
    let stop = interrupt::asked_from(limit);
    let mut progress = |progress: Progress<'_>| match progress {
        Progress::Begin { .. } if !leads => interrupt::begin(),
        Progress::Note(note) => terminal.note(note),
        Progress::Begin { steps, title } => {
            interrupt::begin();
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
    };
    if let (Some(shard), Some(parts)) = (args.shard, &args.parts) {
        let done = job::run_part(&job, (shard, parts), Body::Job, &mut progress, &stop);
        if let Some(meter) = meter {
            meter.finish();
        }
        let Some(path) = done? else {
            terminal.error("interrupted; no part was written: run it again");
            return Ok(ExitCode::from(interrupt::code()));
        };
        terminal.note(&format!("part {shard}: wrote {}", path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let options = RunOptions { resume: args.resume, force: args.force };
    let done = match team {
        None => job::run_with(&job, &folder, options, &mut progress, &stop),
        Some(team) => {
            let done = job::run_by(team.clone(), &job, &folder, options, &mut progress, &stop);
            // The signal of one rank is that of all.
            let all = team.all_gather(vec![interrupt::signal()])?;
            interrupt::told(all.concat().into_iter().find(|signal| *signal > 0).unwrap_or(0));
            done
        }
    };
    if let Some(meter) = meter {
        meter.finish();
    }
    match done? {
        Run::Done(finished) => told(&finished, args.format.is_json(), terminal),
        Run::Before { folder, summary } => {
            if args.format.is_json() {
                writeln!(terminal, "{summary}")?;
            } else {
                writeln!(terminal, "{} is finished already; nothing was run", folder.display())?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Run::Followed => Ok(ExitCode::SUCCESS),
    }
}

/// The run that parts make together, told.
pub fn of_parts(
    parts: Vec<(Range<usize>, JobPart)>,
    (out, force): (Option<&Path>, bool),
    output: &OutputArgs,
    terminal: &mut Terminal,
) -> Result<ExitCode, Failure> {
    if output.output.is_some() {
        let message =
            "--output is for the parts of other commands: those of a job make a run in the folder of --out"
                .into();
        return Err(Failure::Work(Error::Usage { message }));
    }
    let mut progress = |progress: Progress<'_>| {
        if let Progress::Note(note) = progress {
            terminal.note(note);
        }
    };
    match job::merge(parts, out, RunOptions { resume: false, force }, &mut progress)? {
        Run::Done(finished) => told(&finished, output.format.is_json(), terminal),
        Run::Before { .. } | Run::Followed => Ok(ExitCode::SUCCESS),
    }
}

/// Prints what came of it.
fn told(finished: &Finished, is_json: bool, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let Finished { state, summary, folder, files, problem, unwritten, .. } = finished;
    if is_json {
        terminal.json(&finished.written(), summary.precision())?;
    } else {
        write!(terminal, "{summary}")?;
        for file in files {
            writeln!(terminal, "wrote {}", file.display())?;
        }
    }
    if let Some(problem) = problem {
        terminal.error(&problem.to_string());
        if unwritten.is_empty() {
            terminal.error(&format!("the results are in {} instead", folder.display()));
        } else {
            let arrays: std::collections::BTreeMap<&str, Vec<f64>> = unwritten
                .iter()
                .map(|(name, array)| (name.as_str(), array.iter().copied().collect()))
                .collect();
            terminal.json(&arrays, summary.precision())?;
            terminal.error("the results could be written nowhere: they are printed instead");
        }
        return Ok(ExitCode::from(exit::DISK));
    }
    if *state == RunState::Interrupted {
        terminal.error(&format!(
            "interrupted; what there is is in {}, and --resume goes on with it",
            folder.display()
        ));
        return Ok(ExitCode::from(interrupt::code()));
    }
    let Some(message) = failure(finished) else { return Ok(ExitCode::SUCCESS) };
    terminal.error(&message);
    if *state == RunState::Failed && folder.extension().is_some_and(|end| end == "failed") {
        terminal.error(&format!("the run before is as it was; this one is in {}", folder.display()));
    }
    Ok(ExitCode::from(exit::DIVERGED))
}

/// What went wrong with the descents, if anything.
fn failure(Finished { summary, outcomes, .. }: &Finished) -> Option<String> {
    let all = outcomes.len();
    let failed = outcomes.iter().filter(|outcome| Outcome::is_failure(outcome));
    match (summary, outcomes.iter().find(|outcome| outcome.is_failure())) {
        (Summary::Descent(_), Some(first)) => {
            Some(format!("{} of {all} points diverged; the first {first}", failed.count()))
        }
        (_, Some(first)) => Some(first.to_string()),
        (Summary::Descent(summary), None) if summary.worse > 0 => {
            let worse = summary.worse;
            Some(format!("{worse} of {all} points ended worse than they began; use a smaller learning rate"))
        }
        (Summary::Sweep(summary), None) if summary.rows.iter().all(|row| row.failed == row.descents) => {
            Some("every descent failed; see the outcomes".into())
        }
        _ => None,
    }
}

fn epoch(metrics: &EpochMetrics) -> String {
    let EpochMetrics { epoch, step, train_loss, test_loss, .. } = metrics;
    let number = |x: f64| if x.abs() < 1e6 { format!("{x:.4}") } else { format!("{x:.4e}") };
    let pair = |name: &str, train: Option<f64>, test: Option<f64>| {
        let test = test.map_or(String::new(), |test| format!(" (test {})", number(test)));
        train.map_or(String::new(), |train| format!("{name} {}{test}", number(train)))
    };
    let loss = pair("loss", Some(*train_loss), *test_loss);
    let accuracy = pair(", accuracy", metrics.train_accuracy, metrics.test_accuracy);
    let r2 = pair(", R²", metrics.train_r2, metrics.test_r2);
    format!("epoch {epoch:3}, step {step:5}: {loss}{accuracy}{r2}")
}
