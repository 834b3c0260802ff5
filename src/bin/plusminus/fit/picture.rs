//! Data and model as a picture.

use std::path::Path;

use ndarray::{Array1, Array2};
use plotters::prelude::*;
use plusminus::{CurveModel, DataSet, Error, WgslObjective};

use crate::failure::Failure;

const SIZE: (u32, u32) = (960, 600);

/// Places at which the model is drawn.
const PLACES: usize = 400;

/// Evaluates components at a point.
pub type Evaluate<'e> = dyn FnMut(WgslObjective, &Array1<f64>) -> Result<Array1<f64>, Failure> + 'e;

/// Writes it, whole or not at all: over the only column that the model reads, with the model as a curve; of a model of several columns over the
/// rows, with the model as points.
pub fn write(
    path: &Path,
    model: &CurveModel,
    data: &DataSet,
    point: &Array1<f64>,
    evaluate: &mut Evaluate<'_>,
) -> Result<(), Failure> {
    let fitted = evaluate(model.curve(data)?, point)?;
    let y = evaluate(model.target(data)?, point)?;
    let columns = model.columns(data);
    let (what, x, curve) = match columns[..] {
        [column] => {
            let x = evaluate(model.column(column, data)?, point)?;
            let (low, high) = ends(x.iter().copied());
            let places = Array1::linspace(low, high, PLACES);
            let grid = Array2::from_shape_fn((PLACES, 1), |(k, _)| places[k]);
            let grid = DataSet::new().with_columns(&[column], grid.view())?;
            let along = evaluate(model.curve(&grid)?, point)?;
            (column.to_string(), x, places.into_iter().zip(along).collect())
        }
        _ => ("row".to_string(), (0..y.len()).map(|k| k as f64).collect(), Vec::new()),
    };
    let measured: Vec<(f64, f64)> = x.iter().copied().zip(y).collect();
    let by_row: Vec<(f64, f64)> =
        if curve.is_empty() { x.iter().copied().zip(fitted).collect() } else { Vec::new() };
    let svg = draw(&what, model.y(), &measured, &curve, &by_row)
        .map_err(|error| Failure::Work(Error::Usage { message: format!("the picture failed: {error}") }))?;
    plusminus::data::save_text(path, &svg)?;
    Ok(())
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// A range with room on both sides.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = ends(values.filter(|x| x.is_finite()));
    let margin = (0.05 * (high - low)).max(1e-9 * high.abs().max(low.abs())).max(f64::MIN_POSITIVE);
    if low <= high { low - margin..high + margin } else { 0.0..1.0 }
}

fn draw(
    what: &str,
    y: &str,
    measured: &[(f64, f64)],
    curve: &[(f64, f64)],
    by_row: &[(f64, f64)],
) -> Result<String, Box<dyn std::error::Error>> {
    // Colours that the colour-blind can tell apart (Okabe and Ito).
    let (blue, red) = (RGBColor(0, 114, 178), RGBColor(213, 94, 0));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let all = || measured.iter().chain(curve).chain(by_row);
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .margin_right(28)
            .x_label_area_size(44)
            .y_label_area_size(70)
            .build_cartesian_2d(range(all().map(|p| p.0)), range(all().map(|p| p.1)))?;
        let label = |value: &f64| match value.abs() {
            0.0 => "0".to_string(),
            size if (1e-3..1e5).contains(&size) => format!("{}", (value * 1e6).round() / 1e6),
            _ => format!("{value:.1e}"),
        };
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(8)
            .x_label_formatter(&label)
            .y_label_formatter(&label)
            .x_desc(what)
            .y_desc(y)
            .label_style(("sans-serif", 14))
            .draw()?;
        let points = chart.draw_series(measured.iter().map(|point| Circle::new(*point, 4, blue.filled())))?;
        points.label("data").legend(move |(x, y)| Circle::new((x + 9, y), 4, blue.filled()));
        if !curve.is_empty() {
            let line = chart.draw_series(LineSeries::new(curve.iter().copied(), red.stroke_width(2)))?;
            line.label("model")
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], red.stroke_width(2)));
        }
        if !by_row.is_empty() {
            let points =
                chart.draw_series(by_row.iter().map(|point| Cross::new(*point, 4, red.stroke_width(2))))?;
            points.label("model").legend(move |(x, y)| Cross::new((x + 9, y), 4, red.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .label_font(("sans-serif", 14))
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}
