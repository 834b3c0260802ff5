//! GPU against its CPU twin and against analytic gradients; objectives broken on purpose are noticed.

#![cfg(feature = "gpu")]

use crate::common::random::SplitMix64;
use crate::common::{analytic_network, analytic_quadratic, central, direct, gpu, gradient, relative_error};
use ndarray::Array2;
use plusminus::{
    Activation, Difference, Engine, Error, Loss, Method, Objective, Precision, Quadratic, Reduction, Result,
    Scheme, Step, Wgsl,
};

/// A quadratic has no truncation error at any h, so h = 1 leaves rounding alone.
#[test]
fn quadratics_of_all_sizes_and_batches() {
    let mut random = SplitMix64::new(1);
    let (gpu, cpu) = (gpu(), Engine::cpu(Precision::F32));
    for (n, batches) in [(1, &[1, 300][..]), (33, &[1, 3, 300]), (140, &[3]), (520, &[1])] {
        for &batch in batches {
            for quadratic in crate::common::quadratics(n, &mut random) {
                let x = crate::common::normal_matrix(batch, n, &mut random);
                let want = analytic_quadratic(&quadratic, &x);
                let on_gpu = gradient(&gpu, &quadratic, &x, &central(0));
                let on_cpu = gradient(&cpu, &quadratic, &x, &central(0));
                let name = format!("{}, batch {batch}", quadratic.name());
                for (what, error) in [
                    ("GPU and analytic", relative_error(&on_gpu, &want)),
                    ("CPU and analytic", relative_error(&on_cpu, &want)),
                    ("GPU and CPU", relative_error(&on_gpu, &on_cpu)),
                ] {
                    assert!(error < 2e-5, "{name}: {what} differ by {error:e}");
                }
            }
        }
    }
}

#[test]
fn networks_with_every_activation_and_loss() {
    let (gpu, cpu, f64) = (gpu(), Engine::cpu(Precision::F32), Engine::cpu(Precision::F64));
    let mut random = SplitMix64::new(2);
    for (a, activation) in Activation::ALL.into_iter().enumerate() {
        for (b, loss) in Loss::ALL.into_iter().enumerate() {
            let shapes: [(&[usize], usize, usize); 4] =
                [(&[3, 4, 2], 5, 1), (&[7, 9, 6, 3], 33, 3), (&[2, 3, 2], 1, 1000), (&[5, 2], 70, 2)];
            // One shape in turn: each network takes a software adapter a second to compile.
            let (widths, samples, batch) = shapes[(a + b) % 4];
            // Without biases in one of them, which suffices and spares compiling.
            for biases in if samples == 5 { &[true, false][..] } else { &[true] } {
                let biases = *biases;
                let network = crate::common::network(widths, activation, loss, biases, samples, 3);
                let x = crate::common::normal_matrix(batch, network.dimension(), &mut random) * 0.5;
                let x = x.mapv(|x| f64::from(x as f32));
                let name =
                    format!("{}, {activation:?}, {loss:?}, biases {biases}, batch {batch}", network.name());
                // The same quotient in f64; h = 2^-5, since it is rounding that is looked at.
                let want = gradient(&f64, &network, &x, &central(-5));
                let on_gpu = gradient(&gpu, &network, &x, &central(-5));
                let on_cpu = gradient(&cpu, &network, &x, &central(-5));
                for (what, error) in [
                    ("GPU and f64", relative_error(&on_gpu, &want)),
                    ("CPU and f64", relative_error(&on_cpu, &want)),
                    ("GPU and CPU", relative_error(&on_gpu, &on_cpu)),
                ] {
                    assert!(error < 1e-4, "{name}: {what} differ by {error:e}");
                }
                // And the quotient in f64 against backpropagation; a kink inside ±h is no derivative.
                if activation != Activation::Relu {
                    let fine = gradient(&f64, &network, &x, &central(-17));
                    let error = relative_error(&fine, &analytic_network(&network, &x));
                    assert!(error < 1e-8, "{name}: f64 and analytic differ by {error:e}");
                }
            }
        }
    }
}

#[test]
fn relu_against_backpropagation_away_from_kinks() {
    let network = crate::common::network(&[4, 6, 3], Activation::Relu, Loss::MeanSquaredError, true, 9, 5);
    let x = crate::common::normal_matrix(2, network.dimension(), &mut SplitMix64::new(6));
    let fine = gradient(&Engine::cpu(Precision::F64), &network, &x, &central(-30));
    let error = relative_error(&fine, &analytic_network(&network, &x));
    assert!(error < 1e-5, "{error:e}");
}

