//! How far a number of the program is from what was written: only its nearest f64 is known.

/// A bound of the distance between an f64 and the decimal that it was read from: 0 if that must have been the f64 itself.
///
/// An f64 that ends within 15 decimal digits is the only one near them, so it was written by them. Others were rounded, or folded
/// from several: two roundings are allowed for.
pub(in crate::program) fn written_error(value: f64) -> f64 {
    if value == 0.0 || ends_within_15_digits(value) { 0.0 } else { value.abs() * f64::EPSILON }
}

fn ends_within_15_digits(value: f64) -> bool {
    const MOST: u128 = 1_000_000_000_000_000;
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
            // Trailing zeros of the decimal are no digits: 1e20 is 1 followed by what must be 5^20·2^20.
            let mut digits = odd;
            let mut twos = power;
            while digits % 5 == 0 && twos > 0 {
                digits /= 5;
                twos -= 1;
            }
            twos < 50 && digits << twos < MOST
        }
        // odd·5^p ends p digits behind the point.
        -21..0 => odd * 5u128.pow(-power as u32) < MOST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::written_error;

    #[test]
    fn numbers_that_end_soon_are_what_was_written() {
        for exact in [0.0, 1.0, -3.5, 0.125, 1e15, 1e20, 4_294_967_296.0, 123_456.75, 2f64.powi(-20)] {
            assert_eq!(written_error(exact), 0.0, "{exact}");
        }
        for rounded in [0.1, 1.0 / 3.0, std::f64::consts::PI, 1e-20, f64::from(0.1f32), 1e300, 5e-324] {
            assert!(written_error(rounded) > 0.0 || rounded == 5e-324, "{rounded}");
        }
    }
}
