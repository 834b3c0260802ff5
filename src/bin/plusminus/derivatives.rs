//! `plusminus gradient`, `directional`, `hessian` and `jacobian`: all by one way, `answer`.

use std::path::PathBuf;
use std::process::ExitCode;

use ndarray::{Array2, ArrayD, ArrayView2, Axis};
use plusminus::job::ObjectiveConfig;
use plusminus::{
    Difference, Evaluator, Failure as PointFailure, Objective, OnFailure, WgslObjective, Workload,
};

use crate::args::{DerivativeArgs, ObjectiveArgs, Point, directions, named_number, named_numbers};
use crate::failure::Failure;
use crate::parts::{Body, identity, in_words, told};
use crate::report::{Found, Report};
use crate::terminal::{Terminal, shown_by};

/// What every command here says at the end of its help.
macro_rules! with_exit_codes {
    ($examples:literal) => {
        concat!(
            $examples,
            "\nA point that fails, since f is not finite there or a step vanishes, is printed as null, with the reason in a remark; the\n",
            "other points stand. If all points fail, only the first error is printed.\n\n",
            "Exit codes: 0 done; 1 a point failed or the work did; 2 bad usage or bad input."
        )
    };
}

/// `plusminus gradient`
#[derive(clap::Args)]
#[command(after_help = with_exit_codes!("\
Examples:
  plusminus gradient --sum-of-squares --at 3,4
  plusminus gradient --expr 'exp(x0)*sin(x1)' --at 0,1 --at 1,2 --json
  plusminus gradient --expr 'log(x0)' --at 1e-3 --lower 0 --precision f32
  plusminus gradient --expr 'sum(x^2)' --points points.csv --output gradients.npz
"))]
pub struct GradientArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    how: DerivativeArgs,
}

/// `plusminus directional`
#[derive(clap::Args)]
#[command(after_help = with_exit_codes!("\
Examples:
  plusminus directional --expr 'x0*x1' --at 2,3 --along 1,-1
  plusminus directional --expr 'x0*x1' --at 2,3 --at 0,1 --along 1,0 --along 0,1
"))]
pub struct DirectionalArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    /// The direction, such as 1,-1: one for all points, or repeat it, one for each; its length need not be 1
    #[arg(
        long,
        value_name = "V0,V1,…",
        allow_hyphen_values = true,
        required = true,
        help_heading = "Points"
    )]
    along: Vec<Point>,

    #[command(flatten)]
    how: DerivativeArgs,
}

/// `plusminus hessian`
#[derive(clap::Args)]
#[command(after_help = with_exit_codes!("\
Examples:
  plusminus hessian --expr 'x0^2*x1' --at 2,3
  plusminus hessian --expr 'x0^2*x1' --at 2,3 --times 1,-1
"))]
pub struct HessianArgs {
    #[command(flatten)]
    objective: ObjectiveArgs,

    /// Only the product of the Hessian with this vector, such as 1,-1: one for all points, or repeat it, one for each
    #[arg(long, value_name = "V0,V1,…", allow_hyphen_values = true, help_heading = "Points")]
    times: Vec<Point>,

    #[command(flatten)]
    how: DerivativeArgs,
}

/// `plusminus jacobian`
#[derive(clap::Args)]
#[command(after_help = with_exit_codes!("\
Examples:
  plusminus jacobian --expr 'x0*x1; sin(x1)' --at 2,3
  plusminus jacobian --expr '2*x' --at 2,3
  plusminus jacobian --expr 'x[1:] - x[:-1]^2' --points x.csv --sparse --output jacobian.npz
