//! Derivatives beyond the gradient, on every engine.

use crate::common::{by_precision, engines, tolerance};
use ndarray::{Array2, array};
use plusminus::{
    Difference, Engine, Error, Method, Precision, Quadratic, Scheme, ShaderOptions, Stencil, Step, StepUsed,
    VectorClosure, WgslObjective,
};

#[test]
fn jacobians_of_residuals_and_the_objective_that_they_make() {
    // Rosenbrock's residuals.
    let text = "fn residual(k: u32) -> real {
        if (k % 2u == 0u) { return data(0) * (x(k + 1u) - x(k) * x(k)); }
        return 1.0 - x(k - 1u);
    }";
    let options = || ShaderOptions { data: vec![10.0], terms: Some(4), ..Default::default() };
    let residuals = WgslObjective::residuals("r.wgsl", text, 4, options()).unwrap();
    let scalar = WgslObjective::new("r.wgsl", text, 4, options()).unwrap();
    let x = array![[-1.2, 1.0, 0.5, 2.0], [1.0, 1.0, 1.0, 1.0]];
    for engine in engines() {
        let bound = tolerance(&engine);
        let got = engine.evaluator(&residuals).unwrap().jacobian(x.view(), &Difference::default()).unwrap();
        let bars = got.error.as_ref().unwrap();
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
                let bar = bars[[point, k, i]] + 1e-14;
                assert!(error <= bar && error < bound * 24.0, "{engine:?} {k} {i}");
            }
        }
        // The sum of their squares, as value and gradient.
        let mut evaluator = engine.evaluator(&scalar).unwrap();
        let value = evaluator.values(x.view()).unwrap();
        let want = 100.0 * (1.0f64 - 1.44).powi(2) + 2.2 * 2.2 + 100.0 * 1.75 * 1.75 + 0.25;
        assert!((value[0] - want).abs() < 1e-6 * want && value[1] == 0.0, "{engine:?}: {value}");
        let gradient = evaluator.gradient(x.view(), &Difference::default()).unwrap().value;
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
    let got = engine.evaluator(&gradient).unwrap().jacobian(x.view(), &Difference::default()).unwrap();
    let bars = got.error.as_ref().unwrap();
    for (i, row) in rosenbrock_hessian(&x.row(0).to_vec()).iter().enumerate() {
        for (j, want) in row.iter().enumerate() {
            assert!((got.value[[0, i, j]] - want).abs() <= bars[[0, i, j]] + 1e-12 * want.abs());
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
        let how = Difference::default();
        let got = evaluator.directional(x.view(), v.view(), &how).unwrap();
        let want = [0.0, 4e-6, -1e5];
        for (point, want) in want.into_iter().enumerate() {
            let error = (got.value[point] - want).abs();
            assert!(error <= tolerance(&engine) * want.abs(), "{engine:?} {point}: {error:e}");
        }
        let product = evaluator.hessian_product(x.view(), v.view(), &how).unwrap();
        let bars = product.error.as_ref().unwrap();
        assert_eq!(product.value.row(0).to_vec(), [0.0, 0.0]);
        for (axis, want) in [(0, -2e5), (1, 1e5)] {
            let error = (product.value[[2, axis]] - want).abs();
            assert!(error <= bars[[2, axis]].max(1e-7 * want.abs()), "{engine:?}: {error:e}");
        }
        for wrong in [array![[1.0, 2.0]], array![[1.0], [1.0], [1.0]]] {
            assert!(evaluator.directional(x.view(), wrong.view(), &how).unwrap_err().is_bad_input());
        }
        let error = evaluator.directional(x.view(), (v * f64::NAN).view(), &how).unwrap_err();
        assert!(error.to_string().contains("must be finite"), "{error}");
        let error = evaluator.hessian(array![[1.0]].view(), &how).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
    }
}

/// Scheme, order, step and bounds mean the same for every derivative.
#[test]
fn all_derivatives_take_the_same_options() {
    let f = WgslObjective::from_expression("exp(x0)*x1^3", 2).unwrap();
    let (x, v) = (array![[0.5, 2.0]], array![[1.0, -1.0]]);
    let (e, largest) = (0.5f64.exp(), 50.0);
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let h = by_precision(&engine, 2f64.powi(-4), 2f64.powi(-8));
        for (scheme, order) in [(Scheme::Central, 4), (Scheme::Forward, 2), (Scheme::Backward, 4)] {
            let how = Difference::default().with_scheme(scheme).with_order(order);
            let how = how.with_step(Step::fixed(h).unwrap());
            let slope = evaluator.directional(x.view(), v.view(), &how).unwrap();
            let jacobian = evaluator.jacobian(x.view(), &how).unwrap();
            let hessian = evaluator.hessian(x.view(), &how).unwrap();
            let product = evaluator.hessian_product(x.view(), v.view(), &how).unwrap();
            let StepUsed::Each(steps) = &hessian.step else { panic!("{:?}", hessian.step) };
            assert_eq!(steps.dim(), hessian.value.dim());
            // Nothing is known of the errors of given steps.
            assert!(slope.error.is_none() && jacobian.error.is_none());
            assert!(hessian.error.is_none() && product.error.is_none());
            // First derivatives are the very quotient, second ones the derivative but for truncation; f is noise over h.
            let all = Stencil::new(scheme, order).unwrap().coefficients();
            let all: Vec<(f64, f64)> = all
                .iter()
                .map(|(node, c)| (f64::from(*node) * h, *c.numer() as f64 / *c.denom() as f64))
                .collect();
            let quotient = |v: [f64; 2]| {
                all.iter().map(|(t, c)| c * (0.5 + t * v[0]).exp() * (2.0 + t * v[1]).powi(3)).sum::<f64>()
                    / h
            };
            let noise =
                engine.precision().epsilon() * largest * all.iter().map(|(_, c)| c.abs()).sum::<f64>() / h;
            let truncation = 60.0 * h.powi(order as i32);
            let curvatures = truncation + noise * noise / (engine.precision().epsilon() * largest);
            for (what, got, want, bound) in [
                ("slope", slope.value[0], quotient([1.0, -1.0]), noise),
                ("jacobian", jacobian.value[[0, 0, 1]], quotient([0.0, 1.0]), noise),
                ("curvature", hessian.value[[0, 1, 1]], 12.0 * e, curvatures),
                ("mixed", hessian.value[[0, 0, 1]], 12.0 * e, curvatures),
                ("product", product.value[[0, 0]], 8.0 * e - 12.0 * e, curvatures),
            ] {
                let error = (got - want).abs();
                assert!(error <= bound, "{what}, {scheme} {order} on {engine:?}: {error:e}, bound {bound:e}");
            }
        }
        // Those of quadratics are for gradients alone.
        let f = Quadratic::sum_of_squares(2).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let incremental = Difference::default().with_method(Method::Incremental);
        for refused in [
            evaluator.directional(x.view(), v.view(), &incremental).unwrap_err(),
            evaluator.jacobian(x.view(), &incremental).unwrap_err(),
            evaluator.hessian(x.view(), &incremental).unwrap_err(),
            evaluator.hessian_product(x.view(), v.view(), &incremental).unwrap_err(),
        ] {
            assert!(matches!(refused, Error::Unsupported { .. }), "{refused}");
        }
    }
}
