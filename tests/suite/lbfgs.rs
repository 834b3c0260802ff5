//! L-BFGS ends at known minima, from many starts at once, within bounds, in both precisions, on the CPU and on a device; and says why it
//! stopped.

use crate::common::random::SplitMix64;
use crate::common::{by_precision, engines};
use ndarray::{Array2, array};
use plusminus::{Closure, Engine, Lbfgs, MinimumOutcome, Objective, Precision, WgslObjective};

const ROSENBROCK: &str = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)";

fn expression(text: &str, n: usize) -> WgslObjective {
    WgslObjective::from_expression(text, n).unwrap()
}

fn f64_engine() -> Engine {
    Engine::cpu(Precision::F64)
}

/// The start of Rosenbrock (1960).
#[test]
fn rosenbrock_to_twelve_digits_in_sixty_gradients() {
    let f = expression(ROSENBROCK, 2);
    let mut evaluator = f64_engine().evaluator(&f).unwrap();
    let found = Lbfgs::new().run(&mut evaluator, array![[-1.2, 1.0]].view()).unwrap();
    assert!(found.points.iter().all(|x| (x - 1.0).abs() <= 1e-12), "{:?}", found.points);
    assert!(found.calls[0] <= 60, "{} calls", found.calls[0]);
    assert!(found.outcomes[0].is_converged(), "{}", found.outcomes[0]);
}

/// Functions of test collections, with all their minima.
#[test]
fn known_minima_from_many_starts() {
    let himmelblau: &[&[f64]] = &[
        &[3.0, 2.0],
        &[-2.805_118_086_952_745, 3.131_312_518_250_573],
        &[-3.779_310_253_377_747, -3.283_185_991_286_17],
        &[3.584_428_340_330_492, -1.848_126_526_964_404],
    ];
    let cases: [(&str, f64, &[&[f64]]); 4] = [
        ("(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2", 5.0, himmelblau),
        ("(x0 + 2*x1 - 7)^2 + (2*x0 + x1 - 5)^2", 10.0, &[&[1.0, 3.0]]),
        ("0.26*(x0^2 + x1^2) - 0.48*x0*x1", 10.0, &[&[0.0, 0.0]]),
        ("100*(x1 - x0^2)^2 + (1 - x0)^2", 2.0, &[&[1.0, 1.0]]),
    ];
    for (text, size, minima) in cases {
        let f = expression(text, 2);
        let mut random = SplitMix64::new(7);
        let starts = Array2::from_shape_simple_fn((200, 2), || size * (2.0 * random.uniform() - 1.0));
        for engine in engines() {
            let most = by_precision(&engine, 2e-3, 1e-7);
            let mut evaluator = engine.evaluator(&f).unwrap();
            let found = Lbfgs::new().run(&mut evaluator, starts.view()).unwrap();
            for (i, x) in found.points.rows().into_iter().enumerate() {
                let is_at = |minimum: &&&[f64]| x.iter().zip(**minimum).all(|(x, m)| (x - m).abs() <= most);
                let (label, on) = (&found.outcomes[i], engine.device());
                assert!(
                    minima.iter().any(|m| is_at(&m)),
                    "{text} on {on}: {x} from {}: {label}",
                    starts.row(i)
                );
                assert!(!matches!(label, MinimumOutcome::StepsDone { .. }), "{text} on {on}: {label}");
            }
            let ended = |minimum: &&&[f64]| {
                let near = |x: ndarray::ArrayView1<'_, f64>| {
                    x.iter().zip(**minimum).all(|(x, m)| (x - m).abs() <= most)
                };
                found.points.rows().into_iter().any(near)
            };
            assert!(minima.iter().all(|m| ended(&m)), "{text}: not all minima were found");
        }
    }
}

/// Many coordinates: the extended function of Rosenbrock, and a chain held at its ends.
#[test]
fn many_coordinates() {
    let n = 200;
    let f = expression(ROSENBROCK, n);
    let start = Array2::from_shape_fn((1, n), |(_, i)| if i % 2 == 0 { -1.2 } else { 1.0 });
    let mut evaluator = f64_engine().evaluator(&f).unwrap();
    let found = Lbfgs::new().steps(5000).run(&mut evaluator, start.view()).unwrap();
    // It has a local minimum beside (-1, 1, …, 1), too.
    let rest = found.points.iter().skip(10).all(|x| (x - 1.0).abs() < 1e-6);
    assert!(rest && found.outcomes[0].is_converged(), "{}: {:?}", found.outcomes[0], found.values);
}

