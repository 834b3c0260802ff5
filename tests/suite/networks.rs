//! Incremental differences of networks against backpropagation, against the quotient in f64, and against the oracle that
//! evaluates one weight by itself.

use crate::common::random::SplitMix64;
use crate::common::{
    analytic_network, by_precision, central, device, device_in, direct, engines, gradient, relative_norm,
};
use ndarray::Array2;
use plusminus::{
    Activation, Architecture, Difference, Engine, Evaluator, Loss, Method, Network, Objective, Precision,
    Samples, Scheme, Selection, Step, Targets,
};

fn how(method: Method, scheme: Scheme, h: f64) -> Difference {
    direct(scheme, Step::fixed(h).unwrap()).with_method(method)
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
                Loss::MeanSquaredError => {
                    Targets::Values(crate::common::normal_matrix(samples, 10, &mut random))
                }
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
    let (single, double, gpu) = (Engine::cpu(Precision::F32), Engine::cpu(Precision::F64), device());
    for (i, (name, network, x)) in networks(3).into_iter().enumerate() {
        // Differences one by one of the large ones take seconds.
        let is_large = network.dimension() > 30_000;
        if is_large && i == 1 {
            continue;
        }
        let analytic = analytic_network(&network, &x);
        // Of a device those whose kernels differ most: it takes a software adapter seconds to compile one.
        let gpu = if [3, 6].contains(&i) { &gpu } else { &single };
        let [mut single, mut double, mut gpu] =
            [&single, &double, gpu].map(|engine| engine.evaluator(&network).unwrap());
        for h in [0.125, 2f64.powi(-7)].into_iter().take(if is_large { 1 } else { 2 }) {
            let of = |evaluator: &mut Evaluator<'_>, method| {
                evaluator.gradient(x.view(), &how(method, Scheme::Central, h)).unwrap().value
            };
            let want = of(&mut double, Method::Direct);
            let got = of(&mut single, Method::Incremental);
            let double = of(&mut double, Method::Incremental);
            let on_gpu = of(&mut gpu, Method::Incremental);
            let (error, double) = (relative_norm(&got, &want), relative_norm(&double, &want));
            let on_gpu = relative_norm(&on_gpu, &want);
            let truncation = relative_norm(&want, &analytic);
            println!(
                "{name}, h = {h}: {error:.1e} (GPU: {on_gpu:.1e}, f64: {double:.1e}), truncation {truncation:.1e}"
            );
            assert!(error <= 2e-6 && on_gpu <= 2e-6, "{name}, h = {h}: {error:e}, GPU {on_gpu:e}");
            assert!(double <= 1e-11, "{name}, h = {h}: {double:e} in f64");
            if h == 0.125 {
                assert!(truncation > 20.0 * error, "{name}: cannot be told from the derivative");
            }
        }
    }
}

/// Every activation, loss, scheme and a few shapes, on every device, against the quotient in f64 by direct differences.
#[test]
fn every_network_on_every_device() {
    let double = Engine::cpu(Precision::F64);
    let hosts = [Engine::cpu(Precision::F32), Engine::cpu(Precision::F64)];
    let devices = [device(), device_in(Precision::F64)];
    let h = 2f64.powi(-7);
    for (a, activation) in Activation::ALL.into_iter().enumerate() {
        for (b, loss) in Loss::ALL.into_iter().enumerate() {
            let shapes: [(&[usize], usize, usize, bool); 4] = [
                (&[7, 9, 6, 3], 33, 3, true),
                (&[3, 4, 2], 5, 1, false),
                (&[5, 2], 70, 9, true),
                (&[4, 3, 5, 4, 2], 9, 1, true),
            ];
            // One shape in turn: each network takes a software adapter a second to compile.
            let (widths, samples, batch, biases) = shapes[(a + b) % 4];
            let network = crate::common::network(widths, activation, loss, biases, samples, 3);
            let x = crate::common::normal_matrix(batch, network.dimension(), &mut SplitMix64::new(2)) * 0.5;
            let x = x.mapv(|x| f64::from(x as f32));
            // On the device every other pair in each precision, which is still each activation and each loss.
            for engine in hosts.iter().chain([&devices[(a + b) % 2]]) {
                let mut evaluator = engine.evaluator(&network).unwrap();
                let mut quotients = double.evaluator(&network).unwrap();
                for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
                    let of = |evaluator: &mut Evaluator<'_>, method| {
                        evaluator.gradient(x.view(), &how(method, scheme, h)).unwrap().value
                    };
                    let want = of(&mut quotients, Method::Direct);
                    let got = of(&mut evaluator, Method::Incremental);
                    let error = relative_norm(&got, &want);
                    let limit = if engine.precision() == Precision::F64 { 1e-11 } else { 2e-6 };
                    assert!(
                        error <= limit,
                        "{}, {activation:?}, {loss:?}, {scheme} on {}: {error:e}",
                        network.name(),
                        engine.device()
                    );
                }
            }
        }
    }
}

