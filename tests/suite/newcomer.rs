//! What a newcomer adds, from outside the crate: an objective with increments, an update rule; and what the public API is
//! like to live with.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::{by_precision, each_point, engines, random::SplitMix64, relative_norm};
use ndarray::{Dimension, array};
use plusminus::{
    Closure, Derivative, Descent, Difference, Engine, Error, Evaluator, Incremental, Increments,
    IncrementsAt, Method, Minibatches, Objective, OnFailure, Outcome, Precision, Quadratic, Real, Result,
    Selection, Terms, Update,
};

/// Σ w·(x² + eˣ), a term for each coordinate.
struct Bowl {
    weights: Vec<f64>,
}

impl Bowl {
    fn new(n: u32) -> Self {
        Bowl { weights: (1..=n).map(|i| 0.5 + f64::from(i % 4)).collect() }
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.weights.iter().zip(x).map(|(w, x)| w * (2.0 * x + x.exp())).collect()
    }

    fn prepare<T: Real>(&self, selection: Selection<'_>) -> Box<Prepared<T>> {
        let picked = (0..selection.len(self.weights.len())).map(|s| selection.index(s));
        Box::new(Prepared { terms: picked.map(|i| (i, T::of(self.weights[i]))).collect() })
    }
}

impl Objective for Bowl {
    fn dimension(&self) -> usize {
        self.weights.len()
    }
    fn value(&self, x: &[f64]) -> f64 {
        self.weights.iter().zip(x).map(|(w, x)| w * (x * x + x.exp())).sum()
    }
    fn terms(&self) -> usize {
        self.weights.len()
    }
    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        Some(self.prepare(selection))
    }
    fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
        Ok(self.prepare(selection))
    }
    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }
}

impl Incremental for Bowl {
    fn increments_f64(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f64>>>> {
        Ok(Some(self.prepare(selection)))
    }
    fn increments_f32(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f32>>>> {
        Ok(Some(self.prepare(selection)))
    }
}

/// Selected terms in one precision, by coordinate and weight: they own what they read.
struct Prepared<T> {
    terms: Vec<(usize, T)>,
}

impl<T: Real> Terms<T> for Prepared<T> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        for (out, &(i, w)) in out.iter_mut().zip(&self.terms[range]) {
            *out = w * (x[i] * x[i] + x[i].exp());
        }
    }
    fn operations(&self) -> u64 {
        20
    }
}

impl<T: Real> Increments<T> for Prepared<T> {
    fn at<'s>(&'s self, x: &'s [T]) -> Box<dyn IncrementsAt<T> + 's> {
        Box::new(PreparedAt { terms: &self.terms, x })
    }
}

struct PreparedAt<'s, T> {
    terms: &'s [(usize, T)],
    x: &'s [T],
}

fn sum<T: Real>(terms: impl Iterator<Item = T>) -> T {
    terms.fold(T::ZERO, |sum, term| sum + term)
}

impl<T: Real> IncrementsAt<T> for PreparedAt<'_, T> {
    fn value(&self) -> T {
        sum(self.terms.iter().map(|&(i, w)| w * (self.x[i] * self.x[i] + self.x[i].exp())))
    }
    fn increment(&self, axis: usize, delta: T) -> T {
        let x = self.x[axis];
        // (x + d)² - x² and e^(x + d) - eˣ, without a difference of two values.
        let change = delta * (x + x + delta) + x.exp() * delta.exp_m1();
        sum(self.terms.iter().filter(|(i, _)| *i == axis).map(|&(_, w)| w * change))
    }
}

#[test]
fn an_objective_with_increments() {
    let bowl = Bowl::new(30);
    let x = crate::common::normal_matrix(20, 30, &mut SplitMix64::new(3));
    let want = each_point(&x, |x| bowl.gradient(x));
    for precision in [Precision::F32, Precision::F64] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&bowl).unwrap();
        assert_eq!(evaluator.resolve(&Difference::default()).unwrap().method, Method::Incremental);
        let got = evaluator.gradient(x.view(), &Difference::default()).unwrap();
        let error = relative_norm(&got.value, &want);
        assert!(error < by_precision(&engine, 3e-7, 1e-15), "{precision}: {error:e}");
        // Values that are subtracted are worse, however well the step is chosen.
        let direct = Difference::default().with_method(Method::Direct);
        let subtracted = relative_norm(&evaluator.gradient(x.view(), &direct).unwrap().value, &want);
        assert!(subtracted > error, "{precision}: {subtracted:e}, {error:e}");
        evaluator.select(Some(&[4, 7])).unwrap();
        let got = evaluator.gradient(x.view(), &Difference::default()).unwrap().value;
        assert!(got.column(5).iter().all(|d| *d == 0.0));
        assert!((got[[0, 7]] - want[[0, 7]]).abs() < 1e-6 * want[[0, 7]].abs());
    }
}

