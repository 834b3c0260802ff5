//! Steps chosen for each component, bounds, and stencils, on every engine.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::random::SplitMix64;
use crate::common::{by_precision, direct, engines, tolerance};
use ndarray::{Array2, array};
use plusminus::{
    Closure, Difference, Engine, Error, Gradient, Method, Notice, Objective, Precision, Result, Scheme,
    ShaderOptions, Stencil, Step, StepUsed, WgslObjective,
};

/// The gradients at chosen steps.
fn chosen(engine: &Engine, f: &dyn Objective, x: &Array2<f64>) -> Result<Gradient> {
    engine.evaluator(f)?.gradient(x.view(), &direct(Scheme::Central, None))
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
    let (lower, upper) = ([1.0, -f64::INFINITY], [f64::INFINITY; 2]);
    evaluator.bound(Some((&lower, &upper))).unwrap();
    let x = array![[1.0, 0.5], [1.05, 0.5]];
    let e = 0.5f64.exp();

    // At the bound; the second point has room below for small steps only.
    let got = evaluator.gradient(x.view(), &direct(Scheme::Central, None)).unwrap();
    assert_eq!(got.remarks[0].notice, Notice::Bound { used: Scheme::Forward });
    assert_eq!((got.remarks.len(), got.remarks[0].point, got.remarks[0].axis), (1, 0, Some(0)));
    for (point, x0) in [(0, 1.0f64), (1, 1.05)] {
        let error = (got.value[[point, 0]] - 3.0 * x0 * x0 * e).abs();
        let bar = got.error.as_ref().unwrap()[[point, 0]];
        assert!(error <= bar && bar < 1e-8, "{error:e} {bar}");
    }
    // Stencils of every order, too, and second derivatives.
    for order in [2, 4, 6, 8] {
        let how = Difference::default().with_order(order).with_step(Step::relative(-7).unwrap());
        let got = evaluator.gradient(x.view(), &how).unwrap();
        assert_eq!(got.remarks[0].notice, Notice::Bound { used: Scheme::Forward });
        let error = (got.value[[0, 0]] - 3.0 * e).abs();
        assert!(error < 10.0 * 2f64.powi(-7 * order as i32) + 1e-11, "order {order}: {error:e}");
    }
    let hessian = evaluator.hessian(x.view(), &direct(Scheme::Central, None)).unwrap();
    let bars = hessian.error.as_ref().unwrap();
    for (at, want) in [([0, 0, 0], 6.0 * e), ([0, 0, 1], 3.0 * e), ([1, 0, 0], 6.3 * e), ([0, 1, 1], e)] {
        let error = (hessian.value[at] - want).abs();
        assert!(error <= bars[at] && error < 1e-6, "{at:?}: {error:e} {:e}", bars[at]);
    }
    let v = array![[1.0, 1.0], [-1.0, 0.0]];
    evaluator.directional(x.view(), v.view(), &direct(Scheme::Central, None)).unwrap();
    evaluator.jacobian(x.view(), &direct(Scheme::Central, None)).unwrap();
    evaluator.hessian_product(x.view(), v.view(), &direct(Scheme::Central, None)).unwrap();
    let lowest = f64::from_bits(LOWEST.load(Ordering::Relaxed));
    assert!(lowest >= 1.0, "evaluated at {lowest}");

    // Increments know no bounds.
    let quadratic = plusminus::Quadratic::sum_of_squares(2).unwrap();
    let mut evaluator = engine.evaluator(&quadratic).unwrap();
    evaluator.bound(Some((&lower, &upper))).unwrap();
    assert_eq!(evaluator.resolve(&direct(Scheme::Central, None)).unwrap().method, Method::Direct);
    let incremental = Difference::default().with_method(Method::Incremental);
    assert!(evaluator.resolve(&incremental).unwrap_err().to_string().contains("bounds"));
}

#[test]
fn bounds_that_make_no_sense_are_refused() {
    let f = Closure::new(1, |x| x[0]).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&f).unwrap();
    let cases: [(&[f64], &[f64], &str); 4] = [
        (&[0.0, 1.0], &[2.0], "one lower and one upper bound for each coordinate"),
        (&[1.0], &[1.0], "must be below"),
        (&[f64::NAN], &[1.0], "must be below"),
        (&[2.0], &[1.0], "must be below"),
    ];
    for (lower, upper, part) in cases {
        let error = evaluator.bound(Some((lower, upper))).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains(part), "{error}");
    }
    evaluator.bound(Some((&[0.0], &[1.0]))).unwrap();
    let out = evaluator.gradient(array![[1.5]].view(), &direct(Scheme::Central, None)).unwrap_err();
    assert!(
        out.is_bad_input() && out.to_string().contains("x[0] = 1.5 of point 0 is out of its bounds"),
        "{out}"
    );
    // No step fits between them.
    evaluator.bound(Some((&[0.0], &[1e-30]))).unwrap();
    let narrow = evaluator.gradient(array![[0.0]].view(), &direct(Scheme::Central, None)).unwrap_err();
    assert!(narrow.to_string().contains("leave no room"), "{narrow}");
    // And lifted.
    evaluator.bound(None).unwrap();
    assert!(evaluator.gradient(array![[1.5]].view(), &direct(Scheme::Central, None)).is_ok());
}

