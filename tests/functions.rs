//! Closures and objectives of the user's own, on test functions from outside with their analytic derivatives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use argmin_testfunctions as functions;
use ndarray::{Array2, array};
use plusminus::{
    Closure, Difference, Engine, Error, GradientDescent, Method, Objective, Outcome, Precision, Result,
    Scheme, Step, Wgsl,
};

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
        let points = Array2::from_shape_vec((1, x.len()), x.clone()).unwrap();
        let want = Array2::from_shape_vec((1, x.len()), derivative(&x)).unwrap();
        for (scheme, limit) in [(Scheme::Central, 1e-8), (Scheme::Forward, 3e-6), (Scheme::Backward, 3e-6)] {
            let step = Some(Step::default_for(scheme, scheme.order(), Precision::F64));
            let how = Difference { scheme, step, ..Default::default() };
            let got = engine.evaluator(&objective).unwrap().gradient(points.view(), &how).unwrap();
            let error = common::relative_error(&got.gradient, &want);
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
    let x = common::normal_matrix(500, 10, &mut plusminus::SplitMix64::new(2));
    let mut want = Array2::zeros(x.dim());
    for (x, mut row) in x.rows().into_iter().zip(want.rows_mut()) {
        row.assign(&ndarray::Array1::from(functions::rosenbrock_derivative(&x.to_vec())));
    }
    for (engine, limit) in [(common::gpu(), 1e-4), (Engine::cpu(Precision::F64), 1e-8)] {
        let mut evaluator = engine.evaluator(&objective).unwrap();
        let got = evaluator.gradient(x.view(), &Difference::default()).unwrap().gradient;
        let error = common::relative_error(&got, &want);
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
    assert!(Engine::cpu(Precision::F32).evaluator(&plain).is_err());
    assert!(common::gpu().evaluator(&plain).is_err());
    let both = plain.with_f32(|x| x[0] * x[0]);
    let engine = Engine::cpu(Precision::F32);
    let got = engine.evaluator(&both).unwrap().gradient(array![[3.0]].view(), &Difference::default());
    assert!((got.unwrap().gradient[[0, 0]] - 6.0).abs() < 1e-3);
}

#[test]
fn what_is_not_finite_is_named() {
    let log = Closure::new(2, |x| x[0] + x[1].ln()).unwrap().named("log");
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&log).unwrap();
    let how = Difference { step: Some(Step::fixed(0.5).unwrap()), ..Default::default() };
    let error = evaluator.gradient(array![[1.0, 2.0], [1.0, 0.25]].view(), &how).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { point: 1, axis: Some(1), .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("`log`") && text.contains("0.75 or -0.25") && text.contains("NaN"), "{text}");

    let error = evaluator.gradient(array![[1.0, f64::NAN]].view(), &how).unwrap_err();
    assert!(matches!(error, Error::NonFinitePoint { point: 0, axis: 1, .. }), "{error}");
    let error = evaluator.values(array![[1.0, -1.0]].view()).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { point: 0, axis: None, .. }), "{error}");
    // Forward from a boundary, where f(x) itself is infinite.
    let how = Difference { scheme: Scheme::Forward, ..Default::default() };
    let error = evaluator.gradient(array![[1.0, 0.0]].view(), &how).unwrap_err();
    assert!(matches!(error, Error::NonFiniteValue { .. }), "{error}");

    let error = evaluator.gradient(array![[1.0]].view(), &how).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("1 x 1"), "{error}");

    // Finite in f64, not in f32.
    let squares = plusminus::Quadratic::sum_of_squares(1).unwrap();
    for engine in [common::gpu(), Engine::cpu(Precision::F32)] {
        let error = engine.evaluator(&squares).unwrap().values(array![[1e30]].view()).unwrap_err();
        assert!(error.to_string().contains("use precision f64"), "{engine:?}: {error}");
        let error = engine.evaluator(&squares).unwrap().values(array![[1e39]].view()).unwrap_err();
        assert!(matches!(error, Error::NonFinitePoint { .. }), "{engine:?}: {error}");
    }
}

#[test]
fn each_point_of_a_batch_ends_for_its_own_reason() {
    // exp(x²): from 0.1 it converges, from 0 it is stationary, from 3 it runs away.
    let f = Closure::new(1, |x| (x[0] * x[0]).exp()).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let descent = GradientDescent { rate: 0.1, steps: 30, report_every: 10, ..Default::default() };
    let mut reports = 0;
    let done = descent
        .run(&mut engine.evaluator(&f).unwrap(), array![[0.1], [0.0], [3.0]].view(), None, &mut |report| {
            reports += usize::from(report.values.is_some());
            Ok(())
        })
        .unwrap();
    assert_eq!(done.outcomes[0], Outcome::StepsDone { steps: 30 });
    assert_eq!(done.outcomes[1], Outcome::Stationary { steps: 0 });
    assert!(matches!(done.outcomes[2], Outcome::NonFinite { .. }), "{}", done.outcomes[2]);
    assert!(done.outcomes[2].to_string().contains("point 2"), "{}", done.outcomes[2]);
    assert!(done.points.iter().all(|x| x.is_finite()), "{}", done.points);
    assert!(done.points[[0, 0]].abs() < 1e-3);
    assert_eq!(reports, 3);
}

