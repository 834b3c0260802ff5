//! For test suites.

use ndarray::{Array2, ArrayView2};

use super::Verdict;
use crate::evaluator::Engine;
use crate::numeric::Precision;
use crate::objective::Objective;

/// Panics with a report unless `gradient` is the gradient of `objective` at `points` of shape `[batch, n]`, by differences in
/// f64 on the CPU: a component that disagrees, or that is inconclusive, fails. For tests of gradients written by hand.
///
/// [`Evaluator::check`](crate::Evaluator::check) gives the same as a value.
///
/// ```
/// use plusminus::{Closure, assert_gradient};
///
/// let f = Closure::new(2, |x| (x[0] * x[1]).sin()).unwrap();
/// let gradient = |x: &[f64]| vec![x[1] * (x[0] * x[1]).cos(), x[0] * (x[0] * x[1]).cos()];
/// assert_gradient(&f, gradient, ndarray::array![[0.5, 2.0], [1.0, -0.3]].view());
/// ```
///
/// ```should_panic
/// # use plusminus::{Closure, assert_gradient};
/// # let f = Closure::new(1, |x| x[0].sin()).unwrap();
/// assert_gradient(&f, |x| vec![-x[0].cos()], ndarray::array![[0.5]].view()); // the sign
/// ```
#[track_caller]
#[allow(clippy::panic, reason = "an assertion of a test suite panics")]
pub fn assert_gradient(
    objective: &dyn Objective,
    gradient: impl Fn(&[f64]) -> Vec<f64>,
    points: ArrayView2<'_, f64>,
) {
    let mut claimed = Array2::zeros(points.dim());
    for (x, mut row) in points.rows().into_iter().zip(claimed.rows_mut()) {
        let found = gradient(&x.to_vec());
        if found.len() != row.len() {
            panic!("the gradient has {} components at a point of {} coordinates", found.len(), row.len());
        }
        row.iter_mut().zip(found).for_each(|(into, component)| *into = component);
    }
    let checked = Engine::cpu(Precision::F64)
        .evaluator(objective)
        .and_then(|mut evaluator| evaluator.check(points, claimed.view()));
    match checked {
        Ok(check) if check.count(Verdict::Agrees) == points.len() => {}
        Ok(check) => panic!("the gradient of `{}` is not shown to be right:\n{check}", objective.name()),
        Err(error) => panic!("the gradient of `{}` cannot be checked: {error}", objective.name()),
    }
}
