//! Data and model as a picture.

use std::path::Path;

use ndarray::{Array1, Array2};
use plusminus::plot::{Look, Picture, Scatter};
use plusminus::{CurveModel, DataSet, WgslObjective};

use crate::failure::Failure;

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
    let sigma = match model.standard_deviation(data)? {
        Some(sigma) => evaluate(sigma, point)?.into_iter().map(Some).collect(),
        None => vec![None; x.len()],
    };
    let by_row = if curve.is_empty() { x.iter().copied().zip(fitted).collect() } else { Vec::new() };
    let measured = x.iter().zip(&y).zip(sigma).map(|((&x, &y), sigma)| (x, y, sigma)).collect();
    let title = model.to_string();
    let picture = Picture::Scatter(Scatter { title, x: what, y: model.y().into(), measured, curve, by_row });
    Ok(picture.save(path, Look::default())?)
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}