"))]
pub struct JacobianArgs {
    /// Components of the function as expressions, separated by `;` or by repeating this; one whose value is a vector (`2*x`)
    /// stands for as many components
    #[arg(
        long,
        value_name = "EXPR",
        allow_hyphen_values = true,
        required_unless_present = "wgsl",
        help_heading = "Function"
    )]
    expr: Vec<String>,

    /// A WGSL file that defines `fn residual(k: u32) -> real`
    #[arg(long, value_name = "FILE", conflicts_with = "expr", help_heading = "Function")]
    wgsl: Option<PathBuf>,

    /// Numbers that the WGSL file reads by data(i), and expressions by the names of columns and arrays too: a npy, npz or CSV file,
    /// taken row by row; repeat it to append others
    #[arg(long, value_name = "FILE", help_heading = "Function")]
    data: Vec<PathBuf>,

    /// A number that the expressions know by this name; repeat it for others
    #[arg(long = "let", value_name = "NAME=NUMBER", value_parser = named_number, requires = "expr", help_heading = "Function")]
    values: Vec<(String, f64)>,

    /// The number of residuals of the WGSL file, if it is not the number of rows of the data
    #[arg(long, value_name = "N", requires = "wgsl", help_heading = "Function")]
    terms: Option<usize>,

    /// Reads f32 in the WGSL file as `real`, so that a text written in f32 can be evaluated in f64
    #[arg(long, requires = "wgsl", help_heading = "Function")]
    f32_as_real: bool,

    /// Only entries that can be other than 0, at one point: coordinates that no component reads two of are moved together, so that
    /// large banded Jacobians take few directions. --output saves them as .npz, which scipy.sparse.load_npz reads, or .csv
    #[arg(long, conflicts_with = "shard", help_heading = "Output")]
    sparse: bool,

    #[command(flatten)]
    how: DerivativeArgs,
}

pub fn gradient(args: &GradientArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let points = args.how.points.read()?;
    let f = args.objective.objective(points.ncols(), args.how.device.precision)?;
    let asked = Asked::new("gradient", None, Workload::gradients, &args.how);
    asked.answer(&*f, points, terminal, |f, x, how| Ok(Found::gradient(f.gradient(x, how)?, x)))
}

pub fn directional(args: &DirectionalArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let points = args.how.points.read()?;
    let along = directions(&args.along, &points)?;
    let f = args.objective.objective(points.ncols(), args.how.device.precision)?;
    let asked = Asked::new("derivative", Some(1), Workload::directional, &args.how).along(&along);
    let along = args.how.shard.rows(&along);
    asked.answer(&*f, points, terminal, |f, x, how| Ok(f.directional(x, along.view(), how)?.into()))
}

pub fn hessian(args: &HessianArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let points = args.how.points.read()?;
    let f = args.objective.objective(points.ncols(), args.how.device.precision)?;
    if args.times.is_empty() {
        let asked = Asked::new("hessian", Some(2), Workload::hessians, &args.how);
        return asked.answer(&*f, points, terminal, |f, x, how| Ok(f.hessian(x, how)?.into()));
    }
    let vectors = directions(&args.times, &points)?;
    let asked = Asked::new("product", Some(2), Workload::hessian_products, &args.how).along(&vectors);
    let vectors = args.how.shard.rows(&vectors);
    asked.answer(&*f, points, terminal, |f, x, how| Ok(f.hessian_product(x, vectors.view(), how)?.into()))
}

pub fn jacobian(args: &JacobianArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let points = args.how.points.read()?;
    let n = points.ncols();
    let config = ObjectiveConfig {
        data: args.data.clone(),
        values: named_numbers(&args.values)?,
        terms: args.terms,
        f32_as_real: args.f32_as_real,
        ..Default::default()
    };
    let f = match &args.wgsl {
        Some(path) => {
            WgslObjective::read_residuals(path, n, config.shader_options(args.how.device.precision)?)?
        }
        None => {
            let texts: Vec<&str> = args.expr.iter().map(String::as_str).collect();
            WgslObjective::from_expressions_with(&texts, n, &config.expression_options()?)?
        }
    };
    if args.sparse {
        return crate::sparse::answer(&f, &points, &args.how, terminal);
    }
    let asked = Asked::new("jacobian", Some(1), Workload::gradients, &args.how);
    asked.answer(&f, points, terminal, |f, x, how| {
        let found = Found::from(f.jacobian(x, how)?);
        if found.failures.len() == x.nrows() {
            return Ok(found);
        }
        // The components rather than the sum of their squares, which such an objective is.
        let values = where_found(x, &found.failures, |x| Ok(f.terms(x)?.into_dyn()))?;
        Ok(Found { values: Some(values), ..found })
    })
}

/// A derivative that is asked for.
struct Asked<'a> {
    quantity: &'static str,
    /// Which derivative, unless it is a gradient.
    beyond: Option<usize>,
    /// How much it is at so many points.
    work: fn(usize) -> Workload,
    how: &'a DerivativeArgs,
    /// What belongs to its identity beside points.
    others: Vec<(&'static str, String)>,
}

