//! Derivatives by slopes that the terms carry along; what these leave in doubt, `settle` asks direct differences about.

use std::ops::Range;

use ndarray::{Array, ArrayView2, RemoveAxis};

use super::Pipeline;
use super::pipeline::Rows;
use super::request::{Request, Through};
use super::samples::{self, Wide};
use super::start::Start;
use crate::backend::{Bounded, Carried, Carry, CarryAlong, Trapped};
use crate::difference::{Bars, Doubt, Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::objective::SlopeRows;

/// Numbers of a piece of a batch: slopes, or coordinates.
const PIECE: usize = 1 << 18;

/// Of the value, in units of its rounding: what direct differences cannot get below, since their steps are at most an eighth
/// of the coordinate's size.
const DIRECT_NOISE: f64 = 8.0;

/// A component that direct differences are asked about.
pub(super) struct Doubtful<D> {
    pub(super) point: usize,
    pub(super) through: Through,
    pub(super) across: Option<usize>,
    pub(super) term: usize,
    pub(super) place: D,
    pub(super) doubt: Doubt,
    /// Whether a value is at a corner: the bound takes both slopes in, and quotients to both sides may cancel.
    pub(super) at_corner: bool,
    /// A bound of its error that is certain, unless the doubt is of the formula itself.
    pub(super) certain: f64,
}

impl<'a, T: Real> Pipeline<'a, T> {
    /// Whether terms carry slopes here.
    pub(crate) fn has_slopes(&mut self) -> Result<bool> {
        Ok(self.backend.slopes()?.is_some())
    }

    /// Gradients, `[batch, n]`.
    pub(crate) fn gradient_by_slopes(
        &mut self,
        points: ArrayView2<'_, f64>,
        bars: Bars,
        scheme: Scheme,
    ) -> Result<Rows> {
        self.by_slopes(&Request::gradient(points), bars, scheme)
    }

    /// First derivatives along lines, and second ones.
    pub(super) fn by_slopes<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        bars: Bars,
        scheme: Scheme,
    ) -> Result<Rows<D>> {
        let (mut rows, doubtful) = self.unsettled(request, bars)?;
        self.settle(request, doubtful, scheme, &mut rows)?;
        Ok(rows)
    }

    /// The same with what is left in doubt, point by point.
    pub(super) fn unsettled<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        bars: Bars,
    ) -> Result<(Rows<D>, Vec<Doubtful<D>>)> {
        self.check_shape(request.points)?;
        let (sampled, bars) = (bars.may_be_statistical(), bars != Bars::Off);
        let (count, n) = request.points.dim();
        let Start { good, x, failures } = self.starts(request.points);
        let none = || Array::from_elem(request.shape.clone(), 0.0);
        let mut rows = Rows {
            error: bars.then(none),
            step: Some(Array::from_elem(request.shape.clone(), f64::NAN)),
            base: Some(vec![f64::NAN; count]),
            failures,
            ..Rows::new(none(), 0)
        };
        let terms = self.backend.capacity()?.terms;
        let width = request.lines.len() * if request.by_term { terms } else { 1 };
        let piece = (PIECE / width.max(n)).max(1);
        let first = || request.lines.iter().filter_map(|line| axis_of(line.0));
        let across: Vec<u32> = request.lines.iter().filter_map(|line| Some(line.1? as u32)).collect();
        let axes: Vec<u32> = first().collect();
        let planes: Vec<[u32; 2]> = first().zip(&across).map(|(i, &j)| [i, j]).collect();
        let vectors = request.vectors.as_ref().map(|vectors| Vectors::<T>::new(*vectors, &good));
        let mut doubtful = Vec::new();
        for (i, (points, x)) in good.chunks(piece).zip(x.chunks(piece * n)).enumerate() {
            let along = match &vectors {
                Some(vectors) => {
                    let own = i * piece * n..i * piece * n + x.len();
                    let (rounded, errors) = (&vectors.rounded[own.clone()], &vectors.errors[own]);
                    if across.is_empty() {
                        CarryAlong::Vectors(rounded, errors)
                    } else {
                        CarryAlong::Across(&across, rounded, errors)
                    }
                }
                None if across.is_empty() => CarryAlong::Axes(&axes),
                None => CarryAlong::Planes(&planes),
            };
            let all = self.all(count);
            let carry =
                Carry { points: x, n, along, by_term: request.by_term, steps: None, bars, sample: 0, all };
            let found = self.slopes(&carry)?;
            rows.evaluations += (points.len() * (1 + request.lines.len())) as u64;
            let mut wide = Vec::new();
            self.take(request, points, x, &found, &mut rows, (&mut doubtful, &mut wide));
            if sampled {
                rows.evaluations += self.sample(&carry, &mut wide)?;
            }
            wide.iter().for_each(|next| next.take(request, &mut rows, &mut doubtful));
            self.tell(piece.min(good.len()) * (i + 1) * request.lines.len(), count * request.lines.len());
        }
        // Those of a point together.
        doubtful.sort_by_key(|next| next.point);
        Ok((rows, doubtful))
    }

    pub(super) fn slopes(&mut self, carry: &Carry<'_, T>) -> Result<Carried> {
        loop {
            let Some(slopes) = self.backend.slopes()? else {
                return Err(Error::unsupported(format!("`{}` carries no slopes", self.objective.name())));
            };
            let found = slopes.answers(carry)?;
            if found.trapped == Some(Trapped::Turns) && self.backend.suppose_most_turns() {
                // The estimate of a term's turns, by which invocations were given terms, was too low.
                continue;
            }
            return match found.trapped {
                None => Ok(found),
                trapped => self.failure(trapped, carry.points).map_or(Ok(found), Err),
            };
        }
    }

    /// Puts what was found in its places, and what is in doubt aside.
    fn take<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        points: &[usize],
        x: &[T],
        found: &Carried,
        rows: &mut Rows<D>,
        (doubtful, wide): (&mut Vec<Doubtful<D>>, &mut Vec<Wide>),
    ) {
        let n = request.points.ncols();
        let lines = request.lines.len();
        let width = found.slopes.len() / points.len().max(1);
        let terms = width / lines.max(1);
        let all = self.backend.capacity().map_or(1, |capacity| capacity.terms);
        let mean = self.objective.reduction().divisor(all);
        let divisor = if request.by_term { 1.0 } else { mean };
        let epsilon = T::PRECISION.epsilon();
        let rule = Step::default_for_slopes(T::PRECISION);
        for (k, &point) in points.iter().enumerate() {
            let here = &x[k * n..][..n];
            let value = T::of(found.values[k].value / mean + self.objective.constant()).to_f64();
            if !value.is_finite() {
                if request.by_term {
                    rows.failures[point] = Some(Box::new(self.explain(here, point, None)));
                } else {
                    // It may have derivatives from around the point.
                    ask_around(request, point, doubtful, rows);
                }
                continue;
            }
            if let Some(base) = &mut rows.base {
                base[point] = value;
            }
            let slopes = &found.slopes[k * width..][..width];
            if take_plain::<T, D>(request, point, here, (slopes, divisor), rows) {
                continue;
            }
            let noise = DIRECT_NOISE * epsilon * value.abs();
            for term in 0..terms {
                for (line, &(through, across)) in request.lines.iter().enumerate() {
                    let slope = &slopes[term * lines + line];
                    let quotient = slope.value / divisor;
                    let bar = bar(slope, quotient, divisor, epsilon);
                    let has_bars = rows.error.is_some();
                    let doubt = doubt(slope, quotient, bar, has_bars);
                    let is_wide = has_bars && samples::is_wide::<T>(bar, quotient);
                    let step = axis_of(through).map_or(0.0, |axis| here[axis as usize].to_f64());
                    let step = rule.at(step);
                    for place in (request.places)(point, through, across, term).into_iter().flatten() {
                        if let Some(steps) = &mut rows.step {
                            steps[place.clone()] = step;
                        }
                        rows.values[place.clone()] = quotient;
                        if let Some(error) = &mut rows.error {
                            error[place.clone()] = bar;
                        }
                        if let Some(doubt) = doubt {
                            doubtful.push(Doubtful {
                                point,
                                through,
                                across,
                                term,
                                place,
                                doubt,
                                at_corner: slope.flags & SlopeRows::<T>::CORNER != 0,
                                certain: bar,
                            });
                        }
                    }
                    if doubt.is_none() && is_wide {
                        let size = |axis: u32| self.sizes.of(axis as usize, here[axis as usize].to_f64());
                        let noise = noise / axis_of(through).map_or(1.0, size);
                        let at_corner = slope.flags & SlopeRows::<T>::CORNER != 0;
                        wide.push(Wide {
                            index: k,
                            point,
                            line,
                            term,
                            divisor,
                            noise,
                            at_corner,
                            certain: bar,
                            bar,
                            quotient,
                        });
                    }
                }
            }
        }
    }
}

