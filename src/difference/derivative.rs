//! The answer: the same type for every derivative.

use std::fmt;

use ndarray::{Array, Array1, Array2, ArrayView2, Axis, Dimension, Ix2, RemoveAxis};

use super::{Remark, Step};
use crate::error::Error;

/// Derivatives of a batch of points; `D` is the number of their dimensions, of which the first is the batch. Its `Display`
/// is a table.
#[derive(Debug)]
#[non_exhaustive]
pub struct Derivative<D: Dimension> {
    /// The derivatives; NaN at points that failed.
    pub value: Array<f64, D>,
    /// Error bars, in the shape of the values: how far each may be off, truncation and rounding together; infinite where
    /// the difference quotients do not converge. With [`Step::Auto`] and of increments at their own steps; `None` for steps
    /// that are given and without [`Bars`](super::Bars), of which nothing is known.
    pub error: Option<Array<f64, D>>,
    /// The steps.
    pub step: StepUsed<D>,
    /// `[batch]`: f at the points, where it came along; [`Evaluator::value_and_gradient`](crate::Evaluator::value_and_gradient)
    /// makes sure of it.
    pub values: Option<Array1<f64>>,
    /// What was noticed: kinks, sides that are not finite, bounds.
    pub remarks: Vec<Remark>,
    /// Points without a derivative, with [`OnFailure::Skip`](crate::OnFailure::Skip).
    pub failures: Vec<Failure>,
    /// Evaluations of the objective. Increments take as many differences without evaluating each value.
    pub evaluations: u64,
    /// Wall-clock time of the computation, in seconds.
    pub seconds: f64,
}

/// The gradients of a batch of points, `[batch, n]`.
pub type Gradient = Derivative<Ix2>;

/// A point without a derivative.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Index of the point in the batch.
    pub point: usize,
    /// Why.
    pub error: Error,
}

impl Failure {
    /// The same, whose message counts points from this number on: for points that are some of many.
    #[must_use]
    pub fn said_of(self, first: usize) -> Self {
        Failure { error: self.error.at_point(first + self.point), ..self }
    }
}

/// The steps of a derivative.
#[derive(Clone, Debug)]
pub enum StepUsed<D: Dimension> {
    /// By this rule; for gradients only.
    Rule(Step),
    /// Each component's own, in the shape of the values; of [`Step::Auto`], the smallest that its value is made of.
    Each(Array<f64, D>),
}

impl Derivative<Ix2> {
    /// The steps of gradients at `points`, both of shape `[batch, n]`.
    pub fn steps(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        match &self.step {
            StepUsed::Rule(step) => points.mapv(|x| step.at(x)),
            StepUsed::Each(steps) => steps.clone(),
        }
    }
}

impl<D: Dimension + RemoveAxis> Derivative<D> {
    /// The only point of a batch of one.
    pub(crate) fn only_point(self) -> Derivative<D::Smaller> {
        let first = |array: Array<f64, D>| array.index_axis_move(Axis(0), 0);
        Derivative {
            value: first(self.value),
            error: self.error.map(first),
            step: match self.step {
                StepUsed::Rule(step) => StepUsed::Rule(step),
                StepUsed::Each(steps) => StepUsed::Each(first(steps)),
            },
            values: self.values,
            remarks: self.remarks,
            failures: self.failures,
            evaluations: self.evaluations,
            seconds: self.seconds,
        }
    }
}

/// Components that are printed before the rest is only counted.
const SHOWN: usize = 24;

impl<D: Dimension> fmt::Display for Derivative<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (at, value)) in self.value.indexed_iter().take(SHOWN).enumerate() {
            write!(f, "{:?}  {value:.9e}", ndarray::IntoDimension::into_dimension(at).slice())?;
            match self.error.as_ref().and_then(|error| error.iter().nth(i)) {
                Some(error) if error.is_finite() => writeln!(f, " ± {error:.1e}")?,
                Some(_) => writeln!(f, " ± unknown")?,
                None => writeln!(f)?,
            }
        }
        if self.value.len() > SHOWN {
            writeln!(f, "… {} more components", self.value.len() - SHOWN)?;
        }
        self.remarks.iter().try_for_each(|remark| writeln!(f, "{remark}"))?;
        self.failures
            .iter()
            .try_for_each(|failure| writeln!(f, "point {}: {}", failure.point, failure.error))?;
        write!(f, "{} evaluations in {:.3} ms", self.evaluations, 1e3 * self.seconds)
    }
}
