//! Lines over steps.

use plotters::prelude::*;

use super::axis::{Axis, Scaling};
use super::chart::{Key, Mark, axes, clipped, draw_line, legend, titled, words};
use super::theme::Pen;
use super::{Area, Drawn};

/// Panels side by side, each with its lines.
#[derive(Clone, Debug)]
pub struct Curves {
    /// Above all.
    pub title: String,
    /// From left to right.
    pub panels: Vec<Panel>,
}

/// Lines over the same axes.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// In the legend.
    pub name: String,
    /// Whether it stands behind the others, such as what is noisy.
    pub is_faint: bool,
    /// (x, y)
    pub points: Vec<(f64, f64)>,
}

impl Panel {
    /// A panel whose axes hold all lines; with logarithms if no value is below 0 and those above span more than two powers of ten
    /// (zeros are left out then).
    pub fn of(x: &str, y: &str, lines: Vec<Line>) -> Self {
        let values =
            || lines.iter().flat_map(|line| &line.points).map(|point| point.1).filter(|y| y.is_finite());
        let has_negative = values().any(|y| y < 0.0);
        let above = values().filter(|y| *y > 0.0);
        let (low, high) = above.fold((f64::INFINITY, 0.0f64), |(low, high), y| (low.min(y), high.max(y)));
        let scaling = if !has_negative && high / 100.0 > low { Scaling::Log } else { Scaling::Linear };
        Panel::with(x, y, scaling, lines)
    }

    /// A panel whose axes hold all lines.
    pub fn with(x: &str, y: &str, scaling: Scaling, lines: Vec<Line>) -> Self {
        let points = || lines.iter().flat_map(|line| &line.points);
        let last = points().map(|point| point.0).fold(0.0, f64::max);
        let range = 0.0..if last > 0.0 { last } else { 1.0 };
        let x = Axis { name: x.into(), range, scaling: Scaling::Linear };
        let y = Axis::around(y, points().map(|point| point.1), scaling);
        Panel { x, y, lines }
    }
}

/// Points of a line above which it is thinned.
const MOST: usize = 1500;

/// Points that are marked, if there are not more.
const MARKED: usize = 40;

/// Of a line of many points the least and the greatest of each of so many parts, so that no peak is lost; a line of few stays as it is.
pub fn thinned(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most {
        return points.to_vec();
    }
    let each = points.len().div_ceil((most / 2).max(1));
    let mut thin = Vec::with_capacity(most + 2);
    for part in points.chunks(each) {
        let by = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let (Some(low), Some(high)) = (part.iter().min_by(by), part.iter().max_by(by)) else { continue };
        let (first, second) = if low.0 <= high.0 { (low, high) } else { (high, low) };
        thin.push(*first);
        if second != first {
            thin.push(*second);
        }
    }
    if let Some(last) = points.last().filter(|last| thin.last() != Some(last)) {
        thin.push(*last);
    }
    thin
}

impl Curves {
    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, pen: &Pen) -> Drawn<()> {
        let below = titled(area, &self.title, "", pen)?;
        for (part, panel) in below.split_evenly((1, self.panels.len().max(1))).iter().zip(&self.panels) {
            panel.draw(part, pen)?;
        }
        Ok(())
    }
}

impl Panel {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, pen: &Pen) -> Drawn<()> {
        // Faint lines have no number of their own.
        let mut number = 0;
        let looks: Vec<(RGBColor, Option<(i32, i32)>)> = self
            .lines
            .iter()
            .map(|line| {
                if line.is_faint {
                    return (pen.faint(), None);
                }
                number += 1;
                (pen.colour(number - 1), pen.dashes(number - 1))
            })
            .collect();
        let keys: Vec<Key> = self
            .lines
            .iter()
            .zip(&looks)
            .filter(|(line, _)| !line.name.is_empty())
            .map(|(line, (colour, dashes))| Key {
                name: line.name.clone(),
                mark: Mark::Line(*colour, *dashes),
            })
            .collect();
        let below = legend(area, keys, 60, pen)?;
        let mut chart = axes(&below, &self.x, &self.y, pen)?;
        for (line, (colour, dashes)) in self.lines.iter().zip(looks) {
            let thin = thinned(&line.points, MOST);
            let width = if line.is_faint { 1 } else { 2 };
            let stroke = colour.stroke_width(pen.px(width));
            // A value that is not there makes a gap.
            let placed: Vec<Option<(f64, f64)>> =
                thin.iter().map(|(x, y)| Some((self.x.place(*x)?, self.y.place(*y)?))).collect();
            let (columns, rows) = (self.x.drawn(), self.y.drawn());
            for piece in placed.split(Option::is_none).filter(|piece| !piece.is_empty()) {
                let points: Vec<(f64, f64)> = piece.iter().copied().flatten().collect();
                for points in clipped(&points, &columns, &rows) {
                    draw_line(&mut chart, points, stroke, dashes, pen)?;
                }
            }
            if !line.is_faint && line.points.len() <= MARKED {
                let marks = placed
                    .iter()
                    .flatten()
                    .filter(|(_, y)| (rows.start..=rows.end).contains(y))
                    .map(|point| Circle::new(*point, pen.at(2), colour.filled()));
                chart.draw_series(marks).map_err(words)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_lines_keep_their_peaks_and_ends() {
        let mut points: Vec<(f64, f64)> = (0..300_000).map(|i| (f64::from(i), 1.0)).collect();
        points[123_456].1 = 50.0;
        points[200_001].1 = -7.0;
        let thin = thinned(&points, 1500);
        assert!(thin.len() <= 1502, "{}", thin.len());
        assert!(thin.contains(&(123_456.0, 50.0)) && thin.contains(&(200_001.0, -7.0)));
        assert_eq!((thin.first(), thin.last()), (points.first(), points.last()));
        assert!(thin.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(thinned(&points[..10], 1500), points[..10]);
    }
}
