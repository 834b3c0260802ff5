//! How far a number of the program is from what was written: only its nearest f64 or f32 is known.

use crate::numeric::Precision;

/// A bound of the distance between a number and the decimal that it was read from: 0 if that must have been the number itself.
///
/// A number that ends within 15 decimal digits (f32: 7) is the only one near them, so it was written by them. Others were
/// rounded, or folded from several: two roundings are allowed for.
pub(in crate::program) fn written_error(value: f64, precision: Precision) -> f64 {
    let most = match precision {
        Precision::F32 => 10_000_000,
        Precision::F64 => 1_000_000_000_000_000,
    };
    let rounding = match precision {
        // What was folded was folded in f64.
        Precision::F32 => 0.5 * f64::from(f32::EPSILON) + f64::EPSILON,
        Precision::F64 => f64::EPSILON,
    };
    if value == 0.0 || ends_below(value, most) { 0.0 } else { value.abs() * rounding }
}

/// Whether the digits of a number, as a whole one, are below `most`.
fn ends_below(value: f64, most: u128) -> bool {
    let bits = value.abs().to_bits();
    let (exponent, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    if exponent == 0 || exponent == 0x7ff {
        return false;
    }
    let mantissa = fraction | 1 << 52;
    // value = odd · 2^power
    let zeros = mantissa.trailing_zeros();
    let (odd, power) = (u128::from(mantissa >> zeros), exponent - 1075 + zeros as i32);
    match power {
        0.. => {
            // Trailing zeros of the decimal are no digits: 1e20 = 5^20 · 2^20 is a 1.
            let (mut digits, mut twos) = (odd, power);
            while digits % 5 == 0 && twos > 0 {
                digits /= 5;
                twos -= 1;
            }
            twos < 50 && digits << twos < most
        }
        // odd · 5^p, p digits behind the point.
        -21..0 => odd * 5u128.pow(-power as u32) < most,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::written_error;
    use crate::numeric::Precision::{F32, F64};

    #[test]
    fn numbers_that_end_soon_are_what_was_written() {
        for exact in [0.0, 1.0, -3.5, 0.125, 1e15, 1e20, 4_294_967_296.0, 123_456.75, 2f64.powi(-20)] {
            assert_eq!(written_error(exact, F64), 0.0, "{exact}");
        }
        for rounded in [0.1, 1.0 / 3.0, std::f64::consts::PI, 1e-20, f64::from(0.1f32), 1e300] {
            assert!(written_error(rounded, F64) > 0.0, "{rounded}");
        }
        assert_eq!((written_error(0.375, F32), written_error(1000.0, F32)), (0.0, 0.0));
        let tenth = f64::from(0.1f32);
        assert!(written_error(tenth, F32) >= (tenth - 0.1).abs());
    }
}