/// Takes what was found at a point as it is, where results lie in order and nothing about any of them is worth a second look: as a
/// rule.
fn take_plain<T: Real, D: RemoveAxis>(
    request: &Request<'_, D>,
    point: usize,
    here: &[T],
    (slopes, divisor): (&[Bounded], f64),
    rows: &mut Rows<D>,
) -> bool {
    let has_bars = rows.error.is_some();
    let own = point * slopes.len()..(point + 1) * slopes.len();
    let (true, Some(values)) = (request.in_order, slice(&mut rows.values, &own)) else { return false };
    let epsilon = T::PRECISION.epsilon();
    let mut errors = rows.error.as_mut().and_then(|error| slice(error, &own));
    for (i, (value, slope)) in values.iter_mut().zip(slopes).enumerate() {
        let quotient = slope.value / divisor;
        let bar = bar(slope, quotient, divisor, epsilon);
        if doubt(slope, quotient, bar, has_bars).is_some() || has_bars && samples::is_wide::<T>(bar, quotient)
        {
            return false;
        }
        *value = quotient;
        if let Some(errors) = &mut errors {
            errors[i] = bar;
        }
    }
    if let Some(steps) = rows.step.as_mut().and_then(|step| slice(step, &own)) {
        let rule = Step::default_for_slopes(T::PRECISION);
        let lines = request
            .lines
            .iter()
            .map(|&(through, _)| rule.at(axis_of(through).map_or(0.0, |axis| here[axis as usize].to_f64())));
        steps.iter_mut().zip(lines.cycle()).for_each(|(to, step)| *to = step);
    }
    true
}

