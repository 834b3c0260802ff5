//! The functions of `Real`, which the CPU engine and formulas use, against the standard library; random numbers.

use crate::common::random::SplitMix64;
use plusminus::{Difference, Engine, Error, Precision, Quadratic, Real, Step};

/// The largest error in ulp of the exact result, and where. `exact` takes and gives f64.
fn worst_single(f: fn(f32) -> f32, exact: fn(f64) -> f64, from: f32, to: f32) -> (f64, f64) {
    let count = 400_000;
    (0..=count)
        .map(|i| {
            let x = from + (to - from) * (i as f32 / count as f32);
            let want = exact(f64::from(x));
            let ulp = (want.abs() as f32).to_bits();
            let ulp = f64::from(f32::from_bits(ulp + 1)) - f64::from(f32::from_bits(ulp));
            ((f64::from(f(x)) - want).abs() / ulp, f64::from(x))
        })
        .fold((0.0, f64::from(from)), |a, b| if b.0.is_nan() || b.0 > a.0 { b } else { a })
}

/// Against the standard library's f64, itself good to an ulp: so these bounds are up to 1 too strict or lax.
fn worst_double(f: fn(f64) -> f64, exact: fn(f64) -> f64, from: f64, to: f64) -> (f64, f64) {
    let count = 400_000;
    (0..=count)
        .map(|i| {
            let x = from + (to - from) * (f64::from(i) / f64::from(count));
            let want = exact(x);
            let ulp = f64::from_bits(want.abs().to_bits() + 1) - want.abs();
            ((f(x) - want).abs() / ulp, x)
        })
        .fold((0.0, from), |a, b| if b.0.is_nan() || b.0 > a.0 { b } else { a })
}

