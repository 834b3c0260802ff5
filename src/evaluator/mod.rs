//! An objective on a device: gradients and values of a batch of points. The public entry.

mod auto;
mod blocks;
mod bounds;
mod check;
mod derivatives;
mod direct;
mod displaced;
mod incremental;
mod lines;
mod stencils;

pub(crate) use incremental::Answers;
use incremental::Sited;

use std::sync::Arc;
use std::time::Instant;

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis};

use crate::error::{Error, Result};
use crate::gpu::{Gpu, GpuSite};
use crate::gradient::{Difference, Gradient, Method, OnVanished, StepUsed};
use crate::ladder::Tableaus;
use crate::objective::{Increments, Objective, Selection, Structure, Terms};
use crate::precision::Precision;
use crate::scheme::Scheme;
use crate::stencil::Stencil;
use crate::step::Step;

/// A failure of one of many points; boxed, since most have none.
pub(crate) type Fault = Option<Box<Error>>;

/// Points with what was computed for each, or why it could not be.
pub(crate) struct Rows {
    pub(crate) values: Array2<f64>,
    /// One entry a point; of gradients and values that all are there perhaps none at all.
    pub(crate) failures: Vec<Fault>,
    /// Points of which some axes, but not all, have a vanished step: the error of the first. Their components
    /// along these axes are 0. Only with [`OnVanished::Freeze`].
    pub(crate) frozen: Vec<Fault>,
    /// Of gradients, the values at the points, where they come at no cost; NaN where they are not finite.
    pub(crate) base: Option<Vec<f64>>,
    /// What is known beside, if steps were chosen or of a higher order.
    pub(crate) chosen: Option<auto::Chosen>,
}

impl Rows {
    /// How many values of the objective gradients took.
    pub(crate) fn evaluations(&self, scheme: Scheme) -> u64 {
        let usual = || scheme.evaluations(self.values.nrows(), self.values.ncols());
        self.chosen.as_ref().map_or_else(usual, |chosen| chosen.evaluations)
    }

    fn all_or_first_failure(mut self) -> Result<Self> {
        match self.failures.iter_mut().find_map(Option::take) {
            Some(error) => Err(*error),
            None => Ok(self),
        }
    }
}

/// Steps of a descent for a device to make by itself.
pub(crate) struct Stretch<'a> {
    /// `[batch, n]`
    pub(crate) points: ArrayView2<'a, f64>,
    pub(crate) rate: f64,
    pub(crate) difference: &'a Difference,
    /// The terms of each step, all equally many; empty: those selected.
    pub(crate) batches: &'a [Vec<u32>],
    pub(crate) steps: usize,
    /// Whether a point halts where an update does not move it.
    pub(crate) settles: bool,
    /// For each step, whether the values before it are wanted.
    pub(crate) reported: &'a [bool],
}

/// What a device made of a [`Stretch`].
pub(crate) struct Advanced {
    /// `[batch, n]`: after the steps made.
    pub(crate) points: Array2<f64>,
    /// `[batch, n]`: before the last of them; anything if none was made.
    pub(crate) before: Array2<f64>,
    /// For each point, the steps made; fewer than asked for if the next one needs looking at.
    pub(crate) made: Vec<usize>,
    /// `[step, batch]`: the values before each step that was wanted, over its terms.
    pub(crate) values: Array2<f64>,
}

/// An objective on a device, ready to be differenced. Made by [`Engine::evaluator`](crate::Engine::evaluator).
pub struct Evaluator<'a> {
    objective: &'a dyn Objective,
    selection: Option<Vec<u32>>,
    /// Whether the objective can only be evaluated as a whole here, by [`Objective::value`].
    whole: bool,
    progress: Option<Box<dyn FnMut(u64, u64) + 'a>>,
    /// Lower and upper, one an axis.
    bounds: Option<Vec<[f64; 2]>>,
    tableaus: Arc<Tableaus>,
    site: Site<'a>,
}

