//! What several test files share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use ndarray::{Array1, Array2};
use plusminus::{
    Activation, Architecture, DeviceChoice, Engine, Loss, Matrix, Network, Precision, Quadratic, Samples,
    SplitMix64, Targets,
};

/// The engine on a real adapter in f32: a hardware GPU, or lavapipe.
pub fn gpu() -> Engine {
    gpu_in(Precision::F32)
}

/// The same in either precision; an adapter without f64 in shaders is a failure that says so.
pub fn gpu_in(precision: Precision) -> Engine {
    let software = DeviceChoice::Named("software".into());
    let opened = Engine::open(&DeviceChoice::Gpu, Some(precision))
        .or_else(|_| Engine::open(&software, Some(precision)));
    opened.unwrap_or_else(|error| {
        panic!("GPU tests need an adapter; `apt-get install mesa-vulkan-drivers libvulkan1` gives lavapipe: {error}")
    })
}

pub fn cpu(precision: Precision) -> Engine {
    Engine::cpu(precision)
}

pub fn normals(count: usize, random: &mut SplitMix64) -> Vec<f64> {
    // Rounded to f32, so that every precision works on the same numbers.
    (0..count).map(|_| f64::from(random.normal() as f32)).collect()
}

pub fn normal_matrix(rows: usize, columns: usize, random: &mut SplitMix64) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), normals(rows * columns, random)).unwrap()
}

/// max |a - b| / max |b|
pub fn relative_error(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    // NaN stays: `f64::max` would drop it.
    let largest = |values: &mut dyn Iterator<Item = f64>| {
        values.fold(0.0, |m: f64, v| if v.is_nan() || v.abs() > m { v.abs() } else { m })
    };
    largest(&mut (a - b).into_iter()) / largest(&mut b.iter().copied())
}

pub fn quadratics(n: usize, random: &mut SplitMix64) -> Vec<Quadratic> {
    let dense = normal_matrix(n, n, random) / (n as f64).sqrt();
    let dense = dense.mapv(|a| f64::from(a as f32));
    let b = || Array1::from(normals(n, &mut SplitMix64::new(n as u64)));
    vec![
        Quadratic::sum_of_squares(n).unwrap(),
        Quadratic::new(Matrix::Identity { scale: 1.0 }, b(), 2.0).unwrap(),
        Quadratic::new(Matrix::Diagonal(Array1::from(normals(n, random))), b(), -1.0).unwrap(),
        Quadratic::new(Matrix::Dense(dense), b(), 0.5).unwrap(),
    ]
}

/// The analytic gradients of a quadratic, `[batch, n]`.
pub fn analytic_quadratic(quadratic: &Quadratic, points: &Array2<f64>) -> Array2<f64> {
    let mut gradients = Array2::zeros(points.dim());
    for (x, mut gradient) in points.rows().into_iter().zip(gradients.rows_mut()) {
        gradient.assign(&quadratic.analytic_gradient(x));
    }
    gradients
}

/// A network with random inputs and targets that suit its loss.
pub fn network(
    widths: &[usize],
    hidden: Activation,
    loss: Loss,
    biases: bool,
    samples: usize,
    seed: u64,
) -> Network {
    let mut random = SplitMix64::new(seed);
    let mut architecture = Architecture::new(widths[0], loss);
    for (i, &width) in widths.iter().enumerate().skip(1) {
        let activation = if i + 1 == widths.len() { Activation::Identity } else { hidden };
        architecture = architecture.dense(width, activation);
    }
    if !biases {
        architecture = architecture.without_biases();
    }
    let outputs = architecture.outputs();
    let inputs = normal_matrix(samples, widths[0], &mut random);
    let targets = match loss {
        Loss::SoftmaxCrossEntropy => {
            Targets::Classes((0..samples).map(|_| random.below(outputs) as u32).collect())
        }
        Loss::MeanSquaredError => Targets::Values(normal_matrix(samples, outputs, &mut random)),
    };
    Network::new(architecture, Samples::new(inputs, targets).unwrap()).unwrap()
}

/// The analytic gradients of a network, `[batch, n]`.
pub fn analytic_network(network: &Network, points: &Array2<f64>) -> Array2<f64> {
    let mut gradients = Array2::zeros(points.dim());
    for (x, mut gradient) in points.rows().into_iter().zip(gradients.rows_mut()) {
        gradient.assign(&network.analytic_gradient(&x.to_vec()).unwrap());
    }
    gradients
}

/// ‖a - b‖ / ‖b‖
pub fn relative_norm(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    let norm = |values: &Array2<f64>| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    norm(&(a - b)) / norm(b)
}
