//! Functions of the CPU engine in f32 at every argument of their domains, against the same functions of the standard library in f64, whose
//! own error is some 1e-9 of an ulp of f32.

use ndarray::ArrayView2;
use plusminus::{Engine, Precision, ShaderOptions, WgslObjective};
use rayon::prelude::*;

/// Arguments of one call.
const CHUNK: u64 = 1 << 20;

/// In WGSL, and its domain but for what overflows.
type Function = (&'static str, fn(f64) -> f64, [f32; 2]);

const LARGEST: f32 = f32::MAX;

const FUNCTIONS: [Function; 21] = [
    ("sqrt", f64::sqrt, [0.0, LARGEST]),
    ("exp", f64::exp, [-104.0, 88.722_83]),
    ("exp2", f64::exp2, [-150.0, 127.999_99]),
    ("expm1", f64::exp_m1, [-104.0, 88.722_83]),
    ("log", f64::ln, [1e-45, LARGEST]),
    ("log2", f64::log2, [1e-45, LARGEST]),
    ("log1p", f64::ln_1p, [-0.999_999_94, LARGEST]),
    ("sin", f64::sin, [-LARGEST, LARGEST]),
    ("cos", f64::cos, [-LARGEST, LARGEST]),
    ("tan", f64::tan, [-LARGEST, LARGEST]),
    ("asin", f64::asin, [-1.0, 1.0]),
    ("acos", f64::acos, [-1.0, 1.0]),
    ("atan", f64::atan, [-LARGEST, LARGEST]),
    ("sinh", f64::sinh, [-89.415_98, 89.415_98]),
    ("cosh", f64::cosh, [-89.415_98, 89.415_98]),
    ("tanh", f64::tanh, [-LARGEST, LARGEST]),
    ("asinh", f64::asinh, [-LARGEST, LARGEST]),
    ("acosh", f64::acosh, [1.0, LARGEST]),
    ("atanh", f64::atanh, [-0.999_999_94, 0.999_999_94]),
    ("sigmoid", |x| 1.0 / (1.0 + (-x).exp()), [-87.0, LARGEST]),
    ("softplus", |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), [-87.0, LARGEST]),
];

/// The numbers of f32 in order, -0 and 0 being one.
fn place(x: f32) -> i64 {
    let bits = i64::from(x.to_bits() & 0x7fff_ffff);
    if x < 0.0 { -bits } else { bits }
}

fn number(place: i64) -> f32 {
    let size = f32::from_bits(place.unsigned_abs() as u32);
    if place < 0 { -size } else { size }
}

/// The distance in units of the last place of the exact result.
fn error(found: f64, exact: f64) -> f64 {
    let exponent = exact.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor() as i32;
    (found - exact).abs() / 2f64.powi(exponent - 23)
}

/// Prints a row for each function whose name begins so.
pub fn print(name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::cpu(Precision::F32);
    println!("Every argument in f32 on {}:\n", engine.device());
    println!("| function | from | to | arguments | ulp | at |\n|---|---|---|---|---|---|");
    for (function, exact, [from, to]) in FUNCTIONS.into_iter().filter(|function| function.0.starts_with(name))
    {
        let text = format!("fn objective() -> real {{ return {function}(x(0)); }}");
        let objective = WgslObjective::new(function, &text, 1, ShaderOptions::default())?;
        let mut evaluator = engine.evaluator(&objective)?;
        let (first, last) = (place(from), place(to));
        let mut worst = (0.0, 0.0);
        for begin in (first..=last).step_by(CHUNK as usize) {
            let end = (begin + CHUNK as i64 - 1).min(last);
            let x: Vec<f64> = (begin..=end).into_par_iter().map(|place| f64::from(number(place))).collect();
            let points = ArrayView2::from_shape((x.len(), 1), &x)?;
            let found = evaluator.values(points)?.to_vec();
            let here = found
                .par_iter()
                .zip(&x)
                .map(|(&found, &x)| (error(found, exact(x)), x))
                .reduce(|| (0.0, 0.0), |a, b| if b.0 > a.0 || b.0.is_nan() { b } else { a });
            if here.0 > worst.0 || here.0.is_nan() {
                worst = here;
            }
        }
        println!(
            "| `{function}` | {from:e} | {to:e} | {} | {:.6} | {:e} |",
            last - first + 1,
            worst.0,
            worst.1
        );
    }
    Ok(())
}
