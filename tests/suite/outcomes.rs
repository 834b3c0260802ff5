//! Each outcome of a descent is provoked, on the CPU and on a device, in both precisions, where known functions say what it has to be.

use crate::common::{by_precision, direct, engines};
use ndarray::{Array2, array};
use plusminus::{
    Adam, Descent, DescentResult, Difference, Engine, Evidence, GradientDescent, Momentum, Outcome,
    PointKind, Sampling, Scheme, Step, Stopping, Update, WgslObjective,
};

struct Case<'a> {
    expression: &'a str,
    rate: f64,
    steps: usize,
    difference: Difference,
    stopping: Stopping,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case {
            expression: "sum(x^2)",
            rate: 0.1,
            steps: 300,
            difference: Difference::default(),
            stopping: Stopping::default(),
        }
    }
}

fn descend(engine: &Engine, case: &Case<'_>, start: &Array2<f64>) -> DescentResult {
    let f = WgslObjective::from_expression(case.expression, start.ncols()).unwrap();
    Descent::new(GradientDescent::new(case.rate))
        .steps(case.steps)
        .difference(case.difference)
        .stopping(case.stopping)
        .run(&mut engine.evaluator(&f).unwrap(), start.view())
        .unwrap()
}

/// The only outcome, on every engine.
fn on_all(case: &Case<'_>, start: &Array2<f64>, check: impl Fn(&Engine, &Outcome, &DescentResult)) {
    for engine in engines() {
        let done = descend(&engine, case, start);
        assert_eq!(done.outcomes.len(), start.nrows());
        for outcome in &done.outcomes {
            check(&engine, outcome, &done);
        }
    }
}

/// Booth's function: the minimum at (1, 3), curvatures 2 and 18.
const BOOTH: &str = "(x0 + 2*x1 - 7)^2 + (2*x0 + x1 - 5)^2";

#[test]
fn a_descent_that_arrives_has_converged_to_a_minimum() {
    let case = Case { expression: BOOTH, rate: 0.05, steps: 600, ..Case::default() };
    on_all(&case, &array![[5.0, -4.0], [-9.0, 9.0]], |engine, outcome, done| {
        let Outcome::Converged { is_minimum: true, gradient, .. } = outcome else {
            panic!("{engine:?}: {outcome}")
        };
        assert!(*gradient < by_precision(engine, 1e-4, 1e-10), "{outcome}");
        for point in done.points.rows() {
            let off = (point[0] - 1.0).abs().max((point[1] - 3.0).abs());
            assert!(off < by_precision(engine, 1e-5, 1e-12), "{engine:?}: {point}");
        }
    });
    // Not there yet is another thing.
    let case = Case { expression: BOOTH, rate: 0.05, steps: 40, ..Case::default() };
    on_all(&case, &array![[5.0, -4.0]], |engine, outcome, done| {
        assert!(matches!(outcome, Outcome::StepsDone { steps: 40 }), "{engine:?}: {outcome}");
        let gain = done.gains[0];
        let (start, end) = (gain.start_gradient.unwrap(), gain.end_gradient.unwrap());
        assert!((start - 38.0).abs() < 1e-3 && end < 1.0 && end > 1e-3, "{start} {end}");
    });
}

#[test]
fn a_point_that_cannot_move_near_a_minimum_has_converged() {
    // In f32 the updates round away long before the gradient is 0.
    let case = Case { expression: "(x0 - 3)^2 + 5", rate: 0.3, steps: 2000, ..Case::default() };
    on_all(&case, &array![[10.0]], |engine, outcome, _| {
        assert!(matches!(outcome, Outcome::Converged { is_minimum: true, .. }), "{engine:?}: {outcome}");
        assert!(!outcome.to_string().contains("larger learning rate"), "{outcome}");
    });
    // Far from one it is the rate that is too small.
    let case = Case { rate: 1e-20, steps: 100, ..Case::default() };
    on_all(&case, &array![[-3.0, 4.0]], |engine, outcome, _| {
        assert!(matches!(outcome, Outcome::SwallowedUpdate { steps: 0, .. }), "{engine:?}: {outcome}");
    });
}

