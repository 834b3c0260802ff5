//! Descents of functions that a user writes loop on the device: they end where steps led one by one on the CPU in f64 end, and the
//! host makes only those steps about which something is to be said.

#![cfg(feature = "gpu")]

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::random::SplitMix64;
use crate::common::{by_precision, gpu_in, normal_matrix};
use ndarray::{Array1, Array2};
use plusminus::{
    Activation, AdaGrad, Adam, AdamW, Clip, Clipped, Descent, DescentResult, DeviceUpdate, Difference,
    Engine, GradientDescent, Lion, Loss, Matrix, Minibatches, Momentum, Nesterov, Objective, Outcome,
    Precision, Quadratic, Rate, RmsProp, Schedule, Scheme, ShaderOptions, Step, Update, WeightDecay,
    WgslObjective,
};

/// A rule that counts the points which the host moves.
struct Counted<'a>(Box<dyn Update>, &'a AtomicUsize, bool);

impl Update for Counted<'_> {
    fn name(&self) -> String {
        self.0.name()
    }
    fn state(&self) -> usize {
        self.0.state()
    }
    fn changes(&self) -> bool {
        self.0.changes()
    }
    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.update(x, gradient, state, step);
    }
    fn update_f32(&self, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize) {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.update_f32(x, gradient, state, step);
    }
    fn is_elementwise(&self) -> bool {
        self.2 && self.0.is_elementwise()
    }
    fn on_device(&self) -> Option<DeviceUpdate> {
        self.0.on_device().filter(|_| self.2)
    }
    fn device_numbers(&self, step: usize) -> Vec<f64> {
        self.0.device_numbers(step)
    }
}

/// How it ended, the values reported, and how many times the host moved a point.
fn walk(
    engine: &Engine,
    objective: &dyn Objective,
    (difference, rate, steps): (Difference, f64, usize),
    batches: Option<usize>,
    start: &Array2<f64>,
) -> (DescentResult, Vec<Vec<f64>>, usize) {
    walk_by(Box::new(GradientDescent::new(rate)), engine, objective, (difference, steps), batches, start)
}

fn walk_by(
    rule: Box<dyn Update>,
    engine: &Engine,
    objective: &dyn Objective,
    (difference, steps): (Difference, usize),
    batches: Option<usize>,
    start: &Array2<f64>,
) -> (DescentResult, Vec<Vec<f64>>, usize) {
    let (moves, mut values) = (AtomicUsize::new(0), Vec::new());
    let is_looping = !engine.device().starts_with("cpu");
    let rule = Counted(rule, &moves, is_looping);
    let mut evaluator = engine.evaluator(objective).unwrap();
    let mut descent =
        Descent::new(rule).steps(steps).difference(difference).report_every(5).observe(|report| {
            values.extend(report.values.clone());
            Ok(())
        });
    if let Some(size) = batches {
        descent = descent.minibatches(Minibatches::new(objective.terms(), size, 4).unwrap());
    }
    let done = descent.run(&mut evaluator, start.view()).unwrap();
    (done, values, moves.into_inner())
}

/// The largest difference, relative to the largest number.
fn apart<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    let pairs: Vec<(f64, f64)> = a.into_iter().copied().zip(b.into_iter().copied()).collect();
    assert!(pairs.iter().all(|(a, b)| a.is_nan() == b.is_nan()), "{pairs:?}");
    let pairs = pairs.iter().filter(|(a, _)| !a.is_nan());
    let (off, largest) =
        pairs.fold((0.0f64, 0.0f64), |(off, largest), (a, b)| (off.max((a - b).abs()), largest.max(b.abs())));
    off / largest.max(1e-300)
}

