//! Objectives in WGSL against published problems: the CPU engine, a device in f32 and f64, published values, and
//! analytic gradients of independent twins.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/problems.rs"]
mod problems;

use ndarray::{Array1, Array2, Axis};
use plusminus::{
    Difference, Engine, Method, Objective, Precision, Scheme, ShaderOptions, Step, WgslObjective,
};
use problems::Problem;

fn objective(problem: &Problem) -> WgslObjective {
    let options = ShaderOptions { data: problem.data.to_vec(), terms: problem.terms };
    WgslObjective::new(problem.name, problem.source, problem.start.len(), options).unwrap()
}

/// The standard start, and a point near it.
fn points(problem: &Problem) -> Array2<f64> {
    let n = problem.start.len();
    let near = problem.start.iter().zip(0..).map(|(x, i)| x + 0.03 * (1.0 + f64::from(i % 3)));
    Array2::from_shape_vec((2, n), problem.start.iter().copied().chain(near).collect()).unwrap()
}

fn central(exponent: i32) -> Difference {
    Difference {
        scheme: Scheme::Central,
        step: Some(Step::relative(exponent).unwrap()),
        method: Method::Direct,
    }
}

#[test]
fn values_agree() {
    for problem in problems::all() {
        let f = objective(&problem);
        let x = points(&problem);
        let want: Array1<f64> = x.map_axis(Axis(1), |x| (problem.value)(&x.to_vec()));
        assert!((want[0] - problem.at_start).abs() <= 1e-10 * want[0], "{}", problem.name);
        let mut row = format!("{:22}", problem.name);
        for engine in [
            Engine::cpu(Precision::F64),
            Engine::cpu(Precision::F32),
            common::gpu_in(Precision::F64),
            common::gpu_in(Precision::F32),
        ] {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let values = evaluator.values(x.view()).unwrap();
            let gradient = match engine.precision() {
                Precision::F64 => evaluator.gradient(x.view(), &central(-17)).unwrap(),
                Precision::F32 => evaluator.gradient(x.view(), &central(-8)).unwrap(),
            };
            let mut analytic = Array2::zeros(x.dim());
            for (x, mut row) in x.rows().into_iter().zip(analytic.rows_mut()) {
                row.assign(&Array1::from((problem.gradient)(&x.to_vec())));
            }
            let error = ((&values - &want) / &want).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
            let ge = common::relative_error(&gradient.gradient, &analytic);
            row += &format!(" {error:8.1e} {ge:8.1e} |");
        }
        println!("{row}");
    }
}
