//! Incremental differences of quadratics and of an objective of one's own, against the analytic gradient and against the
//! quotient in f64.

use crate::common::random::SplitMix64;
use crate::common::{
    analytic_quadratic, by_precision, direct, each_point, engines, gradient, is_cpu, relative_norm,
    single_engines,
};
use ndarray::array;
use plusminus::{
    Activation, Closure, Difference, Enclosed, Enclosures, Engine, Error, Incremental, Increments,
    IncrementsAt, Loss, Matrix, Method, Objective, Precision, Quadratic, Result, Scheme, Selection, Step,
    Wgsl,
};

fn how(method: Method, scheme: Scheme, h: f64) -> Difference {
    direct(scheme, Step::fixed(h).unwrap()).with_method(method)
}

#[test]
fn quadratics_of_all_forms_and_sizes() {
    let mut random = SplitMix64::new(1);
    let engines = engines();
    for (n, batch) in [(1, 1), (2, 3), (33, 20), (257, 3), (1000, 9), (4096, 1)] {
        for quadratic in crate::common::quadratics(n, &mut random) {
            let x = crate::common::normal_matrix(batch, n, &mut random);
            let analytic = analytic_quadratic(&quadratic, &x);
            for engine in &engines {
                // A matrix of 128 MiB, and its vector, are more than lavapipe takes.
                if n == 4096 && engine.precision() == Precision::F64 && !is_cpu(engine) {
                    continue;
                }
                let got = gradient(engine, &quadratic, &x, &Difference::default());
                let error = relative_norm(&got, &analytic);
                assert!(
                    error <= by_precision(engine, 1e-6, 1e-14),
                    "{}, batch {batch} on {engine:?}: {error:e}",
                    quadratic.name()
                );
            }
            if n <= 33 {
                for scheme in [Scheme::Forward, Scheme::Backward] {
                    // A quadratic's one-sided quotient, truncation and all, from two values in f64.
                    let quotient = how(Method::Direct, scheme, 0.25);
                    let want = gradient(&Engine::cpu(Precision::F64), &quadratic, &x, &quotient);
                    for engine in &engines {
                        let got = gradient(engine, &quadratic, &x, &how(Method::Incremental, scheme, 0.25));
                        let error = relative_norm(&got, &want);
                        assert!(
                            error <= by_precision(engine, 1e-6, 1e-13),
                            "{}, {scheme} on {engine:?}: {error:e}",
                            quadratic.name()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn selected_terms_only() {
    let quadratic = crate::common::quadratics(33, &mut SplitMix64::new(4)).pop().unwrap();
    let network =
        crate::common::network(&[6, 5, 3], Activation::Sigmoid, Loss::SoftmaxCrossEntropy, true, 40, 8);
    let objectives: [(&dyn Objective, &[u32]); 2] = [(&quadratic, &[3, 1]), (&network, &[31, 2, 2, 17, 39])];
    for (objective, selected) in objectives {
        let x = crate::common::normal_matrix(2, objective.dimension(), &mut SplitMix64::new(10));
        let of = |engine: &Engine, how: &Difference| {
            let mut evaluator = engine.evaluator(objective).unwrap();
            evaluator.select(Some(selected)).unwrap();
            let values = evaluator.values(x.view()).unwrap();
            (evaluator.gradient(x.view(), how).unwrap().value, values)
        };
        let h = 2f64.powi(-7);
        let (want, values) = of(&Engine::cpu(Precision::F64), &how(Method::Direct, Scheme::Central, h));
        for engine in engines() {
            let (got, own) = of(&engine, &how(Method::Incremental, Scheme::Central, h));
            let error = relative_norm(&got, &want);
            assert!(
                error < by_precision(&engine, 1e-6, 1e-11),
                "{} on {}: {error:e}",
                objective.name(),
                engine.device()
            );
            assert!(
                (&own - &values).iter().all(|d| d.abs() < by_precision(&engine, 1e-5, 1e-13)),
                "{own} for {values}"
            );
        }
    }
}

/// x₀²·x₁ + e^x₁, with increments of its user's own, in Rust and in WGSL.
struct Own;

impl Objective for Own {
    fn dimension(&self) -> usize {
        2
    }
    fn value(&self, x: &[f64]) -> f64 {
        x[0] * x[0] * x[1] + x[1].exp()
    }
    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }
    fn wgsl(&self) -> Result<Wgsl> {
        let source = "
            fn term(s: u32) -> real { return x(0u) * x(0u) * x(1u) + pm_exp(x(1u)); }
            fn increment(s: u32, axis: u32, delta: real) -> real {
                if (axis == 0u) { return delta * (2.0 * x(0u) + delta) * x(1u); }
                return x(0u) * x(0u) * delta + pm_exp(x(1u)) * pm_expm1(delta);
            }";
        Ok(Wgsl { source: source.into(), increments: true, ..Default::default() })
    }
}

impl Incremental for Own {
    fn increments_f64(&self, _: Selection<'_>) -> Result<Option<Box<dyn Increments<f64>>>> {
        Ok(Some(Box::new(Own)))
    }
    fn enclosures<'s>(&'s self, _: Selection<'_>) -> Option<Box<dyn Enclosures + 's>> {
        Some(Box::new(Own))
    }
}

impl Enclosures for Own {
    fn at(&self, x: &[f64], gradient: &mut [Enclosed]) {
        let around = |value: f64, size: f64| Enclosed::new(value, 4.0 * f64::EPSILON * size);
        let (first, second) = (2.0 * x[0] * x[1], x[0] * x[0] + x[1].exp());
        gradient.copy_from_slice(&[around(first, first.abs()), around(second, second)]);
    }
}

impl Increments<f64> for Own {
    fn at<'s>(&'s self, x: &'s [f64]) -> Box<dyn IncrementsAt<f64> + 's> {
        Box::new(OwnAt(x))
    }
}

struct OwnAt<'a>(&'a [f64]);

impl IncrementsAt<f64> for OwnAt<'_> {
    fn value(&self) -> f64 {
        Own.value(self.0)
    }
    fn increment(&self, axis: usize, delta: f64) -> f64 {
        let x = self.0;
        match axis {
            0 => delta * (2.0 * x[0] + delta) * x[1],
            _ => x[0] * x[0] * delta + x[1].exp() * delta.exp_m1(),
        }
    }
}

#[test]
fn an_objective_with_increments_of_its_own() {
    let x = crate::common::normal_matrix(300, 2, &mut SplitMix64::new(10));
    let want = each_point(&x, |x| vec![2.0 * x[0] * x[1], x[0] * x[0] + x[1].exp()]);
    // On the CPU its increments are of f64 alone.
    for engine in
        engines().into_iter().filter(|engine| engine.precision() == Precision::F64 || !is_cpu(engine))
    {
        let limit = by_precision(&engine, 3e-7, 1e-15);
        for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
            let mut evaluator = engine.evaluator(&Own).unwrap();
            let difference = Difference::default().with_scheme(scheme);
            assert_eq!(evaluator.resolve(&difference).unwrap().method, Method::Incremental);
            let gradient = evaluator.gradient(x.view(), &difference).unwrap();
            // Its enclosures are of all devices.
            let (got, bars) = (gradient.value, gradient.error.unwrap());
            for ((got, want), bar) in got.iter().zip(&want).zip(bars) {
                assert!(
                    (got - want).abs() <= bar && bar <= 2.0 * limit * want.abs().max(1.0),
                    "{got} ± {bar}, {want}"
                );
            }
            let error = relative_norm(&got, &want);
            assert!(error < limit, "{scheme} on {}: {error:e}", engine.device());
            // At a large step the truncation is there.
            let coarse = how(Method::Incremental, scheme, 0.5);
            let got = evaluator.gradient(x.view(), &coarse).unwrap().value;
            assert!(relative_norm(&got, &want) > 1e-3);
        }
    }
}

#[test]
fn increments_that_there_are_not_are_named() {
    let closure = Closure::new(1, |x| x[0].powi(2)).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&closure).unwrap();
    assert_eq!(evaluator.resolve(&Difference::default()).unwrap().method, Method::Direct);
    let incremental = Difference::default().with_method(Method::Incremental);
    let error = evaluator.gradient(array![[1.0]].view(), &incremental).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }) && error.to_string().contains("direct"), "{error}");
}