impl<'a> Asked<'a> {
    fn new(
        quantity: &'static str,
        beyond: Option<usize>,
        work: fn(usize) -> Workload,
        how: &'a DerivativeArgs,
    ) -> Self {
        Asked { quantity, beyond, work, how, others: vec![("the bounds and scales", how.bounds.told())] }
    }

    /// Along directions, one for each of all points.
    fn along(mut self, directions: &Array2<f64>) -> Self {
        self.others.push(("the directions", told(directions)));
        self
    }

    /// Finds, prints and saves it. The exit code is 1 if a point failed; if all did, the first error is the answer.
    fn answer(
        mut self,
        objective: &dyn Objective,
        points: Array2<f64>,
        terminal: &mut Terminal,
        find: impl FnOnce(&mut Evaluator<'_>, ArrayView2<'_, f64>, &Difference) -> plusminus::Result<Found>,
    ) -> Result<ExitCode, Failure> {
        let DerivativeArgs { bounds, device, output, shard, .. } = self.how;
        output.check()?;
        let difference = self.how.difference.difference().with_on_failure(OnFailure::Skip);
        let work = (self.work)(points.nrows()).with_difference(&difference);
        let engine = device.engine(objective, &work)?;
        let mut evaluator = engine.evaluator(objective)?;
        bounds.set(&mut evaluator, points.ncols())?;
        let difference = match self.beyond {
            None => evaluator.resolve(&difference)?,
            Some(derivative) => evaluator.resolve_beyond(&difference, derivative)?,
        };
        // Which device is worth its opening hangs on all the work, whoever does it.
        let whole = points;
        let points = shard.rows(&whole);
        if shard.shard.is_some() {
            evaluator.as_part_of(whole.nrows());
        }
        let identity = match shard.shard {
            Some(_) => {
                self.others.push(("the differences", in_words(&difference)));
                Some(identity(self.quantity, &evaluator, &whole, &self.others)?)
            }
            None => None,
        };
        let bar = terminal.bar(points.nrows(), "done");
        evaluator.on_progress(shown_by(bar.clone()));
        let found = match points.nrows() {
            // More parts than points.
            0 => Ok(Found::none()),
            _ => find(&mut evaluator, points.view(), &difference),
        };
        bar.finish_and_clear();
        let mut found = found?;
        found.count_from(shard.first(whole.nrows()));
        let failed = found.failures.len();
        if failed == points.nrows() && shard.shard.is_none() {
            return Err(found.failures.swap_remove(0).error.into());
        }
        let values = match found.values.take() {
            Some(values) => values,
            None if failed == points.nrows() => ArrayD::from_elem(vec![failed], f64::NAN),
            None => where_found(points.view(), &found.failures, |x| Ok(evaluator.values(x)?.into_dyn()))?,
        };
        let rounded = evaluator.rounded(points.view());
        let report = Report::new(self.quantity, &evaluator, &difference, rounded, values, found);
        let Some(identity) = identity else { return report.tell(output, terminal) };
        let device = evaluator.device();
        shard.save(
            identity,
            &device,
            (whole.nrows(), "points"),
            &Body::Derivative(report.into_part()),
            terminal,
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Values at the points where a derivative was found; NaN at the others, where f need not be defined.
pub fn where_found(
    points: ArrayView2<'_, f64>,
    failures: &[PointFailure],
    mut values: impl FnMut(ArrayView2<'_, f64>) -> plusminus::Result<ArrayD<f64>>,
) -> plusminus::Result<ArrayD<f64>> {
    if failures.is_empty() {
        return values(points);
    }
    let good: Vec<usize> =
        (0..points.nrows()).filter(|point| failures.iter().all(|failure| failure.point != *point)).collect();
    let found = values(points.select(Axis(0), &good).view())?;
    let mut shape = found.shape().to_vec();
    shape[0] = points.nrows();
    let mut all = ArrayD::from_elem(shape, f64::NAN);
    for (row, &point) in good.iter().enumerate() {
        all.index_axis_mut(Axis(0), point).assign(&found.index_axis(Axis(0), row));
    }
    Ok(all)
}