/// Kinks within ±h are differenced exactly, where a derivative would know nothing of them.
#[test]
fn relu_has_its_kinks_at_any_h() {
    for (widths, loss) in [
        (&[64, 32, 10][..], Loss::SoftmaxCrossEntropy),
        (&[20, 16, 12, 4], Loss::SoftmaxCrossEntropy),
        (&[9, 7, 6, 4], Loss::MeanSquaredError),
    ] {
        let network = crate::common::network(widths, Activation::Relu, loss, true, 60, 5);
        let x = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(6)) * 0.3;
        let x = x.mapv(|x| f64::from(x as f32));
        let double = Engine::cpu(Precision::F64);
        // The loss does not change what a device does at a kink.
        let of_device = if loss == Loss::SoftmaxCrossEntropy { Precision::F32 } else { Precision::F64 };
        let engines = [Engine::cpu(Precision::F32), device_in(of_device)];
        let mut evaluators: Vec<_> =
            engines.iter().map(|engine| engine.evaluator(&network).unwrap()).collect();
        for (h, limit) in [(2f64.powi(-10), 5e-7), (0.125, 2e-6), (1.0, 2e-6)] {
            let want = gradient(&double, &network, &x, &how(Method::Direct, Scheme::Central, h));
            if h == 0.125 {
                let off = relative_norm(&want, &analytic_network(&network, &x));
                assert!(off > 1e-3, "the kinks do not show: {off:e}");
            }
            for (engine, evaluator) in engines.iter().zip(&mut evaluators) {
                let how = how(Method::Incremental, Scheme::Central, h);
                let got = evaluator.gradient(x.view(), &how).unwrap().value;
                let error = relative_norm(&got, &want);
                let limit = by_precision(engine, limit, 1e-9);
                println!("{} on {}, h = {h}: {error:.1e}", network.name(), engine.device());
                assert!(error <= limit, "{} on {}, h = {h}: {error:e}", network.name(), engine.device());
            }
        }
    }
}

/// At the default step nothing is evaluated for a response that is linear; at a kink it is not. Sums that are 0 to the last bit, in the
/// first layer and in the second; sums next to 0, which a step does not reach, and which are linear.
#[test]
fn relu_has_its_kinks_at_the_default_step() {
    let architecture = Architecture::new(2, Loss::MeanSquaredError)
        .dense(3, Activation::Relu)
        .dense(2, Activation::Relu)
        .dense(1, Activation::Identity);
    // The first sample has only biases: sums 0.5, 1 and 0. Of these the second layer's are 0 and 0.75.
    let inputs = ndarray::array![[0.0, 0.0], [0.5, -0.25], [-1.0, 0.75]];
    let samples = Samples::new(inputs, Targets::Values(ndarray::array![[1.0], [0.25], [-0.5]])).unwrap();
    let network = Network::new(architecture, samples).unwrap();
    let weights = [[1.0, -0.5, 0.75], [0.25, 1.5, -1.0]].concat();
    let second = [[1.0, 0.5], [-0.5, 0.25], [2.0, -1.0]].concat();
    for (third_bias, what) in [(0.0, "at a kink"), (1e-3, "next to one")] {
        let x =
            [&weights[..], &[0.5, 1.0, third_bias], &second, &[0.0, 0.25], &[1.5, -0.75], &[0.125]].concat();
        let x = Array2::from_shape_vec((1, x.len()), x).unwrap().mapv(|x| f64::from(x as f32));
        let fine = how(Method::Direct, Scheme::Central, 2f64.powi(-20));
        let want = gradient(&Engine::cpu(Precision::F64), &network, &x, &fine);
        let off = relative_norm(&want, &analytic_network(&network, &x));
        assert_eq!(off > 1e-2, third_bias == 0.0, "{what}: backpropagation is off by {off:e}");
        for engine in engines() {
            let got = gradient(&engine, &network, &x, &Difference::default());
            let error = relative_norm(&got, &want);
            assert!(error <= 5e-7, "{what}, {}: {error:e}", engine.device());
        }
    }
}

