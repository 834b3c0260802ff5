//! An objective on a device: gradients and values of a batch of points. The public entry.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::cpu::{self, ALL_FINITE, ByValue, Sums};
use crate::error::{Error, Result};
use crate::gpu::{Gpu, GpuTerms};
use crate::gradient::{Difference, Gradient, OnVanished, check_point, perturb};
use crate::objective::{Objective, Selection, Terms};
use crate::plan::{Kind, Limits, Piece, Plan, Work};
use crate::precision::{Precision, Real};
use crate::step::Perturbation;

/// Points with what was computed for each, or why it could not be.
pub(crate) struct Rows {
    pub(crate) values: Array2<f64>,
    /// One entry a point.
    pub(crate) failures: Vec<Option<Error>>,
    /// Points of which some axes, but not all, have a vanished step: the error of the first. Their components
    /// along these axes are 0. Only with [`OnVanished::Freeze`].
    pub(crate) frozen: Vec<Option<Error>>,
}

impl Rows {
    fn all_or_first_failure(self) -> Result<Array2<f64>> {
        match self.failures.into_iter().flatten().next() {
            Some(error) => Err(error),
            None => Ok(self.values),
        }
    }
}

/// An objective on a device, ready to be differenced. Made by [`Engine::evaluator`](crate::Engine::evaluator).
pub struct Evaluator<'a> {
    objective: &'a dyn Objective,
    selection: Option<Vec<u32>>,
    /// Whether the objective can only be evaluated as a whole here, by [`Objective::value`].
    whole: bool,
    progress: Option<Box<dyn FnMut(u64, u64) + 'a>>,
    site: Site<'a>,
}