#[test]
fn single_functions_stay_within_their_ulp() {
    type Row = (&'static str, fn(f32) -> f32, fn(f64) -> f64, f32, f32, f64);
    let table: &[Row] = &[
        ("exp", <f32 as Real>::exp, f64::exp, -87.0, 88.7, 1.5),
        ("exp near 0", <f32 as Real>::exp, f64::exp, -1.0, 1.0, 1.5),
        ("expm1", <f32 as Real>::exp_m1, f64::exp_m1, -30.0, 88.3, 2.5),
        ("expm1 near 0", <f32 as Real>::exp_m1, f64::exp_m1, -1.0, 1.0, 2.5),
        ("expm1 at 0", <f32 as Real>::exp_m1, f64::exp_m1, 1e-12, 1e-3, 1.5),
        ("expm1_near", <f32 as Real>::exp_m1_near, f64::exp_m1, -0.3465, 0.3465, 1.5),
        ("ln", <f32 as Real>::ln, f64::ln, 0.01, 50.0, 2.0),
        ("ln near 1", <f32 as Real>::ln, f64::ln, 0.99, 1.01, 2.0),
        ("ln large", <f32 as Real>::ln, f64::ln, 1e3, 1e30, 1.5),
        ("log1p", <f32 as Real>::ln_1p, f64::ln_1p, -0.999_99, 50.0, 2.5),
        ("log1p near 0", <f32 as Real>::ln_1p, f64::ln_1p, -0.6, 1.2, 2.5),
        ("log1p at 0", <f32 as Real>::ln_1p, f64::ln_1p, -1e-3, -1e-12, 2.0),
        ("log1p large", <f32 as Real>::ln_1p, f64::ln_1p, 1e3, 1e30, 1.5),
        ("tanh", <f32 as Real>::tanh, f64::tanh, -12.0, 12.0, 2.5),
        ("tanh near 0", <f32 as Real>::tanh, f64::tanh, 1e-6, 1e-2, 2.5),
    ];
    for (name, f, exact, from, to, limit) in table {
        let (error, at) = worst_single(*f, *exact, *from, *to);
        println!("{name} on [{from}, {to}]: {error:.2} ulp at {at}");
        assert!(error <= *limit, "{name}: {error} ulp at {at}, limit {limit}");
    }
}

#[test]
fn double_functions_stay_within_their_ulp() {
    type Row = (&'static str, fn(f64) -> f64, fn(f64) -> f64, f64, f64, f64);
    let table: &[Row] = &[
        ("exp", <f64 as Real>::exp, f64::exp, -708.0, 709.7, 2.0),
        ("expm1", <f64 as Real>::exp_m1, f64::exp_m1, -60.0, 709.0, 3.0),
        ("expm1 near 0", <f64 as Real>::exp_m1, f64::exp_m1, -1.0, 1.0, 3.0),
        ("expm1 at 0", <f64 as Real>::exp_m1, f64::exp_m1, 1e-20, 1e-6, 2.0),
        ("expm1_near", <f64 as Real>::exp_m1_near, f64::exp_m1, -0.3465, 0.3465, 2.0),
        ("ln", <f64 as Real>::ln, f64::ln, 0.01, 50.0, 2.5),
        ("ln near 1", <f64 as Real>::ln, f64::ln, 0.99, 1.01, 2.5),
        ("ln large", <f64 as Real>::ln, f64::ln, 1e3, 1e300, 2.0),
        ("log1p", <f64 as Real>::ln_1p, f64::ln_1p, -0.999_999, 50.0, 3.0),
        ("log1p near 0", <f64 as Real>::ln_1p, f64::ln_1p, -0.6, 1.2, 3.0),
        ("log1p at 0", <f64 as Real>::ln_1p, f64::ln_1p, -1e-6, -1e-20, 2.5),
        ("tanh", <f64 as Real>::tanh, f64::tanh, -25.0, 25.0, 3.0),
        ("tanh near 0", <f64 as Real>::tanh, f64::tanh, 1e-12, 1e-2, 3.0),
    ];
    for (name, f, exact, from, to, limit) in table {
        let (error, at) = worst_double(*f, *exact, *from, *to);
        println!("{name} on [{from}, {to}]: {error:.2} ulp at {at}");
        assert!(error <= *limit, "{name}: {error} ulp at {at}, limit {limit}");
    }
}

macro_rules! ends {
    ($real:ident) => {{
        assert_eq!(<$real as Real>::exp(800.0), $real::INFINITY);
        assert_eq!(<$real as Real>::exp($real::INFINITY), $real::INFINITY);
        assert_eq!(<$real as Real>::exp(-800.0), 0.0);
        assert_eq!(<$real as Real>::exp(0.0), 1.0);
        assert!(<$real as Real>::exp($real::NAN).is_nan());
        assert_eq!(<$real as Real>::exp_m1(0.0), 0.0);
        assert_eq!(<$real as Real>::exp_m1(800.0), $real::INFINITY);
        assert_eq!(<$real as Real>::exp_m1(-800.0), -1.0);
        assert_eq!(<$real as Real>::exp_m1($real::NEG_INFINITY), -1.0);
        assert!(<$real as Real>::exp_m1($real::NAN).is_nan());
        assert_eq!(<$real as Real>::tanh(50.0), 1.0);
        assert_eq!(<$real as Real>::tanh($real::NEG_INFINITY), -1.0);
        assert_eq!(<$real as Real>::tanh(0.0), 0.0);
        assert!(<$real as Real>::tanh($real::NAN).is_nan());
        assert_eq!(<$real as Real>::ln(1.0), 0.0);
        assert_eq!(<$real as Real>::ln($real::INFINITY), $real::INFINITY);
        assert!(<$real as Real>::ln($real::NAN).is_nan());
        assert_eq!(<$real as Real>::ln_1p(0.0), 0.0);
        assert_eq!(<$real as Real>::ln_1p(-1.0), $real::NEG_INFINITY);
        assert_eq!(<$real as Real>::ln_1p($real::INFINITY), $real::INFINITY);
        assert!(<$real as Real>::ln_1p(-1.5).is_nan());
        assert!(<$real as Real>::ln_1p($real::NAN).is_nan());
    }};
}

#[test]
fn ends_of_the_range() {
    ends!(f32);
    ends!(f64);
}

#[test]
fn published_outputs_of_splitmix64() {
    let mut random = SplitMix64::new(1_234_567);
    assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
    assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
}

/// Points of all lengths beside those of SIMD registers: a coordinate that is not finite is found at the ends and between.
#[test]
fn a_coordinate_that_is_not_finite_is_found_wherever_it_is() {
    for n in [1, 31, 32, 33, 100] {
        let f = Quadratic::sum_of_squares(n).unwrap();
        let mut evaluator = Engine::cpu(Precision::F32).evaluator(&f).unwrap();
        let mut x = vec![0.5; n];
        assert!(evaluator.value(&x).is_ok());
        for at in [0, n / 2, n - 1] {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
                let good = std::mem::replace(&mut x[at], bad);
                let error = evaluator.value(&x).unwrap_err();
                assert!(
                    matches!(error, Error::NonFinitePoint { axis, .. } if axis == at),
                    "{n}, {at}: {error}"
                );
                x[at] = good;
            }
            // The largest coordinate decides whether one relative step serves all.
            let good = std::mem::replace(&mut x[at], -7.0);
            let gradient =
                evaluator.gradient_at(&x, &Difference::default().with_step(Step::Relative { exponent: -20 }));
            assert_eq!(gradient.unwrap().value[at], -14.0);
            x[at] = good;
        }
    }
}
