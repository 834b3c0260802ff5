//! Arguments that several commands share.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ndarray::Array2;
use plusminus::job::ObjectiveConfig;
use plusminus::{DeviceChoice, Difference, Engine, Evaluator, Method, Objective, Precision, Scheme, Step};

use crate::Failure;

/// The objective.
#[derive(Args)]
#[command(next_help_heading = "Objective")]
pub struct ObjectiveArgs {
    #[command(flatten)]
    kind: Kind,

    /// Numbers for data(i) of the WGSL file: a npy, npz or CSV file, by rows; repeat it to append others
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,

    /// The number of terms or residuals, if the WGSL file defines `term` or `residual`
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    terms: Option<usize>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Kind {
    /// f(x) = x0² + x1² + …, in as many coordinates as the points have
    #[arg(long)]
    sum_of_squares: bool,

    /// f(x) = ½·xᵀAx + bᵀx + c, from the arrays A ([n, n], or [n] for a diagonal), b and c of a npz file
    #[arg(long, value_name = "FILE.npz")]
    quadratic: Option<PathBuf>,

    /// An expression such as '0.01*x0^2 + 0.1*x0', 'sum(x^2)' or 'sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)': + - * / ^,
    /// numbers, pi, e, n, coordinates x0 or x[0], slices, functions (sin, exp, log, sqrt, abs, …), and sum, mean, prod, dot,
    /// norm, min, max of vectors
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    expr: Option<String>,

    /// A WGSL file that defines `fn objective() -> real`, or with --terms `fn term(s: u32) -> real`, a sum, or `fn residual(k:
    /// u32) -> real`, a sum of squares; it reads x(i), dimension(), data(i) and data_len()
    #[arg(long, value_name = "FILE")]
    wgsl: Option<PathBuf>,
}

impl ObjectiveArgs {
    /// The WGSL file, if the objective is one.
    pub fn wgsl(&self) -> Option<&Path> {
        self.kind.wgsl.as_deref()
    }

    /// The numbers for data(i).
    pub fn data(&self) -> Result<Vec<f64>, Failure> {
        Ok(plusminus::data::read_all_numbers(&self.data)?)
    }

    /// The objective for points of `dimension` coordinates.
    pub fn objective(&self, dimension: usize) -> Result<Box<dyn Objective>, Failure> {
        let config = ObjectiveConfig {
            sum_of_squares: self.kind.sum_of_squares,
            quadratic: self.kind.quadratic.clone(),
            expr: self.kind.expr.clone(),
            wgsl: self.kind.wgsl.clone(),
            data: self.data.clone(),
            terms: self.terms,
        };
        Ok(config.objective(dimension)?)
    }
}

/// How and where to difference.
#[derive(Args)]
#[command(next_help_heading = "Differences")]
pub struct DifferenceArgs {
    /// forward (f(x+h)-f(x))/h, backward (f(x)-f(x-h))/h, or central (f(x+h)-f(x-h))/2h
    #[arg(long, default_value = "central", value_name = "SCHEME")]
    scheme: Scheme,

    /// Where differences come from: direct evaluates both values and subtracts them; incremental carries the change
    /// through the formula and subtracts no two values, so that a small h costs no digits (for objectives that offer it:
    /// quadratics, networks); auto is incremental where that is offered
    #[arg(long, default_value = "auto", value_name = "DIFFERENCE")]
    difference: Method,

    /// The power of h that the truncation error goes with: 2, 4, 6 or 8, and 1 if one-sided; at a step that is given, or
    /// one that suits the order [default: 2 for central, 1 for one-sided]
    #[arg(long, value_name = "P")]
    order: Option<usize>,

    /// auto: chosen for each component by extrapolating differences at 8 or more steps, with an error bar; or a fixed h
    /// such as 1e-4; or `relative:2^-8`: 2^-8 · 2^floor(log2 max(1, |x|)) [default: auto for direct differences; incremental:
    /// f32 relative:2^-20 central, 2^-30 one-sided, f64 2^-40 and 2^-60]
    #[arg(long, value_name = "H", allow_hyphen_values = true)]
    step: Option<Step>,

    #[command(flatten)]
    pub on: DeviceArgs,
}

/// Where to evaluate, and how to print.
#[derive(Args)]
#[command(next_help_heading = "Where and how")]
pub struct DeviceArgs {
    /// f32 or f64 [default: f32 on a GPU, f64 on the CPU]
    #[arg(long)]
    pub precision: Option<Precision>,

