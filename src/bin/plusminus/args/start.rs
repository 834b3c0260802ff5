//! Where descents and minimisations start.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use ndarray::Array2;

use super::points::{Point, read_points};
use super::spread::SpreadArgs;
use crate::failure::Failure;

/// The starting points of a descent, and bounds.
#[derive(Args)]
#[command(next_help_heading = "Start")]
pub struct StartArgs {
    /// A starting point, such as -3,4; repeat it for a batch
    #[arg(
        long,
        value_name = "X0,X1,…",
        allow_hyphen_values = true,
        required_unless_present_any = ["points", "starts"],
        conflicts_with = "starts"
    )]
    from: Vec<Point>,

    /// Starting points from a file: npy of shape [batch, n] or [n], or CSV with a point on each line; - reads CSV from standard
    /// input
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["from", "starts"])]
    points: Option<PathBuf>,

    #[command(flatten)]
    spread: SpreadArgs,
}

impl StartArgs {
    /// `[batch, n]`
    pub fn read(&self) -> Result<Array2<f64>, Failure> {
        match self.spread.points()? {
            Some(points) => Ok(points),
            None => read_points(&self.from, self.points.as_deref()),
        }
    }

    /// Lower and upper bounds of `n` coordinates, if there are any.
    pub fn bounds(&self, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
        self.spread.bounds(n)
    }
}

/// Values of parameters: `a=1,b=2`, or `1,2`.
#[derive(Clone)]
pub enum Parameters {
    Named(Vec<(String, f64)>),
    Plain(Vec<f64>),
}

impl Parameters {
    /// In the order of the names.
    pub fn in_order(&self, names: &[String]) -> Result<Vec<f64>, String> {
        let count = match self {
            Parameters::Named(pairs) => pairs.len(),
            Parameters::Plain(values) => values.len(),
        };
        if count != names.len() {
            return Err(format!(
                "a start of {count} values for {} parameters: give one for each",
                names.len()
            ));
        }
        match self {
            Parameters::Plain(values) => Ok(values.clone()),
            Parameters::Named(pairs) => {
                let value = |name: &String| {
                    let found = pairs.iter().find(|(other, _)| other == name);
                    found
                        .map(|(_, value)| *value)
                        .ok_or_else(|| format!("a start gives no value for `{name}`"))
                };
                names.iter().map(value).collect()
            }
        }
    }
}

impl FromStr for Parameters {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let parsed = text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
            parsed.ok_or_else(|| {
                format!("`{}` is not a finite number; write a start as a=1,b=2 or 1,2", text.trim())
            })
        };
        if !text.contains('=') {
            return text.split(',').map(number).collect::<Result<_, _>>().map(Parameters::Plain);
        }
        let pair = |part: &str| {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` has no name; write a start as a=1,b=2"))?;
            Ok((name.trim().to_string(), number(value)?))
        };
        text.split(',').map(pair).collect::<Result<_, String>>().map(Parameters::Named)
    }
}
