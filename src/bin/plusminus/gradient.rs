//! `plusminus gradient`

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use crate::args::{BoundArgs, DifferenceArgs, Format, ObjectiveArgs, PointArgs};
use crate::{Failure, output};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    points: PointArgs,

    #[command(flatten)]
    bounds: BoundArgs,

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
    order: usize,
    step_rule: String,
    points: Vec<Vec<f64>>,
    values: Vec<f64>,
    gradient: Vec<Vec<f64>>,
    /// `null` where no error bar is known: of steps that are given, and where there seems to be no derivative.
    error: Vec<Vec<Option<f64>>>,
    step: Vec<Vec<f64>>,
    remarks: Vec<output::Said>,
    evaluations: u64,
    seconds: f64,
}

pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let points = args.points.read()?;
    let objective = args.objective.objective(points.ncols())?;
    let how = &args.difference;
    let engine = how.on.engine(&*objective)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    args.bounds.set(&mut evaluator, points.ncols())?;
    let difference = evaluator.resolve(&how.difference())?;
    let bar = crate::run::bar(points.len(), "components");
    let shown = bar.clone();
    evaluator.on_progress(move |done, _| shown.set_position(done));
    let gradient = evaluator.gradient(points.view(), &difference);
    bar.finish_and_clear();
    let gradient = gradient?;
    let (rounded, values) = (evaluator.rounded(points.view()), evaluator.values(points.view())?);
    let rule = difference.step.map_or(String::new(), |step| step.to_string());
    let order = difference.order.unwrap_or(difference.scheme.order());
    let steps = gradient.step.at(rounded.view());
    if how.on.format == Format::Json {
        let report = Report {
            objective: objective.name(),
            device: engine.device(),
            precision: engine.precision().to_string(),
            difference: difference.method.to_string(),
            scheme: difference.scheme.to_string(),
            order,
            step_rule: rule,
            points: output::rows(&rounded),
            values: values.to_vec(),
            gradient: output::rows(&gradient.gradient),
            error: output::bars(gradient.error.as_ref(), &gradient.gradient),
            step: output::rows(&steps),
            remarks: gradient.remarks.iter().map(output::Said::new).collect(),
            evaluations: gradient.evaluations,
            seconds: gradient.seconds,
        };
        output::json(out, &report)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{} on {} in {}: {} {} differences{}, step {rule}",
        objective.name(),
        engine.device(),
        engine.precision(),
        difference.method,
        difference.scheme,
        if order == difference.scheme.order() { String::new() } else { format!(" of order {order}") }
    )?;
    for (point, (x, value)) in rounded.rows().into_iter().zip(&values).enumerate() {
        writeln!(out, "x = {}", output::vector(x))?;
        writeln!(out, "  f        = {}", output::number(*value))?;
        writeln!(out, "  gradient = {}", output::vector(gradient.gradient.row(point)))?;
        if let Some(error) = &gradient.error {
            writeln!(out, "  error    = {}", output::brief(error.row(point)))?;
            writeln!(out, "  step     = {}", output::vector(steps.row(point)))?;
        }
        for remark in gradient.remarks.iter().filter(|remark| remark.point == point) {
            writeln!(out, "  {remark}")?;
        }
    }
    writeln!(out, "{} evaluations in {:.3} ms", gradient.evaluations, 1e3 * gradient.seconds)?;
    Ok(ExitCode::SUCCESS)
}