/// Where terms are evaluated. The host's are laid out when first needed.
enum Site<'a> {
    F64(Option<Box<dyn Terms<f64> + 'a>>),
    F32(Option<Box<dyn Terms<f32> + 'a>>),
    Gpu(Box<GpuTerms>),
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        objective: &'a dyn Objective,
        gpu: Option<Arc<Gpu>>,
        precision: Precision,
    ) -> Result<Self> {
        let site = match (gpu, precision) {
            (Some(gpu), _) => Site::Gpu(Box::new(GpuTerms::new(gpu, objective)?)),
            (None, Precision::F32) => Site::F32(None),
            (None, Precision::F64) => Site::F64(None),
        };
        Ok(Evaluator { objective, selection: None, whole: false, progress: None, site })
    }

    /// The objective.
    pub fn objective(&self) -> &'a dyn Objective {
        self.objective
    }

    /// The working precision.
    pub fn precision(&self) -> Precision {
        match self.site {
            Site::F64(_) => Precision::F64,
            Site::F32(_) | Site::Gpu(_) => Precision::F32,
        }
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
                return Err(Error::usage(format!("term {index} selected: terms go from 0 to {}", count - 1)));
            }
        }
        match &mut self.site {
            Site::F64(prepared) => {
                *prepared = None;
                if let Some(indices) = indices {
                    *prepared = self.objective.host_f64(Selection::Only(indices));
                    if prepared.is_none() {
                        return Err(Error::unsupported(format!(
                            "`{}` can only be evaluated as a whole here, so no terms can be selected; implement \
                             Objective::host_f64",
                            self.objective.name()
                        )));
                    }
                }
            }
            Site::F32(prepared) => *prepared = None,
            Site::Gpu(terms) => {
                terms.select(indices.map_or(Selection::All, Selection::Only), count);
            }
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
        Ok(self.value_rows(points)?.all_or_first_failure()?.remove_axis(Axis(1)))
    }

    /// The gradients at `points` of shape `[batch, n]`, over the selected terms.
    ///
    /// # Errors
    /// [`Error::VanishedStep`] and [`Error::Step`] for steps, [`Error::NonFinitePoint`] and
    /// [`Error::NonFiniteValue`] for points, all of which name the first point at fault; [`Error::Limit`] and failures of the device.
    pub fn gradient(&mut self, points: ArrayView2<'_, f64>, difference: &Difference) -> Result<Gradient> {
        let start = Instant::now();
        let gradient = self.gradient_rows(points, difference, OnVanished::Fail)?.all_or_first_failure()?;
        let evaluations = difference.scheme.evaluations(points.nrows(), points.ncols());
        let points = match self.precision() {
            Precision::F64 => points.to_owned(),
            Precision::F32 => points.mapv(|x| f64::from(x as f32)),
        };
        Ok(Gradient { points, gradient, evaluations, seconds: start.elapsed().as_secs_f64() })
    }

    pub(crate) fn value_rows(&mut self, points: ArrayView2<'_, f64>) -> Result<Rows> {
        match self.precision() {
            Precision::F64 => self.rows::<f64>(points, None, OnVanished::Fail),
            Precision::F32 => self.rows::<f32>(points, None, OnVanished::Fail),
        }
    }

    pub(crate) fn gradient_rows(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
        on_vanished: OnVanished,
    ) -> Result<Rows> {
        match self.precision() {
            Precision::F64 => self.rows::<f64>(points, Some(difference), on_vanished),
            Precision::F32 => self.rows::<f32>(points, Some(difference), on_vanished),
        }
    }

    /// Values (`[batch, 1]`) without a difference, gradients (`[batch, n]`) with one.
    fn rows<T: Real>(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: Option<&Difference>,
        on_vanished: OnVanished,
    ) -> Result<Rows>
    where
        Self: RunIn<T>,
    {
        let n = self.objective.dimension();
        if points.ncols() != n || points.nrows() == 0 {
            return Err(Error::usage(format!(
                "points have the shape {} x {}, but `{}` takes points of {n} coordinates (at least one point)",
                points.nrows(),
                points.ncols(),
                self.objective.name()
            )));
        }
        let start: Vec<T> = points.iter().map(|&x| T::of(x)).collect();
        let width = if difference.is_some() { n } else { 1 };
        let mut rows =
            Rows { values: Array2::zeros((points.nrows(), width)), failures: Vec::new(), frozen: Vec::new() };

        // Points whose own coordinates or steps are at fault never reach the device.
        let mut moved: Vec<Perturbation<T>> = Vec::new();
        let mut good: Vec<usize> = Vec::new();
        for (point, x) in start.chunks_exact(n).enumerate() {
            moved.clear();
            let checked = check_point(x, point).and_then(|()| match difference {
                None => Ok(None),
                Some(difference) => perturb(x, point, 0..n, difference, on_vanished, &mut moved),
            });
            let (frozen, failure) = match checked {
                Ok(frozen) => {
                    good.push(point);
                    (frozen, None)
                }
                Err(failure) => (None, Some(failure)),
            };
            rows.frozen.push(frozen);
            rows.failures.push(failure);
        }
        if good.is_empty() {
            return Ok(rows);
        }
        let compact: Vec<T>;
        let x = if good.len() == points.nrows() {
            &start
        } else {
            compact = good.iter().flat_map(|&point| start[point * n..][..n].iter().copied()).collect();
            &compact
        };

        self.prepare()?;
        let kind = difference.map_or(Kind::Values, |difference| Kind::Differences(difference.scheme));
        let plan = self.plan(kind, good.len())?;
        tracing::debug!("{plan}");
        let selected = plan.work.terms;
        let divisor = T::of(self.objective.reduction().divisor(selected));
        let (mut done, all) = (0, (good.len() * width) as u64);
        for piece in &plan.pieces {
            let piece_points = &x[piece.first_point * n..][..piece.points * n];
            // Computed again piece by piece, so that memory does not grow with the batch.
            moved.clear();
            if let Some(difference) = difference {
                let axes = piece.first_axis..piece.first_axis + piece.axes;
                for x in piece_points.chunks_exact(n) {
                    perturb(x, 0, axes.clone(), difference, OnVanished::Freeze, &mut moved)?;
                }
            }
            let Sums { sums, first_bad } = self.run_in(&plan, piece, piece_points, &moved)?;
            for (pair, sum) in sums.into_iter().enumerate() {
                let local = pair / piece.axes;
                let (point, axis) = (good[piece.first_point + local], piece.first_axis + pair % piece.axes);
                let mean = sum / divisor;
                let value = match moved.get(pair) {
                    Some(moved) if moved.plus == moved.minus => T::ZERO,
                    Some(moved) => mean / moved.distance,
                    None => T::of(mean.to_f64() + self.objective.constant()),
                };
                rows.values[[point, axis]] = value.to_f64();
                let bad = match first_bad[local] {
                    ALL_FINITE if value.is_finite() => None,
                    ALL_FINITE => Some(axis),
                    bad => Some(bad as usize),
                };
                if let (Some(bad), None) = (bad, &rows.failures[point]) {
                    let x = &start[point * n..][..n];
                    let at = bad
                        .checked_sub(piece.first_axis)
                        .filter(|_| bad < n)
                        .and_then(|axis| moved.get(local * piece.axes + axis))
                        .map(|moved| (bad, *moved));
                    rows.failures[point] = Some(self.explain(x, point, at));
                }
            }
            done += piece.pairs() as u64;
            if let (Some(progress), Some(_)) = (&mut self.progress, difference) {
                progress(done, all);
            }
        }
        Ok(rows)
    }

    /// Lays out the selected terms on the host, if that is where they are evaluated.
    fn prepare(&mut self) -> Result<()> {
        let objective = self.objective;
        let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
        match &mut self.site {
            Site::F64(terms @ None) => {
                let prepared = objective.host_f64(selection);
                self.whole = prepared.is_none();
                *terms = Some(prepared.unwrap_or_else(|| Box::new(ByValue(objective))));
            }
            Site::F32(terms @ None) => *terms = Some(objective.host_f32(selection)?),
            _ => {}
        }
        Ok(())
    }

    fn plan(&self, kind: Kind, points: usize) -> Result<Plan> {
        let (iterations, granularity, limits) = self.capacity();
        let work = Work {
            kind,
            points,
            axes: self.objective.dimension(),
            terms: match &self.selection {
                Some(indices) => indices.len(),
                None if self.whole => 1,
                None => self.objective.terms(),
            },
            iterations,
            granularity,
        };
        Plan::new(work, &limits)
    }

    fn capacity(&self) -> (u64, usize, Limits) {
        fn host<T: Real>(terms: Option<&dyn Terms<T>>) -> (u64, usize, Limits) {
            let (operations, granularity) = terms.map_or((1, 1), |t| (t.operations(), t.granularity()));
            (operations, granularity.max(1), cpu::limits::<T>())
        }
        match &self.site {
            Site::F64(terms) => host(terms.as_deref()),
            Site::F32(terms) => host(terms.as_deref()),
            Site::Gpu(terms) => (terms.iterations, 1, terms.gpu().limits()),
        }
    }

    /// Says in words where the objective is not finite, asking the f64 oracle.
    fn explain<T: Real>(&self, x: &[T], point: usize, at: Option<(usize, Perturbation<T>)>) -> Error {
        let mut x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let objective = self.objective;
        let (place, values) = match at {
            None => ("at the point itself".to_string(), vec![objective.value(&x)]),
            Some((axis, moved)) => {
                let sides = [moved.plus, moved.minus].map(Real::to_f64);
                let values = sides.map(|side| {
                    x[axis] = side;
                    objective.value(&x)
                });
                (format!("with x[{axis}] = {:?} or {:?}", sides[0], sides[1]), values.to_vec())
            }
        };
        let list = values.iter().map(f64::to_string).collect::<Vec<_>>().join(" or ");
        let detail = if values.iter().all(|value| value.is_finite()) {
            format!(
                "{place} it is {list} in f64, so it overflows, or one of its terms or their sum does; scale the \
                 objective, or use precision f64"
            )
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
}

/// Runs a piece in one precision: what ties an evaluator's site to the precision it works in.
trait RunIn<T: Real> {
    fn run_in(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[T],
        moved: &[Perturbation<T>],
    ) -> Result<Sums<T>>;
}

impl RunIn<f64> for Evaluator<'_> {
    fn run_in(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[f64],
        moved: &[Perturbation<f64>],
    ) -> Result<Sums<f64>> {
        match &self.site {
            Site::F64(Some(terms)) => Ok(cpu::run(&**terms, plan, piece, points, moved)),
            _ => Err(Error::unsupported("this device works in f32")),
        }
    }
}

impl RunIn<f32> for Evaluator<'_> {
    fn run_in(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[f32],
        moved: &[Perturbation<f32>],
    ) -> Result<Sums<f32>> {
        match &mut self.site {
            Site::Gpu(terms) => terms.run(plan, piece, points, moved),
            Site::F32(Some(terms)) => Ok(cpu::run(&**terms, plan, piece, points, moved)),
            _ => Err(Error::unsupported("this device works in f64")),
        }
    }
}
