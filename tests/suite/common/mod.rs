//! What several test files share.

use std::sync::{Arc, OnceLock};

use ndarray::{Array1, Array2, ArrayView1};
use plusminus::team::Team;
use plusminus::{
    Activation, Architecture, DeviceChoice, Difference, Engine, Loss, Matrix, Method, Network, Objective,
    Precision, Quadratic, Samples, Scheme, Step, Targets,
};

pub mod accuracy;
pub mod corpus;
pub mod expression_cases;
#[path = "../../../examples/accuracy/hard.rs"]
#[allow(dead_code, reason = "the example prints what is tested here")]
pub mod hard;
pub mod literal_cases;
pub mod models;
pub mod problems;
#[path = "../../../src/numeric/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
pub mod random;
#[allow(dead_code, reason = "an example uses the rest")]
pub mod random_expressions;
pub use truth::special;
#[allow(dead_code, reason = "an example uses the rest")]
pub mod truth;
#[path = "../../../examples/ulp/table.rs"]
pub mod ulp;
pub mod wgsl_cases;

use random::SplitMix64;

/// The engine on a real adapter in f32: a hardware GPU, or lavapipe.
pub fn gpu() -> Engine {
    gpu_in(Precision::F32)
}

/// The same in either precision; an adapter without f64 in shaders is a failure that says so.
pub fn gpu_in(precision: Precision) -> Engine {
    Engine::open(&adapter().parse().unwrap(), Some(precision)).unwrap_or_else(|error| {
        panic!("GPU tests need an adapter; `apt-get install mesa-vulkan-drivers libvulkan1` gives lavapipe: {error}")
    })
}

/// The adapter to test, for `--device`: a hardware GPU where there is one, as everywhere in these tests.
pub fn adapter() -> &'static str {
    static ADAPTER: OnceLock<&str> = OnceLock::new();
    ADAPTER.get_or_init(|| {
        let hardware = Engine::open(&DeviceChoice::Gpu, Some(Precision::F32)).is_ok();
        if hardware { "gpu" } else { "software" }
    })
}

/// The CPU engine in f64 and f32, then the same of a device; without the feature `gpu`, the CPU engine alone.
pub fn engines() -> Vec<Engine> {
    let both = [Precision::F64, Precision::F32];
    let devices = both.into_iter().filter(|_| cfg!(feature = "gpu")).map(gpu_in);
    both.map(Engine::cpu).into_iter().chain(devices).collect()
}

pub fn is_cpu(engine: &Engine) -> bool {
    engine.device().starts_with("cpu")
}

/// The CPU engine and a device in f32; without the feature `gpu`, the CPU engine alone.
pub fn single_engines() -> Vec<Engine> {
    [Engine::cpu(Precision::F32)].into_iter().chain(cfg!(feature = "gpu").then(gpu)).collect()
}

/// A device in f32; without the feature `gpu`, the CPU engine.
pub fn device() -> Engine {
    device_in(Precision::F32)
}

/// The same in either precision.
pub fn device_in(precision: Precision) -> Engine {
    if cfg!(feature = "gpu") { gpu_in(precision) } else { Engine::cpu(precision) }
}

/// The first number for an engine in f32, the second in f64.
pub fn by_precision(engine: &Engine, single: f64, double: f64) -> f64 {
    if engine.precision() == Precision::F32 { single } else { double }
}

/// What an ordinary derivative at chosen steps may be off, beside 1.
pub fn tolerance(engine: &Engine) -> f64 {
    by_precision(engine, 1e-4, 1e-10)
}

/// Values are evaluated and subtracted, at the given step, or at chosen ones.
pub fn direct(scheme: Scheme, step: impl Into<Option<Step>>) -> Difference {
    Difference::default().with_scheme(scheme).with_step(step).with_method(Method::Direct)
}

/// Central differences of values at steps of 2^exponent, relative to each coordinate.
pub fn central(exponent: i32) -> Difference {
    direct(Scheme::Central, Step::relative(exponent).unwrap())
}

/// The values of a gradient.
pub fn gradient(
    engine: &Engine,
    objective: &dyn Objective,
    x: &Array2<f64>,
    how: &Difference,
) -> Array2<f64> {
    engine.evaluator(objective).unwrap().gradient(x.view(), how).unwrap().value
}

/// One point as a batch.
pub fn point(x: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((1, x.len()), x.to_vec()).unwrap()
}

/// A function of each point, such as an analytic gradient: `[batch, n]` to `[batch, m]`.
pub fn each_point(points: &Array2<f64>, f: impl Fn(&[f64]) -> Vec<f64>) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = points.rows().into_iter().map(|x| f(&x.to_vec())).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
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

/// ‖a - b‖ / ‖b‖
pub fn relative_norm(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    let norm = |values: &Array2<f64>| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    norm(&(a - b)) / norm(b)
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
    each_point(points, |x| quadratic.analytic_gradient(ArrayView1::from(x)).to_vec())
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
    each_point(points, |x| network.analytic_gradient(x).unwrap().to_vec())
}

/// What each of so many ranks, which are threads, makes of it.
pub fn ranks<R: Send>(size: usize, work: impl Fn(Arc<dyn Team>) -> R + Sync) -> Vec<R> {
    let work = &work;
    std::thread::scope(|scope| {
        let started =
            plusminus::team::threads(size).into_iter().map(|rank| scope.spawn(move || work(Arc::new(rank))));
        started.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap()).collect()
    })
}
