//! One way from a request to an answer, in one precision: displacements go to the backend in batches that it can take, and
//! sums come back.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{Array, Array1, ArrayView2, Axis, Dimension, Ix2, RemoveAxis};

use super::resolve::{Resolved, Source};
use crate::backend::{Advanced, Backend, Fault, Gradients, Looping, Stretch};
use crate::difference::line::Sizes;
use crate::difference::perturb::{FixedStep, OnVanished};
use crate::difference::tables::FitTables;
use crate::difference::{Bars, Derivative, Failure, OnFailure, Remark, Step, StepUsed};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::objective::Objective;

/// An objective on a backend, in one precision.
pub(crate) struct Pipeline<'a, T: Real> {
    pub(crate) objective: Arc<dyn Objective + 'a>,
    pub(super) backend: Box<dyn Backend<T> + 'a>,
    pub(super) device: String,
    pub(super) selection: Option<Vec<u32>>,
    pub(super) progress: Option<Box<dyn FnMut(u64, u64) + Send + 'a>>,
    /// Lower and upper, one a coordinate.
    pub(super) bounds: Option<Vec<[f64; 2]>>,
    /// What steps that are chosen follow.
    pub(crate) sizes: Sizes,
    pub(super) tables: Arc<FitTables>,
    /// Points of the whole that those of each call are a part of.
    pub(super) whole: usize,
}

/// Points with what was computed for each, or why it could not be.
pub(crate) struct Rows<D: Dimension = Ix2> {
    /// Derivatives, or values as `[batch, 1]`.
    pub(crate) values: Array<f64, D>,
    /// One entry a point; if all are there perhaps none at all.
    pub(crate) failures: Vec<Fault>,
    /// Points of which some axes, but not all, have a vanished step: the error of the first. Their components
    /// along these axes are 0. Only with [`OnVanished::Freeze`].
    pub(crate) frozen: Vec<Fault>,
    /// Of derivatives, the values at the points, where they come at no cost; NaN where they are not finite.
    pub(crate) base: Option<Vec<f64>>,
    /// Error bars and steps, where they are known.
    pub(crate) error: Option<Array<f64, D>>,
    pub(crate) step: Option<Array<f64, D>>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) evaluations: u64,
}

impl<D: RemoveAxis> Rows<D> {
    pub(super) fn new(values: Array<f64, D>, evaluations: u64) -> Self {
        Rows {
            values,
            failures: Vec::new(),
            frozen: Vec::new(),
            base: None,
            error: None,
            step: None,
            remarks: Vec::new(),
            evaluations,
        }
    }

    /// The answer of a call that began then, at steps of a rule where each has none of its own.
    ///
    /// # Errors
    /// The first failure, if failures stop the call.
    pub(super) fn answer(
        mut self,
        rule: Step,
        on_failure: OnFailure,
        begin: Instant,
    ) -> Result<Derivative<D>> {
        let failures = stop_at_failures(self.failures, on_failure)?;
        for Failure { point, .. } in &failures {
            self.values.index_axis_mut(Axis(0), *point).fill(f64::NAN);
            let unknown = self.error.iter_mut().map(|error| error.index_axis_mut(Axis(0), *point));
            unknown.for_each(|mut error| error.fill(f64::INFINITY));
        }
        Ok(Derivative {
            value: self.values,
            error: self.error,
            step: self.step.map_or(StepUsed::Rule(rule), StepUsed::Each),
            values: self.base.map(Array1::from),
            remarks: self.remarks,
            failures,
            evaluations: self.evaluations,
            seconds: begin.elapsed().as_secs_f64(),
        })
    }
}

/// The first failure as an error, or all in a list.
pub(super) fn stop_at_failures(failures: Vec<Fault>, on_failure: OnFailure) -> Result<Vec<Failure>> {
    let mut failed = failures.into_iter().enumerate().filter_map(|(point, fault)| Some((point, fault?)));
    match on_failure {
        OnFailure::Stop => failed.next().map_or(Ok(Vec::new()), |(_, error)| Err(*error)),
        OnFailure::Skip => Ok(failed.map(|(point, error)| Failure { point, error: *error }).collect()),
    }
}

impl<'a, T: Real> Pipeline<'a, T> {
    pub(super) fn new(
        objective: Arc<dyn Objective + 'a>,
        backend: Box<dyn Backend<T> + 'a>,
        device: String,
    ) -> Self {
        let tables = Arc::default();
        let (sizes, whole) = (Sizes::default(), 0);
        Pipeline {
            objective,
            backend,
            device,
            selection: None,
            progress: None,
            bounds: None,
            sizes,
            tables,
            whole,
        }
    }

    pub(super) fn select(&mut self, indices: Option<&[u32]>) -> Result<()> {
        self.backend.select(indices)?;
        self.selection = indices.map(<[u32]>::to_vec);
        Ok(())
    }

    /// Points of the whole, in a call of so many.
    pub(super) fn all(&self, points: usize) -> usize {
        self.whole.max(points)
    }

