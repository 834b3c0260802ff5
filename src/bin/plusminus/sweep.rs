//! `plusminus sweep`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use plusminus::job::{How, Sweep, SweepSummary};
use plusminus::plot::{Look, check_picture};
use plusminus::{Difference, Error, Method, RuleChoice, RuleKind, Scheme, Step, Workload};

use crate::args::{DeviceArgs, FormatArgs, ObjectiveArgs, StartArgs, StoppingArgs, named};
use crate::exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::meter::Meter;
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
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    if let Some(path) = &args.output {
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let message = format!("{}: the table is saved as .csv: end the name in it", path.display());
            return Err(Failure::Work(Error::Usage { message }));
        }
        plusminus::data::check_output(path)?;
    }
    args.plot.as_deref().map_or(Ok(()), check_picture)?;
    let start = args.start.read()?;
    let steps_h =
        if args.step.is_empty() { vec![None] } else { args.step.iter().copied().map(Some).collect() };
    let sweep = Sweep {
        rules: args.rule.iter().map(|&rule| RuleChoice { rule, ..RuleChoice::default() }).collect(),
        rates: args.rate.clone(),
        steps_h,
        steps: args.steps,
        stopping: args.stopping.stopping(),
        bounds: args.start.bounds(start.ncols()),
        batch: None,
    };
    sweep.check(start.nrows())?;
    let settings = sweep.rules.len() * sweep.rates.len() * sweep.steps_h.len();
    let objective = args.objective.objective(start.ncols(), args.device.precision)?;
    let difference = Difference::default().with_method(args.difference).with_scheme(args.scheme);
    let points = start.nrows().saturating_mul(settings).saturating_mul(args.steps);
    let engine =
        args.device.engine(&*objective, &Workload::gradients(points).with_difference(&difference))?;
    let mut evaluator = engine.evaluator(&*objective)?;
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
    let summary = SweepSummary {
        name: "sweep".into(),
        objective: objective.name(),
        how: How::new(&evaluator, &resolved),
        ranked_by: "f".into(),
        rows,
        files: Vec::new(),
        evaluations,
        seconds: begin.elapsed().as_secs_f64(),
    };
    if args.format.is_json() {
        terminal.json(&summary, engine.precision())?;
    } else {
        write!(terminal, "{summary}")?;
    }
    if let Some(path) = &args.output {
        let table = summary.csv().map_err(|message| Failure::Work(Error::Usage { message }))?;
        plusminus::data::save_text(path, &table)?;
    }
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
    let all_failed = summary.rows.iter().all(|row| row.failed == row.descents);
    if all_failed {
        terminal.error("every descent failed; see the outcomes");
    }
    Ok(exit::code_if(all_failed, exit::DIVERGED))
}
