//! The answer for a sparse Jacobian.

use sprs::CsMat;

use super::Remark;
use crate::numeric::Sparsity;

/// A Jacobian of which only the entries that can be other than 0 are held, row by row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SparseJacobian {
    /// `[components, n]`: the derivatives.
    pub value: CsMat<f64>,
    /// Error bars, at the same places: how far each may be off. `None` as with [`Derivative`](super::Derivative).
    pub error: Option<CsMat<f64>>,
    /// The steps, at the same places.
    pub step: CsMat<f64>,
    /// Directions along which derivatives were taken; each moves many coordinates.
    pub directions: usize,
    /// What was noticed.
    pub remarks: Vec<Remark>,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Wall-clock time of the computation, in seconds.
    pub seconds: f64,
}

impl Sparsity {
    /// A matrix with these entries, as many as there are.
    pub(crate) fn filled(&self, entries: Vec<f64>) -> CsMat<f64> {
        let (starts, columns) = self.parts();
        let columns = columns.iter().map(|&column| column as usize).collect();
        CsMat::new((self.rows(), self.columns()), starts.to_vec(), columns, entries)
    }
}
