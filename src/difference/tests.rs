//! Steps, and where they lead.

use super::*;
use crate::error::Error;
use crate::numeric::Precision;

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
    let step = Step::Fixed(0.5);
    let sides = |scheme| {
        let p = step.perturb(scheme, 1.0f64, 0, 0).unwrap();
        (p.plus, p.minus, p.distance)
    };
    assert_eq!(sides(Scheme::Forward), (1.5, 1.0, 0.5));
    assert_eq!(sides(Scheme::Backward), (1.0, 0.5, 0.5));
    assert_eq!(sides(Scheme::Central), (1.5, 0.5, 1.0));
}

#[test]
fn an_overflowing_step_is_named() {
    let error = Step::Fixed(1e38).perturb(Scheme::Central, 3e38f32, 0, 1).unwrap_err();
    assert!(error.to_string().contains("after the step +1e38"), "{error}");
}

#[test]
fn a_step_that_is_rounded_too_much_or_swallows_the_point_is_named() {
    let rounded = |x: f64| {
        let step = Step::Fixed(1e-4);
        let moved = step.perturb(Scheme::Central, x, 0, 0).unwrap();
        step.check_rounding(Scheme::Central, x, moved, 0, 0)
    };
    assert!(rounded(3.0).is_ok());
    let error = rounded(1e12).unwrap_err();
    assert!(matches!(error, Error::RoundedStep { .. }), "{error}");
    // What the message advises is enough.
    let Error::RoundedStep { least, .. } = error else { return };
    let step = Step::Fixed(least);
    let moved = step.perturb(Scheme::Central, 1e12, 0, 0).unwrap();
    assert!(step.check_rounding(Scheme::Central, 1e12, moved, 0, 0).is_ok());

    for (step, x) in [(Step::Fixed(1e20), 3.0), (Step::Relative { exponent: 100 }, 1e3)] {
        let error = step.perturb(Scheme::Central, x, 0, 0).unwrap_err();
        assert!(matches!(error, Error::StepTooLarge { .. }), "{error}");
    }
    // Beside a tiny x an ordinary step is in order.
    assert!(Step::Fixed(1e-4).perturb(Scheme::Central, 1e-30f64, 0, 0).is_ok());
    assert!(Step::Relative { exponent: i32::MAX }.perturb(Scheme::Central, 1.0f64, 0, 0).is_err());
}

#[test]
fn increments_take_h_itself() {
    let mut each = Vec::new();
    let step = Step::relative(-20).unwrap();
    assert_eq!(step.increments(&[0.5f32, -1.9], &mut each).unwrap(), Steps::Uniform(2f32.powi(-20)));
    let x = [0.5f32, 2.0, -5.0, 0.0, 1e9, 1e-30];
    let steps = step.increments(&x, &mut each).unwrap();
    for (axis, &x) in x.iter().enumerate() {
        assert_eq!(f64::from(steps.at(axis)), step.at(f64::from(x)), "{x}");
    }
    // Beside 1e9 this h vanishes in x+h, but not in an increment.
    let fixed = Step::Fixed(1e-4).increments(&[1e9f32], &mut each).unwrap();
    assert_eq!(fixed, Steps::Uniform(1e-4));
    for (step, precision) in [(10e-50, Precision::F32), (1e35, Precision::F32), (1e-200, Precision::F64)] {
        let step = Step::Fixed(step);
        let error = match precision {
            Precision::F32 => step.increments(&[1.0f32], &mut Vec::new()).map(|_| ()),
            Precision::F64 => step.increments(&[1.0f64], &mut Vec::new()).map(|_| ()),
        };
        assert!(matches!(error, Err(Error::StepOutOfRange { .. })), "{error:?}");
    }
}

#[test]
fn text_and_back() {
    for step in [Step::Auto, Step::Fixed(1e-4), Step::Relative { exponent: -17 }] {
        assert_eq!(step.to_string().parse::<Step>().unwrap(), step);
    }
}