#[test]
fn bounds_are_kept_and_hold() {
    // The minimum of (x0 - 3)² + (x1 + 2)² + x0·x1 in a box, by hand: at x0 = 1 the slope along x1 is 2(x1 + 2) + 1.
    let f = Closure::new(2, |x| {
        assert!(x[0] <= 1.0 + 1e-2 && x[0] >= -1e-2, "evaluated outside: {x:?}");
        (x[0] - 3.0).powi(2) + (x[1] + 2.0).powi(2) + x[0] * x[1]
    });
    let f = f.unwrap();
    let mut evaluator = f64_engine().evaluator(&f).unwrap();
    evaluator.bound(Some((&[0.0, f64::NEG_INFINITY], &[1.0, f64::INFINITY]))).unwrap();
    let minimiser = Lbfgs::new().bounds(&[0.0, f64::NEG_INFINITY], &[1.0, f64::INFINITY]).tolerance(1e-7);
    let found = minimiser.run(&mut evaluator, array![[0.5, 4.0], [-7.0, 0.0]].view()).unwrap();
    for (x, outcome) in found.points.rows().into_iter().zip(&found.outcomes) {
        assert!(x[0] == 1.0 && (x[1] + 2.5).abs() < 1e-6, "{x}: {outcome}");
    }

    // 20 coordinates pressed against bounds of 0.1·i, in f32, whose bounds are no numbers of f32.
    let n = 20;
    let f = expression("sum((x - 1)^2)", n);
    let upper: Vec<f64> = (0..n).map(|i| 0.1 * i as f64).collect();
    let lower = vec![-1.0; n];
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let found =
            Lbfgs::new().bounds(&lower, &upper).run(&mut evaluator, Array2::zeros((3, n)).view()).unwrap();
        for (x, outcome) in found.points.rows().into_iter().zip(&found.outcomes) {
            for (i, x) in x.iter().enumerate() {
                assert!(*x <= upper[i] && (x - upper[i].min(1.0)).abs() < 1e-6, "{i}: {x}, {outcome}");
            }
            assert!(outcome.is_converged(), "{outcome}");
        }
    }
}

#[test]
fn says_why_it_stopped() {
    let run = |text: &str, from: f64, minimiser: Lbfgs| {
        let f = expression(text, 1);
        let mut evaluator = f64_engine().evaluator(&f).unwrap();
        let found = minimiser.run(&mut evaluator, array![[from]].view()).unwrap();
        (found.outcomes[0].clone(), found.points[[0, 0]], found.values[0])
    };
    assert!(matches!(run("-x0^3 - x0", 1.0, Lbfgs::new()).0, MinimumOutcome::Unbounded { .. }));
    assert!(matches!(run("log(x0)", -1.0, Lbfgs::new()).0, MinimumOutcome::NoStart { .. }));
    let (steps, _, _) = run("(x0 - 5)^4", -30.0, Lbfgs::new().steps(3));
    assert!(matches!(steps, MinimumOutcome::StepsDone { steps: 3, gradient } if gradient > 0.0), "{steps}");
    // A start at the minimum has nothing to do.
    let (at, _, _) = run("(x0 - 5)^2", 5.0, Lbfgs::new());
    assert!(matches!(at, MinimumOutcome::Converged { steps: 0, gradient: 0.0, .. }), "{at}");
    // A corner is no place where a gradient is 0: it says that nothing lower was found.
    let (corner, x, value) = run("abs(x0 - 0.3) + 0.1*x0", 4.0, Lbfgs::new());
    assert!(!corner.is_converged() && (x - 0.3).abs() < 1e-3 && value.is_some(), "{corner} at {x}");
    // A steep corner beside a slope: the corner is found, and the slope is not called a minimum.
    let f = expression("1e6*abs(x0 - 0.3) + (x1 - 2)^2", 2);
    let mut evaluator = f64_engine().evaluator(&f).unwrap();
    let found = Lbfgs::new().run(&mut evaluator, array![[4.0, 9.0]].view()).unwrap();
    let off = (found.points[[0, 0]] - 0.3).abs().max((found.points[[0, 1]] - 2.0).abs());
    assert!(off < 1e-3 || !found.outcomes[0].is_converged(), "{}: {}", found.points, found.outcomes[0]);
    // One start that fails leaves the others alone, and none is worse than it began.
    let f = expression("log(x0) + 1/x0", 1);
    let mut evaluator = f64_engine().evaluator(&f).unwrap();
    let found = Lbfgs::new().run(&mut evaluator, array![[-2.0], [3.0], [0.2], [f64::NAN]].view());
    let found = found.unwrap();
    assert!(matches!(found.outcomes[0], MinimumOutcome::NoStart { .. }) && found.values[0].is_none());
    assert!(matches!(found.outcomes[3], MinimumOutcome::NoStart { .. }));
    for i in [1, 2] {
        assert!((found.points[[i, 0]] - 1.0).abs() < 1e-7 && found.outcomes[i].is_converged());
    }
}

#[test]
fn wrong_settings_are_named() {
    let f = expression("sum(x^2)", 2);
    let mut evaluator = f64_engine().evaluator(&f).unwrap();
    let wrong = [
        (Lbfgs::new().memory(0), "memory of 0"),
        (Lbfgs::new().tolerance(f64::NAN), "tolerance is NaN"),
        (Lbfgs::new().bounds(&[0.0], &[1.0]), "1 lower and 1 upper"),
        (Lbfgs::new().bounds(&[0.0, 2.0], &[1.0, 1.0]), "x[1]"),
    ];
    for (minimiser, want) in wrong {
        let error = minimiser.run(&mut evaluator, array![[1.0, 1.0]].view()).unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
    }
    assert_eq!(f.dimension(), 2);
}