#[test]
fn saddles_maxima_and_flat_bottoms_are_no_minima() {
    let kind_of = |expression: &'static str, start: Array2<f64>, rate: f64, steps: usize, want: PointKind| {
        let case = Case { expression, rate, steps, ..Case::default() };
        on_all(&case, &start, |engine, outcome, _| {
            let Outcome::Stationary { point, .. } = outcome else {
                panic!("{engine:?} {expression}: {outcome}")
            };
            assert_eq!(point.kind, want, "{engine:?} {expression}: {outcome}");
            if want == PointKind::Saddle {
                let direction = point.direction.as_ref().unwrap();
                assert!(
                    direction[0].abs() < 1e-3 && (direction[1].abs() - 1.0).abs() < 1e-6,
                    "{direction:?}"
                );
                assert!((point.least + 2.0).abs() < 1e-2 && (point.greatest - 2.0).abs() < 1e-2, "{point}");
            }
        });
    };
    // From the ridge of a saddle plain descent goes to it.
    kind_of("x0^2 - x1^2", array![[1.0, 0.0], [-5.0, 0.0]], 0.1, 400, PointKind::Saddle);
    kind_of("x0^2 - x1^2 + x1^4", array![[2.0, 0.0]], 0.1, 400, PointKind::Saddle);
    kind_of("-sum(x^2)", array![[0.0, 0.0]], 0.1, 10, PointKind::Maximum);
    // A monkey saddle has no curvature at all.
    kind_of("x0^3 - 3*x0*x1^2", array![[0.0, 0.0]], 0.1, 10, PointKind::Degenerate);
    // A valley with a flat bottom.
    kind_of("(x0 + x1 - 1)^2", array![[3.0, 2.0]], 0.1, 400, PointKind::Degenerate);
}

#[test]
fn a_plateau_is_no_minimum() {
    let case = Case { expression: "1 + tanh(x0)^2", rate: 0.1, steps: 50, ..Case::default() };
    let start = array![[12.0], [-12.0]];
    on_all(&case, &(start * 2.0), |engine, outcome, _| {
        let is_flat = matches!(outcome, Outcome::Plateau { .. } | Outcome::Stationary { .. });
        let is_swallowed = matches!(outcome, Outcome::SwallowedUpdate { .. });
        assert!(is_flat && !is_swallowed, "{engine:?}: {outcome}");
    });
    // Half way up it is not.
    on_all(&case, &array![[0.9]], |engine, outcome, _| {
        assert!(
            matches!(outcome, Outcome::StepsDone { .. } | Outcome::Converged { .. }),
            "{engine:?}: {outcome}"
        );
    });
}

#[test]
fn a_rate_that_is_too_large_is_named() {
    // The curvature of x² is 2: at a rate of 1 every second step leads back.
    let case = Case { rate: 1.0, steps: 101, ..Case::default() };
    on_all(&case, &array![[3.0, -4.0]], |engine, outcome, _| {
        let Outcome::Oscillating { swing, largest_rate: Some(rate), .. } = outcome else {
            panic!("{engine:?}: {outcome}")
        };
        assert_eq!(*swing, 8.0);
        assert!((rate - 1.0).abs() < 1e-3, "{rate}");
    });
    // Below the rate that is named it does not.
    let case = Case { rate: 0.99, steps: 4000, ..Case::default() };
    on_all(&case, &array![[3.0, -4.0]], |engine, outcome, _| {
        assert!(outcome.is_converged(), "{engine:?}: {outcome}");
    });
    let case = Case { rate: 1.1, steps: 60, ..Case::default() };
    on_all(&case, &array![[3.0, -4.0]], |engine, outcome, done| {
        assert!(matches!(outcome, Outcome::Diverging { since: 0, .. }), "{engine:?}: {outcome}");
        assert!(outcome.is_failure() && done.gains[0].is_worse());
    });
    // It falls at first, where f is flat, and then goes off: exp(x²) overflows.
    let case = Case { expression: "exp(x0^2) - x1", rate: 0.02, steps: 4000, ..Case::default() };
    on_all(&case, &array![[2.4, 0.0]], |engine, outcome, _| {
        assert!(matches!(outcome, Outcome::NonFinite { since: 0, .. }), "{engine:?}: {outcome}");
    });
}

/// At a corner no learning rate ends it.
#[test]
fn no_rate_is_named_at_a_corner() {
    let case = Case { expression: "abs(x0) + abs(x1 - 1)", rate: 0.1, steps: 61, ..Case::default() };
    on_all(&case, &array![[0.95, 0.55]], |engine, outcome, _| {
        assert!(matches!(outcome, Outcome::Oscillating { largest_rate: None, .. }), "{engine:?}: {outcome}");
    });
}

