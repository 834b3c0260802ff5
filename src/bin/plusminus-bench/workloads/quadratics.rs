//! W1 and W2: quadratics.

use ndarray::{Array1, Array2};
use plusminus::{Matrix, Quadratic};

use super::random::SplitMix64;
use super::{Task, Workload, matrix, normals};

pub(super) fn all() -> plusminus::Result<Vec<Workload>> {
    Ok(vec![
        dense(256, false)?,
        dense(1024, true)?,
        dense(4096, true)?,
        sum_of_squares(64, 4096, false)?,
        sum_of_squares(16, 65_536, true)?,
    ])
}

fn quadratic(
    (group, name): (&'static str, &str),
    quadratic: Quadratic,
    points: Array2<f64>,
    flops: f64,
    is_large: bool,
) -> Workload {
    let mut witness = Array2::zeros(points.dim());
    for (x, mut row) in points.rows().into_iter().zip(witness.rows_mut()) {
        row.assign(&quadratic.analytic_gradient(x));
    }
    let name = format!("{name} n = {}, {} points", points.ncols(), points.nrows());
    let (objective, witness, task) = (Box::new(quadratic), Some(witness), Task::Gradient);
    Workload { group, name, objective, points, flops, task, witness, is_large }
}

/// Points: normal numbers of seed 1.
fn sum_of_squares(n: usize, batch: usize, is_large: bool) -> plusminus::Result<Workload> {
    let points = matrix(normals(&mut SplitMix64::new(1), n * batch), batch, n)?;
    let flops = 2.0 * n as f64;
    Ok(quadratic(("W2", "sum of squares"), Quadratic::sum_of_squares(n)?, points, flops, is_large))
}

/// Normal numbers of seed 1: the n·n elements of A by rows, each divided by √n; those of b; those of the points.
fn dense(n: usize, is_large: bool) -> plusminus::Result<Workload> {
    let mut random = SplitMix64::new(1);
    let scale = (n as f64).sqrt();
    let a: Vec<f64> =
        normals(&mut random, n * n).into_iter().map(|a| f64::from((a / scale) as f32)).collect();
    let b = Array1::from(normals(&mut random, n));
    let points = matrix(normals(&mut random, n), 1, n)?;
    let objective = Quadratic::new(Matrix::Dense(matrix(a, n, n)?), b, 0.0)?;
    let flops = (2 * n * n + 4 * n) as f64;
    Ok(quadratic(("W1", "dense quadratic"), objective, points, flops, is_large))
}
