//! Compares a gradient that somebody claims with differences.

use std::collections::HashSet;
use std::time::Instant;

use ndarray::ArrayView2;

use super::{AxisCheck, BARS, Check, ITS_OWN, Judged, PointCheck, Quotient, Tolerance, judge};
use crate::difference::adaptive::Sought;
use crate::difference::line::{Along, Line};
use crate::difference::perturb::OnVanished;
use crate::difference::rounds::ROUND;
use crate::difference::{Bars, Difference, Failure, Scheme};
use crate::error::{Error, Result};
use crate::evaluator::{Evaluator, Pipeline, Rows, Start, are_one, notice, with_core};
use crate::numeric::Real;

/// Steps that a slope is fitted to.
const FITTED: usize = 5;

/// Remainders at steps of up to so many times that of the numerical component are looked at.
const FAR: f64 = 4.0;

/// A bound wider than this part of a component leaves a kink that direct differences see to them.
const WIDE: f64 = 0.1;

/// A remainder counts where it is so many times the noise.
const CLEAR: f64 = 8.0;

impl Evaluator<'_> {
    /// Compares `claimed`, gradients of shape `[batch, n]`, with differences at `points`, component by component: at
    /// several steps, with error bars, kinks and the slope of Taylor's remainder.
    ///
    /// # Errors
    /// [`Error::Usage`] if the shapes differ, [`Error::NonFiniteClaim`] if a claimed component is not finite, and as
    /// [`gradient`](Self::gradient) if no point can be checked; see [`Check::failures`] if only some cannot.
    pub fn check(&mut self, points: ArrayView2<'_, f64>, claimed: ArrayView2<'_, f64>) -> Result<Check> {
        self.check_within(points, claimed, &Tolerance::default())
    }

    /// [`check`](Self::check) of gradients that may be off by a tolerance: of a gradient that is computed in f32, or with an
    /// inner solver.
    ///
    /// # Errors
    /// As [`check`](Self::check), and [`Error::Usage`] if the tolerance is negative or not finite.
    pub fn check_within(
        &mut self,
        points: ArrayView2<'_, f64>,
        claimed: ArrayView2<'_, f64>,
        tolerance: &Tolerance,
    ) -> Result<Check> {
        tolerance.check()?;
        if points.dim() != claimed.dim() {
            return Err(Error::usage(format!(
                "the claimed gradients have the shape {:?} and the points {:?}: they must be the same",
                claimed.dim(),
                points.dim()
            )));
        }
        if let Some(((point, axis), &value)) = claimed.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NonFiniteClaim { point, axis, value });
        }
        with_core!(self, pipeline => pipeline.check(points, claimed, tolerance))
    }
}