/// Squares of gradients overflow before the function does: Adam then moves no more, and on devices in f32 the host goes on.
#[test]
fn what_a_rule_keeps_may_overflow() {
    for engine in engines() {
        let f = WgslObjective::from_expression("-exp(x0)", 1).unwrap();
        for every in [0, 1] {
            let descent = Descent::new(Adam::new(1.0)).steps(2000).points_every(every);
            let done = descent.run(&mut engine.evaluator(&f).unwrap(), array![[0.0]].view()).unwrap();
            let outcome = &done.outcomes[0];
            assert!(
                matches!(outcome, Outcome::Unbounded { .. }),
                "{engine:?}, points every {every}: {outcome}"
            );
        }
    }
}

#[test]
fn what_falls_without_end_is_called_so() {
    for (expression, rate, steps) in
        [("-sum(x^2)", 0.5, 2000), ("-x0^4 - x1^4", 0.1, 100), ("x0^3 + x1^2", 0.1, 300)]
    {
        let case = Case { expression, rate, steps, ..Case::default() };
        on_all(&case, &array![[-1.0, 0.5]], |engine, outcome, _| {
            assert!(matches!(outcome, Outcome::Unbounded { .. }), "{engine:?} {expression}: {outcome}");
            assert!(outcome.is_failure() && outcome.to_string().contains("falls without end"));
        });
    }
}

