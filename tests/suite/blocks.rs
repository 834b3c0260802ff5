//! On the CPU many points make many steps block by block: that comes to what steps led one by one come to, in every bit.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::direct;
use crate::common::random::SplitMix64;
use ndarray::{Array1, Array2};
use plusminus::{
    AdaGrad, Adam, AdamW, Clip, Clipped, Closure, DataSet, Descent, DescentResult, Difference, Engine,
    ExpressionOptions, Formula, GradientDescent, Lion, Method, Momentum, Nesterov, Number, Objective,
    Outcome, Precision, Rate, RmsProp, Schedule, Scheme, ShaderOptions, Step, Update, WeightDecay,
    WgslObjective,
};

/// A rule of which nothing is known: it is led step by step.
struct Led(Box<dyn Update>);

impl Update for Led {
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
        self.0.update(x, gradient, state, step);
    }
    fn update_f32(&self, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize) {
        self.0.update_f32(x, gradient, state, step);
    }
}

/// The rule that blocks are moved by; notes whether any was.
struct Watched<'a>(Box<dyn Update>, &'a AtomicBool, usize);

impl Watched<'_> {
    fn watch(&self, count: usize) {
        // More than the coordinates of one point.
        if count > self.2 {
            self.1.store(true, Ordering::Relaxed);
        }
    }
}

impl Update for Watched<'_> {
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
        self.watch(x.len());
        self.0.update(x, gradient, state, step);
    }
    fn update_f32(&self, x: &mut [f32], gradient: &[f32], state: &mut [f64], step: usize) {
        self.watch(x.len());
        self.0.update_f32(x, gradient, state, step);
    }
    fn is_elementwise(&self) -> bool {
        self.0.is_elementwise()
    }
}

/// How it ended, and what was reported: values, and points.
type Walked = (DescentResult, Vec<Vec<f64>>, Vec<Array2<f64>>);

fn walk<'o>(
    descent: Descent<'o>,
    objective: &dyn Objective,
    (precision, difference): (Precision, Difference),
    start: &Array2<f64>,
) -> Walked {
    let (mut values, mut points) = (Vec::new(), Vec::new());
    let mut evaluator = Engine::cpu(precision).evaluator(objective).unwrap();
    let done = descent
        .steps(110)
        .difference(difference)
        .report_every(7)
        .points_every(50)
        .observe(|report| {
            values.extend(report.values.clone());
            points.extend(report.points.map(|points| points.to_owned()));
            Ok(())
        })
        .run(&mut evaluator, start.view());
    (done.unwrap(), values, points)
}

fn bits<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Vec<u64> {
    // NaN is NaN, and zeros are zeros.
    numbers.into_iter().map(|x| if x.is_nan() { 1 } else { (x + 0.0).to_bits() }).collect()
}

fn agree(objective: &dyn Objective, how: (Precision, Difference), rate: f64, start: &Array2<f64>) {
    agree_by(&|| Box::new(GradientDescent::new(rate)), objective, how, start);
}

fn agree_by(
    rule: &dyn Fn() -> Box<dyn Update>,
    objective: &dyn Objective,
    how: (Precision, Difference),
    start: &Array2<f64>,
) {
    let name = format!("{}, {}", objective.name(), rule().name());
    let (led, led_values, led_points) = walk(Descent::new(Led(rule())), objective, how, start);
    let in_blocks = AtomicBool::new(false);
    let watched = Watched(rule(), &in_blocks, start.ncols());
    let (done, values, points) = walk(Descent::new(watched), objective, how, start);
    let label = format!("{name} {how:?}");
    // A closure takes one point at a time.
    assert!(in_blocks.into_inner() || name.starts_with("closure"), "{label}: not in blocks");
    // Of a rule that is led, no rate is known.
    let said = |done: &DescentResult| -> Vec<(std::mem::Discriminant<Outcome>, usize)> {
        done.outcomes.iter().map(|outcome| (std::mem::discriminant(outcome), outcome.steps())).collect()
    };
    assert_eq!(said(&done), said(&led), "{label}");
    assert_eq!(bits(&done.points), bits(&led.points), "{label}");
    assert_eq!(done.values, led.values, "{label}");
    assert_eq!(done.evaluations, led.evaluations, "{label}");
    assert_eq!(values.len(), led_values.len(), "{label}");
    for (step, (a, b)) in values.iter().zip(&led_values).enumerate() {
        let (a, b) = (bits(a), bits(b));
        let other: Vec<usize> = (0..a.len()).filter(|&i| a[i] != b[i]).collect();
        assert!(
            other.is_empty(),
            "{label}: values of points {other:?} before step {}: {:?}",
            7 * step,
            other.first().map(|&i| (f64::from_bits(a[i]), f64::from_bits(b[i])))
        );
    }
    assert_eq!(points.len(), led_points.len(), "{label}");
    for (a, b) in points.iter().zip(&led_points) {
        assert_eq!(bits(a), bits(b), "{label}: points on the way");
    }
}

