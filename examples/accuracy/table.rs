//! Functions of ordinary scale, at several points each.

use ndarray::Array2;
use plusminus::{Difference, Engine, Objective, ShaderOptions, WgslObjective};

use crate::{expression_cases, problems};

type Gradient = Box<dyn Fn(&[f64]) -> Vec<f64>>;

/// A function and where it is differenced.
pub struct Case {
    pub name: String,
    pub objective: WgslObjective,
    pub gradient: Gradient,
    /// `[point, n]`, numbers of f32.
    pub points: Array2<f64>,
}

/// Around the given point, and that itself: numbers of f32, so that every precision works on the same.
fn around(x: &[f64], spread: f64, count: usize) -> Array2<f64> {
    Array2::from_shape_fn((count, x.len()), |(point, axis)| {
        let turn = (1.7 * point as f64 + 2.3 * axis as f64).sin();
        f64::from((x[axis] + if point == 0 { 0.0 } else { spread * turn * x[axis].abs().max(0.1) }) as f32)
    })
}

/// The smooth functions of argmin_testfunctions, and the problems of Moré, Garbow and Hillstrom.
pub fn cases() -> Result<Vec<Case>, plusminus::Error> {
    let mut cases = Vec::new();
    for (name, text, _, gradient, x) in expression_cases::cases() {
        // e^100 on the way, beyond f32; and a function without a gradient to be relative to.
        if matches!(name, "cross_in_tray" | "zero") {
            continue;
        }
        let objective = WgslObjective::from_expression(text, x.len())?;
        let gradient = Box::new(gradient) as Gradient;
        cases.push(Case { name: name.into(), objective, gradient, points: around(&x, 0.1, 5) });
    }
    for problem in problems::all() {
        let options = ShaderOptions { data: problem.data.to_vec(), terms: problem.terms };
        let name = format!("{}.wgsl", problem.name);
        let objective = WgslObjective::new(&name, problem.source, problem.start.len(), options)?;
        let points = around(&problem.start, 0.03, 3);
        let gradient = Box::new(problem.gradient) as Gradient;
        cases.push(Case { name: problem.name.into(), objective, gradient, points });
    }
    Ok(cases)
}

/// What was found at the points of a case.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// max |g - g*| / max |g*|, one a point.
    pub errors: Vec<f64>,
    /// Components, those within their error bars, and how many times as wide as the error the bars are.
    pub components: usize,
    pub covered: usize,
    pub widths: Vec<f64>,
    pub evaluations: u64,
}

pub fn find(case: &Case, engine: &Engine) -> Result<Found, plusminus::Error> {
    let mut evaluator = engine.evaluator(&case.objective)?;
    let got = evaluator.gradient(case.points.view(), &Difference::default())?;
    let error = got.error.unwrap_or_default();
    let mut found = Found { evaluations: got.evaluations, ..Default::default() };
    for (point, x) in case.points.rows().into_iter().enumerate() {
        let want = (case.gradient)(&x.to_vec());
        let largest = want.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
        let off = |axis: usize| (got.gradient[[point, axis]] - want[axis]).abs();
        found.errors.push((0..want.len()).map(off).fold(0.0, f64::max) / largest);
        for axis in 0..want.len() {
            let bar = error[[point, axis]];
            // The analytic gradient has an error of its own.
            let off = (off(axis) - 4.0 * f64::EPSILON * want[axis].abs()).max(0.0);
            found.components += 1;
            found.covered += usize::from(off <= bar);
            found.widths.push(bar / off);
            if std::env::var_os("PM_SHOW").is_some() && off > bar {
                println!("   {} {point} {axis}: off {off:e}, bar {bar:e}, g {:e}", case.name, want[axis]);
            }
        }
    }
    Ok(found)
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub fn print(engines: &[Engine]) -> Result<(), Box<dyn std::error::Error>> {
    let cases = cases()?;
    let mut all: Vec<Found> = engines.iter().map(|_| Found::default()).collect();
    println!("| function | n | f32: largest error | within bars | evaluations / n | f64: largest error | within bars | evaluations / n |");
    println!("|---|---|---|---|---|---|---|---|");
    for case in &cases {
        print!("| {} | {} ", case.name, case.objective.dimension());
        for (engine, all) in engines.iter().zip(&mut all) {
            let found = find(case, engine)?;
            let worst = found.errors.iter().copied().fold(0.0, f64::max);
            let a_component = found.evaluations as f64 / found.components as f64;
            print!("| {worst:.1e} | {} of {} | {a_component:.0} ", found.covered, found.components);
            all.errors.extend(found.errors);
            all.widths.extend(found.widths);
            all.components += found.components;
            all.covered += found.covered;
            all.evaluations += found.evaluations;
        }
        println!("|");
    }
    println!();
    for (engine, all) in engines.iter().zip(all) {
        println!(
            "{}: median error {:.1e}, largest {:.1e}; {} of {} components ({:.1} %) within their error bars, which are \
             {:.0} times the error in the median; {:.1} evaluations a component.",
            engine.precision(),
            median(all.errors.clone()),
            all.errors.iter().copied().fold(0.0, f64::max),
            all.covered,
            all.components,
            100.0 * all.covered as f64 / all.components as f64,
            median(all.widths),
            all.evaluations as f64 / all.components as f64
        );
    }
    Ok(())
}
