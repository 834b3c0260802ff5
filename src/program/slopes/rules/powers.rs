//! Powers and angles: slopes of functions of two numbers.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// Powers and angles: slopes of functions of two numbers.
    Paired in Rule -> real;

    // Powers. Of a whole n that is known: n·a^(n-1), given p = a^(n-1).
    WholePowerSlope whole_power_slope(p n) { return n * p }
    WholePowerWobble whole_power_wobble(g a e n) {
        let size = abs(a) + e;
        let steep = abs(n * (n - real(1.0))) * pow(size, n - real(2.0)) * e;
        let r = abs(n - real(1.0)) * e / abs(a);
        let inverse = pick(unknown(), abs(g) * real(1.5) * r, r < real(0.25));
        let w = pick(steep, inverse, n < real(0.0));
        let flat = (n == real(0.0)) || (n == real(1.0)) || (e == real(0.0));
        return pick(w, real(0.0), flat)
    }
    // a^b by a and by b.
    PowerSlope power_slope(a b v) {
        let at_zero = pick(unknown(), pick(real(0.0), real(1.0), b == real(1.0)), b >= real(1.0));
        return pick(over(b * v, a), pick(at_zero, real(0.0), b == real(0.0)), a == real(0.0))
    }
    PowerWobble power_wobble(g a ea b eb v) {
        let r = ea / abs(a);
        let size = abs(log(abs(a)));
        let turn = size * eb;
        let own = abs(g) * real(1.5) * abs(b - real(1.0)) * r;
        let across = real(1.5) * abs(v / a) * (real(1.0) + abs(b) * size) * eb;
        let certain = (r * max(real(1.0), abs(b)) < real(0.125)) && (turn < real(0.125));
        return pick(pick(unknown(), own + across, certain), real(0.0), (ea == real(0.0)) && (eb == real(0.0)))
    }
    ExponentSlope exponent_slope(a v) {
        return pick(v * log(a), real(0.0), (v == real(0.0)) && (a == real(0.0)))
    }
    ExponentWobble exponent_wobble(a ea b eb v) {
        let r = ea / abs(a);
        let size = abs(log(abs(a)));
        let turn = size * eb;
        let w = real(1.5) * abs(v) * ((real(1.0) + abs(b) * size) * r + size * turn);
        let certain = (r * max(real(1.0), abs(b)) < real(0.125)) && (turn < real(0.125));
        return pick(pick(unknown(), w, certain), real(0.0), (ea == real(0.0)) && (eb == real(0.0)))
    }
    // The angle of (x, y), by y and by x, scaled by the larger; unknown across the negative half of the axis.
    AngleSlope angle_slope(y x) {
        let m = max(abs(x), abs(y));
        let p = over(x, m);
        let q = over(y, m);
        return over(over(p, p * p + q * q), m)
    }
    AngleSlopeAcross angle_slope_across(y x) {
        let m = max(abs(x), abs(y));
        let p = over(x, m);
        let q = over(y, m);
        return over(over(-q, p * p + q * q), m)
    }
    AngleWobble angle_wobble(y ey x ex) {
        let m = max(abs(x), abs(y));
        let r = (ex + ey) / m;
        let p = x / m;
        let q = y / m;
        let w = real(2.0) * r / (p * p + q * q) / m;
        let cut = (x <= ex) && (abs(y) <= ey);
        return pick(unknown(), w, (r < real(0.25)) && !cut)
    }
}
