//! Unit responses as polynomials: at which shifts of a unit to evaluate them, and what fits.
//!
//! All weights W_ij and the bias b_j that enter unit j shift the same sum z_j, by d = δ·a_i. So for each (sample, unit)
//! the loss changes by a function of one number, φ(d) = L(z_j + d) - L(z_j). It is evaluated, free of cancellation, at
//! K pairs of nodes ±u_k·d_max, and fitted by φ(d) = Σ c_m u^m, u = d/d_max: odd powers from (φ(d) - φ(-d))/2, even
//! ones from (φ(d) + φ(-d))/2. What the polynomial leaves out is below the working precision: K follows from a bound on
//! how far φ's nearest singularity lies. Where all but c_1 is, as at the default steps, nothing is evaluated
//! (`increments/linear.rs`).

use pulp::Arch;

use super::{Activation, Architecture, Loss};
use crate::difference::Scheme;
use crate::numeric::{Precision, Real};

/// Of the rules below, the one with most nodes.
pub(crate) const MOST_NODES: usize = 6;

/// The nodes of a fit of odd (or even) powers: multiples of 1/32 near the zeros of the Chebyshev polynomial T_2K+1,
/// spread so that the first is 1.
fn nodes(count: usize) -> &'static [f64] {
    const RULES: [&[f64]; 5] = [
        &[1.0],
        &[1.0, 0.5],
        &[1.0, 0.8125, 0.4375],
        &[1.0, 0.875, 0.65625, 0.34375],
        &[1.0, 0.9375, 0.8125, 0.65625, 0.46875, 0.25],
    ];
    match count {
        1 => RULES[0],
        2 => RULES[1],
        3 => RULES[2],
        4 => RULES[3],
        _ => RULES[4],
    }
}

/// A rule: nodes, and the matrices from values there to coefficients.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// The nodes u_k, the first of which is 1.
    pub(crate) nodes: Vec<f64>,
    /// For each power m of u: the weights of the nodes' odd parts (m odd) or even parts (m even).
    pub(crate) powers: Vec<(u32, Vec<f64>)>,
}

impl Fit {
    /// The rule of `count` nodes (1, 2, 3, 4 or 6) for what `scheme` needs: odd powers for central quotients, all for
    /// one-sided ones.
    pub(crate) fn new(count: usize, scheme: Scheme) -> Self {
        let nodes = nodes(count).to_vec();
        let count = nodes.len();
        let mut powers = Vec::new();
        for m in 1..=2 * count as u32 {
            let odd = m % 2 == 1;
            if !odd && scheme == Scheme::Central {
                continue;
            }
            // Lagrange's polynomials in t = u², each divided by u (or u²) at its node; of them the coefficient of t^j.
            let j = (m as usize - 1) / 2;
            let weights = (0..count).map(|k| {
                let mut polynomial = vec![1.0];
                for node in nodes.iter().filter(|node| **node != nodes[k]) {
                    let (t_k, t_i) = (nodes[k] * nodes[k], node * node);
                    // polynomial ← polynomial·(t - t_i)/(t_k - t_i)
                    let mut next = vec![0.0; polynomial.len() + 1];
                    for (power, c) in polynomial.iter().enumerate() {
                        next[power + 1] += c / (t_k - t_i);
                        next[power] -= c * t_i / (t_k - t_i);
                    }
                    polynomial = next;
                }
                polynomial[j] / if odd { nodes[k] } else { nodes[k] * nodes[k] }
            });
            powers.push((m, weights.collect()));
        }
        Fit { nodes, powers }
    }

    /// The least number of nodes whose fit is exact to the precision over shifts of `reach` times the distance to the
    /// nearest singularity; `None` if none is: then each weight is evaluated by itself.
    ///
    /// What K nodes leave out is about 2·(reach/2)^2K of φ: the power 2K+1, which falls off with the distance of the
    /// singularity, times the monic Chebyshev polynomial. Six nodes in f32 lose more to rounding in the coefficients than they
    /// gain (measured: 1e-5 against 5e-7 with four).
    pub(crate) fn nodes_for(reach: f64, precision: Precision) -> Option<usize> {
        let counts: &[usize] = match precision {
            Precision::F32 => &[1, 2, 3, 4],
            Precision::F64 => &[1, 2, 3, 4, MOST_NODES],
        };
        counts.iter().copied().find(|&count| reach <= Fit::farthest(count, precision))
    }

