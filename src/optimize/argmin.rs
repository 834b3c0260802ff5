//! Our values and derivatives for the solvers of the crate `argmin`.

use std::sync::{Mutex, PoisonError};

use argmin::core::{CostFunction, Error as ArgminError, Gradient, Hessian, Jacobian, Operator};
use ndarray::{ArrayView2, Axis};

use crate::difference::Difference;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;

/// An evaluator as a problem of `argmin` (0.11), with parameters, gradients and Hessians as vectors (feature `argmin`).
///
/// It is a `CostFunction`, with a `Gradient` and a `Hessian`; of a function of several components (residuals), an `Operator` with a `Jacobian`.
///
/// ```
/// use argmin::core::{CostFunction, Gradient};
/// use plusminus::{ArgminProblem, Engine, Precision, WgslObjective};
/// let f = WgslObjective::from_expression("(1 - x0)^2 + 100*(x1 - x0^2)^2", 2)?;
/// let problem = ArgminProblem::new(Engine::cpu(Precision::F64).evaluator(f)?);
/// assert_eq!(problem.cost(&vec![1.0, 1.0])?, 0.0);
/// assert_eq!(problem.gradient(&vec![0.0, 0.0])?, [-2.0, 0.0]);
/// // Executor::new(problem, LBFGS::new(linesearch, 7)).configure(|state| state.param(vec![-1.2, 1.0])).run()?
/// # Ok::<(), argmin::core::Error>(())
/// ```
pub struct ArgminProblem<'a> {
    /// Solvers have no exclusive reference to their problem.
    evaluator: Mutex<Evaluator<'a>>,
    difference: Difference,
}

impl<'a> ArgminProblem<'a> {
    /// With differences of the default kind.
    pub fn new(evaluator: Evaluator<'a>) -> Self {
        ArgminProblem { evaluator: Mutex::new(evaluator), difference: Difference::default() }
    }

    /// Sets how to difference.
    #[must_use]
    pub fn difference(self, difference: Difference) -> Self {
        ArgminProblem { difference, ..self }
    }

    /// The evaluator, for error bars and all else.
    pub fn into_evaluator(self) -> Evaluator<'a> {
        self.evaluator.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<R>(
        &self,
        x: &[f64],
        call: impl FnOnce(&mut Evaluator<'a>, ArrayView2<'_, f64>, &Difference) -> Result<R>,
    ) -> std::result::Result<R, ArgminError> {
        let mut evaluator = self.evaluator.lock().unwrap_or_else(PoisonError::into_inner);
        let points =
            ArrayView2::from_shape((1, x.len()), x).map_err(|error| Error::usage(error.to_string()))?;
        Ok(call(&mut evaluator, points, &self.difference)?)
    }
}

impl CostFunction for ArgminProblem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> std::result::Result<f64, ArgminError> {
        self.with(x, |evaluator, points, _| Ok(evaluator.values(points)?[0]))
    }
}

impl Gradient for ArgminProblem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> std::result::Result<Vec<f64>, ArgminError> {
        self.with(x, |evaluator, points, how| Ok(evaluator.gradient(points, how)?.value.row(0).to_vec()))
    }
}

impl Hessian for ArgminProblem<'_> {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;

    fn hessian(&self, x: &Vec<f64>) -> std::result::Result<Vec<Vec<f64>>, ArgminError> {
        self.with(x, |evaluator, points, how| {
            let found = evaluator.hessian(points, how)?.value;
            Ok(found.index_axis(Axis(0), 0).rows().into_iter().map(|row| row.to_vec()).collect())
        })
    }
}

impl Operator for ArgminProblem<'_> {
    type Param = Vec<f64>;
    type Output = Vec<f64>;

    fn apply(&self, x: &Vec<f64>) -> std::result::Result<Vec<f64>, ArgminError> {
        self.with(x, |evaluator, points, _| Ok(evaluator.terms(points)?.row(0).to_vec()))
    }
}

impl Jacobian for ArgminProblem<'_> {
    type Param = Vec<f64>;
    type Jacobian = Vec<Vec<f64>>;

    fn jacobian(&self, x: &Vec<f64>) -> std::result::Result<Vec<Vec<f64>>, ArgminError> {
        self.with(x, |evaluator, points, how| {
            let found = evaluator.jacobian(points, how)?.value;
            Ok(found.index_axis(Axis(0), 0).rows().into_iter().map(|row| row.to_vec()).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argmin::core::{Executor, State};
    use argmin::solver::linesearch::MoreThuenteLineSearch;
    use argmin::solver::quasinewton::LBFGS;

    use crate::evaluator::Engine;
    use crate::numeric::Precision;
    use crate::objective::{VectorClosure, WgslObjective};

    #[test]
    fn a_solver_of_argmin_finds_the_minimum() {
        let f = WgslObjective::from_expression("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", 4).unwrap();
        let problem = ArgminProblem::new(Engine::cpu(Precision::F64).evaluator(f).unwrap());
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7);
        let done = Executor::new(problem, solver)
            .configure(|state| state.param(vec![-1.2, 1.0, -1.2, 1.0]).max_iters(200))
            .run()
            .unwrap();
        let found = done.state().get_best_param().unwrap();
        let at = |minimum: f64| found.iter().skip(1).all(|x| (x - minimum).abs() < 1e-7);
        assert!(at(1.0), "{found:?}");
    }

    #[test]
    fn derivatives_are_those_of_the_evaluator_and_errors_come_through() {
        let f = VectorClosure::new(2, 2, |x, out| {
            out[0] = x[0] * x[1];
            out[1] = x[1].sin();
        })
        .unwrap();
        let problem = ArgminProblem::new(Engine::cpu(Precision::F64).evaluator(&f).unwrap());
        assert_eq!(problem.apply(&vec![2.0, 3.0]).unwrap(), [6.0, 3f64.sin()]);
        let jacobian = problem.jacobian(&vec![2.0, 3.0]).unwrap();
        assert!((jacobian[1][1] - 3f64.cos()).abs() < 1e-12 && (jacobian[0][0] - 3.0).abs() < 1e-12);
        let f = WgslObjective::from_expression("log(x0) + x0^3", 1).unwrap();
        let problem = ArgminProblem::new(Engine::cpu(Precision::F64).evaluator(&f).unwrap());
        assert!((problem.hessian(&vec![2.0]).unwrap()[0][0] - 11.75).abs() < 1e-10);
        let problem = ArgminProblem::new(problem.into_evaluator())
            .difference(Difference::default().with_step(crate::Step::fixed(1e-3).unwrap()));
        // The third derivative at 2, 25/4, times h²/6.
        let off = problem.gradient(&vec![2.0]).unwrap()[0] - 12.5;
        assert!((off - 6.25e-6 / 6.0).abs() < 1e-9, "{off:e}");
        assert!(problem.gradient(&vec![-1.0]).unwrap_err().to_string().contains("not finite"));
        assert!(problem.cost(&vec![1.0, 2.0]).is_err());
    }
}
