//! The course of a training as a picture: `curves.svg`.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::descent::ValueRow;
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

/// Draws the least, median and greatest value of the points over the steps.
pub(super) fn values(path: &Path, title: &str, rows: &[ValueRow]) -> Result<()> {
    let mut svg = String::new();
    draw_values(&mut svg, title, rows)
        .map_err(|error| Error::data(path, format!("the curves cannot be drawn: {error}")))?;
    write_file(path, svg.as_bytes())
}

fn draw_values(svg: &mut String, title: &str, rows: &[ValueRow]) -> Drawn {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    // Longer ones would run out of the picture.
    let short: String = title.chars().take(100).collect();
    let area = area.titled(&short, ("sans-serif", 18))?;
    // Values that fall by powers of ten need a scale of such.
    let least = rows.iter().map(|row| row.least).fold(f64::INFINITY, f64::min);
    let greatest = rows.iter().map(|row| row.greatest).fold(f64::NEG_INFINITY, f64::max);
    let is_log = least > 0.0 && greatest / least > 100.0;
    let of = |value: fn(&ValueRow) -> f64| -> Vec<(f64, f64)> {
        let scaled = |y: f64| if is_log { y.log10() } else { y };
        rows.iter().map(|row| (row.step as f64, scaled(value(row)))).collect()
    };
    let alone = rows.iter().all(|row| row.points <= 1);
    let lines: &[Line] = &if alone {
        vec![("value", TRAIN, of(|row| row.least))]
    } else {
        vec![
            ("greatest", BATCH, of(|row| row.greatest)),
            ("median", TEST, of(|row| row.median)),
            ("least", TRAIN, of(|row| row.least)),
        ]
    };
    let all = || lines.iter().flat_map(|(_, _, line)| line.iter().map(|(_, y)| *y));
    let (least, greatest) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let margin = (0.05 * (greatest - least)).max(1e-3 * greatest.abs()).max(f64::MIN_POSITIVE);
    let range = if least.is_finite() { least - margin..greatest + margin } else { 0.0..1.0 };
    panel(&area, "value", is_log, range, lines)?;
    area.present()?;
    Ok(())
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
    panel(&left, "loss", false, 0.0..1.05 * largest.max(f64::MIN_POSITIVE), &lines)?;
    let (train, test) = (of(|row| row.train_accuracy), of(|row| row.test_accuracy));
    if !train.is_empty() {
        let lines = [("training", TRAIN, train), ("held out", TEST, test)];
        panel(&right, "accuracy", false, 0.0..1.0, &lines)?;
    }
    area.present()?;
    Ok(())
}

/// A name, a colour, and points (step, value).
type Line = (&'static str, RGBColor, Vec<(f64, f64)>);

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    what: &str,
    is_log: bool,
    range: std::ops::Range<f64>,
    lines: &[Line],
) -> Drawn {
    let last = lines.iter().flat_map(|(_, _, line)| line).fold(1.0, |most: f64, (x, _)| most.max(*x));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(38)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..last, range)?;
    let step = |x: &f64| format!("{x:.0}");
    let value = |y: &f64| match y.fract() {
        _ if !is_log && (1e-3..1e6).contains(&y.abs()) => format!("{}", (y * 1e6).round() / 1e6),
        _ if !is_log => format!("{y:.1e}").replace("0.0e0", "0"),
        0.0 => format!("1e{y}"),
        _ => format!("{:.1e}", 10f64.powf(*y)),
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(6)
        .x_label_formatter(&step)
        .y_label_formatter(&value)
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
        if what != "accuracy" { SeriesLabelPosition::UpperRight } else { SeriesLabelPosition::LowerRight };
    chart
        .configure_series_labels()
        .position(corner)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 13))
        .draw()?;
    Ok(())
}