/// Polyak's momentum, with a number kept for each coordinate: v ← βv - rate·g, x ← x + v.
struct Momentum {
    rate: f64,
    beta: f64,
}

impl Update for Momentum {
    fn name(&self) -> String {
        "momentum".into()
    }
    fn fault(&self) -> Option<String> {
        let beta = self.beta;
        (!(0.0..1.0).contains(&beta)).then(|| format!("beta is {beta}; it must be at least 0 and below 1"))
    }
    fn state(&self) -> usize {
        1
    }
    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], _step: usize) {
        for ((x, g), v) in x.iter_mut().zip(gradient).zip(state) {
            *v = self.beta * *v - self.rate * g;
            *x += *v;
        }
    }
}

#[test]
fn an_update_rule() {
    let squares = Quadratic::sum_of_squares(2).unwrap();
    let start = array![[3.0, 4.0], [-1.0, 0.5]];
    let rule = || Momentum { rate: 0.05, beta: 0.8 };
    // The same by hand: the gradient is 2x.
    let (mut want, mut v) = (start.clone(), ndarray::Array2::zeros(start.dim()));
    for _ in 0..60 {
        v = 0.8 * v - 0.05 * 2.0 * &want;
        want += &v;
    }
    for engine in engines() {
        let mut evaluator = engine.evaluator(&squares).unwrap();
        let mut steps = 0;
        let descent = Descent::new(rule()).steps(60).observe(|report| {
            steps = report.step;
            Ok(())
        });
        let done = descent.run(&mut evaluator, start.view()).unwrap();
        let error = relative_norm(&done.points, &want);
        assert!(error < by_precision(&engine, 1e-5, 1e-8), "{engine:?}: {error:e}");
        assert_eq!((steps, &done.outcomes[1]), (60, &Outcome::StepsDone { steps: 60 }));
    }
    // Minibatches, which need nothing of the rule.
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(Bowl::new(8)).unwrap();
    let descent = Descent::new(rule()).steps(400).minibatches(Minibatches::new(8, 4, 1).unwrap());
    let done = descent.run(&mut evaluator, array![[0.5; 8]].view()).unwrap();
    assert!(done.points.iter().all(|x| (2.0 * x + x.exp()).abs() < 1e-3), "{}", done.points);
    // Settings that make no sense are the caller's fault, in the rule's words.
    let wrong = Descent::new(Momentum { beta: 1.5, ..rule() }).run(&mut evaluator, array![[0.5; 8]].view());
    let error = wrong.unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("beta is 1.5"), "{error}");
}

/// An evaluator that owns its objective lives in a struct, and goes to a thread.
struct Model {
    evaluator: Evaluator<'static>,
    x: Vec<f64>,
}

impl Model {
    fn new(n: u32) -> Result<Self> {
        let evaluator = Engine::cpu(Precision::F64).evaluator(Bowl::new(n))?;
        Ok(Model { evaluator, x: vec![1.0; n as usize] })
    }

    fn train(&mut self) -> Result<f64> {
        for _ in 0..200 {
            let gradient = self.evaluator.gradient_at(&self.x, &Difference::default())?;
            self.x.iter_mut().zip(&gradient.value).for_each(|(x, g)| *x -= 0.05 * g);
        }
        self.evaluator.value(&self.x)
    }
}

#[test]
fn an_evaluator_in_a_struct_on_a_thread() {
    let models: Vec<_> = (1..4)
        .map(|n| {
            let mut model = Model::new(n).unwrap();
            std::thread::spawn(move || (model.train().unwrap(), model))
        })
        .collect();
    for model in models {
        let (value, model) = model.join().unwrap();
        // 2x + eˣ = 0.
        assert!(model.x.iter().all(|x| (2.0 * x + x.exp()).abs() < 1e-9), "{:?}", model.x);
        assert!((value - model.evaluator.objective().value(&model.x)).abs() < 1e-12, "{value}");
    }
    // Boxed and shared objectives are objectives, too.
    let engine = Engine::cpu(Precision::F64);
    let boxed: Box<dyn Objective> = Box::new(Bowl::new(2));
    let shared: Arc<dyn Objective> = Arc::new(Bowl::new(2));
    let x = [0.5, -0.5];
    let want = Bowl::new(2).value(&x);
    let is_right = |evaluator: Result<Evaluator<'_>>| {
        let value = evaluator.unwrap().value(&x).unwrap();
        assert!((value - want).abs() < 1e-12, "{value} for {want}");
    };
    is_right(engine.evaluator(&*boxed));
    is_right(engine.evaluator(boxed));
    is_right(engine.evaluator(shared));
}

