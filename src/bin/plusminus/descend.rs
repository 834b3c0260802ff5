//! `plusminus descend`

use std::io::Write;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use ndarray::{Array1, ArrayD, ArrayView1, Axis};
use plusminus::data::number;
use plusminus::job::How;
use plusminus::shard::Packed;
use plusminus::{Gain, Outcome, Precision, RuleKind, Update, Workload};
use serde::{Deserialize, Serialize};

use crate::args::{DescentArgs, DeviceArgs, DifferenceArgs, ObjectiveArgs, OutputArgs, StartArgs};
use crate::exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::meter::Meter;
use crate::parts::{Body, ShardArgs, identity, in_words};
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
    shard: ShardArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Steps between two values that are told on the way.
const REPORTS: usize = 100;

/// Points that are printed before the rest is only counted.
const SHOWN: usize = 12;

/// All that became of points, or of a part of them.
#[derive(Serialize, Deserialize)]
pub struct DescentPart {
    objective: String,
    how: How,
    /// The update rule with its settings.
    rule: String,
    /// One for all, or one for each point.
    rates: Vec<f64>,
    has_rate_of_each: bool,
    /// Where the points began, where they are, where f was lowest of what was seen.
    start: Packed,
    points: Packed,
    best_points: Packed,
    /// None where the objective is not finite; the outcome says so.
    values: Vec<Option<f64>>,
    gains: Vec<Gain>,
    outcomes: Vec<Outcome>,
    evaluations: u64,
    seconds: f64,
}

/// The same as JSON.
#[derive(Serialize)]
struct Report<'a> {
    objective: &'a str,
    #[serde(flatten)]
    how: &'a How,
    rule: &'a str,
    rates: &'a [f64],
    points: Vec<Vec<f64>>,
    values: &'a [Option<f64>],
    /// Steps made, one for each point.
    steps: Vec<usize>,
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
    let mut rules = args.descent.rules()?;
    let mut rates = args.descent.rate.clone();
    let steps = args.descent.steps;
    let name = rule_name(args.descent.kind(), &rules, &rates);
    let whole = args.descent.starts(&args.start)?;
    let objective = args.objective.objective(whole.ncols(), args.device.precision)?;
    let difference = args.difference.difference();
    // Which device is worth its opening hangs on all the work, whoever does it.
    let work = Workload::gradients(whole.nrows().saturating_mul(steps)).with_difference(&difference);
    let engine = args.device.engine(&*objective, &work)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&difference)?;
    let bounds = args.start.bounds(whole.ncols());
    let identity = match args.shard.shard {
        Some(shard) => {
            let range = shard.of(whole.nrows());
            if rates.len() > 1 {
                (rules, rates) = (rules.drain(range.clone()).collect(), rates[range].to_vec());
            }
            let others = [
                ("the rule", format!("{name}, {steps} steps; {}", args.descent.told())),
                ("the bounds", format!("{bounds:?}")),
                ("the differences", in_words(&difference)),
            ];
            evaluator.as_part_of(whole.nrows());
            Some(identity("descend", &evaluator, &whole, &others)?)
        }
        None => None,
    };
    let start = args.shard.rows(&whole);
    let mut meter = Meter::new(steps, terminal);
    let begin = Instant::now();
    let mut part = DescentPart {
        objective: objective.name(),
        how: How::new(&evaluator, &difference),
        rule: name,
        has_rate_of_each: args.descent.rate.len() > 1,
        rates,
        start: Packed(start.clone().into_dyn()),
        points: Packed(start.clone().into_dyn()),
        best_points: Packed(start.clone().into_dyn()),
        values: Vec::new(),
        gains: Vec::new(),
        outcomes: Vec::new(),
        evaluations: 0,
        seconds: 0.0,
    };
    // There may be more parts than points.
    if start.nrows() > 0 {
        let descent = args
            .descent
            .descent(rules, bounds)
            .difference(difference)
            .report_every(REPORTS)
            .stop_when(interrupt::asked());
        let descent = match args.shard.shard {
            Some(_) => descent.as_part_from(args.shard.first(whole.nrows())),
            None => descent,
        };
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
        (part.points, part.best_points) =
            (Packed(done.points.into_dyn()), Packed(done.best_points.into_dyn()));
        (part.values, part.gains, part.outcomes) = (done.values, done.gains, done.outcomes);
        part.evaluations = done.evaluations;
    }
    part.seconds = begin.elapsed().as_secs_f64();
    let Some(identity) = identity else { return part.tell(&args.output, terminal) };
    if part.is_interrupted() {
        terminal.error("interrupted; no part was written: run it again");
        return Ok(ExitCode::from(interrupt::code()));
    }
    let device = evaluator.device();
    args.shard.save(identity, &device, (whole.nrows(), "points"), &Body::Descent(part), terminal)?;
    Ok(ExitCode::SUCCESS)
}

