//! Quotients of a row of differences, at the processor's widest SIMD.

use pulp::WithSimd;

use crate::numeric::Real;

/// Sums of differences become quotients: divided by `divisor` and by the distance of each.
pub(crate) struct Quotients<'a, T> {
    pub(crate) divisor: T,
    pub(crate) distance: &'a [T],
    pub(crate) quotients: &'a mut [T],
}

impl<T: Real> WithSimd for Quotients<'_, T> {
    /// Whether all are finite.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Quotients { divisor, distance, quotients } = self;
        if divisor != T::ONE {
            quotients.iter_mut().for_each(|sum| *sum = *sum / divisor);
        }
        let largest = T::of(T::LARGEST);
        let mut all_finite = true;
        // Distances of relative steps are powers of two, whose inverses are exact: then a product is the quotient.
        let mut are_powers = true;
        for &distance in distance {
            are_powers &= distance.binade() == distance;
        }
        for (quotient, &distance) in quotients.iter_mut().zip(distance) {
            *quotient = if are_powers { *quotient * distance.inverse_power() } else { *quotient / distance };
            all_finite &= quotient.magnitude() <= largest;
        }
        all_finite
    }
}