#[test]
fn a_gradient_that_is_not_known_is_not_zero() {
    // At a corner of direct differences the quotients on both sides cancel: 0, give or take the slopes.
    for engine in engines() {
        let f = WgslObjective::from_expression("380*abs(x0)", 1).unwrap();
        let difference = direct(Scheme::Central, Step::Auto);
        let done = Descent::new(GradientDescent::new(0.1))
            .steps(5)
            .difference(difference)
            .run(&mut engine.evaluator(&f).unwrap(), array![[0.0]].view());
        // No derivative is as good an answer.
        let said = match done {
            Ok(done) => {
                assert!(!done.outcomes[0].is_converged(), "{}", done.outcomes[0]);
                done.outcomes[0].to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(!said.contains("exactly 0"), "{engine:?}: {said}");
    }
}

#[test]
fn tolerances_stop_where_they_are_met_and_cost_nothing_after() {
    let start = array![[3.0, 4.0], [0.3, -0.4], [0.0, 0.0]];
    let stopping = |stopping: Stopping| Case { steps: 1000, stopping, ..Case::default() };
    let kept = Stopping::default();
    // The gradient, 2x, falls by 0.8 a step: 8·0.8^k ≤ 1e-3 from k = 41 on, 0.8·0.8^k from k = 30; looked at every tenth step.
    let case = stopping(Stopping { gradient: Some(1e-3), ..kept });
    on_all(&case, &start, |engine, _, done| {
        let steps: Vec<usize> = done.outcomes.iter().map(Outcome::steps).collect();
        assert_eq!(steps, [50, 30, 0], "{engine:?}");
        assert!(done.outcomes.iter().all(Outcome::is_converged), "{:?}", done.outcomes);
        let by = |i: usize| {
            matches!(done.outcomes[i], Outcome::Converged { by: Evidence::GradientTolerance { .. }, .. })
        };
        assert!(by(0) && by(1) && by(2), "{:?}", done.outcomes);
        // 80 gradients of two coordinates, in pairs, and few more for those that led the way to the end of a stretch.
        assert!(done.evaluations <= 4 * 85, "{}", done.evaluations);
    });
    // Every step: 0.2·0.8^(k-1) of the last point, so never; of f, 0.36.
    let case = stopping(Stopping { step: Some(0.26), every: 1, ..kept });
    on_all(&case, &array![[3.0, 4.0]], |engine, outcome, _| {
        assert!(
            matches!(outcome, Outcome::Converged { steps: 1, by: Evidence::StepTolerance { .. }, .. }),
            "{engine:?}: {outcome}"
        );
    });
    // f + 1 changes by less than 1e-3 where 25·0.64^k·0.5625 does: from k = 21 on.
    let case =
        Case { expression: "1 + sum(x^2)", ..stopping(Stopping { value: Some(1e-3), every: 1, ..kept }) };
    on_all(&case, &array![[3.0, 4.0]], |engine, outcome, _| {
        assert!(
            matches!(outcome, Outcome::Converged { by: Evidence::ValueTolerance { .. }, .. }),
            "{engine:?}: {outcome}"
        );
        assert!((21..=22).contains(&outcome.steps()), "{engine:?}: {outcome}");
    });
    // At a rate of 1 nothing is gained.
    let case = Case { rate: 1.0, ..stopping(Stopping { patience: Some(20), ..kept }) };
    on_all(&case, &array![[3.0, 4.0]], |engine, outcome, _| {
        assert!(matches!(outcome, Outcome::NoProgress { steps: 20, since: 0 }), "{engine:?}: {outcome}");
    });
    // The error bars alone: from where the gradient is 0 within them no step is worth it.
    let case = Case { expression: BOOTH, rate: 0.05, ..stopping(Stopping { gradient: Some(0.0), ..kept }) };
    on_all(&case, &array![[5.0, -4.0]], |engine, outcome, _| {
        assert!(outcome.is_converged() && outcome.steps() < 600, "{engine:?}: {outcome}");
    });
    for wrong in [
        Stopping { gradient: Some(-1.0), ..kept },
        Stopping { step: Some(f64::NAN), ..kept },
        Stopping { patience: Some(0), ..kept },
        Stopping { every: 0, ..kept },
    ] {
        let f = WgslObjective::from_expression("x0^2", 1).unwrap();
        let engine = &engines()[0];
        let descent = Descent::new(GradientDescent::new(0.1)).stopping(wrong);
        assert!(descent.run(&mut engine.evaluator(&f).unwrap(), array![[1.0]].view()).is_err(), "{wrong:?}");
    }
}

#[test]
fn an_end_that_is_asked_for_keeps_what_there_is() {
    for engine in engines() {
        let f = WgslObjective::from_expression(BOOTH, 2).unwrap();
        let seen = std::cell::Cell::new(0);
        let done = Descent::new(GradientDescent::new(1e-3))
            .steps(100_000)
            .observe(|report| {
                seen.set(report.step);
                Ok(())
            })
            .stop_when(|| seen.get() >= 30)
            .run(&mut engine.evaluator(&f).unwrap(), array![[5.0, -4.0]].view())
            .unwrap();
        assert!(
            matches!(done.outcomes[0], Outcome::Interrupted { steps } if steps == seen.get()),
            "{:?}",
            done.outcomes
        );
        assert!(done.gains[0].end.unwrap() < done.gains[0].start.unwrap());
    }
}

#[test]
fn bounds_are_kept_and_a_corner_can_be_a_minimum() {
    for engine in engines() {
        let f = WgslObjective::from_expression(BOOTH, 2).unwrap();
        let descend = |lower: [f64; 2], upper: [f64; 2]| {
            Descent::new(GradientDescent::new(0.05))
                .steps(500)
                .bounds(&lower, &upper)
                .run(&mut engine.evaluator(&f).unwrap(), array![[-7.0, 9.0]].view())
                .unwrap()
        };
        // At x1 ≤ 2 the minimum is where 2(x0 + 2x1 - 7) + 4(2x0 + x1 - 5) = 0: x0 = (34 - 8·2) / 10 = 1.8.
        let done = descend([-10.0, -10.0], [10.0, 2.0]);
        assert!(
            done.points[[0, 1]] == 2.0
                && (done.points[[0, 0]] - 1.8).abs() < by_precision(&engine, 1e-5, 1e-12)
        );
        assert!(done.outcomes[0].is_converged(), "{engine:?}: {}", done.outcomes[0]);
        // Where both press outwards: the corner.
        let done = descend([2.5, 3.5], [9.0, 9.0]);
        assert_eq!(done.points, array![[2.5, 3.5]]);
        assert!(done.outcomes[0].is_converged(), "{engine:?}: {}", done.outcomes[0]);
        let rule = || Descent::new(GradientDescent::new(0.05));
        let mut evaluator = engine.evaluator(&f).unwrap();
        let start = array![[0.0, 0.0]];
        assert!(rule().bounds(&[0.0], &[1.0]).run(&mut evaluator, start.view()).is_err());
        assert!(rule().bounds(&[0.0, 2.0], &[1.0, 1.0]).run(&mut evaluator, start.view()).is_err());
    }
}

#[test]
fn each_point_has_a_rule_of_its_own() {
    for engine in engines() {
        let f = WgslObjective::from_expression("sum(x^2)", 2).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let start = array![[3.0, 4.0], [3.0, 4.0], [-1.0, 2.0]];
        let rates = [0.1, 0.5, 0.01];
        let rules = rates.map(|rate| Box::new(GradientDescent::new(rate)) as Box<dyn Update>);
        let done = Descent::with_rules(rules.into()).steps(20).run(&mut evaluator, start.view()).unwrap();
        for (i, rate) in rates.into_iter().enumerate() {
            let alone = Descent::new(GradientDescent::new(rate))
                .steps(20)
                .run(&mut evaluator, start.slice(ndarray::s![i..=i, ..]))
                .unwrap();
            let apart = (&alone.points.row(0) - &done.points.row(i)).mapv(f64::abs).sum();
            assert!(
                apart <= by_precision(&engine, 1e-6, 1e-15),
                "{engine:?}: {} {}",
                alone.points,
                done.points
            );
            assert_eq!(std::mem::discriminant(&alone.outcomes[0]), std::mem::discriminant(&done.outcomes[i]));
        }
        let two = [0.1, 0.2].map(|rate| Box::new(GradientDescent::new(rate)) as Box<dyn Update>);
        let error = Descent::with_rules(two.into()).run(&mut evaluator, start.view()).unwrap_err();
        assert!(error.to_string().contains("2 update rules for 3 points"), "{error}");
        let mixed: Vec<Box<dyn Update>> = vec![
            Box::new(GradientDescent::new(0.1)),
            Box::new(Momentum::new(0.1)),
            Box::new(Momentum::new(0.1)),
        ];
        assert!(Descent::with_rules(mixed).run(&mut evaluator, start.view()).is_err());
    }
}

/// In many coordinates single directions are looked for.
#[test]
fn saddles_of_many_coordinates_are_found_by_products() {
    let n = 200;
    let start =
        Array2::from_shape_fn((2, n), |(k, j)| if k == 1 && j == 7 { 0.1 } else { 0.3 * f64::from(j != 7) });
    for engine in engines() {
        // Along x7 it falls at first, to minima at ±1.
        let f = WgslObjective::from_expression("sum(x^2) - 3*x7^2 + x7^4", n).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let descend = |evaluator: &mut plusminus::Evaluator<'_>, saddles| {
            let descent = Descent::new(GradientDescent::new(0.1)).steps(300).leave_saddles(saddles);
            descent.run(evaluator, start.view()).unwrap()
        };
        let done = descend(&mut evaluator, 0);
        let Outcome::Stationary { point, .. } = &done.outcomes[0] else {
            panic!("{engine:?}: {}", done.outcomes[0])
        };
        assert_eq!(point.kind, PointKind::Saddle);
        assert!((point.least + 4.0).abs() < 0.01 && (point.greatest - 2.0).abs() < 0.01, "{point}");
        assert!(point.direction.as_ref().unwrap()[7].abs() > 0.999, "{point}");
        // Nothing is claimed of the other, whose directions are too many to be looked at.
        assert!(
            matches!(done.outcomes[1], Outcome::Converged { is_minimum: false, .. }),
            "{}",
            done.outcomes[1]
        );
        let left = descend(&mut evaluator, 1);
        assert!(
            left.outcomes[0].is_converged() && (left.points[[0, 7]].abs() - 1.0).abs() < 1e-3,
            "{}",
            left.outcomes[0]
        );
    }
}

#[test]
fn saddle_points_can_be_left() {
    for engine in engines() {
        let f = WgslObjective::from_expression("x0^2 - 2*x1^2 + x1^4", 2).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        // A minimum, a saddle point that is reached, and one to start with.
        let start = array![[1.0, 0.5], [1.0, 0.0], [0.0, 0.0]];
        let reported = std::cell::Cell::new(0);
        let done = Descent::new(GradientDescent::new(0.05))
            .steps(400)
            .leave_saddles(2)
            .observe(|report| {
                assert!(report.step > reported.get());
                reported.set(report.step);
                Ok(())
            })
            .run(&mut evaluator, start.view())
            .unwrap();
        for (point, (outcome, gain)) in
            done.points.rows().into_iter().zip(done.outcomes.iter().zip(&done.gains))
        {
            assert!(outcome.is_converged(), "{engine:?}: {outcome}");
            assert!((point[1].abs() - 1.0).abs() < by_precision(&engine, 1e-4, 1e-9), "{engine:?}: {point}");
            assert!((gain.end.unwrap() + 1.0).abs() < 1e-6 && gain.best <= gain.end, "{gain:?}");
        }
        assert!(done.outcomes[1].steps() > done.outcomes[2].steps() && done.gains[1].start == Some(1.0));
    }
}

/// What a stranger found wrong: a steep coordinate hid a gentle one, offsets made slopes look small, a coarse step was believed.
#[test]
fn words_that_were_wrong_once() {
    let end = |expression: &'static str,
               start: Array2<f64>,
               (rate, steps): (f64, usize),
               difference: Difference| {
        let case = Case { expression, rate, steps, difference, ..Case::default() };
        engines()
            .into_iter()
            .map(|engine| descend(&engine, &case, &start).outcomes.remove(0))
            .collect::<Vec<_>>()
    };
    let plain = Difference::default();
    let by_direct = direct(Scheme::Central, Step::Auto);
    for (expression, start, how) in [
        ("x0^2 + 1e-9*x1^2", array![[1.0, 1.0]], (0.1, 84)),
        ("x0^2 + exp(-x1)", array![[1.0, 10.0]], (0.1, 84)),
        ("x0^2 + 1e-9*x1", array![[1.0, 1.0]], (0.1, 84)),
        ("x0^2 - 1e-9*x1^2", array![[1.0, 1.0]], (0.1, 82)),
        ("x0^2 + 0*x1", array![[1e10, 0.0]], (0.1, 85)),
        ("1e6 + (x0 - 3)^2", array![[1.0]], (0.001, 20)),
        ("100 + 0.01*x0^2", array![[1.0]], (0.01, 50)),
        ("(1e-3*x0 - 1)^2", array![[1.0]], (1.0, 200)),
        ("cos(x0)", array![[1e-3]], (0.1, 30)),
    ] {
        for outcome in end(expression, start.clone(), how, plain) {
            assert!(matches!(outcome, Outcome::StepsDone { .. }), "{expression}: {outcome}");
        }
    }
    // A step so coarse that quotients are 0 where the slope is -0.5.
    for outcome in
        end("x0^4 - x0^2", array![[2.0]], (0.05, 500), direct(Scheme::Central, Step::fixed(0.5).unwrap()))
    {
        assert!(!outcome.is_converged() && !matches!(outcome, Outcome::Stationary { .. }), "{outcome}");
    }
    // Noise as large as the slope.
    for outcome in end("1e8 - x0^2", array![[1.0]], (0.01, 50), by_direct) {
        assert!(!outcome.is_converged() && !matches!(outcome, Outcome::Stationary { .. }), "{outcome}");
    }
    // One start of several has no gradient.
    for engine in engines() {
        let case = Case { expression: "sqrt(x0)", rate: 0.01, steps: 10, ..Case::default() };
        let done = descend(&engine, &case, &array![[1.0], [-1.0]]);
        assert!(
            matches!(done.outcomes[..], [Outcome::StepsDone { .. }, Outcome::NoStart { .. }]),
            "{:?}",
            done.outcomes
        );
        assert!(done.values[0].is_some() && done.values[1].is_none());
    }
}

/// Many starts: all that have converged are at one of the known minima, and none that is has not.
#[test]
fn himmelblau_from_many_starts() {
    let minima = [
        [3.0, 2.0],
        [-2.805118086952745, 3.131312518250573],
        [-3.779310253377747, -3.28318599128617],
        [3.584428340330492, -1.848126526964404],
    ];
    let start = Sampling::Sobol.points(256, &[-5.0; 2], &[5.0; 2], 1).unwrap();
    let case = Case {
        expression: "(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2",
        rate: 0.005,
        steps: 2000,
        ..Case::default()
    };
    for engine in engines() {
        let done = descend(&engine, &case, &start);
        for (point, outcome) in done.points.rows().into_iter().zip(&done.outcomes) {
            let off =
                minima.iter().map(|m| (point[0] - m[0]).hypot(point[1] - m[1])).fold(f64::INFINITY, f64::min);
            let is_minimum = matches!(outcome, Outcome::Converged { is_minimum: true, .. });
            assert_eq!(is_minimum, off < by_precision(&engine, 1e-4, 1e-10), "{engine:?} {point}: {outcome}");
        }
        let count = done.outcomes.iter().filter(|outcome| outcome.is_converged()).count();
        assert!(count >= 250, "{engine:?}: {:?}", Outcome::counts(&done.outcomes));
    }
}