    /// Selected terms.
    pub(super) fn selected_terms(&self) -> usize {
        self.selection.as_ref().map_or_else(|| self.objective.terms(), Vec::len)
    }

    /// Whether differences are the quotients of two values of the textbook, all axes and points by one rule.
    pub(super) fn takes_grid(&self, resolved: &Resolved) -> bool {
        let is_lowest = resolved.order == resolved.scheme.order();
        resolved.step != Step::Auto && is_lowest && self.bounds.is_none()
    }

    /// Gradients, `[batch, n]`.
    pub(crate) fn gradient_rows(
        &mut self,
        points: ArrayView2<'_, f64>,
        resolved: &Resolved,
        on_vanished: OnVanished,
    ) -> Result<Rows> {
        self.check_shape(points)?;
        let &Resolved { scheme, step, source, .. } = resolved;
        match source {
            Source::Whole { bars } => {
                let rows = self.incremental_rows(points, Some((scheme, step)))?;
                Ok(if bars { self.enclosed(points, rows) } else { rows })
            }
            Source::Carried { bars } => self.gradient_by_slopes(points, bars, scheme),
            Source::Finite => self.gradient_at_step(points, (scheme, step)),
            Source::ByTerm { bars } => {
                let rows = self.grid(points, FixedStep { scheme, step, on_vanished }, true)?;
                Ok(if bars { self.enclosed(points, rows) } else { rows })
            }
            Source::Evaluated if self.takes_grid(resolved) => {
                self.grid(points, FixedStep { scheme, step, on_vanished }, false)
            }
            Source::Evaluated => self.gradient_by_lists(points, resolved),
        }
    }

    pub(super) fn value_rows(&mut self, points: ArrayView2<'_, f64>) -> Result<Rows> {
        self.check_shape(points)?;
        let gives_values = self.backend.increments()?.is_some_and(|increments| increments.gives_values());
        if gives_values { self.incremental_rows(points, None) } else { self.evaluated_values(points) }
    }

    /// Whether the device has a loop of its own for descents by this difference.
    pub(super) fn runs_loops(&mut self, resolved: &Resolved, batches: bool, points: usize) -> Result<bool> {
        match self.loops_by(resolved) {
            Some(by) => self.backend.runs_loops(by, batches, Some(points)),
            None => Ok(self.looping(resolved, batches)?.is_some()),
        }
    }

    pub(super) fn is_device(&self) -> bool {
        self.backend.is_device()
    }

    /// Makes steps of a descent in the device's own loop, if it has one for this difference.
    pub(super) fn advance(&mut self, resolved: &Resolved, stretch: &Stretch<'_>) -> Result<Option<Advanced>> {
        let batches = !stretch.batches.is_empty();
        match self.loops_by(resolved) {
            None => match self.looping(resolved, batches)? {
                Some(looping) => looping.advance(stretch).map(Some),
                None => Ok(None),
            },
            Some(by) if !self.backend.runs_loops(by, batches, None)? => Ok(None),
            Some(by) => {
                let done = self.backend.advance(by, stretch)?;
                self.failure(None, &[]).map_or(Ok(done), Err)
            }
        }
    }

    /// Values of the objective in the quotients of so many gradients.
    pub(super) fn evaluations(&self, resolved: &Resolved, gradients: usize) -> u64 {
        let (scheme, n) = (resolved.scheme, self.objective.dimension());
        let with_value = |sides: usize| (gradients * (1 + sides * n)) as u64;
        match resolved.source {
            Source::Carried { .. } => with_value(1),
            Source::Finite => with_value(scheme.sides()),
            Source::Whole { .. } | Source::ByTerm { .. } | Source::Evaluated => {
                scheme.evaluations(gradients, n)
            }
        }
    }

    fn looping(&mut self, resolved: &Resolved, batches: bool) -> Result<Option<&mut dyn Looping>> {
        if !matches!(resolved.source, Source::Whole { .. }) {
            return Ok(None);
        }
        Ok(self.backend.increments()?.and_then(|increments| increments.looping(batches)))
    }

    /// Where the gradients of such a loop come from, if not from increments of whole gradients.
    fn loops_by(&self, resolved: &Resolved) -> Option<Gradients> {
        if self.bounds.is_some() {
            return None;
        }
        match resolved.source {
            Source::Carried { bars: Bars::Off } => Some(Gradients::Slopes),
            Source::Finite => Some(Gradients::SlopesOverSteps),
            Source::Evaluated if self.takes_grid(resolved) => Some(Gradients::Differences),
            _ => None,
        }
    }

    pub(crate) fn check_shape(&self, points: ArrayView2<'_, f64>) -> Result<()> {
        let n = self.objective.dimension();
        if points.ncols() == n && points.nrows() > 0 {
            return Ok(());
        }
        Err(Error::usage(format!(
            "points have the shape {} x {}, but `{}` takes points of {n} coordinates (at least one point)",
            points.nrows(),
            points.ncols(),
            self.objective.name()
        )))
    }

    pub(crate) fn tell(&mut self, done: usize, all: usize) {
        if let Some(progress) = &mut self.progress {
            progress(done as u64, all as u64);
        }
    }
}
