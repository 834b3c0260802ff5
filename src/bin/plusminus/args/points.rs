//! Points, directions and bounds: lists of numbers such as 3,4.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use ndarray::Array2;

use crate::failure::Failure;

/// Where derivatives are wanted.
#[derive(Args)]
#[command(next_help_heading = "Points")]
pub struct PointArgs {
    /// A point, such as 3,4; repeat it for a batch
    #[arg(long, value_name = "X0,X1,…", allow_hyphen_values = true, required_unless_present = "points")]
    at: Vec<Point>,

    /// Points from a file: npy of shape [batch, n] or [n], or CSV with a point on each line; - reads CSV from standard input
    #[arg(long, value_name = "FILE|-", conflicts_with = "at")]
    points: Option<PathBuf>,
}

impl PointArgs {
    /// `[batch, n]`
    pub fn read(&self) -> Result<Array2<f64>, Failure> {
        read_points(&self.at, self.points.as_deref())
    }
}

/// The points given on the command line, or those of a file: `[batch, n]`.
pub fn read_points(given: &[Point], file: Option<&Path>) -> Result<Array2<f64>, Failure> {
    if let Some(path) = file {
        return Ok(plusminus::data::read_points(path)?);
    }
    let points: Vec<Vec<f64>> = given.iter().map(|point| point.0.clone()).collect();
    Ok(plusminus::data::points_of(&points)?)
}

/// One direction for all points, or one for each point: `[batch, n]`.
pub fn directions(given: &[Point], points: &Array2<f64>) -> Result<Array2<f64>, Failure> {
    let directions = read_points(given, None)?;
    match directions.nrows() {
        1 => Ok(directions.row(0).broadcast(points.dim()).map_or(directions.clone(), |all| all.to_owned())),
        _ => Ok(directions),
    }
}

/// `3,4` as a point.
#[derive(Clone)]
pub struct Point(pub Vec<f64>);

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |i, part: &str| format!("coordinate {i}, `{part}`, is not a finite number; write a point as 3,4");
        numbers(text, f64::is_finite, wrong).map(Point)
    }
}

/// `0,-inf` as bounds.
#[derive(Clone)]
pub struct Bound(pub Vec<f64>);

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |i, part: &str| format!("bound {i}, `{part}`, is not a number; write bounds as 0,-inf");
        numbers(text, |x| !x.is_nan(), wrong).map(Bound)
    }
}

/// `1e-12,1` as typical sizes.
#[derive(Clone)]
pub struct Scale(pub Vec<f64>);

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |i, part: &str| {
            format!(
                "scale {i}, `{part}`, is not a positive number; write typical sizes of the coordinates as 1e-12,1"
            )
        };
        numbers(text, |x| x.is_finite() && x > 0.0, wrong).map(Scale)
    }
}

/// Numbers between commas; `wrong` says what is wrong with a part and its index.
fn numbers(
    text: &str,
    is_good: fn(f64) -> bool,
    wrong: fn(usize, &str) -> String,
) -> Result<Vec<f64>, String> {
    let number = |(i, part): (usize, &str)| {
        part.trim().parse().ok().filter(|&x| is_good(x)).ok_or_else(|| wrong(i, part))
    };
    text.split(',').enumerate().map(number).collect()
}
