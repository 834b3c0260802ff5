//! Special functions in f64. Their texts are those of `shaders/special`, which keep to what WGSL and Rust both have: devices and
//! the CPU engine compute the same. Here is what these texts call, and what of them the engine calls.

#![allow(
    dead_code,
    non_camel_case_types,
    clippy::excessive_precision,
    clippy::approx_constant,
    clippy::needless_return,
    clippy::unreadable_literal,
    reason = "the texts are WGSL, too, and devices call more of them"
)]

use std::f64::consts::FRAC_1_SQRT_2;

type real = f64;

include!("../../shaders/special/errors.wgsl");
include!("../../shaders/special/errors_f64.wgsl");
include!("../../shaders/special/angles.wgsl");
include!("../../shaders/special/angles_f64.wgsl");
include!("../../shaders/special/gamma.wgsl");
include!("../../shaders/special/gamma_f64.wgsl");
include!("../../shaders/special/bessel.wgsl");
include!("../../shaders/special/bessel_f64.wgsl");
include!("../../shaders/special/modified.wgsl");
include!("../../shaders/special/modified_f64.wgsl");

/// The texts' names and the engine's.
macro_rules! functions {
    ($($name:ident $text:ident)*) => {$(
        pub(crate) fn $name(x: f64) -> f64 {
            $text(x)
        }
    )*};
}

functions! {
    erf pm_erf
    erf_slope pm_erf_slope
    erfc pm_erfc
    erfcx pm_erfcx
    erfcx_slope pm_erfcx_slope
    erfcx_second pm_erfcx_second
    log_ndtr pm_log_ndtr
    log_ndtr_slope pm_log_ndtr_slope
    log_ndtr_second pm_log_ndtr_second
    lgamma pm_lgamma
    digamma pm_digamma
    trigamma pm_trigamma
    tetragamma pm_tetragamma
    j0 pm_j0
    j1 pm_j1
    j1_slope pm_j1_slope
    j1_second pm_j1_second
    y0 pm_y0
    y1 pm_y1
    y1_slope pm_y1_slope
    y1_second pm_y1_second
    i0 pm_i0
    i1 pm_i1
    i1_slope pm_i1_slope
    i1_second pm_i1_second
    k0 pm_k0
    k1 pm_k1
    k1_slope pm_k1_slope
    k1_second pm_k1_second
    sinc pm_sinc
    sinc_slope pm_sinc_slope
    sinc_second pm_sinc_second
}

/// ln(x / (1 - x)), near 1/2 by an odd function: 2x - 1 is exact there.
pub(crate) fn logit(x: f64) -> f64 {
    if (x - 0.5).abs() < 0.25 { ((2.0 * x - 1.0) / (1.0 - x)).ln_1p() } else { (x / (1.0 - x)).ln() }
}

// WGSL's own, and those of the prelude.

fn real(x: f64) -> f64 {
    x
}

fn select(otherwise: f64, then: f64, condition: bool) -> f64 {
    if condition { then } else { otherwise }
}

fn pm_pick(otherwise: f64, then: f64, condition: bool) -> f64 {
    if condition { then } else { otherwise }
}

fn abs(x: f64) -> f64 {
    x.abs()
}

fn floor(x: f64) -> f64 {
    x.floor()
}

fn min(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

fn pm_is_nan(x: f64) -> bool {
    x.is_nan()
}

fn pm_nan(_: f64) -> f64 {
    f64::NAN
}

fn pm_infinity(_: f64) -> f64 {
    f64::INFINITY
}

fn pm_zero() -> u32 {
    0
}

/// Rust reassociates nothing.
fn pm_sealed(v: f64, _: u32) -> f64 {
    v
}

/// To 24 bits: the square of what comes out is exact.
fn pm_short(x: f64) -> f64 {
    f64::from(x as f32)
}

fn pm_quotient(a: f64, b: f64) -> f64 {
    a / b
}

fn pm_over(a: f64, b: f64) -> f64 {
    a / b
}

fn pm_root(x: f64) -> f64 {
    x.sqrt()
}

fn pm_exp(x: f64) -> f64 {
    x.exp()
}

fn pm_log(x: f64) -> f64 {
    x.ln()
}

fn pm_log1p(x: f64) -> f64 {
    x.ln_1p()
}

/// sin(x - π/4 + more + turns·π/2) for a small `more`: by sin x ± cos x, one of which is the quotient of -cos 2x and the other,
/// where it would lose digits.
fn pm_sin_eighth(x: f64, more: f64, turns: i32) -> f64 {
    let (s, c) = x.sin_cos();
    let double = (2.0 * x).cos();
    let less = if s * c > 0.0 { -double / (s + c) } else { s - c };
    let sum = if s * c > 0.0 { s + c } else { -double / (s - c) };
    let (sin, cos) = (less * FRAC_1_SQRT_2, sum * FRAC_1_SQRT_2);
    let (s, c) = more.sin_cos();
    let (sin, cos) = (sin * c + cos * s, cos * c - sin * s);
    match turns & 3 {
        0 => sin,
        1 => cos,
        2 => -sin,
        _ => -cos,
    }
}
