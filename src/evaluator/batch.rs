//! A batch of points: all displacements of a round are one call of the backend.

use ndarray::RemoveAxis;

use super::Pipeline;
use super::pipeline::Rows;
use super::request::{Request, Through};
use super::rounds::notice;
use crate::backend::Fault;
use crate::difference::adaptive::Sought;
use crate::difference::fixed::{FixedRule, Weighted};
use crate::difference::line::{Along, Line, Sizes};
use crate::difference::lists::Lists;
use crate::difference::{Notice, Perturbation, Remark, Scheme};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// A batch of points.
pub(super) struct Batch<'b, 'q, T, D> {
    pub(super) request: &'b Request<'q, D>,
    /// Indices in the whole.
    pub(super) points: &'b [usize],
    /// `[point][coordinate]`
    pub(super) x: &'b [T],
    /// One a point, if any line is along it.
    pub(super) vectors: &'b [Vec<f64>],
    pub(super) sizes: &'b Sizes,
    /// At steps that are given; else they are chosen.
    pub(super) rule: Option<&'b FixedRule>,
    pub(super) wanted: Scheme,
}

/// What came of a batch.
pub(super) struct Answer {
    /// f at the points; NaN where it is not finite.
    base: Vec<f64>,
    /// Why points have no derivatives.
    failures: Vec<Fault>,
    found: Vec<Found>,
    evaluations: u64,
}

/// A derivative.
struct Found {
    /// Index among those of the batch.
    point: usize,
    through: Through,
    across: Option<usize>,
    term: usize,
    value: f64,
    error: Option<f64>,
    step: f64,
    notice: Option<Notice>,
}

impl Found {
    fn new(line: &Line<'_>, term: usize, value: f64, error: Option<f64>, step: f64) -> Self {
        let through = line.along.axis().map_or(Through::Vector, Through::Axis);
        Found { point: line.point, through, across: line.across, term, value, error, step, notice: None }
    }
}

impl Answer {
    fn new(points: usize) -> Self {
        Answer {
            base: vec![f64::NAN; points],
            failures: std::iter::repeat_with(|| None).take(points).collect(),
            found: Vec::new(),
            evaluations: 0,
        }
    }

    fn fail(&mut self, point: usize, error: impl FnOnce() -> Error) {
        self.failures[point].get_or_insert_with(|| Box::new(error()));
    }

    /// Puts it in its places.
    pub(super) fn put<T: Real, D: RemoveAxis>(self, batch: &Batch<'_, '_, T, D>, rows: &mut Rows<D>) {
        let request = batch.request;
        rows.evaluations += self.evaluations;
        for (&point, value) in batch.points.iter().zip(self.base) {
            rows.base.iter_mut().for_each(|base| base[point] = value);
        }
        for (&point, fault) in batch.points.iter().zip(self.failures) {
            if let Some(error) = fault {
                rows.failures[point].get_or_insert(error);
            }
        }
        for Found { point, through, across, term, value, error, step, notice } in self.found {
            let point = batch.points[point];
            for place in (request.places)(point, through, across, term).into_iter().flatten() {
                rows.values[place.clone()] = value;
                for (into, number) in [(&mut rows.error, error), (&mut rows.step, Some(step))] {
                    if let (Some(into), Some(number)) = (into, number) {
                        into[place.clone()] = number;
                    }
                }
            }
            if let Some(notice) = notice {
                let axis = match through {
                    Through::Axis(axis) => Some(axis),
                    Through::Vector => None,
                };
                let term = request.by_term.then_some(term);
                rows.remarks.push(Remark { point, axis, across, term, notice });
            }
        }
    }
}

impl<T: Real, D: RemoveAxis> Batch<'_, '_, T, D> {
    pub(super) fn run(&self, pipeline: &mut Pipeline<'_, T>) -> Result<Answer> {
        let lines = lines(self.request, self.points, self.x, self.vectors, self.sizes);
        match self.rule {
            Some(rule) => self.at_fixed_steps(&lines, rule, pipeline),
            None => self.at_adaptive_steps(&lines, pipeline),
        }
    }

    fn coordinates(&self, local: usize) -> &[T] {
        let n = self.request.points.ncols();
        &self.x[local * n..][..n]
    }

