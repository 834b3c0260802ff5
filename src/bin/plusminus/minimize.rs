//! `plusminus minimize`

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use ndarray::{Array1, Array2};
use plusminus::job::How;
use plusminus::{Lbfgs, MinimumOutcome, Workload};
use serde::Serialize;

use crate::args::{DeviceArgs, DifferenceArgs, ObjectiveArgs, OutputArgs, StartArgs};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus minimize --expr '(1 - x0)^2 + 100*(x1 - x0^2)^2' --from -1.2,1
  plusminus minimize --expr '(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2' --starts 100 --lower 0,0 --upper 5,5 --output minima.npz

Exit codes: 0 done (a start that found no minimum is done, and says so), 1 a start has no value or f falls without end, 2 bad usage or bad
input.")]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    start: StartArgs,

    /// The number of steps, at most
    #[arg(long, default_value_t = 1000, help_heading = "Minimisation")]
    steps: usize,

    /// A start is done where no component of the gradient is larger than this; without it, where the gradient is 0 within its error bar, or
    /// no lower value is found
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true, help_heading = "Minimisation")]
    tolerance: f64,

    /// The number of last steps that are remembered
    #[arg(long, default_value_t = 10, help_heading = "Minimisation")]
    memory: usize,

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
    points: Vec<Vec<f64>>,
    /// `null` for a start that has no value.
    values: &'a [Option<f64>],
    gradients: Vec<Vec<f64>>,
    /// Steps made, one for each start.
    steps: Vec<usize>,
    /// Evaluations of f with its gradient, one for each start.
    calls: &'a [usize],
    outcomes: Vec<String>,
    /// The outcomes as objects: `kind` and what belongs to it.
    details: &'a [MinimumOutcome],
    seconds: f64,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.output.check()?;
    let start = args.start.read()?;
    let n = start.ncols();
    let objective = args.objective.objective(n, args.device.precision)?;
    let difference = args.difference.difference();
    // As a rule a few steps a coordinate, and rarely all that are allowed.
    let expected = start.nrows().saturating_mul(args.steps.min(100));
    let work = Workload::gradients(expected).with_difference(&difference);
    let engine = args.device.engine(&*objective, &work)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&difference)?;
    let mut minimiser =
        Lbfgs::new().steps(args.steps).memory(args.memory).tolerance(args.tolerance).difference(difference);
    if let Some((lower, upper)) = args.start.bounds(n) {
        minimiser = minimiser.bounds(&lower, &upper);
    }
    let begin = Instant::now();
    let found = minimiser.run(&mut evaluator, start.view())?;
    let rows = |array: &Array2<f64>| array.rows().into_iter().map(|row| row.to_vec()).collect();
    let report = Report {
        objective: objective.name(),
        how: How::new(&evaluator, &difference),
        points: rows(&found.points),
        values: &found.values,
        gradients: rows(&found.gradients),
        steps: found.outcomes.iter().map(MinimumOutcome::steps).collect(),
        calls: &found.calls,
        outcomes: found.outcomes.iter().map(ToString::to_string).collect(),
        details: &found.outcomes,
        seconds: begin.elapsed().as_secs_f64(),
    };
    let precision = engine.precision();
    if args.output.format.is_json() {
        terminal.json(&report, precision)?;
    } else {
        report.print(&start, terminal)?;
    }
    let is_failure = |outcome: &MinimumOutcome| {
        matches!(outcome, MinimumOutcome::NoStart { .. } | MinimumOutcome::Unbounded { .. })
    };
    let has_failed = found.outcomes.iter().any(is_failure);
    if let Some(path) = &args.output.output {
        let values: Array1<f64> = found.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let steps: Array1<f64> = report.steps.iter().map(|&steps| steps as f64).collect();
        let arrays = [
            ("start", start.into_dyn()),
            ("points", found.points.into_dyn()),
            ("values", values.into_dyn()),
            ("gradients", found.gradients.into_dyn()),
            ("steps", steps.into_dyn()),
        ];
        plusminus::data::save_arrays(path, "points", &arrays, precision)?;
    }
    if has_failed {
        terminal.error("a start has no minimum; see its outcome");
    }
    Ok(ExitCode::from(u8::from(has_failed)))
}

impl Report<'_> {
    fn print(&self, start: &Array2<f64>, terminal: &mut Terminal) -> Result<(), Failure> {
        let How { device, precision, difference, scheme, step_rule, .. } = &self.how;
        let (objective, precision) = (&self.objective, *precision);
        writeln!(
            terminal,
            "{objective} on {device} in {precision}: L-BFGS, {difference} {scheme} differences, step {step_rule}"
        )?;
        for (point, from) in start.rows().into_iter().enumerate() {
            let journey = text::journey(from.into_dyn(), &self.points[point], self.values[point], precision);
            writeln!(terminal, "{journey}\n  {}", self.outcomes[point])?;
        }
        let calls: usize = self.calls.iter().sum();
        writeln!(terminal, "{calls} gradients in {:.3} ms", 1e3 * self.seconds)?;
        Ok(())
    }
}
