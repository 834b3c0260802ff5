//! Descents led by the host and descents that loop on a device come to the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use common::relative_norm;
use ndarray::{Array2, array};
use plusminus::{
    Activation, Descent, Difference, Engine, GradientDescent, Loss, Matrix, Method, Minibatches, Objective,
    Outcome, Precision, Quadratic, SplitMix64,
};

/// After how many steps, and where.
type Points = Vec<(usize, Array2<f64>)>;

/// The end, and what was reported on the way: the values, and the points.
fn descend(
    engine: &Engine,
    objective: &dyn Objective,
    descent: &GradientDescent,
    start: &Array2<f64>,
    batches: Option<(usize, u64)>,
) -> (Descent, Vec<Vec<f64>>, Points) {
    let mut evaluator = engine.evaluator(objective).unwrap();
    let batches = batches.map(|(size, seed)| Minibatches::new(objective.terms(), size, seed).unwrap());
    let (mut values, mut points, mut steps) = (Vec::new(), Vec::new(), 0);
    let done = descent.run(&mut evaluator, start.view(), batches, &mut |report| {
        steps += 1;
        assert_eq!(report.step, steps);
        values.extend(report.values.clone());
        points.extend(report.points.map(|points| (report.step, points.to_owned())));
        Ok(())
    });
    (done.unwrap(), values, points)
}

#[test]
fn networks_with_minibatches_take_the_same_way() {
    for (activation, loss, widths) in [
        (Activation::Sigmoid, Loss::SoftmaxCrossEntropy, &[20, 12, 5][..]),
        (Activation::Relu, Loss::SoftmaxCrossEntropy, &[20, 12, 8, 5]),
        (Activation::Softplus, Loss::MeanSquaredError, &[20, 12, 5]),
    ] {
        let network = common::network(widths, activation, loss, true, 700, 3);
        let start = common::normal_matrix(2, network.dimension(), &mut SplitMix64::new(4)) * 0.3;
        // Batches that fit a lot of the device, and batches that take two.
        for (batch, steps) in [(32, 250), (600, 8)] {
            let descent =
                GradientDescent { rate: 0.1, steps, report_every: 5, points_every: 30, ..Default::default() };
            let host = descend(&Engine::cpu(Precision::F32), &network, &descent, &start, Some((batch, 9)));
            let device = descend(&common::gpu(), &network, &descent, &start, Some((batch, 9)));
            let what = format!("{}, {activation:?}, batch {batch}", network.name());
            let error = relative_norm(&device.0.points, &host.0.points);
            assert!(error < 2e-5, "{what}: {error:e}");
            assert!(relative_norm(&device.0.points, &start) > 1e-2, "{what}: went nowhere");
            assert_eq!(device.0.outcomes, host.0.outcomes);
            assert_eq!(device.0.evaluations, host.0.evaluations);
            assert_eq!(device.1.len(), host.1.len());
            for (step, (a, b)) in device.1.iter().zip(&host.1).enumerate() {
                for (a, b) in a.iter().zip(b) {
                    assert!((a - b).abs() < 1e-4 * b.abs(), "{what}, report {step}: {a} for {b}");
                }
            }
            let at =
                |points: &[(usize, Array2<f64>)]| points.iter().map(|(step, _)| *step).collect::<Vec<_>>();
            assert_eq!(at(&device.2), at(&host.2), "{what}");
            for ((_, a), (_, b)) in device.2.iter().zip(&host.2) {
                assert!(relative_norm(a, b) < 2e-5, "{what}");
            }
        }
    }
}

#[test]
fn quadratics_take_the_same_way_and_stop_for_the_same_reason() {
    let curvature = array![[2.0, 0.5], [0.5, 1.0]];
    let dense = Quadratic::new(Matrix::Dense(curvature), array![1.0, -1.0], 0.5).unwrap();
    let diagonal = Quadratic::sum_of_squares(2).unwrap();
    let start = array![[3.0, 4.0], [0.0, 0.0], [1e15, 1.0], [-1.0, 2.0]];
    // Converges until updates are swallowed; diverges; halves exactly until it is stationary or underflows.
    for rate in [0.1, 1.5, 0.25] {
        for quadratic in [&dense, &diagonal] {
            let descent = GradientDescent { rate, steps: 700, report_every: 1, ..Default::default() };
            let (host, host_values, _) =
                descend(&Engine::cpu(Precision::F32), quadratic, &descent, &start, None);
            let (device, values, _) = descend(&common::gpu(), quadratic, &descent, &start, None);
            assert_eq!(values.len(), host_values.len(), "{}, rate {rate}", quadratic.name());
            for (point, (a, b)) in device.outcomes.iter().zip(&host.outcomes).enumerate() {
                let what = format!("{}, rate {rate}, point {point}: {a} for {b}", quadratic.name());
                assert_eq!(std::mem::discriminant(a), std::mem::discriminant(b), "{what}");
                let apart = a.steps().abs_diff(b.steps());
                // Rounding may swallow an update some steps sooner or later, but divergence is no matter of rounding.
                assert!(apart <= if a.is_failure() { 1 } else { 40 }, "{what}");
                if !a.is_failure() {
                    for (x, y) in device.points.row(point).iter().zip(host.points.row(point)) {
                        assert!((x - y).abs() <= 1e-5 * y.abs().max(1.0), "{what}: {x} for {y}");
                    }
                }
            }
            if rate == 1.5 {
                assert!(device.outcomes.iter().any(Outcome::is_failure));
                assert!(device.points.iter().all(|x| x.is_finite()));
            }
        }
    }
}

#[test]
fn parameters_that_outgrow_the_plan_are_planned_again() {
    // From tiny weights to large ones: the bound for the steps is passed many times.
    let network = common::network(&[3, 4, 2], Activation::Tanh, Loss::SoftmaxCrossEntropy, true, 30, 5);
    let start = common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(6)) * 0.01;
    let descent = GradientDescent { rate: 2.0, steps: 500, ..Default::default() };
    let (host, ..) = descend(&Engine::cpu(Precision::F64), &network, &descent, &start, None);
    let (device, ..) = descend(&common::gpu(), &network, &descent, &start, None);
    assert!(host.points.iter().any(|x| x.abs() > 2.5), "nothing outgrew anything");
    let error = relative_norm(&device.points, &host.points);
    assert!(error < 1e-3, "{error:e}");
}

#[test]
fn a_minibatch_of_a_quadratic_is_led_by_the_host() {
    let quadratic = common::quadratics(33, &mut SplitMix64::new(4)).pop().unwrap();
    let start = common::normal_matrix(1, 33, &mut SplitMix64::new(5));
    let descent = GradientDescent { rate: 0.01, steps: 20, ..Default::default() };
    let (host, ..) = descend(&Engine::cpu(Precision::F32), &quadratic, &descent, &start, Some((2, 1)));
    let (device, ..) = descend(&common::gpu(), &quadratic, &descent, &start, Some((2, 1)));
    assert!(relative_norm(&device.points, &host.points) < 1e-5);
    let direct = Difference { method: Method::Direct, ..Default::default() };
    let descent = GradientDescent { difference: direct, ..descent };
    let (direct, ..) = descend(&common::gpu(), &quadratic, &descent, &start, Some((2, 1)));
    assert!(relative_norm(&direct.points, &host.points) < 1e-3);
}