    /// Whether over shifts of that reach (by [`Spread::bend`]) a response is its linear part to the precision, so that nothing
    /// need be fitted: the cubic part of central quotients is below a tenth of rounding, as for the fit of one node; or the
    /// quadratic part of one-sided ones.
    pub(crate) fn is_linear(reach: f64, scheme: Scheme, precision: Precision) -> bool {
        reach <= Fit::farthest_linear(scheme, precision)
    }

    /// The farthest reach for which it is.
    pub(crate) fn farthest_linear(scheme: Scheme, precision: Precision) -> f64 {
        match scheme {
            Scheme::Central => Fit::farthest(1, precision),
            Scheme::Forward | Scheme::Backward => 0.1 * precision.epsilon(),
        }
    }

    /// The farthest reach for which `count` nodes do.
    pub(crate) fn farthest(count: usize, precision: Precision) -> f64 {
        // A second pair of nodes halves the rounding errors of the first, too: at h = 2^-10 it is worth its price.
        let tolerance = if count == 1 { 0.1 } else { 2.0 };
        2.0 * (tolerance * precision.epsilon()).powf(0.5 / count as f64)
    }
}

/// How what follows a unit answers to a shift d of its sum, layer by layer, bounded by the sizes of the weights.
pub(crate) struct Spread {
    /// 1 over the distance, in shifts d, to the nearest singularity of the loss in the complex plane, estimated from
    /// below. 0 if there is none.
    pub(crate) steepness: Vec<f64>,
    /// How far the outputs move at most, as multiples of d.
    outputs: Vec<f64>,
    /// For layer l, of each layer from l on: how far its sums move at most, as multiples of d.
    pub(crate) moves: Vec<Vec<f64>>,
}

impl Spread {
    pub(crate) fn new<T: Real>(architecture: &Architecture, parameters: &[T]) -> Self {
        let layers = architecture.layers();
        // Of each layer but the first: its largest weight, for where one unit moves, and the largest sum of the weights that
        // lead to a unit, for where all of the layer before do.
        let weights: Vec<(f64, f64)> = layers
            .iter()
            .enumerate()
            .map(|(l, layer)| match l {
                0 => (0.0, 0.0),
                _ => Arch::new().dispatch(|| {
                    let mut sums = vec![T::ZERO; layer.outputs];
                    let mut largest = sums.clone();
                    for row in parameters[layer.offset..layer.bias_offset()].chunks_exact(layer.outputs) {
                        for ((sum, largest), w) in sums.iter_mut().zip(&mut largest).zip(row) {
                            let w = w.magnitude();
                            *sum += w;
                            *largest = largest.larger(w);
                        }
                    }
                    let most = |of: &[T]| of.iter().fold(0.0, |most: f64, of| most.max(of.to_f64()));
                    (most(&largest), most(&sums))
                }),
            })
            .collect();
        let mut spread = Spread { steepness: Vec::new(), outputs: Vec::new(), moves: Vec::new() };
        for l in 0..layers.len() {
            let own = layers[l].activation;
            let mut nearest = own.inverse_pole();
            let mut moves = vec![1.0];
            // How much the activations of the layer at hand move for a unit shift.
            let mut gain = own.steepest();
            for (next, layer) in layers.iter().enumerate().skip(l + 1) {
                let (largest, sum) = weights[next];
                gain *= if next == l + 1 { largest } else { sum };
                moves.push(gain);
                nearest = nearest.max(gain * layer.activation.inverse_pole());
                gain *= layer.activation.steepest();
            }
            if architecture.loss() == Loss::SoftmaxCrossEntropy {
                // The denominator may vanish once two outputs differ by iπ more.
                let outputs = if l + 1 == layers.len() { 1.0 } else { 2.0 };
                nearest = nearest.max(outputs * gain / std::f64::consts::PI);
            }
            spread.steepness.push(nearest);
            spread.outputs.push(gain);
            spread.moves.push(moves);
        }
        spread
    }

    /// 1 over the shift at which the response of layer `l` bends about as much as it rises: as far as odd powers go its
    /// singularity tells; the square of an error has none, and goes with how far outputs move.
    pub(crate) fn bend(&self, l: usize, scheme: Scheme) -> f64 {
        match scheme {
            Scheme::Central => self.steepness[l],
            Scheme::Forward | Scheme::Backward => self.steepness[l].max(self.outputs[l]),
        }
    }
}

