//! How the loss of a sample changes with the outputs, with bounds.

use super::activation::{at_most, grown};
use crate::numeric::Real;
use crate::objective::enclosure::{LEAST, UNIT, WRITTEN};

/// Of softmax cross-entropy: p_k, less 1 for the class.
///
/// An exponential e^(y_k - most) is off by a factor of at most exp(m_k), where m_k is how far the exponent may be off, and the
/// sum of all by Σ p_k·expm1(m_k). For the class, p - 1 is the sum of all other p, negated, so that nothing cancels where p is
/// near 1.
pub(super) fn softmax(outputs: &[f64], errors: &[f64], class: usize, slopes: &mut [f64], bounds: &mut [f64]) {
    let most = outputs.iter().fold(f64::NEG_INFINITY, |most, &y| if y > most { y } else { most });
    // While the sum is not known: the exponentials, and how far their exponents may be off (3u of it for the function).
    let (mut sum, mut sum_error) = (0.0, 0.0);
    let (mut others, mut others_error) = (0.0, 0.0);
    for (k, (&y, &e)) in outputs.iter().zip(errors).enumerate() {
        let below = y - most;
        let exponential = Real::exp(below);
        let off = e + UNIT * below.abs() + 3.0 * UNIT;
        let error = grown(exponential, off, f64::INFINITY) + LEAST;
        sum += exponential;
        sum_error += error;
        if k != class {
            others += exponential;
            others_error += error;
        }
        (slopes[k], bounds[k]) = (exponential, off);
    }
    let additions = outputs.len() as f64 * UNIT;
    let sum_off = sum_error / sum + additions;
    // Of 1 over the sum.
    let inverse = if sum_off <= 0.5 { sum_off / (1.0 - sum_off) } else { f64::INFINITY };
    for (k, (slope, bound)) in slopes.iter_mut().zip(bounds).enumerate() {
        let (value, off) = if k == class {
            let off = if others > 0.0 { others_error / others } else { 0.0 };
            (others / sum, off + additions)
        } else {
            (*slope / sum, grown(1.0, *bound, f64::INFINITY))
        };
        // Between 0 and 1 it is anyway.
        let relative = off + inverse + off * inverse + 2.0 * UNIT;
        let error = value * relative + (1.0 + relative) * outputs.len() as f64 * LEAST;
        *bound = if relative.is_finite() { at_most(error, 1.0) } else { 1.0 };
        *slope = if k == class { -value } else { value };
    }
}

/// Of the squared error: 2(y - t)/m.
pub(super) fn squared(
    outputs: &[f64],
    errors: &[f64],
    target: impl Fn(usize) -> f64,
    slopes: &mut [f64],
    bounds: &mut [f64],
) {
    let m = outputs.len() as f64;
    for (k, (&y, &e)) in outputs.iter().zip(errors).enumerate() {
        let t = target(k);
        let slope = 2.0 * (y - t) / m;
        // The target as it was written, the difference, the quotient.
        slopes[k] = slope;
        bounds[k] = 2.0 * (e + WRITTEN * t.abs() + UNIT * (y - t).abs()) / m + UNIT * slope.abs() + LEAST;
    }
}