#[test]
fn a_descent_that_blows_up_in_its_last_step_is_no_success() {
    let squares = plusminus::Quadratic::sum_of_squares(1).unwrap();
    let engine = Engine::cpu(Precision::F64);
    let descend = |steps, step| {
        let difference =
            Difference { scheme: Scheme::Central, step, method: Method::Direct, ..Default::default() };
        let descent = GradientDescent { rate: 1e200, steps, difference, ..Default::default() };
        let mut evaluator = engine.evaluator(&squares).unwrap();
        descent.run(&mut evaluator, array![[1.0], [0.0]].view(), None, &mut |_| Ok(())).unwrap()
    };
    for (steps, step) in [(1, None), (5, None), (5, Some(Step::fixed(1e-4).unwrap()))] {
        let done = descend(steps, step);
        assert!(matches!(done.outcomes[0], Outcome::NonFinite { steps: 0, .. }), "{}", done.outcomes[0]);
        assert_eq!((done.points[[0, 0]], done.values[0]), (1.0, Some(1.0)), "the last finite point is kept");
        // The healthy point keeps its own result.
        assert_eq!((done.outcomes[1].clone(), done.values[1]), (Outcome::Stationary { steps: 0 }, Some(0.0)));
    }
}

#[test]
fn a_descent_leaves_the_selection_as_it_was() {
    let network = common::network(
        &[3, 2],
        plusminus::Activation::Identity,
        plusminus::Loss::MeanSquaredError,
        true,
        12,
        3,
    );
    let engine = Engine::cpu(Precision::F64);
    let mut evaluator = engine.evaluator(&network).unwrap();
    evaluator.select(Some(&[3, 1])).unwrap();
    let x = common::normal_matrix(1, network.dimension(), &mut plusminus::SplitMix64::new(2));
    let before = evaluator.values(x.view()).unwrap();
    let descent = GradientDescent { rate: 0.1, steps: 5, ..Default::default() };
    for fails in [false, true] {
        let batches = plusminus::Minibatches::new(12, 4, 1).unwrap();
        let stop = || Error::Usage { message: "enough".into() };
        let done = descent
            .run(&mut evaluator, x.view(), Some(batches), &mut |_| if fails { Err(stop()) } else { Ok(()) });
        assert_eq!(done.is_err(), fails);
        assert_eq!(evaluator.selection(), Some(&[3, 1][..]));
        assert_eq!(evaluator.values(x.view()).unwrap(), before);
    }
}

