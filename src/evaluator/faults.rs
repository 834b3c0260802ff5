//! Failures, in words: where the objective is not finite, why evaluations are worth nothing.

use super::Pipeline;
use super::pipeline::Rows;
use super::start::Start;
use crate::backend::Trapped;
use crate::backend::plan::MAX_TERMS_PER_CHUNK;
use crate::difference::adaptive::Sought;
use crate::difference::line::Along;
use crate::difference::{Notice, Perturbation, Remark};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::objective::Selection;

impl<T: Real> Pipeline<'_, T> {
    /// Why sums are worth nothing, if they are not.
    pub(super) fn failure(&mut self, trapped: Option<Trapped>, points: &[T]) -> Option<Error> {
        let Some(trapped) = trapped else { return self.backend.failure() };
        let objective = &self.objective;
        // The host's twin says it with numbers, where it falls into the same trap.
        if let Some(terms) = objective.host_f64(Selection::All) {
            let mut out = vec![0.0; MAX_TERMS_PER_CHUNK];
            // Loops that end, but late, take the host a while.
            let most = if trapped == Trapped::Turns { 1 } else { (1 << 18) / objective.terms() + 1 };
            for x in points.chunks_exact(objective.dimension()).take(most) {
                let x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
                for first in (0..objective.terms()).step_by(MAX_TERMS_PER_CHUNK) {
                    let range = first..(first + MAX_TERMS_PER_CHUNK).min(objective.terms());
                    terms.evaluate(&x, range.clone(), &mut out[..range.len()]);
                    if let Some(error) = terms.failure() {
                        return Some(error);
                    }
                }
            }
        }
        let limits = self.backend.capacity().ok()?.limits;
        let objective = &self.objective;
        let detail = match trapped {
            Trapped::Turns => format!(
                "has loops of more than {} turns, which is the limit of one invocation on {}; if they end, write the \
                 sum as `fn term(s: u32) -> real`, which is spread over invocations, or use the device `cpu`",
                limits.iterations - MAX_TERMS_PER_CHUNK as u64,
                limits.device
            ),
            Trapped::Point => {
                format!("reads x(i) with an index that is not below dimension(), {}", objective.dimension())
            }
            Trapped::Data => "reads data(i) with an index that is not below data_len()".into(),
        };
        Some(Error::Evaluation { objective: objective.name(), detail })
    }

    /// Where the objective is not finite, asking the f64 oracle.
    pub(crate) fn explain(&self, x: &[T], point: usize, at: Option<(usize, Perturbation<T>)>) -> Error {
        let mut x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let objective = &self.objective;
        // A function that has no value at the point has none beside it, either, as a rule: that is not the step's fault.
        let here = objective.value(&x);
        let at = at.filter(|_| here.is_finite());
        let (place, values) = match at {
            None => ("at the point itself".to_string(), vec![here]),
            Some((axis, moved)) => {
                let sides = [moved.plus, moved.minus].map(Real::to_f64);
                let values = sides.map(|side| {
                    x[axis] = side;
                    objective.value(&x)
                });
                (format!("with x[{axis}] = {:?} or {:?}", sides[0], sides[1]), values.to_vec())
            }
        };
        let list = values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" or ");
        let detail = if values.iter().all(|value| value.is_finite()) {
            let why = match T::PRECISION {
                Precision::F32 => {
                    "so it overflows, or something on the way to it does; scale the objective, or use precision f64"
                }
                Precision::F64 => {
                    "so something on the way to it overflows, or, on a GPU, is the sine, cosine or tangent of more \
                     than 13 million; scale the objective, or use the device `cpu`"
                }
            };
            format!("{place} it is {list} in f64, {why}")
        } else if at.is_none() {
            format!("{place} it is {list}; move the point")
        } else {
            format!("{place} it is {list}; move the point, or take a smaller step or another scheme")
        };
        Error::NonFiniteValue {
            objective: objective.name(),
            point,
            axis: at.map(|(axis, _)| axis),
            precision: T::PRECISION,
            detail,
        }
    }

    /// Points at which a component of a gradient does not exist, for sure or nearly so, fail: nobody should follow it.
    pub(super) fn fail_without_derivative(&self, rows: &mut Rows) {
        for Remark { point, axis, notice, .. } in &rows.remarks {
            if let (Some(axis), Notice::Jump { .. } | Notice::NoLimit) = (*axis, notice) {
                let (objective, detail) = (self.objective.name(), format!("{notice}; start elsewhere"));
                let error = || Box::new(Error::NoDerivative { objective, point: *point, axis, detail });
                rows.failures[*point].get_or_insert_with(error);
            }
        }
    }

    /// No difference along a line is finite.
    pub(crate) fn no_side(&self, x: &[T], point: usize, sought: &Sought<'_>) -> Error {
        let h = sought.smallest_step();
        let line = &sought.line;
        if sought.barred.contains(&true) {
            let place = match (line.along, line.across) {
                (Along::Axis(axis), None) => format!("x[{axis}]"),
                (Along::Axis(axis), Some(across)) => format!("x[{axis}] and x[{across}]"),
                (Along::Vector(_), None) => "the coordinates that the direction moves".into(),
                (Along::Vector(_), Some(across)) => {
                    format!("x[{across}] and the coordinates that the direction moves")
                }
            };
            let at = line.along.axis().map_or(String::new(), |axis| format!(" of {}", x[axis]));
            return Error::usage(format!(
                "the bounds of {place} leave no room for a step of {h:e} to either side{at} (point {point}); widen them"
            ));
        }
        let at = line.along.axis().or(line.across).map(|axis| {
            let moved = |by: f64| T::of(x[axis].to_f64() + by);
            (axis, Perturbation { plus: moved(h), minus: moved(-h), distance: T::of(2.0 * h) })
        });
        match (line.along, at) {
            (Along::Vector(v), _) if line.across.is_none() => self.explain_along(x, point, v, h),
            (_, at) => self.explain(x, point, at),
        }
    }

    /// The same along a direction.
    fn explain_along(&self, x: &[T], point: usize, direction: &[f64], h: f64) -> Error {
        let value = |by: f64| {
            let moved: Vec<f64> = x.iter().zip(direction).map(|(x, v)| x.to_f64() + by * v).collect();
            self.objective.value(&moved)
        };
        let (above, below) = (value(h), value(-h));
        Error::NonFiniteValue {
            objective: self.objective.name(),
            point,
            axis: None,
            precision: T::PRECISION,
            detail: format!(
                "a step of {h:e} along the direction it is {above:?}, and {below:?} the other way; move the point, or take \
                 another direction"
            ),
        }
    }

    /// Makes sure of points for all of which something is wanted.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be differenced at.
    pub(crate) fn start_all(&mut self, points: ndarray::ArrayView2<'_, f64>) -> Result<Vec<T>> {
        self.check_shape(points)?;
        let Start { x, failures, .. } = self.starts(points);
        match failures.into_iter().flatten().next() {
            Some(error) => Err(*error),
            None => Ok(x),
        }
    }
}