/// Points near the minimum and far away, of which some diverge, some come to rest and some begin there.
fn starts(count: usize, n: usize) -> Array2<f64> {
    let mut random = SplitMix64::new(9);
    let mut start = Array2::from_shape_fn((count, n), |_| 3.0 * random.uniform() - 1.5);
    start.row_mut(3).fill(1.0);
    start.row_mut(70).fill(40.0);
    start.row_mut(71).fill(1.0 + 1e-9);
    start.row_mut(count - 1).fill(-30.0);
    start
}

fn ways() -> Vec<(Precision, Difference)> {
    let mut ways = Vec::new();
    for precision in [Precision::F64, Precision::F32] {
        for scheme in [Scheme::Central, Scheme::Forward, Scheme::Backward] {
            let asked = Difference::default().with_scheme(scheme);
            ways.push((precision, asked.with_step(Step::fixed(1e-3).unwrap())));
            ways.push((precision, direct(scheme, Step::relative(-10).unwrap())));
            if scheme == Scheme::Central {
                ways.push((precision, asked));
                // So small that it vanishes at points that go far away.
                let small = if precision == Precision::F32 { 1e-3 } else { 1e-9 };
                ways.push((precision, direct(scheme, Step::fixed(small).unwrap())));
            }
        }
    }
    ways
}

const N: usize = 5;

/// In Rust, on lanes.
#[derive(Clone)]
struct Wave;

impl Formula for Wave {
    #[inline(always)]
    fn value<A: Number>(&self, x: &[A]) -> A {
        let mut sum = A::of(0.0);
        for pair in x.windows(2) {
            sum += pair[0] * pair[0] + (pair[0] * pair[1]).sin();
        }
        sum
    }
}

const ROSENBROCK: &str = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)";

#[test]
fn blocks_take_the_same_way() {
    let loops = WgslObjective::new(
        "loops.wgsl",
        "fn objective() -> real {
            var sum = 0.0;
            for (var i = 0u; i < dimension(); i++) {
                // A corner and a jump, where slopes are in doubt.
                if (x(i) > 0.5) { sum += (x(i) - 0.5) * 3.0; } else { sum += 0.1 * x(i) * x(i); }
                sum += 0.01 * floor(2.0 * x(i));
            }
            return sum;
        }",
        5,
        ShaderOptions::default(),
    );
    let loops = loops.unwrap();
    let rosenbrock = WgslObjective::from_expression(ROSENBROCK, 5).unwrap();
    let formula = Closure::formula(N, Wave).unwrap();
    let closure = Closure::new(N, |x| x.iter().map(|x| (x - 1.0).powi(2)).sum::<f64>().sqrt()).unwrap();
    for how in ways() {
        agree(&rosenbrock, how, 1e-3, &starts(130, 5));
        agree(&loops, how, 0.03, &starts(73, 5));
        agree(&formula, how, 0.02, &starts(80, N));
        if how.0 == Precision::F64 {
            agree(&closure, how, 0.05, &starts(72, 5));
        }
    }
}

/// Of several terms, too: such that read few coordinates each, and such that read all of them; more of either than are added up
/// together.
#[test]
fn blocks_of_sums_take_the_same_way() {
    let chain = WgslObjective::from_expression(ROSENBROCK, 140).unwrap();
    assert_eq!(chain.terms(), 139);
    let t: Vec<f64> = (0..1100).map(|i| f64::from(i) / 550.0).collect();
    let y: Vec<f64> = t.iter().map(|t| 1.3 * (-0.7 * t).exp() + 0.1 * (37.0 * t).sin()).collect();
    let data = DataSet::new().with_array("t", Array1::from(t).view()).with_array("y", Array1::from(y).view());
    let decay = "sum(abs(x0*exp(-x1*t) + x2*max(t - x2, 0) - y)) / 1100";
    let options = ExpressionOptions { data, ..Default::default() };
    let decay = WgslObjective::from_expression_with(decay, 3, &options).unwrap();
    assert_eq!(decay.terms(), 1100);
    let by_slopes = |how: &Difference| *how == how.with_method(Method::Auto);
    for how in ways().into_iter().filter(|(_, how)| by_slopes(how)) {
        agree(&chain, how, 1e-4, &starts(100, 140));
        agree(&decay, how, 0.05, &starts(128, 3));
    }
}

