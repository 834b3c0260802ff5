//! exp, ln, ln(1+x) and tanh in f32: twins of `shaders/prelude/math.wgsl`.
//!
//! A finite difference subtracts two values that lie close together, so the error of a library function is
//! multiplied by 1/h. WGSL allows its own `exp` 3 + 2·|x| ulp and its `log` an absolute error of 2^-21 near 1;
//! these stay below 2.5 ulp, exp below 1.5 (tests below). They have no branches, so a loop over samples becomes SIMD code.
//!
//! Method: Cody and Waite's two-part reduction to |r| <= ln(2)/2 and Taylor's series there (its first omitted
//! term is below 6e-9); the logarithm as 2·atanh((v-1)/(v+1)) with v in [√½, √2).

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// The leading 15 bits of ln 2: an integer multiple of it below 2^9 is exact.
const LN_2_HIGH: f32 = 0.693_145_75;
const LN_2_LOW: f32 = 1.428_606_8e-6;
/// Adding 1.5·2^23 rounds to the nearest integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

/// r with x = k·ln 2 + r, expm1(r), and k as an integer.
#[inline(always)]
fn reduced_expm1(x: f32) -> (f32, i32) {
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let series =
        0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)))));
    (r + r * r * series, (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32))
}

/// 2^k for k in [-126, 127].
#[inline(always)]
fn power_of_two(k: i32) -> f32 {
    f32::from_bits((k.wrapping_add(127) << 23) as u32)
}

/// e^x: infinite above 88.73, 0 below -104, NaN for NaN.
#[inline(always)]
pub(crate) fn exp_f32(x: f32) -> f32 {
    // Comparisons rather than min and max, which swallow NaN.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (p, k) = reduced_expm1(x);
    // In two factors, since 2^k itself may overflow or be subnormal where the result is neither.
    let half = k >> 1;
    (1.0 + p) * power_of_two(half) * power_of_two(k.wrapping_sub(half))
}

/// tanh(x) = E/(E + 2), E = expm1(2·|x|): accurate relative to the result, near 0 too.
#[inline(always)]
pub(crate) fn tanh_f32(x: f32) -> f32 {
    let size = x.abs();
    let size = if size > 10.0 { 10.0 } else { size };
    let (p, k) = reduced_expm1(2.0 * size);
    let scale = power_of_two(k);
    let e = (scale - 1.0) + scale * p;
    (e / (e + 2.0)).copysign(x)
}

/// 2·atanh(s) by its series in s², for s² <= 1/9.
#[inline(always)]
fn twice_atanh(s: f32) -> f32 {
    let t = s * s;
    let series = 1.0 / 3.0
        + t * (1.0 / 5.0
            + t * (1.0 / 7.0 + t * (1.0 / 9.0 + t * (1.0 / 11.0 + t * (1.0 / 13.0 + t * (1.0 / 15.0))))));
    2.0 * (s + s * t * series)
}

/// ln(1 + x) for x in [0, 1].
#[inline(always)]
pub(crate) fn ln_1p_unit_f32(x: f32) -> f32 {
    twice_atanh(x / (2.0 + x))
}

/// ln(x) for positive normal x; infinity and NaN stay what they are.
#[inline(always)]
pub(crate) fn ln_f32(x: f32) -> f32 {
    // Split x = m·2^k with m in [√½, √2), so that ln(m) does not cancel against k·ln 2.
    let bits = x.to_bits().wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits());
    let k = ((bits as i32) >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(std::f32::consts::FRAC_1_SQRT_2.to_bits()));
    let log_m = twice_atanh((m - 1.0) / (m + 1.0));
    let log = k * LN_2_HIGH + (k * LN_2_LOW + log_m);
    // The bits of infinity and NaN would otherwise give an ordinary number.
    if x.is_finite() { log } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error in ulp of the exact (f64) result, and where.
    fn worst_ulp(f: fn(f32) -> f32, exact: fn(f64) -> f64, from: f32, to: f32) -> (f64, f32) {
        let count = 200_000;
        (0..=count)
            .map(|i| {
                let x = from + (to - from) * (i as f32 / count as f32);
                let want = exact(f64::from(x));
                let ulp = (want.abs() as f32).to_bits();
                let ulp = f64::from(f32::from_bits(ulp + 1)) - f64::from(f32::from_bits(ulp));
                ((f64::from(f(x)) - want).abs() / ulp, x)
            })
            .fold((0.0, from), |a, b| if b.0.is_nan() || b.0 > a.0 { b } else { a })
    }

    #[test]
    fn functions_stay_within_their_ulp() {
        type Row = (&'static str, fn(f32) -> f32, fn(f64) -> f64, f32, f32, f64);
        let table: &[Row] = &[
            ("exp", exp_f32, f64::exp, -87.0, 88.7, 1.5),
            ("exp near 0", exp_f32, f64::exp, -1.0, 1.0, 1.5),
            ("ln", ln_f32, f64::ln, 0.01, 50.0, 2.0),
            ("ln near 1", ln_f32, f64::ln, 0.99, 1.01, 2.0),
            ("ln large", ln_f32, f64::ln, 1e3, 1e30, 1.5),
            ("ln_1p", ln_1p_unit_f32, f64::ln_1p, 0.0, 1.0, 2.0),
            ("tanh", tanh_f32, f64::tanh, -12.0, 12.0, 2.5),
            ("tanh near 0", tanh_f32, f64::tanh, 1e-6, 1e-2, 2.5),
        ];
        for (name, f, exact, from, to, limit) in table {
            let (error, at) = worst_ulp(*f, *exact, *from, *to);
            println!("{name} on [{from}, {to}]: {error:.2} ulp at {at}");
            assert!(error <= *limit, "{name}: {error} ulp at {at}, limit {limit}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(exp_f32(200.0), f32::INFINITY);
        assert_eq!(exp_f32(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp_f32(-200.0), 0.0);
        assert_eq!(exp_f32(0.0), 1.0);
        assert!(exp_f32(f32::NAN).is_nan());
        assert_eq!(tanh_f32(50.0), 1.0);
        assert_eq!(tanh_f32(f32::NEG_INFINITY), -1.0);
        assert_eq!(tanh_f32(0.0), 0.0);
        assert!(tanh_f32(f32::NAN).is_nan());
        assert_eq!(ln_f32(1.0), 0.0);
        assert_eq!(ln_f32(f32::INFINITY), f32::INFINITY);
        assert!(ln_f32(f32::NAN).is_nan());
    }
}
