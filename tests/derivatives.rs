//! Steps chosen for each component, bounds, stencils, and derivatives beyond the gradient, on every engine.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, array};
use plusminus::{
    Closure, Difference, Engine, Error, Method, Notice, Precision, Scheme, ShaderOptions, Step, StepUsed,
    VectorClosure, WgslObjective,
};

fn engines() -> [Engine; 4] {
    let (single, double) = (Precision::F32, Precision::F64);
    [Engine::cpu(single), common::gpu_in(single), Engine::cpu(double), common::gpu_in(double)]
}

fn tolerance(engine: &Engine) -> f64 {
    if engine.precision() == Precision::F32 { 1e-4 } else { 1e-10 }
}

/// A function that counts its evaluations, and remembers how far out it was evaluated.
fn watched(lowest: &'static AtomicU64, f: impl Fn(&[f64]) -> f64 + Send + Sync + 'static) -> Closure {
    Closure::new(2, move |x| {
        // Coordinates here are positive, whose bits are in their order.
        lowest.fetch_min(x[0].to_bits(), Ordering::Relaxed);
        f(x)
    })
    .unwrap()
}

#[test]
fn bounds_are_never_crossed() {
    static LOWEST: AtomicU64 = AtomicU64::new(u64::MAX);
    let f = watched(&LOWEST, |x| x[0].powi(3) * x[1].exp());
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&f).unwrap();
    let (none, lower) = (f64::INFINITY, [1.0, -f64::INFINITY]);
    evaluator.bound(Some((&lower, &[none, none]))).unwrap();
    let x = array![[1.0, 0.5], [1.05, 0.5]];
    let e = 0.5f64.exp();

    // At the bound; the second point has room below for small steps only.
    let got = evaluator.gradient(x.view(), &Difference::default()).unwrap();
    assert_eq!(got.remarks[0].notice, Notice::Bound { used: Scheme::Forward });
    assert_eq!((got.remarks.len(), got.remarks[0].point, got.remarks[0].axis), (1, 0, Some(0)));
    for (point, x0) in [(0, 1.0f64), (1, 1.05)] {
        let (error, bar) =
            ((got.gradient[[point, 0]] - 3.0 * x0 * x0 * e).abs(), got.error.as_ref().unwrap());
        assert!(error <= bar[[point, 0]] && bar[[point, 0]] < 1e-8, "{error:e} {}", bar[[point, 0]]);
    }
    // Stencils of every order, too, and second derivatives.
    for order in [2, 4, 6, 8] {
        let how =
            Difference { order: Some(order), step: Some(Step::relative(-7).unwrap()), ..Default::default() };
        let got = evaluator.gradient(x.view(), &how).unwrap();
        assert_eq!(got.remarks[0].notice, Notice::Bound { used: Scheme::Forward });
        let error = (got.gradient[[0, 0]] - 3.0 * e).abs();
        assert!(error < 10.0 * 2f64.powi(-7 * order as i32) + 1e-11, "order {order}: {error:e}");
    }
    let hessian = evaluator.hessian(x.view()).unwrap();
    for (at, want) in [([0, 0, 0], 6.0 * e), ([0, 0, 1], 3.0 * e), ([1, 0, 0], 6.3 * e), ([0, 1, 1], e)] {
        let error = (hessian.value[at] - want).abs();
        assert!(error <= hessian.error[at] && error < 1e-6, "{at:?}: {error:e} {:e}", hessian.error[at]);
    }
    evaluator.directional(x.view(), array![[1.0, 1.0], [-1.0, 0.0]].view()).unwrap();
    evaluator.hessian_product(x.view(), array![[1.0, 1.0], [-1.0, 0.0]].view()).unwrap();
    let lowest = f64::from_bits(LOWEST.load(Ordering::Relaxed));
    assert!(lowest >= 1.0, "evaluated at {lowest}");

    // Increments know no bounds.
    let quadratic = plusminus::Quadratic::sum_of_squares(2).unwrap();
    let mut evaluator = engine.evaluator(&quadratic).unwrap();
    evaluator.bound(Some((&lower, &[none, none]))).unwrap();
    assert_eq!(evaluator.resolve(&Difference::default()).unwrap().method, Method::Direct);
    let incremental = Difference { method: Method::Incremental, ..Default::default() };
    assert!(evaluator.resolve(&incremental).unwrap_err().to_string().contains("bounds"));
}

