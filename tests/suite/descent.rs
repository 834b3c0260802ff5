//! How descents end; descents led by the host and descents that loop on a device come to the same.

use crate::common::random::SplitMix64;
use crate::common::{device, direct, relative_norm};
use ndarray::{Array2, array};
use plusminus::{
    Activation, Closure, Descent, DescentResult, Difference, Engine, Error, Evidence, GradientDescent, Loss,
    Matrix, Minibatches, Objective, Outcome, Precision, Quadratic, Scheme, Step,
};

/// A descent that can be made anew on each engine.
#[derive(Clone, Copy, Default)]
struct Way {
    rate: f64,
    steps: usize,
    difference: Difference,
    report_every: usize,
    points_every: usize,
    /// The size of minibatches, and their seed.
    batches: Option<(usize, u64)>,
}

/// After how many steps, and where.
type Points = Vec<(usize, Array2<f64>)>;

/// The end, and what was reported on the way: the values, and the points.
fn descend(
    engine: &Engine,
    objective: &dyn Objective,
    way: Way,
    start: &Array2<f64>,
) -> (DescentResult, Vec<Vec<f64>>, Points) {
    let (mut values, mut points, mut steps) = (Vec::new(), Vec::new(), 0);
    let mut descent = Descent::new(GradientDescent::new(way.rate))
        .steps(way.steps)
        .difference(way.difference)
        .report_every(way.report_every)
        .points_every(way.points_every)
        .observe(|report| {
            steps += 1;
            assert_eq!(report.step, steps);
            values.extend(report.values.clone());
            points.extend(report.points.map(|points| (report.step, points.to_owned())));
            Ok(())
        });
    if let Some((size, seed)) = way.batches {
        descent = descent.minibatches(Minibatches::new(objective.terms(), size, seed).unwrap());
    }
    let done = descent.run(&mut engine.evaluator(objective).unwrap(), start.view());
    (done.unwrap(), values, points)
}