#[test]
fn every_scheme_on_every_device() {
    let quadratic = crate::common::quadratics(33, &mut SplitMix64::new(4)).pop().unwrap();
    let network =
        crate::common::network(&[6, 5, 3], Activation::Tanh, Loss::SoftmaxCrossEntropy, true, 20, 4);
    let objectives: [(&dyn Objective, f64); 2] = [(&quadratic, 2e-5), (&network, 5e-4)];
    for (objective, limit) in objectives {
        let x = crate::common::normal_matrix(3, objective.dimension(), &mut SplitMix64::new(9));
        for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
            let how = direct(scheme, Step::relative(-3).unwrap());
            let want = gradient(&Engine::cpu(Precision::F64), objective, &x, &how);
            for engine in [gpu(), Engine::cpu(Precision::F32)] {
                let error = relative_error(&gradient(&engine, objective, &x, &how), &want);
                assert!(error < limit, "{}, {scheme} on {engine:?}: {error:e}", objective.name());
            }
        }
        // One-sided truncation has opposite signs, so the three schemes really differ.
        let f64 = Engine::cpu(Precision::F64);
        let at = |scheme| gradient(&f64, objective, &x, &direct(scheme, Step::relative(-3).unwrap()));
        let mean = (at(Scheme::Forward) + at(Scheme::Backward)) / 2.0;
        assert!(relative_error(&mean, &at(Scheme::Central)) < 1e-12);
        assert!(relative_error(&at(Scheme::Forward), &at(Scheme::Central)) > 1e-3);
    }
}

#[test]
fn minibatches_take_the_selected_samples() {
    let network =
        crate::common::network(&[6, 5, 3], Activation::Sigmoid, Loss::SoftmaxCrossEntropy, true, 40, 8);
    let x = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(10));
    let selected = [31u32, 2, 2, 17, 39];
    let one = |s: u32| {
        let samples = network.samples();
        let inputs = samples.inputs(s as usize..s as usize + 1).unwrap();
        let targets = plusminus::Targets::Classes(vec![samples.classes().unwrap()[s as usize]]);
        let samples = plusminus::Samples::new(inputs, targets).unwrap();
        plusminus::Network::new(network.architecture().clone(), samples).unwrap()
    };
    let want =
        selected.iter().map(|&s| analytic_network(&one(s), &x)).fold(Array2::zeros(x.dim()), |a, b| a + b)
            / selected.len() as f64;
    for (engine, limit) in
        [(gpu(), 1e-3), (Engine::cpu(Precision::F32), 1e-3), (Engine::cpu(Precision::F64), 1e-8)]
    {
        let mut evaluator = engine.evaluator(&network).unwrap();
        evaluator.select(Some(&selected)).unwrap();
        let got = evaluator.gradient(x.view(), &Difference::default()).unwrap().value;
        let error = relative_error(&got, &want);
        assert!(error < limit, "{engine:?}: {error:e}");
        assert!(evaluator.select(Some(&[40])).is_err());
        assert!(evaluator.select(Some(&[])).is_err());
        // All samples again.
        evaluator.select(None).unwrap();
        let got = evaluator.gradient(x.view(), &Difference::default()).unwrap().value;
        assert!(relative_error(&got, &analytic_network(&network, &x)) < limit, "{engine:?}");
    }
}

/// An objective whose shader text is changed.
struct Broken<'a>(&'a dyn Objective, &'static str, &'static str);

impl Objective for Broken<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn value(&self, x: &[f64]) -> f64 {
        self.0.value(x)
    }
    fn terms(&self) -> usize {
        self.0.terms()
    }
    fn reduction(&self) -> Reduction {
        self.0.reduction()
    }
    fn wgsl(&self) -> Result<Wgsl> {
        let mut wgsl = self.0.wgsl()?;
        assert!(wgsl.source.contains(self.1), "the text to break is gone: {}", self.1);
        wgsl.source = wgsl.source.replacen(self.1, self.2, 1);
        Ok(wgsl)
    }
}