    /// auto (a hardware GPU if there is one, else the CPU), cpu, gpu, part of an adapter's name, or adapter:0
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,

    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl DeviceArgs {
    /// The device asked for, for this objective.
    pub fn engine(&self, objective: &dyn Objective) -> Result<Engine, Failure> {
        Ok(Engine::open_for(&self.device, self.precision, objective)?)
    }
}

/// Where derivatives are wanted.
#[derive(Args)]
pub struct PointArgs {
    /// A point, such as 3,4; repeat it for a batch
    #[arg(long, value_name = "X0,X1,…", allow_hyphen_values = true, required_unless_present = "points")]
    at: Vec<Point>,

    /// Points from a npy file of shape [batch, n] or [n]
    #[arg(long, value_name = "FILE.npy", conflicts_with = "at")]
    points: Option<PathBuf>,
}

impl PointArgs {
    /// `[batch, n]`
    pub fn read(&self) -> Result<Array2<f64>, Failure> {
        points(&self.at, self.points.as_deref())
    }
}

/// Expressions, of which an argument may hold several.
pub fn expressions(given: &[String]) -> Vec<&str> {
    given.iter().flat_map(|text| text.split(';')).map(str::trim).collect()
}

/// One direction for all points, or one a point: `[batch, n]`.
pub fn directions(given: &[Point], points: &Array2<f64>) -> Result<Array2<f64>, Failure> {
    let directions = self::points(given, None)?;
    if directions.nrows() == 1 {
        let row = directions.row(0);
        if let Some(all) = row.broadcast(points.dim()) {
            return Ok(all.to_owned());
        }
    }
    Ok(directions)
}

impl DifferenceArgs {
    pub fn difference(&self) -> Difference {
        Difference { scheme: self.scheme, order: self.order, step: self.step, method: self.difference }
    }
}

/// Bounds that no evaluation crosses.
#[derive(Args)]
#[command(next_help_heading = "Bounds")]
pub struct BoundArgs {
    /// Lower bounds of the coordinates, such as 0,-inf: no evaluation goes below; where one would, differences are
    /// one-sided
    #[arg(long, value_name = "L0,L1,…", allow_hyphen_values = true)]
    lower: Option<Bound>,

    /// Upper bounds, likewise
    #[arg(long, value_name = "U0,U1,…", allow_hyphen_values = true)]
    upper: Option<Bound>,
}

impl BoundArgs {
    /// Hands the bounds, if there are any, to an evaluator of points of `dimension` coordinates.
    pub fn set(&self, evaluator: &mut Evaluator<'_>, dimension: usize) -> Result<(), Failure> {
        if self.lower.is_none() && self.upper.is_none() {
            return Ok(());
        }
        let all = |bound: &Option<Bound>, none: f64| {
            bound.as_ref().map_or_else(|| vec![none; dimension], |bound| bound.0.clone())
        };
        let (lower, upper) = (all(&self.lower, f64::NEG_INFINITY), all(&self.upper, f64::INFINITY));
        Ok(evaluator.bound(Some((&lower, &upper)))?)
    }
}

/// `0,-inf` as bounds.
#[derive(Clone)]
struct Bound(Vec<f64>);

impl std::str::FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bound = |(i, part): (usize, &str)| match part.trim().parse::<f64>() {
            Ok(x) if !x.is_nan() => Ok(x),
            _ => Err(format!("bound {i}, `{part}`, is not a number; write bounds as 0,-inf")),
        };
        text.split(',').enumerate().map(bound).collect::<Result<_, _>>().map(Bound)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// `3,4` as a point.
#[derive(Clone)]
pub struct Point(Vec<f64>);

impl std::str::FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let coordinate = |(i, part): (usize, &str)| match part.trim().parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(x),
            _ => Err(format!("coordinate {i}, `{part}`, is not a finite number; write a point as 3,4")),
        };
        text.split(',').enumerate().map(coordinate).collect::<Result<_, _>>().map(Point)
    }
}

/// The points given on the command line, or those of a file: `[batch, n]`.
pub fn points(given: &[Point], file: Option<&std::path::Path>) -> Result<Array2<f64>, Failure> {
    if let Some(path) = file {
        return Ok(plusminus::data::read_npy_points(path)?);
    }
    let n = given.first().map_or(0, |point| point.0.len());
    if let Some(point) = given.iter().find(|point| point.0.len() != n) {
        return Err(Failure::Work(plusminus::Error::Usage {
            message: format!(
                "one point has {n} coordinates and another {}: all points need as many",
                point.0.len()
            ),
        }));
    }
    let flat: Vec<f64> = given.iter().flat_map(|point| point.0.iter().copied()).collect();
    Array2::from_shape_vec((given.len(), n), flat)
        .map_err(|error| Failure::Work(plusminus::Error::Usage { message: error.to_string() }))
}
