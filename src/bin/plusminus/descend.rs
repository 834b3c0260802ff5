//! `plusminus descend`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use ndarray::{Array1, Array2, ArrayView1};
use plusminus::data::number;
use plusminus::job::How;
use plusminus::{Descent, Outcome, Update, Workload};
use serde::Serialize;

use crate::args::{DeviceArgs, DifferenceArgs, ObjectiveArgs, OutputArgs, Point, RuleArgs, read_points};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus descend --sum-of-squares --from -3,4 --rate 0.1 --steps 100
  plusminus descend --expr '0.01*x0^2 + 0.1*x0' --from 3 --from -20 --rate 1 --steps 1000 --output ends.csv
  plusminus descend --expr '(1 - x0)^2 + 100*(x1 - x0^2)^2' --from -1.2,1 --rule adam --rate 0.02 --schedule cosine --steps 5000

Exit codes: 0 done (a descent that got stuck is done, and says so), 1 a point diverged, 2 bad usage or bad input.")]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    /// A starting point, such as -3,4; repeat it for a batch
    #[arg(
        long,
        value_name = "X0,X1,…",
        allow_hyphen_values = true,
        required_unless_present = "points",
        help_heading = "Descent"
    )]
    from: Vec<Point>,

    /// Starting points from a file: npy of shape [batch, n] or [n], or CSV with a point on each line; - reads CSV from standard
    /// input
    #[arg(long, value_name = "FILE|-", conflicts_with = "from", help_heading = "Descent")]
    points: Option<PathBuf>,

    /// The learning rate
    #[arg(long, allow_hyphen_values = true, help_heading = "Descent")]
    rate: f64,

    /// The number of steps
    #[arg(long, help_heading = "Descent")]
    steps: usize,

    #[command(flatten)]
    rule: RuleArgs,

    #[command(flatten)]
    difference: DifferenceArgs,

    #[command(flatten)]
    device: DeviceArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    objective: String,
    #[serde(flatten)]
    how: How,
    /// The update rule with its settings.
    rule: String,
    rate: f64,
    points: Vec<Vec<f64>>,
    /// `null` where the objective is not finite; the outcome says so.
    values: &'a [Option<f64>],
    /// Steps made, one for each point.
    steps: Vec<usize>,
    outcomes: Vec<String>,
    /// The outcomes as objects: `kind` and what belongs to it.
    details: &'a [Outcome],
    evaluations: u64,
    seconds: f64,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.output.check()?;
    let rule = args.rule.choice().build(args.rate, args.steps)?;
    let name = rule.name();
    let start = read_points(&args.from, args.points.as_deref())?;
    let objective = args.objective.objective(start.ncols(), args.device.precision)?;
    let difference = args.difference.difference();
    let work = Workload::gradients(start.nrows().saturating_mul(args.steps)).with_difference(&difference);
    let engine = args.device.engine(&*objective, &work)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&difference)?;
    let bar = terminal.bar(args.steps, "steps");
    let begin = Instant::now();
    let done = Descent::new(rule)
        .steps(args.steps)
        .difference(difference)
        .observe(|report| {
            bar.set_position(report.step as u64);
            Ok(())
        })
        .run(&mut evaluator, start.view());
    bar.finish_and_clear();
    let done = done?;
    let report = Report {
        objective: objective.name(),
        how: How::new(&evaluator, &difference),
        rule: name,
        rate: args.rate,
        points: done.points.rows().into_iter().map(|row| row.to_vec()).collect(),
        values: &done.values,
        steps: done.outcomes.iter().map(Outcome::steps).collect(),
        outcomes: done.outcomes.iter().map(ToString::to_string).collect(),
        details: &done.outcomes,
        evaluations: done.evaluations,
        seconds: begin.elapsed().as_secs_f64(),
    };
    let precision = engine.precision();
    if args.output.format.is_json() {
        terminal.json(&report, precision)?;
    } else {
        report.print(&start, terminal)?;
    }
    let has_failed = done.outcomes.iter().any(Outcome::is_failure);
    if let Some(path) = &args.output.output {
        let values: Array1<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let steps: Array1<f64> = report.steps.iter().map(|&steps| steps as f64).collect();
        let arrays = [
            ("start", start.into_dyn()),
            ("points", done.points.into_dyn()),
            ("values", values.into_dyn()),
            ("steps", steps.into_dyn()),
        ];
        plusminus::data::save_arrays(path, "points", &arrays, precision)?;
    }
    if has_failed {
        terminal.error("a descent diverged; see its outcome");
    }
    Ok(ExitCode::from(u8::from(has_failed)))
}

impl Report<'_> {
    fn print(&self, start: &Array2<f64>, terminal: &mut Terminal) -> Result<(), Failure> {
        let How { device, precision, difference, scheme, step_rule, .. } = &self.how;
        let (objective, precision, rule) = (&self.objective, *precision, &self.rule);
        writeln!(
            terminal,
            "{objective} on {device} in {precision}: {rule}, {difference} {scheme} differences, step {step_rule}"
        )?;
        for (point, from) in start.rows().into_iter().enumerate() {
            let to = ArrayView1::from(&self.points[point]);
            let value =
                self.values[point].map_or_else(|| "not finite".into(), |value| number(value, precision));
            writeln!(terminal, "from {}", text::vector(from.into_dyn(), precision))?;
            writeln!(terminal, "  to {}", text::vector(to.into_dyn(), precision))?;
            writeln!(terminal, "  f = {value}\n  {}", self.outcomes[point])?;
        }
        writeln!(terminal, "{} evaluations in {:.3} ms", self.evaluations, 1e3 * self.seconds)?;
        Ok(())
    }
}
