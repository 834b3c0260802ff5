//! What a fit tells of its parameters.

use nalgebra::DMatrix;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// What a fit tells of its parameters, by the Jacobian J at the solution: the covariance is s²·(JᵀJ)⁻¹.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FitStatistics {
    /// The sum of the squares of the residuals.
    pub chi_square: f64,
    /// Residuals less parameters that are fitted.
    pub degrees_of_freedom: usize,
    /// s: the root of the sum of squares divided by the degrees of freedom; NaN if there are none left.
    pub residual_deviation: f64,
    /// `[n]`: the parameters' standard deviations; infinite for one that the residuals do not determine, NaN for one that is held at a bound.
    pub sigma: Array1<f64>,
    /// `[n, n]`
    pub covariance: Array2<f64>,
    /// `[n, n]`
    pub correlation: Array2<f64>,
}

/// Of a direction of length 1: the part of a parameter from which it is not determined if the direction is not.
const PART: f64 = 1e-6;

impl FitStatistics {
    pub(super) fn new(
        jacobian: ArrayView2<'_, f64>,
        held: ArrayView1<'_, bool>,
        chi_square: f64,
        absolute: bool,
    ) -> Self {
        let (m, n) = jacobian.dim();
        let free: Vec<usize> = (0..n).filter(|&j| !held[j]).collect();
        let degrees_of_freedom = m.saturating_sub(free.len());
        let variance = if degrees_of_freedom > 0 { chi_square / degrees_of_freedom as f64 } else { f64::NAN };
        let scale = if absolute { 1.0 } else { variance };
        let mut covariance = Array2::from_elem((n, n), f64::NAN);
        let unscaled = inverse(jacobian, &free);
        for (a, &i) in free.iter().enumerate() {
            for (b, &j) in free.iter().enumerate() {
                covariance[[i, j]] = scale * unscaled[(a, b)];
            }
        }
        let sigma = Array1::from_shape_fn(n, |j| covariance[[j, j]].sqrt());
        let correlation = Array2::from_shape_fn((n, n), |(i, j)| {
            if i == j && sigma[i].is_finite() { 1.0 } else { covariance[[i, j]] / (sigma[i] * sigma[j]) }
        });
        let residual_deviation = variance.sqrt();
        FitStatistics { chi_square, degrees_of_freedom, residual_deviation, sigma, covariance, correlation }
    }
}

/// (JᵀJ)⁻¹ by singular values of J with columns of length 1; infinite where J does not determine a parameter.
fn inverse(jacobian: ArrayView2<'_, f64>, free: &[usize]) -> DMatrix<f64> {
    let (m, n) = (jacobian.nrows(), free.len());
    let lengths: Vec<f64> =
        free.iter().map(|&j| jacobian.column(j).dot(&jacobian.column(j)).sqrt()).collect();
    let unit = |k: usize, j: usize| if lengths[j] > 0.0 { jacobian[[k, free[j]]] / lengths[j] } else { 0.0 };
    let matrix = DMatrix::from_fn(m.max(n), n, |k, j| if k < m { unit(k, j) } else { 0.0 });
    let unknown = DMatrix::from_element(n, n, f64::NAN);
    if n == 0 || matrix.iter().any(|entry| !entry.is_finite()) {
        return unknown;
    }
    let Some(found) = matrix.qr().r().try_svd(false, true, f64::EPSILON, 1000) else { return unknown };
    let Some(right) = found.v_t else { return unknown };
    let least = f64::EPSILON * m.max(n) as f64 * found.singular_values.max();
    let mut inverse = DMatrix::zeros(n, n);
    for (k, &s) in found.singular_values.iter().enumerate() {
        for i in 0..n {
            for j in 0..n {
                let parts = right[(k, i)] * right[(k, j)];
                inverse[(i, j)] += if lengths[i] == 0.0 || lengths[j] == 0.0 {
                    // Nothing depends on it.
                    if i == j { f64::INFINITY } else { 0.0 }
                } else if s > least {
                    parts / (s * s * lengths[i] * lengths[j])
                } else if parts.abs() > PART * PART {
                    parts.signum() * f64::INFINITY
                } else {
                    0.0
                };
            }
        }
    }
    inverse
}
