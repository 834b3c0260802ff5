//! A plane of two coordinates: contours of a function, arrows of its gradient, paths of descents.

use plotters::prelude::*;

use super::axis::{Axis, Scaling};
use super::chart::{Chart, Key, Mark, axes, clipped, colour_bar, draw_line, legend, titled, words};
use super::contours::{Grid, Levels};
use super::theme::Pen;
use super::{Area, Drawn};

/// A plane of two coordinates.
#[derive(Clone, Debug)]
pub struct Plane {
    /// Above all.
    pub title: String,
    /// Below the title.
    pub subtitle: String,
    /// The horizontal coordinate.
    pub x: Axis,
    /// The vertical coordinate.
    pub y: Axis,
    /// Values of a function, drawn as contours.
    pub grid: Option<Grid>,
    /// Arrows, such as gradients.
    pub arrows: Option<Arrows>,
    /// Paths, such as descents.
    pub paths: Vec<Path>,
}

/// Arrows.
#[derive(Clone, Debug)]
pub struct Arrows {
    /// What their lengths are, such as `|∇f|`.
    pub what: String,
    /// Where, and along what.
    pub all: Vec<Arrow>,
    /// Whether all are as long, so that their colours alone say how large they are.
    pub are_alike: bool,
    /// Places from one arrow to the next, along both axes.
    pub spacing: (f64, f64),
}

/// An arrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Where it begins.
    pub at: (f64, f64),
    /// In the units of the axes.
    pub along: (f64, f64),
}

/// The path of a point.
#[derive(Clone, Debug)]
pub struct Path {
    /// In the legend.
    pub name: String,
    /// From its start to its end.
    pub points: Vec<(f64, f64)>,
}

/// Paths that are named.
const NAMED: usize = 12;

