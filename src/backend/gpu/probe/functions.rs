//! The worst errors of functions in f32, by f64 on the host.

use super::check::{Check, Text};
use super::report::FunctionErrors;
use crate::error::Result;
use crate::numeric::SplitMix64;

const ARGUMENTS: usize = 4096;
const FUNCTIONS: usize = 7;

pub(super) fn measure(check: &Check<'_>) -> Result<FunctionErrors> {
    let mut random = SplitMix64::new(4096);
    let arguments: Vec<[f32; 2]> = (0..ARGUMENTS)
        .map(|_| {
            let n = 120.0 * random.uniform() - 60.0;
            [n as f32, 2f64.powf(40.0 * random.uniform() - 20.0) as f32]
        })
        .collect();
    let inputs: Vec<u32> = arguments.as_flattened().iter().map(|number| number.to_bits()).collect();
    let groups = ARGUMENTS as u32 / 64;
    let answers = check.answers(Text::Functions, "functions", &inputs, groups, FUNCTIONS * ARGUMENTS)?;
    let mut worst = [0.0f64; FUNCTIONS];
    for ([n, d], row) in arguments.iter().zip(answers.chunks_exact(FUNCTIONS)) {
        let (n, d) = (f64::from(*n), f64::from(*d));
        let exact = [n / d, d.sqrt(), n / d, d.sqrt(), n.exp(), d.ln(), n.sin()];
        for ((worst, &bits), exact) in worst.iter_mut().zip(row).zip(exact) {
            *worst = worst.max(ulps(f32::from_bits(bits), exact));
        }
    }
    let [quotient, root, prelude_quotient, prelude_root, exp, log, sin] = worst;
    Ok(FunctionErrors { quotient, root, prelude_quotient, prelude_root, exp, log, sin })
}

/// How far off, in units in the last place of the exact value; infinite for what is no number.
fn ulps(found: f32, exact: f64) -> f64 {
    let unit = (exact.abs().log2().floor() - 23.0).exp2();
    let error = (f64::from(found) - exact).abs() / unit;
    if error.is_finite() { error } else { f64::MAX }
}