/// 1,000 rows of a logistic regression in 3 features and a bias.
fn regression() -> WgslObjective {
    let mut random = SplitMix64::new(21);
    let data = (0..1000).flat_map(|_| {
        let row: [f64; 3] = std::array::from_fn(|_| random.normal());
        let label = f64::from(row[0] - 0.5 * row[1] + 0.3 * random.normal() > 0.2);
        [row[0], row[1], row[2], label].map(|x| f64::from(x as f32))
    });
    let text = "fn term(s: u32) -> real {
        var z = x(3);
        for (var k = 0u; k < 3u; k++) { z += x(k) * data(4u * s + k); }
        return softplus(z) - data(4u * s + 3u) * z;
    }";
    let options = ShaderOptions { data: data.collect(), terms: Some(1000), ..Default::default() };
    WgslObjective::new("regression.wgsl", text, 4, options).unwrap()
}

/// Everywhere smooth: the host makes the first step, and no other.
#[test]
fn smooth_functions_never_come_back() {
    let rosenbrock =
        WgslObjective::from_expression("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", 6).unwrap();
    let waves =
        WgslObjective::from_expression("sin(3*x0) * exp(-x1^2) + tanh(x0 + x1*x2) + x2^2", 3).unwrap();
    let regression = regression();
    let cases: [(&dyn Objective, f64, usize, Option<usize>); 4] = [
        (&rosenbrock, 3e-4, 200, None),
        (&waves, 0.02, 60, None),
        (&regression, 3e-4, 40, None),
        // Minibatches.
        (&regression, 2e-3, 43, Some(64)),
    ];
    for (objective, rate, points, batches) in cases {
        let n = objective.dimension();
        let start = normal_matrix(points, n, &mut SplitMix64::new(5)).mapv(|x| f64::from((0.5 * x) as f32));
        let fixed = Difference::default().with_step(Step::fixed(2f64.powi(-6)).unwrap());
        let ways = [
            Difference::default(),
            fixed,
            fixed.with_scheme(Scheme::Forward),
            Difference::default().with_step(Step::relative(-8).unwrap()).with_scheme(Scheme::Backward),
        ];
        for difference in ways {
            let how = (difference, rate, 60);
            let (want, values, _) = walk(&Engine::cpu(Precision::F64), objective, how, batches, &start);
            for engine in [Precision::F32, Precision::F64].map(gpu_in) {
                let (got, seen, moves) = walk(&engine, objective, how, batches, &start);
                let label =
                    format!("{}, {difference:?}, {batches:?}, {}", objective.name(), engine.precision());
                // The first step is the host's, and at the end it is asked where the next one would lead.
                assert!(moves <= 2 * points, "{label}: the host moved {moves} points");
                let said = |done: &DescentResult| -> Vec<(usize, bool)> {
                    done.outcomes.iter().map(|outcome| (outcome.steps(), outcome.is_failure())).collect()
                };
                assert_eq!(said(&got), said(&want), "{label}");
                let limit = by_precision(&engine, 3e-5, 1e-11);
                let off = apart(&got.points, &want.points);
                assert!(off < limit, "{label}: {off:e}");
                assert_eq!(seen.len(), values.len());
                let off = apart(seen.iter().flatten(), values.iter().flatten());
                assert!(off < limit, "{label}: values {off:e}");
            }
        }
    }
}

/// Where a slope is in doubt, a number is not finite or a point rests, the host makes the step and says what there is to say.
#[test]
fn what_is_in_doubt_is_led_by_the_host() {
    let text = "fn objective() -> real {
        var sum = 0.0;
        for (var i = 0u; i < 2u; i++) {
            if (x(i) > 0.5) { sum += (x(i) - 0.5) * 3.0; } else { sum += x(i) * x(i); }
        }
        return sum + pow(x(0) / 20.0, 40.0);
    }";
    let kinked = WgslObjective::new("kinked.wgsl", text, 2, ShaderOptions::default()).unwrap();
    let mut start = normal_matrix(80, 2, &mut SplitMix64::new(6)).mapv(|x| f64::from(x as f32));
    // At the kink; far off; at the minimum.
    start.row_mut(7).fill(0.5);
    start.row_mut(8).fill(30.0);
    start.row_mut(9).fill(0.0);
    let how = (Difference::default(), 0.125, 60);
    for precision in [Precision::F32, Precision::F64] {
        let (want, ..) = walk(&Engine::cpu(precision), &kinked, how, None, &start);
        let (got, _, moves) = walk(&gpu_in(precision), &kinked, how, None, &start);
        assert!(moves > 0);
        assert!(matches!(want.outcomes[8], Outcome::NonFinite { .. }), "{:?}", want.outcomes[8]);
        let same = |(got, want): &(&Outcome, &Outcome)| {
            std::mem::discriminant(*got) == std::mem::discriminant(*want)
        };
        let differ = got.outcomes.iter().zip(&want.outcomes).filter(|pair| !same(pair)).count();
        assert_eq!(differ, 0, "{:?}\n{:?}", got.outcomes, want.outcomes);
        for row in (0..80).filter(|&row| row != 8) {
            let off = apart(got.points.row(row), want.points.row(row));
            let size = want.points.row(row).iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let limit = if precision == Precision::F32 { 1e-4 } else { 1e-11 };
            assert!(
                off < limit || size < limit,
                "{row}: {off:e}, {} {}",
                got.points.row(row),
                want.points.row(row)
            );
        }
    }
}

