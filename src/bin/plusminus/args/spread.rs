//! Starting points spread over a box, and bounds.

use std::str::FromStr;

use clap::Args;
use ndarray::Array2;
use plusminus::Sampling;

use super::how::named;
use super::points::Bound;
use crate::failure::Failure;

/// Starting points spread over a box, and bounds.
#[derive(Args)]
#[command(next_help_heading = "Start")]
pub struct SpreadArgs {
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

impl SpreadArgs {
    /// `[batch, n]`, if points are to be spread.
    pub fn points(&self) -> Result<Option<Array2<f64>>, Failure> {
        let Some(count) = self.starts else { return Ok(None) };
        let (lower, upper) = match (&self.region, &self.lower, &self.upper) {
            (Some(region), ..) => region.0.iter().copied().unzip(),
            (None, Some(lower), Some(upper)) => (lower.0.clone(), upper.0.clone()),
            _ => {
                let message = "--starts needs a region: give --region, or both --lower and --upper".into();
                return Err(Failure::Work(plusminus::Error::Usage { message }));
            }
        };
        Ok(Some(self.sampling.points(count, &lower, &upper, self.seed)?))
    }

    /// Coordinates of the points that are to be spread.
    pub fn sides(&self) -> usize {
        let region = self.region.as_ref().map(|region| region.0.len());
        region.or(self.lower.as_ref().map(|lower| lower.0.len())).unwrap_or(0)
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
pub struct Region(Vec<(f64, f64)>);

impl Region {
    /// Low and high of each side.
    pub fn sides(&self) -> &[(f64, f64)] {
        &self.0
    }
}

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
