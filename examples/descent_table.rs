//! The table of docs/descent.md: descents and minimisations of functions whose stationary points are known, from 4,096 starts each.
//!
//! Run: cargo run --release --example descent_table

use std::process::ExitCode;

use plusminus::ndarray::Array2;
use plusminus::{
    CurveModel, DataSet, Descent, Engine, GradientDescent, Lbfgs, LevenbergMarquardt, Outcome, Precision,
    Sampling, WgslObjective,
};

const STARTS: usize = 4096;

/// A function, where it is started, a rate, and its minima.
struct Problem {
    name: &'static str,
    expression: &'static str,
    /// From here to there, along all coordinates.
    region: [f64; 2],
    rate: f64,
    steps: usize,
    n: usize,
    minima: &'static [&'static [f64]],
}

const ROSENBROCK: &str = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)";

const PROBLEMS: [Problem; 9] = [
    Problem {
        name: "Rosenbrock, n = 2",
        expression: ROSENBROCK,
        region: [-2.0, 2.0],
        rate: 1e-3,
        steps: 60_000,
        n: 2,
        minima: &[&[1.0, 1.0]],
    },
    Problem {
        name: "Rosenbrock, n = 10",
        expression: ROSENBROCK,
        region: [-2.0, 2.0],
        rate: 3e-4,
        steps: 100_000,
        n: 10,
        // The second has no closed form: by Newton's method in numpy, from (-1, 1, …, 1), until the gradient is 5e-14.
        minima: &[
            &[1.0; 10],
            &[
                -0.993263372856369,
                0.9966060394434352,
                0.9982406113911125,
                0.9989884337678007,
                0.999226153439665,
                0.9990736481633443,
                0.9984541774029088,
                0.9970562516630377,
                0.9941793752280661,
                0.9883926301288679,
            ],
        ],
    },
    Problem {
        name: "Himmelblau",
        expression: "(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2",
        region: [-5.0, 5.0],
        rate: 0.005,
        steps: 2000,
        n: 2,
        minima: &[
            &[3.0, 2.0],
            &[-2.805118086952745, 3.131312518250573],
            &[-3.779310253377747, -3.28318599128617],
            &[3.584428340330492, -1.848126526964404],
        ],
    },
    Problem {
        name: "Beale",
        expression: "(1.5 - x0 + x0*x1)^2 + (2.25 - x0 + x0*x1^2)^2 + (2.625 - x0 + x0*x1^3)^2",
        region: [-2.0, 2.0],
        rate: 2e-3,
        steps: 60_000,
        n: 2,
        minima: &[&[3.0, 0.5]],
    },
    Problem {
        name: "Rastrigin, the nearest of its minima",
        expression: "20 + sum(x^2 - 10*cos(2*pi*x))",
        region: [-0.4, 0.4],
        rate: 1e-3,
        steps: 2000,
        n: 2,
        minima: &[&[0.0, 0.0]],
    },
    Problem {
        name: "Styblinski-Tang",
        expression: "sum(x^4 - 16*x^2 + 5*x)/2",
        region: [-5.0, 5.0],
        rate: 0.01,
        steps: 2000,
        n: 2,
        minima: &[
            &[-2.903534027771177, -2.903534027771177],
            &[2.746802716352763, -2.903534027771177],
            &[-2.903534027771177, 2.746802716352763],
            &[2.746802716352763, 2.746802716352763],
        ],
    },
    Problem {
        name: "monkey saddle x³ - 3xy²",
        expression: "x0^3 - 3*x0*x1^2",
        region: [-1.0, 1.0],
        rate: 0.1,
        steps: 2000,
        n: 2,
        minima: &[],
    },
    Problem {
        name: "x² - y²",
        expression: "x0^2 - x1^2",
        region: [-1.0, 1.0],
        rate: 0.1,
        steps: 2500,
        n: 2,
        minima: &[],
    },
    Problem {
        name: "1 + tanh² x",
        expression: "1 + tanh(x0)^2",
        region: [-30.0, 30.0],
        rate: 0.1,
        steps: 2000,
        n: 1,
        minima: &[&[0.0]],
    },
];

