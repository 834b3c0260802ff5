//! What is measured: seeded objectives and points that another program can rebuild.

use ndarray::{Array1, Array2};
use plusminus::{
    Activation, Architecture, Loss, Matrix, Network, Objective, Quadratic, Samples, Targets, WgslObjective,
};

#[path = "../../numeric/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;

use random::SplitMix64;

/// One objective with the points at which its gradient is taken.
pub struct Case {
    pub name: String,
    pub objective: Box<dyn Objective>,
    /// `[batch, n]`
    pub points: Array2<f64>,
    /// Floating-point operations of one evaluation: two a multiplication with addition, activations not counted.
    pub flops: f64,
    /// `[batch, n]`, in f64.
    pub analytic: Array2<f64>,
}

/// All cases, smallest first. `quick` leaves out the large ones.
pub fn all(quick: bool) -> plusminus::Result<Vec<Case>> {
    let mut cases = vec![
        sum_of_squares(64, 4096)?,
        sum_of_squares(1000, 1)?,
        dense(64, 1)?,
        dense(256, 1)?,
        network(&[64, 32, 10], 32)?,
        rosenbrock(10, 1)?,
        rosenbrock(10, 1024)?,
        exponentials(8, 256)?,
    ];
    if !quick {
        cases.extend([
            sum_of_squares(16, 65_536)?,
            dense(1024, 1)?,
            network(&[64, 32, 10], 1438)?,
            network(&[784, 50, 10], 100)?,
            network(&[784, 50, 100, 10], 100)?,
            dense(4096, 1)?,
        ]);
    }
    Ok(cases)
}

/// Rounded to f32, so that every precision works on the same numbers.
fn normals(random: &mut SplitMix64, count: usize) -> Vec<f64> {
    (0..count).map(|_| f64::from(random.normal() as f32)).collect()
}

fn matrix(values: Vec<f64>, rows: usize, columns: usize) -> plusminus::Result<Array2<f64>> {
    Array2::from_shape_vec((rows, columns), values)
        .map_err(|error| plusminus::Error::Usage { message: error.to_string() })
}

fn quadratic(name: &str, quadratic: Quadratic, points: Array2<f64>, flops: f64) -> Case {
    let mut analytic = Array2::zeros(points.dim());
    for (x, mut row) in points.rows().into_iter().zip(analytic.rows_mut()) {
        row.assign(&quadratic.analytic_gradient(x));
    }
    let name = format!("{name} n = {}, {} points", points.ncols(), points.nrows());
    Case { name, objective: Box::new(quadratic), points, flops, analytic }
}

/// Points: normal numbers of seed 1.
fn sum_of_squares(n: usize, batch: usize) -> plusminus::Result<Case> {
    let points = matrix(normals(&mut SplitMix64::new(1), n * batch), batch, n)?;
    Ok(quadratic("sum of squares", Quadratic::sum_of_squares(n)?, points, 4.0 * n as f64))
}

/// Normal numbers of seed 1: the n·n elements of A by rows, each divided by √n; those of b; those of the points.
fn dense(n: usize, batch: usize) -> plusminus::Result<Case> {
    let mut random = SplitMix64::new(1);
    let scale = (n as f64).sqrt();
    let a: Vec<f64> =
        normals(&mut random, n * n).into_iter().map(|a| f64::from((a / scale) as f32)).collect();
    let b = Array1::from(normals(&mut random, n));
    let points = matrix(normals(&mut random, n * batch), batch, n)?;
    let objective = Quadratic::new(Matrix::Dense(matrix(a, n, n)?), b, 0.0)?;
    Ok(quadratic("dense quadratic", objective, points, (2 * n * n + 4 * n) as f64))
}

/// Rosenbrock's function as a user writes it. Points: normal numbers of seed 1.
fn rosenbrock(n: usize, batch: usize) -> plusminus::Result<Case> {
    let points = matrix(normals(&mut SplitMix64::new(1), n * batch), batch, n)?;
    let mut analytic = Array2::zeros(points.dim());
    for (x, mut row) in points.rows().into_iter().zip(analytic.rows_mut()) {
        for i in 0..n - 1 {
            let b = x[i + 1] - x[i] * x[i];
            row[i] += -400.0 * x[i] * b - 2.0 * (1.0 - x[i]);
            row[i + 1] += 200.0 * b;
        }
    }
    let text = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)";
    expression("Rosenbrock, an expression,", text, points, analytic, 7.0 * (n - 1) as f64)
}

/// Functions that cost more than arithmetic. Points: normal numbers of seed 1.
fn exponentials(n: usize, batch: usize) -> plusminus::Result<Case> {
    let points = matrix(normals(&mut SplitMix64::new(1), n * batch), batch, n)?;
    let analytic = points.mapv(|x| -2.0 * x * (-x * x).exp() + x.cos());
    expression("exp and sin, an expression,", "sum(exp(-x^2) + sin(x))", points, analytic, 4.0 * n as f64)
}

fn expression(
    name: &str,
    text: &str,
    points: Array2<f64>,
    analytic: Array2<f64>,
    flops: f64,
) -> plusminus::Result<Case> {
    let objective = Box::new(WgslObjective::from_expression(text, points.ncols())?);
    let name = format!("{name} n = {}, {} points", points.ncols(), points.nrows());
    Ok(Case { name, objective, points, flops, analytic })
}

/// Sigmoid layers, the last linear, softmax cross-entropy. Parameters: `initial_parameters(0.3, 2)`. Inputs: uniform
/// numbers of seed 3, by samples; then for each sample a class, `below(outputs)`.
fn network(widths: &[usize], samples: usize) -> plusminus::Result<Case> {
    let mut architecture = Architecture::new(widths[0], Loss::SoftmaxCrossEntropy);
    for (i, &width) in widths.iter().enumerate().skip(1) {
        let last = i + 1 == widths.len();
        let activation = if last { Activation::Identity } else { Activation::Sigmoid };
        architecture = architecture.dense(width, activation);
    }
    let mut random = SplitMix64::new(3);
    let inputs = (0..samples * widths[0]).map(|_| f64::from(random.uniform() as f32)).collect();
    let inputs = matrix(inputs, samples, widths[0])?;
    let classes = (0..samples).map(|_| random.below(architecture.outputs()) as u32).collect();
    let parameters = architecture.initial_parameters(0.3, 2);
    let parameters: Vec<f64> = parameters.into_iter().map(|w| f64::from(w as f32)).collect();
    let weights: usize = architecture.layers().iter().map(|layer| layer.inputs * layer.outputs).sum();
    let network = Network::new(architecture, Samples::new(inputs, Targets::Classes(classes))?)?;
    let points = matrix(parameters.clone(), 1, parameters.len())?;
    let analytic = matrix(network.analytic_gradient(&parameters)?.to_vec(), 1, parameters.len())?;
    let name = format!("{}, {samples} samples", network.name());
    let flops = (2 * weights * samples) as f64;
    Ok(Case { name, objective: Box::new(network), points, flops, analytic })
}
