//! Update rules take the steps that optax takes (`scripts/rule_trajectories.py` wrote them down), in f64 and f32, on the CPU and on a
//! device; and wrong settings are named.

use crate::common::engines;
use ndarray::array;
use plusminus::{
    AdaGrad, Adam, AdamW, Clip, Clipped, Descent, Difference, Engine, GradientDescent, Lion, Momentum,
    Nesterov, Precision, Rate, RmsProp, Schedule, Update, WeightDecay, WgslObjective,
};

const STEPS: &str = include_str!("common/trajectories.csv");

const F: &str = "(x0 - 1)^2/2 + 5*(x1 + 2)^2 + (x2^2 - 1)^2/4 + 0.3*x0*x1";

fn rules() -> Vec<(&'static str, Box<dyn Update>)> {
    let cosine = |steps, least| Schedule::Cosine { steps, least };
    let with = |schedule| GradientDescent::new(Rate::new(0.05).with(schedule));
    vec![
        ("momentum", Box::new(Momentum::new(0.02).beta(0.8))),
        ("nesterov", Box::new(Nesterov::new(0.02).beta(0.8))),
        ("adagrad", Box::new(AdaGrad::new(0.3).epsilon(0.0))),
        ("rmsprop", Box::new(RmsProp::new(0.05).rho(0.9).epsilon(1e-3))),
        ("adam", Box::new(Adam::new(0.1).betas(0.8, 0.95).epsilon(1e-4))),
        ("adamw", Box::new(AdamW::new(0.1).betas(0.8, 0.95).epsilon(1e-4).decay(0.2))),
        ("lion", Box::new(Lion::new(0.05).betas(0.8, 0.95).decay(0.2))),
        ("decay", Box::new(WeightDecay::new(GradientDescent::new(0.02), 0.2))),
        ("clip-norm", Box::new(Clipped::new(GradientDescent::new(0.05), Clip::Norm(1.5)))),
        ("clip-value", Box::new(Clipped::new(GradientDescent::new(0.05), Clip::Value(1.5)))),
        ("exponential", Box::new(with(Schedule::Exponential { factor: 0.9 }))),
        ("step", Box::new(with(Schedule::Step { every: 4, factor: 0.5 }))),
        ("cosine", Box::new(with(cosine(8, 0.1)))),
        ("warm-up", Box::new(with(Schedule::WarmUp { steps: 4, then: Box::new(cosine(6, 0.0)) }))),
    ]
}

/// The points after each step.
fn written(name: &str) -> Vec<[f64; 3]> {
    let own = STEPS.lines().map(|line| line.split(',').collect::<Vec<&str>>()).filter(|line| line[0] == name);
    own.map(|line| [2, 3, 4].map(|i| line[i].parse().unwrap())).collect()
}

#[test]
fn the_steps_of_another_library() {
    let f = WgslObjective::from_expression(F, 3).unwrap();
    for engine in engines() {
        let single = engine.precision() == Precision::F32;
        let mut evaluator = engine.evaluator(&f).unwrap();
        for (name, rule) in rules() {
            let want = written(name);
            // optax takes the factors of schedules in f32.
            let is_scheduled = ["exponential", "step", "cosine", "warm-up"].contains(&name);
            let most = if single {
                2e-5
            } else if is_scheduled {
                1e-7
            } else {
                1e-12
            };
            assert_eq!(want.len(), 12, "{name}");
            let mut seen = Vec::new();
            let descent = Descent::new(rule).steps(12).points_every(1).observe(|report| {
                seen.extend(report.points.map(|points| points.row(0).to_vec()));
                Ok(())
            });
            descent.run(&mut evaluator, array![[2.0, -1.0, 0.5]].view()).unwrap();
            assert_eq!(seen.len(), 12, "{name}");
            for (step, (is, want)) in seen.iter().zip(&want).enumerate() {
                let is_near = is.iter().zip(want).all(|(is, want)| (is - want).abs() <= most);
                assert!(is_near, "{name}, step {step} on {}: {is:?} and not {want:?}", engine.device());
            }
        }
    }
}

/// Points of a batch have states of their own, and those that have stopped leave the others theirs.
#[test]
fn points_do_not_share_what_rules_keep() {
    let f = WgslObjective::from_expression(F, 3).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let starts = array![[2.0, -1.0, 0.5], [0.0, 0.0, 0.0], [1e100, 0.0, 0.0], [-3.0, 2.0, 1.5]];
    let mut run = |starts: ndarray::ArrayView2<'_, f64>| {
        let rule = Adam::new(0.1);
        Descent::new(rule).steps(40).difference(Difference::default()).run(&mut evaluator, starts).unwrap()
    };
    let together = run(starts.view());
    for i in [0, 1, 3] {
        let alone = run(starts.slice(ndarray::s![i..=i, ..]));
        assert_eq!(alone.points.row(0), together.points.row(i));
    }
}

/// One cycle begins and ends where it says, with its top at three tenths.
#[test]
fn one_cycle_rises_and_falls() {
    let rate = Rate::new(2.0).with(Schedule::OneCycle { steps: 100 });
    let near = |step: usize, want: f64| assert!((rate.at(step) - want).abs() <= 1e-12 * want, "{step}");
    near(0, 2.0 / 25.0);
    near(29, 2.0);
    near(99, 2.0 / 250_000.0);
    near(500, 2.0 / 250_000.0);
    let all: Vec<f64> = (0..100).map(|step| rate.at(step)).collect();
    assert!(all[..30].is_sorted() && all[29..].iter().rev().is_sorted());
}

#[test]
fn wrong_settings_are_named() {
    let f = WgslObjective::from_expression(F, 3).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let with = |schedule| GradientDescent::new(Rate::new(0.1).with(schedule));
    let cases: Vec<(Box<dyn Update>, &str)> = vec![
        (Box::new(Momentum::new(f64::NAN)), "learning rate is NaN"),
        (Box::new(Momentum::new(0.1).beta(1.0)), "beta = 1"),
        (Box::new(Nesterov::new(0.1).beta(-0.1)), "beta = -0.1"),
        (Box::new(AdaGrad::new(0.1).epsilon(-1.0)), "epsilon = -1"),
        (Box::new(RmsProp::new(0.1).rho(2.0)), "rho = 2"),
        (Box::new(Adam::new(0.1).betas(0.9, 1.0)), "beta2 = 1"),
        (Box::new(AdamW::new(0.1).decay(f64::INFINITY)), "decay = inf"),
        (Box::new(Lion::new(0.1).betas(1.5, 0.9)), "beta1 = 1.5"),
        (Box::new(Clipped::new(GradientDescent::new(0.1), Clip::Norm(0.0))), "clipped to 0"),
        (Box::new(Clipped::new(GradientDescent::new(0.1), Clip::Value(f64::NAN))), "clipped to NaN"),
        (Box::new(WeightDecay::new(GradientDescent::new(0.1), -0.5)), "decay = -0.5"),
        (Box::new(with(Schedule::Cosine { steps: 0, least: 0.0 })), "0 steps"),
        (Box::new(with(Schedule::Cosine { steps: 5, least: 2.0 })), "down to 2"),
        (Box::new(with(Schedule::Exponential { factor: -1.0 })), "factor -1"),
        (
            Box::new(with(Schedule::WarmUp { steps: 2, then: Box::new(Schedule::OneCycle { steps: 0 }) })),
            "0 steps",
        ),
    ];
    for (rule, want) in cases {
        let error = Descent::new(rule).run(&mut evaluator, array![[1.0, 1.0, 1.0]].view()).unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
    }
}
