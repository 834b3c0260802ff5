//! Slopes of special functions and how far off they can be.
//!
//! A wobble bounds how much the slope changes over the argument's error e, by a bound of the next derivative over
//! [z - e, z + e]. Those bounds were compared with derivatives in 30 digits over the ranges that they are for. Where values or
//! slopes have zeros that their errors are not relative to, `..._size` says what they are relative to, and the wobble has the
//! slope's part.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// Slopes of special functions and how far off they can be.
    Special in Rule -> real;

    // erf and erfc: g is ±2/√π·e^(-z²), which changes by a factor of e^q; no second slope is above 0.97.
    NormalWobble normal_wobble(g e z) {
        let q = e * (real(2.0) * abs(z) + e);
        return min(real(0.97) * e, pick(real(0.97) * e, abs(g) * q * (real(1.0) + q), q <= real(1.0)))
    }
    NormalSecond normal_second(g z) { return real(-2.0) * z * g }
    NormalSecondWobble normal_second_wobble(g e z) {
        let m = abs(z) + e;
        let q = e * (real(2.0) * abs(z) + e);
        let w = abs(g) * e * (real(4.0) * m * m + real(2.0)) * (real(1.0) + real(2.0) * q);
        return pick(unknown(), w, q <= real(0.5))
    }
    // erfcx: the logarithm of its slopes changes by at most 4/(1 + z) for each unit of z above 0, below by 4 - 2z.
    ScaledWobble scaled_wobble(g e z) {
        let low = z - e;
        let q = e * pick(real(4.0) / (real(1.0) + low), real(4.0) - real(2.0) * low, low < real(0.0));
        return pick(unknown(), abs(g) * q * (real(1.0) + q), q <= real(1.0))
    }
    // The logarithm of the normal distribution function: its slope g changes by at most 1, for positive z by g·(z + g).
    NdtrWobble ndtr_wobble(g e z) {
        let q = e * (abs(z) + real(0.8) + e);
        let w = g * q * (real(1.0) + real(2.0) * q);
        return pick(e, min(e, w), (z > e) && (q <= real(0.5)))
    }
    NdtrSecondWobble ndtr_second_wobble(g e z) {
        let m = z + e + real(1.0);
        let q = e * (abs(z) + real(0.8) + e);
        let flat = real(0.6) * e;
        let w = g * e * m * m * (real(1.0) + real(2.0) * q);
        return pick(flat, min(flat, w), (z > e) && (q <= real(0.5)))
    }

    // Gamma functions: the next one's bound, above 1/2 by powers of 1/z, below by the distance to the nearest pole.
    GammaSize gamma_size(v z) {
        let size = abs(z);
        return abs(v) + pick(real(0.0), real(1.0) + size * log(real(2.0) + size), z < real(0.0))
    }
    DigammaSize digamma_size(v z) {
        return abs(v) + pick(real(0.0), real(2.0) + real(2.0) * log(real(2.0) + abs(z)), z < real(0.0))
    }
    GammaWobble gamma_wobble(e z) {
        let pole = abs(z - floor(z + real(0.5)));
        let off = pick(pole, z, z >= real(0.5));
        let d = off - e;
        let bound = (real(1.0) + d) / d / d + pick(real(10.0), real(0.0), z >= real(0.5));
        let own = real(12.0) * u() * (real(2.0) + real(2.0) * log(real(2.0) + abs(z)));
        return pick(unknown(), e * bound, d > e) + pick(real(0.0), own, z < real(0.0))
    }
    DigammaWobble digamma_wobble(e z) {
        let pole = abs(z - floor(z + real(0.5)));
        let off = pick(pole, z, z >= real(0.5));
        let d = off - e;
        let bound = (real(2.0) + d) / d / d / d + pick(real(34.0), real(0.0), z >= real(0.5));
        return pick(unknown(), e * bound, d > e)
    }
    DigammaSecondWobble digamma_second_wobble(e z) {
        let pole = abs(z - floor(z + real(0.5)));
        let off = pick(pole, z, z >= real(0.5));
        let d = off - e;
        let bound = (real(6.0) + real(2.0) * d) / d / d / d / d + pick(real(195.0), real(0.0), z >= real(0.5));
        return pick(unknown(), e * bound, d > e) + pick(real(0.0), real(400.0) * u(), z < real(0.0))
    }

    // Bessel functions: no derivative is above 1, or 1/√z; near 0 those of the second kind are powers of 1/z.
    BesselSize bessel_size(v z) {
        return abs(v) + pick(real(0.0), over(real(1.0), root(abs(z))), abs(z) > real(1.0))
    }
    BesselWobble bessel_wobble(e z) {
        let low = max(real(1.0), abs(z) - e);
        return (e + real(14.0) * u()) * over(real(1.0), root(low))
    }
    SecondKindWobble second_kind_wobble(e z) {
        let y = z - e;
        let wave = over(real(1.0), root(max(real(1.0), y)));
        return pick(unknown(), e * (wave + real(1.0) / y / y) + real(14.0) * u() * wave, y > real(3.0) * e)
    }
    SecondKindSecondWobble second_kind_second_wobble(e z) {
        let y = z - e;
        let wave = over(real(1.0), root(max(real(1.0), y)));
        return pick(unknown(), e * (wave + real(2.0) / y / y / y) + real(14.0) * u() * wave, y > real(3.0) * e)
    }
    SecondKindThirdWobble second_kind_third_wobble(e z) {
        let y = z - e;
        let wave = over(real(1.0), root(max(real(1.0), y)));
        let bound = wave + real(4.0) / y / y / y / y;
        return pick(unknown(), e * bound + real(20.0) * u() * wave, y > real(3.0) * e)
    }
    // K: the logarithm of any derivative changes by at most 1 + 3/z for each unit.
    DecayWobble decay_wobble(g e z) {
        let y = z - e;
        let q = e * (real(1.0) + real(3.0) / y);
        return pick(unknown(), abs(g) * q * (real(1.0) + q), (y > real(0.0)) && (q <= real(1.0)))
    }

    SincWobble sinc_wobble(e z) {
        let low = max(real(1.0), abs(z) - e);
        return e * min(real(3.3), real(6.0) / low) + real(8.0) * u() / low
    }
    SincSecondWobble sinc_second_wobble(e z) {
        let low = max(real(1.0), abs(z) - e);
        return e * min(real(7.8), real(18.0) / low) + real(40.0) * u() / low
    }
    CbrtSlope cbrt_slope(z v) { return pick(over(v, real(3.0) * z), unknown(), z == real(0.0)) }
    CbrtSecond cbrt_second(g z) { return over(real(-0.6666666666666667) * g, z) }
    LogitSlope logit_slope(z) { return over(real(1.0), z * sealed(real(1.0) - z)) }
    LogitWobble logit_wobble(g e z) {
        let r = e / min(abs(z), abs(real(1.0) - z));
        return pick(unknown(), abs(g) * r * (real(1.0) + real(3.0) * r), r < real(0.25))
    }
    LogitSecond logit_second(g z) { return sealed(z - sealed(real(1.0) - z)) * g * g }
    LogitSecondWobble logit_second_wobble(g e z) {
        let r = e / min(abs(z), abs(real(1.0) - z));
        let w = real(2.5) * (e * g) * (g * g) * (real(1.0) + real(6.0) * r);
        return pick(unknown(), w + real(3.0) * u() * abs(g * g), r < real(0.25))
    }
}