#[test]
fn bounds_that_make_no_sense_are_refused() {
    let f = Closure::new(1, |x| x[0]).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&f).unwrap();
    let cases: [(&[f64], &[f64], &str); 4] = [
        (&[0.0, 1.0], &[2.0], "one of each an axis"),
        (&[1.0], &[1.0], "must be below"),
        (&[f64::NAN], &[1.0], "must be below"),
        (&[2.0], &[1.0], "must be below"),
    ];
    for (lower, upper, part) in cases {
        let error = evaluator.bound(Some((lower, upper))).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains(part), "{error}");
    }
    evaluator.bound(Some((&[0.0], &[1.0]))).unwrap();
    let out = evaluator.gradient(array![[1.5]].view(), &Difference::default()).unwrap_err();
    assert!(
        out.is_bad_input() && out.to_string().contains("x[0] = 1.5 of point 0 is out of its bounds"),
        "{out}"
    );
    // No step fits between them.
    evaluator.bound(Some((&[1.0], &[1.0 + 1e-15]))).unwrap();
    let narrow = evaluator.gradient(array![[1.0]].view(), &Difference::default()).unwrap_err();
    assert!(narrow.to_string().contains("leave no room"), "{narrow}");
    // And lifted.
    evaluator.bound(None).unwrap();
    assert!(evaluator.gradient(array![[1.5]].view(), &Difference::default()).is_ok());
}

/// Not finite on one side: the other is used, and it is said; on both: an error.
#[test]
fn one_side_that_is_not_finite() {
    let f = WgslObjective::from_expression("x0^2 + 3*x0 + x0^4*sqrt(x0) + log(1 - x1)", 2).unwrap();
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let got = evaluator.gradient(array![[0.0, 0.5]].view(), &Difference::default()).unwrap();
        assert_eq!(got.remarks[0].notice, Notice::NotFinite { used: Scheme::Forward }, "{engine:?}");
        let bar = got.error.unwrap();
        let error = (got.gradient[[0, 0]] - 3.0).abs();
        assert!(error <= bar[[0, 0]] && error < tolerance(&engine), "{engine:?}: {} {bar}", got.gradient);
        assert!((got.gradient[[0, 1]] + 2.0).abs() <= bar[[0, 1]].min(tolerance(&engine)), "{engine:?}");

        let error = evaluator.gradient(array![[-1.0, 0.5]].view(), &Difference::default()).unwrap_err();
        assert!(matches!(error, Error::NonFiniteValue { axis: None, .. }), "{engine:?}: {error}");
    }
    // Only there: a point from which every step leads to no value.
    let f = Closure::new(1, |x| if x[0] == 1.0 { 0.0 } else { f64::NAN }).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let error =
        engine.evaluator(&f).unwrap().gradient(array![[1.0]].view(), &Difference::default()).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { axis: Some(0), .. }), "{error}");
}