    fn at_adaptive_steps(&self, lines: &[Line<'_>], pipeline: &mut Pipeline<'_, T>) -> Result<Answer> {
        let by_term = self.request.by_term;
        let mut answer = Answer::new(self.points.len());
        let mut sought: Vec<Sought<'_>> = lines.iter().map(|line| Sought::new(*line)).collect();
        let (values, made) = pipeline.seek(self.x, &mut sought, self.wanted, by_term)?;
        answer.evaluations = made;
        let base = pipeline.base(&values, self.points.len(), by_term);
        // Derivatives that are known from around a point make good that f has no value there.
        let mut around = vec![false; self.points.len()];
        for own in sought.chunk_by(|a, b| a.line.point == b.line.point) {
            let limits = own.iter().map(Sought::limit_around).collect::<Option<Vec<_>>>();
            around[own[0].line.point] = limits.is_some_and(|limits| are_one(&limits));
        }
        self.take_base(pipeline, &base, |local| around[local], &mut answer);
        answer.found.reserve(sought.len());
        for sought in &sought {
            let line = &sought.line;
            if answer.failures[line.point].is_some() {
                continue;
            }
            for (term, result) in sought.results.iter().enumerate() {
                if result.scheme.is_none() {
                    let (x, point) = (self.coordinates(line.point), self.points[line.point]);
                    answer.fail(line.point, || pipeline.no_side(x, point, sought));
                    continue;
                }
                let found = Found::new(line, term, result.value, Some(result.error), sought.step(result));
                answer.found.push(Found { notice: notice(sought, result, self.wanted), ..found });
            }
        }
        Ok(answer)
    }

    fn at_fixed_steps(
        &self,
        lines: &[Line<'_>],
        rule: &FixedRule,
        pipeline: &mut Pipeline<'_, T>,
    ) -> Result<Answer> {
        let by_term = self.request.by_term;
        let mut answer = Answer::new(self.points.len());
        let (n, bounds) = (self.request.points.ncols(), pipeline.bounds.clone());
        let mut lists = Lists::new(n, self.x, bounds.as_deref());
        lists.values();
        let mut asked: Vec<Option<Weighted>> = Vec::with_capacity(lines.len());
        for line in lines {
            let point = self.points[line.point];
            let weighted = rule.ask(&mut lists, line, self.coordinates(line.point), point);
            asked.push(match weighted {
                Ok(weighted) => Some(weighted),
                Err(error) => {
                    answer.fail(line.point, || error);
                    None
                }
            });
        }
        let sums = pipeline.evaluate_list(&lists.displacements(), by_term)?;
        let (total, points) = (lists.len(), self.points.len());
        let terms = sums.len() / total.max(1);
        answer.evaluations = lists.evaluations();
        let values: Vec<f64> = (0..terms).flat_map(|term| sums[term * total..][..points].to_vec()).collect();
        let base = pipeline.base(&values, points, by_term);
        self.take_base(pipeline, &base, |_| false, &mut answer);
        for (line, weighted) in lines.iter().zip(&asked) {
            let Some(Weighted { scheme, parts, step }) = weighted else { continue };
            for term in 0..terms {
                let at = |part: u32| sums[term * total + part as usize];
                let value: f64 = parts.iter().map(|&(part, weight)| weight * at(part)).sum();
                if !value.is_finite() {
                    answer.fail(line.point, || self.not_finite_at(pipeline, line, *step));
                    continue;
                }
                // Bounds asked for another scheme.
                let notice = (*scheme != rule.wanted).then_some(Notice::Bound { used: *scheme });
                answer.found.push(Found { notice, ..Found::new(line, term, value, None, *step) });
            }
        }
        Ok(answer)
    }

    /// Notes f at the points, and the failures of points at which it is not finite, unless it need not be.
    fn take_base(
        &self,
        pipeline: &Pipeline<'_, T>,
        base: &[f64],
        is_around: impl Fn(usize) -> bool,
        answer: &mut Answer,
    ) {
        for (local, &value) in base.iter().enumerate() {
            if value.is_finite() {
                answer.base[local] = value;
            } else if !is_around(local) {
                let (x, point) = (self.coordinates(local), self.points[local]);
                answer.fail(local, || pipeline.explain(x, point, None));
            }
        }
    }

    fn not_finite_at(&self, pipeline: &Pipeline<'_, T>, line: &Line<'_>, step: f64) -> Error {
        let x = self.coordinates(line.point);
        let at = line.along.axis().or(line.across).map(|axis| {
            let moved = |by: f64| T::of(x[axis].to_f64() + by);
            (axis, Perturbation { plus: moved(step), minus: moved(-step), distance: T::of(step) })
        });
        pipeline.explain(x, self.points[line.point], at)
    }
}

impl<T: Real> Pipeline<'_, T> {
    /// f at the points, from `[term][point]`.
    fn base(&self, values: &[f64], points: usize, by_term: bool) -> Vec<f64> {
        let terms = values.len() / points.max(1);
        let divisor = if by_term { self.objective.reduction().divisor(terms) } else { 1.0 };
        let sum = |point: usize| (0..terms).map(|term| values[term * points + point]).sum::<f64>();
        (0..points).map(|point| sum(point) / divisor + self.objective.constant()).collect()
    }
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
pub(super) fn lines<'b, 'q: 'b, T: Real, D>(
    request: &Request<'q, D>,
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
            let moved = request.moved.as_ref().map(|moved| moved[point]);
            lines.push(Line { moved, ..Line::new(local, x, (along, across), sizes) });
        }
    }
    lines
}