/// The whole of parts, each with its points, told; none if they do not fit together.
pub fn of_parts(
    parts: Vec<(Range<usize>, DescentPart)>,
    output: &OutputArgs,
    terminal: &mut Terminal,
) -> Result<Option<ExitCode>, Failure> {
    let mut whole: Option<DescentPart> = None;
    let mut arrays = [Vec::new(), Vec::new(), Vec::new()];
    for (range, mut part) in parts {
        let own = [&part.start, &part.points, &part.best_points].map(|array| array.0.clone());
        let lengths = [part.values.len(), part.gains.len(), part.outcomes.len()];
        let fits = own.iter().all(|array| array.ndim() == 2 && array.shape()[0] == range.len());
        if !fits || lengths != [range.len(); 3] {
            return Ok(None);
        }
        arrays.iter_mut().zip(own).for_each(|(all, own)| all.push(own));
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                whole.values.append(&mut part.values);
                whole.gains.append(&mut part.gains);
                whole.outcomes.append(&mut part.outcomes);
                whole.evaluations += part.evaluations;
                whole.seconds += part.seconds;
                if part.has_rate_of_each {
                    whole.rates.append(&mut part.rates);
                }
            }
        }
    }
    let joined = |arrays: &[ArrayD<f64>]| {
        let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
        ndarray::concatenate(Axis(0), &views).ok().map(Packed)
    };
    let [start, points, best_points] = arrays.map(|arrays| joined(&arrays));
    let (Some(whole), Some(start), Some(points), Some(best_points)) = (whole, start, points, best_points)
    else {
        return Ok(None);
    };
    DescentPart { start, points, best_points, ..whole }.tell(output, terminal).map(Some)
}

impl DescentPart {
    fn is_interrupted(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Interrupted { .. }))
    }

    /// Prints it, and saves it, if that is asked for.
    fn tell(self, output: &OutputArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
        let rows = |array: &Packed| array.0.outer_iter().map(|row| row.iter().copied().collect()).collect();
        let report = Report {
            objective: &self.objective,
            how: &self.how,
            rule: &self.rule,
            rates: &self.rates,
            points: rows(&self.points),
            best_points: rows(&self.best_points),
            gains: &self.gains,
            values: &self.values,
            steps: self.outcomes.iter().map(Outcome::steps).collect(),
            outcomes: self.outcomes.iter().map(ToString::to_string).collect(),
            details: &self.outcomes,
            evaluations: self.evaluations,
            seconds: self.seconds,
        };
        let precision = self.how.precision;
        if output.format.is_json() {
            terminal.json(&report, precision)?;
        } else {
            report.print(&self.start.0, terminal)?;
        }
        let has_diverged = self.outcomes.iter().any(Outcome::is_failure);
        let is_worse = self.gains.iter().any(Gain::is_worse);
        if let Some(path) = &output.output {
            let values: Array1<f64> = self.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            let best_values: Array1<f64> =
                self.gains.iter().map(|gain| gain.best.unwrap_or(f64::NAN)).collect();
            let steps: Array1<f64> = report.steps.iter().map(|&steps| steps as f64).collect();
            let arrays = [
                ("start", self.start.0.clone()),
                ("points", self.points.0.clone()),
                ("values", values.into_dyn()),
                ("best_points", self.best_points.0.clone()),
                ("best_values", best_values.into_dyn()),
                ("steps", steps.into_dyn()),
            ];
            plusminus::data::save_arrays(path, "points", &arrays, precision)?;
        }
        if self.is_interrupted() {
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
}

impl Report<'_> {
    fn print(&self, start: &ArrayD<f64>, terminal: &mut Terminal) -> Result<(), Failure> {
        let How { device, precision, difference, scheme, step_rule, .. } = self.how;
        let (objective, precision, rule) = (self.objective, *precision, self.rule);
        writeln!(
            terminal,
            "{objective} on {device} in {precision}: {rule}, {difference} {scheme} differences, step {step_rule}"
        )?;
        for (point, from) in start.outer_iter().enumerate().take(SHOWN) {
            if self.rates.len() > 1 {
                writeln!(terminal, "learning rate {}", number(self.rates[point], precision))?;
            }
            let journey = text::journey(from, &self.points[point], self.values[point], precision);
            writeln!(terminal, "{journey}\n  {}\n  {}", self.outcomes[point], self.gains[point])?;
        }
        if self.points.len() > SHOWN {
            writeln!(terminal, "… {} more points (--json prints all)", self.points.len() - SHOWN)?;
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
