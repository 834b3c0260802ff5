//! Chosen steps and their error bars against analytic derivatives, on the CPU engine and on a device, in f32 and f64: the
//! bounds that `examples/accuracy/README.md` tells of.

use crate::common::accuracy::{self, Found, median};
use crate::common::hard;
use crate::common::{by_precision, engines, is_cpu};
use ndarray::Array2;
use plusminus::{Difference, Method, Notice, Precision, ShaderOptions, WgslObjective};

#[test]
fn gradients_and_their_error_bars() {
    let cases = accuracy::cases().unwrap();
    assert!(cases.len() > 50, "{}", cases.len());
    for engine in engines() {
        let mut all = Found::default();
        // Devices compile each for a while.
        for case in cases.iter().step_by(if is_cpu(&engine) { 1 } else { 3 }) {
            let found = accuracy::gradients(case, &engine).unwrap();
            let most = by_precision(&engine, 1e-3, 1e-10);
            assert!(found.largest() <= most, "{} on {engine:?}: {:e}", case.name, found.largest());
            all.add(found);
        }
        let most = by_precision(&engine, 3e-6, 1e-11);
        let error = median(all.errors.clone());
        assert!(error <= most, "{engine:?}: median error {error:e}");
        assert!(all.coverage() >= 0.95, "{engine:?}: {} of {}", all.covered, all.components);
        let width = median(all.widths.clone());
        assert!(width <= 100.0, "{engine:?}: bars are {width} times the error");
        // 16 a component, and more where these do not do.
        let a_component = all.evaluations as f64 / all.components as f64;
        assert!((16.0..32.0).contains(&a_component), "{a_component}");
    }
}

#[test]
fn derivatives_beyond_the_gradient_and_their_error_bars() {
    // Of devices in f32: they compile each of many functions for a while.
    for engine in
        engines().into_iter().filter(|engine| is_cpu(engine) || engine.precision() == Precision::F32)
    {
        let single = engine.precision() == Precision::F32;
        for (what, found) in accuracy::beyond(&engine).unwrap() {
            let error = median(found.errors.clone());
            let (most, largest) = match (what, single) {
                ("Hessians" | "Hessian-vector products", true) => (5e-5, 1e-2),
                ("Hessians" | "Hessian-vector products", false) => (1e-11, 1e-8),
                (_, true) => (3e-6, 1e-3),
                (_, false) => (1e-12, 1e-10),
            };
            assert!(error <= most, "{what} on {engine:?}: median {error:e}");
            assert!(found.largest() <= largest, "{what} on {engine:?}: {:e}", found.largest());
            let coverage = found.coverage();
            assert!(coverage >= 0.95, "{what} on {engine:?}: {} of {}", found.covered, found.components);
            assert!(median(found.widths.clone()) <= 100.0, "{what} on {engine:?}");
        }
    }
}

#[test]
fn badly_scaled_functions_kinks_boundaries_and_noise() {
    for engine in engines() {
        for (what, text, x, want) in hard::cases() {
            let f = WgslObjective::from_expression(text, 1).unwrap();
            let points = Array2::from_elem((1, 1), f64::from(x as f32));
            let how = Difference::default().with_method(Method::Direct);
            let got = engine.evaluator(&f).unwrap().gradient(points.view(), &how).unwrap();
            let (found, bar) = (got.value[[0, 0]], got.error.unwrap()[[0, 0]]);
            let said = got.remarks.first().map(|remark| remark.notice);
            match what {
                "a kink" => {
                    let Some(Notice::Kink { left, right }) = said else { panic!("{said:?} on {engine:?}") };
                    assert!((left + 1.0).abs() < 1e-5 && (right - 1.0).abs() < 1e-5 && bar >= 1.0);
                }
                "a boundary, infinite slope" => {
                    assert!(said == Some(Notice::NoLimit) && bar.is_infinite(), "{said:?} on {engine:?}");
                }
                _ => {
                    assert!(
                        (found - want).abs() <= bar,
                        "{what} on {engine:?}: {found} ± {bar:e} for {want}"
                    );
                    // And the bar says something.
                    let single = engine.precision() == Precision::F32;
                    let most = match what {
                        "noise of 1e-3" => 1e-2,
                        // Beyond the size of the coordinate noise may hide anything.
                        "hardly any slope" | "1 + something tiny" if single => 0.5,
                        _ if single => 1e-3,
                        _ => 1e-9,
                    };
                    assert!(bar <= most * want.abs().max(1e-9), "{what} on {engine:?}: {bar:e}");
                }
            }
        }
    }
}

/// Terms that do not move are rounded alike everywhere: they are no noise, however large.
#[test]
fn terms_that_do_not_move() {
    let text = "fn term(s: u32) -> real {
        if (s == 0u) { return sin(x(0)) * x(1); }
        if (s == 1u) { return x(1) * x(1); }
        return data(0);
    }";
    for engine in engines() {
        let options = ShaderOptions { data: vec![2750.0], terms: Some(3), ..Default::default() };
        let f = WgslObjective::new("terms.wgsl", text, 2, options).unwrap();
        let direct = Difference::default().with_method(Method::Direct);
        let found = engine.evaluator(&f).unwrap().gradient_at(&[1.0, 2.0], &direct).unwrap();
        let bars = found.error.unwrap();
        for (i, want) in [2.0 * 1f64.cos(), 1f64.sin() + 4.0].into_iter().enumerate() {
            let off = (found.value[i] - want).abs();
            let most = if engine.precision() == Precision::F32 { 5e-5 } else { 1e-12 };
            assert!(off <= bars[i] && bars[i] <= most, "{i} on {engine:?}: {off:e}, bar {:e}", bars[i]);
        }
    }
}
