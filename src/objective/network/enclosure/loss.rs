//! How the loss of a sample changes with the outputs, with bounds.

use super::activation::{at_most, grown};
use crate::numeric::Real;
use crate::objective::enclosure::{LEAST, UNIT, WRITTEN};

/// Of softmax cross-entropy: p_k, less 1 for the class.
///
/// For the class, p - 1 is the sum of all other p, negated, so that nothing cancels where p is near 1. Either number, v, is
/// σ(u) for the difference u of two logarithms of sums of exponentials, and u is off by no more than m, what two exponents
/// may be off together. The logarithm of σ(u) changes by 1 - σ(u) for each unit of u, and that in turn grows by exp(m) at most:
/// so v is off by a factor of exp(x), x = m(1 - v)exp(m).
pub(super) fn softmax(outputs: &[f64], errors: &[f64], class: usize, slopes: &mut [f64], bounds: &mut [f64]) {
    let most = outputs.iter().fold(f64::NEG_INFINITY, |most, &y| if y > most { y } else { most });
    let (mut sum, mut others) = (0.0, 0.0);
    let mut farthest: f64 = 0.0;
    for (k, (&y, &e)) in outputs.iter().zip(errors).enumerate() {
        let below = y - most;
        let exponential = Real::exp(below);
        sum += exponential;
        others += if k == class { 0.0 } else { exponential };
        // The output, the difference, the function as if its argument were off.
        let off = e + UNIT * below.abs() + 3.0 * UNIT;
        // NaN stays.
        farthest = if off <= farthest || farthest.is_nan() { farthest } else { off };
        // Both in the place of what they lead to.
        (slopes[k], bounds[k]) = (exponential, off);
    }
    let count = outputs.len() as f64;
    // Of the sums, each of so many additions, and their quotient.
    let rounding = (2.0 * count + 2.0) * UNIT;
    for (k, (slope, bound)) in slopes.iter_mut().zip(bounds).enumerate() {
        let (value, rest) = if k == class {
            (others / sum, *slope / sum)
        } else {
            (*slope / sum, (sum - *slope) / sum + rounding)
        };
        let m = *bound + farthest;
        let x = m * at_most(rest + grown(rest, m, 1.0), 1.0);
        let relative = grown(1.0, x, f64::INFINITY) + rounding;
        // Between 0 and 1 it is anyway.
        let error = value * relative + 2.0 * count * LEAST;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Outputs anywhere within their errors lead to slopes within the bounds, and no bound is wider than it need be.
    #[test]
    fn all_that_may_be_lies_within() {
        let outputs = [[0.3, -1.2, 2.0], [40.0, -3.0, 0.0], [-700.0, 0.0, 30.0], [5.0, 5.0, 5.0]];
        for y in outputs {
            for e in [0.0, 1e-9, 1e-3, 0.2, 0.6, 50.0] {
                for class in 0..3 {
                    let (mut got, mut bounds) = ([0.0; 3], [0.0; 3]);
                    softmax(&y, &[e; 3], class, &mut got, &mut bounds);
                    let (mut square, mut wide) = ([0.0; 3], [0.0; 3]);
                    squared(&y, &[e; 3], |_| 0.7, &mut square, &mut wide);
                    let mut farthest = [0.0f64; 3];
                    for turn in 0..27 {
                        let side = |k: u32| f64::from(turn / 3i32.pow(k) % 3 - 1);
                        let y = [0, 1, 2].map(|k| y[k] + e * side(k as u32));
                        let p =
                            [0, 1, 2].map(|k| 1.0 / y.iter().map(|&j: &f64| (j - y[k]).exp()).sum::<f64>());
                        for k in 0..3 {
                            let others = (0..3).filter(|&j| j != k).map(|j| p[j]).sum::<f64>();
                            let want = if k == class { -others } else { p[k] };
                            let off = (got[k] - want).abs();
                            farthest[k] = farthest[k].max(off);
                            let case = format!("{y:?} ± {e}, {class}: {k} is {want:e}, {got:?} ± {bounds:?}");
                            // The witness is rounded, too.
                            assert!(off <= bounds[k] + 1e-13 * want.abs(), "{case}");
                            let off = (square[k] - 2.0 * (y[k] - 0.7) / 3.0).abs();
                            assert!(off <= wide[k] * (1.0 + 1e-12) + 4.0 * UNIT * y[k].abs(), "{case}");
                        }
                    }
                    for k in 0..3 {
                        let room = 8.0 * farthest[k] + 1e-13 * got[k].abs() + 1e-300;
                        assert!(e > 0.1 || bounds[k] <= room, "{y:?} ± {e}: {bounds:?} for {farthest:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_lost_stays_lost() {
        let (mut slopes, mut bounds) = ([0.0; 2], [0.0; 2]);
        softmax(&[f64::NAN, 1.0], &[0.0; 2], 1, &mut slopes, &mut bounds);
        assert!(slopes.iter().all(|slope| slope.is_nan()), "{slopes:?}");
        softmax(&[f64::INFINITY, 1.0], &[0.0; 2], 1, &mut slopes, &mut bounds);
        assert!(slopes.iter().any(|slope| slope.is_nan()), "{slopes:?}");
    }
}