/// Numbers that lie one after the other.
fn slice<'a, D: RemoveAxis>(all: &'a mut Array<f64, D>, own: &Range<usize>) -> Option<&'a mut [f64]> {
    all.as_slice_mut()?.get_mut(own.clone())
}

/// Leaves all of a point to direct differences.
fn ask_around<D: RemoveAxis>(
    request: &Request<'_, D>,
    point: usize,
    doubtful: &mut Vec<Doubtful<D>>,
    rows: &mut Rows<D>,
) {
    for &(through, across) in &request.lines {
        for place in (request.places)(point, through, across, 0).into_iter().flatten() {
            rows.values[place.clone()] = f64::NAN;
            let doubt = Doubt::Missing;
            doubtful.push(Doubtful {
                point,
                through,
                across,
                term: 0,
                place,
                doubt,
                at_corner: false,
                certain: f64::INFINITY,
            });
        }
    }
}

/// The bar of a quotient; infinite where nothing is known.
fn bar(slope: &Bounded, quotient: f64, divisor: f64, epsilon: f64) -> f64 {
    let division = if divisor == 1.0 { 0.0 } else { f64::EPSILON * quotient.abs() };
    // Bounds are computed in the working precision, rounded here and there.
    let bar = slope.bound / divisor * (1.0 + 64.0 * epsilon) + division;
    if bar.is_finite() && quotient.is_finite() { bar } else { f64::INFINITY }
}

fn doubt(slope: &Bounded, quotient: f64, bar: f64, bars: bool) -> Option<Doubt> {
    if !quotient.is_finite() {
        return Some(Doubt::Unknown);
    }
    if !bars {
        return None;
    }
    match slope.flags {
        flags if flags & SlopeRows::<f64>::JUMP != 0 => Some(Doubt::Jump),
        flags if flags & SlopeRows::<f64>::BRANCH != 0 => Some(Doubt::Branch),
        _ if bar.is_infinite() => Some(Doubt::Unknown),
        _ => None,
    }
}

pub(super) fn axis_of(through: Through) -> Option<u32> {
    match through {
        Through::Axis(axis) => Some(axis as u32),
        Through::Vector => None,
    }
}

/// Directions of the points that are there, rounded, and how far off that is.
struct Vectors<T> {
    rounded: Vec<T>,
    errors: Vec<T>,
}

impl<T: Real> Vectors<T> {
    fn new(vectors: ArrayView2<'_, f64>, good: &[usize]) -> Self {
        let all: Vec<f64> = good.iter().flat_map(|&point| vectors.row(point).to_vec()).collect();
        let rounded = all.iter().map(|&v| T::of(v)).collect();
        // Rounded up, to be a bound.
        let error = |&v: &f64| T::of((v - T::of(v).to_f64()).abs() * (1.0 + 1e-6));
        Vectors { rounded, errors: all.iter().map(error).collect() }
    }
}
