//! What holds for whatever comes: stencils, error bars, readers, expressions. A failure is shrunk to a small case.
//!
//! The cases are the same on every run; `PROPTEST_RNG_SEED=7 PROPTEST_CASES=10000 cargo test --test suite properties` looks
//! at others.

mod grammar;
#[cfg(feature = "cli")]
mod readers;

use crate::common::{direct, engines, point};
use grammar::{Expr, N, X, expressions};
use ndarray::{Array1, Array2, arr2};
use num_rational::Ratio;
use plusminus::{
    Closure, Difference, Engine, Matrix, Method, Objective, Precision, Quadratic, Scheme, Stencil, Step,
    WgslObjective,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn cases(count: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let is_given = |name: &str| std::env::var_os(name).is_some();
    ProptestConfig {
        cases: if is_given("PROPTEST_CASES") { given.cases } else { count },
        rng_seed: if is_given("PROPTEST_RNG_SEED") { given.rng_seed } else { RngSeed::Fixed(1) },
        failure_persistence: None,
        ..given
    }
}

/// A scheme, and an order that it has.
fn stencils() -> impl Strategy<Value = (Scheme, usize)> {
    let one_sided = prop::sample::select(vec![Scheme::Forward, Scheme::Backward]);
    prop_oneof![
        (one_sided, prop::sample::select(vec![1, 2, 4, 6, 8])),
        (Just(Scheme::Central), prop::sample::select(vec![2, 4, 6, 8])),
    ]
}

/// Σ c[k]·x^k.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// Numbers of f32, so that every precision works on the same.
fn number(size: f32) -> impl Strategy<Value = f64> {
    (-size..size).prop_map(f64::from)
}

proptest! {
    #![proptest_config(cases(256))]

    /// In rational arithmetic: exact up to the order, and not for the next power.
    #[test]
    fn stencils_are_exact_up_to_their_order(
        (scheme, order) in stencils(), all in vec(-9..=9i64, 9), leading in 1..=9i64,
    ) {
        let stencil = Stencil::new(scheme, order).unwrap();
        let slope = |coefficients: &[i64]| {
            let value = |node: i64| coefficients.iter().rev().fold(0, |sum, c| sum * node + c);
            let terms = stencil.coefficients().into_iter().map(|(node, c)| c * value(i64::from(node)));
            terms.fold(Ratio::from_integer(0), |sum, term| sum + term)
        };
        let mut coefficients = all[..=order].to_vec();
        prop_assert_eq!(slope(&coefficients), Ratio::from_integer(coefficients[1]));
        coefficients.push(leading);
        prop_assert_ne!(slope(&coefficients), Ratio::from_integer(coefficients[1]));
    }

    /// The same through the engine, up to rounding.
    #[test]
    fn differences_are_exact_up_to_their_order(
        (scheme, order) in stencils(), all in vec(number(8.0), 9), x in number(2.0),
    ) {
        let coefficients = all[..=order].to_vec();
        let slopes: Vec<f64> = coefficients.iter().zip(0..).skip(1).map(|(c, k)| c * f64::from(k)).collect();
        let sizes: Vec<f64> = coefficients.iter().map(|c| c.abs()).collect();
        // Where it is evaluated, the polynomial is no larger than this.
        let h = 0.125;
        let size = polynomial(&sizes, x.abs() + h * order as f64);
        let f = Closure::new(1, move |x| polynomial(&coefficients, x[0])).unwrap();
        let how = direct(scheme, Step::fixed(h).unwrap()).with_order(order);
        let got = crate::common::gradient(&Engine::cpu(Precision::F64), &f, &point(&[x]), &how)[[0, 0]];
        let weight: f64 = Stencil::new(scheme, order).unwrap().coefficients().iter()
            .map(|(_, c)| (*c.numer() as f64 / *c.denom() as f64).abs()).sum();
        let bound = 20.0 * f64::EPSILON * size * weight / h;
        let want = polynomial(&slopes, x);
        prop_assert!((got - want).abs() <= bound, "{got} for {want}, off by {:e}, bound {bound:e}", got - want);
    }
}

/// ½·xᵀAx + bᵀx + c, points, and the gradients there: ½·(A + Aᵀ)x + b.
#[derive(Debug)]
struct Curved {
    f: Quadratic,
    x: Array2<f64>,
    want: Array2<f64>,
    /// The largest sum of the sizes of what adds up to a component.
    largest: f64,
}

fn quadratics() -> impl Strategy<Value = Curved> {
    (3..7usize).prop_flat_map(|n| {
        let (a, x) = (vec(number(3.0), n * n), vec(number(2.0), POINTS * n));
        (a, vec(number(3.0), n), number(5.0), x).prop_map(move |(a, b, c, x)| {
            let a = Array2::from_shape_vec((n, n), a).unwrap();
            let (b, x) = (Array1::from(b), Array2::from_shape_vec((POINTS, n), x).unwrap());
            let want = x.dot(&(&a + &a.t())) * 0.5 + &b;
            let sizes = x.mapv(f64::abs).dot(&(&a + &a.t()).mapv(f64::abs)) + b.mapv(f64::abs);
            let largest = sizes.fold(0.0, |m: f64, size| m.max(*size));
            Curved { f: Quadratic::new(Matrix::Dense(a), b, c).unwrap(), x, want, largest }
        })
    })
}

const POINTS: usize = 64;

proptest! {
    #![proptest_config(cases(48))]

    /// At chosen steps nearly all components are within their error bars. The others are not far out, except for what f
    /// itself loses where its terms cancel, which no bar knows. Increments are off by rounding.
    #[test]
    fn gradients_of_quadratics_are_within_their_bars(case in quadratics()) {
        let Curved { f, x, want, largest } = &case;
        for engine in [Engine::cpu(Precision::F64), Engine::cpu(Precision::F32)] {
            let mut evaluator = engine.evaluator(f).unwrap();
            let direct = Difference::default().with_method(Method::Direct);
            let got = evaluator.gradient(x.view(), &direct).unwrap();
            let rounding = engine.precision().epsilon() * largest;
            // The sum that the test makes is rounded, too.
            let bars = got.error.unwrap() + f64::EPSILON * largest;
            let errors = (&got.value - want).mapv(f64::abs);
            let missed = errors.iter().zip(&bars).filter(|(error, bar)| error > bar).count();
            prop_assert!(10 * missed <= x.len(), "{engine:?}: {missed} of {} are out of their bars", x.len());
            for (error, bar) in errors.iter().zip(&bars) {
                prop_assert!(*error <= 5.0 * bar + 50.0 * rounding, "{engine:?}: off by {error:e}, bar {bar:e}");
            }

            let exact = evaluator.gradient(x.view(), &Difference::default()).unwrap().value;
            let error = (&exact - want).fold(0.0, |m: f64, error| m.max(error.abs()));
            prop_assert!(error <= 8.0 * rounding, "{engine:?}: increments are off by {error:e}");
        }
    }
}

/// Whether f32 has a few digits of the expression at a point.
fn is_tame(expression: &Expr, x: &[f64; N]) -> bool {
    let rounded = expression.evaluate(x, f64::from(f32::EPSILON));
    rounded.error.is_finite() && rounded.error <= 1e-3 * (1.0 + rounded.value.abs())
}

fn points(count: usize) -> impl Strategy<Value = Vec<[f64; N]>> {
    vec(prop::array::uniform3(number(2.0)), 1..count)
}

/// An expression and points, enough to fill lanes, at which it is tame.
fn tame() -> impl Strategy<Value = (Expr, Vec<[f64; N]>)> {
    (expressions(), points(40)).prop_filter_map("large numbers on the way", |(expression, mut points)| {
        points.retain(|x| is_tame(&expression, x));
        (!points.is_empty()).then_some((expression, points))
    })
}

/// How far a value may be off in a precision; the test's own evaluator rounds in f64.
fn bound(expression: &Expr, x: &[f64], precision: Precision) -> f64 {
    let of = |epsilon: f64| expression.evaluate(x, epsilon).error;
    of(f64::EPSILON) + of(precision.epsilon().max(f64::EPSILON))
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn expressions_mean_what_they_say((expression, points) in tame()) {
        let text = expression.to_string();
        let f = WgslObjective::from_expression(&text, N).unwrap();
        let batch = arr2(&points);
        let values = |precision| {
            Engine::cpu(precision).evaluator(&f).and_then(|mut evaluator| evaluator.values(batch.view()))
        };
        let (double, single) = (values(Precision::F64).unwrap(), values(Precision::F32).unwrap());
        for (x, (double, single)) in points.iter().zip(double.iter().zip(&single)) {
            let want = expression.evaluate(x, f64::EPSILON).value;
            let most = bound(&expression, x, Precision::F64);
            prop_assert!((double - want).abs() <= most, "{text} at {x:?}: {double} for {want}");
            let oracle = f.value(x);
            prop_assert!((oracle - want).abs() <= most, "{text} at {x:?}: {oracle} for {want}");
            let most = most + bound(&expression, x, Precision::F32);
            prop_assert!((single - double).abs() <= most, "{text} at {x:?}: {single} in f32, {double} in f64");
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]

    /// The same on a device: many expressions in one shader.
    #[test]
    fn expressions_mean_the_same_on_a_device(all in vec(expressions(), 1..12), points in points(12)) {
        let texts: Vec<String> = all.iter().map(Expr::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let f = WgslObjective::from_expressions(&texts, N).unwrap();
        // What overflows at a point ends the whole batch, so only those where all are tame.
        let points: Vec<_> = points.into_iter().filter(|x| all.iter().all(|e| is_tame(e, x))).collect();
        prop_assume!(!points.is_empty());
        for engine in engines() {
            let terms = engine.evaluator(&f).unwrap().terms(arr2(&points).view()).unwrap();
            for ((i, k), got) in terms.indexed_iter() {
                let want = all[k].evaluate(&points[i], f64::EPSILON).value;
                let most = bound(&all[k], &points[i], engine.precision());
                let at = points[i];
                prop_assert!((got - want).abs() <= most, "{} at {at:?} on {engine:?}: {got} for {want}", texts[k]);
            }
        }
    }
}

/// An expression that is off by little is out of its bound.
#[test]
fn bounds_of_expressions_are_narrow() {
    let (sum, x) =
        (Expr::Reduced("sum", X, Box::new(Expr::Call("sin", Box::new(Expr::Element)))), [0.5, 1.5, -0.7]);
    assert_eq!(sum.to_string(), "sum(x * sin(x))");
    for (text, is_right) in [("sum(x * sin(x))", true), ("sum(x * sin(x)) * (1 + 2e-6)", false)] {
        let f = WgslObjective::from_expression(text, N).unwrap();
        let value = Engine::cpu(Precision::F32).evaluator(&f).unwrap().value(&x).unwrap();
        let off = (value - sum.evaluate(&x, f64::EPSILON).value).abs();
        assert_eq!(off <= bound(&sum, &x, Precision::F32), is_right, "{text}: {off:e}");
    }
}
