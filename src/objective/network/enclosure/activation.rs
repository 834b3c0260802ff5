//! Activations and their slopes, with bounds.
//!
//! For z known to within e, the value is off by the largest slope there times e, and the slope by as much as it varies. The
//! logarithms of the slopes of sigmoid and softplus change by at most 1 for each unit of z, that of tanh by at most 2: so
//! a slope g may be g·exp(e) somewhere near. No slope is above its largest one anywhere, however large e is.

use crate::numeric::Real;
use crate::objective::enclosure::{LEAST, UNIT};
use crate::objective::network::Activation;

/// What a unit makes of its sum.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Activated {
    pub(super) value: f64,
    pub(super) error: f64,
    pub(super) slope: f64,
    /// How far the slope may be from the one at the exact sum.
    pub(super) wobble: f64,
}

/// size·(e^x - 1) from above, for x ≥ 0, or a limit that holds anyway.
pub(super) fn grown(size: f64, x: f64, limit: f64) -> f64 {
    // Not for NaN either.
    if x <= 1.0 { at_most(size * (x + x * x), limit) } else { limit }
}

/// The smaller of a bound and a limit that holds anyway; NaN stays.
pub(super) fn at_most(bound: f64, limit: f64) -> f64 {
    if bound > limit { limit } else { bound }
}

/// Of the sum `z` that may be off by `e`.
///
/// The functions' own errors, in units of u, are those of `examples/ulp` with room: 2.3 for the exponential, 4.4 for tanh, 5.1
/// for softplus; a sum, a quotient or a product adds 1 each.
pub(super) fn activated(activation: Activation, z: f64, e: f64) -> Activated {
    // (value, its error in u, slope, its error in u, steepest slope, how fast its logarithm changes)
    let (value, own, slope, own_slope, steepest, rate) = match activation {
        Activation::Identity => return Activated { value: z, error: e, slope: 1.0, wobble: 0.0 },
        Activation::Relu => return relu(z, e),
        Activation::Sigmoid => {
            let (value, tail) = sigmoid(z);
            (value, 6.0, (1.0 - tail) * tail, 10.0, 0.25, 1.0)
        }
        Activation::Tanh => {
            let q = Real::exp(-2.0 * z.abs());
            let slope = 4.0 * q / ((1.0 + q) * (1.0 + q));
            (Real::tanh(z), 5.0, slope, 8.0, 1.0, 2.0)
        }
        Activation::Softplus => {
            let t = Real::exp(-z.abs());
            let positive = if z < 0.0 { 0.0 } else { z };
            (positive + t.ln_1p_near(), 6.0, sigmoid(z).0, 6.0, 1.0, 1.0)
        }
    };
    let varies = grown(slope, rate * e, steepest);
    Activated {
        value,
        error: at_most(slope + varies, steepest) * e + own * UNIT * value.abs() + LEAST,
        slope,
        wobble: varies + own_slope * UNIT * slope + LEAST,
    }
}

/// σ(z), and σ(-|z|), which is at most ½.
fn sigmoid(z: f64) -> (f64, f64) {
    let t = Real::exp(-z.abs());
    let tail = t / (1.0 + t);
    (if z < 0.0 { tail } else { 1.0 / (1.0 + t) }, tail)
}

/// Near its kink either slope may be the one.
fn relu(z: f64, e: f64) -> Activated {
    // NaN stays.
    let value = if z < 0.0 { 0.0 } else { z };
    let is_clear = z.abs() > e;
    Activated {
        value,
        error: if z < 0.0 && is_clear { 0.0 } else { e },
        slope: if z > 0.0 { 1.0 } else { 0.0 },
        wobble: if is_clear { 0.0 } else { 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Value and slope near z, by the standard library.
    fn exact(activation: Activation, z: f64) -> (f64, f64) {
        let s = 1.0 / (1.0 + (-z).exp());
        match activation {
            Activation::Identity => (z, 1.0),
            Activation::Relu => (z.max(0.0), f64::from(u8::from(z > 0.0))),
            Activation::Sigmoid => (s, s / (1.0 + z.exp())),
            Activation::Tanh => (z.tanh(), 1.0 / z.cosh().powi(2)),
            Activation::Softplus => (z.max(0.0) + (-z.abs()).exp().ln_1p(), s),
        }
    }

    #[test]
    fn all_that_may_be_lies_within() {
        for activation in Activation::ALL {
            for z in [-700.0, -30.0, -2.0, -1e-3, 0.0, 1e-9, 0.5, 3.0, 20.0, 700.0] {
                for e in [0.0, 1e-15, 1e-6, 0.1, 0.6, 3.0, 1e3] {
                    let got = activated(activation, z, e);
                    for part in -4..=4 {
                        let (value, slope) = exact(activation, z + e * f64::from(part) / 4.0);
                        // The witness is rounded, too.
                        let (a, b) = (4.0 * UNIT * value.abs(), 8.0 * UNIT * slope);
                        let case = format!("{activation:?} at {z} ± {e}: {got:?}, {value}, {slope}");
                        assert!((got.value - value).abs() <= got.error + a, "{case}");
                        assert!((got.slope - slope).abs() <= got.wobble + b, "{case}");
                    }
                }
            }
            let lost = activated(activation, f64::NAN, f64::INFINITY);
            assert!(lost.value.is_nan(), "{activation:?}");
        }
    }
}
