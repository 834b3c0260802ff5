//! `plusminus descend`

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use ndarray::{Array1, Array2, ArrayView1};
use plusminus::data::number;
use plusminus::job::How;
use plusminus::{Gain, Outcome, Precision, RuleKind, Update, Workload};
use serde::Serialize;

use crate::args::{DescentArgs, DeviceArgs, DifferenceArgs, ObjectiveArgs, OutputArgs, StartArgs};
use crate::exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::meter::Meter;
use crate::terminal::Terminal;
use crate::text;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus descend --sum-of-squares --from -3,4 --rate 0.1 --steps 100
  plusminus descend --sum-of-squares --from -3,4 --rate 0.1,1,1.5 --steps 100
  plusminus descend --expr '0.01*x0^2 + 0.1*x0' --from 3 --from -20 --rate 1 --steps 1000 --output ends.csv
  plusminus descend --expr '20 + sum(x^2 - 10*cos(2*pi*x))' --starts 1024 --region -5:5,-5:5 --rate 0.001 --steps 2000 --gradient-tolerance 1e-9
  plusminus descend --expr '(1 - x0)^2 + 100*(x1 - x0^2)^2' --from -1.2,1 --rule adam --rate 0.02 --schedule cosine --steps 5000

Exit codes: 0 done (a descent that got stuck is done, and says so), 1 a point diverged or ended worse than it began, 2 bad usage or bad input.")]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    start: StartArgs,

    #[command(flatten)]
    descent: DescentArgs,

    #[command(flatten)]
    difference: DifferenceArgs,

    #[command(flatten)]
    device: DeviceArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Steps between two values that are told on the way.
const REPORTS: usize = 100;

/// Points that are printed before the rest is only counted.
const SHOWN: usize = 12;

#[derive(Serialize)]
struct Report<'a> {
    objective: String,
    #[serde(flatten)]
    how: How,
    /// The update rule with its settings.
    rule: String,
    /// One for all, or one for each point.
    rates: &'a [f64],
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

/// What the report calls the rules.
fn rule_name(kind: RuleKind, rules: &[Box<dyn Update>], rates: &[f64]) -> String {
    match rules {
        [rule] => rule.name(),
        _ => {
            let rates: Vec<String> = rates.iter().map(|&rate| number(rate, Precision::F64)).collect();
            format!("{kind}, learning rates {}", rates.join(", "))
        }
    }
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.output.check()?;
    let rules = args.descent.rules()?;
    let (rates, steps) = (&args.descent.rate, args.descent.steps);
    let name = rule_name(args.descent.kind(), &rules, rates);
    let start = args.descent.starts(&args.start)?;
    let objective = args.objective.objective(start.ncols(), args.device.precision)?;
    let difference = args.difference.difference();
    let work = Workload::gradients(start.nrows().saturating_mul(steps)).with_difference(&difference);
    let engine = args.device.engine(&*objective, &work)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&difference)?;
    let mut meter = Meter::new(steps, terminal);
    let begin = Instant::now();
    let descent = args
        .descent
        .descent(rules, args.start.bounds(start.ncols()))
        .difference(difference)
        .report_every(REPORTS)
        .stop_when(interrupt::asked());
    let done = descent
        .observe(|report| {
            let values = report.values.iter().flatten().copied().filter(|value| value.is_finite());
            let least = values.min_by(f64::total_cmp).map(|least| format!("least f {least:.4e}"));
            meter.step(report.step, least, terminal);
            Ok(())
        })
        .run(&mut evaluator, start.view());
    meter.finish();
    let done = done?;
    let report = Report {
        objective: objective.name(),
        how: How::new(&evaluator, &difference),
        rule: name,
        rates,
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
    if done.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Interrupted { .. })) {
        terminal.error("interrupted; the points are where they were then");
        return Ok(ExitCode::from(interrupt::code()));
    }
    if has_diverged {
        terminal.error("a descent diverged; see its outcome");
    } else if is_worse {
        terminal.error("a descent ended worse than it began; use a smaller learning rate");
    }
    Ok(exit::code_if(has_diverged || is_worse, exit::DIVERGED))
}

impl Report<'_> {
    fn print(&self, start: &Array2<f64>, terminal: &mut Terminal) -> Result<(), Failure> {
        let How { device, precision, difference, scheme, step_rule, .. } = &self.how;
        let (objective, precision, rule) = (&self.objective, *precision, &self.rule);
        writeln!(
            terminal,
            "{objective} on {device} in {precision}: {rule}, {difference} {scheme} differences, step {step_rule}"
        )?;
        for (point, from) in start.rows().into_iter().enumerate().take(SHOWN) {
            if self.rates.len() > 1 {
                writeln!(terminal, "learning rate {}", number(self.rates[point], precision))?;
            }
            let journey = text::journey(from.into_dyn(), &self.points[point], self.values[point], precision);
            writeln!(terminal, "{journey}\n  {}\n  {}", self.outcomes[point], self.gains[point])?;
        }
        if start.nrows() > SHOWN {
            writeln!(terminal, "… {} more points (--json prints all)", start.nrows() - SHOWN)?;
            for (kind, count) in Outcome::counts(self.details) {
                writeln!(terminal, "{count:>8} {kind}")?;
            }
            let values = self.gains.iter().map(|gain| gain.best.unwrap_or(f64::INFINITY)).enumerate();
            if let Some((point, value)) = values.min_by(|a, b| a.1.total_cmp(&b.1)) {
                let at = text::vector(ArrayView1::from(&self.best_points[point]).into_dyn(), precision);
                writeln!(terminal, "lowest f = {} at {at}, from point {point}", number(value, precision))?;
            }
        }
        writeln!(terminal, "{} evaluations in {:.3} ms", self.evaluations, 1e3 * self.seconds)?;
        Ok(())
    }
}
