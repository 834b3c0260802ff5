//! `plusminus directional`, `plusminus hessian`, `plusminus jacobian`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use ndarray::{ArrayD, ArrayView1, Axis, Dimension};
use plusminus::{Derivative, Evaluator, Objective, ShaderOptions, WgslObjective};
use serde_json::{Value, json};

use crate::args::{self, BoundArgs, DeviceArgs, Format, ObjectiveArgs, Point, PointArgs};
use crate::{Failure, output};

/// `plusminus directional`
#[derive(clap::Args)]
pub struct DirectionalArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    points: PointArgs,

    /// The direction, such as 1,-1: one for all points, or repeat it, one a point; it need not be of length 1
    #[arg(long, value_name = "V0,V1,…", allow_hyphen_values = true, required = true)]
    along: Vec<Point>,

    #[command(flatten)]
    bounds: BoundArgs,

    #[command(flatten)]
    on: DeviceArgs,
}

/// `plusminus hessian`
#[derive(clap::Args)]
pub struct HessianArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    points: PointArgs,

    /// Only the product with this vector, such as 1,-1, without the matrix: one for all points, or repeat it, one a point
    #[arg(long, value_name = "V0,V1,…", allow_hyphen_values = true)]
    times: Vec<Point>,

    #[command(flatten)]
    bounds: BoundArgs,

    #[command(flatten)]
    on: DeviceArgs,
}

/// `plusminus jacobian`
#[derive(clap::Args)]
pub struct JacobianArgs {
    /// Components of the function as expressions, several separated by `;` or by repeating this; one whose value is a vector
    /// (`2*x`) stands for as many components
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true, required_unless_present = "wgsl")]
    expr: Vec<String>,

    /// A WGSL file that defines `fn residual(k: u32) -> real`
    #[arg(long, value_name = "FILE", conflicts_with = "expr", requires = "terms")]
    wgsl: Option<PathBuf>,

    /// Numbers for data(i) of the WGSL file: a npy, npz or CSV file, by rows; repeat it to append others
    #[arg(long, value_name = "FILE", requires = "wgsl")]
    data: Vec<PathBuf>,

    /// The number of residuals of the WGSL file
    #[arg(long, value_name = "N", requires = "wgsl")]
    terms: Option<usize>,

    #[command(flatten)]
    points: PointArgs,

    #[command(flatten)]
    bounds: BoundArgs,

    #[command(flatten)]
    on: DeviceArgs,
}

pub fn directional(args: &DirectionalArgs, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let points = args.points.read()?;
    let along = args::directions(&args.along, &points)?;
    let objective = args.objective.objective(points.ncols())?;
    let asked = Asked { name: "derivative", objective: &*objective, points: &points, on: &args.on };
    asked.answer(&args.bounds, out, |evaluator| evaluator.directional(points.view(), along.view()))
}

pub fn hessian(args: &HessianArgs, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let points = args.points.read()?;
    let objective = args.objective.objective(points.ncols())?;
    let asked = Asked { name: "hessian", objective: &*objective, points: &points, on: &args.on };
    if args.times.is_empty() {
        return asked.answer(&args.bounds, out, |evaluator| evaluator.hessian(points.view()));
    }
    let vectors = args::directions(&args.times, &points)?;
    let asked = Asked { name: "product", ..asked };
    asked.answer(&args.bounds, out, |evaluator| evaluator.hessian_product(points.view(), vectors.view()))
}

pub fn jacobian(args: &JacobianArgs, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let points = args.points.read()?;
    let n = points.ncols();
    let objective = match &args.wgsl {
        Some(path) => {
            let data = plusminus::data::read_all_numbers(&args.data)?;
            WgslObjective::read_residuals(path, n, ShaderOptions { data, terms: args.terms })?
        }
        None => WgslObjective::from_expressions(&args::expressions(&args.expr), n)?,
    };
    let asked = Asked { name: "jacobian", objective: &objective, points: &points, on: &args.on };
    asked.answer(&args.bounds, out, |evaluator| evaluator.jacobian(points.view()))
}