/// Where the objective is evaluated.
enum Site<'a> {
    F64(Host<'a, f64>),
    F32(Host<'a, f32>),
    Gpu(Box<GpuSite>),
}

/// What the host needs of the selected terms, laid out when first needed.
struct Host<'a, T> {
    terms: Option<Box<dyn Terms<T> + 'a>>,
    /// `Some(None)`: the objective has none.
    increments: Option<Option<Box<dyn Increments<T> + 'a>>>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        objective: &'a dyn Objective,
        gpu: Option<Arc<Gpu>>,
        precision: Precision,
    ) -> Result<Self> {
        let site = match (gpu, precision) {
            (Some(gpu), precision) => Site::Gpu(Box::new(GpuSite::new(gpu, objective, precision)?)),
            (None, Precision::F32) => Site::F32(Host { terms: None, increments: None }),
            (None, Precision::F64) => Site::F64(Host { terms: None, increments: None }),
        };
        Ok(Evaluator {
            objective,
            selection: None,
            whole: false,
            progress: None,
            bounds: None,
            tableaus: Arc::default(),
            site,
        })
    }

    /// The objective.
    pub fn objective(&self) -> &'a dyn Objective {
        self.objective
    }

    /// The working precision.
    pub fn precision(&self) -> Precision {
        match &self.site {
            Site::F64(_) => Precision::F64,
            Site::F32(_) => Precision::F32,
            Site::Gpu(site) => site.precision,
        }
    }

    /// What `difference` comes to here: with the method that `auto` takes, and the step.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if increments are asked for and the objective has none here; [`Error::StepOutOfRange`] for
    /// a step that increments cannot take; [`Error::Usage`] for an order that there is not.
    pub fn resolve(&mut self, difference: &Difference) -> Result<Difference> {
        let Difference { scheme, order, .. } = *difference;
        let order = order.unwrap_or(scheme.order());
        Stencil::new(scheme, order)?;
        // What increments cannot do.
        let only_direct = if order != scheme.order() {
            Some("a stencil of a higher order")
        } else if self.bounds.is_some() {
            Some("bounds")
        } else {
            None
        };
        let method = match difference.method {
            Method::Direct => Method::Direct,
            Method::Auto if only_direct.is_some() => Method::Direct,
            Method::Incremental if only_direct.is_some() => {
                return Err(Error::unsupported(format!(
                    "increments take no {}; use the difference `direct` or `auto`",
                    only_direct.unwrap_or_default()
                )));
            }
            Method::Auto if !self.has_increments()? => Method::Direct,
            Method::Incremental if !self.has_increments()? => {
                let refused = match &self.site {
                    Site::Gpu(site) => site.refused(),
                    Site::F64(_) | Site::F32(_) => None,
                };
                return Err(Error::unsupported(match refused {
                    Some(error) => format!("increments do not fit this device: {error}"),
                    None => format!(
                        "`{}` offers no increments on this device and in {}; use the difference `direct` or `auto`",
                        self.objective.name(),
                        self.precision()
                    ),
                }));
            }
            Method::Auto | Method::Incremental => Method::Incremental,
        };
        let precision = self.precision();
        let is_lowest = order == scheme.order();
        let step = match (difference.step, method) {
            (None | Some(Step::Auto), Method::Incremental) => Step::default_for_increments(scheme, precision),
            (None, _) if is_lowest => Step::Auto,
            (None, _) => Step::default_for(scheme, order, precision),
            (Some(Step::Auto), _) if !is_lowest => {
                return Err(Error::usage(format!(
                    "step auto and order {order}: chosen steps come with an order of their own; leave one of both out"
                )));
            }
            (Some(step), _) => step,
        };
        if method == Method::Incremental {
            step.check_for_increments(precision)?;
        }
        Ok(Difference { scheme, order: Some(order), step: Some(step), method })
    }

    /// Takes only these terms from now on (a minibatch), in this order; `None` takes all again.
    ///
    /// # Errors
    /// [`Error::Usage`] if the selection is empty, longer than the objective has terms, or an index is too large.
    pub fn select(&mut self, indices: Option<&[u32]>) -> Result<()> {
        let count = self.objective.terms();
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
        match &mut self.site {
            Site::F64(host) => {
                *host = Host { terms: None, increments: None };
                let selection = indices.map_or(Selection::All, Selection::Only);
                if indices.is_some() && matches!(self.objective.structure(), Structure::Unknown) {
                    host.terms = self.objective.host_f64(selection);
                    if host.terms.is_none() && f64::prepared(host, self.objective, selection)?.is_none() {
                        return Err(Error::unsupported(format!(
                            "`{}` can only be evaluated as a whole here, so no terms can be selected; implement \
                             Objective::host_f64",
                            self.objective.name()
                        )));
                    }
                }
            }
            Site::F32(host) => *host = Host { terms: None, increments: None },
            Site::Gpu(site) => site.select(self.objective, indices),
        }
        self.selection = indices.map(<[u32]>::to_vec);
        Ok(())
    }

    /// The selected terms; `None` if all are.
    pub fn selection(&self) -> Option<&[u32]> {
        self.selection.as_deref()
    }

    /// From now on, `progress` hears after every submission of a gradient how many components are done, and of how
    /// many. A submission takes about a second at most.
    pub fn on_progress(&mut self, progress: impl FnMut(u64, u64) + 'a) {
        self.progress = Some(Box::new(progress));
    }

    /// f at `points` of shape `[batch, n]`: `[batch]`, over the selected terms.
    ///
    /// # Errors
    /// [`Error::NonFinitePoint`], [`Error::NonFiniteValue`], or a failure of the device.
    pub fn values(&mut self, points: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
        Ok(self.value_rows(points)?.all_or_first_failure()?.values.remove_axis(Axis(1)))
    }

    /// The gradients at `points` of shape `[batch, n]`, over the selected terms.
    ///
    /// # Errors
    /// [`Error::VanishedStep`] and the like for steps, [`Error::NonFinitePoint`] and [`Error::NonFiniteValue`] for
    /// points, all of which name the first point at fault; [`Error::Unsupported`] for a method that there is not here;
    /// [`Error::Limit`] and failures of the device.
    pub fn gradient(&mut self, points: ArrayView2<'_, f64>, difference: &Difference) -> Result<Gradient> {
        let start = Instant::now();
        let rows = self.bare_gradient_rows(points, difference, OnVanished::Fail)?.all_or_first_failure()?;
        let seconds = start.elapsed().as_secs_f64();
        let evaluations = rows.evaluations(difference.scheme);
        let (error, step, remarks) = match rows.chosen {
            Some(chosen) => (chosen.error, Some(chosen.step), chosen.remarks),
            None => (None, None, Vec::new()),
        };
        let step = match (step, self.resolve(difference)?.step) {
            (None, Some(rule)) => StepUsed::Rule(rule),
            (step, _) => StepUsed::Each(step.unwrap_or_default()),
        };
        Ok(Gradient { gradient: rows.values, error, step, remarks, evaluations, seconds })
    }

    /// The gradients at `points` into `out`, both of shape `[batch, n]`: as [`gradient`](Self::gradient), for callers that
    /// ask often and would rather not have memory allocated each time. Direct differences of closures and objectives in
    /// WGSL on the CPU write there at once; what else there is, is copied.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and [`Error::Usage`] if the shapes differ; then `out` holds anything.
    pub fn gradient_into(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
        mut out: ArrayViewMut2<'_, f64>,
    ) -> Result<()> {
        if out.dim() != points.dim() {
            return Err(Error::usage(format!(
                "gradients of {:?} are to go into an array of {:?}: both must have the shape of the points",
                points.dim(),
                out.dim()
            )));
        }
        self.check_shape(points)?;
        let ((scheme, step), method) = self.settled(difference)?;
        let plain = method == Method::Direct && self.takes_plain_quotients(difference, step);
        if let (true, Some(gradients)) = (plain, out.as_slice_mut()) {
            self.prepare()?;
            let done = match self.precision() {
                Precision::F64 => self.in_blocks::<f64>(points, scheme, step, gradients)?,
                Precision::F32 => self.in_blocks::<f32>(points, scheme, step, gradients)?,
            };
            if done {
                return Ok(());
            }
        }
        out.assign(&self.gradient(points, difference)?.gradient);
        Ok(())
    }

    /// `points` as they are evaluated here: rounded to the working precision.
    pub fn rounded(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        match self.precision() {
            Precision::F64 => points.to_owned(),
            Precision::F32 => points.mapv(|x| f64::from(x as f32)),
        }
    }

    pub(crate) fn value_rows(&mut self, points: ArrayView2<'_, f64>) -> Result<Rows> {
        self.check_shape(points)?;
        // One forward pass of matrix products, which gradients take, too.
        let forward = matches!(self.objective.structure(), Structure::Network(_)) && self.has_increments()?;
        match self.precision() {
            Precision::F64 if forward => self.incremental_rows::<f64>(points, None),
            Precision::F32 if forward => self.incremental_rows::<f32>(points, None),
            Precision::F64 => self.direct_rows::<f64>(points, None, OnVanished::Fail, false),
            Precision::F32 => self.direct_rows::<f32>(points, None, OnVanished::Fail, false),
        }
    }

    /// Gradients, with an entry for the failures of each point.
    pub(crate) fn gradient_rows(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
        on_vanished: OnVanished,
    ) -> Result<Rows> {
        let mut rows = self.bare_gradient_rows(points, difference, on_vanished)?;
        rows.failures.resize_with(points.nrows(), || None);
        rows.frozen.resize_with(points.nrows(), || None);
        Ok(rows)
    }

    fn bare_gradient_rows(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
        on_vanished: OnVanished,
    ) -> Result<Rows> {
        self.check_shape(points)?;
        let (how, method) = self.settled(difference)?;
        if method == Method::Direct && !self.takes_plain_quotients(difference, how.1) {
            let (scheme, step) = how;
            let order = difference.order.unwrap_or(scheme.order());
            return match (self.precision(), step) {
                (Precision::F64, Step::Auto) => self.auto_rows::<f64>(points, scheme),
                (Precision::F32, Step::Auto) => self.auto_rows::<f32>(points, scheme),
                (Precision::F64, step) => self.stencil_rows::<f64>(points, scheme, order, step),
                (Precision::F32, step) => self.stencil_rows::<f32>(points, scheme, order, step),
            };
        }
        match (self.precision(), method) {
            (Precision::F32, Method::Incremental) if self.increments_are_terms() => {
                self.direct_rows::<f32>(points, Some(how), on_vanished, true)
            }
            (Precision::F64, Method::Incremental) if self.increments_are_terms() => {
                self.direct_rows::<f64>(points, Some(how), on_vanished, true)
            }
            (Precision::F64, Method::Incremental) => self.incremental_rows::<f64>(points, Some(how)),
            (Precision::F32, Method::Incremental) => self.incremental_rows::<f32>(points, Some(how)),
            (Precision::F64, _) => self.direct_rows::<f64>(points, Some(how), on_vanished, false),
            (Precision::F32, _) => self.direct_rows::<f32>(points, Some(how), on_vanished, false),
        }
    }

    /// Whether direct differences are the quotients of two values of the textbook.
    fn takes_plain_quotients(&self, difference: &Difference, step: Step) -> bool {
        let lowest = difference.scheme.order();
        step != Step::Auto && difference.order.unwrap_or(lowest) == lowest && self.bounds.is_none()
    }

    /// Whether increments are written in WGSL, term by term.
    fn increments_are_terms(&self) -> bool {
        matches!(&self.site, Site::Gpu(site) if !site.has_program())
    }

    /// Scheme and step, and the method.
    pub(crate) fn settled(&mut self, difference: &Difference) -> Result<((Scheme, Step), Method)> {
        match self.resolve(difference)? {
            Difference { scheme, step: Some(step), method, .. } => Ok(((scheme, step), method)),
            Difference { step: None, .. } => Err(Error::usage("a resolved difference has no step")),
        }
    }

    /// Whether the device can run the loop of a descent by itself, with or without minibatches.
    pub(crate) fn runs_loops(&mut self, difference: &Difference, batches: bool) -> Result<bool> {
        let (_, method) = self.settled(difference)?;
        Ok(match &self.site {
            Site::Gpu(site) => method == Method::Incremental && site.runs_loops(batches),
            Site::F64(_) | Site::F32(_) => false,
        })
    }

    /// Makes many steps of a descent on the device.
    ///
    /// # Errors
    /// [`Error::Unsupported`] unless it [`runs_loops`](Self::runs_loops); failures of the device. What goes wrong with a
    /// point halts it.
    pub(crate) fn advance(&mut self, stretch: &Stretch<'_>) -> Result<Advanced> {
        let (how, _) = self.settled(stretch.difference)?;
        match &mut self.site {
            Site::Gpu(site) => site.advance(self.selection.as_deref(), stretch, how),
            Site::F64(_) | Site::F32(_) => Err(Error::unsupported("this device runs no loops by itself")),
        }
    }

    pub(super) fn check_shape(&self, points: ArrayView2<'_, f64>) -> Result<()> {
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
}
