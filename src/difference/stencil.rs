//! Difference quotients of higher order, with exact rational coefficients.

use num_rational::Ratio;

use super::Scheme;
use crate::error::{Error, Result};

/// The orders there are beside a scheme's lowest.
const ORDERS: [usize; 4] = [2, 4, 6, 8];

/// A difference quotient whose truncation error goes like h^order.
///
/// It is a sum of simple quotients over 1, 2, …, m steps, with the weights that extrapolate them to a step of 0: Lagrange's
/// polynomial in h (one-sided), or in h² (central), at 0. Their weights are integers over integers, computed here and
/// rounded once.
///
/// ```
/// use plusminus::{Scheme, Stencil};
/// let stencil = Stencil::new(Scheme::Central, 4)?;
/// let printed: Vec<_> = stencil.coefficients().iter().map(|(node, c)| format!("{c} f(x{node:+}h)")).collect();
/// assert_eq!(printed.join(", "), "1/12 f(x-2h), -2/3 f(x-1h), 2/3 f(x+1h), -1/12 f(x+2h)");
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stencil {
    scheme: Scheme,
    order: usize,
    /// The weight of the simple quotient over m steps, m = 1, 2, ….
    weights: Vec<Ratio<i64>>,
}

impl Stencil {
    /// The stencil of a scheme and an order: 2, 4, 6 or 8, and 1 if it is one-sided.
    ///
    /// # Errors
    /// [`Error::Usage`] for another order.
    pub fn new(scheme: Scheme, order: usize) -> Result<Self> {
        let central = scheme == Scheme::Central;
        if !(ORDERS.contains(&order) || order == 1 && !central) {
            return Err(Error::usage(format!(
                "{scheme} differences of order {order}: there are the orders {}2, 4, 6 and 8",
                if central { "" } else { "1, " }
            )));
        }
        let steps = if central { order / 2 } else { order } as i64;
        let power = |m: i64| if central { m * m } else { m };
        let weight = |m: i64| {
            let others = (1..=steps).filter(|&l| l != m);
            others.fold(Ratio::ONE, |weight, l| weight * Ratio::new(power(l), power(l) - power(m)))
        };
        Ok(Stencil { scheme, order, weights: (1..=steps).map(weight).collect() })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The power of h that the truncation error goes with.
    pub fn order(&self) -> usize {
        self.order
    }

    /// The weights of the simple quotients over 1, 2, … steps; their sum is 1.
    pub fn weights(&self) -> &[Ratio<i64>] {
        &self.weights
    }

    /// The same, each rounded once.
    pub(crate) fn rounded(&self) -> impl Iterator<Item = f64> {
        self.weights.iter().map(|weight| *weight.numer() as f64 / *weight.denom() as f64)
    }

    /// The coefficients c of Σ c·f(x + node·h) / h, by increasing node; those that are 0 are left out.
    pub fn coefficients(&self) -> Vec<(i32, Ratio<i64>)> {
        let mut found = Vec::new();
        let mut middle = Ratio::ZERO;
        for (m, &weight) in (1..).zip(&self.weights) {
            match self.scheme {
                Scheme::Central => {
                    let coefficient = weight / (2 * i64::from(m));
                    found.extend([(m, coefficient), (-m, -coefficient)]);
                }
                Scheme::Forward | Scheme::Backward => {
                    let sign = if self.scheme == Scheme::Forward { 1 } else { -1 };
                    let coefficient = weight / i64::from(sign * m);
                    found.push((sign * m, coefficient));
                    middle -= coefficient;
                }
            }
        }
        if *middle.numer() != 0 {
            found.push((0, middle));
        }
        found.sort_by_key(|&(node, _)| node);
        found
    }
}
