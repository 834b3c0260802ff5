//! Difference quotients of higher order, with exact rational coefficients.

use std::fmt;

use crate::error::{Error, Result};
use crate::scheme::Scheme;

/// The orders there are beside a scheme's lowest.
const ORDERS: [usize; 4] = [2, 4, 6, 8];

/// A rational number in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// The numerator, which has the sign.
    pub numerator: i64,
    /// The denominator, greater than 0.
    pub denominator: i64,
}

impl Fraction {
    /// The numbers of stencils have denominators of some thousands at most.
    fn new(numerator: i64, denominator: i64) -> Self {
        let (mut a, mut b) = (numerator.abs(), denominator.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = if denominator < 0 { -a } else { a };
        Fraction { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    fn times(self, numerator: i64, denominator: i64) -> Self {
        Self::new(self.numerator * numerator, self.denominator * denominator)
    }

    fn plus(self, other: Self) -> Self {
        let denominator = self.denominator * other.denominator;
        Self::new(self.numerator * other.denominator + other.numerator * self.denominator, denominator)
    }

    /// The nearest f64.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

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
    weights: Vec<Fraction>,
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
            others.fold(Fraction::new(1, 1), |weight, l| weight.times(power(l), power(l) - power(m)))
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
    pub fn weights(&self) -> &[Fraction] {
        &self.weights
    }

    /// The coefficients c of Σ c·f(x + node·h) / h, by increasing node; those that are 0 are left out.
    pub fn coefficients(&self) -> Vec<(i32, Fraction)> {
        let mut found = Vec::new();
        let mut middle = Fraction::new(0, 1);
        for (m, weight) in (1..).zip(&self.weights) {
            match self.scheme {
                Scheme::Central => {
                    found.push((m, weight.times(1, 2 * i64::from(m))));
                    found.push((-m, weight.times(-1, 2 * i64::from(m))));
                }
                Scheme::Forward | Scheme::Backward => {
                    let sign = if self.scheme == Scheme::Forward { 1 } else { -1 };
                    let coefficient = weight.times(i64::from(sign), i64::from(m));
                    found.push((sign * m, coefficient));
                    middle = middle.plus(coefficient.times(-1, 1));
                }
            }
        }
        if middle.numerator != 0 {
            found.push((0, middle));
        }
        found.sort_by_key(|&(node, _)| node);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coefficients(scheme: Scheme, order: usize) -> String {
        let stencil = Stencil::new(scheme, order).unwrap();
        let all: Vec<String> = stencil.coefficients().iter().map(|(_, c)| c.to_string()).collect();
        all.join(" ")
    }

    /// Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988), tables 1 and 3.
    #[test]
    fn published_coefficients() {
        assert_eq!(coefficients(Scheme::Central, 2), "-1/2 1/2");
        assert_eq!(coefficients(Scheme::Central, 6), "-1/60 3/20 -3/4 3/4 -3/20 1/60");
        assert_eq!(coefficients(Scheme::Central, 8), "1/280 -4/105 1/5 -4/5 4/5 -1/5 4/105 -1/280");
        assert_eq!(coefficients(Scheme::Forward, 1), "-1 1");
        assert_eq!(coefficients(Scheme::Forward, 2), "-3/2 2 -1/2");
        assert_eq!(coefficients(Scheme::Forward, 4), "-25/12 4 -3 4/3 -1/4");
        assert_eq!(coefficients(Scheme::Backward, 2), "1/2 -2 3/2");
        assert_eq!(coefficients(Scheme::Forward, 8), "-761/280 8 -14 56/3 -35/2 56/5 -14/3 8/7 -1/8");
    }

    /// Exact on polynomials up to the order, in rational arithmetic, and on no power beyond (where parity allows one).
    #[test]
    fn exact_up_to_the_order() {
        for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
            for order in [1, 2, 4, 6, 8].into_iter().filter(|&o| o > 1 || scheme != Scheme::Central) {
                let stencil = Stencil::new(scheme, order).unwrap();
                for power in 0..=order as u32 + 1 {
                    let moment = stencil.coefficients().iter().fold(Fraction::new(0, 1), |sum, (node, c)| {
                        sum.plus(c.times(i64::from(*node).pow(power), 1))
                    });
                    let want = Fraction::new(i64::from(power == 1), 1);
                    let is_exact = power as usize <= order;
                    assert_eq!(moment == want, is_exact, "{scheme} {order} x^{power}: {moment}");
                }
            }
        }
    }

    #[test]
    fn other_orders_are_refused() {
        for (scheme, order) in [(Scheme::Central, 1), (Scheme::Central, 3), (Scheme::Forward, 0)] {
            assert!(Stencil::new(scheme, order).unwrap_err().to_string().contains("2, 4, 6 and 8"));
        }
    }
}