/// How near to a minimum a point counts as there.
const NEAR: f64 = 1e-6;

fn is_near(point: &[f64], minima: &[&[f64]]) -> bool {
    minima.iter().any(|minimum| point.iter().zip(*minimum).all(|(x, m)| (x - m).abs() < NEAR))
}

fn counted(outcomes: &[Outcome]) -> String {
    let counts = Outcome::counts(outcomes);
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}

fn descents() -> plusminus::Result<()> {
    println!(
        "| function | gradient descent from {STARTS} starts | said converged, at a known minimum | L-BFGS converged, at a known minimum |"
    );
    println!("|---|---|---|---|");
    for problem in PROBLEMS {
        let f = WgslObjective::from_expression(problem.expression, problem.n)?;
        let [low, high] = problem.region;
        let starts = Sampling::Sobol.points(STARTS, &vec![low; problem.n], &vec![high; problem.n], 1)?;
        let engine = Engine::cpu(Precision::F64);
        let mut evaluator = engine.evaluator(&f)?;
        let done = Descent::new(GradientDescent::new(problem.rate))
            .steps(problem.steps)
            .run(&mut evaluator, starts.view())?;
        let at = |points: &Array2<f64>, is_converged: &dyn Fn(usize) -> bool| {
            let all: Vec<usize> = (0..STARTS).filter(|&i| is_converged(i)).collect();
            let there = all.iter().filter(|&&i| is_near(&points.row(i).to_vec(), problem.minima)).count();
            format!("{}, {there}", all.len())
        };
        let by_descent = at(&done.points, &|i| done.outcomes[i].is_converged());
        let found = Lbfgs::new().run(&mut evaluator, starts.view())?;
        let by_lbfgs = at(&found.points, &|i| found.outcomes[i].is_converged());
        println!("| {} | {} | {by_descent} | {by_lbfgs} |", problem.name, counted(&done.outcomes));
    }
    Ok(())
}

/// Data and certified values of NIST's Statistical Reference Datasets.
fn fits() -> plusminus::Result<()> {
    let misra: (&[f64], &[f64]) = (
        &[77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
        &[10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
    );
    let box_bod: (&[f64], &[f64]) =
        (&[1.0, 2.0, 3.0, 5.0, 7.0, 10.0], &[109.0, 149.0, 149.0, 191.0, 213.0, 224.0]);
    println!(
        "\n| problem | starts that came to the certified values, to ten digits | evaluations a start, median and most |"
    );
    println!("|---|---|---|");
    for (name, (x, y), certified, high) in [
        ("Misra1a", misra, [2.3894212918e2, 5.5015643181e-4], [1000.0, 1e-2]),
        ("BoxBOD", box_bod, [2.1380940889e2, 5.4723748542e-1], [500.0, 2.0]),
    ] {
        let table = Array2::from_shape_fn((x.len(), 2), |(k, j)| [x, y][j][k]);
        let data = DataSet::new().with_columns(&["t", "y"], table.view())?;
        let model = CurveModel::new("b1*(1 - exp(-b2*t))", &["b1", "b2"], "y");
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(model.residuals(&data)?)?;
        let starts = Sampling::Sobol.points(STARTS, &[high[0] / 1e3, high[1] / 1e3], &high, 1)?;
        let fit = LevenbergMarquardt::new().run(&mut evaluator, starts.view())?;
        let is_there = |i: &usize| {
            let point = fit.points.row(*i);
            point.iter().zip(certified).all(|(found, want)| ((found - want) / want).abs() < 1e-10)
        };
        let there = (0..STARTS).filter(is_there).count();
        let mut calls = fit.calls.clone();
        calls.sort_unstable();
        println!("| {name} | {there} of {STARTS} | {}, {} |", calls[STARTS / 2], calls[STARTS - 1]);
    }
    Ok(())
}

fn main() -> ExitCode {
    match descents().and_then(|()| fits()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
