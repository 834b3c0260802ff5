//! Whether an objective that was taken apart is what it was: asked of both, since a text may be misunderstood; and whether it pays.

use super::programs::Programs;
use crate::program::{LANES, Traps};

/// Turns, at most, of objectives that are asked: they take tenths of a second.
const MOST_TURNS: usize = 1 << 20;

/// Points at which both are evaluated.
pub(super) const POINTS: [[f64; 2]; 4] = [[0.1, 0.9], [-0.7, 1.3], [2.0, 20.0], [-3.0, -0.5]];

/// Points at which both have to have a value.
pub(super) const ENOUGH: usize = 2;

/// Coordinates between two numbers, irregularly: multiples of the golden section fill an interval without a pattern.
pub(super) fn irregular(dimension: usize, [low, high]: [f64; 2]) -> Vec<f64> {
    (1..=dimension).map(|i| low + (high - low) * (0.618_033_988_749_895 * i as f64).fract()).collect()
}

/// How many times as many turns as the whole all terms may make, each of which does over again what they have in common.
const MOST_AGAIN: u64 = 4;

/// Whether terms make about as many turns of loops, all together, as the whole does.
pub(super) fn pays(whole: u64, of_a_term: u64, terms: usize) -> bool {
    of_a_term.saturating_mul(terms as u64) <= MOST_AGAIN.saturating_mul(whole)
}

/// Whether the terms add up to the whole, within what sums in another order may differ by.
pub(super) fn agree(whole: &Programs, of_terms: &Programs, terms: usize, dimension: usize) -> bool {
    if terms > MOST_TURNS && dimension > MOST_TURNS {
        // There is no room to ask.
        return true;
    }
    let first = irregular(dimension, POINTS[0]);
    let last = terms as u32 - 1;
    let of_a_term = of_terms.turns(&first, &[0, last / 2, last]);
    if terms > MOST_TURNS {
        return pays(terms as u64, of_a_term, terms);
    }
    if !pays(whole.turns(&first, &[0]), of_a_term, terms) {
        return false;
    }
    let mut alike = 0;
    for range in POINTS {
        let x = irregular(dimension, range);
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