/// A sum is no mean, and constants belong to it: what a device says of the value of a quadratic of many blocks of rows.
#[test]
fn values_beside_gradients_are_whole() {
    let quadratic = Quadratic::new(Matrix::Identity { scale: 1.0 }, Array1::ones(30), 5.0).unwrap();
    let start = normal_matrix(4, 30, &mut SplitMix64::new(3)).mapv(|x| f64::from(x as f32));
    let how = (Difference::default(), 0.1, 22);
    let (_, want, _) = walk(&Engine::cpu(Precision::F64), &quadratic, how, None, &start);
    for engine in [Precision::F32, Precision::F64].map(gpu_in) {
        let (_, values, moves) = walk(&engine, &quadratic, how, None, &start);
        // The first step, and where the next one would lead.
        assert!(moves <= 8);
        let off = apart(values.iter().flatten(), want.iter().flatten());
        assert!(off < by_precision(&engine, 1e-6, 1e-14), "{engine:?}: {off:e}");
    }
    for n in [5, 70, 300] {
        let squares = Quadratic::sum_of_squares(n).unwrap();
        let x = normal_matrix(3, n, &mut SplitMix64::new(2)).mapv(|x| f64::from(x as f32));
        for engine in crate::common::engines() {
            let mut evaluator = engine.evaluator(&squares).unwrap();
            let found =
                evaluator.value_and_gradient(x.view(), &Difference::default()).unwrap().values.unwrap();
            for (row, value) in x.rows().into_iter().zip(found) {
                let want = row.dot(&row);
                assert!((value - want).abs() < 1e-5 * want, "{engine:?}, n = {n}: {value}, not {want}");
            }
        }
    }
}

