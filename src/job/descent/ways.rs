//! The ways of the points, in pictures and a table.

use super::record::ValueRow;
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::job::results::Table;
use crate::optimize::{Trace, TracePoint};
use crate::plot::{Curves, Landscape, Line, Panel, Picture, Scaling, paths, region_around};

/// The values of the points over the steps, and the norms of the gradients of those that were followed.
pub(super) fn curves(title: String, rows: &[ValueRow], ways: &[Vec<TracePoint>]) -> Picture {
    let line = |name: &str, is_faint, of: fn(&ValueRow) -> f64| Line {
        name: name.into(),
        is_faint,
        points: rows.iter().map(|row| (row.step as f64, of(row))).collect(),
    };
    let lines = if rows.iter().all(|row| row.points <= 1) {
        vec![line("", false, |row| row.least)]
    } else {
        vec![
            line("greatest", true, |row| row.greatest),
            line("least", false, |row| row.least),
            line("median", false, |row| row.median),
        ]
    };
    let norm = |way: &[TracePoint]| {
        way.iter().filter_map(|point| Some((point.step as f64, point.gradient_norm?))).collect::<Vec<_>>()
    };
    let norms = ways.iter().enumerate().map(|(i, way)| Line {
        name: if ways.len() > 1 { format!("point {i}") } else { String::new() },
        is_faint: false,
        points: norm(way),
    });
    let norms = Panel::with("steps", "norm of the gradient", Scaling::Log, norms.collect());
    Picture::Curves(Curves { title, panels: vec![Panel::of("steps", "f", lines), norms] })
}

/// The followed points in the plane.
pub(super) fn path_picture(title: String, trace: &Trace, evaluator: &mut Evaluator<'_>) -> Result<Picture> {
    let region = region_around(trace, (0, 1));
    let landscape = Landscape { axes: (0, 1), region, through: vec![0.0; 2] };
    let side = ((TERMS / evaluator.objective().terms().max(1)) as f64).sqrt() as usize;
    let mut plane = landscape.plane(title, String::new());
    if side >= COARSEST {
        let (grid, missing) = landscape.grid(evaluator, side.min(GRID), LEVELS)?;
        plane.grid = Some(grid);
        if missing > 0 {
            plane.subtitle = "where no contours are, f is not finite".into();
        }
    } else {
        plane.subtitle = "without contours, which would take long".into();
    }
    plane.paths = paths(trace, (0, 1), |point| format!("point {point}"));
    Ok(Picture::Plane(plane))
}

/// Points of a side of what contours are drawn from.
const GRID: usize = 121;

/// A coarser grid shows nothing.
const COARSEST: usize = 21;

/// Terms evaluated for contours, at most: about a second.
const TERMS: usize = 100_000_000;

/// Contours.
const LEVELS: usize = 24;

pub(super) fn trace_table(ways: &[Vec<TracePoint>]) -> Table {
    let row = |(point, at): (usize, &TracePoint)| {
        vec![Some(point as f64), Some(at.step as f64), at.value, at.gradient_norm]
    };
    let rows = ways.iter().enumerate().flat_map(|(point, way)| way.iter().map(move |at| row((point, at))));
    Table { name: "trace", columns: &["point", "step", "value", "gradient_norm"], rows: rows.collect() }
}