/// One answer type, whatever was asked for.
fn look<D: Dimension>(answer: &Derivative<D>, shape: &[usize]) {
    assert_eq!(answer.value.shape(), shape);
    let bars = answer.error.as_ref().unwrap();
    assert!(bars.shape() == shape && bars.iter().all(|bar| bar.is_finite()), "{answer}");
    assert!(answer.evaluations > 0 && answer.seconds >= 0.0 && answer.remarks.is_empty());
    let table = answer.to_string();
    assert!(table.contains('±') && table.contains("evaluations"), "{table}");
}

#[test]
fn one_answer_type() {
    let f = Closure::new(2, |x| x[0].powi(2) * x[1].sin()).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(f).unwrap();
    let (x, v) = (array![[1.5, 0.5], [0.3, -1.0], [2.0, 1.0]], array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    let how = Difference::default();
    look(&evaluator.gradient(x.view(), &how).unwrap(), &[3, 2]);
    look(&evaluator.gradient_at(&[1.5, 0.5], &how).unwrap(), &[2]);
    look(&evaluator.directional(x.view(), v.view(), &how).unwrap(), &[3]);
    look(&evaluator.jacobian(x.view(), &how).unwrap(), &[3, 1, 2]);
    look(&evaluator.hessian(x.view(), &how).unwrap(), &[3, 2, 2]);
    look(&evaluator.hessian_product(x.view(), v.view(), &how).unwrap(), &[3, 2]);
    // Values beside the gradient, and points by themselves.
    let both = evaluator.value_and_gradient(x.view(), &how).unwrap();
    let values = both.values.unwrap();
    for (point, x) in x.rows().into_iter().enumerate() {
        let alone = evaluator.gradient_at(&x.to_vec(), &how).unwrap();
        assert_eq!(alone.value, both.value.row(point));
        assert_eq!(values[point], evaluator.value(&x.to_vec()).unwrap());
    }
    let error = evaluator.gradient_at(&[1.0], &how).unwrap_err();
    assert!(error.is_bad_input() && error.exit_code() == 2, "{error}");
}

#[test]
fn one_singular_point_among_good_ones() {
    let f = Closure::new(2, |x| x[0].ln() + x[1] * x[1]).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(f).unwrap();
    let x = array![[1.0, 2.0], [-1.0, 2.0], [2.0, 0.5]];
    for step in [None, Some(plusminus::Step::fixed(1e-4).unwrap())] {
        let stop = Difference::default().with_step(step);
        let error = evaluator.gradient(x.view(), &stop).unwrap_err();
        assert!(matches!(error, Error::NonFiniteValue { point: 1, .. }), "{error}");
        let skip = stop.with_on_failure(OnFailure::Skip);
        let got = evaluator.gradient(x.view(), &skip).unwrap();
        assert_eq!(got.failures.iter().map(|failure| failure.point).collect::<Vec<_>>(), [1]);
        assert!(matches!(got.failures[0].error, Error::NonFiniteValue { point: 1, .. }));
        assert!(got.value.row(1).iter().all(|d| d.is_nan()), "{got}");
        assert!(got.to_string().contains("point 1: "), "{got}");
        for point in [0, 2] {
            let alone = evaluator.gradient_at(&x.row(point).to_vec(), &stop).unwrap();
            assert_eq!(alone.value, got.value.row(point));
        }
        // Other derivatives, too.
        let hessian = evaluator.hessian(x.view(), &skip).unwrap();
        assert!(hessian.failures.len() == 1 && hessian.value[[1, 0, 0]].is_nan(), "{hessian}");
        assert!((hessian.value[[2, 0, 0]] + 0.25).abs() < 1e-3, "{hessian}");
    }
}

#[test]
fn progress_is_told() {
    let last = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&last);
    let squares = Quadratic::sum_of_squares(10).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(squares).unwrap();
    evaluator.on_progress(move |done, all| {
        assert!(done <= all && done >= told.load(Ordering::Relaxed));
        told.store(done, Ordering::Relaxed);
    });
    let x = crate::common::normal_matrix(200_000, 10, &mut SplitMix64::new(2));
    let how = Difference::default().with_method(Method::Direct);
    let how = how.with_step(plusminus::Step::relative(-10).unwrap());
    std::thread::spawn(move || evaluator.gradient(x.view(), &how).unwrap()).join().unwrap();
    assert_eq!(last.load(Ordering::Relaxed), 2_000_000);
}
