//! What comes of derivatives beyond the gradient.

use ndarray::{Array, Dimension};

use crate::remark::Remark;

/// Derivatives of a batch of points, each with an error bar and the step it was found at: `D` is the number of their
/// dimensions, of which the first is the batch.
#[derive(Clone, Debug)]
pub struct Derivative<D: Dimension> {
    /// The derivatives.
    pub value: Array<f64, D>,
    /// How far each may be off, truncation and rounding together; infinite where quotients do not draw together.
    pub error: Array<f64, D>,
    /// The smallest step that each is made of; 0 where none was taken.
    pub step: Array<f64, D>,
    /// What was noticed: kinks, sides that are not finite, bounds.
    pub remarks: Vec<Remark>,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Wall-clock time of the computation, in seconds.
    pub seconds: f64,
}
