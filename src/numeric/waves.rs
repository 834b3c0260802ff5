//! sin, cos and tan of f64 without branches, so that a loop over lanes becomes SIMD code, where the standard library's are calls:
//! for |x| up to [`MOST`].
//!
//! Method: π/2 in parts of 33 bits, so that multiples of the first three up to 2^20 are exact (Cody and Waite, 1980); what is
//! left after each is kept in two numbers, so that nothing is lost near multiples of π/2. Taylor's series on [-π/4, π/4]: the
//! first omitted terms are below the last place.

/// The largest argument.
pub(crate) const MOST: f64 = 1.0e6;

/// π/2: three parts of 33 bits, and the rest.
const PARTS: [f64; 4] = [
    1.570_796_326_734_125_6,
    6.077_100_506_303_966e-11,
    2.022_266_248_711_166_5e-21,
    8.478_427_660_368_9e-32,
];

/// Adding it rounds to the nearest integer, which then stands in the low bits.
const ROUND: f64 = 1.5 * (1u64 << 52) as f64;

/// a - b, and what that rounds off (Knuth's two sums).
#[inline(always)]
fn less(a: f64, b: f64) -> (f64, f64) {
    let difference = a - b;
    let part = difference - a;
    (difference, (a - (difference - part)) - (b + part))
}

/// The quadrant, and what x is behind its beginning, in two numbers.
#[inline(always)]
fn reduced(x: f64) -> (u64, f64, f64) {
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let first = x - n * PARTS[0];
    let (second, low) = less(first, n * PARTS[1]);
    let (third, lower) = less(second, n * PARTS[2]);
    (shifted.to_bits(), third, low + lower - n * PARTS[3])
}

/// c₁ + z(c₂ + z(c₃ + …)), the coefficients given as their inverses.
#[inline(always)]
fn series<const N: usize>(z: f64, inverses: [f64; N]) -> f64 {
    inverses.iter().rev().fold(0.0, |sum, inverse| 1.0 / inverse + z * sum)
}

/// sin(r + s), s far below r.
#[inline(always)]
fn sine(r: f64, s: f64) -> f64 {
    let z = r * r;
    let inverses = [
        -6.0,
        120.0,
        -5040.0,
        362_880.0,
        -39_916_800.0,
        6_227_020_800.0,
        -1_307_674_368_000.0,
        355_687_428_096_000.0,
    ];
    // Along s the slope is cos r.
    r + (r * z * series(z, inverses) + s * (1.0 - 0.5 * z))
}

/// cos(r + s).
#[inline(always)]
fn cosine(r: f64, s: f64) -> f64 {
    let z = r * r;
    let inverses =
        [24.0, -720.0, 40_320.0, -3_628_800.0, 479_001_600.0, -87_178_291_200.0, 20_922_789_888_000.0];
    let half = 0.5 * z;
    let most = 1.0 - half;
    most + (((1.0 - most) - half) + (z * z * series(z, inverses) - r * s))
}

/// The function of a quadrant: 0 sin, 1 cos, 2 -sin, 3 -cos.
#[inline(always)]
fn turned(quadrant: u64, sine: f64, cosine: f64) -> f64 {
    let of = if quadrant & 1 == 0 { sine } else { cosine };
    if quadrant & 2 == 0 { of } else { -of }
}

#[inline(always)]
pub(crate) fn sin(x: f64) -> f64 {
    let (quadrant, r, s) = reduced(x);
    // Of -0 and what is tiny the function is the argument.
    if x.abs() < 1e-9 { x } else { turned(quadrant, sine(r, s), cosine(r, s)) }
}

#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    let (quadrant, r, s) = reduced(x);
    turned(quadrant.wrapping_add(1), sine(r, s), cosine(r, s))
}

#[inline(always)]
pub(crate) fn tan(x: f64) -> f64 {
    let (quadrant, r, s) = reduced(x);
    let (sine, cosine) = (sine(r, s), cosine(r, s));
    let tan = if quadrant & 1 == 0 { sine / cosine } else { -cosine / sine };
    if x.abs() < 1e-9 { x } else { tan }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the standard library's, which are within 0.52 ulp: so these limits are up to that too lax.
    #[test]
    fn within_their_ulp() {
        type Function = fn(f64) -> f64;
        let functions: [(&str, Function, Function, f64); 3] =
            [("sin", sin, f64::sin, 1.3), ("cos", cos, f64::cos, 1.3), ("tan", tan, f64::tan, 2.6)];
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        for (name, function, exact, limit) in functions {
            let mut worst = (0.0, 0.0);
            let mut see = |x: f64| {
                let (got, want) = (function(x), exact(x));
                let ulp = f64::from_bits(want.abs().to_bits() + 1) - want.abs();
                let error = (got - want).abs() / ulp;
                if error > worst.0 || error.is_nan() {
                    worst = (error, x);
                }
            };
            for _ in 0..100_000 {
                let size = 2f64.powf(60.0 * next() - 40.0).min(MOST);
                [size, -size].into_iter().for_each(&mut see);
                // Near multiples of π/2, where what is left is least.
                let near = (next() * 6e5).floor() * std::f64::consts::FRAC_PI_2;
                [near, near + 1e-7 * next()].into_iter().for_each(&mut see);
            }
            println!("{name}: {:.2} ulp at {}", worst.0, worst.1);
            assert!(worst.0 <= limit, "{name}: {} ulp at {}", worst.0, worst.1);
        }
        assert!(sin(-0.0).is_sign_negative() && tan(-0.0).is_sign_negative() && cos(0.0) == 1.0);
    }
}
