//! Compares a gradient that somebody claims with differences.

use std::time::Instant;

use ndarray::ArrayView2;

use super::Evaluator;
use super::auto::notice;
use super::direct::RunIn;
use super::lines::{Along, Line};
use crate::check::{AxisCheck, BARS, Check, ITS_OWN, Judged, PointCheck, Quotient, judge};
use crate::error::{Error, Result};
use crate::ladder::ROUND;
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;

/// Steps that a slope is fitted to.
const FITTED: usize = 5;

/// Remainders at steps of up to so many times that of the numerical component are looked at.
const FAR: f64 = 4.0;

/// A remainder counts where it is so many times the noise.
const CLEAR: f64 = 8.0;

impl Evaluator<'_> {
    /// Compares `claimed`, gradients of shape `[batch, n]`, with differences at `points`, component by component: at
    /// several steps, with error bars, kinks and the slope of Taylor's remainder.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and [`Error::Usage`] if the shapes differ or a claimed component is not finite.
    pub fn check(&mut self, points: ArrayView2<'_, f64>, claimed: ArrayView2<'_, f64>) -> Result<Check> {
        if points.dim() != claimed.dim() {
            return Err(Error::usage(format!(
                "the claimed gradients have the shape {:?} and the points {:?}: they must be the same",
                claimed.dim(),
                points.dim()
            )));
        }
        if let Some(((point, axis), value)) = claimed.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(Error::usage(format!(
                "component {axis} of the gradient claimed at point {point} is {value}: it must be finite"
            )));
        }
        match self.precision() {
            Precision::F64 => self.check_in::<f64>(points, claimed),
            Precision::F32 => self.check_in::<f32>(points, claimed),
        }
    }

    fn check_in<T: Real>(
        &mut self,
        points: ArrayView2<'_, f64>,
        claimed: ArrayView2<'_, f64>,
    ) -> Result<Check>
    where
        Self: RunIn<T>,
    {
        let begin = Instant::now();
        self.start_all::<T>(points)?;
        let (batch, n) = points.dim();
        let (mut checked, mut evaluations) = (Vec::new(), 0);
        let at_once = self.batch(1, 2 * ROUND as usize * n + 1, false);
        for first in (0..batch).step_by(at_once) {
            let last = (first + at_once).min(batch);
            let x: Vec<T> = (first..last).flat_map(|p| points.row(p).to_vec()).map(T::of).collect();
            let mut lines: Vec<Line<'_>> = x
                .chunks_exact(n)
                .enumerate()
                .flat_map(|(point, x)| (0..n).map(move |axis| Line::new(point, x, Along::Axis(axis), None)))
                .collect();
            let (values, made) = self.lines(&x, &mut lines, Scheme::Central, false)?;
            evaluations += made;
            for ((lines, x), (point, value)) in
                lines.chunks(n).zip(x.chunks_exact(n)).zip((first..last).zip(values))
            {
                if !value.is_finite() {
                    return Err(self.explain(x, point, None));
                }
                if let Some((axis, line)) =
                    lines.iter().enumerate().find(|(_, line)| line.results[0].scheme.is_none())
                {
                    return Err(self.no_side(x, point, axis, line));
                }
                let claimed = claimed.row(point);
                let largest = lines.iter().zip(claimed).fold(0.0, |largest: f64, (line, claimed)| {
                    largest.max(line.results[0].value.abs()).max(claimed.abs())
                });
                let axes = lines
                    .iter()
                    .zip(claimed)
                    .zip(x)
                    .enumerate()
                    .map(|(axis, ((line, &claimed), x))| {
                        let size = value.abs() / x.to_f64().abs().max(1.0);
                        axis_check(axis, line, claimed, largest, size, T::PRECISION.epsilon())
                    })
                    .collect();
                let x = x.iter().map(|x| x.to_f64()).collect();
                checked.push(PointCheck::new(x, value + self.objective.constant(), axes));
            }
            self.tell(last * n, batch * n, true);
        }
        Ok(Check { points: checked, evaluations, seconds: begin.elapsed().as_secs_f64() })
    }
}

fn axis_check(
    axis: usize,
    line: &Line<'_>,
    claimed: f64,
    largest: f64,
    size: f64,
    epsilon: f64,
) -> AxisCheck {
    let result = &line.results[0];
    let kink = result.jump.map(|(jump, error)| ([result.value - jump, result.value + jump], error));
    let (numerical, error) = (result.value, result.error);
    // At a minimum all components are 0, but slopes near by are not.
    let largest = largest.max(line.slope_nearby(0));
    let verdict = judge(&Judged { claimed, numerical, error, kink, largest, size, epsilon });
    let quotients = line
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
    let notice = notice(result, Scheme::Central, line.barred);
    AxisCheck {
        axis,
        claimed,
        numerical,
        error,
        step: line.step(result),
        verdict,
        kink: kink.map(|(sides, _)| sides),
        remainder_slope: remainder_slope(
            line,
            claimed,
            &Doubt {
                noise: size * epsilon * result.times,
                slope: error + ITS_OWN * epsilon * claimed.abs(),
                largest_step: FAR * line.step(result),
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
fn remainder_slope(line: &Line<'_>, claimed: f64, doubt: &Doubt) -> Option<f64> {
    let mut clear: Vec<(f64, f64)> = line
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
