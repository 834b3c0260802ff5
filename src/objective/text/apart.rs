//! Whether an objective that was taken apart is what it was: asked of both, since a text may be misunderstood.

use super::programs::Programs;
use crate::program::{LANES, Traps};

/// Turns, at most, of objectives that are asked: they take tenths of a second.
const MOST_TURNS: usize = 1 << 20;

/// Points at which both are evaluated: coordinates lie between two numbers, irregularly.
const POINTS: [[f64; 2]; 4] = [[0.1, 0.9], [-0.7, 1.3], [2.0, 20.0], [-3.0, -0.5]];

/// Points at which both have to have a value.
const ENOUGH: usize = 2;

/// Whether the terms add up to the whole, within what sums in another order may differ by.
pub(super) fn agree(whole: &Programs, of_terms: &Programs, terms: usize, dimension: usize) -> bool {
    if terms > MOST_TURNS {
        return true;
    }
    let mut alike = 0;
    for [low, high] in POINTS {
        // Multiples of the golden section fill an interval without a pattern.
        let share = |i: usize| (0.618_033_988_749_895 * (i + 1) as f64).fract();
        let x: Vec<f64> = (0..dimension).map(|i| low + (high - low) * share(i)).collect();
        let traps = Traps::default();
        let value = whole.of_terms(&x, &[0], &traps)[0];
        let (mut sum, mut size) = (0.0, 0.0);
        let all: Vec<u32> = (0..terms as u32).collect();
        for lanes in all.chunks(LANES) {
            for term in &of_terms.of_terms(&x, lanes, &traps)[..lanes.len()] {
                sum += term;
                size += term.abs();
            }
        }
        let have_values = traps.take().is_none() && value.is_finite() && sum.is_finite();
        if !have_values {
            continue;
        }
        // One rounding of the running sum for each turn, of either; a start that is no sum is one of the terms.
        let epsilon = if whole.double.is_ok() { f64::EPSILON } else { f64::from(f32::EPSILON) };
        if (value - sum).abs() > 2.0 * epsilon * (terms + 1) as f64 * size {
            return false;
        }
        alike += 1;
        if alike == ENOUGH {
            return true;
        }
    }
    // Where neither has a value nothing is known.
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Precision;
    use crate::program::{Role, Text};

    fn programs(text: &str) -> Programs {
        let text = Text { path: "sum.wgsl", text, f32_as_real: false, of_expression: false };
        Programs::new(text, Role::Scalar, 80, &[], Some(Precision::F64)).unwrap().0
    }

    #[test]
    fn terms_that_are_others_are_noticed() {
        let whole = programs(
            "fn objective() -> real { var s = 0.0; for (var i = 0u; i < 80u; i++) { s += x(i) * x(i); } return s; }",
        );
        let terms = |term: &str| programs(&format!("fn term(s: u32) -> real {{ return {term}; }}"));
        assert!(agree(&whole, &terms("x(s) * x(s)"), 80, 80));
        for wrong in ["x(s) * x(s) * (1.0 + 1e-10)", "x(s) * x(0)", "x((s + 1u) % 79u) * x(s)"] {
            assert!(!agree(&whole, &terms(wrong), 80, 80), "{wrong}");
        }
        // One too few.
        assert!(!agree(&whole, &terms("x(s) * x(s)"), 79, 80));
        // Where there are no values nothing is known.
        let nowhere = "fn objective() -> real { return log(-1.0 - x(0) * x(0)); }";
        assert!(!agree(&programs(nowhere), &terms("log(-1.0 - x(0) * x(0))"), 1, 80));
    }
}
