//! Closures and objectives of the user's own, on test functions from outside with their analytic derivatives.

use crate::common::{by_precision, each_point, engines, is_cpu, point, random::SplitMix64, single_engines};
use argmin_testfunctions as functions;
use ndarray::array;
use plusminus::{Closure, Difference, Engine, Error, Objective, Precision, Result, Scheme, Step, Wgsl};

type Function = (&'static str, fn(&[f64]) -> f64, fn(&[f64]) -> Vec<f64>, Vec<f64>);

fn table() -> Vec<Function> {
    macro_rules! two {
        ($f:ident, $d:ident, $x:expr) => {
            (
                stringify!($f),
                |x| functions::$f(&[x[0], x[1]]),
                |x| functions::$d(&[x[0], x[1]]).to_vec(),
                $x.to_vec(),
            )
        };
    }
    vec![
        ("sphere", |x| functions::sphere(x), |x| functions::sphere_derivative(x), vec![1.0, -2.0, 3.5]),
        (
            "rosenbrock",
            |x| functions::rosenbrock(x),
            |x| functions::rosenbrock_derivative(x),
            vec![-1.2, 1.0, 0.7, 1.5, -0.3, 1.1, 0.4, 0.2, 1.0, -1.0],
        ),
        (
            "styblinski_tang",
            |x| functions::styblinski_tang(x),
            |x| functions::styblinski_tang_derivative(x),
            vec![1.0, -2.5, 0.3],
        ),
        ("rastrigin", |x| functions::rastrigin(x), |x| functions::rastrigin_derivative(x), vec![0.3, -1.2]),
        ("ackley", |x| functions::ackley(x), |x| functions::ackley_derivative(x), vec![0.5, 1.5, -0.8]),
        two!(beale, beale_derivative, [1.3, 0.4]),
        two!(booth, booth_derivative, [2.0, -1.0]),
        two!(goldsteinprice, goldsteinprice_derivative, [0.4, -0.6]),
        two!(himmelblau, himmelblau_derivative, [1.0, 2.0]),
        two!(levy, levy_derivative, [1.4, 0.2]),
        two!(matyas, matyas_derivative, [1.5, -0.5]),
        two!(mccormick, mccormick_derivative, [0.5, -0.5]),
        two!(threehumpcamel, threehumpcamel_derivative, [0.6, -0.9]),
    ]
}

#[test]
fn closures_match_analytic_derivatives() {
    let engine = Engine::cpu(Precision::F64);
    for (name, f, derivative, x) in table() {
        let objective = Closure::new(x.len(), f).unwrap().named(name);
        let (points, want) = (point(&x), point(&derivative(&x)));
        for (scheme, limit) in [(Scheme::Central, 1e-8), (Scheme::Forward, 3e-6), (Scheme::Backward, 3e-6)] {
            let step = Step::default_for(scheme, scheme.order(), Precision::F64);
            let how = Difference::default().with_scheme(scheme).with_step(step);
            let got = engine.evaluator(&objective).unwrap().gradient(points.view(), &how).unwrap();
            let error = crate::common::relative_error(&got.value, &want);
            assert!(error < limit, "{name}, {scheme}: {error:e}");
            assert_eq!(
                got.evaluations,
                if scheme == Scheme::Central { 2 } else { 1 } * x.len() as u64
                    + u64::from(scheme != Scheme::Central)
            );
        }
    }
}

/// Rosenbrock's function as a user would bring it: a value and a shader, nothing else.
struct Rosenbrock(usize);

impl Objective for Rosenbrock {
    fn dimension(&self) -> usize {
        self.0
    }
    fn value(&self, x: &[f64]) -> f64 {
        functions::rosenbrock(x)
    }
    fn name(&self) -> String {
        "rosenbrock".into()
    }
    fn terms(&self) -> usize {
        self.0 - 1
    }
    fn wgsl(&self) -> Result<Wgsl> {
        let source = "fn term(s: u32) -> real {
            let a = 1.0 - x(s);
            let b = x(s + 1u) - x(s) * x(s);
            return a * a + data(0u) * b * b;
        }";
        Ok(Wgsl { source: source.into(), data: vec![100.0], indices: vec![], ..Default::default() })
    }
}

#[test]
fn an_objective_of_the_users_own_on_every_device() {
    let objective = Rosenbrock(10);
    let x = crate::common::normal_matrix(500, 10, &mut SplitMix64::new(2));
    let want = each_point(&x, functions::rosenbrock_derivative);
    let single_cpu = |engine: &Engine| is_cpu(engine) && engine.precision() == Precision::F32;
    for engine in engines().into_iter().filter(|engine| !single_cpu(engine)) {
        let limit = by_precision(&engine, 1e-4, 1e-8);
        let mut evaluator = engine.evaluator(&objective).unwrap();
        let got = evaluator.gradient(x.view(), &Difference::default()).unwrap().value;
        let error = crate::common::relative_error(&got, &want);
        assert!(error < limit, "{engine:?}: {error:e}");
        let values = evaluator.values(x.view()).unwrap();
        for (value, x) in values.iter().zip(x.rows()) {
            let want = functions::rosenbrock(&x.to_vec());
            assert!((value - want).abs() <= 1e-5 * want, "{engine:?}: {value} for {want}");
        }
    }
    // Without an f32 form on the host, f32 on the CPU is refused, and terms cannot be picked there.
    let error = Engine::cpu(Precision::F32).evaluator(&objective).err().unwrap();
    assert!(matches!(error, Error::Unsupported { .. }) && error.to_string().contains("f64"), "{error}");
    let engine = Engine::cpu(Precision::F64);
    assert!(engine.evaluator(&objective).unwrap().select(Some(&[0])).is_err());
}

