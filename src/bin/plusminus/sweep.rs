//! `plusminus sweep`

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use plusminus::job::{How, Sweep, SweepRow, SweepSummary};
use plusminus::plot::{Look, check_picture};
use plusminus::{Difference, Error, Method, RuleChoice, RuleKind, Scheme, Step, Workload};

use serde::{Deserialize, Serialize};

use crate::args::{DeviceArgs, FormatArgs, ObjectiveArgs, OutputArgs, StartArgs, StoppingArgs, named};
use crate::exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::meter::Meter;
use crate::parts::{Body, ShardArgs, identity};
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus sweep --expr '(1 - x0)^2 + 100*(x1 - x0^2)^2' --from -1.2,1 --rate 1e-4,1e-3,1e-2,0.1 --rule gradient-descent,momentum,adam --steps 2000
  plusminus sweep --sum-of-squares --from -3,4 --rate 0.1,1,10 --difference direct --step 1e-2,1e-4,1e-12 --steps 100 --plot sweep.svg
  plusminus sweep --expr '20 + sum(x^2 - 10*cos(2*pi*x))' --starts 256 --region -5:5,-5:5 --rate 1e-4,1e-3,1e-2 --steps 500 --output sweep.csv

Every learning rate with every rule, every step h and every start. The table is ranked by the median, over the starts, of f at the
end. A sweep of a training is a job with a section [sweep]. Exit codes: 0 done, 1 every setting failed, 2 bad usage or bad
input.")]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    start: StartArgs,

    /// The learning rates
    #[arg(long, allow_hyphen_values = true, value_delimiter = ',', required = true, help_heading = "Sweep")]
    rate: Vec<f64>,

    /// The update rules
    #[arg(long, value_name = "RULE,…", value_delimiter = ',', default_value = "gradient-descent", value_parser = named::<RuleKind>(), help_heading = "Sweep")]
    rule: Vec<RuleKind>,

    /// The steps h of the difference quotients, as in `gradient`, such as 1e-4,relative:2^-8,auto [default: the one that suits]
    #[arg(long, value_name = "H,…", value_delimiter = ',', help_heading = "Sweep")]
    step: Vec<Step>,

    /// The number of steps of each descent
    #[arg(long, help_heading = "Sweep")]
    steps: usize,

    #[command(flatten)]
    stopping: StoppingArgs,

    /// Where differences come from: direct, incremental or auto
    #[arg(long, default_value_t, value_name = "DIFFERENCE", value_parser = named::<Method>(), help_heading = "Differences")]
    difference: Method,

    /// The quotient: forward, backward or central
    #[arg(long, default_value_t, value_name = "SCHEME", value_parser = named::<Scheme>(), help_heading = "Differences")]
    scheme: Scheme,

    #[command(flatten)]
    device: DeviceArgs,

    /// Save the table as CSV, too
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Draw the table into a SVG or PNG file
    #[arg(long, value_name = "FILE", conflicts_with = "shard", help_heading = "Output")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    shard: ShardArgs,

    #[command(flatten)]
    format: FormatArgs,
}