/// Rules that keep something, and rates that change: their state stays on the device, too.
#[test]
fn rules_are_followed_on_devices() {
    let cosine = || Rate::new(2e-3).with(Schedule::Cosine { steps: 50, least: 0.1 });
    let rules: [&dyn Fn() -> Box<dyn Update>; 9] = [
        &|| Box::new(Momentum::new(2e-4)),
        &|| Box::new(Nesterov::new(2e-4)),
        &|| Box::new(AdaGrad::new(0.01)),
        &|| Box::new(RmsProp::new(1e-3).epsilon(0.1)),
        &|| Box::new(Adam::new(2e-3).epsilon(0.1)),
        &|| Box::new(AdamW::new(cosine()).epsilon(0.1).decay(0.1)),
        // Its steps have the signs of gradients: where these are near 0, devices go other ways.
        &|| Box::new(Lion::new(1e-4)),
        &|| Box::new(Clipped::new(WeightDecay::new(Momentum::new(2e-4), 0.1), Clip::Value(20.0))),
        &|| Box::new(GradientDescent::new(Rate::new(3e-4).with(Schedule::Exponential { factor: 0.98 }))),
    ];
    let rosenbrock =
        WgslObjective::from_expression("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", 6).unwrap();
    let regression = regression();
    let (sigmoid, loss) = (Activation::Sigmoid, Loss::SoftmaxCrossEntropy);
    let network = crate::common::network(&[6, 5, 3], sigmoid, loss, true, 90, 3);
    let quadratic = Quadratic::new(Matrix::Diagonal(Array1::linspace(0.5, 2.0, 70)), Array1::ones(70), 0.5);
    let quadratic = quadratic.unwrap();
    let cases: [(&dyn Objective, usize, Option<usize>); 5] = [
        (&rosenbrock, 70, None),
        (&regression, 40, None),
        (&regression, 43, Some(64)),
        (&network, 3, Some(32)),
        (&quadratic, 5, None),
    ];
    for (objective, points, batches) in cases {
        let n = objective.dimension();
        let start = normal_matrix(points, n, &mut SplitMix64::new(5)).mapv(|x| f64::from((0.5 * x) as f32));
        // All by one objective, and by the others those that keep nothing in common.
        let some = rules.iter().enumerate().filter(|(k, _)| n == 6 || [0, 4, 5, 7].contains(k));
        for (_, rule) in some {
            let how = (Difference::default(), 60);
            let (want, values, _) =
                walk_by(rule(), &Engine::cpu(Precision::F64), objective, how, batches, &start);
            for engine in [Precision::F32, Precision::F64].map(gpu_in) {
                let (got, seen, moves) = walk_by(rule(), &engine, objective, how, batches, &start);
                let label =
                    format!("{}, {}, {batches:?}, {}", objective.name(), rule().name(), engine.precision());
                assert!(moves <= 2 * points, "{label}: the host moved {moves} points");
                let limit = by_precision(&engine, 1e-4, 1e-10);
                let off = apart(&got.points, &want.points);
                assert!(off < limit, "{label}: {off:e}");
                let off = apart(seen.iter().flatten(), values.iter().flatten());
                assert!(off < limit, "{label}: values {off:e}");
            }
        }
    }
}

/// A step that the host makes takes what the rule keeps from the device, and gives it back.
#[test]
fn what_rules_keep_comes_to_the_host_and_goes_back() {
    // A corner that points cross again and again.
    let f = WgslObjective::from_expression("sum(abs(x) + 0.05*x^2)", 4).unwrap();
    let start = normal_matrix(33, 4, &mut SplitMix64::new(8)).mapv(|x| f64::from((0.3 * x) as f32));
    let how = (Difference::default(), 120);
    let rule = || Box::new(Momentum::new(0.0078125).beta(0.5)) as Box<dyn Update>;
    let (want, ..) = walk_by(rule(), &Engine::cpu(Precision::F64), &f, how, None, &start);
    let (got, _, moves) = walk_by(rule(), &gpu_in(Precision::F64), &f, how, None, &start);
    let off = apart(&got.points, &want.points);
    assert!(off < 1e-10, "{off:e}");
    assert!(moves < 33 * 120, "{moves}");
}

/// Bounds hold on devices, where points that come to them do not come back to the host.
#[test]
fn bounds_hold_on_devices() {
    let f = WgslObjective::from_expression("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", 4).unwrap();
    let start = normal_matrix(70, 4, &mut SplitMix64::new(3)).mapv(|x| f64::from((0.5 * x) as f32));
    let (lower, upper) = ([-0.3, -0.1, f64::NEG_INFINITY, 0.25], [0.4, 0.7, 0.3, 0.25]);
    let run = |engine: &Engine, moves: &AtomicUsize| {
        let rule = Counted(Box::new(Momentum::new(2e-4)), moves, true);
        let descent = Descent::new(rule).steps(100).bounds(&lower, &upper);
        descent.run(&mut engine.evaluator(&f).unwrap(), start.view()).unwrap()
    };
    let want = run(&Engine::cpu(Precision::F64), &AtomicUsize::new(0));
    for engine in [Precision::F32, Precision::F64].map(gpu_in) {
        let moves = AtomicUsize::new(0);
        let got = run(&engine, &moves);
        let off = apart(&got.points, &want.points);
        assert!(off < by_precision(&engine, 1e-4, 1e-10), "{off:e}");
        assert!(moves.load(Ordering::Relaxed) <= 3 * 70, "{}", moves.load(Ordering::Relaxed));
    }
}
