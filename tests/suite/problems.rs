//! Objectives in WGSL against published problems: the CPU engine and a device, in f32 and f64; published values; analytic
//! gradients of independent twins (dual numbers).

use crate::common::problems::{self, Problem};
use crate::common::{central, each_point, engines, gradient, point};
use ndarray::{Array1, Array2, Axis};
use plusminus::{Engine, Precision, ShaderOptions, WgslObjective};

fn objective(problem: &Problem) -> WgslObjective {
    let options = ShaderOptions { data: problem.data.to_vec(), terms: problem.terms, ..Default::default() };
    let name = format!("{}.wgsl", problem.name);
    WgslObjective::new(&name, problem.source, problem.start.len(), options).unwrap()
}

/// The standard start, and a point near it.
fn points(problem: &Problem) -> Array2<f64> {
    let n = problem.start.len();
    let near = problem.start.iter().zip(0..).map(|(x, i)| x + 0.03 * (1.0 + f64::from(i % 3)));
    Array2::from_shape_vec((2, n), problem.start.iter().copied().chain(near).collect()).unwrap()
}

/// How many ulp of the value the terms of a problem are off, at most: cancellation within residuals, and powers of large
/// numbers, magnify the rounding of a step on the way.
fn amplification(problem: &Problem) -> f64 {
    match problem.name {
        "trigonometric" => 3000.0,
        "meyer" | "gaussian" => 200.0,
        "chebyquad" => 60.0,
        _ => 20.0,
    }
}

#[test]
fn values_are_the_published_ones_on_every_engine() {
    let problems = problems::all();
    assert!(problems.len() >= 18, "{}", problems.len());
    let engines = engines();
    for problem in problems {
        let f = objective(&problem);
        let x = points(&problem);
        let want: Array1<f64> = x.map_axis(Axis(1), |x| (problem.value)(&x.to_vec()));
        assert!((want[0] - problem.at_start).abs() <= 1e-10 * want[0], "{}", problem.name);
        for engine in &engines {
            let values = engine.evaluator(&f).unwrap().values(x.view()).unwrap();
            let error = ((&values - &want) / &want).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
            let bound = amplification(&problem) * engine.precision().epsilon();
            assert!(error <= bound, "{} on {engine:?}: {error:e}, bound {bound:e}", problem.name);
        }
    }
}

/// At the published minimisers: the value, and a gradient that vanishes beside what it is at the start.
#[test]
fn minima_are_the_published_ones() {
    let engine = Engine::cpu(Precision::F64);
    let mut seen = 0;
    for problem in problems::all() {
        let Some((at, value)) = &problem.minimum else { continue };
        let f = objective(&problem);
        let x = point(at);
        let mut evaluator = engine.evaluator(&f).unwrap();
        let got = evaluator.values(x.view()).unwrap()[0];
        let start = (problem.value)(&problem.start);
        assert!(
            (got - value).abs() <= 1e-9 * value + 1e-20 * start,
            "{}: {got:e} for {value:e}",
            problem.name
        );
        let norm = |slopes: &[f64]| slopes.iter().map(|g| g * g).sum::<f64>().sqrt();
        let here = evaluator.gradient(x.view(), &central(-17)).unwrap().value;
        let ratio = norm(here.as_slice().unwrap()) / norm(&(problem.gradient)(&problem.start));
        assert!(
            ratio < 2e-4,
            "{}: the gradient at the minimum is {ratio:e} of that at the start",
            problem.name
        );
        seen += 1;
    }
    assert!(seen >= 18, "{seen}");
}

/// The same steps on all engines: they agree within rounding, and in f64 with the analytic gradient.
#[test]
fn gradients_agree_on_every_engine_and_with_the_analytic_ones() {
    let engines = engines();
    for problem in problems::all() {
        let f = objective(&problem);
        let x = points(&problem);
        let analytic = each_point(&x, problem.gradient);
        // In f64 a small step, whose truncation is below 1e-6 here, against the formula.
        for engine in engines.iter().filter(|engine| engine.precision() == Precision::F64) {
            let error = crate::common::relative_error(&gradient(engine, &f, &x, &central(-17)), &analytic);
            // Exponents of large numbers and values of 1e12 leave less.
            let bound = if matches!(problem.name, "osborne_1" | "brown_badly_scaled") { 1e-5 } else { 1e-7 };
            assert!(error < bound, "{}: {error:e} off the analytic gradient", problem.name);
        }
        // f32 differences at a larger step against those of f64 at the same step: the noise of f32 over the step.
        let coarse: Vec<_> = engines.iter().map(|engine| gradient(engine, &f, &x, &central(-8))).collect();
        for (i, x) in x.rows().into_iter().enumerate() {
            let size = (problem.magnitude)(&x.to_vec());
            for (axis, x) in x.iter().enumerate() {
                let h = 2f64.powi(-8) * 2f64.powi(x.abs().max(1.0).log2().floor() as i32);
                let bound = |precision: Precision| {
                    // x itself is rounded, too, to which f answers with its gradient.
                    let moved =
                        coarse[0].row(i).iter().fold(0.0, |a: f64, g| a.max(g.abs())) * x.abs().max(1.0);
                    amplification(&problem) * precision.epsilon() * (size + moved) / h
                };
                for (engine, gradient) in engines.iter().zip(&coarse).skip(1) {
                    let error = (gradient[[i, axis]] - coarse[0][[i, axis]]).abs();
                    let bound = bound(engine.precision());
                    assert!(
                        error <= bound,
                        "{} on {engine:?}, axis {axis}: {error:e} > {bound:e}",
                        problem.name
                    );
                }
            }
        }
    }
}

/// A wrong index in a residual does not pass.
#[test]
fn a_wrong_problem_is_noticed() {
    let problem = &problems::all()[0];
    let source = problem.source.replacen("x(0)", "x(1)", 1);
    assert_ne!(source, problem.source);
    let options = ShaderOptions { data: problem.data.to_vec(), terms: problem.terms, ..Default::default() };
    let f = WgslObjective::new("wrong.wgsl", &source, problem.start.len(), options).unwrap();
    for engine in engines() {
        let values = engine.evaluator(&f).unwrap().values(points(problem).view()).unwrap();
        assert!((values[0] - problem.at_start).abs() > 1e-3);
    }
}