/// Large inputs, parameters with steps of their own, many samples: what scales and lots are for.
#[test]
fn large_inputs_and_many_samples() {
    let mut random = SplitMix64::new(8);
    let architecture = Architecture::new(6, Loss::SoftmaxCrossEntropy)
        .dense(5, Activation::Softplus)
        .dense(3, Activation::Identity);
    let inputs = crate::common::normal_matrix(1500, 6, &mut random) * 40.0;
    let inputs = inputs.mapv(|x| f64::from(x as f32));
    let classes = (0..1500).map(|_| random.below(3) as u32).collect();
    let network =
        Network::new(architecture, Samples::new(inputs, Targets::Classes(classes)).unwrap()).unwrap();
    let mut x = crate::common::normal_matrix(2, network.dimension(), &mut random) * 0.02;
    // One weight takes a step 128 times as large as the others.
    x[[0, 20]] = -200.0;
    let x = x.mapv(|x| f64::from(x as f32));
    let relative = |method, exponent| central(exponent).with_method(method);
    for exponent in [-10, -14] {
        let want = gradient(&Engine::cpu(Precision::F64), &network, &x, &relative(Method::Direct, exponent));
        for engine in [Engine::cpu(Precision::F32), Engine::cpu(Precision::F64), device()] {
            let got = gradient(&engine, &network, &x, &relative(Method::Incremental, exponent));
            let error = relative_norm(&got, &want);
            let limit = if engine.precision() == Precision::F64 { 1e-9 } else { 3e-6 };
            assert!(error < limit, "2^{exponent} on {}: {error:e}", engine.device());
        }
    }
}

/// The plain oracle: against differences of values in f64, and the whole gradient against it.
#[test]
fn the_oracle_agrees_with_values_and_with_responses() {
    for activation in Activation::ALL {
        for loss in Loss::ALL {
            let network = crate::common::network(&[5, 6, 4, 3], activation, loss, true, 20, 7);
            let x = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(4));
            let x = x.as_slice().unwrap();
            let increments = network.incremental().unwrap().increments_f64(Selection::All).unwrap().unwrap();
            let at = increments.at(x);
            assert!((at.value() - network.value(x)).abs() < 1e-13 * network.value(x).abs());
            for axis in 0..x.len() {
                for delta in [0.3, -0.01] {
                    let mut moved = x.to_vec();
                    moved[axis] += delta;
                    let want = network.value(&moved) - network.value(x);
                    let got = at.increment(axis, delta);
                    assert!(
                        (got - want).abs() < 1e-13,
                        "{activation:?}, {loss:?}, axis {axis}: {got:e} for {want:e}"
                    );
                }
            }
            // Where the difference of values has no digit left, the increment has all of them.
            let slope = network.analytic_gradient(x).unwrap();
            let mut worst = 0.0f64;
            for axis in 0..x.len() {
                worst = worst.max((at.increment(axis, 1e-30) / 1e-30 - slope[axis]).abs());
            }
            assert!(worst < 1e-13, "{activation:?}, {loss:?}: {worst:e}");
            let mut quotients = vec![0.0; x.len()];
            at.quotients(Scheme::Central, plusminus::Steps::Uniform(1e-3), &mut quotients);
            for (axis, quotient) in quotients.iter().enumerate() {
                let want = Scheme::Central.quotient(1e-3, |delta| at.increment(axis, delta));
                assert!((quotient - want).abs() < 1e-13, "{activation:?}, {loss:?}, axis {axis}");
            }
        }
    }
}