impl Activation {
    /// 1 over the distance of the nearest pole from the real axis; 0 if there is none.
    fn inverse_pole(self) -> f64 {
        use std::f64::consts::{FRAC_1_PI, FRAC_2_PI};
        match self {
            Activation::Identity | Activation::Relu => 0.0,
            Activation::Sigmoid | Activation::Softplus => FRAC_1_PI,
            Activation::Tanh => FRAC_2_PI,
        }
    }

    /// The largest slope.
    fn steepest(self) -> f64 {
        if self == Activation::Sigmoid { 0.25 } else { 1.0 }
    }

    /// The largest value in absolute terms, where there is one.
    pub(crate) fn bound(self) -> Option<f64> {
        matches!(self, Activation::Sigmoid | Activation::Tanh).then_some(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_reproduce_polynomials_of_their_degree() {
        for count in [1, 2, 3, 4, 6] {
            for scheme in [Scheme::Forward, Scheme::Central] {
                let fit = Fit::new(count, scheme);
                let degree = 2 * count as i32;
                // φ(u) = Σ u^m/m, over the powers that the scheme needs.
                let phi = |u: f64| (1..=degree).map(|m| u.powi(m) / f64::from(m)).sum::<f64>();
                for (m, weights) in &fit.powers {
                    let c: f64 = weights
                        .iter()
                        .zip(&fit.nodes)
                        .map(|(w, &u)| {
                            let (plus, minus) = (phi(u), phi(-u));
                            w * if m % 2 == 1 { plus - minus } else { plus + minus } / 2.0
                        })
                        .sum();
                    assert!((c - 1.0 / f64::from(*m)).abs() < 1e-10, "{count} nodes, power {m}: {c}");
                }
                assert_eq!(fit.powers.len(), if scheme == Scheme::Central { count } else { 2 * count });
            }
        }
    }

    /// By hand: of the second layer the largest weight is 3, the largest sum over those that lead to a unit 5; of the third 8 and 12.
    #[test]
    fn shifts_spread_by_the_weights() {
        let architecture = Architecture::new(1, Loss::MeanSquaredError)
            .dense(2, Activation::Relu)
            .dense(2, Activation::Sigmoid)
            .dense(1, Activation::Identity);
        let x: [f64; 13] = [1.0, 1.0, 9.0, 9.0, 0.5, -2.0, 1.0, 3.0, 9.0, 9.0, 4.0, -8.0, 9.0];
        let spread = Spread::new(&architecture, &x);
        assert_eq!(spread.moves, [vec![1.0, 3.0, 9.0], vec![1.0, 2.0], vec![1.0]]);
        let third = std::f64::consts::FRAC_1_PI;
        assert_eq!(spread.steepness, [3.0 * third, third, 0.0]);
        let bends = |scheme| [0, 1, 2].map(|l| spread.bend(l, scheme));
        assert_eq!(bends(Scheme::Central), [3.0 * third, third, 0.0]);
        assert_eq!(bends(Scheme::Forward), [9.0, 2.0, 1.0]);
    }

    #[test]
    fn small_reaches_are_linear() {
        for (precision, central, one_sided) in [(Precision::F32, 2e-4, 1.1e-8), (Precision::F64, 9e-9, 2e-17)]
        {
            for (scheme, most) in
                [(Scheme::Central, central), (Scheme::Forward, one_sided), (Scheme::Backward, one_sided)]
            {
                assert!(Fit::is_linear(most, scheme, precision), "{scheme}, {precision}");
                assert!(!Fit::is_linear(1.2 * most, scheme, precision), "{scheme}, {precision}");
            }
            assert!(!Fit::is_linear(f64::NAN, Scheme::Central, precision));
        }
    }

    #[test]
    fn more_reach_takes_more_nodes() {
        assert_eq!(Fit::nodes_for(0.0, Precision::F32), Some(1));
        assert_eq!(Fit::nodes_for(1e-4, Precision::F32), Some(1));
        assert_eq!(Fit::nodes_for(0.04, Precision::F32), Some(2));
        assert_eq!(Fit::nodes_for(0.16, Precision::F32), Some(4));
        assert_eq!(Fit::nodes_for(0.5, Precision::F32), None);
        assert_eq!(Fit::nodes_for(0.1, Precision::F64), Some(6));
        assert_eq!(Fit::nodes_for(f64::NAN, Precision::F32), None);
    }
}
