//! How long a device takes for the first gradient of a text, most of which is its compiler's time, and for the second:
//! directly, and by increments; and for Hessians by increments.

use std::time::Instant;

use ndarray::ArrayView2;
use plusminus::{Difference, Engine, Method, Result, ShaderOptions, WgslObjective};

use crate::{models, problems};

/// Objectives of all sizes, and a point of each.
fn subjects() -> Result<Vec<(String, WgslObjective, Vec<f64>)>> {
    let mut all =
        vec![("x0^2 + 3*x1".to_string(), WgslObjective::from_expression("x0^2 + 3*x1", 2)?, vec![0.3, 0.7])];
    let line = |i: usize| format!("sum += sin(x({}) * {i}.5) * x({});\n", i % 4, (i + 1) % 4);
    let body: String = (0..50).map(line).collect();
    let text = format!("fn objective() -> real {{ var sum = x(0); {body} return sum; }}");
    let lines = WgslObjective::new("50 lines", &text, 4, ShaderOptions::default())?;
    all.push(("50 lines of sines".into(), lines, vec![0.3, 0.7, -0.2, 0.4]));
    for problem in problems::all() {
        let options =
            ShaderOptions { data: problem.data.to_vec(), terms: problem.terms, ..Default::default() };
        let objective = WgslObjective::new(problem.name, problem.source, problem.start.len(), options)?;
        all.push((problem.name.into(), objective, problem.start.clone()));
    }
    for model in models::all() {
        let options = ShaderOptions { data: model.data.clone(), terms: model.terms, ..Default::default() };
        let objective = WgslObjective::new(model.name, &model.text, model.points[0].len(), options)?;
        all.push((model.name.into(), objective, model.points[0].clone()));
    }
    Ok(all)
}

/// Seconds of each, a line.
pub fn print(engines: &[Engine]) -> Result<()> {
    println!(
        "| text | bytes | precision | direct: first | second | increments: first | second | Hessian: first | second |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, objective, x) in &subjects()? {
        for engine in engines {
            let mut seconds = Vec::new();
            for method in [Method::Direct, Method::Auto] {
                let how = Difference::default().with_method(method);
                let begin = Instant::now();
                let mut evaluator = engine.evaluator(objective)?;
                evaluator.gradient_at(x, &how)?;
                seconds.push(format!("{:.3}", begin.elapsed().as_secs_f64()));
                let begin = Instant::now();
                evaluator.gradient_at(x, &how)?;
                seconds.push(format!("{:.3}", begin.elapsed().as_secs_f64()));
            }
            let Ok(point) = ArrayView2::from_shape((1, x.len()), x) else { continue };
            let mut evaluator = engine.evaluator(objective)?;
            for _ in 0..2 {
                let begin = Instant::now();
                evaluator.hessian(point, &Difference::default())?;
                seconds.push(format!("{:.3}", begin.elapsed().as_secs_f64()));
            }
            let bytes = objective.text().len();
            println!("| {name} | {bytes} | {} | {} |", engine.precision(), seconds.join(" | "));
        }
    }
    Ok(())
}
