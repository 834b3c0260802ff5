//! Where differences have it hard: cancellation, boundaries, kinks, jumps, very steep and very flat functions.

use plusminus::{Difference, Engine, Precision, Result};

use crate::sets::{Subject, expression, singles};
use crate::truth::distance;

/// Of x0, and where.
const CASES: &[(&str, &[f64])] = &[
    ("sin(3*(x0+1e6))", &[1.0, 1.3, -0.7]),
    ("exp(-1e8*(x0-1)^2)", &[1.0001]),
    ("1e16+x0+sin(x0)", &[1.0]),
    ("sin(1e5*x0)", &[0.7]),
    ("acos(cos(x0))", &[0.001]),
    ("log(x0)", &[1e-20]),
    ("1+x0^2-1", &[1e-12]),
    ("exp(-x0/1e6)", &[1.0]),
    ("exp(100*x0)", &[0.01]),
    ("x0^4", &[0.0]),
    ("abs(x0)", &[0.0]),
    ("sqrt(x0)", &[0.0]),
    ("x0^1.5", &[0.0, 1e-8]),
    ("acos(x0)", &[0.99999994]),
    ("log(sigmoid(x0))", &[20.0]),
    ("tanh(x0)", &[12.0]),
    ("log(cosh(x0))", &[0.01]),
    ("(1-cos(x0))/x0^2", &[0.01, 1e-3]),
    ("(exp(x0)-1)/(exp(2*x0)-1)", &[1e-3]),
    ("sqrt(x0^2+1e-30)", &[1e-18]),
    ("x0/(x0+1e-6)", &[1e-6]),
    ("1/sqrt(1-x0^2)", &[0.99999]),
    ("floor(x0)", &[2.5, 3.0]),
    ("max(x0, 0)", &[0.0, 1e-20]),
    ("atan2(x0, -1)", &[0.0]),
    ("x0^3", &[-2.0]),
    ("tan(x0)", &[1.5707964]),
];

/// Each at numbers of f32, which either precision can take.
pub fn subjects() -> Result<Vec<Subject>> {
    CASES
        .iter()
        .map(|(text, at)| expression(text, singles(at).into_iter().map(|x| vec![x]).collect()))
        .collect()
}

/// One by one, in f64 at the numbers as they are written.
pub fn print(engines: &[Engine]) -> Result<()> {
    println!("| f | x | precision | d | d* | error | error/d* | bar | within | evaluations | said |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (text, at) in CASES {
        for &x in *at {
            for engine in engines {
                let x = if engine.precision() == Precision::F32 { f64::from(x as f32) } else { x };
                print_one(engine, text, x)?;
            }
        }
    }
    Ok(())
}

fn print_one(engine: &Engine, text: &str, x: f64) -> Result<()> {
    let subject = expression(text, vec![vec![x]])?;
    let exact = subject.truth.gradient(&[x]).map(|exact| exact.pairs[0]);
    let want = exact.map_or("none".into(), |(high, _)| format!("{high:e}"));
    let head = format!("| `{text}` | {x:e} | {} ", engine.precision());
    let got = match engine.evaluator(&subject.objective)?.gradient_at(&[x], &Difference::default()) {
        Ok(got) => got,
        Err(error) => {
            println!("{head}| failed | {want} | | | | | | {} |", error.to_string().replace('\n', " "));
            return Ok(());
        }
    };
    let bar = got.error.as_ref().map_or(f64::INFINITY, |bars| bars[0]);
    let error = exact.map(|exact| distance(got.value[0], exact));
    let said: Vec<String> = got.remarks.iter().map(|remark| remark.notice.to_string()).collect();
    println!(
        "{head}| {:e} | {want} | {} | {} | {} | {} | {} | {} |",
        got.value[0],
        error.map_or(String::new(), |error| format!("{error:.1e}")),
        error.zip(exact).map_or(String::new(), |(error, exact)| format!("{:.1e}", error / exact.0.abs())),
        if bar.is_finite() { format!("{bar:.1e}") } else { "unknown".into() },
        error.map_or("", |error| if error <= bar { "yes" } else { "NO" }),
        got.evaluations,
        said.join("; ")
    );
    Ok(())
}