impl Plane {
    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, pen: &Pen) -> Drawn<()> {
        let below = titled(area, &self.title, &self.subtitle, pen)?;
        let mut keys: Vec<Key> = self
            .paths
            .iter()
            .enumerate()
            .take(NAMED)
            .filter(|(_, path)| !path.name.is_empty())
            .map(|(i, path)| Key { name: path.name.clone(), mark: Mark::Line(pen.colour(i), pen.dashes(i)) })
            .collect();
        if !self.paths.is_empty() {
            keys.push(Key { name: "start".into(), mark: Mark::Ring(pen.ink()) });
            keys.push(Key { name: "end".into(), mark: Mark::Cross(pen.ink()) });
        }
        let below = legend(&below, keys, 60, pen)?;
        let (width, _) = below.dim_in_pixel();
        let (left, right) = below.split_horizontally(width as i32 - pen.at(118));
        let levels = self.grid.as_ref().map(Grid::levels).transpose()?;
        let sizes = self.arrows.as_ref().map(Arrows::axis);
        let bar = match (&levels, &sizes) {
            (Some(levels), _) => Some(&levels.axis),
            (None, sizes) => sizes.as_ref(),
        };
        if let Some(axis) = bar {
            colour_bar(&right, axis, |part| pen.shade(part), pen)?;
        }
        let mut chart = axes(&left, &self.x, &self.y, pen)?;
        if let (Some(grid), Some(levels)) = (&self.grid, &levels) {
            self.draw_contours(&mut chart, grid, levels, pen)?;
        }
        if let (Some(arrows), Some(sizes)) = (&self.arrows, &sizes) {
            // Beside contours they have one colour: there is one bar.
            let colour = |part: f64| if levels.is_some() { pen.ink() } else { pen.shade(part) };
            self.draw_arrows(&chart, arrows, sizes, colour, pen)?;
        }
        self.draw_paths(&mut chart, pen)
    }

    fn draw_contours<B: DrawingBackend>(
        &self,
        chart: &mut Chart<'_, B>,
        grid: &Grid,
        levels: &Levels,
        pen: &Pen,
    ) -> Drawn<()> {
        let drawn = levels.axis.drawn();
        for (level, line) in grid.lines(&self.x, &self.y, &levels.at)? {
            let place = levels.axis.place(level - levels.shift).unwrap_or(drawn.start);
            let colour = pen.shade((place - drawn.start) / (drawn.end - drawn.start));
            draw_line(chart, line, colour.stroke_width(pen.px(1)), None, pen)?;
        }
        Ok(())
    }

    fn draw_arrows<B: DrawingBackend>(
        &self,
        chart: &Chart<'_, B>,
        arrows: &Arrows,
        sizes: &Axis,
        colour: impl Fn(f64) -> RGBColor,
        pen: &Pen,
    ) -> Drawn<()> {
        let area = chart.plotting_area().strip_coord_spec();
        let (left, top) = area.get_base_pixel();
        let place = |point: (f64, f64)| {
            let (x, y) = chart.plotting_area().map_coordinate(&point);
            (f64::from(x - left), f64::from(y - top))
        };
        let (x, y) = (self.x.drawn(), self.y.drawn());
        let (width, height) = area.dim_in_pixel();
        let unit = (f64::from(width) / (x.end - x.start), f64::from(height) / (y.end - y.start));
        let cell = (arrows.spacing.0 * unit.0).min(arrows.spacing.1 * unit.1);
        let largest = arrows.all.iter().map(Arrow::size).fold(0.0, f64::max);
        let drawn = sizes.drawn();
        for arrow in &arrows.all {
            let size = arrow.size();
            let (from_x, from_y) = place(arrow.at);
            let part =
                sizes.place(size).map_or(0.0, |place| (place - drawn.start) / (drawn.end - drawn.start));
            let colour = colour(part);
            let toward = (arrow.along.0 * unit.0, -arrow.along.1 * unit.1);
            let long = toward.0.hypot(toward.1);
            if !(long > 0.0 && long.is_finite()) {
                let dot = Circle::new((from_x as i32, from_y as i32), pen.at(2), colour.filled());
                area.draw(&dot).map_err(words)?;
                continue;
            }
            let length = 0.95 * cell * if arrows.are_alike { 0.8 } else { size / largest };
            let along = (toward.0 / long, toward.1 / long);
            // The head is a third, and not larger than is pretty.
            let head = (0.38 * length).min(f64::from(pen.at(9)));
            let tip = (from_x + length * along.0, from_y + length * along.1);
            let neck = (tip.0 - head * along.0, tip.1 - head * along.1);
            let side = (-0.42 * head * along.1, 0.42 * head * along.0);
            let pixel = |(x, y): (f64, f64)| (x.round() as i32, y.round() as i32);
            let stroke = colour.stroke_width(pen.px(1));
            area.draw(&PathElement::new([pixel((from_x, from_y)), pixel(neck)], stroke)).map_err(words)?;
            let corners = [
                pixel(tip),
                pixel((neck.0 + side.0, neck.1 + side.1)),
                pixel((neck.0 - side.0, neck.1 - side.1)),
            ];
            area.draw(&Polygon::new(corners, colour.filled())).map_err(words)?;
        }
        Ok(())
    }

    fn draw_paths<B: DrawingBackend>(&self, chart: &mut Chart<'_, B>, pen: &Pen) -> Drawn<()> {
        let (x, y) = (self.x.drawn(), self.y.drawn());
        for (i, path) in self.paths.iter().enumerate() {
            let colour = pen.colour(i);
            let points: Vec<(f64, f64)> =
                path.points.iter().copied().filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
            let stroke = colour.stroke_width(pen.px(2));
            for piece in clipped(&points, &x, &y) {
                draw_line(chart, piece, stroke, pen.dashes(i), pen)?;
            }
            if points.len() <= 60 {
                let inside = points.iter().filter(|point| x.contains(&point.0) && y.contains(&point.1));
                let marks = inside.map(|point| Circle::new(*point, pen.at(2), colour.filled()));
                chart.draw_series(marks).map_err(words)?;
            }
            let is_shown = |&(a, b): &(f64, f64)| x.contains(&a) && y.contains(&b);
            let ends = [(points.first(), true), (points.last(), false)];
            for (point, is_start) in
                ends.into_iter().filter_map(|(point, is)| Some((*point.filter(|p| is_shown(p))?, is)))
            {
                if is_start {
                    chart.draw_series([Circle::new(point, pen.at(5), stroke)]).map_err(words)?;
                } else {
                    chart.draw_series([Cross::new(point, pen.at(5), stroke)]).map_err(words)?;
                }
            }
        }
        Ok(())
    }
}

impl Arrow {
    /// Its length, in the units of the axes.
    pub fn size(&self) -> f64 {
        self.along.0.hypot(self.along.1)
    }
}

impl Arrows {
    /// The sizes: by their logarithms, if they span more than two powers of ten.
    fn axis(&self) -> Axis {
        let sizes = || self.all.iter().map(Arrow::size).filter(|size| *size > 0.0 && size.is_finite());
        let (low, high) =
            sizes().fold((f64::INFINITY, 0.0f64), |(low, high), size| (low.min(size), high.max(size)));
        let is_log = self.are_alike && high > 100.0 * low;
        let scaling = if is_log { Scaling::Log } else { Scaling::Linear };
        let mut axis = Axis::around(self.what.clone(), sizes(), scaling);
        if low < high {
            axis.range = if is_log { low..high } else { 0.0..high };
        }
        axis
    }
}