#[test]
fn closures_in_f32() {
    let plain = Closure::new(1, |x| x[0] * x[0]).unwrap();
    assert!(single_engines().iter().all(|engine| engine.evaluator(&plain).is_err()));
    let both = plain.with_f32(|x| x[0] * x[0]);
    let engine = Engine::cpu(Precision::F32);
    let got = engine.evaluator(&both).unwrap().gradient(array![[3.0]].view(), &Difference::default());
    assert!((got.unwrap().value[[0, 0]] - 6.0).abs() < 1e-3);
}

#[test]
fn what_is_not_finite_is_named() {
    let log = Closure::new(2, |x| x[0] + x[1].ln()).unwrap().named("log");
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&log).unwrap();
    let how = Difference::default().with_step(Step::fixed(0.5).unwrap());
    let error = evaluator.gradient(array![[1.0, 2.0], [1.0, 0.25]].view(), &how).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { point: 1, axis: Some(1), .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("`log`") && text.contains("0.75 or -0.25") && text.contains("NaN"), "{text}");

    let error = evaluator.gradient(array![[1.0, f64::NAN]].view(), &how).unwrap_err();
    assert!(matches!(error, Error::NonFinitePoint { point: 0, axis: 1, .. }), "{error}");
    let error = evaluator.values(array![[1.0, -1.0]].view()).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { point: 0, axis: None, .. }), "{error}");
    // Forward from a boundary, where f(x) itself is infinite.
    let how = Difference::default().with_scheme(Scheme::Forward);
    let error = evaluator.gradient(array![[1.0, 0.0]].view(), &how).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { .. }), "{error}");

    let error = evaluator.gradient(array![[1.0]].view(), &how).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("1 x 1"), "{error}");

    // Finite in f64, not in f32.
    let squares = plusminus::Quadratic::sum_of_squares(1).unwrap();
    for engine in single_engines() {
        let error = engine.evaluator(&squares).unwrap().values(array![[1e30]].view()).unwrap_err();
        assert!(error.to_string().contains("use precision f64"), "{engine:?}: {error}");
        let error = engine.evaluator(&squares).unwrap().values(array![[1e39]].view()).unwrap_err();
        assert!(matches!(error, Error::NonFinitePoint { .. }), "{engine:?}: {error}");
    }
}

/// Many pieces: memory is bounded, and cutting changes no bit.
#[test]
fn a_million_components_in_pieces_are_those_of_a_few() {
    let squares = plusminus::Quadratic::sum_of_squares(10).unwrap();
    let x = crate::common::normal_matrix(300_000, 10, &mut SplitMix64::new(2));
    let engine = Engine::cpu(Precision::F64);
    let mut pieces = 0;
    let mut evaluator = engine.evaluator(&squares).unwrap();
    evaluator.on_progress(|done, all| {
        pieces += 1;
        assert!(done <= all && all == 3_000_000);
    });
    let how = Difference::default().with_scheme(Scheme::Forward);
    let all = evaluator.gradient(x.view(), &how).unwrap().value;
    drop(evaluator);
    assert!(pieces > 1);
    let last = x.slice(ndarray::s![299_000.., ..]);
    let few = engine.evaluator(&squares).unwrap().gradient(last, &how).unwrap().value;
    assert_eq!(all.slice(ndarray::s![299_000.., ..]), few);
}

#[test]
fn objectives_beyond_f32_are_refused_in_f32() {
    use plusminus::{Activation, Architecture, Loss, Matrix, Network, Quadratic, Samples, Targets};
    let quadratic = Quadratic::new(Matrix::Identity { scale: 1e300 }, array![0.0], 0.0).unwrap();
    let samples = Samples::new(array![[1.0], [1e300]], Targets::Classes(vec![0, 1])).unwrap();
    let architecture = Architecture::new(1, Loss::SoftmaxCrossEntropy).dense(2, Activation::Sigmoid);
    let network = Network::new(architecture, samples).unwrap();
    let objectives: [&dyn Objective; 2] = [&quadratic, &network];
    for objective in objectives {
        for engine in single_engines() {
            let error = engine.evaluator(objective).err().unwrap();
            assert!(
                error.is_bad_input() && error.to_string().contains("1e300, too large for f32"),
                "{error}"
            );
        }
        assert!(Engine::cpu(Precision::F64).evaluator(objective).is_ok());
    }
}

/// What a user's own objective claims of itself cannot break the plan.
#[cfg(feature = "gpu")]
#[test]
fn absurd_claims_of_an_objective_are_errors() {
    struct Absurd;
    impl Objective for Absurd {
        fn dimension(&self) -> usize {
            1
        }
        fn value(&self, x: &[f64]) -> f64 {
            x[0]
        }
        fn wgsl(&self) -> Result<Wgsl> {
            let source = "fn term(s: u32) -> real { return x(0u); }".into();
            Ok(Wgsl { source, data: vec![], indices: vec![], iterations: u64::MAX, ..Default::default() })
        }
    }
    let gpu = crate::common::gpu();
    let mut evaluator = gpu.evaluator(&Absurd).unwrap();
    let error = evaluator.gradient(array![[1.0]].view(), &Difference::default()).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}