/// A derivative that is asked for.
struct Asked<'a> {
    /// What JSON calls it.
    name: &'static str,
    objective: &'a dyn Objective,
    points: &'a ndarray::Array2<f64>,
    on: &'a DeviceArgs,
}

impl Asked<'_> {
    fn answer<D: Dimension>(
        &self,
        bounds: &BoundArgs,
        out: &mut dyn Write,
        find: impl FnOnce(&mut Evaluator<'_>) -> plusminus::Result<Derivative<D>>,
    ) -> Result<ExitCode, Failure> {
        let engine = self.on.engine(self.objective)?;
        let mut evaluator = engine.evaluator(self.objective)?;
        bounds.set(&mut evaluator, self.points.ncols())?;
        let bar = crate::run::bar(self.points.nrows(), "points");
        let shown = bar.clone();
        evaluator.on_progress(move |done, _| shown.set_position(done));
        let found = find(&mut evaluator);
        bar.finish_and_clear();
        let found = found?;
        let points = evaluator.rounded(self.points.view());
        let (value, error, step) = (found.value.into_dyn(), found.error.into_dyn(), found.step.into_dyn());
        if self.on.format == Format::Json {
            let mut report = json!({
                "objective": self.objective.name(),
                "device": engine.device(),
                "precision": engine.precision().to_string(),
                "points": output::rows(&points),
            });
            report[self.name] = nested(&value);
            report["error"] = nested(&error);
            report["step"] = nested(&step);
            report["remarks"] = json!(found.remarks.iter().map(output::Said::new).collect::<Vec<_>>());
            report["evaluations"] = json!(found.evaluations);
            report["seconds"] = json!(found.seconds);
            output::json(out, &report)?;
            return Ok(ExitCode::SUCCESS);
        }
        writeln!(
            out,
            "{} of {} on {} in {}, step auto",
            self.name,
            self.objective.name(),
            engine.device(),
            engine.precision()
        )?;
        for (point, x) in points.rows().into_iter().enumerate() {
            writeln!(out, "x = {}", output::vector(x))?;
            let of = |array: &ArrayD<f64>| array.index_axis(Axis(0), point).to_owned();
            print(out, self.name, &of(&value), &of(&error))?;
            for remark in found.remarks.iter().filter(|remark| remark.point == point) {
                writeln!(out, "  {remark}")?;
            }
        }
        writeln!(out, "{} evaluations in {:.3} ms", found.evaluations, 1e3 * found.seconds)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A number, a vector or a matrix, with its errors.
fn print(out: &mut dyn Write, name: &str, value: &ArrayD<f64>, error: &ArrayD<f64>) -> Result<(), Failure> {
    let flat = |array: &ArrayD<f64>| array.iter().copied().collect::<Vec<f64>>();
    match value.ndim() {
        0 => {
            let (value, error) = (flat(value), flat(error));
            writeln!(out, "  {name:10} = {}", output::number(value[0]))?;
            writeln!(out, "  error      = {}", output::size(error[0]))?;
        }
        1 => {
            writeln!(out, "  {name:10} = {}", output::vector(ArrayView1::from(&flat(value))))?;
            writeln!(out, "  error      = {}", output::brief(ArrayView1::from(&flat(error))))?;
        }
        _ => {
            writeln!(out, "  {name} =")?;
            for row in value.rows().into_iter().take(output::SHOWN) {
                writeln!(out, "    {}", output::vector(row))?;
            }
            writeln!(out, "  error =")?;
            for row in error.rows().into_iter().take(output::SHOWN) {
                writeln!(out, "    {}", output::brief(row))?;
            }
            let rows = value.rows().into_iter().len();
            if rows > output::SHOWN {
                writeln!(out, "    … {} more rows (--format json prints all)", rows - output::SHOWN)?;
            }
        }
    }
    Ok(())
}

/// Rows within rows; `null` for what is not finite.
fn nested(array: &ArrayD<f64>) -> Value {
    match array.ndim() {
        0 => json!(array.first().filter(|value| value.is_finite())),
        _ => array.outer_iter().map(|part| nested(&part.to_owned())).collect(),
    }
}
