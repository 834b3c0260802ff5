//! Steps, and where they lead.

use ndarray::array;
use plusminus::{
    Closure, Difference, Engine, Error, Evaluator, Incremental, Increments, IncrementsAt, Objective,
    Precision, Real, Result, Scheme, Selection, Step, Steps,
};

#[test]
fn relative_steps_are_powers_of_two_and_exact() {
    let step = Step::relative(-8).unwrap();
    for (x, h) in [(0.0, 8), (0.3, 8), (-1.0, 8), (1.5, 8), (2.0, 7), (-5.0, 6), (1e6, -11)] {
        assert_eq!(step.at(x), 2f64.powi(-h), "x = {x}");
        let moved = step.perturb::<f32>(Scheme::Central, x as f32, 0, 0).unwrap();
        assert_eq!(f64::from(moved.plus) - f64::from(x as f32), step.at(x), "x = {x}");
        assert_eq!(f64::from(moved.distance), 2.0 * step.at(x), "x = {x}");
    }
}

#[test]
fn the_distance_is_the_one_actually_gone() {
    // Past 2 the numbers of f32 lie twice as far apart: x+h is rounded, and the denominator knows.
    let x = 1.999f32;
    let moved = Step::relative(-8).unwrap().perturb(Scheme::Forward, x, 0, 0).unwrap();
    assert_eq!(f64::from(moved.distance), f64::from(moved.plus) - f64::from(x));
    assert_ne!(moved.distance, 2f32.powi(-8));
}

#[test]
fn the_textbooks_mistakes_are_errors() {
    // h = 10e-50 is 0 in f32 and vanishes beside 3 in f64.
    let step: Step = "10e-50".parse().unwrap();
    for x in [0.0f32, 3.0, -1e30] {
        let error = step.perturb(Scheme::Central, x, 2, 7).unwrap_err();
        assert!(matches!(error, Error::VanishedStep { point: 2, axis: 7, .. }), "x = {x}: {error}");
    }
    assert!(step.perturb(Scheme::Forward, 3.0f64, 0, 0).is_err());
    // `/ 2*h` multiplies by h: the distance is 2h, the quotient divides by it.
    let moved = Step::Fixed(1e-4).perturb(Scheme::Central, 5.0f64, 0, 0).unwrap();
    assert_eq!(moved.distance, 2e-4);
    for text in ["0", "-1e-4", "inf", "NaN", "relative:8", "relative:2^x", "", "relative:2^-2000"] {
        assert!(text.parse::<Step>().is_err(), "{text}");
    }
}

#[test]
fn each_scheme_moves_its_own_side() {
    let sides = |scheme| {
        let moved = Step::Fixed(0.5).perturb(scheme, 1.0f64, 0, 0).unwrap();
        (moved.plus, moved.minus, moved.distance)
    };
    assert_eq!(sides(Scheme::Forward), (1.5, 1.0, 0.5));
    assert_eq!(sides(Scheme::Backward), (1.0, 0.5, 0.5));
    assert_eq!(sides(Scheme::Central), (1.5, 0.5, 1.0));
}

#[test]
fn a_step_that_overflows_or_swallows_the_point_is_named() {
    let error = Step::Fixed(1e38).perturb(Scheme::Central, 3e38f32, 0, 1).unwrap_err();
    assert!(error.to_string().contains("after the step +1e38"), "{error}");
    for (step, x) in [(Step::Fixed(1e20), 3.0), (Step::Relative { exponent: 100 }, 1e3)] {
        let error = step.perturb(Scheme::Central, x, 0, 0).unwrap_err();
        assert!(matches!(error, Error::StepTooLarge { .. }), "{error}");
    }
    // Beside a tiny x an ordinary step is in order.
    assert!(Step::Fixed(1e-4).perturb(Scheme::Central, 1e-30f64, 0, 0).is_ok());
    assert!(Step::Relative { exponent: i32::MAX }.perturb(Scheme::Central, 1.0f64, 0, 0).is_err());
}

#[test]
fn a_step_that_is_rounded_too_much_is_named() {
    let f = Closure::new(1, |x| x[0]).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let mut at =
        |x: f64, h: f64| evaluator.gradient_at(&[x], &Difference::default().with_step(Step::Fixed(h)));
    assert!(at(3.0, 1e-4).is_ok());
    let error = at(1e12, 1e-4).unwrap_err();
    let Error::RoundedStep { least, .. } = error else { panic!("{error}") };
    // What the message advises is enough.
    assert!(at(1e12, least).is_ok());
}

/// An objective whose difference quotients are the steps that it is told to take.
struct TellsSteps;

impl Objective for TellsSteps {
    fn dimension(&self) -> usize {
        6
    }
    fn value(&self, _: &[f64]) -> f64 {
        1.0
    }
    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }
}

impl Incremental for TellsSteps {
    fn increments_f64(&self, _: Selection<'_>) -> Result<Option<Box<dyn Increments<f64>>>> {
        Ok(Some(Box::new(TellsSteps)))
    }
}

impl<T: Real> Increments<T> for TellsSteps {
    fn at<'s>(&'s self, _: &'s [T]) -> Box<dyn IncrementsAt<T> + 's> {
        Box::new(TellsSteps)
    }
}

impl<T: Real> IncrementsAt<T> for TellsSteps {
    fn value(&self) -> T {
        T::ONE
    }
    fn increment(&self, _: usize, _: T) -> T {
        T::ZERO
    }
    fn quotients(&self, _: Scheme, steps: Steps<'_, T>, quotients: &mut [T]) {
        for (axis, quotient) in quotients.iter_mut().enumerate() {
            *quotient = steps.at(axis);
        }
    }
}

#[test]
fn increments_take_h_itself() {
    let f = TellsSteps;
    let mut evaluator: Evaluator<'_> = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let x = array![[0.5, 2.0, -5.0, 0.0, 1e9, 1e-30], [0.5, -1.9, 1.0, 0.0, 0.1, 1.5]];
    let mut steps = |step: Step| evaluator.gradient(x.view(), &Difference::default().with_step(step));
    let step = Step::relative(-20).unwrap();
    assert_eq!(steps(step).unwrap().value, x.mapv(|x| step.at(x)));
    // Beside 1e9 this h vanishes in x+h, but not in an increment.
    assert!(steps(Step::Fixed(1e-12)).unwrap().value.iter().all(|&h| h == 1e-12));
    let error = steps(Step::Fixed(1e-200)).unwrap_err();
    assert!(matches!(error, Error::StepOutOfRange { .. }), "{error}");
}

#[test]
fn text_and_back() {
    for step in [Step::Auto, Step::Fixed(1e-4), Step::Relative { exponent: -17 }] {
        assert_eq!(step.to_string().parse::<Step>().unwrap(), step);
    }
}
