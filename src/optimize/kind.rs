//! What kind of point it is where a gradient is 0, by the eigenvalues of the Hessian.

use std::fmt;

use nalgebra::{DMatrix, Dyn, SymmetricEigen};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::gain::brief;

/// A stationary point, by the curvatures there: the eigenvalues of the Hessian. In more than 32 coordinates, those that Lanczos's method finds
/// in 30 products with vectors, of which the least and the greatest are near the ends of the spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StationaryPoint {
    /// What kind it is.
    pub kind: PointKind,
    /// The least curvature.
    pub least: f64,
    /// The greatest curvature.
    pub greatest: f64,
    /// How far a curvature may be off: those that are smaller count as 0.
    pub error: f64,
    /// How many curvatures are positive.
    pub positive: usize,
    /// How many are 0 within their error.
    pub zero: usize,
    /// How many are negative.
    pub negative: usize,
    /// The direction of the least, of length 1, if that is negative: f falls along it, both ways.
    pub direction: Option<Vec<f64>>,
}

/// The kinds of stationary points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum PointKind {
    /// All curvatures are positive.
    Minimum,
    /// All curvatures are negative.
    Maximum,
    /// Some curvatures are positive and some are negative.
    Saddle,
    /// Some curvatures are 0, and none that are not have another sign than the others: second derivatives do not tell.
    Degenerate,
}

/// What a Hessian says of a point with a small gradient.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// What kind of stationary point is near, if that is known.
    pub(super) point: Option<StationaryPoint>,
    /// How far away it is, in the largest coordinate, by Newton's step; infinite where f is sloped along a direction without curvature.
    pub(super) left: f64,
    /// By how much f falls on the way there.
    pub(super) fall: f64,
}

impl Shape {
    /// Of a Hessian `[n, n]` with its error bars, and of a gradient with its own.
    pub(super) fn of(
        hessian: ArrayView2<'_, f64>,
        bars: Option<ArrayView2<'_, f64>>,
        gradient: &[f64],
        gradient_bars: Option<&[f64]>,
    ) -> Option<Self> {
        let (point, found) = StationaryPoint::of(hessian, bars)?;
        let n = gradient.len();
        let (mut way, mut fall) = (vec![0.0; n], 0.0);
        for (k, &curvature) in found.eigenvalues.iter().enumerate() {
            let direction = found.eigenvectors.column(k);
            let (mut slope, mut bar) = (0.0, 0.0);
            for j in 0..n {
                slope += direction[j] * gradient[j];
                bar += direction[j].abs() * gradient_bars.map_or(0.0, |bars| bars[j]);
                bar += 8.0 * f64::EPSILON * (direction[j] * gradient[j]).abs();
            }
            if curvature.abs() <= point.error {
                // The slope along it leads who knows where, unless there is none.
                if slope.abs() > bar {
                    return Some(Shape { point: Some(point), left: f64::INFINITY, fall: f64::INFINITY });
                }
                continue;
            }
            fall += slope * slope / (2.0 * curvature.abs());
            way.iter_mut().zip(direction.iter()).for_each(|(way, v)| *way -= v * slope / curvature);
        }
        let left = way.iter().fold(0.0, |most: f64, way| most.max(way.abs()));
        Some(Shape { point: Some(point), left, fall })
    }
}

type Spectrum = SymmetricEigen<f64, Dyn>;

impl StationaryPoint {
    /// Of a Hessian `[n, n]` and the error bars of its entries; `None` where either is not finite.
    ///
    /// An eigenvalue is off by no more than the norm of the bars (Weyl, 1912), and by roundings of the largest.
    pub(super) fn of(
        hessian: ArrayView2<'_, f64>,
        bars: Option<ArrayView2<'_, f64>>,
    ) -> Option<(Self, Spectrum)> {
        let n = hessian.nrows();
        let bar = bars.map_or(0.0, |bars| bars.iter().map(|bar| bar * bar).sum::<f64>().sqrt());
        if n == 0 || !bar.is_finite() || hessian.iter().any(|h| !h.is_finite()) {
            return None;
        }
        let matrix = DMatrix::from_fn(n, n, |i, j| f64::midpoint(hessian[[i, j]], hessian[[j, i]]));
        let found = SymmetricEigen::try_new(matrix, f64::EPSILON, 1000)?;
        let values = &found.eigenvalues;
        let size = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let error = bar + n as f64 * f64::EPSILON * size;
        let positive = values.iter().filter(|&&value| value > error).count();
        let negative = values.iter().filter(|&&value| value < -error).count();
        let (at, least) = values.argmin();
        let direction = (negative > 0).then(|| {
            let column = found.eigenvectors.column(at);
            // Of the two, the one whose largest component is positive.
            let sign = column[column.iamax()].signum();
            column.iter().map(|v| sign * v).collect()
        });
        let kind = match (positive, negative) {
            (all, 0) if all == n => PointKind::Minimum,
            (0, all) if all == n => PointKind::Maximum,
            (1.., 1..) => PointKind::Saddle,
            _ => PointKind::Degenerate,
        };
        let zero = n - positive - negative;
        let greatest = values.max();
        let point = StationaryPoint { kind, least, greatest, error, positive, zero, negative, direction };
        Some((point, found))
    }
}

