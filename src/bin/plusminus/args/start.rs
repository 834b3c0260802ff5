//! Where descents and minimisations start, and within which bounds they stay.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use ndarray::Array2;
use plusminus::Sampling;

use super::how::named;
use super::points::{Bound, Point, read_points};
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

    /// So many starting points, spread over --region
    #[arg(long, value_name = "N")]
    starts: Option<usize>,

    /// Where they lie: low:high for each coordinate, such as -2:2,0:5, and -2:2*10 for ten alike [default: between --lower and --upper]
    #[arg(long, value_name = "L:H,…", allow_hyphen_values = true, requires = "starts")]
    region: Option<Region>,

    /// How they are spread: uniform, latin-hypercube or sobol
    #[arg(long, default_value_t, value_name = "WAY", value_parser = named::<Sampling>())]
    sampling: Sampling,

    /// The seed of where they are
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    seed: u64,

    /// Lower bounds that points keep, one for each coordinate, such as 0,-inf
    #[arg(long, value_name = "L0,L1,…", allow_hyphen_values = true)]
    lower: Option<Bound>,

    /// Upper bounds, one for each coordinate
    #[arg(long, value_name = "U0,U1,…", allow_hyphen_values = true)]
    upper: Option<Bound>,
}

impl StartArgs {
    /// `[batch, n]`
    pub fn read(&self) -> Result<Array2<f64>, Failure> {
        let Some(count) = self.starts else { return read_points(&self.from, self.points.as_deref()) };
        let (lower, upper) = match (&self.region, &self.lower, &self.upper) {
            (Some(region), ..) => region.0.iter().copied().unzip(),
            (None, Some(lower), Some(upper)) => (lower.0.clone(), upper.0.clone()),
            _ => {
                let message = "--starts needs a region: give --region, or both --lower and --upper".into();
                return Err(Failure::Work(plusminus::Error::Usage { message }));
            }
        };
        Ok(self.sampling.points(count, &lower, &upper, self.seed)?)
    }

    /// Lower and upper bounds of `n` coordinates, if there are any.
    pub fn bounds(&self, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
        let all = |bound: &Option<Bound>, none| {
            bound.as_ref().map_or_else(|| vec![none; n], |bound| bound.0.clone())
        };
        (self.lower.is_some() || self.upper.is_some())
            .then(|| (all(&self.lower, f64::NEG_INFINITY), all(&self.upper, f64::INFINITY)))
    }
}

/// `-2:2,0:5` or `-2:2*10` as a box.
#[derive(Clone)]
struct Region(Vec<(f64, f64)>);

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut sides = Vec::new();
        for part in text.split(',') {
            let wrong =
                || format!("`{part}` is no side of a box; write low:high, or low:high*10 for ten alike");
            let (side, times) = match part.split_once('*') {
                Some((side, times)) => (side, times.trim().parse::<usize>().map_err(|_| wrong())?),
                None => (part, 1),
            };
            let (low, high) = side.split_once(':').ok_or_else(wrong)?;
            let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
            // A point of more coordinates than that would not fit into memory in batches.
            if times == 0 || times > 1 << 24 {
                return Err(wrong());
            }
            sides.extend(std::iter::repeat_n((number(low)?, number(high)?), times));
        }
        Ok(Region(sides))
    }
}