#[test]
fn every_broken_objective_is_noticed() {
    let mut quadratics = crate::common::quadratics(33, &mut SplitMix64::new(4));
    let (dense, diagonal) = (quadratics.pop().unwrap(), quadratics.pop().unwrap());
    let softmax =
        crate::common::network(&[6, 5, 3], Activation::Sigmoid, Loss::SoftmaxCrossEntropy, true, 20, 4);
    let squares =
        crate::common::network(&[6, 5, 3], Activation::Softplus, Loss::MeanSquaredError, true, 20, 4);
    let cases: [(&dyn Objective, &str, &str); 8] = [
        (&dense, "sum[1] += data(row + j + 1u)", "sum[1] += data(row + j)"),
        (&diagonal, "0.5 * (data(N + r)", "0.49 * (data(N + r)"),
        (&softmax, "z += data(first + i + 3u)", "z += data(first + i + 2u)"),
        (&softmax, "(*before)[i] * parameters_at(w)", "(*before)[i] * parameters_at(w + 1u)"),
        (&softmax, "(*y)[index(s)] - most", "(*y)[0] - most"),
        (&softmax, "pm_sigmoid((*z)[j])", "pm_tanh((*z)[j])"),
        (&squares, "return sum / real(outputs)", "return sum"),
        (&squares, "pm_softplus((*z)[j])", "pm_relu((*z)[j])"),
    ];
    for (objective, right, wrong) in cases {
        let x = crate::common::normal_matrix(2, objective.dimension(), &mut SplitMix64::new(5)) * 0.5;
        let want = gradient(&Engine::cpu(Precision::F64), objective, &x, &central(-3));
        let whole = gradient(&gpu(), objective, &x, &central(-3));
        assert!(relative_error(&whole, &want) < 1e-4, "{}", objective.name());
        let broken = gradient(&gpu(), &Broken(objective, right, wrong), &x, &central(-3));
        let error = relative_error(&broken, &want);
        assert!(error > 1e-3, "{} with `{wrong}` is off by {error:e} only", objective.name());
    }
}

#[test]
fn more_loop_iterations_than_an_invocation_may_make_are_refused() {
    let network =
        crate::common::network(&[900, 700, 3], Activation::Sigmoid, Loss::SoftmaxCrossEntropy, true, 2, 4);
    let x = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(5)) * 0.01;
    let gpu = gpu();
    let how = direct(Scheme::Central, None);
    let error = gpu.evaluator(&network).unwrap().gradient(x.view(), &how).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }) && error.to_string().contains("iterations"), "{error}");

    // A response may take as many, through the layers after the next; then direct differences may still do.
    let network = crate::common::network(
        &[3, 4, 700, 700, 2],
        Activation::Sigmoid,
        Loss::SoftmaxCrossEntropy,
        true,
        2,
        4,
    );
    let incremental = Difference::default().with_method(Method::Incremental);
    let error = gpu.evaluator(&network).unwrap().resolve(&incremental).unwrap_err();
    assert!(
        matches!(error, Error::Unsupported { .. }) && error.to_string().contains("iterations"),
        "{error}"
    );
    assert_eq!(
        gpu.evaluator(&network).unwrap().resolve(&Difference::default()).unwrap().method,
        Method::Direct
    );
}

/// lavapipe stops loops after 65,535 turns: many samples must be cut into many invocations.
#[test]
fn many_samples_are_cut_into_chunks() {
    let network =
        crate::common::network(&[20, 8, 3], Activation::Tanh, Loss::MeanSquaredError, true, 3000, 11);
    let x = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(12)) * 0.3;
    let want = analytic_network(&network, &x);
    let error = relative_error(&gradient(&gpu(), &network, &x, &central(-6)), &want);
    assert!(error < 1e-3, "{error:e}");
}

#[test]
fn values_and_constant_agree() {
    let quadratic = Quadratic::new(plusminus::Matrix::Identity { scale: 1.0 }, ndarray::arr1(&[1.0; 9]), 7.5);
    let quadratic = quadratic.unwrap();
    let x = crate::common::normal_matrix(4, 9, &mut SplitMix64::new(3));
    for engine in [gpu(), Engine::cpu(Precision::F32), Engine::cpu(Precision::F64)] {
        let values = engine.evaluator(&quadratic).unwrap().values(x.view()).unwrap();
        for (value, x) in values.iter().zip(x.rows()) {
            let want = quadratic.value(&x.to_vec());
            assert!((value - want).abs() < 1e-5, "{engine:?}: {value} for {want}");
        }
    }
}
