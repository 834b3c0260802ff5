//! Sums whose terms read few coordinates each, as texts and expressions: gradients along what terms read alone are those along all
//! coordinates, and the analytic ones.

use crate::common::{central, direct};
use argmin_testfunctions::{rosenbrock_derivative, rosenbrock_hessian};
use ndarray::{Array2, ArrayView1};
use plusminus::{
    Difference, Engine, Error, Objective, Precision, Scheme, ShaderOptions, Step, WgslObjective,
};

const N: usize = 150;

fn point() -> Vec<f64> {
    (0..N).map(|i| f64::from(((i * 37 % 101) as f64 * 0.031 - 1.5) as f32)).collect()
}

fn engines() -> [Engine; 2] {
    [Engine::cpu(Precision::F32), Engine::cpu(Precision::F64)]
}

fn objectives() -> Vec<(&'static str, WgslObjective)> {
    let text = "fn term(s: u32) -> real {
        let a = 1.0 - x(s);
        let b = x(s + 1u) - x(s) * x(s);
        return a * a + 100.0 * b * b;
    }";
    // The same with what is known of branches and loops: both sides are run, and the turns do not depend on the point.
    let winding = "fn square(a: real) -> real { if (a < 0.0) { return -a * -a; } return a * a; }
    fn term(s: u32) -> real {
        var b = 0.0;
        for (var i = s; i < s + 2u; i++) {
            if (i == s) { b -= square(x(i)); } else { b += x(i); }
        }
        return square(1.0 - x(s)) + 100.0 * square(b);
    }";
    let of = |text| {
        let options = ShaderOptions { terms: Some(N - 1), ..Default::default() };
        WgslObjective::new("rosenbrock.wgsl", text, N, options).unwrap()
    };
    let expression = "sum((1 - x[:-1])^2 + 100*(x[1:] - x[:-1]^2)^2)";
    vec![
        ("term", of(text)),
        ("branches and loops", of(winding)),
        ("expression", WgslObjective::from_expression(expression, N).unwrap()),
    ]
}

fn close(what: &str, got: ArrayView1<'_, f64>, bars: Option<ArrayView1<'_, f64>>, want: &[f64], most: f64) {
    let size = want.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    for (i, want) in want.iter().enumerate() {
        let error = (got[i] - want).abs();
        assert!(error <= most * size, "{what}, {i}: {} for {want}", got[i]);
        if let Some(bars) = &bars {
            // The witness is rounded, too.
            assert!(error <= bars[i] + 1e-13 * size, "{what}, {i}: {} ± {:e} for {want}", got[i], bars[i]);
        }
    }
}

#[test]
fn gradients_and_hessians() {
    let x = point();
    let gradient = rosenbrock_derivative(&x);
    let hessian = rosenbrock_hessian(&x);
    let points = Array2::from_shape_vec((1, N), x).unwrap();
    for (name, f) in objectives() {
        assert_eq!(f.terms(), N - 1, "{name}");
        for engine in engines() {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let what = format!("{name} on {engine:?}");
            let most = if engine.precision() == Precision::F32 { 1e-5 } else { 1e-13 };
            let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
            let bars = found.error.unwrap();
            close(&what, found.value.row(0), Some(bars.row(0)), &gradient, most);
            // Over a step the quotient of a quartic is off by h² times a third derivative.
            let step = Difference::default().with_step(Step::fixed(2f64.powi(-10)).unwrap());
            let finite = evaluator.gradient(points.view(), &step).unwrap();
            close(&what, finite.value.row(0), None, &gradient, 1e-5);
            let found = evaluator.hessian(points.view(), &Difference::default()).unwrap();
            for i in [0, 1, 77, N - 1] {
                let row = found.value.slice(ndarray::s![0, i, ..]);
                close(&format!("{what}, Hessian, row {i}"), row, None, &hessian[i], most);
            }
        }
    }
}

/// Selected terms, some of them twice, are read for what they are.
#[test]
fn selections_and_jacobians() {
    let x = point();
    let points = Array2::from_shape_vec((1, N), x.clone()).unwrap();
    let selected = [3u32, 148, 77, 3, 0];
    let mut want = vec![0.0; N];
    for s in selected.map(|s| s as usize) {
        let (a, b) = (1.0 - x[s], x[s + 1] - x[s] * x[s]);
        want[s] += -2.0 * a - 400.0 * b * x[s];
        want[s + 1] += 200.0 * b;
    }
    for (name, f) in objectives() {
        for engine in engines() {
            let mut evaluator = engine.evaluator(&f).unwrap();
            evaluator.select(Some(&selected)).unwrap();
            let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
            let most = if engine.precision() == Precision::F32 { 1e-5 } else { 1e-13 };
            close(&format!("{name} on {engine:?}"), found.value.row(0), None, &want, most);
        }
    }
    let text = "fn residual(k: u32) -> real { return x(k + 1u) * x(k); }";
    let options = ShaderOptions { terms: Some(N - 1), ..Default::default() };
    let f = WgslObjective::residuals("residuals.wgsl", text, N, options).unwrap();
    for engine in engines() {
        let found =
            engine.evaluator(&f).unwrap().jacobian(points.view(), &Difference::default()).unwrap().value;
        for ((_, k, i), &entry) in found.indexed_iter() {
            let want = if i == k {
                x[k + 1]
            } else if i == k + 1 {
                x[k]
            } else {
                0.0
            };
            assert!((entry - want).abs() <= 1e-6 * want.abs(), "{k}, {i}: {entry} for {want}");
        }
    }
}

/// Differences of values, too, evaluate only the terms that read a coordinate: at one point, at many, at steps of their own.
#[test]
fn direct_differences() {
    let x = point();
    let many = Array2::from_shape_fn((600, N), |(k, i)| x[i] + 1e-3 * (k % 7) as f64);
    let one = many.slice(ndarray::s![..1, ..]).to_owned();
    for (name, f) in objectives() {
        for precision in [Precision::F32, Precision::F64] {
            let engine = Engine::cpu(precision);
            let mut evaluator = engine.evaluator(&f).unwrap();
            // By the rounding of terms of size 100, and by h² times a third derivative.
            let (exponent, most) = if precision == Precision::F32 { (-8, 1e-3) } else { (-17, 1e-8) };
            for points in [&one, &many] {
                let found = evaluator.gradient(points.view(), &central(exponent)).unwrap();
                for (k, x) in points.rows().into_iter().enumerate().step_by(97) {
                    let want = rosenbrock_derivative(&x.to_vec());
                    close(&format!("{name} on {engine:?}, {k}"), found.value.row(k), None, &want, most);
                }
            }
            let chosen = evaluator.gradient(one.view(), &direct(Scheme::Central, None)).unwrap();
            close(
                name,
                chosen.value.row(0),
                None,
                &rosenbrock_derivative(&x),
                if precision == Precision::F32 { 1e-4 } else { 1e-10 },
            );
        }
    }
    // A term that reads no coordinate and has no value is not passed over.
    let text = "fn term(s: u32) -> real { if (s == 80u) { return log(data(0)); } return x(s) * x(s); }";
    let options = ShaderOptions { terms: Some(N), data: vec![-1.0], ..Default::default() };
    let f = WgslObjective::new("hole.wgsl", text, N, options).unwrap();
    for points in [&one, &many] {
        let found = Engine::cpu(Precision::F64).evaluator(&f).unwrap().gradient(points.view(), &central(-17));
        assert!(matches!(found, Err(Error::NonFiniteValue { .. })), "{found:?}");
    }
}
