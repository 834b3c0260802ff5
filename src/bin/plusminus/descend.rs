//! `plusminus descend`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use plusminus::GradientDescent;
use serde::Serialize;

use crate::args::{self, DifferenceArgs, Format, ObjectiveArgs, Point};
use crate::{Failure, output};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    /// A starting point, such as -3,4; repeat it for a batch
    #[arg(long, value_name = "X0,X1,…", allow_hyphen_values = true, required_unless_present = "points")]
    from: Vec<Point>,

    /// Starting points from a npy file of shape [batch, n] or [n]
    #[arg(long, value_name = "FILE.npy", conflicts_with = "from")]
    points: Option<PathBuf>,

    /// The learning rate
    #[arg(long, allow_hyphen_values = true)]
    rate: f64,

    /// Steps to make
    #[arg(long)]
    steps: usize,

    #[command(flatten)]
    difference: DifferenceArgs,
}

#[derive(Serialize)]
struct Report {
    objective: String,
    device: String,
    precision: String,
    difference: String,
    scheme: String,
    step: String,
    rate: f64,
    points: Vec<Vec<f64>>,
    /// `null` where the objective is not finite; the outcome says so.
    values: Vec<Option<f64>>,
    /// Steps made, one a point.
    steps: Vec<usize>,
    outcomes: Vec<String>,
    /// The outcomes as objects: `kind` and what belongs to it.
    details: Vec<plusminus::Outcome>,
    evaluations: u64,
    seconds: f64,
}

pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let start = args::points(&args.from, args.points.as_deref())?;
    let objective = args.objective.objective(start.ncols())?;
    let how = &args.difference;
    let engine = how.on.engine(&*objective)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&how.difference())?;
    let descent = GradientDescent { rate: args.rate, steps: args.steps, difference, ..Default::default() };
    let bar = crate::run::bar(args.steps, "steps");
    let begin = Instant::now();
    let done = descent.run(&mut evaluator, start.view(), None, &mut |report| {
        bar.set_position(report.step as u64);
        Ok(())
    });
    bar.finish_and_clear();
    let (done, seconds) = (done?, begin.elapsed().as_secs_f64());
    let step = difference.step.map_or(String::new(), |step| step.to_string());
    let failed = done.outcomes.iter().any(plusminus::Outcome::is_failure);
    if how.on.format == Format::Json {
        let report = Report {
            objective: objective.name(),
            device: engine.device(),
            precision: engine.precision().to_string(),
            difference: difference.method.to_string(),
            scheme: difference.scheme.to_string(),
            step,
            rate: args.rate,
            points: output::rows(&done.points),
            values: done.values.clone(),
            steps: done.outcomes.iter().map(plusminus::Outcome::steps).collect(),
            outcomes: done.outcomes.iter().map(ToString::to_string).collect(),
            details: done.outcomes.clone(),
            evaluations: done.evaluations,
            seconds,
        };
        output::json(out, &report)?;
    } else {
        writeln!(
            out,
            "{} on {} in {}: learning rate {}, {} {} differences, step {step}",
            objective.name(),
            engine.device(),
            engine.precision(),
            output::number(args.rate),
            difference.method,
            difference.scheme
        )?;
        for ((from, to), (value, outcome)) in
            start.rows().into_iter().zip(done.points.rows()).zip(done.values.iter().zip(&done.outcomes))
        {
            writeln!(out, "from {}", output::vector(from))?;
            writeln!(out, "  to {}", output::vector(to))?;
            writeln!(out, "  f = {}", value.map_or("not finite".into(), output::number))?;
            writeln!(out, "  {outcome}")?;
        }
        writeln!(out, "{} evaluations in {:.3} ms", done.evaluations, 1e3 * seconds)?;
    }
    if failed {
        output::note("error: a descent diverged; see its outcome");
    }
    Ok(ExitCode::from(u8::from(failed)))
}