/// The same component, whatever it is batched with and wherever it is evaluated; one evaluation of f, and 16 of each
/// component.
#[test]
fn batches_give_what_points_give() {
    let f = WgslObjective::from_expression("sum(exp(x/3)) + x0*x[-1]^2", 5).unwrap();
    let x = common::normal_matrix(300, 5, &mut plusminus::SplitMix64::new(7));
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let all = evaluator.gradient(x.view(), &Difference::default()).unwrap();
        for point in [0, 1, 150, 299] {
            let one = x.row(point).insert_axis(ndarray::Axis(0));
            let alone = evaluator.gradient(one, &Difference::default()).unwrap();
            assert_eq!(alone.gradient.row(0), all.gradient.row(point), "{engine:?}");
            assert_eq!(alone.error.unwrap().row(0), all.error.as_ref().unwrap().row(point));
            let want: Vec<f64> = (0..5)
                .map(|i| {
                    let more = match i {
                        0 => x[[point, 4]].powi(2),
                        4 => 2.0 * x[[point, 0]] * x[[point, 4]],
                        _ => 0.0,
                    };
                    (x[[point, i]] / 3.0).exp() / 3.0 + more
                })
                .collect();
            for (axis, want) in want.iter().enumerate() {
                let error = (all.gradient[[point, axis]] - want).abs();
                assert!(error <= tolerance(&engine) * want.abs().max(1.0), "{engine:?}: {error:e}");
            }
        }
        let StepUsed::Each(steps) = &all.step else { panic!("{:?}", all.step) };
        assert_eq!(steps.dim(), x.dim());
        assert!(steps.iter().all(|h| h.log2().fract() == 0.0), "powers of two");
        assert!(all.evaluations >= 300 * (16 * 5 + 1));
    }
}

/// A wrong gradient is out of its bars: the bars can fail.
#[test]
fn bars_do_not_cover_anything() {
    let f = WgslObjective::from_expression("exp(x0)", 1).unwrap();
    for engine in engines() {
        let got =
            engine.evaluator(&f).unwrap().gradient(array![[0.5]].view(), &Difference::default()).unwrap();
        let wrong = 1.0001 * 0.5f64.exp();
        assert!((got.gradient[[0, 0]] - wrong).abs() > got.error.unwrap()[[0, 0]], "{engine:?}");
    }
}

#[test]
fn stencils_have_their_order() {
    for engine in [Engine::cpu(Precision::F64), common::gpu_in(Precision::F64)] {
        for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
            for order in [1, 2, 4, 6, 8].into_iter().filter(|&order| order > 1 || scheme != Scheme::Central) {
                // Exact for powers up to the order, at a step of 1/4, and not for the next.
                let error = |power: usize| {
                    let f = WgslObjective::from_expression(&format!("x0^{power} + x1"), 2).unwrap();
                    let step = Some(Step::fixed(0.25).unwrap());
                    let how = Difference { scheme, order: Some(order), step, method: Method::Direct };
                    let got =
                        engine.evaluator(&f).unwrap().gradient(array![[1.0, 2.0]].view(), &how).unwrap();
                    assert!((got.gradient[[0, 1]] - 1.0).abs() < 1e-12);
                    (got.gradient[[0, 0]] - power as f64).abs()
                };
                let (exact, beyond) = (error(order), error(order + 1));
                assert!(
                    exact < 1e-10 && beyond > 1e-5,
                    "{scheme} {order} on {engine:?}: {exact:e} {beyond:e}"
                );
            }
        }
    }
    let f = WgslObjective::from_expression("sin(2*x0) + exp(x1)", 2).unwrap();
    let x = array![[0.7, 0.3]];
    let want = [2.0 * 1.4f64.cos(), 0.3f64.exp()];
    // At its own step, each order is accurate.
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        for (scheme, order) in [(Scheme::Central, 4), (Scheme::Central, 8), (Scheme::Forward, 4)] {
            let how = Difference { scheme, order: Some(order), ..Default::default() };
            let got = evaluator.gradient(x.view(), &how).unwrap();
            let bound = if engine.precision() == Precision::F32 { 2e-4 } else { 1e-10 };
            assert!((got.gradient[[0, 0]] - want[0]).abs() < bound, "{scheme} {order} on {engine:?}");
            assert!(got.error.is_none());
        }
    }
}

#[test]
fn orders_that_there_are_not_are_refused() {
    let f = Closure::new(1, |x| x[0]).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&f).unwrap();
    let x = array![[1.0]];
    let mut error = |how: Difference| evaluator.gradient(x.view(), &how).unwrap_err().to_string();
    assert!(error(Difference { order: Some(3), ..Default::default() }).contains("2, 4, 6 and 8"));
    let both = Difference { order: Some(4), step: Some(Step::Auto), ..Default::default() };
    assert!(error(both).contains("leave one of both out"));
    let incremental = Difference { order: Some(4), method: Method::Incremental, ..Default::default() };
    assert!(error(incremental).contains("higher order"));
}

