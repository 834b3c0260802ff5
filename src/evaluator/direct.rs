//! Direct differences: both values of every pair are evaluated, term by term, on whatever device. Increments that an
//! objective brings in WGSL go the same way: two increments take the place of the two values.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};

use super::{Evaluator, Host, Rows, Site};
use crate::cpu::{self, ALL_FINITE, ByValue, Sums, Trapped};
use crate::displacement::Displaced;
use crate::error::{Error, Result};
use crate::gradient::{OnVanished, check_point, perturb};
use crate::objective::{Selection, Terms};
use crate::plan::{Kind, Limits, MAX_TERMS_PER_CHUNK, Piece, Plan, Work};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::{Perturbation, Step};

impl Evaluator<'_> {
    /// Values (`[batch, 1]`) without a difference, gradients (`[batch, n]`) with one.
    pub(super) fn direct_rows<T: Real>(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: Option<(Scheme, Step)>,
        on_vanished: OnVanished,
        incremental: bool,
    ) -> Result<Rows>
    where
        Self: RunIn<T>,
    {
        let n = self.objective.dimension();
        let width = if difference.is_some() { n } else { 1 };
        let values = Array2::zeros((points.nrows(), width));
        let mut rows = Rows { values, failures: Vec::new(), frozen: Vec::new(), base: None, chosen: None };
        self.prepare()?;
        if let (Some((scheme, step)), false) = (difference, incremental)
            && let Some(gradients) = rows.values.as_slice_mut()
            && self.in_blocks::<T>(points, scheme, step, gradients)?
        {
            return Ok(rows);
        }

        let start: Vec<T> = points.iter().map(|&x| T::of(x)).collect();
        // Points whose own coordinates or steps are at fault never reach the device.
        rows.failures.clear();
        let mut moved: Vec<Perturbation<T>> = Vec::new();
        let mut good: Vec<usize> = Vec::new();
        for (point, x) in start.chunks_exact(n).enumerate() {
            moved.clear();
            let checked = check_point(x, point).and_then(|()| match difference {
                None => Ok(None),
                Some((scheme, step)) if incremental => {
                    shift(x, 0..n, scheme, step, &mut moved).map(|()| None)
                }
                Some(difference) => perturb(x, point, 0..n, difference, on_vanished, &mut moved),
            });
            let (frozen, failure) = match checked {
                Ok(frozen) => {
                    good.push(point);
                    (frozen.map(Box::new), None)
                }
                Err(failure) => (None, Some(Box::new(failure))),
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

        let kind = difference.map_or(Kind::Values, |difference| Kind::Differences(difference.0));
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
                    if incremental {
                        shift(x, axes.clone(), difference.0, difference.1, &mut moved)?;
                    } else {
                        perturb(x, 0, axes.clone(), difference, OnVanished::Freeze, &mut moved)?;
                    }
                }
            }
            let Sums { sums, first_bad, trapped } =
                self.run_in(&plan, piece, piece_points, &moved, incremental)?;
            if trapped == Some(Trapped::Turns)
                && let Site::Gpu(site) = &mut self.site
                && site.suppose_most_turns()
            {
                // The estimate of a term's turns, by which invocations were given terms, was too low.
                return self.direct_rows(points, difference, on_vanished, incremental);
            }
            if let Some(error) = self.failure(trapped, piece_points) {
                return Err(error);
            }
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
                        .map(|moved| (bad, *moved))
                        .map(|(bad, moved)| (bad, if incremental { around(x[bad], moved) } else { moved }));
                    rows.failures[point] = Some(Box::new(self.explain(x, point, at)));
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
    pub(super) fn prepare(&mut self) -> Result<()> {
        let objective = self.objective;
        let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
        match &mut self.site {
            Site::F64(host) if host.terms.is_none() => {
                let prepared = objective.host_f64(selection);
                self.whole = prepared.is_none();
                host.terms = Some(prepared.unwrap_or_else(|| Box::new(ByValue(objective))));
            }
            Site::F32(host) if host.terms.is_none() => host.terms = Some(objective.host_f32(selection)?),
            Site::Gpu(site) => {
                site.terms(objective, self.selection.as_deref())?;
            }
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
            terms: self.terms_here(),
            iterations,
            granularity,
            by_term: false,
        };
        Plan::new(work, &limits)
    }

    pub(super) fn capacity(&self) -> (u64, usize, Limits) {
        fn host<T: Real>(terms: Option<&dyn Terms<T>>) -> (u64, usize, Limits) {
            let (operations, granularity) = terms.map_or((1, 1), |t| (t.operations(), t.granularity()));
            (operations, granularity.max(1), cpu::limits::<T>())
        }
        match &self.site {
            Site::F64(site) => host(site.terms.as_deref()),
            Site::F32(site) => host(site.terms.as_deref()),
            Site::Gpu(site) => {
                let real = if site.precision == Precision::F32 { 4 } else { 8 };
                (site.iterations(), 1, Limits { real, ..site.gpu.limits() })
            }
        }
    }

    /// Why sums are worth nothing, if they are not.
    pub(super) fn failure<T: Real>(&self, trapped: Option<Trapped>, points: &[T]) -> Option<Error>
    where
        Self: RunIn<T>,
    {
        let objective = self.objective;
        let Some(trapped) = trapped else { return self.host_terms().and_then(|terms| terms.failure()) };
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
        let (_, _, limits) = self.capacity();
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

    /// Says in words where the objective is not finite, asking the f64 oracle.
    pub(super) fn explain<T: Real>(
        &self,
        x: &[T],
        point: usize,
        at: Option<(usize, Perturbation<T>)>,
    ) -> Error {
        let mut x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let objective = self.objective;
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
        let wider = if T::PRECISION == Precision::F32 { ", or use precision f64" } else { "" };
        let detail = if values.iter().all(|value| value.is_finite()) {
            format!(
                "{place} it is {list} in f64, so it overflows, or something on the way to it does; scale the \
                 objective{wider}"
            )
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
}

/// Appends how far some coordinates move, for increments.
fn shift<T: Real>(
    x: &[T],
    axes: Range<usize>,
    scheme: Scheme,
    step: Step,
    moved: &mut Vec<Perturbation<T>>,
) -> Result<()> {
    let mut each = Vec::new();
    let steps = step.increments(x, &mut each)?;
    moved.extend(axes.map(|axis| {
        let h = steps.at(axis);
        let (plus, minus) = match scheme {
            Scheme::Forward => (h, T::ZERO),
            Scheme::Backward => (T::ZERO, -h),
            Scheme::Central => (h, -h),
        };
        Perturbation { plus, minus, distance: plus - minus }
    }));
    Ok(())
}

/// The coordinates that shifts from `x` lead to.
fn around<T: Real>(x: T, shift: Perturbation<T>) -> Perturbation<T> {
    Perturbation { plus: x + shift.plus, minus: x + shift.minus, ..shift }
}

/// Runs a piece in one precision: what ties an evaluator's site to the precision it works in.
pub(super) trait RunIn<T: Real> {
    /// The terms, where they are evaluated on the host.
    fn host_terms(&self) -> Option<&dyn Terms<T>>;

    fn run_in(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[T],
        moved: &[Perturbation<T>],
        incremental: bool,
    ) -> Result<Sums<T>>;

    /// The evaluations `part` of a plan.
    fn run_displaced(
        &mut self,
        plan: &Plan,
        part: Range<usize>,
        what: &Displaced<'_, T>,
    ) -> Result<(Vec<T>, Option<Trapped>)>;
}

impl RunIn<f64> for Evaluator<'_> {
    fn host_terms(&self) -> Option<&dyn Terms<f64>> {
        match &self.site {
            Site::F64(host) => host.terms.as_deref().map(|terms| terms as &dyn Terms<f64>),
            _ => None,
        }
    }

    fn run_in(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[f64],
        moved: &[Perturbation<f64>],
        incremental: bool,
    ) -> Result<Sums<f64>> {
        match &mut self.site {
            Site::Gpu(site) => site.run(plan, piece, points, moved, incremental),
            Site::F64(Host { terms: Some(terms), .. }) => Ok(cpu::run(&**terms, plan, piece, points, moved)),
            _ => Err(Error::unsupported("this device works in f32")),
        }
    }

    fn run_displaced(
        &mut self,
        plan: &Plan,
        part: Range<usize>,
        what: &Displaced<'_, f64>,
    ) -> Result<(Vec<f64>, Option<Trapped>)> {
        match &mut self.site {
            Site::Gpu(site) => site.run_displaced(plan, part, what),
            Site::F64(Host { terms: Some(terms), .. }) => {
                Ok((cpu::displaced::run(&**terms, plan, part, what), None))
            }
            _ => Err(Error::unsupported("this device works in f32")),
        }
    }
}

impl RunIn<f32> for Evaluator<'_> {
    fn host_terms(&self) -> Option<&dyn Terms<f32>> {
        match &self.site {
            Site::F32(host) => host.terms.as_deref().map(|terms| terms as &dyn Terms<f32>),
            _ => None,
        }
    }

    fn run_in(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[f32],
        moved: &[Perturbation<f32>],
        incremental: bool,
    ) -> Result<Sums<f32>> {
        match &mut self.site {
            Site::Gpu(site) => site.run(plan, piece, points, moved, incremental),
            Site::F32(Host { terms: Some(terms), .. }) => Ok(cpu::run(&**terms, plan, piece, points, moved)),
            _ => Err(Error::unsupported("this device works in f64")),
        }
    }

    fn run_displaced(
        &mut self,
        plan: &Plan,
        part: Range<usize>,
        what: &Displaced<'_, f32>,
    ) -> Result<(Vec<f32>, Option<Trapped>)> {
        match &mut self.site {
            Site::Gpu(site) => site.run_displaced(plan, part, what),
            Site::F32(Host { terms: Some(terms), .. }) => {
                Ok((cpu::displaced::run(&**terms, plan, part, what), None))
            }
            _ => Err(Error::unsupported("this device works in f64")),
        }
    }
}
