//! Difference quotients at a step of the caller's own, by slopes that the terms carry along: what (f(x+h) - f(x))/h is in exact
//! arithmetic, however small or large h is.

use ndarray::{Array, ArrayView2, RemoveAxis};

use super::Pipeline;
use super::batch::lines;
use super::carried::axis_of;
use super::pipeline::Rows;
use super::request::Request;
use super::resolve::{Resolved, Source};
use super::start::Start;
use crate::backend::{Bounded, Carried, Carry, CarryAlong};
use crate::difference::line::Sizes;
use crate::difference::{Doubt, Notice, Remark, Scheme, Step, within_increments};
use crate::error::Result;
use crate::numeric::Real;
use crate::objective::SlopeRows;

/// Numbers of a piece of a batch: slopes, or coordinates.
const PIECE: usize = 1 << 18;

/// A component that is asked of direct differences.
struct Open<D> {
    point: usize,
    place: D,
    remark: Remark,
}

/// Steps up and down: 1, -1, or both.
fn sides(scheme: Scheme) -> &'static [f64] {
    match scheme {
        Scheme::Forward => &[1.0],
        Scheme::Backward => &[-1.0],
        Scheme::Central => &[1.0, -1.0],
    }
}

impl<T: Real> Pipeline<'_, T> {
    /// Gradients, `[batch, n]`.
    pub(super) fn gradient_at_step(
        &mut self,
        points: ArrayView2<'_, f64>,
        how: (Scheme, Step),
    ) -> Result<Rows> {
        self.at_step(&Request::gradient(points), how)
    }

    /// First derivatives along lines.
    pub(super) fn at_step<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        (scheme, step): (Scheme, Step),
    ) -> Result<Rows<D>> {
        self.check_shape(request.points)?;
        let (count, n) = request.points.dim();
        let Start { good, x, failures } = self.starts(request.points);
        let none = || Array::from_elem(request.shape.clone(), 0.0);
        let mut rows = Rows {
            step: Some(Array::from_elem(request.shape.clone(), f64::NAN)),
            base: Some(vec![f64::NAN; count]),
            failures,
            ..Rows::new(none(), 0)
        };
        let sides = sides(scheme);
        let terms = self.backend.capacity()?.terms;
        let width = sides.len() * request.lines.len() * if request.by_term { terms } else { 1 };
        let piece = (PIECE / width.max(n)).max(1);
        let vectors: Vec<Vec<f64>> = request
            .vectors
            .iter()
            .flat_map(|vectors| vectors.rows().into_iter().map(|row| row.to_vec()))
            .collect();
        let mut open = Vec::new();
        for (i, (points, x)) in good.chunks(piece).zip(x.chunks(piece * n)).enumerate() {
            // Along a vector of zeros there is no line, and any step does.
            let mut steps = vec![1.0; points.len() * request.lines.len()];
            for line in lines(request, points, x, &vectors, &Sizes::default()) {
                let h = line.steps(&x[line.point * n..][..n], step)[0];
                // Of a vector there is one line.
                let own = line.point * request.lines.len() + line.along.axis().unwrap_or(0);
                match within_increments(h, T::PRECISION) {
                    Ok(h) => steps[own] = h,
                    Err(error) => {
                        rows.failures[points[line.point]].get_or_insert(Box::new(error));
                    }
                }
            }
            let found = self.slopes_at(request, (points, x), &vectors, (&steps, sides))?;
            rows.evaluations += (points.len() * (1 + sides.len() * request.lines.len())) as u64;
            self.take_at(request, (points, x), (&found, &steps, sides), &mut rows, &mut open);
            self.tell(piece.min(good.len()) * (i + 1) * request.lines.len(), count * request.lines.len());
        }
        self.close(request, open, (scheme, step), &mut rows)?;
        Ok(rows)
    }

    /// `[point][line][side]`, by term `[point][term][line][side]`.
    fn slopes_at<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        (points, x): (&[usize], &[T]),
        vectors: &[Vec<f64>],
        (steps, sides): (&[f64], &[f64]),
    ) -> Result<Carried> {
        let n = request.points.ncols();
        let by_term = request.by_term;
        if request.vectors.is_none() {
            let axes: Vec<u32> = request.lines.iter().filter_map(|line| axis_of(line.0)).collect();
            let axes: Vec<u32> = axes.iter().flat_map(|&axis| sides.iter().map(move |_| axis)).collect();
            let steps: Vec<T> =
                steps.iter().flat_map(|&h| sides.iter().map(move |side| T::of(side * h))).collect();
            return self.slopes(&Carry {
                points: x,
                n,
                along: CarryAlong::Axes(&axes),
                by_term,
                steps: Some(&steps),
                bars: false,
                sample: 0,
                all: self.all(request.points.nrows()),
            });
        }
        let along: Vec<T> =
            points.iter().flat_map(|&point| vectors[point].iter().map(|&v| T::of(v))).collect();
        let exact = vec![T::ZERO; along.len()];
        let mut merged: Option<Carried> = None;
        for side in sides {
            let steps: Vec<T> = steps.iter().map(|h| T::of(side * h)).collect();
            let found = self.slopes(&Carry {
                points: x,
                n,
                along: CarryAlong::Vectors(&along, &exact),
                by_term,
                steps: Some(&steps),
                bars: false,
                sample: 0,
                all: self.all(request.points.nrows()),
            })?;
            merged = Some(match merged {
                None => found,
                Some(first) => Carried {
                    slopes: first.slopes.iter().zip(&found.slopes).flat_map(|(&a, &b)| [a, b]).collect(),
                    ..first
                },
            });
        }
        merged.map_or_else(
            || {
                self.slopes(&Carry {
                    points: x,
                    n,
                    along: CarryAlong::Vectors(&along, &exact),
                    by_term,
                    steps: None,
                    bars: false,
                    sample: 0,
                    all: self.all(request.points.nrows()),
                })
            },
            Ok,
        )
    }

    /// Puts quotients in their places, and those that are not to be had aside.
    fn take_at<D: RemoveAxis>(
        &self,
        request: &Request<'_, D>,
        (points, x): (&[usize], &[T]),
        (found, steps, sides): (&Carried, &[f64], &[f64]),
        rows: &mut Rows<D>,
        open: &mut Vec<Open<D>>,
    ) {
        let (n, count) = (request.points.ncols(), request.lines.len());
        let mut all = found.slopes.chunks_exact(sides.len());
        let terms = found.slopes.len() / (points.len() * count * sides.len()).max(1);
        let mean = self.objective.reduction().divisor(self.selected_terms());
        let divisor = if request.by_term { 1.0 } else { mean };
        for (k, &point) in points.iter().enumerate() {
            let here = &x[k * n..][..n];
            let value = T::of(found.values[k].value / mean + self.objective.constant()).to_f64();
            if let Some(base) = &mut rows.base {
                base[point] = value;
            }
            if !value.is_finite() {
                rows.failures[point] = Some(Box::new(self.explain(here, point, None)));
            }
            for term in 0..terms {
                for (line, &(through, across)) in request.lines.iter().enumerate() {
                    let Some(slopes) = all.next() else { return };
                    if !value.is_finite() {
                        continue;
                    }
                    let quotient =
                        slopes.iter().map(|slope| slope.value).sum::<f64>() / sides.len() as f64 / divisor;
                    let doubt = doubt(slopes, quotient);
                    let h = steps.get(k * count + line).copied().unwrap_or(0.0);
                    for place in (request.places)(point, through, across, term).into_iter().flatten() {
                        rows.values[place.clone()] = quotient;
                        if let Some(steps) = &mut rows.step {
                            steps[place.clone()] = h;
                        }
                        if let Some(doubt) = doubt {
                            let axis = axis_of(through).map(|axis| axis as usize);
                            let term = request.by_term.then_some(term);
                            let notice = Notice::InDoubt { doubt, direct: true };
                            open.push(Open {
                                point,
                                place,
                                remark: Remark { point, axis, across, term, notice },
                            });
                        }
                    }
                }
            }
        }
    }

    /// Takes what is open from direct differences at the same step.
    fn close<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        open: Vec<Open<D>>,
        (scheme, step): (Scheme, Step),
        rows: &mut Rows<D>,
    ) -> Result<()> {
        let mut points: Vec<usize> = open.iter().map(|open| open.point).collect();
        points.dedup();
        if points.is_empty() {
            return Ok(());
        }
        let resolved = Resolved { scheme, order: scheme.order(), step, source: Source::Evaluated };
        let progress = self.progress.take();
        let found = request.of(&points, request.lines.clone(), |some| self.by_lists(some, &resolved));
        self.progress = progress;
        let found = found?;
        rows.evaluations += found.evaluations;
        for (&point, error) in points.iter().zip(found.failures) {
            if let Some(error) = error {
                rows.failures[point] = Some(Box::new(error.at_point(point)));
            }
        }
        for Open { point, place, remark } in open {
            let mut local = place.clone();
            local[0] = points.partition_point(|&other| other < point);
            rows.values[place] = found.values[local];
            rows.remarks.push(remark);
        }
        Ok(())
    }
}

/// Why slopes do not give the quotient.
fn doubt(slopes: &[Bounded], quotient: f64) -> Option<Doubt> {
    let flags = slopes.iter().fold(0, |flags, slope| flags | slope.flags);
    match flags {
        flags if flags & (SlopeRows::<f64>::BRANCH | SlopeRows::<f64>::JUMP) != 0 => Some(Doubt::Turn),
        _ if !quotient.is_finite() => Some(Doubt::NotFinite),
        _ => None,
    }
}
