//! A descent keeps the lowest point that it has seen, and says what was gained from the start to the end.

use crate::common::random::SplitMix64;
use crate::common::{direct, engines, is_cpu};
use ndarray::{Array2, array};
use plusminus::{
    Adam, DataSet, Descent, DescentResult, Difference, Engine, ExpressionOptions, GradientDescent,
    Minibatches, Objective, Precision, Scheme, Step, Update, WgslObjective,
};

/// Steps that are too large: x ← x·(3 - 2x²) jumps about.
const JUMPS: &str = "sum((x^2 - 1)^2) + 0.1*x0*x1";

fn starts(count: usize, n: usize) -> Array2<f64> {
    let mut random = SplitMix64::new(3);
    Array2::from_shape_simple_fn((count, n), || f64::from((2.4 * random.uniform() - 1.2) as f32))
}

/// The descent, and of each point the least of all values that were reported, with the step before which it was.
fn walk(
    engine: &Engine,
    objective: &dyn Objective,
    (rule, steps, difference): (impl Update, usize, Difference),
    every: usize,
    start: &Array2<f64>,
) -> (DescentResult, Vec<(f64, usize)>) {
    let mut least = vec![(f64::INFINITY, 0); start.nrows()];
    let mut evaluator = engine.evaluator(objective).unwrap();
    let descent =
        Descent::new(rule).steps(steps).difference(difference).report_every(every).observe(|report| {
            for (least, &value) in least.iter_mut().zip(report.values.iter().flatten()) {
                if value < least.0 {
                    *least = (value, report.step - 1);
                }
            }
            Ok(())
        });
    let done = descent.run(&mut evaluator, start.view()).unwrap();
    for (least, (value, outcome)) in least.iter_mut().zip(done.values.iter().zip(&done.outcomes)) {
        if let Some(value) = value.filter(|value| *value <= least.0) {
            *least = (value, outcome.steps());
        }
    }
    (done, least)
}

#[test]
fn the_lowest_of_all_reported_values_is_kept() {
    let f = WgslObjective::from_expression(JUMPS, 3).unwrap();
    let start = starts(150, 3);
    for engine in engines() {
        let fixed = Difference::default().with_step(Step::fixed(1e-3).unwrap());
        let ways = [Difference::default(), fixed, direct(Scheme::Central, Step::relative(-10).unwrap())];
        for difference in ways {
            let label = format!("{} {difference:?}", engine.device());
            let (done, least) = walk(&engine, &f, (GradientDescent::new(0.45), 60, difference), 1, &start);
            let mut evaluator = engine.evaluator(&f).unwrap();
            let there = evaluator.values(done.best_points.view()).unwrap();
            let mut is_before_the_end = false;
            for (i, gain) in done.gains.iter().enumerate() {
                assert_eq!((gain.best.unwrap(), gain.best_steps), least[i], "{label}: point {i}");
                // f at that point, evaluated alone.
                let off = (there[i] - least[i].0).abs();
                assert!(off <= 1e3 * engine.precision().epsilon(), "{label}: point {i}, off by {off:e}");
                assert!(gain.best.unwrap() <= gain.start.unwrap().min(gain.end.unwrap()), "{label}: {gain}");
                is_before_the_end |= gain.best_steps < done.outcomes[i].steps();
            }
            assert!(is_before_the_end, "{label}: the test needs values that rise");
            // Increments on the CPU look at every step, reported or not; in blocks of points and one by one.
            if is_cpu(&engine) && difference != ways[2] {
                let (unseen, _) = walk(&engine, &f, (GradientDescent::new(0.45), 60, difference), 0, &start);
                assert_eq!(unseen.gains, done.gains, "{label}");
                assert_eq!(unseen.best_points, done.best_points, "{label}");
                let one = start.slice(ndarray::s![7..8, ..]).to_owned();
                let (alone, _) = walk(&engine, &f, (GradientDescent::new(0.45), 60, difference), 0, &one);
                assert_eq!(alone.gains[0], done.gains[7], "{label}");
            }
        }
        // A rule that is led from here.
        let (done, least) = walk(&engine, &f, (Adam::new(0.5), 40, Difference::default()), 1, &start);
        for (gain, least) in done.gains.iter().zip(&least) {
            assert_eq!((gain.best.unwrap(), gain.best_steps), *least);
        }
    }
}

#[test]
fn worse_than_it_began_is_said() {
    let f = WgslObjective::from_expression("x0^2 + 3", 1).unwrap();
    let start = array![[1.0], [0.0], [2.0]];
    for engine in engines() {
        let descend = |rate: f64| {
            let mut evaluator = engine.evaluator(&f).unwrap();
            Descent::new(GradientDescent::new(rate)).steps(30).run(&mut evaluator, start.view()).unwrap()
        };
        let rising = descend(1.1);
        assert!(rising.gains[0].is_worse() && rising.gains[2].is_worse() && !rising.gains[1].is_worse());
        assert!(rising.gains[0].to_string().starts_with("f rose from 4 to "), "{}", rising.gains[0]);
        assert!(rising.gains[0].to_string().contains("worse than it began"));
        assert_eq!(rising.gains[0].best, Some(4.0));
        assert_eq!(rising.best_points.row(2)[0], 2.0);
        let falling = descend(0.1);
        assert!(falling.gains.iter().all(|gain| !gain.is_worse()));
        assert!(falling.gains[2].to_string().starts_with("f fell from 7 to 3.0"), "{}", falling.gains[2]);
        assert_eq!(falling.gains[1].to_string(), "f stayed at 3");
    }
}

/// Values over minibatches are of different functions: no start and no lowest value is claimed.
#[test]
fn minibatches_claim_nothing() {
    let t: Vec<f64> = (0..40).map(f64::from).collect();
    let data = DataSet::new().with_array("t", ndarray::Array1::from(t).view());
    let options = ExpressionOptions { data, ..Default::default() };
    let f = WgslObjective::from_expression_with("sum((x0 - t/40)^2)", 1, &options).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let batches = Minibatches::new(f.terms(), 10, 1).unwrap();
    let descent = Descent::new(GradientDescent::new(0.01)).steps(20).minibatches(batches);
    let done = descent.run(&mut evaluator, array![[4.0]].view()).unwrap();
    let gain = done.gains[0];
    assert!(gain.start.is_none() && gain.end.is_some() && !gain.is_worse());
    assert_eq!(gain.best, gain.end);
    assert!(gain.to_string().starts_with("f ended at "), "{gain}");
}