impl fmt::Display for StationaryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, greatest) = (brief(self.least), brief(self.greatest));
        match self.kind {
            PointKind::Minimum => write!(f, "a minimum: curvatures from {least} to {greatest}")?,
            PointKind::Maximum => write!(f, "a maximum: curvatures from {least} to {greatest}")?,
            PointKind::Saddle => write!(f, "a saddle point: curvatures from {least} to {greatest}")?,
            PointKind::Degenerate => {
                let all = self.zero + self.positive + self.negative;
                write!(
                    f,
                    "a point of no certain kind: of {all} curvatures {} are 0 within {}",
                    self.zero,
                    brief(self.error)
                )?;
                match (self.positive, self.negative) {
                    (0, 0) => {}
                    (_, 0) => write!(f, ", the others positive")?,
                    _ => write!(f, ", the others negative")?,
                }
            }
        }
        let Some(direction) = &self.direction else { return Ok(()) };
        let list: Vec<String> = direction.iter().take(4).map(|&v| brief(v)).collect();
        let more = if direction.len() > 4 { ", …" } else { "" };
        write!(f, "; f falls along ±({}{more})", list.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn kind(hessian: &Array2<f64>, bars: Option<&Array2<f64>>) -> StationaryPoint {
        StationaryPoint::of(hessian.view(), bars.map(|bars| bars.view())).unwrap().0
    }

    #[test]
    fn signs_of_curvatures_tell_the_kind() {
        for (a, b, want) in [
            (1.0, 2.0, PointKind::Minimum),
            (-1.0, -2.0, PointKind::Maximum),
            (1.0, -2.0, PointKind::Saddle),
            (1.0, 0.0, PointKind::Degenerate),
            (-1.0, 0.0, PointKind::Degenerate),
            (0.0, 0.0, PointKind::Degenerate),
        ] {
            // Turned by an angle, so that it is not diagonal.
            let (s, c) = 0.7f64.sin_cos();
            let h =
                array![[a * c * c + b * s * s, (a - b) * s * c], [(a - b) * s * c, a * s * s + b * c * c]];
            let found = kind(&h, None);
            assert_eq!(found.kind, want, "{a}, {b}: {found}");
            assert!((found.least - a.min(b)).abs() < 1e-14 && (found.greatest - a.max(b)).abs() < 1e-14);
            if let Some(direction) = &found.direction {
                let falls = [if a < b { c } else { -s }, if a < b { s } else { c }];
                let along: f64 = direction.iter().zip(falls).map(|(u, v)| u * v).sum();
                assert!((along.abs() - 1.0).abs() < 1e-14, "{direction:?}");
            }
        }
    }

    #[test]
    fn the_way_left_is_newtons() {
        let h = array![[2.0, 0.0], [0.0, 2e-9]];
        let way =
            |gradient: [f64; 2], h: &Array2<f64>| Shape::of(h.view(), None, &gradient, None).unwrap().left;
        // A stiff coordinate that is there does not hide a soft one that is not.
        assert!((way([2e-9, 2e-9], &h) - 1.0).abs() < 1e-12);
        assert!((way([2e-9, 2e-15], &h) - 1e-6).abs() < 1e-15);
        // Along a direction without curvature a slope leads anywhere.
        let flat = array![[2.0, 0.0], [0.0, 0.0]];
        assert!(way([2e-9, 1e-9], &flat).is_infinite() && (way([2e-9, 0.0], &flat) - 1e-9).abs() < 1e-18);
    }

    #[test]
    fn bars_decide_which_curvatures_are_zero() {
        let (h, bars) = (array![[1.0, 0.0], [0.0, -1e-3]], array![[1e-4, 1e-4], [1e-4, 1e-4]]);
        assert_eq!(kind(&h, Some(&bars)).kind, PointKind::Saddle);
        assert_eq!(kind(&h, Some(&(&bars * 10.0))).kind, PointKind::Degenerate);
        assert!(StationaryPoint::of(h.view(), Some((&bars * f64::INFINITY).view())).is_none());
    }
}
