//! The worst errors of f64, whose quotients and roots the host rounds correctly.

use super::check::{Check, Text};
use super::report::DoubleErrors;
use crate::error::Result;
use crate::numeric::SplitMix64;

const ARGUMENTS: usize = 1024;

/// Words that an argument, and a double, take.
const PARTS: usize = 2;
const WORDS: usize = 3;

pub(super) fn measure(check: &Check<'_>) -> Result<DoubleErrors> {
    let mut random = SplitMix64::new(1024);
    // A float and a smaller one: a double of 48 bits.
    let arguments: Vec<[f32; 4]> = (0..ARGUMENTS)
        .map(|_| {
            let mut number = |most: f64| {
                let high = ((most * (2.0 * random.uniform() - 1.0)).exp2()) as f32;
                [high, high * 2f32.powi(-25) * random.uniform() as f32]
            };
            let ([a, b], [c, d]) = (number(20.0), number(20.0));
            [a, b, c, d]
        })
        .collect();
    let inputs: Vec<u32> = arguments.as_flattened().iter().map(|number| number.to_bits()).collect();
    let words = PARTS * WORDS * ARGUMENTS;
    let answers = check.answers(Text::Double, "double_functions", &inputs, ARGUMENTS as u32 / 64, words)?;
    let (mut quotient, mut root) = (0.0f64, 0.0f64);
    for (parts, row) in arguments.iter().zip(answers.chunks_exact(PARTS * WORDS)) {
        let [a, b, c, d] = parts.map(f64::from);
        let (n, d) = (a + b, c + d);
        let found = |words: &[u32]| words.iter().map(|&bits| f64::from(f32::from_bits(bits))).sum::<f64>();
        quotient = quotient.max(ulps(found(&row[..WORDS]), n / d));
        root = root.max(ulps(found(&row[WORDS..]), d.sqrt()));
    }
    Ok(DoubleErrors { quotient, root })
}

fn ulps(found: f64, exact: f64) -> f64 {
    let unit = (exact.abs().log2().floor() - 52.0).exp2();
    let error = (found - exact).abs() / unit;
    // Both were rounded.
    if error.is_finite() { error } else { f64::MAX }
}