#[test]
fn networks_with_minibatches_take_the_same_way() {
    // Batches that fit a lot of the device, and batches that take two.
    let sizes = [(32, 250), (600, 8)];
    for (activation, loss, widths, sizes) in [
        (Activation::Sigmoid, Loss::SoftmaxCrossEntropy, &[20, 12, 5][..], &sizes[..]),
        (Activation::Relu, Loss::SoftmaxCrossEntropy, &[20, 12, 8, 5], &sizes[..1]),
    ] {
        let network = crate::common::network(widths, activation, loss, true, 700, 3);
        let start = crate::common::normal_matrix(2, network.dimension(), &mut SplitMix64::new(4)) * 0.3;
        for &(batch, steps) in sizes {
            let batches = Some((batch, 9));
            let way = Way { rate: 0.1, steps, report_every: 5, points_every: 30, batches, ..Way::default() };
            let host = descend(&Engine::cpu(Precision::F32), &network, way, &start);
            let device = descend(&device(), &network, way, &start);
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
            let way = Way { rate, steps: 700, report_every: 1, ..Way::default() };
            let (host, host_values, _) = descend(&Engine::cpu(Precision::F32), quadratic, way, &start);
            let (device, values, _) = descend(&device(), quadratic, way, &start);
            assert!(values.len().abs_diff(host_values.len()) <= 80, "{}, rate {rate}", quadratic.name());
            for (point, (a, b)) in device.outcomes.iter().zip(&host.outcomes).enumerate() {
                let what = format!("{}, rate {rate}, point {point}: {a} for {b}", quadratic.name());
                // Where numbers below 2^-126 are 0, a gradient is 0 that would else be swallowed.
                let kind = |outcome: &Outcome| match outcome {
                    Outcome::SwallowedUpdate { steps, .. } => std::mem::discriminant(&Outcome::Converged {
                        steps: *steps,
                        gradient: 0.0,
                        by: Evidence::Zero,
                        is_minimum: true,
                    }),
                    other => std::mem::discriminant(other),
                };
                assert_eq!(kind(a), kind(b), "{what}");
                let apart = a.steps().abs_diff(b.steps());
                // Rounding may swallow an update some steps sooner or later, and a device may take numbers below
                // 2^-126 for zero (NVIDIA's driver does), 23 halvings and so 72 steps of a rate of 0.1 sooner. But
                // divergence is no matter of rounding.
                assert!(apart <= if a.is_failure() { 1 } else { 80 }, "{what}");
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
    let network =
        crate::common::network(&[3, 4, 2], Activation::Tanh, Loss::SoftmaxCrossEntropy, true, 30, 5);
    let start = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(6)) * 0.01;
    let way = Way { rate: 2.0, steps: 500, ..Way::default() };
    let (host, ..) = descend(&Engine::cpu(Precision::F64), &network, way, &start);
    let (device, ..) = descend(&device(), &network, way, &start);
    assert!(host.points.iter().any(|x| x.abs() > 2.5), "nothing outgrew anything");
    let error = relative_norm(&device.points, &host.points);
    assert!(error < 1e-3, "{error:e}");
}

#[test]
fn a_minibatch_of_a_quadratic_is_led_by_the_host() {
    let quadratic = crate::common::quadratics(33, &mut SplitMix64::new(4)).pop().unwrap();
    let start = crate::common::normal_matrix(1, 33, &mut SplitMix64::new(5));
    let way = Way { rate: 0.01, steps: 20, batches: Some((2, 1)), ..Way::default() };
    let (host, ..) = descend(&Engine::cpu(Precision::F32), &quadratic, way, &start);
    let (incremental, ..) = descend(&device(), &quadratic, way, &start);
    assert!(relative_norm(&incremental.points, &host.points) < 1e-5);
    let way = Way { difference: direct(Scheme::Central, None), ..way };
    let (direct, ..) = descend(&device(), &quadratic, way, &start);
    assert!(relative_norm(&direct.points, &host.points) < 1e-3);
}

/// Where the gradient is 0 from the start.
fn at_a_minimum() -> Outcome {
    Outcome::Converged { steps: 0, gradient: 0.0, by: Evidence::Zero, is_minimum: true }
}

#[test]
fn each_point_of_a_batch_ends_for_its_own_reason() {
    // exp(x²): from 0.1 it converges, from 0 it is stationary, from 3 it runs away.
    let f = Closure::new(1, |x| (x[0] * x[0]).exp()).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let mut reports = 0;
    let done = Descent::new(GradientDescent::new(0.1))
        .steps(30)
        .report_every(10)
        .observe(|report| {
            reports += usize::from(report.values.is_some());
            Ok(())
        })
        .run(&mut engine.evaluator(&f).unwrap(), array![[0.1], [0.0], [3.0]].view())
        .unwrap();
    assert_eq!(done.outcomes[0], Outcome::StepsDone { steps: 30 });
    assert_eq!(done.outcomes[1], at_a_minimum());
    assert!(matches!(done.outcomes[2], Outcome::NonFinite { .. }), "{}", done.outcomes[2]);
    assert!(done.outcomes[2].to_string().contains("point 2"), "{}", done.outcomes[2]);
    assert!(done.points.iter().all(|x| x.is_finite()), "{}", done.points);
    assert!(done.points[[0, 0]].abs() < 1e-3);
    assert_eq!(reports, 3);
}

#[test]
fn a_descent_that_blows_up_in_its_last_step_is_no_success() {
    let squares = Quadratic::sum_of_squares(1).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let descend = |steps, step: Option<Step>| {
        let mut evaluator = engine.evaluator(&squares).unwrap();
        let descent = Descent::new(GradientDescent::new(1e200)).steps(steps);
        let descent = descent.difference(direct(Scheme::Central, step));
        descent.run(&mut evaluator, array![[1.0], [0.0]].view()).unwrap()
    };
    for (steps, step) in [(1, None), (5, None), (5, Some(Step::fixed(1e-4).unwrap()))] {
        let done = descend(steps, step);
        assert!(matches!(done.outcomes[0], Outcome::NonFinite { steps: 0, .. }), "{}", done.outcomes[0]);
        assert_eq!((done.points[[0, 0]], done.values[0]), (1.0, Some(1.0)), "the last finite point is kept");
        // The healthy point keeps its own result.
        assert_eq!((done.outcomes[1].clone(), done.values[1]), (at_a_minimum(), Some(0.0)));
    }
}

#[test]
fn a_descent_leaves_the_selection_as_it_was() {
    let network = crate::common::network(&[3, 2], Activation::Identity, Loss::MeanSquaredError, true, 12, 3);
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&network).unwrap();
    evaluator.select(Some(&[3, 1])).unwrap();
    let x = crate::common::normal_matrix(1, network.dimension(), &mut SplitMix64::new(2));
    let before = evaluator.values(x.view()).unwrap();
    for fails in [false, true] {
        let stop = || Error::Usage { message: "enough".into() };
        let done = Descent::new(GradientDescent::new(0.1))
            .steps(5)
            .minibatches(Minibatches::new(12, 4, 1).unwrap())
            .observe(|_| if fails { Err(stop()) } else { Ok(()) })
            .run(&mut evaluator, x.view());
        assert_eq!(done.is_err(), fails);
        assert_eq!(evaluator.selection(), Some(&[3, 1][..]));
        assert_eq!(evaluator.values(x.view()).unwrap(), before);
    }
}

/// Nobody should follow a gradient that does not exist: at the start it is an error, on the way the point stays there.
#[test]
fn without_a_derivative_there_is_no_way_on() {
    let jump = Closure::new(1, |x| x[0] + if x[0] > 0.5 { 3.0 } else { 0.0 }).unwrap();
    let run = |x: f64| {
        let descent = Descent::new(GradientDescent::new(0.25)).steps(8);
        descent.run(&mut Engine::cpu(Precision::F64).evaluator(&jump).unwrap(), array![[x]].view())
    };
    let message = run(0.5).unwrap_err().to_string();
    assert!(message.contains("no derivative along x[0]") && message.contains("a jump by 3.0"), "{message}");
    let done = run(1.0).unwrap();
    let Outcome::NoDerivative { steps: 2, message } = &done.outcomes[0] else {
        panic!("{:?}", done.outcomes)
    };
    assert!(message.contains("no derivative along x[0]") && done.outcomes[0].is_failure(), "{message}");
    assert!((done.points[[0, 0]] - 0.5).abs() < 1e-12);
}

#[test]
fn an_epoch_takes_each_term_once_and_differs_from_the_next() {
    let mut batches = Minibatches::new(10, 3, 7).unwrap();
    let mut epoch = || -> Vec<u32> { (0..3).flat_map(|_| batches.next_batch().to_vec()).collect() };
    let (first, second) = (epoch(), epoch());
    for epoch in [&first, &second] {
        let mut sorted = epoch.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 9, "{epoch:?}");
    }
    assert_ne!(first, second);
    let mut again = Minibatches::new(10, 3, 7).unwrap();
    assert_eq!(again.next_batch(), &first[..3]);
    assert!(Minibatches::new(10, 11, 0).is_err());
    assert!(Minibatches::new(10, 0, 0).is_err());
}