impl<T: Real> Pipeline<'_, T> {
    /// The gradients by increments, if they have bars.
    fn carried(&mut self, points: ArrayView2<'_, f64>) -> Result<Option<Rows>> {
        if self.has_slopes()? {
            return self.gradient_by_slopes(points, Bars::Certain, Scheme::Central).map(Some);
        }
        let difference = Difference::default();
        if !self.is_enclosed(&difference) {
            return Ok(None);
        }
        let resolved = self.resolve_gradient(&difference)?;
        if !resolved.is_incremental() {
            return Ok(None);
        }
        self.gradient_rows(points, &resolved, OnVanished::Freeze).map(Some)
    }

    fn check(
        &mut self,
        points: ArrayView2<'_, f64>,
        claimed: ArrayView2<'_, f64>,
        tolerance: &Tolerance,
    ) -> Result<Check> {
        let begin = Instant::now();
        self.check_shape(points)?;
        let n = points.ncols();
        let Start { good, x, failures: mut faults } = self.starts(points);
        let (mut checked, mut evaluations) = (Vec::new(), 0);
        let carried = self.carried(points)?;
        let remarked = carried.iter().flat_map(|rows| &rows.remarks);
        let in_doubt: HashSet<_> = remarked.map(|remark| (remark.point, remark.axis)).collect();
        evaluations += carried.as_ref().map_or(0, |rows| rows.evaluations);
        let at_once = self.batch(1, 2 * ROUND as usize * n + 1, false)?;
        for (at, x) in good.chunks(at_once).zip(x.chunks(at_once * n)) {
            let sizes = self.sizes.clone();
            let line = |point, x, axis| Line::new(point, x, (Along::Axis(axis), None), &sizes);
            let lines = (0..)
                .zip(x.chunks_exact(n))
                .flat_map(|(point, x)| (0..n).map(move |axis| (point, x, axis)))
                .map(|(point, x, axis)| line(point, x, axis));
            let mut sought: Vec<Sought<'_>> = lines.map(Sought::new).collect();
            let (values, made) = self.seek(x, &mut sought, Scheme::Central, false)?;
            evaluations += made;
            let points = sought.chunks(n).zip(x.chunks_exact(n)).zip(at.iter().zip(values));
            for ((sought, x), (&point, value)) in points {
                // From around the point, if f has no value there.
                let around = sought.iter().map(Sought::limit_around).collect::<Option<Vec<_>>>();
                let value = around.filter(|limits| are_one(limits)).map_or(value, |limits| limits[0].0);
                let without = sought.iter().find(|sought| sought.results[0].scheme.is_none());
                faults[point] = match without {
                    _ if !value.is_finite() => Some(Box::new(self.explain(x, point, None))),
                    Some(sought) => Some(Box::new(self.no_side(x, point, sought))),
                    None => None,
                };
                if faults[point].is_some() {
                    continue;
                }
                let claimed = claimed.row(point);
                let components = sought.iter().map(|sought| sought.results[0]);
                // What is not known is not large.
                let known = components.filter(|result| result.error <= result.value.abs());
                let largest = known.fold(0.0, |largest: f64, result| largest.max(result.value.abs()));
                let all = sought.iter().zip(claimed).zip(x).enumerate();
                let axes = all.map(|(axis, ((sought, &claimed), x))| {
                    let size = value.abs() / x.to_f64().abs().max(1.0);
                    let carried = carried.as_ref().and_then(|rows| Carried::of(rows, &in_doubt, point, axis));
                    let beside = Beside {
                        largest,
                        size,
                        coordinate: x.to_f64().abs(),
                        epsilon: T::PRECISION.epsilon(),
                        tolerance: *tolerance,
                    };
                    axis_check(axis, sought, claimed, &beside, carried)
                });
                let axes = axes.collect();
                let x = x.iter().map(|x| x.to_f64()).collect();
                checked.push(PointCheck::new(point, x, value + self.objective.constant(), axes));
            }
            self.tell(checked.len() * n, good.len() * n);
        }
        let faults = (0..).zip(faults).filter_map(|(point, fault)| Some(Failure { point, error: *fault? }));
        let mut failures: Vec<Failure> = faults.collect();
        if checked.is_empty() && !failures.is_empty() {
            return Err(failures.swap_remove(0).error);
        }
        Ok(Check { points: checked, failures, evaluations, seconds: begin.elapsed().as_secs_f64() })
    }
}

/// What increments say of a component.
#[derive(Clone, Copy)]
struct Carried {
    value: f64,
    error: f64,
    /// Whether they leave nothing in doubt: the error is a bound, and there is no kink.
    is_certain: bool,
}

impl Carried {
    fn of(
        rows: &Rows,
        in_doubt: &HashSet<(usize, Option<usize>)>,
        point: usize,
        axis: usize,
    ) -> Option<Self> {
        let error = rows.error.as_ref()?[[point, axis]];
        let is_there = rows.failures.get(point).is_none_or(Option::is_none);
        let is_certain = error.is_finite() && !in_doubt.contains(&(point, Some(axis)));
        is_there.then_some(Carried { value: rows.values[[point, axis]], error, is_certain })
    }
}

