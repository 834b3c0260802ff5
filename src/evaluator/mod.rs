//! The public calls, each a few lines over one pipeline.

mod batch;
mod calls;
mod carried;
mod choice;
mod enclosed;
mod engine;
mod faults;
mod finite;
mod further;
mod grid;
mod incremental;
mod lines;
mod pieces;
mod pipeline;
mod request;
mod resolve;
mod rounds;
mod samples;
mod settle;
mod sparse;
mod start;
mod streamed;
#[cfg(test)]
mod tests;
mod together;
mod workload;

pub(crate) use batch::are_one;
pub use choice::DeviceChoice;
pub use engine::Engine;
pub(crate) use pipeline::{Pipeline, Rows};
pub(crate) use rounds::notice;
pub(crate) use start::Start;
pub use workload::Workload;

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use crate::backend::{Advanced, Stretch};
use crate::difference::Difference;
use crate::difference::line::Sizes;
use crate::difference::perturb::OnVanished;
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::objective::Objective;

/// An objective on a device, ready to be differenced. Made by [`Engine::evaluator`](crate::Engine::evaluator).
///
/// It borrows the objective or owns it. One that owns it lives as long as one likes, and can go to another thread:
///
/// ```
/// use plusminus::{Closure, Difference, Engine, Evaluator, Precision};
///
/// struct Fit { evaluator: Evaluator<'static> }
///
/// let f = Closure::new(1, |x| x[0].sin())?;
/// let mut fit = Fit { evaluator: Engine::cpu(Precision::F64).evaluator(f)? };
/// let slope = std::thread::spawn(move || fit.evaluator.gradient_at(&[0.0], &Difference::default()));
/// let slope = slope.join().expect("no panic")?;
/// assert!((slope.value[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub struct Evaluator<'a> {
    objective: Arc<dyn Objective + 'a>,
    pub(crate) core: Core<'a>,
    /// Who computes sums of terms with it.
    together: Option<together::Together<'a>>,
}

