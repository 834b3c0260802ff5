//! The linear model of residuals around a point, by singular values.

use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2};

/// Halvings, at most, until the damping is found.
const HALVINGS: usize = 60;

/// Residuals near a point: r + J·p, of the coordinates that are free, each in units of its own.
pub(super) struct Model {
    /// Coordinates that are free.
    columns: Vec<usize>,
    /// Their units.
    scales: Vec<f64>,
    /// Singular values, and the right singular vectors by rows.
    singular: DVector<f64>,
    right: DMatrix<f64>,
    /// Residuals along the left singular vectors.
    along: DVector<f64>,
}

/// A step, in the coordinates themselves.
pub(super) struct Step {
    /// `[n]`
    pub(super) way: Array1<f64>,
    /// Its length in units of the coordinates.
    pub(super) length: f64,
    /// By how much the sum of squares falls, by the model.
    pub(super) fall: f64,
}

impl Model {
    /// Of a Jacobian `[m, n]` and residuals `[m]`, both finite; `None` if the decomposition fails.
    pub(super) fn new(
        jacobian: &Array2<f64>,
        residuals: &Array1<f64>,
        free: &[bool],
        scales: &Array1<f64>,
    ) -> Option<Self> {
        let columns: Vec<usize> = (0..free.len()).filter(|&j| free[j]).collect();
        let scales: Vec<f64> = columns.iter().map(|&j| scales[j]).collect();
        let (m, n) = (jacobian.nrows(), columns.len());
        if n == 0 {
            return None;
        }
        // Singular values of the triangle are those of the whole; of few rows zeros make a square.
        let scaled =
            DMatrix::from_fn(
                m.max(n),
                n,
                |k, j| if k < m { jacobian[[k, columns[j]]] / scales[j] } else { 0.0 },
            );
        let mut right_side = DMatrix::from_fn(m.max(n), 1, |k, _| if k < m { residuals[k] } else { 0.0 });
        let triangular = scaled.qr();
        triangular.q_tr_mul(&mut right_side);
        let found = triangular.r().try_svd(true, true, f64::EPSILON, 1000)?;
        let (left, right) = (found.u?, found.v_t?);
        let along = left.transpose() * right_side.rows(0, n);
        Some(Model {
            columns,
            scales,
            singular: found.singular_values,
            right,
            along: along.column(0).into_owned(),
        })
    }

    /// The step of the least damping that is no longer than `radius`. Directions along which residuals do not change, by rounding, are left out.
    pub(super) fn step(&self, radius: f64, n: usize) -> Step {
        let least = f64::EPSILON * self.columns.len() as f64 * self.singular.max();
        let parts = |damping: f64| {
            self.singular
                .zip_map(&self.along, |s, r| if s > least { -s * r / (s * s + damping) } else { 0.0 })
        };
        let mut damping = 0.0;
        if parts(0.0).norm() > radius {
            // Between none and so much that the step is surely short enough: s/(s² + d) ≤ s/d.
            let pull = self.singular.component_mul(&self.along).norm();
            let (mut low, mut high) = (0.0f64, pull / radius);
            for _ in 0..HALVINGS {
                // By magnitude, for dampings may lie many powers of ten apart.
                let middle = if low > 0.0 { (low * high).sqrt() } else { high * 1e-4 };
                if parts(middle).norm() > radius {
                    low = middle
                } else {
                    high = middle
                }
                if high <= low * 1.1 {
                    break;
                }
            }
            damping = high;
        }
        let parts = parts(damping);
        // Along each: r² - (r + s·p)².
        let fall = (0..parts.len())
            .map(|k| {
                let after = self.along[k] + self.singular[k] * parts[k];
                (self.along[k] - after) * (self.along[k] + after)
            })
            .sum();
        let scaled = self.right.transpose() * &parts;
        let mut way = Array1::zeros(n);
        for (k, &j) in self.columns.iter().enumerate() {
            way[j] = scaled[k] / self.scales[k];
        }
        Step { way, length: parts.norm(), fall }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn steps_solve_the_normal_equations_and_keep_the_radius() {
        let jacobian = array![[1.0, 2.0], [0.5, -1.0], [3.0, 0.25], [-1.0, 1.0]];
        let residuals = array![1.0, -2.0, 0.5, 3.0];
        let model = Model::new(&jacobian, &residuals, &[true, true], &array![1.0, 10.0]).unwrap();
        let whole = model.step(f64::INFINITY, 2);
        // Jᵀ(r + Jp) = 0, and the sum falls by what it falls.
        let after = &residuals + &jacobian.dot(&whole.way);
        assert!(jacobian.t().dot(&after).iter().all(|g| g.abs() < 1e-13));
        assert!((whole.fall - (residuals.dot(&residuals) - after.dot(&after))).abs() < 1e-13);
        for radius in [1e-6, 0.1, 1.0] {
            let step = model.step(radius, 2);
            assert!(step.length <= radius && (step.length > 0.9 * radius || step.length == whole.length));
            let after = &residuals + &jacobian.dot(&step.way);
            assert!((step.fall - (residuals.dot(&residuals) - after.dot(&after))).abs() < 1e-13);
        }
        // A coordinate that is held does not move; fewer residuals than coordinates are no fault.
        assert_eq!(
            Model::new(&jacobian, &residuals, &[false, true], &array![1.0, 1.0]).unwrap().step(9.0, 2).way[0],
            0.0
        );
        let few = Model::new(&array![[1.0, 1.0]], &array![2.0], &[true, true], &array![1.0, 1.0]).unwrap();
        let way = few.step(f64::INFINITY, 2).way;
        assert!((way[0] + 1.0).abs() < 1e-14 && (way[1] + 1.0).abs() < 1e-14, "{way}");
    }
}
