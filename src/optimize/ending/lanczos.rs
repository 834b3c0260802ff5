//! The ends of the Hessian's spectrum in many coordinates, by its products with vectors (Lanczos, 1950).

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2};

use super::slope;
use crate::difference::{Bars, Difference};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::{Precision, SplitMix64};
use crate::optimize::kind::{PointKind, Shape, StationaryPoint};

/// Products, at most.
pub(super) const PRODUCTS: usize = 30;

/// Of the largest curvature: a part of a new direction that is no more than its rounding.
const SPENT: f64 = 1e-6;

/// One point on its way.
struct Krylov {
    /// Directions of length 1, at right angles.
    basis: Vec<Array1<f64>>,
    /// The Hessian in that basis: its diagonal, and what stands beside it.
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    /// How far a curvature may be off.
    error: f64,
    /// Whether the basis spans all that the Hessian makes of the first direction.
    is_spent: bool,
}

/// What kind of point each is that has a gradient of 0 there, as far as so many products tell: a saddle point and a maximum are known by one
/// direction in which f falls, and a minimum only if there are no directions left. `None`: not known.
///
/// A product is the difference of two gradients a third of the digits away on both sides.
pub(super) fn kinds(
    evaluator: &mut Evaluator<'_>,
    points: &Array2<f64>,
    gradients: &Array2<f64>,
    how: &Difference,
    precision: Precision,
) -> Result<Vec<Option<Shape>>> {
    let (batch, n) = points.dim();
    let mut random = SplitMix64::new(1);
    let mut all: Vec<Krylov> = (0..batch)
        .map(|_| {
            let first = Array1::from_shape_simple_fn(n, || random.normal());
            let length = first.dot(&first).sqrt();
            Krylov {
                basis: vec![first / length],
                diagonal: Vec::new(),
                beside: Vec::new(),
                error: 0.0,
                is_spent: false,
            }
        })
        .collect();
    let by = precision.epsilon().cbrt();
    let how = how.with_bars(Bars::Off);
    for _ in 0..PRODUCTS.min(n) {
        let active: Vec<usize> = (0..batch).filter(|&i| !all[i].is_spent).collect();
        if active.is_empty() {
            break;
        }
        let lengths: Vec<f64> = active
            .iter()
            .map(|&i| by * points.row(i).iter().fold(0.0, |most: f64, x| most.max(x.abs())).max(1.0))
            .collect();
        let moved = |sign: f64| {
            Array2::from_shape_fn((active.len(), n), |(k, j)| {
                let direction = &all[active[k]].basis[all[active[k]].diagonal.len()];
                // Each coordinate by as much as the largest is moved, or less.
                precision.round(points[[active[k], j]] + sign * lengths[k] * direction[j])
            })
        };
        let (above, below) = (moved(1.0), moved(-1.0));
        let (high, _, fails) = slope::gradients(evaluator, &above, &how)?;
        let (low, _, fails_too) = slope::gradients(evaluator, &below, &how)?;
        for (k, &i) in active.iter().enumerate() {
            let product = (&high.row(k) - &low.row(k)) / (2.0 * lengths[k]);
            if fails[k].is_some() || fails_too[k].is_some() || product.iter().any(|h| !h.is_finite()) {
                all[i].error = f64::INFINITY;
                all[i].is_spent = true;
                continue;
            }
            // Gradients are rounded, and so are the points.
            let size = high.row(k).iter().chain(low.row(k)).fold(0.0, |most: f64, g| most.max(g.abs()));
            let noise = (n as f64).sqrt() * precision.epsilon() * size / lengths[k];
            all[i].take(product, noise, precision);
        }
    }
    let shapes = all
        .iter()
        .zip(gradients.rows())
        .map(|(krylov, gradient)| krylov.shape(n, gradient.dot(&gradient).sqrt()));
    Ok(shapes.collect())
}

impl Krylov {
    /// Takes in the product with the latest direction, and finds the next.
    fn take(&mut self, mut product: Array1<f64>, noise: f64, precision: Precision) {
        let k = self.diagonal.len();
        self.diagonal.push(product.dot(&self.basis[k]));
        let size = product.dot(&product).sqrt();
        // Two thirds of the digits of a product are right.
        self.error = self.error.max(noise + size * precision.epsilon().cbrt().powi(2));
        // Twice, for the first time leaves what was rounded.
        for _ in 0..2 {
            for direction in &self.basis {
                let part = product.dot(direction);
                product.scaled_add(-part, direction);
            }
        }
        let left = product.dot(&product).sqrt();
        let largest = self.diagonal.iter().chain(&self.beside).fold(0.0, |most: f64, h| most.max(h.abs()));
        if left <= (SPENT * largest).max(self.error) {
            self.is_spent = true;
            return;
        }
        self.beside.push(left);
        self.basis.push(product / left);
    }

    /// Of a gradient of that length.
    fn shape(&self, n: usize, slope: f64) -> Option<Shape> {
        let k = self.diagonal.len();
        if k == 0 || !self.error.is_finite() {
            return None;
        }
        let matrix = DMatrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
            0 => self.diagonal[i],
            1 => self.beside[i.min(j)],
            _ => 0.0,
        });
        let found = SymmetricEigen::try_new(matrix, f64::EPSILON, 1000)?;
        let error = self.error * (k as f64).sqrt();
        let (at, least) = found.eigenvalues.argmin();
        let greatest = found.eigenvalues.max();
        let count = |is: &dyn Fn(f64) -> bool| found.eigenvalues.iter().filter(|&&value| is(value)).count();
        let (positive, negative) = (count(&|value| value > error), count(&|value| value < -error));
        let kind = match (positive, negative) {
            (1.., 1..) => Some(PointKind::Saddle),
            (0, 1..) => Some(PointKind::Maximum),
            (all, 0) if all == n => Some(PointKind::Minimum),
            _ => None,
        };
        // No nearer than by the least curvature that was seen.
        let nearest =
            found.eigenvalues.iter().fold(f64::INFINITY, |least: f64, value| least.min(value.abs()));
        let left = if nearest > error { slope / nearest } else { f64::INFINITY };
        let fall = left * slope / 2.0;
        let direction = (negative > 0).then(|| {
            let mut direction = Array1::<f64>::zeros(n);
            for (i, basis) in self.basis.iter().take(k).enumerate() {
                direction.scaled_add(found.eigenvectors[(i, at)], basis);
            }
            direction.to_vec()
        });
        let zero = k - positive - negative;
        let point = kind.map(|kind| StationaryPoint {
            kind,
            least,
            greatest,
            error,
            positive,
            zero,
            negative,
            direction,
        });
        Some(Shape { point, left, fall })
    }
}
