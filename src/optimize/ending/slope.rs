//! Gradients at the ends, and the curvature along them.

use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::norm;
use crate::difference::{Bars, Difference, OnFailure};
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::numeric::Precision;
use crate::optimize::limits::Limits;

/// What is known of f around the end of a point.
pub(in crate::optimize) struct Slope {
    /// `[n]`: the end.
    pub(in crate::optimize) point: Array1<f64>,
    /// `[n]`: the gradient; 0 along coordinates that a bound holds.
    pub(in crate::optimize) gradient: Array1<f64>,
    /// `[n]`: its error bars, if they are known.
    pub(in crate::optimize) bars: Option<Array1<f64>>,
    /// The largest component of the gradient, without sign.
    pub(in crate::optimize) norm: f64,
    /// `[n]`: whether no bound holds a coordinate.
    pub(in crate::optimize) free: Vec<bool>,
    /// What lengths are measured by: the point's largest coordinate, or how far it is from its start, of which no more than 1 counts.
    pub(in crate::optimize) scale: f64,
    /// The second derivative along the gradient (where that is 0, along all coordinates alike), and how far it may be off; `None`: not known.
    pub(in crate::optimize) curvature: Option<[f64; 2]>,
    /// Why there is no gradient.
    pub(in crate::optimize) failure: Option<String>,
}

impl Slope {
    /// How many coordinates are at a bound.
    pub(in crate::optimize) fn held(&self) -> usize {
        self.free.iter().filter(|is_free| !**is_free).count()
    }
}

/// At each point.
pub(in crate::optimize) fn of(
    evaluator: &mut Evaluator<'_>,
    points: &Array2<f64>,
    starts: &Array2<f64>,
    how: &Difference,
    limits: Option<&Limits>,
    precision: Precision,
) -> Result<Vec<Slope>> {
    let (mut gradients, bars, failures) = gradients(evaluator, points, how)?;
    let mut free = vec![vec![true; points.ncols()]; points.nrows()];
    if let Some(limits) = limits {
        for ((x, mut gradient), free) in points.rows().into_iter().zip(gradients.rows_mut()).zip(&mut free) {
            limits.hold(x, &mut gradient);
            *free = limits.inside(x);
        }
    }
    // A third of the digits down the slope: there gradients differ by two thirds of theirs.
    let by = precision.epsilon().cbrt();
    let mut probes = points.clone();
    let mut scales = Vec::new();
    for (i, mut probe) in probes.rows_mut().into_iter().enumerate() {
        let (x, start) = (points.row(i), starts.row(i));
        let far = x
            .iter()
            .zip(start)
            .fold(0.0, |most: f64, (x, start)| most.max(x.abs()).max((x - start).abs().min(1.0)));
        let scale = if far > 0.0 { far } else { 1.0 };
        scales.push(scale);
        let size = norm(&gradients.row(i).to_owned());
        if size > 0.0 && size.is_finite() {
            probe.zip_mut_with(&gradients.row(i), |x, g| *x = precision.round(*x - by * scale * (g / size)));
        } else {
            // Where nothing is steep, along all coordinates.
            probe.mapv_inplace(|x| precision.round(x - by * scale));
        }
    }
    let (there, ..) = self::gradients(evaluator, &probes, &how.with_bars(Bars::Off))?;
    let mut slopes = Vec::new();
    for (i, failure) in failures.into_iter().enumerate() {
        let gradient = gradients.row(i).to_owned();
        let bars = bars.as_ref().map(|bars| bars.row(i).to_owned());
        let way = &probes.row(i) - &points.row(i);
        let curvature = curvature(way.view(), gradients.row(i), there.row(i), bars.as_ref(), precision);
        let norm = norm(&gradient);
        let point = points.row(i).to_owned();
        let free = std::mem::take(&mut free[i]);
        slopes.push(Slope { free, point, gradient, bars, norm, scale: scales[i], curvature, failure });
    }
    Ok(slopes)
}

/// By two gradients, so far apart: the curvature, and how far it may be off.
pub(in crate::optimize) fn curvature(
    way: ArrayView1<'_, f64>,
    here: ArrayView1<'_, f64>,
    there: ArrayView1<'_, f64>,
    bars: Option<&Array1<f64>>,
    precision: Precision,
) -> Option<[f64; 2]> {
    let squares: f64 = way.iter().map(|d| d * d).sum();
    let mut curvature = 0.0;
    let mut error = 0.0;
    for j in 0..way.len() {
        curvature += way[j] * (there[j] - here[j]) / squares;
        let rounding = precision.epsilon() * here[j].abs().max(there[j].abs());
        error += way[j].abs() * 2.0 * bars.map_or(rounding, |bars| bars[j]) / squares;
    }
    Some([curvature, error]).filter(|found| found.iter().all(|found| found.is_finite()))
}

type Found = (Array2<f64>, Option<Array2<f64>>, Vec<Option<String>>);

/// Gradients, their bars, and why a point has none.
pub(in crate::optimize) fn gradients(
    evaluator: &mut Evaluator<'_>,
    points: &Array2<f64>,
    how: &Difference,
) -> Result<Found> {
    let found = evaluator.gradient(points.view(), &how.with_on_failure(OnFailure::Skip))?;
    let mut failures = vec![None; points.nrows()];
    for failure in found.failures {
        if failure.error.is_device() {
            return Err(failure.error);
        }
        failures[failure.point] = Some(failure.error.to_string());
    }
    let unknown = |axis: ArrayView1<'_, f64>| axis.iter().all(|bar| bar.is_nan());
    let bars = found.error.filter(|bars| !bars.axis_iter(Axis(0)).all(unknown));
    Ok((found.value, bars, failures))
}
