//! `plusminus descend`

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use ndarray::{Array1, Array2};
use plusminus::job::How;
use plusminus::{Descent, Gain, Outcome, Update, Workload};
use serde::Serialize;

use crate::args::{DeviceArgs, DifferenceArgs, ObjectiveArgs, OutputArgs, RuleArgs, StartArgs};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus descend --sum-of-squares --from -3,4 --rate 0.1 --steps 100
  plusminus descend --expr '0.01*x0^2 + 0.1*x0' --from 3 --from -20 --rate 1 --steps 1000 --output ends.csv
  plusminus descend --expr '(1 - x0)^2 + 100*(x1 - x0^2)^2' --from -1.2,1 --rule adam --rate 0.02 --schedule cosine --steps 5000

Exit codes: 0 done (a descent that got stuck is done, and says so), 1 a point diverged or ended worse than it began, 2 bad usage or bad input.")]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    start: StartArgs,

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
    /// Where f was lowest of what was seen.
    best_points: Vec<Vec<f64>>,
    /// f at the start, at the end and at its lowest, one for each point.
    gains: &'a [Gain],
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
    let start = args.start.read()?;
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
        best_points: done.best_points.rows().into_iter().map(|row| row.to_vec()).collect(),
        gains: &done.gains,
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
    let has_diverged = done.outcomes.iter().any(Outcome::is_failure);
    let is_worse = done.gains.iter().any(Gain::is_worse);
    if let Some(path) = &args.output.output {
        let values: Array1<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let best_values: Array1<f64> = done.gains.iter().map(|gain| gain.best.unwrap_or(f64::NAN)).collect();
        let steps: Array1<f64> = report.steps.iter().map(|&steps| steps as f64).collect();
        let arrays = [
            ("start", start.into_dyn()),
            ("points", done.points.into_dyn()),
            ("values", values.into_dyn()),
            ("best_points", done.best_points.into_dyn()),
            ("best_values", best_values.into_dyn()),
            ("steps", steps.into_dyn()),
        ];
        plusminus::data::save_arrays(path, "points", &arrays, precision)?;
    }
    if has_diverged {
        terminal.error("a descent diverged; see its outcome");
    } else if is_worse {
        terminal.error("a descent ended worse than it began; use a smaller learning rate");
    }
    Ok(ExitCode::from(u8::from(has_diverged || is_worse)))
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
            let journey = text::journey(from.into_dyn(), &self.points[point], self.values[point], precision);
            writeln!(terminal, "{journey}\n  {}\n  {}", self.outcomes[point], self.gains[point])?;
        }
        writeln!(terminal, "{} evaluations in {:.3} ms", self.evaluations, 1e3 * self.seconds)?;
        Ok(())
    }
}