/// A sweep, or some of its settings.
#[derive(Serialize, Deserialize)]
pub struct SweepPart {
    objective: String,
    how: How,
    rows: Vec<SweepRow>,
    evaluations: u64,
    seconds: f64,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    check_table(args.output.as_deref())?;
    args.plot.as_deref().map_or(Ok(()), check_picture)?;
    let start = args.start.read()?;
    let steps_h =
        if args.step.is_empty() { vec![None] } else { args.step.iter().copied().map(Some).collect() };
    let mut sweep = Sweep {
        part: None,
        rules: args.rule.iter().map(|&rule| RuleChoice { rule, ..RuleChoice::default() }).collect(),
        rates: args.rate.clone(),
        steps_h,
        steps: args.steps,
        stopping: args.stopping.stopping(),
        bounds: args.start.bounds(start.ncols()),
        batch: None,
    };
    sweep.check(start.nrows())?;
    let settings = sweep.count();
    sweep.part = args.shard.shard.map(|shard| shard.of(settings));
    let objective = args.objective.objective(start.ncols(), args.device.precision)?;
    let difference = Difference::default().with_method(args.difference).with_scheme(args.scheme);
    let points = start.nrows().saturating_mul(settings).saturating_mul(args.steps);
    let engine =
        args.device.engine(&*objective, &Workload::gradients(points).with_difference(&difference))?;
    let mut evaluator = engine.evaluator(&*objective)?;
    if args.shard.shard.is_some() {
        // Those of one rule and step descend together.
        evaluator.as_part_of(start.nrows() * sweep.rates.len());
    }
    let mut meter = Meter::new(sweep.descents_after_one_another(&mut evaluator) * args.steps, terminal);
    let begin = Instant::now();
    let stop = interrupt::asked();
    let done = sweep.run(
        &mut evaluator,
        &difference,
        start.view(),
        &mut |made| meter.step(made, None, terminal),
        &stop,
    );
    meter.finish();
    let (rows, evaluations) = done?;
    let resolved = evaluator.resolve(&difference.with_step(sweep.steps_h[0]))?;
    let part = SweepPart {
        objective: objective.name(),
        how: How::new(&evaluator, &resolved),
        rows,
        evaluations,
        seconds: begin.elapsed().as_secs_f64(),
    };
    if args.shard.shard.is_some() {
        if stop() {
            terminal.error("interrupted; no part was written: run it again");
            return Ok(ExitCode::from(interrupt::code()));
        }
        let settings_of = format!("{:?} {:?} {:?}", args.rule, args.rate, sweep.steps_h);
        let others = [
            ("the settings", format!("{settings_of}, {} steps, {:?}", args.steps, sweep.stopping)),
            ("the bounds", format!("{:?}", sweep.bounds)),
            ("the differences", format!("{} {}", args.difference, args.scheme)),
        ];
        let identity = identity("sweep", &evaluator, &start, &others)?;
        let device = evaluator.device();
        args.shard.save(identity, &device, (settings, "settings"), &Body::Sweep(part), terminal)?;
        return Ok(ExitCode::SUCCESS);
    }
    let summary = part.summary();
    tell(&summary, args.output.as_deref(), &args.format, terminal)?;
    if let Some(path) = &args.plot {
        let mut named = summary.clone();
        named.name = summary.objective.clone();
        named.picture().save(path, Look::default())?;
        terminal.note(&format!("wrote {}", path.display()));
    }
    if stop() {
        terminal.error("interrupted; the table is what there was then");
        return Ok(ExitCode::from(interrupt::code()));
    }
    Ok(code_of(&summary, terminal))
}

impl SweepPart {
    fn summary(self) -> SweepSummary {
        let SweepPart { objective, how, rows, evaluations, seconds } = self;
        SweepSummary {
            name: "sweep".into(),
            objective,
            how,
            ranked_by: "f".into(),
            rows,
            files: Vec::new(),
            evaluations,
            seconds,
        }
    }
}

/// The whole of parts, in their order, told; none if they do not fit together.
pub fn of_parts(
    parts: Vec<(Range<usize>, SweepPart)>,
    output: &OutputArgs,
    terminal: &mut Terminal,
) -> Result<Option<ExitCode>, Failure> {
    check_table(output.output.as_deref())?;
    let mut whole: Option<SweepPart> = None;
    for (range, part) in parts {
        if part.rows.len() != range.len() {
            return Ok(None);
        }
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                whole.rows.extend(part.rows);
                whole.evaluations += part.evaluations;
                whole.seconds += part.seconds;
            }
        }
    }
    let Some(whole) = whole else { return Ok(None) };
    let mut summary = whole.summary();
    summary.rank();
    tell(&summary, output.output.as_deref(), &output.format, terminal)?;
    Ok(Some(code_of(&summary, terminal)))
}

fn check_table(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        let message = format!("{}: the table is saved as .csv: end the name in it", path.display());
        return Err(Failure::Work(Error::Usage { message }));
    }
    Ok(plusminus::data::check_output(path)?)
}

fn tell(
    summary: &SweepSummary,
    output: Option<&Path>,
    format: &FormatArgs,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    if format.is_json() {
        terminal.json(summary, summary.how.precision)?;
    } else {
        write!(terminal, "{summary}")?;
    }
    if let Some(path) = output {
        let table = summary.csv().map_err(|message| Failure::Work(Error::Usage { message }))?;
        plusminus::data::save_text(path, &table)?;
    }
    Ok(())
}

fn code_of(summary: &SweepSummary, terminal: &mut Terminal) -> ExitCode {
    let all_failed = summary.rows.iter().all(|row| row.failed == row.descents);
    if all_failed {
        terminal.error("every descent failed; see the outcomes");
    }
    exit::code_if(all_failed, exit::DIVERGED)
}
