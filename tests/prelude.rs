//! The shaders' own functions on a real adapter, each over its range against f64: the largest error in ulp. The table in
//! `shaders/README.md` is this test's output: `cargo test --test prelude -- --nocapture`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use ndarray::Array2;
use plusminus::{Objective, Result, Wgsl};

/// f(x) for one function of the prelude.
struct Function {
    name: &'static str,
    change: Option<(&'static str, &'static str)>,
}

impl Objective for Function {
    fn dimension(&self) -> usize {
        1
    }
    fn value(&self, x: &[f64]) -> f64 {
        x[0]
    }
    fn wgsl(&self) -> Result<Wgsl> {
        let mut source = format!("fn term(s: u32) -> real {{ return pm_{}(x(0u)); }}", self.name);
        if let Some((right, wrong)) = self.change {
            assert!(source.contains(right));
            source = source.replace(right, wrong);
        }
        Ok(Wgsl { source, ..Default::default() })
    }
}

/// The largest error in ulp of the result in f32, and where.
fn worst(f: &Function, exact: fn(f64) -> f64, from: f64, to: f64) -> (f64, f64) {
    let count = 200_000;
    let x = (0..=count).map(|i| f64::from((from + (to - from) * f64::from(i) / f64::from(count)) as f32));
    let x = Array2::from_shape_vec((count as usize + 1, 1), x.collect()).unwrap();
    let values = common::gpu().evaluator(f).unwrap().values(x.view()).unwrap();
    let error = |(value, x): (&f64, &f64)| {
        let want = exact(*x);
        let ulp = (want.abs() as f32).to_bits();
        let ulp = f64::from(f32::from_bits(ulp + 1)) - f64::from(f32::from_bits(ulp));
        ((value - want).abs() / ulp, *x)
    };
    values.iter().zip(&x).map(error).fold((0.0, from), |a, b| if b.0.is_nan() || b.0 > a.0 { b } else { a })
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

#[test]
fn functions_on_the_device_stay_within_their_ulp() {
    type Row = (&'static str, fn(f64) -> f64, f64, f64, f64);
    let table: [Row; 15] = [
        ("exp", f64::exp, -87.0, 88.7, 1.5),
        ("exp", f64::exp, -1.0, 1.0, 1.5),
        ("expm1", f64::exp_m1, -30.0, 88.3, 2.5),
        ("expm1", f64::exp_m1, -1.0, 1.0, 2.5),
        ("expm1", f64::exp_m1, 1e-12, 1e-3, 1.5),
        ("log", f64::ln, 0.01, 50.0, 2.5),
        ("log", f64::ln, 0.99, 1.01, 2.5),
        ("log1p", f64::ln_1p, -0.999_99, 50.0, 2.5),
        ("log1p", f64::ln_1p, -0.6, 1.2, 2.5),
        ("log1p", f64::ln_1p, -1e-3, -1e-12, 2.0),
        ("tanh", f64::tanh, -12.0, 12.0, 3.0),
        ("tanh", f64::tanh, 1e-6, 1e-2, 3.0),
        ("sigmoid", sigmoid, -85.0, 30.0, 3.5),
        ("softplus", softplus, -85.0, 30.0, 3.0),
        ("softplus", softplus, -1.0, 1.0, 3.5),
    ];
    for (name, exact, from, to, limit) in table {
        let (error, at) = worst(&Function { name, change: None }, exact, from, to);
        println!("| `{name}` | {from:?} to {to:?} | {error:.2} | {at:?} |");
        assert!(error <= limit, "{name}: {error} ulp at {at}, limit {limit}");
    }
}

/// WGSL's own functions would not do.
#[test]
fn the_languages_own_functions_are_noticed() {
    for (name, change, exact) in [
        ("expm1", ("pm_expm1(x(0u))", "exp(x(0u)) - 1.0"), f64::exp_m1 as fn(f64) -> f64),
        ("log1p", ("pm_log1p(x(0u))", "log(1.0 + x(0u))"), f64::ln_1p),
    ] {
        let (error, _) = worst(&Function { name, change: Some(change) }, exact, 1e-6, 1e-3);
        assert!(error > 100.0, "{name}: {error}");
    }
}
