//! The course of a training as a picture: `curves.svg`.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::report::{EpochMetrics, LossRow};
use crate::data::write_file;
use crate::error::{Error, Result};

const SIZE: (u32, u32) = (960, 420);
/// Colours that the colour-blind can tell apart (Okabe and Ito).
const TRAIN: RGBColor = RGBColor(0, 114, 178);
const TEST: RGBColor = RGBColor(213, 94, 0);
const BATCH: RGBColor = RGBColor(150, 150, 150);

/// Draws the losses on the left and, for classes, the accuracies on the right, over the steps.
pub(super) fn curves(path: &Path, title: &str, losses: &[LossRow], epochs: &[EpochMetrics]) -> Result<()> {
    let mut svg = String::new();
    draw(&mut svg, title, losses, epochs)
        .map_err(|error| Error::data(path, format!("the curves cannot be drawn: {error}")))?;
    write_file(path, svg.as_bytes())
}

type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

fn draw(svg: &mut String, title: &str, losses: &[LossRow], epochs: &[EpochMetrics]) -> Drawn {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let area = area.titled(title, ("sans-serif", 20))?;
    let (left, right) = area.split_horizontally(SIZE.0 / 2);
    let of = |value: fn(&EpochMetrics) -> Option<f64>| -> Vec<(f64, f64)> {
        let points = epochs.iter().filter_map(|row| Some((row.step as f64, value(row)?)));
        points.filter(|(_, y)| y.is_finite()).collect()
    };
    let batches: Vec<(f64, f64)> = losses.iter().map(|row| (row.step as f64, row.loss)).collect();
    let lines = [
        ("minibatch", BATCH, batches),
        ("training", TRAIN, of(|row| Some(row.train_loss))),
        ("held out", TEST, of(|row| Some(row.test_loss))),
    ];
    let largest = lines.iter().flat_map(|(_, _, line)| line).fold(0.0, |most: f64, (_, y)| most.max(*y));
    panel(&left, "loss", 0.0..1.05 * largest.max(f64::MIN_POSITIVE), &lines)?;
    let (train, test) = (of(|row| row.train_accuracy), of(|row| row.test_accuracy));
    if !train.is_empty() {
        let lines = [("training", TRAIN, train), ("held out", TEST, test)];
        panel(&right, "accuracy", 0.0..1.0, &lines)?;
    }
    area.present()?;
    Ok(())
}

/// A name, a colour, and points (step, value).
type Line = (&'static str, RGBColor, Vec<(f64, f64)>);

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    what: &str,
    range: std::ops::Range<f64>,
    lines: &[Line],
) -> Drawn {
    let last = lines.iter().flat_map(|(_, _, line)| line).fold(1.0, |most: f64, (x, _)| most.max(*x));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(38)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..last, range)?;
    let step = |x: &f64| format!("{x:.0}");
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(6)
        .x_label_formatter(&step)
        .x_desc("steps")
        .y_desc(what)
        .label_style(("sans-serif", 13))
        .draw()?;
    for (name, colour, points) in lines {
        let width = if *name == "minibatch" { 1 } else { 2 };
        let style = colour.stroke_width(width);
        let series = chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        series.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        if width > 1 {
            let dots = points.iter().map(|point| Circle::new(*point, 2, colour.filled()));
            chart.draw_series(dots)?;
        }
    }
    let corner =
        if what == "loss" { SeriesLabelPosition::UpperRight } else { SeriesLabelPosition::LowerRight };
    chart
        .configure_series_labels()
        .position(corner)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 13))
        .draw()?;
    Ok(())
}
