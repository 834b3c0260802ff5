//! Small benchmarks for work on the CPU engine: `cargo bench`. The whole picture is `plusminus-bench`.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to report")]

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use plusminus::{
    Activation, Architecture, Closure, Difference, Engine, Loss, Method, Network, Precision, Quadratic,
    Samples, Scheme, Step, Targets,
};

#[path = "../src/numeric/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;

use random::SplitMix64;

/// Direct differences at a fixed step; those of chosen steps are in `closure`.
fn how(method: Method, precision: Precision) -> Difference {
    let step = (method == Method::Direct).then(|| Step::default_for(Scheme::Central, 2, precision));
    Difference::default().with_method(method).with_step(step)
}

fn quadratic(criterion: &mut Criterion) {
    let objective = Quadratic::sum_of_squares(64).unwrap();
    let mut random = SplitMix64::new(1);
    let points = Array2::from_shape_simple_fn((1024, 64), || random.normal());
    for precision in [Precision::F32, Precision::F64] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&objective).unwrap();
        for method in [Method::Incremental, Method::Direct] {
            let difference = how(method, precision);
            criterion.bench_function(
                &format!("sum of squares, 1024 points of 64, {precision}, {method}"),
                |bencher| bencher.iter(|| evaluator.gradient(points.view(), &difference).unwrap()),
            );
        }
    }
}

fn network(criterion: &mut Criterion) {
    let architecture = Architecture::new(64, Loss::SoftmaxCrossEntropy)
        .dense(32, Activation::Sigmoid)
        .dense(10, Activation::Identity);
    let mut random = SplitMix64::new(3);
    let inputs = Array2::from_shape_simple_fn((32, 64), || random.uniform());
    let classes = (0..32).map(|_| random.below(10) as u32).collect();
    let parameters = architecture.initial_parameters(0.3, 2);
    let points = Array2::from_shape_vec((1, parameters.len()), parameters).unwrap();
    let network =
        Network::new(architecture, Samples::new(inputs, Targets::Classes(classes)).unwrap()).unwrap();
    for precision in [Precision::F32, Precision::F64] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&network).unwrap();
        for method in [Method::Incremental, Method::Direct] {
            let difference = how(method, precision);
            criterion
                .bench_function(&format!("network 64-32-10, 32 samples, {precision}, {method}"), |bencher| {
                    bencher.iter(|| evaluator.gradient(points.view(), &difference).unwrap())
                });
        }
    }
}

fn closure(criterion: &mut Criterion) {
    let rosenbrock = Closure::new(10, |x| {
        x.windows(2).map(|w| (1.0 - w[0]).powi(2) + 100.0 * (w[1] - w[0] * w[0]).powi(2)).sum()
    })
    .unwrap();
    let mut random = SplitMix64::new(1);
    let points = Array2::from_shape_simple_fn((4096, 10), || random.normal());
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&rosenbrock).unwrap();
    for (name, how) in [("fixed", how(Method::Direct, Precision::F64)), ("auto", Difference::default())] {
        criterion.bench_function(
            &format!("closure rosenbrock, 4096 points of 10, f64, step {name}"),
            |bencher| {
                bencher.iter(|| evaluator.gradient(points.view(), &how).unwrap());
            },
        );
    }
}

criterion_group!(benches, quadratic, network, closure);
criterion_main!(benches);