/// Not finite on one side: the other is used, and it is said; on both: an error.
#[test]
fn one_side_that_is_not_finite() {
    let f = WgslObjective::from_expression("x0^2 + 3*x0 + x0^4*sqrt(x0) + log(1 - x1)", 2).unwrap();
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let got = evaluator.gradient(array![[0.0, 0.5]].view(), &direct(Scheme::Central, None)).unwrap();
        assert_eq!(got.remarks[0].notice, Notice::NotFinite { used: Scheme::Forward }, "{engine:?}");
        let bar = got.error.unwrap();
        let error = (got.value[[0, 0]] - 3.0).abs();
        assert!(error <= bar[[0, 0]] && error < tolerance(&engine), "{engine:?}: {} {bar}", got.value);
        assert!((got.value[[0, 1]] + 2.0).abs() <= bar[[0, 1]].min(tolerance(&engine)), "{engine:?}");

        let error =
            evaluator.gradient(array![[-1.0, 0.5]].view(), &direct(Scheme::Central, None)).unwrap_err();
        assert!(matches!(error, Error::NonFiniteValue { axis: None, .. }), "{engine:?}: {error}");
    }
    // Only there: a point from which every step leads to no value.
    let f = Closure::new(1, |x| if x[0] == 1.0 { 0.0 } else { f64::NAN }).unwrap();
    let error = chosen(&Engine::cpu(Precision::F64), &f, &array![[1.0]]).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { axis: Some(0), .. }), "{error}");
}

/// The same component, whatever it is batched with and wherever it is evaluated; one evaluation of f, and 16 of each
/// component.
#[test]
fn batches_give_what_points_give() {
    let f = WgslObjective::from_expression("sum(exp(x/3)) + x0*x[-1]^2", 5).unwrap();
    let x = crate::common::normal_matrix(300, 5, &mut SplitMix64::new(7));
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let all = evaluator.gradient(x.view(), &direct(Scheme::Central, None)).unwrap();
        for point in [0, 1, 150, 299] {
            let one = x.row(point).insert_axis(ndarray::Axis(0));
            let alone = evaluator.gradient(one, &direct(Scheme::Central, None)).unwrap();
            assert_eq!(alone.value.row(0), all.value.row(point), "{engine:?}");
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
                let error = (all.value[[point, axis]] - want).abs();
                assert!(error <= tolerance(&engine) * want.abs().max(1.0), "{engine:?}: {error:e}");
            }
        }
        let StepUsed::Each(steps) = &all.step else { panic!("{:?}", all.step) };
        assert_eq!(steps.dim(), x.dim());
        assert!(steps.iter().all(|h| (1e-9..1e9).contains(h)), "{steps}");
        assert!(all.evaluations >= 300 * (16 * 5 + 1));
    }
}

/// A wrong gradient is out of its bars: the bars can fail.
#[test]
fn bars_do_not_cover_anything() {
    let f = WgslObjective::from_expression("exp(x0)", 1).unwrap();
    for engine in engines() {
        let got = chosen(&engine, &f, &array![[0.5]]).unwrap();
        let wrong = 1.0001 * 0.5f64.exp();
        assert!((got.value[[0, 0]] - wrong).abs() > got.error.unwrap()[[0, 0]], "{engine:?}");
    }
}

