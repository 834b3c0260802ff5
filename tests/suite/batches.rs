//! Many points at once are on all cores at the same time: each has what it has alone.

use crate::common::direct;
use ndarray::{Array2, Axis, s};
use plusminus::{Closure, Engine, Error, OnFailure, Precision, Scheme, ShaderOptions, WgslObjective};

/// More than a batch takes.
const POINTS: usize = 900;

/// Smooth, with kinks, jumps, values that are missing at the point alone, and places where there is none.
fn varied(x: &[f64]) -> f64 {
    match x[1] as usize % 5 {
        0 => x[0].exp() * x[1],
        1 => (x[0] - 0.5).abs() + x[1],
        2 => (x[0] * 3.0).floor() + x[1] * x[0],
        3 => (x[0] - 0.5).sin() / (x[0] - 0.5) + x[1],
        _ => (x[0] - 0.7).sqrt(),
    }
}

#[test]
fn each_point_has_what_it_has_alone() {
    let f = Closure::new(2, varied).unwrap();
    let x = Array2::from_shape_fn((POINTS, 2), |(i, axis)| match axis {
        0 => [0.5, 0.25, 2.0 / 3.0][i % 3],
        _ => i as f64 + 0.5,
    });
    let how = direct(Scheme::Central, None).with_on_failure(OnFailure::Skip);
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let all = evaluator.gradient(x.view(), &how).unwrap();
    assert!(!all.failures.is_empty() && all.failures.len() < POINTS / 2, "{}", all.failures.len());
    assert!(all.remarks.len() > POINTS / 10, "{}", all.remarks.len());
    let (bars, values) = (all.error.as_ref().unwrap(), all.values.as_ref().unwrap());
    let mut evaluations = 0;
    for point in 0..POINTS {
        let alone = evaluator.gradient(x.slice(s![point..=point, ..]), &how).unwrap();
        evaluations += alone.evaluations;
        let bits = |row: ndarray::ArrayView1<'_, f64>| row.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(all.value.row(point)), bits(alone.value.row(0)), "{point}");
        assert_eq!(bits(bars.row(point)), bits(alone.error.unwrap().row(0)), "{point}");
        assert_eq!(values[point].to_bits(), alone.values.unwrap()[0].to_bits(), "{point}");
        let own: Vec<_> = all.remarks.iter().filter(|remark| remark.point == point).collect();
        assert_eq!(own.len(), alone.remarks.len(), "{point}");
        for (own, alone) in own.iter().zip(&alone.remarks) {
            assert_eq!((own.axis, own.notice), (alone.axis, alone.notice), "{point}");
        }
        let failed = all.failures.iter().find(|failure| failure.point == point);
        let own =
            failed.map(|failure| failure.error.to_string().replace(&format!("point {point}"), "point 0"));
        assert_eq!(own, alone.failures.first().map(|failure| failure.error.to_string()));
    }
    assert_eq!(all.evaluations, evaluations);
    // The first failure stops the call, if failures do.
    let stopped = evaluator.gradient(x.view(), &direct(Scheme::Central, None)).unwrap_err();
    assert_eq!(stopped.to_string(), all.failures[0].error.to_string());
}

/// An objective that cannot be evaluated at larger steps loses nothing that smaller ones tell; one that cannot be at all says so.
#[test]
fn what_cannot_be_evaluated_is_found_out() {
    let how = direct(Scheme::Central, None);
    let x = Array2::from_shape_fn((POINTS, 1), |(i, _)| 0.01 + 1e-5 * i as f64);
    for precision in [Precision::F32, Precision::F64] {
        let of = |factor: f64| {
            // Rounding, so that larger steps are asked for: from 1 / factor on it reads out of range.
            let text = format!(
                "fn objective() -> real {{
                    return sin(x(0) / 64.0) + data(u32(x(0) * real({factor:?})));
                }}"
            );
            let options = ShaderOptions { data: vec![65536.0], ..Default::default() };
            WgslObjective::new("table", &text, 1, options).unwrap()
        };
        let mut evaluator = Engine::cpu(precision).evaluator(of(0.9)).unwrap();
        let got = evaluator.gradient(x.view(), &how).unwrap();
        let bars = got.error.unwrap();
        for ((x, value), bar) in x.iter().zip(&got.value).zip(&bars) {
            let error = (value - (x / 64.0).cos() / 64.0).abs();
            let most = if precision == Precision::F32 { 1.0 } else { 1e-9 };
            assert!(error <= *bar && *bar < most, "{precision:?} at {x}: off by {error:e}, bar {bar:e}");
        }
        let mut evaluator = Engine::cpu(precision).evaluator(of(83.0)).unwrap();
        let error = evaluator.gradient(x.view(), &how).unwrap_err();
        assert!(matches!(error, Error::Evaluation { .. }), "{error}");
        // What comes after is not touched by it.
        let near = x.mapv(|x| x * 1e-6);
        assert!(evaluator.gradient(near.slice(s![..1, ..]), &how).is_err());
        assert_eq!(evaluator.values(near.view()).unwrap().len_of(Axis(0)), POINTS);
    }
}
