//! Derivatives by lists of displacements: along lines and in planes through points, at adaptive steps or given ones. All
//! displacements of a batch and round are one call of the backend.

use ndarray::{Array, Array2, ArrayView2, RemoveAxis};

use super::Pipeline;
use super::pipeline::Rows;
use super::request::{Request, Through};
use super::resolve::Resolved;
use super::rounds::notice;
use crate::difference::adaptive::Sought;
use crate::difference::fixed::{FixedRule, Weighted};
use crate::difference::line::{Along, Line, Sizes};
use crate::difference::lists::Lists;
use crate::difference::rounds::ROUND;
use crate::difference::{Notice, Perturbation, Remark, Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// Displacements of one line, and of one plane, in a round.
const LINE: usize = 2 * ROUND as usize;
const PLANE: usize = 4 * ROUND as usize;

/// A batch of points at work.
struct Batch<'b, 'q, T, D> {
    request: &'b Request<'q, D>,
    /// Indices in the whole batch.
    points: &'b [usize],
    /// `[point][coordinate]`
    x: &'b [T],
    lines: Vec<Line<'b>>,
}

impl<'a, T: Real> Pipeline<'a, T> {
    /// Gradients, `[batch, n]`.
    pub(super) fn gradient_by_lists(
        &mut self,
        points: ArrayView2<'_, f64>,
        resolved: &Resolved,
    ) -> Result<Rows> {
        self.by_lists(&Request::gradient(points), resolved)
    }

    pub(super) fn by_lists<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        resolved: &Resolved,
    ) -> Result<Rows<D>> {
        self.check_shape(request.points)?;
        let (count, n) = request.points.dim();
        let fixed = match resolved.step {
            Step::Auto => None,
            step => Some(FixedRule::new(resolved.scheme, resolved.order, step)?),
        };
        let (good, x, failures) = self.starts(request.points);
        let none = || Array::from_elem(request.shape.clone(), 0.0);
        let mut found = Rows {
            error: fixed.is_none().then(none),
            step: Some(none()),
            base: Some(vec![f64::NAN; count]),
            failures,
            ..Rows::new(none(), 0)
        };
        let is_plane = request.lines.iter().any(|(_, across)| across.is_some());
        let each = match &fixed {
            Some(rule) => rule.most(is_plane),
            None if is_plane => PLANE,
            None => LINE,
        };
        let moves = is_plane || request.vectors.is_some();
        let sources =
            if moves { 1 + each.min(LINE) * if request.vectors.is_some() { 1 } else { n } } else { 1 };
        let at_once = self.batch(sources, each * request.lines.len() + 1, request.by_term)?;
        let vectors: Vec<Vec<f64>> = request.vectors.iter().flat_map(rows).collect();
        // Steps that are given say themselves what they follow.
        let sizes = if fixed.is_some() { Sizes::default() } else { self.sizes.clone() };
        let mut done = 0;
        for (points, x) in good.chunks(at_once).zip(x.chunks(at_once * n)) {
            let batch = Batch { request, points, x, lines: lines(request, points, x, &vectors, &sizes) };
            match &fixed {
                Some(rule) => self.at_fixed_steps(&batch, rule, &mut found)?,
                None => self.at_adaptive_steps(&batch, resolved.scheme, &mut found)?,
            }
            done += points.len();
            self.tell(done * request.lines.len(), count * request.lines.len());
        }
        Ok(found)
    }

    /// f at the points, from `[term][point]`.
    fn base(&mut self, values: &[f64], points: usize, by_term: bool) -> Result<Vec<f64>> {
        let terms = values.len() / points.max(1);
        let divisor = if by_term { self.objective.reduction().divisor(terms) } else { 1.0 };
        let sum = |point: usize| (0..terms).map(|term| values[term * points + point]).sum::<f64>();
        Ok((0..points).map(|point| sum(point) / divisor + self.objective.constant()).collect())
    }

    fn at_adaptive_steps<D: RemoveAxis>(
        &mut self,
        batch: &Batch<'_, '_, T, D>,
        wanted: Scheme,
        found: &mut Rows<D>,
    ) -> Result<()> {
        let by_term = batch.request.by_term;
        let mut sought: Vec<Sought<'_>> = batch.lines.iter().map(|line| Sought::new(*line)).collect();
        let (values, made) = self.seek(batch.x, &mut sought, wanted, by_term)?;
        found.evaluations += made;
        let base = self.base(&values, batch.points.len(), by_term)?;
        // Derivatives that are known from around a point make good that f has no value there.
        let mut around = vec![false; batch.points.len()];
        for own in sought.chunk_by(|a, b| a.line.point == b.line.point) {
            let limits = own.iter().map(Sought::limit_around).collect::<Option<Vec<_>>>();
            around[own[0].line.point] = limits.is_some_and(|limits| are_one(&limits));
        }
        self.take_base(batch, &base, &around, found);
        for sought in &sought {
            let (line, x) = (&sought.line, batch.coordinates(sought.line.point));
            let point = batch.points[line.point];
            if found.failures[point].is_some() {
                continue;
            }
            for (term, result) in sought.results.iter().enumerate() {
                if result.scheme.is_none() {
                    found.failures[point].get_or_insert_with(|| Box::new(self.no_side(x, point, sought)));
                    continue;
                }
                let put = (result.value, Some(result.error), sought.step(result));
                let notice = notice(sought, result, wanted);
                batch.put(line, term, put, notice, found);
            }
        }
        Ok(())
    }

    fn at_fixed_steps<D: RemoveAxis>(
        &mut self,
        batch: &Batch<'_, '_, T, D>,
        rule: &FixedRule,
        found: &mut Rows<D>,
    ) -> Result<()> {
        let by_term = batch.request.by_term;
        let (n, bounds) = (self.objective.dimension(), self.bounds.clone());
        let mut lists = Lists::new(n, batch.x, bounds.as_deref());
        lists.values();
        let mut asked: Vec<Option<Weighted>> = Vec::with_capacity(batch.lines.len());
        for line in &batch.lines {
            let point = batch.points[line.point];
            let weighted = rule.ask(&mut lists, line, batch.coordinates(line.point), point);
            asked.push(match weighted {
                Ok(weighted) => Some(weighted),
                Err(error) => {
                    found.failures[point].get_or_insert(Box::new(error));
                    None
                }
            });
        }
        let sums = self.evaluate_list(&lists.displacements(), by_term)?;
        let (total, points) = (lists.len(), batch.points.len());
        let terms = sums.len() / total.max(1);
        found.evaluations += lists.evaluations();
        let values: Vec<f64> = (0..terms).flat_map(|term| sums[term * total..][..points].to_vec()).collect();
        let base = self.base(&values, points, by_term)?;
        self.take_base(batch, &base, &vec![false; points], found);
        for (line, weighted) in batch.lines.iter().zip(&asked) {
            let point = batch.points[line.point];
            let Some(Weighted { scheme, parts, step }) = weighted else { continue };
            for term in 0..terms {
                let at = |part: u32| sums[term * total + part as usize];
                let value: f64 = parts.iter().map(|&(part, weight)| weight * at(part)).sum();
                if !value.is_finite() {
                    let error =
                        || Box::new(self.not_finite_at(batch.coordinates(line.point), point, line, *step));
                    found.failures[point].get_or_insert_with(error);
                    continue;
                }
                // Bounds asked for another scheme.
                let notice = (*scheme != rule.wanted).then_some(Notice::Bound { used: *scheme });
                batch.put(line, term, (value, None, *step), notice, found);
            }
        }
        Ok(())
    }

    /// Notes f at the points, and the failures of points at which it is not finite, unless it need not be.
    fn take_base<D: RemoveAxis>(
        &self,
        batch: &Batch<'_, '_, T, D>,
        base: &[f64],
        around: &[bool],
        found: &mut Rows<D>,
    ) {
        for (local, (&point, &value)) in batch.points.iter().zip(base).enumerate() {
            let known = if value.is_finite() { value } else { f64::NAN };
            found.base.iter_mut().for_each(|base| base[point] = known);
            if !value.is_finite() && !around[local] {
                let error = || Box::new(self.explain(batch.coordinates(local), point, None));
                found.failures[point].get_or_insert_with(error);
            }
        }
    }

    fn not_finite_at(&self, x: &[T], point: usize, line: &Line<'_>, step: f64) -> Error {
        let at = line.along.axis().or(line.across).map(|axis| {
            let moved = |by: f64| T::of(x[axis].to_f64() + by);
            (axis, Perturbation { plus: moved(step), minus: moved(-step), distance: T::of(step) })
        });
        self.explain(x, point, at)
    }

    /// The selected terms at points, each by itself: `[batch, terms]`.
    pub(super) fn terms(&mut self, points: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let n = points.ncols();
        let x = self.start_all(points)?;
        let terms = self.backend.capacity()?.terms;
        let mut all = Array2::zeros((points.nrows(), terms));
        let at_once = self.batch(1, 1, true)?;
        for (i, x) in x.chunks(at_once * n).enumerate() {
            let mut lists = Lists::new(n, x, None);
            lists.values();
            let (first, count) = (i * at_once, lists.len());
            let found = self.evaluate_list(&lists.displacements(), true)?;
            for point in 0..count {
                for term in 0..terms {
                    let value = found[term * count + point];
                    if !value.is_finite() {
                        return Err(self.explain(&x[point * n..][..n], first + point, None));
                    }
                    all[[first + point, term]] = value;
                }
            }
        }
        Ok(all)
    }
}

