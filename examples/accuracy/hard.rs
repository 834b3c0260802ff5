//! Badly scaled functions, kinks, boundaries, noise.

use ndarray::Array2;
use plusminus::{Difference, Engine, Method, WgslObjective};

/// What is hard, the expression, the point, the derivative.
type Hard = (&'static str, &'static str, f64, f64);

/// sin(x0), and 1e-3 times the fraction of 54321.7 times the fraction of … x0: noise at all steps, in f64 too.
const NOISY: &str = "sin(x0) + 1e-3*(54321.7*(54321.7*(54321.7*x0 - floor(54321.7*x0)) - floor(54321.7*(54321.7*x0 - floor(54321.7*x0)))) - floor(54321.7*(54321.7*(54321.7*x0 - floor(54321.7*x0)) - floor(54321.7*(54321.7*x0 - floor(54321.7*x0))))))";

pub fn cases() -> Vec<Hard> {
    let valley = f64::from(0.001f32);
    vec![
        ("hardly any slope", "exp(-x0/1e6)", 1.0, -1e-6 * (-1e-6f64).exp()),
        ("very steep", "exp(100*x0)", 0.01, 100.0 * f64::exp(f64::from(0.01f32) * 100.0)),
        ("flat to third order", "x0^4", 0.0, 0.0),
        ("a kink", "abs(x0)", 0.0, f64::NAN),
        ("a boundary, infinite slope", "sqrt(x0)", 0.0, f64::INFINITY),
        ("noise of 1e-3", NOISY, 1.0, f64::cos(1.0)),
        ("a boundary close by", "log(x0)", 1e-4, 1.0 / f64::from(1e-4f32)),
        ("large, far out", "x0^2", 1e6, 2e6),
        ("a kink close by", "abs(x0 - 0.01)", 0.0, -1.0),
        ("oscillating", "sin(300*x0)", 0.5, 300.0 * f64::cos(150.0)),
        ("a narrow valley", "sqrt(x0^2 + 1e-6)", 0.001, valley / (valley * valley + 1e-6).sqrt()),
        ("1 + something tiny", "1 + 1e-5*sin(x0)", 1.0, 1e-5 * f64::cos(1.0)),
    ]
}

pub fn print(engines: &[Engine]) -> Result<(), Box<dyn std::error::Error>> {
    println!("| | f | x | f' | precision | found | error bar | step | said |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for (what, text, x, want) in cases() {
        let objective = WgslObjective::from_expression(text, 1)?;
        let x = f64::from(x as f32);
        for engine in engines {
            let points = Array2::from_elem((1, 1), x);
            let got = engine
                .evaluator(&objective)?
                .gradient(points.view(), &Difference::default().with_method(Method::Direct))?;
            let said: Vec<String> = got.remarks.iter().map(|remark| remark.notice.to_string()).collect();
            println!(
                "| {what} | `{}` | {x:.4} | {} | {} | {:.9e} | {:.1e} | {:e} | {} |",
                if text == NOISY { "sin(x0) + noise" } else { text },
                if want.is_nan() { "none".into() } else { format!("{want:.9e}") },
                engine.precision(),
                got.value[[0, 0]],
                got.error.as_ref().map_or(f64::NAN, |error| error[[0, 0]]),
                got.steps(points.view())[[0, 0]],
                said.join("; ")
            );
        }
    }
    Ok(())
}