/// One-sided chosen steps evaluate on that side alone.
#[test]
fn one_sided_schemes_choose_steps_too() {
    static LOWEST: AtomicU64 = AtomicU64::new(u64::MAX);
    let f = watched(&LOWEST, |x| x[0].sqrt() * x[1]);
    let engine = Engine::cpu(Precision::F64);
    let how = Difference { scheme: Scheme::Forward, ..Default::default() };
    let got = engine.evaluator(&f).unwrap().gradient(array![[2.0, 3.0]].view(), &how).unwrap();
    let error = (got.gradient[[0, 0]] - 1.5 / 2f64.sqrt()).abs();
    assert!(error <= got.error.unwrap()[[0, 0]] && error < 1e-9, "{error:e}");
    assert!(f64::from_bits(LOWEST.load(Ordering::Relaxed)) >= 2.0);
}

#[test]
fn jacobians_of_residuals_and_the_objective_that_they_make() {
    // Rosenbrock's residuals.
    let text = "fn residual(k: u32) -> real {
        if (k % 2u == 0u) { return data(0) * (x(k + 1u) - x(k) * x(k)); }
        return 1.0 - x(k - 1u);
    }";
    let options = || ShaderOptions { data: vec![10.0], terms: Some(4) };
    let residuals = WgslObjective::residuals("r.wgsl", text, 4, options()).unwrap();
    let scalar = WgslObjective::new("r.wgsl", text, 4, options()).unwrap();
    let x = array![[-1.2, 1.0, 0.5, 2.0], [1.0, 1.0, 1.0, 1.0]];
    for engine in engines() {
        let bound = tolerance(&engine);
        let got = engine.evaluator(&residuals).unwrap().jacobian(x.view()).unwrap();
        assert_eq!(got.value.dim(), (2, 4, 4));
        for point in 0..2 {
            let mut want = Array2::<f64>::zeros((4, 4));
            for k in [0, 2] {
                want[[k, k]] = -20.0 * x[[point, k]];
                want[[k, k + 1]] = 10.0;
                want[[k + 1, k]] = -1.0;
            }
            for ((k, i), want) in want.indexed_iter() {
                let error = (got.value[[point, k, i]] - want).abs();
                assert!(
                    error <= got.error[[point, k, i]] + 1e-14 && error < bound * 24.0,
                    "{engine:?} {k} {i}"
                );
            }
        }
        // The sum of their squares, as value and gradient.
        let mut evaluator = engine.evaluator(&scalar).unwrap();
        let value = evaluator.values(x.view()).unwrap();
        let want = 100.0 * (1.0f64 - 1.44).powi(2) + 2.2 * 2.2 + 100.0 * 1.75 * 1.75 + 0.25;
        assert!((value[0] - want).abs() < 1e-6 * want && value[1] == 0.0, "{engine:?}: {value}");
        let gradient = evaluator.gradient(x.view(), &Difference::default()).unwrap().gradient;
        assert!((gradient[[0, 0]] + 215.6).abs() < bound * 215.6, "{engine:?}: {gradient}");
        // Terms by themselves.
        let terms = engine.evaluator(&residuals).unwrap().terms(x.view()).unwrap();
        assert!((terms[[0, 0]] + 4.4).abs() < 1e-5 && (terms[[0, 1]] - 2.2).abs() < 1e-6, "{terms}");
    }
}

#[test]
fn jacobians_of_rust_functions_and_of_gradients() {
    use argmin_testfunctions::{rosenbrock_derivative, rosenbrock_hessian};
    let gradient = VectorClosure::new(3, 3, |x, out| out.copy_from_slice(&rosenbrock_derivative(x))).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let x = array![[-1.2, 1.0, 0.5]];
    let got = engine.evaluator(&gradient).unwrap().jacobian(x.view()).unwrap();
    for (i, row) in rosenbrock_hessian(&x.row(0).to_vec()).iter().enumerate() {
        for (j, want) in row.iter().enumerate() {
            assert!((got.value[[0, i, j]] - want).abs() <= got.error[[0, i, j]] + 1e-12 * want.abs());
        }
    }
    assert!(VectorClosure::new(0, 1, |_, _| ()).is_err() && VectorClosure::new(1, 0, |_, _| ()).is_err());
}

