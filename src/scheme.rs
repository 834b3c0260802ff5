//! Which difference quotient: forward, backward or central.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A first-order difference quotient along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// (f(x+h) - f(x)) / h: truncation error f''·h/2.
    Forward,
    /// (f(x) - f(x-h)) / h: truncation error -f''·h/2.
    Backward,
    /// (f(x+h) - f(x-h)) / 2h: truncation error f'''·h²/6.
    #[default]
    Central,
}

impl Scheme {
    /// How many perturbed evaluations a component takes: 2 for central, else 1 (beside f(x), which all
    /// components of a point share).
    pub fn sides(self) -> usize {
        match self {
            Scheme::Forward | Scheme::Backward => 1,
            Scheme::Central => 2,
        }
    }

    /// The order of the quotient itself: its truncation error goes like h (one-sided) or h² (central).
    pub fn order(self) -> usize {
        self.sides()
    }

    /// Evaluations of the objective for the gradients of `points` points of dimension `axes`:
    /// 2n a point for central, n + 1 for forward and backward.
    pub fn evaluations(self, points: usize, axes: usize) -> u64 {
        let a_point = match self {
            Scheme::Forward | Scheme::Backward => axes as u64 + 1,
            Scheme::Central => 2 * axes as u64,
        };
        points as u64 * a_point
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scheme::Forward => "forward",
            Scheme::Backward => "backward",
            Scheme::Central => "central",
        })
    }
}

impl FromStr for Scheme {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "forward" => Ok(Scheme::Forward),
            "backward" => Ok(Scheme::Backward),
            "central" => Ok(Scheme::Central),
            _ => Err(Error::usage(format!("unknown scheme `{text}`: it is forward, backward or central"))),
        }
    }
}