/// What a component is judged by beside itself.
struct Beside {
    /// The largest numerical component.
    largest: f64,
    /// |f| for a step of the size of the coordinate, and that size.
    size: f64,
    coordinate: f64,
    epsilon: f64,
    tolerance: Tolerance,
}

fn axis_check(
    axis: usize,
    sought: &Sought<'_>,
    claimed: f64,
    beside: &Beside,
    carried: Option<Carried>,
) -> AxisCheck {
    let &Beside { largest, size, coordinate, epsilon, tolerance } = beside;
    let result = &sought.results[0];
    let kink = result.kink.map(|(kink, error)| ([result.value - kink, result.value + kink], error));
    // Where increments are certain, direct differences only describe; else their bars are no narrower than those.
    let carried = carried.map(|carried| {
        let is_kink = kink.is_some() && carried.error > WIDE * carried.value.abs();
        Carried { is_certain: carried.is_certain && !is_kink, ..carried }
    });
    let (numerical, error, kink) = match carried {
        Some(carried) if carried.is_certain => (carried.value, carried.error, None),
        Some(carried) => (result.value, result.error.max(carried.error), kink),
        None => (result.value, result.error, kink),
    };
    let change = coordinate * sought.curvature(0);
    let verdict =
        judge(&Judged { claimed, numerical, error, kink, largest, size, change, epsilon, tolerance });
    let quotients = sought
        .differences(0)
        .filter_map(|(step, [up, down], [above, below])| {
            let quotient = match (above.is_finite(), below.is_finite()) {
                (true, true) => (above - below) / (up + down),
                (true, false) => above / up,
                _ => -below / down,
            };
            quotient.is_finite().then_some(Quotient { step, quotient })
        })
        .collect();
    let is_certain = carried.is_some_and(|carried| carried.is_certain);
    let notice = notice(sought, result, Scheme::Central).filter(|_| !is_certain);
    AxisCheck {
        axis,
        claimed,
        numerical,
        error,
        step: sought.step(result),
        verdict,
        kink: kink.map(|(sides, _)| sides),
        remainder_slope: remainder_slope(
            sought,
            claimed,
            &Doubt {
                noise: size * epsilon * result.times,
                slope: error + ITS_OWN * epsilon * claimed.abs(),
                largest_step: FAR * sought.step(result),
            },
        ),
        quotients,
        remarks: notice.iter().map(ToString::to_string).collect(),
    }
}

/// What keeps a remainder from being told.
struct Doubt {
    /// In the values of f.
    noise: f64,
    /// How far off the slope may be.
    slope: f64,
    /// Beyond, f may be another one.
    largest_step: f64,
}

/// The slope of log |f(x+h) - f(x) - h·claimed| over log h at the smallest steps where that is more than the noise in f, and
/// than what comes of the doubt in the slope.
fn remainder_slope(sought: &Sought<'_>, claimed: f64, doubt: &Doubt) -> Option<f64> {
    let mut clear: Vec<(f64, f64)> = sought
        .differences(0)
        .filter(|(step, _, _)| *step <= doubt.largest_step)
        .filter_map(|(_, [up, down], [above, below])| {
            let (h, remainder) =
                if above.is_finite() { (up, above - up * claimed) } else { (down, below + down * claimed) };
            (remainder.abs() > CLEAR * doubt.noise + BARS * h * doubt.slope)
                .then(|| (h.ln(), remainder.abs().ln()))
        })
        .collect();
    // Largest steps first.
    clear.drain(..clear.len().saturating_sub(FITTED));
    if clear.len() < 3 {
        return None;
    }
    let count = clear.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| clear.iter().map(of).sum::<f64>() / count;
    let (h, r) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = clear.iter().map(|p| (p.0 - h) * (p.1 - r)).sum();
    let variance: f64 = clear.iter().map(|p| (p.0 - h).powi(2)).sum();
    let slope = covariance / variance;
    slope.is_finite().then_some(slope)
}