#[test]
fn stencils_have_their_order() {
    for engine in engines().into_iter().filter(|engine| engine.precision() == Precision::F64) {
        for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
            for order in [1, 2, 4, 6, 8].into_iter().filter(|&order| order > 1 || scheme != Scheme::Central) {
                // Exact for powers up to the order, at a step of 1/4, and not for the next.
                let error = |power: usize| {
                    let f = WgslObjective::from_expression(&format!("x0^{power} + x1"), 2).unwrap();
                    let how = direct(scheme, Step::fixed(0.25).unwrap()).with_order(order);
                    let got =
                        engine.evaluator(&f).unwrap().gradient(array![[1.0, 2.0]].view(), &how).unwrap();
                    assert!((got.value[[0, 1]] - 1.0).abs() < 1e-12);
                    (got.value[[0, 0]] - power as f64).abs()
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
            let how = Difference::default().with_scheme(scheme).with_order(order);
            let got = evaluator.gradient(x.view(), &how).unwrap();
            let bound = by_precision(&engine, 2e-4, 1e-10);
            assert!((got.value[[0, 0]] - want[0]).abs() < bound, "{scheme} {order} on {engine:?}");
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
    assert!(error(Difference::default().with_order(3)).contains("2, 4, 6 and 8"));
    let both = Difference::default().with_order(4).with_step(Step::Auto);
    assert!(error(both).contains("drop one of the two"));
    let incremental = Difference::default().with_order(4).with_method(Method::Incremental);
    assert!(error(incremental).contains("higher order"));
}

/// One-sided chosen steps evaluate on that side alone.
#[test]
fn one_sided_schemes_choose_steps_too() {
    static LOWEST: AtomicU64 = AtomicU64::new(u64::MAX);
    let f = watched(&LOWEST, |x| x[0].sqrt() * x[1]);
    let engine = Engine::cpu(Precision::F64);
    let how = Difference::default().with_scheme(Scheme::Forward);
    let got = engine.evaluator(&f).unwrap().gradient(array![[2.0, 3.0]].view(), &how).unwrap();
    let error = (got.value[[0, 0]] - 1.5 / 2f64.sqrt()).abs();
    assert!(error <= got.error.unwrap()[[0, 0]] && error < 1e-9, "{error:e}");
    assert!(f64::from_bits(LOWEST.load(Ordering::Relaxed)) >= 2.0);
}

/// What is far away may trap; what is known from near by stands. Near by, a trap is an error.
#[test]
fn traps_far_away_do_no_harm() {
    // Nearly no slope, so that larger steps are tried: there data(i) ends.
    let text = "fn objective() -> real { return 1.0 + 1e-9 * x(0) + 0.0 * data(u32(abs(x(0)))); }";
    let options = || ShaderOptions { data: vec![1.0; 40], terms: None, ..Default::default() };
    let f = WgslObjective::new("far.wgsl", text, 1, options()).unwrap();
    for engine in engines() {
        let got = chosen(&engine, &f, &array![[0.5]]).unwrap();
        assert!((got.value[[0, 0]] - 1e-9).abs() <= got.error.unwrap()[[0, 0]], "{engine:?}");
        let error = chosen(&engine, &f, &array![[50.0]]);
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
        let got = evaluator.gradient(array![[2.0]].view(), &direct(Scheme::Central, None)).unwrap();
        assert!((got.value[[0, 0]] - 24.0).abs() < tolerance(&engine) * 24.0, "{engine:?}");
        let jacobian = evaluator.jacobian(array![[2.0]].view(), &direct(Scheme::Central, None)).unwrap();
        assert_eq!(jacobian.value.dim(), (1, 2, 1));
        assert!((jacobian.value[[0, 1, 0]] - 16.0).abs() < tolerance(&engine) * 16.0, "{engine:?}");
    }
}

fn coefficients(scheme: Scheme, order: usize) -> String {
    let stencil = Stencil::new(scheme, order).unwrap();
    let all: Vec<String> = stencil.coefficients().iter().map(|(_, c)| c.to_string()).collect();
    all.join(" ")
}

/// Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988), tables 1 and 3.
#[test]
fn published_coefficients_of_stencils() {
    assert_eq!(coefficients(Scheme::Central, 2), "-1/2 1/2");
    assert_eq!(coefficients(Scheme::Central, 6), "-1/60 3/20 -3/4 3/4 -3/20 1/60");
    assert_eq!(coefficients(Scheme::Central, 8), "1/280 -4/105 1/5 -4/5 4/5 -1/5 4/105 -1/280");
    assert_eq!(coefficients(Scheme::Forward, 1), "-1 1");
    assert_eq!(coefficients(Scheme::Forward, 2), "-3/2 2 -1/2");
    assert_eq!(coefficients(Scheme::Forward, 4), "-25/12 4 -3 4/3 -1/4");
    assert_eq!(coefficients(Scheme::Backward, 2), "1/2 -2 3/2");
    assert_eq!(coefficients(Scheme::Forward, 8), "-761/280 8 -14 56/3 -35/2 56/5 -14/3 8/7 -1/8");
}

#[test]
fn other_orders_of_stencils_are_refused() {
    for (scheme, order) in [(Scheme::Central, 1), (Scheme::Central, 3), (Scheme::Forward, 0)] {
        assert!(Stencil::new(scheme, order).unwrap_err().to_string().contains("2, 4, 6 and 8"));
    }
}