/// Rules that keep something, and those whose learning rate changes.
fn rules() -> Vec<Box<dyn Fn() -> Box<dyn Update>>> {
    let cosine = || Rate::new(0.02).with(Schedule::Cosine { steps: 150, least: 0.0 });
    vec![
        Box::new(|| Box::new(Momentum::new(1e-3))),
        Box::new(|| Box::new(Nesterov::new(1e-3))),
        Box::new(|| Box::new(AdaGrad::new(0.1))),
        Box::new(|| Box::new(RmsProp::new(0.01))),
        Box::new(|| Box::new(Adam::new(0.05))),
        Box::new(move || Box::new(AdamW::new(cosine()))),
        Box::new(|| Box::new(Lion::new(0.01).decay(0.1))),
        Box::new(|| Box::new(Clipped::new(WeightDecay::new(Adam::new(0.05), 0.1), Clip::Value(2.0)))),
        Box::new(move || Box::new(GradientDescent::new(cosine()))),
    ]
}

#[test]
fn rules_that_keep_something_take_the_same_way() {
    let rosenbrock = WgslObjective::from_expression(ROSENBROCK, 5).unwrap();
    let corners = WgslObjective::from_expression("sum(abs(x) + x^2) - 0.1*x0", 5).unwrap();
    for (k, rule) in rules().into_iter().enumerate() {
        for precision in [Precision::F64, Precision::F32] {
            let how = (precision, Difference::default());
            agree_by(&*rule, &rosenbrock, how, &starts(80, 5));
            agree_by(&*rule, &corners, how, &starts(75, 5));
            // Which differences, is nothing to a rule.
            if k.is_multiple_of(3) {
                let how = (precision, direct(Scheme::Central, Step::relative(-10).unwrap()));
                agree_by(&*rule, &rosenbrock, how, &starts(73, 5));
            }
        }
    }
}

/// Each point by a rule of its own: as alone.
#[test]
fn rules_of_points_are_their_own() {
    let f = WgslObjective::from_expression(ROSENBROCK, 5).unwrap();
    let start = starts(100, 5);
    let rate = |i: usize| 1e-4 * (1 + i % 7) as f64;
    let in_blocks = AtomicBool::new(false);
    for how in [Precision::F64, Precision::F32].map(|precision| (precision, Difference::default())) {
        let rules = (0..100).map(|i| {
            Box::new(Watched(Box::new(Momentum::new(rate(i))), &in_blocks, usize::MAX)) as Box<dyn Update>
        });
        let (done, ..) = walk(Descent::with_rules(rules.collect::<Vec<_>>()), &f, how, &start);
        for i in [0, 1, 5, 13, 70, 99] {
            let alone = start.slice(ndarray::s![i..=i, ..]).to_owned();
            let (alone, ..) = walk(Descent::new(Led(Box::new(Momentum::new(rate(i))))), &f, how, &alone);
            assert_eq!(bits(alone.points.row(0)), bits(done.points.row(i)), "{i} {how:?}");
        }
    }
}

/// Within bounds, that many points come to.
#[test]
fn bounds_hold_in_blocks() {
    let f = WgslObjective::from_expression(ROSENBROCK, 5).unwrap();
    let start = starts(100, 5);
    let (lower, upper) = ([-0.3, -1.0, f64::NEG_INFINITY, 0.1, -2.0], [0.4, 0.7, 0.3, 0.1, f64::INFINITY]);
    for precision in [Precision::F64, Precision::F32] {
        let how = (precision, Difference::default());
        let in_blocks = AtomicBool::new(false);
        let adam = || Box::new(Adam::new(0.05));
        let watched = Descent::new(Watched(adam(), &in_blocks, 5)).bounds(&lower, &upper);
        let (done, values, _) = walk(watched, &f, how, &start);
        let (led, led_values, _) = walk(Descent::new(Led(adam())).bounds(&lower, &upper), &f, how, &start);
        assert!(in_blocks.into_inner());
        assert_eq!(bits(&done.points), bits(&led.points));
        assert_eq!(bits(values.iter().flatten()), bits(led_values.iter().flatten()));
        for x in done.points.rows() {
            let is_within = |i: usize| lower[i] - 1e-8 <= x[i] && x[i] <= upper[i] + 1e-8;
            assert!((0..5).all(is_within) && [0.1, f64::from(0.1f32)].contains(&x[3]), "{x}");
        }
    }
}