/// The pipeline in the working precision, which is chosen here and nowhere else.
pub(crate) enum Core<'a> {
    F32(Pipeline<'a, f32>),
    F64(Pipeline<'a, f64>),
}

/// Does something with the pipeline, in whichever precision.
macro_rules! with_core {
    ($evaluator:expr, $pipeline:ident => $body:expr) => {
        match &mut $evaluator.core {
            crate::evaluator::Core::F32($pipeline) => $body,
            crate::evaluator::Core::F64($pipeline) => $body,
        }
    };
}
pub(crate) use with_core;

impl<'a> Evaluator<'a> {
    /// The objective.
    pub fn objective(&self) -> &(dyn Objective + 'a) {
        &*self.objective
    }

    /// The working precision.
    pub fn precision(&self) -> Precision {
        match &self.core {
            Core::F32(_) => Precision::F32,
            Core::F64(_) => Precision::F64,
        }
    }

    /// The device's name, for reports.
    pub fn device(&self) -> String {
        match &self.core {
            Core::F32(pipeline) => pipeline.device.clone(),
            Core::F64(pipeline) => pipeline.device.clone(),
        }
    }

    /// What `difference` comes to for gradients here: with the method that `auto` takes, the order and the step.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if increments are asked for and the objective has none here; [`Error::StepOutOfRange`] for
    /// a step that increments cannot take; [`Error::Usage`] for an order that there is not.
    pub fn resolve(&mut self, difference: &Difference) -> Result<Difference> {
        let resolved = with_core!(self, pipeline => pipeline.resolve_gradient(difference))?;
        Ok(resolved.difference(difference))
    }

    /// The same for derivatives beyond the gradient, first ones (directional derivatives, Jacobians) or second ones.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn resolve_beyond(&mut self, difference: &Difference, derivative: usize) -> Result<Difference> {
        let what = if derivative == 1 { "derivatives along directions" } else { "second derivatives" };
        let resolved = with_core!(self, pipeline => pipeline.resolve_beyond(difference, derivative, what))?;
        Ok(resolved.difference(difference))
    }

    /// Takes only these terms from now on (a minibatch), in this order; `None` takes all again.
    ///
    /// # Errors
    /// [`Error::Usage`] if the selection is empty, longer than the objective has terms, or an index is too large;
    /// [`Error::Unsupported`] if its terms cannot be told apart here.
    pub fn select(&mut self, indices: Option<&[u32]>) -> Result<()> {
        let count = self.all_terms();
        if let Some(indices) = indices {
            if indices.is_empty() || indices.len() > count {
                return Err(Error::usage(format!(
                    "{} terms selected: select 1 to {count} of the {count} there are",
                    indices.len()
                )));
            }
            if let Some(index) = indices.iter().find(|&&index| index as usize >= count) {
                return Err(Error::usage(format!(
                    "term {index} selected: there are {count}, so indices go from 0 to {}",
                    count - 1
                )));
            }
        }
        if self.select_of_all(indices) {
            return Ok(());
        }
        with_core!(self, pipeline => pipeline.select(indices))
    }

    /// The selected terms; `None` if all are.
    pub fn selection(&self) -> Option<&[u32]> {
        if let Some(selection) = self.selection_of_all() {
            return selection;
        }
        match &self.core {
            Core::F32(pipeline) => pipeline.selection.as_deref(),
            Core::F64(pipeline) => pipeline.selection.as_deref(),
        }
    }

    /// From now on, `progress` is called while a derivative is computed: with how many components are done, and of how
    /// many. Between two calls there is about a second at most.
    pub fn on_progress(&mut self, progress: impl FnMut(u64, u64) + Send + 'a) {
        with_core!(self, pipeline => pipeline.progress = Some(Box::new(progress)));
    }

    /// From now on derivatives evaluate the objective at no coordinate below `lower` or above `upper`, each of one number
    /// a coordinate (infinite where there is no bound): where a step would cross one, differences are one-sided. `None`
    /// lifts all bounds. With bounds, differences are direct: increments know none.
    ///
    /// # Errors
    /// [`Error::Usage`] for another number of bounds than coordinates, NaN, or a lower bound that is not below the upper.
    ///
    /// ```
    /// use plusminus::{Closure, Difference, Engine, Precision};
    /// let f = Closure::new(1, |x| x[0].sqrt())?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// evaluator.bound(Some((&[1.0], &[f64::INFINITY])))?;
    /// let gradient = evaluator.gradient_at(&[1.0], &Difference::default())?;
    /// assert!((gradient.value[0] - 0.5).abs() < 1e-9);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn bound(&mut self, bounds: Option<(&[f64], &[f64])>) -> Result<()> {
        let pairs = match bounds {
            None => None,
            Some((lower, upper)) => Some(checked_bounds(self.objective.dimension(), lower, upper)?),
        };
        with_core!(self, pipeline => pipeline.bounds = pairs);
        Ok(())
    }

    /// From now on chosen steps begin at a quarter of these sizes, one a coordinate, where a coordinate is smaller: what it
    /// typically is, such as 1e-12 of a capacitance in farad. Without, it is 1. `None` goes back to that. Steps find their way
    /// from any size, but this saves evaluations, and no evaluation is made far from where the objective makes sense.
    ///
    /// # Errors
    /// [`Error::Usage`] for another number of scales than coordinates, or one that is not positive.
    ///
    /// ```
    /// use plusminus::{Closure, Difference, Engine, Precision};
    /// let f = Closure::new(1, |x| (1e12 * x[0]).sin())?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// evaluator.scale(Some(&[1e-12]))?;
    /// let gradient = evaluator.gradient_at(&[0.0], &Difference::default())?;
    /// assert!((gradient.value[0] - 1e12).abs() < 1e3 && gradient.evaluations < 20);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn scale(&mut self, scales: Option<&[f64]>) -> Result<()> {
        let n = self.objective.dimension();
        let sizes = scales.map_or(Ok(Sizes::default()), |scales| Sizes::new(scales, n))?;
        with_core!(self, pipeline => pipeline.sizes = sizes);
        Ok(())
    }

    /// Takes the points of each call to be a part of so many, which other evaluators have the rest of: ways are chosen and sums are cut as
    /// one call with all of them would, so that what each part finds is what that call would have found, error bars included, to the last
    /// bit. (Not on devices with steps that are chosen: how sums are cut there hangs on how many values are still wanted.)
    ///
    /// ```
    /// use plusminus::ndarray::{array, s};
    /// use plusminus::{Difference, Engine, Precision, WgslObjective};
    ///
    /// let f = WgslObjective::from_expression("exp(x0)*x1 + x0^2", 2)?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let points = array![[0.5, 1.0], [1.5, -2.0], [0.1, 0.7]];
    /// let all = evaluator.gradient(points.view(), &Difference::default())?;
    /// evaluator.as_part_of(3);
    /// let last = evaluator.gradient(points.slice(s![2.., ..]), &Difference::default())?;
    /// assert_eq!(all.value.row(2), last.value.row(0));
    /// assert_eq!(all.error.unwrap().row(2), last.error.unwrap().row(0));
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn as_part_of(&mut self, points: usize) {
        with_core!(self, pipeline => pipeline.whole = points);
    }

    /// `points` as they are evaluated here: rounded to the working precision.
    pub fn rounded(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        let precision = self.precision();
        points.mapv(|x| precision.round(x))
    }

    /// Values, with an entry for the failure of each point.
    pub(crate) fn value_rows(&mut self, points: ArrayView2<'_, f64>) -> Result<Rows> {
        self.shared(points, "values", 1, |one| with_core!(one, pipeline => pipeline.value_rows(points)))
    }

    /// Gradients, with an entry for the failure of each point.
    pub(crate) fn gradient_rows(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
        on_vanished: OnVanished,
    ) -> Result<Rows> {
        let what = ("gradients", format!("{difference:?}"));
        self.shared(points, what, points.ncols(), |one| {
            with_core!(one, pipeline => {
                let resolved = pipeline.resolve_gradient(difference)?;
                let mut rows = pipeline.gradient_rows(points, &resolved.without_bars(), on_vanished)?;
                rows.failures.resize_with(points.nrows(), || None);
                pipeline.fail_without_derivative(&mut rows);
                rows.frozen.resize_with(points.nrows(), || None);
                Ok(rows)
            })
        })
    }

    /// Whether the device can run the loop of a descent of so many points by itself, with or without minibatches.
    pub(crate) fn runs_loops(
        &mut self,
        difference: &Difference,
        batches: bool,
        points: usize,
    ) -> Result<bool> {
        if self.together.is_some() {
            return Ok(false);
        }
        with_core!(self, pipeline => {
            let resolved = pipeline.resolve_gradient(difference)?;
            pipeline.runs_loops(&resolved, batches, points)
        })
    }

    /// Whether it computes on a device other than the host.
    pub(crate) fn is_device(&mut self) -> bool {
        with_core!(self, pipeline => pipeline.is_device())
    }

    /// Makes many steps of a descent on the device, and says how many values their gradients took; `None` unless it [`runs_loops`](Self::runs_loops).
    ///
    /// # Errors
    /// Failures of the device. What goes wrong with a point halts it.
    pub(crate) fn advance(
        &mut self,
        difference: &Difference,
        stretch: &mut Stretch<'_>,
    ) -> Result<Option<(Advanced, u64)>> {
        with_core!(self, pipeline => {
            let resolved = pipeline.resolve_gradient(difference)?;
            stretch.how = (resolved.scheme, resolved.step);
            let Some(advanced) = pipeline.advance(&resolved, stretch)? else { return Ok(None) };
            let evaluations = pipeline.evaluations(&resolved, advanced.made.iter().sum());
            Ok(Some((advanced, evaluations)))
        })
    }
}

fn checked_bounds(n: usize, lower: &[f64], upper: &[f64]) -> Result<Vec<[f64; 2]>> {
    if (lower.len(), upper.len()) != (n, n) {
        return Err(Error::usage(format!(
            "{} lower and {} upper bounds for points of {n} coordinates: pass one lower and one upper bound for each \
             coordinate (-inf and inf where there is none)",
            lower.len(),
            upper.len()
        )));
    }
    let pairs: Vec<[f64; 2]> = lower.iter().zip(upper).map(|(&lower, &upper)| [lower, upper]).collect();
    // Not for NaN either.
    let is_interval = |[lower, upper]: &[f64; 2]| lower.partial_cmp(upper) == Some(std::cmp::Ordering::Less);
    match pairs.iter().position(|pair| !is_interval(pair)) {
        None => Ok(pairs),
        Some(axis) => {
            let [lower, upper] = pairs[axis];
            Err(Error::usage(format!(
                "bounds {lower} and {upper} of x[{axis}]: the lower one must be below the upper one"
            )))
        }
    }
}