#[test]
fn directions_and_shapes() {
    let f = WgslObjective::from_expression("x0^2*x1", 2).unwrap();
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let x = array![[2.0, 3.0], [1.0, 1.0], [0.5, -1.0]];
        // A direction of 0, one that is tiny, one that is huge.
        let v = array![[0.0, 0.0], [1e-6, 2e-6], [1e5, 0.0]];
        let got = evaluator.directional(x.view(), v.view()).unwrap();
        let want = [0.0, 4e-6, -1e5];
        for (point, want) in want.into_iter().enumerate() {
            let error = (got.value[point] - want).abs();
            assert!(error <= tolerance(&engine) * want.abs(), "{engine:?} {point}: {error:e}");
        }
        let product = evaluator.hessian_product(x.view(), v.view()).unwrap();
        assert_eq!(product.value.row(0).to_vec(), [0.0, 0.0]);
        for (axis, want) in [(0, -2e5), (1, 1e5)] {
            let error = (product.value[[2, axis]] - want).abs();
            assert!(error <= product.error[[2, axis]].max(1e-7 * want.abs()), "{engine:?}: {error:e}");
        }
        for wrong in [array![[1.0, 2.0]], array![[1.0], [1.0], [1.0]]] {
            assert!(evaluator.directional(x.view(), wrong.view()).unwrap_err().is_bad_input());
        }
        let error = evaluator.directional(x.view(), (v * f64::NAN).view()).unwrap_err();
        assert!(error.to_string().contains("must be finite"), "{error}");
        let error = evaluator.hessian(array![[1.0]].view()).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
    }
}

/// What is far away may trap; what is known from near by stands. Near by, a trap is an error.
#[test]
fn traps_far_away_do_no_harm() {
    // Nearly no slope, so that larger steps are tried: there data(i) ends.
    let text = "fn objective() -> real { return 1.0 + 1e-9 * x(0) + 0.0 * data(u32(abs(x(0)))); }";
    let options = || ShaderOptions { data: vec![1.0; 40], terms: None };
    let f = WgslObjective::new("far.wgsl", text, 1, options()).unwrap();
    for engine in engines() {
        let got =
            engine.evaluator(&f).unwrap().gradient(array![[0.5]].view(), &Difference::default()).unwrap();
        assert!((got.gradient[[0, 0]] - 1e-9).abs() <= got.error.unwrap()[[0, 0]], "{engine:?}");
        let error = engine.evaluator(&f).unwrap().gradient(array![[50.0]].view(), &Difference::default());
        assert!(matches!(error, Err(Error::Evaluation { .. })), "{engine:?}");
    }
}

/// Terms are selected here, too.
#[test]
fn minibatches_have_chosen_steps() {
    let text = "fn term(s: u32) -> real { return real(s + 1u) * x(0) * x(0); }";
    let options = ShaderOptions { terms: Some(5), ..Default::default() };
    let f = WgslObjective::new("terms.wgsl", text, 1, options).unwrap();
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        evaluator.select(Some(&[1, 3])).unwrap();
        let got = evaluator.gradient(array![[2.0]].view(), &Difference::default()).unwrap();
        assert!((got.gradient[[0, 0]] - 24.0).abs() < tolerance(&engine) * 24.0, "{engine:?}");
        let jacobian = evaluator.jacobian(array![[2.0]].view()).unwrap();
        assert_eq!(jacobian.value.dim(), (1, 2, 1));
        assert!((jacobian.value[[0, 1, 0]] - 16.0).abs() < tolerance(&engine) * 16.0, "{engine:?}");
    }
}
