//! Incremental differences against the analytic gradient, against the quotient in f64, and against the oracle that
//! evaluates one weight by itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use common::{analytic_network, analytic_quadratic, relative_norm};
use ndarray::Array2;
use plusminus::{
    Activation, Architecture, Difference, Engine, Loss, Matrix, Method, Network, Objective, Precision,
    Quadratic, Samples, Scheme, Selection, SplitMix64, Step, Steps, Targets,
};

fn how(method: Method, scheme: Scheme, h: f64) -> Difference {
    Difference { scheme, step: Some(Step::fixed(h).unwrap()), method }
}

fn gradient(engine: &Engine, objective: &dyn Objective, x: &Array2<f64>, how: &Difference) -> Array2<f64> {
    engine.evaluator(objective).unwrap().gradient(x.view(), how).unwrap().gradient
}

/// The networks of the accuracy table: dense inputs from [0, 1), as many samples as given.
fn networks(samples: usize) -> Vec<(String, Network, Array2<f64>)> {
    let softmax = Loss::SoftmaxCrossEntropy;
    let table: [(&str, &[usize], Activation, Loss, f64); 7] = [
        ("784-50-10, textbook init", &[784, 50, 10], Activation::Sigmoid, softmax, 0.01),
        ("784-50-10, std 0.3", &[784, 50, 10], Activation::Sigmoid, softmax, 0.3),
        ("64-32-10", &[64, 32, 10], Activation::Sigmoid, softmax, 0.3),
        ("784-50-100-10", &[784, 50, 100, 10], Activation::Sigmoid, softmax, 0.3),
        ("64-32-10 tanh", &[64, 32, 10], Activation::Tanh, softmax, 0.3),
        ("64-32-10 softplus", &[64, 32, 10], Activation::Softplus, softmax, 0.3),
        ("64-32-10 MSE", &[64, 32, 10], Activation::Sigmoid, Loss::MeanSquaredError, 0.3),
    ];
    table
        .into_iter()
        .map(|(name, widths, activation, loss, std)| {
            let mut random = SplitMix64::new(3);
            let mut architecture = Architecture::new(widths[0], loss);
            for (i, &width) in widths.iter().enumerate().skip(1) {
                let last = i + 1 == widths.len();
                architecture =
                    architecture.dense(width, if last { Activation::Identity } else { activation });
            }
            let inputs =
                Array2::from_shape_simple_fn((samples, widths[0]), || f64::from(random.uniform() as f32));
            let targets = match loss {
                Loss::SoftmaxCrossEntropy => {
                    Targets::Classes((0..samples).map(|_| random.below(10) as u32).collect())
                }
                Loss::MeanSquaredError => Targets::Values(common::normal_matrix(samples, 10, &mut random)),
            };
            let x =
                architecture.initial_parameters(std, 2).into_iter().map(|w| f64::from(w as f32)).collect();
            let x = Array2::from_shape_vec((1, architecture.parameters()), x).unwrap();
            let network = Network::new(architecture, Samples::new(inputs, targets).unwrap()).unwrap();
            (name.to_string(), network, x)
        })
        .collect()
}

#[test]
fn networks_in_f32_are_as_accurate_as_backpropagation() {
    let engine = Engine::cpu(Precision::F32);
    for (name, network, x) in networks(100) {
        let want = analytic_network(&network, &x);
        let fine =
            gradient(&engine, &network, &x, &how(Method::Incremental, Scheme::Central, 2f64.powi(-10)));
        let default = gradient(&engine, &network, &x, &Difference::default());
        let (fine, default) = (relative_norm(&fine, &want), relative_norm(&default, &want));
        println!("{name}: {fine:.1e} at h = 2^-10, {default:.1e} at the default step");
        assert!(fine <= 5e-7 && default <= 5e-7, "{name}: {fine:e}, {default:e}");
    }
}

/// It is the central difference at h, not the derivative: at a large h it follows the quotient in f64.
#[test]
fn networks_in_f32_follow_the_quotient_at_any_h() {
    let (single, double) = (Engine::cpu(Precision::F32), Engine::cpu(Precision::F64));
    for (name, network, x) in networks(10) {
        let analytic = analytic_network(&network, &x);
        for h in [0.125, 2f64.powi(-7)] {
            let want = gradient(&double, &network, &x, &how(Method::Direct, Scheme::Central, h));
            let got = gradient(&single, &network, &x, &how(Method::Incremental, Scheme::Central, h));
            let double = gradient(&double, &network, &x, &how(Method::Incremental, Scheme::Central, h));
            let (error, double) = (relative_norm(&got, &want), relative_norm(&double, &want));
            let truncation = relative_norm(&want, &analytic);
            println!("{name}, h = {h}: {error:.1e} (f64: {double:.1e}), truncation {truncation:.1e}");
            assert!(error <= 2e-6, "{name}, h = {h}: {error:e}");
            assert!(double <= 1e-11, "{name}, h = {h}: {double:e} in f64");
            if h == 0.125 {
                assert!(truncation > 20.0 * error, "{name}: cannot be told from the derivative");
            }
        }
    }
}