/// Many pieces: memory is bounded, and cutting changes no bit.
#[test]
fn a_million_components_in_pieces_are_those_of_a_few() {
    let squares = plusminus::Quadratic::sum_of_squares(10).unwrap();
    let x = common::normal_matrix(300_000, 10, &mut plusminus::SplitMix64::new(2));
    let engine = Engine::cpu(Precision::F64);
    let mut pieces = 0;
    let mut evaluator = engine.evaluator(&squares).unwrap();
    evaluator.on_progress(|done, all| {
        pieces += 1;
        assert!(done <= all && all == 3_000_000);
    });
    let how = Difference { scheme: Scheme::Forward, ..Default::default() };
    let all = evaluator.gradient(x.view(), &how).unwrap().gradient;
    drop(evaluator);
    assert!(pieces > 1);
    let last = x.slice(ndarray::s![299_000.., ..]);
    let few = engine.evaluator(&squares).unwrap().gradient(last, &how).unwrap().gradient;
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
        for engine in [common::gpu(), Engine::cpu(Precision::F32)] {
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
    let gpu = common::gpu();
    let mut evaluator = gpu.evaluator(&Absurd).unwrap();
    let error = evaluator.gradient(array![[1.0]].view(), &Difference::default()).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

#[derive(Clone)]
struct Rosenbrocks(usize);

impl plusminus::Formula for Rosenbrocks {
    #[inline(always)]
    fn value<N: plusminus::Number>(&self, x: &[N]) -> N {
        let mut sum = N::of(0.0);
        for s in 0..self.0 - 1 {
            sum += plusminus::Separable::term(self, s, x);
        }
        sum
    }
}

impl plusminus::Separable for Rosenbrocks {
    fn terms(&self) -> usize {
        self.0 - 1
    }
    fn reads(&self, term: usize) -> Vec<usize> {
        vec![term, term + 1]
    }
    #[inline(always)]
    fn term<N: plusminus::Number>(&self, s: usize, x: &[N]) -> N {
        let (a, b) = (N::of(1.0) - x[s], x[s + 1] - x[s] * x[s]);
        a * a + N::of(100.0) * b * b
    }
}

/// Many points at once, few, and one: the same gradients, in all schemes, in f32 and f64, whatever is left over of a block.
#[test]
fn formulas_of_many_points_match_analytic_derivatives() {
    let n = 7;
    let formula = Closure::formula(n, Rosenbrocks(n)).unwrap();
    let separable = Closure::separable(n, Rosenbrocks(n)).unwrap();
    assert_eq!(separable.terms(), n - 1);
    for count in [1, 31, 64, 333, 1000] {
        let x = common::normal_matrix(count, n, &mut plusminus::SplitMix64::new(2));
        let mut want = Array2::zeros(x.dim());
        for (x, mut row) in x.rows().into_iter().zip(want.rows_mut()) {
            row.assign(&ndarray::Array1::from(functions::rosenbrock_derivative(&x.to_vec())));
        }
        for (precision, fine, coarse) in [(Precision::F64, 1e-8, 1e-5), (Precision::F32, 1e-3, 1e-1)] {
            let engine = Engine::cpu(precision);
            for f in [&formula, &separable] {
                let mut evaluator = engine.evaluator(f).unwrap();
                for (x, value) in x.rows().into_iter().zip(evaluator.values(x.view()).unwrap()) {
                    let want = functions::rosenbrock(&x.to_vec());
                    assert!((value - want).abs() <= 20.0 * precision.epsilon() * want, "{value} for {want}");
                }
                for (scheme, limit) in
                    [(Scheme::Central, fine), (Scheme::Forward, coarse), (Scheme::Backward, coarse)]
                {
                    for step in [None, Some(Step::relative(-9).unwrap()), Some(Step::fixed(1e-3).unwrap())] {
                        let how = Difference { scheme, step, method: Method::Direct, ..Default::default() };
                        let all = evaluator.gradient(x.view(), &how).unwrap().gradient;
                        let last = x.slice(ndarray::s![count - 1.., ..]);
                        let one = evaluator.gradient(last, &how).unwrap().gradient;
                        assert_eq!(one.row(0), all.row(count - 1), "{count} points, {scheme}, {step:?}");
                        if step.is_none() {
                            let error = common::relative_error(&all, &want);
                            assert!(error < limit, "{count} points, {scheme}, {precision}: {error:e}");
                        }
                    }
                }
            }
        }
    }
}

/// Whatever is out of the ordinary in one point of many is said of that point.
#[test]
fn one_bad_point_among_many_is_named() {
    let f = Closure::formula(2, Rosenbrocks(2)).unwrap();
    for precision in [Precision::F64, Precision::F32] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&f).unwrap();
        let mut x = common::normal_matrix(500, 2, &mut plusminus::SplitMix64::new(2));
        let gradient = |evaluator: &mut plusminus::Evaluator<'_>, x: &Array2<f64>, step| {
            let how = Difference { step, method: Method::Direct, ..Default::default() };
            evaluator.gradient(x.view(), &how).map(|gradient| gradient.gradient)
        };
        x[[411, 1]] = 1e200;
        let error = gradient(&mut evaluator, &x, None).unwrap_err();
        match precision {
            Precision::F64 => {
                assert!(matches!(error, Error::NonFiniteValue { point: 411, .. }), "{error}");
            }
            Precision::F32 => {
                assert!(matches!(error, Error::NonFinitePoint { point: 411, axis: 1, .. }), "{error}");
            }
        }
        x[[411, 1]] = 1e20;
        let error = gradient(&mut evaluator, &x, Some(Step::fixed(1e-3).unwrap())).unwrap_err();
        assert!(matches!(error, Error::VanishedStep { point: 411, axis: 1, .. }), "{error}");
        x[[411, 1]] = f64::NAN;
        let error = gradient(&mut evaluator, &x, None).unwrap_err();
        assert!(matches!(error, Error::NonFinitePoint { point: 411, axis: 1, .. }), "{error}");
        x[[411, 1]] = 0.0;
        assert!(gradient(&mut evaluator, &x, None).is_ok());
        let mut wrong = Array2::zeros((3, 3));
        let error = evaluator.gradient_into(x.view(), &Difference::default(), wrong.view_mut()).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
    }
}

#[test]
fn a_separable_function_that_reads_more_than_it_says_is_refused() {
    #[derive(Clone)]
    struct Liar(Vec<usize>);
    impl plusminus::Separable for Liar {
        fn terms(&self) -> usize {
            2
        }
        fn reads(&self, _: usize) -> Vec<usize> {
            self.0.clone()
        }
        fn term<N: plusminus::Number>(&self, s: usize, x: &[N]) -> N {
            x[0] * x[1 + s]
        }
    }
    let refused = |reads: &[usize]| Closure::separable(3, Liar(reads.to_vec())).err().unwrap().to_string();
    assert!(refused(&[0, 1]).contains("term 1"), "{}", refused(&[0, 1]));
    assert!(refused(&[0, 7]).contains("coordinate 7"));
    assert!(refused(&[]).contains("names no coordinate"));
    assert!(Closure::separable(3, Liar(vec![0, 1, 2])).is_ok());
}