fn rows(vectors: &ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    vectors.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// How many errors apart limits along different lines may be.
const APART: f64 = 10.0;

/// Whether limits along several lines are one limit.
pub(crate) fn are_one(limits: &[(f64, f64)]) -> bool {
    let (least, most) =
        limits.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &(limit, error)| {
            (least.min(limit + APART * error), most.max(limit - APART * error))
        });
    most <= least
}

/// The lines through the points of a batch; along a vector of zeros there is none, and the derivative is 0.
pub(super) fn lines<'b, T: Real, D>(
    request: &Request<'_, D>,
    points: &[usize],
    x: &[T],
    vectors: &'b [Vec<f64>],
    sizes: &Sizes,
) -> Vec<Line<'b>> {
    let n = request.points.ncols();
    let mut lines = Vec::with_capacity(points.len() * request.lines.len());
    for (local, (&point, x)) in points.iter().zip(x.chunks_exact(n)).enumerate() {
        for &(through, across) in &request.lines {
            let along = match through {
                Through::Axis(axis) => Along::Axis(axis),
                Through::Vector if vectors[point].iter().all(|&v| v == 0.0) => continue,
                Through::Vector => Along::Vector(&vectors[point]),
            };
            lines.push(Line::new(local, x, (along, across), sizes));
        }
    }
    lines
}

impl<T: Real, D: RemoveAxis> Batch<'_, '_, T, D> {
    fn coordinates(&self, local: usize) -> &[T] {
        let n = self.request.points.ncols();
        &self.x[local * n..][..n]
    }

    /// Puts a value, its error bar and step in their places.
    fn put(
        &self,
        line: &Line<'_>,
        term: usize,
        (value, error, step): (f64, Option<f64>, f64),
        notice: Option<Notice>,
        found: &mut Rows<D>,
    ) {
        let point = self.points[line.point];
        let through = line.along.axis().map_or(Through::Vector, Through::Axis);
        for place in (self.request.places)(point, through, line.across, term) {
            found.values[place.clone()] = value;
            for (into, number) in [(&mut found.error, error), (&mut found.step, Some(step))] {
                if let (Some(into), Some(number)) = (into, number) {
                    into[place.clone()] = number;
                }
            }
        }
        if let Some(notice) = notice {
            let term = self.request.by_term.then_some(term);
            let axis = line.along.axis();
            found.remarks.push(Remark { point, axis, across: line.across, term, notice });
        }
    }
}
