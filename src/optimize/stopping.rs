//! When a descent may end before all its steps are made.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::ending::{SMALL, slope};
use super::walk::Walk;
use super::{Descent, Evidence, Outcome};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;

/// When a point is done before all its steps are made. What is not set stops nothing.
///
/// Looked at are the start and each point after [`every`](Self::every) steps: a gradient with its error bars, if there is a tolerance for it, and
/// a value. Points that are done are evaluated no longer.
///
/// ```
/// use plusminus::{Descent, Engine, GradientDescent, Precision, Quadratic, Stopping};
/// let f = Quadratic::sum_of_squares(2)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let stopping = Stopping { gradient: Some(1e-6), ..Stopping::default() };
/// let done = Descent::new(GradientDescent::new(0.1))
///     .steps(1000)
///     .stopping(stopping)
///     .run(&mut evaluator, ndarray::array![[3.0, 4.0]].view())?;
/// assert!(done.outcomes[0].is_converged() && done.outcomes[0].steps() == 80);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stopping {
    /// A point is done where no component of the gradient is larger than this, or than its error bar: 0 asks for the bars alone. Along
    /// coordinates that are held at a bound the gradient does not count.
    pub gradient: Option<f64>,
    /// A point is done where its value has changed by no more than this part of itself since it was looked at last.
    pub value: Option<f64>,
    /// A point is done where the last step was no longer than this part of the point, both in their largest coordinates.
    pub step: Option<f64>,
    /// A point is done that has had no lower value for so many steps.
    pub patience: Option<usize>,
    /// How many steps are made between two looks.
    pub every: usize,
}

impl Default for Stopping {
    fn default() -> Self {
        Stopping { gradient: None, value: None, step: None, patience: None, every: 10 }
    }
}

impl Stopping {
    /// Whether anything is to be looked at.
    pub(super) fn is_set(&self) -> bool {
        self.gradient.is_some() || self.value.is_some() || self.step.is_some() || self.patience.is_some()
    }

    /// # Errors
    /// [`Error::Usage`] for a tolerance that is negative or no number, a patience of 0 and looks every 0 steps.
    pub(crate) fn check(&self) -> Result<()> {
        for (name, tolerance) in [("gradient", self.gradient), ("value", self.value), ("step", self.step)] {
            if let Some(tolerance) = tolerance.filter(|t| !(t.is_finite() && *t >= 0.0)) {
                return Err(Error::usage(format!(
                    "the tolerance of the {name} is {tolerance}: it must be finite and not negative"
                )));
            }
        }
        if self.patience == Some(0) {
            return Err(Error::usage("a patience of 0 steps: it needs at least 1"));
        }
        if self.every == 0 {
            return Err(Error::usage("the tolerances are looked at every 0 steps: at least 1"));
        }
        Ok(())
    }
}

impl Descent<'_> {
    /// Looks at the `active` points after so many steps, and stops those that are done.
    pub(super) fn look(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &mut Walk,
        active: &[usize],
        step: usize,
    ) -> Result<()> {
        let stopping = self.stopping;
        let points = walk.points.select(Axis(0), active);
        let norms = self.norms(evaluator, walk, active, &points)?;
        let rows = evaluator.value_rows(points.view())?;
        let failed = rows.failures.iter().map(Option::is_some).chain(std::iter::repeat(false));
        for ((k, &i), failed) in active.iter().enumerate().zip(failed) {
            // What is wrong there the next step says.
            if failed {
                continue;
            }
            let value = rows.values[[k, 0]];
            walk.best.see(i, value, step, points.row(k));
            if step == 0 {
                walk.start_values.get_or_insert_with(|| vec![f64::NAN; walk.outcomes.len()])[i] = value;
            }
            let last = std::mem::replace(&mut walk.looked[i], value);
            let (gradient, is_small) = norms.as_ref().map_or((f64::NAN, false), |norms| norms[k]);
            let largest =
                |numbers: &mut dyn Iterator<Item = f64>| numbers.fold(0.0, |most: f64, x| most.max(x.abs()));
            let way = largest(
                &mut walk.points.row(i).iter().zip(walk.last_good.row(i)).map(|(to, from)| to - from),
            );
            let size = largest(&mut points.row(k).iter().copied());
            let by = if is_small {
                stopping.gradient.map(|limit| Evidence::GradientTolerance { limit })
            } else if step == 0 {
                None
            } else if stopping.step.is_some_and(|limit| way <= limit * size) {
                stopping.step.map(|limit| Evidence::StepTolerance { limit })
            } else if stopping.value.is_some_and(|limit| (value - last).abs() <= limit * value.abs()) {
                stopping.value.map(|limit| Evidence::ValueTolerance { limit })
            } else {
                None
            };
            let since = walk.best.steps[i];
            walk.outcomes[i] = match by {
                Some(by) => Some(Outcome::Converged { steps: step, gradient, by, is_minimum: false }),
                None if stopping.patience.is_some_and(|patience| step - since >= patience) => {
                    Some(Outcome::NoProgress { steps: step, since })
                }
                None => None,
            };
        }
        Ok(())
    }

    /// The norms of gradients, if there is a tolerance for them, and whether they are within it.
    fn norms(
        &self,
        evaluator: &mut Evaluator<'_>,
        walk: &Walk,
        active: &[usize],
        points: &Array2<f64>,
    ) -> Result<Option<Vec<(f64, bool)>>> {
        let Some(limit) = self.stopping.gradient else { return Ok(None) };
        let how = self.difference.with_bars(self.asked_bars);
        let (mut gradients, bars, failures) = slope::gradients(evaluator, points, &how)?;
        let mut norms = Vec::new();
        for (k, mut gradient) in gradients.rows_mut().into_iter().enumerate() {
            if let Some(limits) = &self.limits {
                limits.hold(points.row(k), &mut gradient);
            }
            // A bar that is wide tells nothing.
            let bar = |j: usize| bars.as_ref().map_or(0.0, |bars| bars[[k, j]]);
            let first = walk.first[active[k]];
            let telling = if first.is_nan() { 0.0 } else { SMALL * first };
            let is_small = |j: usize| gradient[j].abs() <= limit.max(bar(j).min(telling));
            let norm = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
            norms.push((norm, failures[k].is_none() && (0..gradient.len()).all(is_small)));
        }
        Ok(Some(norms))
    }
}