#[test]
fn what_overflows_in_increments_is_named() {
    let quadratic = Quadratic::new(Matrix::Identity { scale: 1e30 }, array![0.0, 0.0], 0.0).unwrap();
    for engine in single_engines() {
        let mut evaluator = engine.evaluator(&quadratic).unwrap();
        let points = array![[1.0, 1.0], [1.0, 1e20]];
        let error = evaluator.gradient(points.view(), &Difference::default()).unwrap_err();
        assert!(matches!(error, Error::NonFiniteValue { point: 1, .. }), "{error}");
        let small = Difference::default().with_step(Step::fixed(1e-30).unwrap());
        let error = evaluator.gradient(points.view(), &small).unwrap_err();
        assert!(matches!(error, Error::StepOutOfRange { .. }), "{error}");
    }
}

#[test]
fn a_quadratic_near_the_largest_number_does_not_overflow_on_the_way() {
    let squares = Quadratic::sum_of_squares(2).unwrap();
    for engine in engines() {
        let x = by_precision(&engine, 1.5e19, 1e154);
        let points = array![[x, 1.0]];
        let mut evaluator = engine.evaluator(&squares).unwrap();
        let gradient = evaluator.gradient(points.view(), &Difference::default()).unwrap().value;
        assert!((gradient[[0, 0]] / (2.0 * x) - 1.0).abs() < 1e-6 && gradient[[0, 1]] == 2.0, "{gradient}");
    }
}
