//! What there is to see of an objective in a plane of two coordinates.

use ndarray::{Array2, Axis as Axis1};

use super::axis::{Axis, Scaling};
use super::contours::Grid;
use super::plane::{Arrow, Arrows, Path, Plane};
use crate::difference::{Bars, Difference, OnFailure};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::optimize::Trace;

/// A plane through a point: two coordinates vary, the others stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The coordinates that vary: to the right, and up.
    pub axes: (usize, usize),
    /// From where to where.
    pub region: [(f64, f64); 2],
    /// Where the others stay: all n coordinates.
    pub through: Vec<f64>,
}

/// Points of a side, at most: a picture has no more pixels.
const MOST: usize = 1000;

/// Contours of a picture, at most: more run together.
const MOST_LEVELS: usize = 60;

impl Landscape {
    /// # Errors
    /// [`Error::Usage`] if an axis is none of the point's, both are the same, or a side is empty.
    pub fn check(&self) -> Result<()> {
        let (n, (a, b)) = (self.through.len(), self.axes);
        if n < 2 {
            return Err(Error::usage(format!("a plane needs two coordinates, and the objective has {n}")));
        }
        if a == b || a >= n || b >= n {
            return Err(Error::usage(format!(
                "the axes {a} and {b}: give two different coordinates from 0 to {}",
                n.saturating_sub(1)
            )));
        }
        match self.region.iter().find(|(low, high)| !(low < high && (high - low).is_finite())) {
            Some((low, high)) => Err(Error::usage(format!(
                "the region from {low:e} to {high:e}: the second number must be greater, and both not too large"
            ))),
            None => Ok(()),
        }
    }

    /// The plane without anything in it.
    pub fn plane(&self, title: String, subtitle: String) -> Plane {
        let axis = |axis: usize, (low, high): (f64, f64)| Axis {
            name: format!("x{axis}"),
            range: low..high,
            scaling: Scaling::Linear,
        };
        let (x, y) = (axis(self.axes.0, self.region[0]), axis(self.axes.1, self.region[1]));
        Plane { title, subtitle, x, y, grid: None, arrows: None, paths: Vec::new() }
    }

    /// `side`² points of the plane, by rows from below.
    fn points(&self, side: usize, inset: f64) -> Array2<f64> {
        let place = |(low, high): (f64, f64), k: usize| {
            let part = (k as f64 + inset) / ((side - 1) as f64 + 2.0 * inset);
            low + part * (high - low)
        };
        let mut points = Array2::zeros((side * side, self.through.len()));
        for (i, mut point) in points.rows_mut().into_iter().enumerate() {
            point.iter_mut().zip(&self.through).for_each(|(x, at)| *x = *at);
            point[self.axes.0] = place(self.region[0], i % side);
            point[self.axes.1] = place(self.region[1], i / side);
        }
        points
    }

    fn check_side(side: usize) -> Result<()> {
        if (2..=MOST).contains(&side) {
            return Ok(());
        }
        Err(Error::usage(format!("a grid of {side} points a side: it needs from 2 to {MOST}")))
    }

    /// f on a grid of `side` by `side` points from end to end, and at how many it is not finite.
    ///
    /// # Errors
    /// As [`Evaluator::values`], but for points at which f is not finite.
    pub fn grid(&self, evaluator: &mut Evaluator<'_>, side: usize, levels: usize) -> Result<(Grid, usize)> {
        self.check()?;
        Landscape::check_side(side)?;
        if !(2..=MOST_LEVELS).contains(&levels) {
            return Err(Error::usage(format!("{levels} levels: contours need from 2 to {MOST_LEVELS}")));
        }
        let rows = evaluator.value_rows(self.points(side, 0.0).view())?;
        let mut values = rows.values.remove_axis(Axis1(1));
        for (value, failure) in values.iter_mut().zip(rows.failures) {
            match failure {
                Some(failure) if failure.is_of_a_point() => *value = f64::NAN,
                Some(failure) => return Err(*failure),
                None => {}
            }
        }
        let missing = values.iter().filter(|value| !value.is_finite()).count();
        let values =
            values.into_shape_with_order((side, side)).map_err(|error| Error::usage(error.to_string()))?;
        Ok((Grid { what: "f".into(), values, levels }, missing))
    }

    /// The gradient, or its opposite, within the plane at `side` by `side` points, and at how many there is none.
    ///
    /// # Errors
    /// As [`Evaluator::gradient`], but for points at which there is none.
    pub fn arrows(
        &self,
        evaluator: &mut Evaluator<'_>,
        difference: &Difference,
        side: usize,
        downhill: bool,
    ) -> Result<(Arrows, usize)> {
        self.check()?;
        Landscape::check_side(side)?;
        // Half a cell from the border, so that arrows have room.
        let points = self.points(side, 0.5);
        let difference = difference.with_bars(Bars::Off).with_on_failure(OnFailure::Skip);
        let gradient = evaluator.gradient(points.view(), &difference)?;
        let (a, b) = self.axes;
        let sign = if downhill { -1.0 } else { 1.0 };
        let all: Vec<Arrow> = points
            .rows()
            .into_iter()
            .zip(gradient.value.rows())
            .filter(|(_, g)| g[a].is_finite() && g[b].is_finite())
            .map(|(x, g)| Arrow { at: (x[a], x[b]), along: (sign * g[a], sign * g[b]) })
            .collect();
        let missing = points.nrows() - all.len();
        let mut sizes: Vec<f64> = all.iter().map(Arrow::size).filter(|size| *size > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        // Where most are far shorter than the longest, they would be dots.
        let are_alike = sizes.last().is_some_and(|longest| *longest > 6.0 * sizes[sizes.len() / 2]);
        let spacing = self.region.map(|(low, high)| (high - low) / side as f64);
        Ok((Arrows { what: "|∇f|".into(), all, are_alike, spacing: (spacing[0], spacing[1]) }, missing))
    }
}

/// The ways of points, in two of their coordinates.
pub fn paths(trace: &Trace, axes: (usize, usize), name: impl Fn(usize) -> String) -> Vec<Path> {
    let path = |point: usize| Path {
        name: if trace.points() > 1 { name(point) } else { String::new() },
        points: trace.path(point).map(|at| (at[axes.0], at[axes.1])).collect(),
    };
    (0..trace.points()).map(path).collect()
}

/// A square around all ways, with some room. What runs away does not count: where a way leaves a box of twenty times the starts' it is
/// cut.
pub fn region_around(trace: &Trace, axes: (usize, usize)) -> [(f64, f64); 2] {
    let ways = || (0..trace.points()).flat_map(|point| trace.path(point));
    let starts = || (0..trace.points()).filter_map(|point| trace.path(point).next());
    let size = starts().flat_map(|at| [at[axes.0].abs(), at[axes.1].abs()]).fold(1.0, f64::max);
    let ends = |axis: usize| {
        let near = ways().map(|at| at[axis]).filter(|x| x.abs() <= 20.0 * size);
        near.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let sides = [ends(axes.0), ends(axes.1)];
    // As wide as high, so that circles are round.
    let half = sides.iter().map(|(low, high)| 0.5 * (high - low)).fold(0.0, f64::max);
    let half = if half > 0.0 { 1.25 * half } else { 0.5 * size };
    sides.map(|(low, high)| {
        let middle = 0.5 * (low + high);
        (middle - half, middle + half)
    })
}
