//! Points with error bars, and a curve.

use plotters::prelude::*;

use super::axis::{Axis, Scaling};
use super::chart::{Key, Mark, axes, legend, titled, words};
use super::theme::Pen;
use super::{Area, Drawn};

/// Measured points and a model.
#[derive(Clone, Debug)]
pub struct Scatter {
    /// Above all.
    pub title: String,
    /// What the horizontal axis shows.
    pub x: String,
    /// What the vertical axis shows.
    pub y: String,
    /// (x, y, standard deviation of y if it is known)
    pub measured: Vec<(f64, f64, Option<f64>)>,
    /// The model along x.
    pub curve: Vec<(f64, f64)>,
    /// The model at the measured points, where it has no curve.
    pub by_row: Vec<(f64, f64)>,
}

impl Scatter {
    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, pen: &Pen) -> Drawn<()> {
        let (blue, red) = (pen.colour(0), pen.colour(1));
        let mut keys = vec![Key { name: "data".into(), mark: Mark::Circle(blue) }];
        if !self.curve.is_empty() {
            keys.push(Key { name: "model".into(), mark: Mark::Line(red, None) });
        } else if !self.by_row.is_empty() {
            keys.push(Key { name: "model".into(), mark: Mark::Cross(red) });
        }
        let below = titled(area, &self.title, "", pen)?;
        let below = legend(&below, keys, 80, pen)?;
        let ends =
            self.measured.iter().flat_map(|&(_, y, bar)| [y - bar.unwrap_or(0.0), y + bar.unwrap_or(0.0)]);
        let models = self.curve.iter().chain(&self.by_row);
        let y =
            Axis::around(self.y.clone(), ends.chain(models.clone().map(|point| point.1)), Scaling::Linear);
        let places = self.measured.iter().map(|point| point.0).chain(models.map(|point| point.0));
        let x = Axis::around(self.x.clone(), places, Scaling::Linear);
        let mut chart = axes(&below, &x, &y, pen)?;
        let bars = self.measured.iter().filter_map(|&(x, y, bar)| {
            let bar = bar.filter(|bar| bar.is_finite())?;
            let stroke = blue.mix(0.7).stroke_width(pen.px(1));
            Some(ErrorBar::new_vertical(x, y - bar, y, y + bar, stroke, pen.px(6)))
        });
        chart.draw_series(bars).map_err(words)?;
        let points = self.measured.iter().map(|&(x, y, _)| Circle::new((x, y), pen.at(4), blue.filled()));
        chart.draw_series(points).map_err(words)?;
        let stroke = red.stroke_width(pen.px(2));
        chart.draw_series(LineSeries::new(self.curve.iter().copied(), stroke)).map_err(words)?;
        let crosses = self.by_row.iter().map(|point| Cross::new(*point, pen.at(4), stroke));
        chart.draw_series(crosses).map_err(words)?;
        Ok(())
    }
}
