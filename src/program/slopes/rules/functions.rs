//! Slopes of functions of one number and how far off they can be; corners and steps.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// Slopes of functions of one number and how far off they can be; corners and steps.
    Sloped in Rule -> real;

    // Slopes g of functions at z, with the value v, and how far off they can be.
    ExpWobble exp_wobble(g e) { return pick(unknown(), abs(g) * (e + e * e), e <= real(1.0)) }
    Exp2Slope exp2_slope(v) { return v * real(0.6931471805599453) }
    LogSlope log_slope(z) { return over(real(1.0), z) }
    Log2Slope log2_slope(z) { return over(real(1.4426950408889634), z) }
    PoleWobble pole_wobble(g e z) {
        let r = e / abs(z);
        return pick(unknown(), abs(g) * r * (real(1.0) + real(2.0) * r), r < real(0.25))
    }
    Log1pSlope log1p_slope(z) { return over(real(1.0), real(1.0) + z) }
    Log1pWobble log1p_wobble(g e) {
        let r = e * abs(g);
        return pick(unknown(), abs(g) * r * (real(1.0) + real(2.0) * r), r < real(0.25))
    }
    SqrtSlope sqrt_slope(v) { return over(real(0.5), v) }
    SqrtWobble sqrt_wobble(g e z) {
        let r = e / abs(z);
        return pick(unknown(), g * real(0.5) * r * (real(1.0) + r), r < real(0.25))
    }
    InverseSqrtSlope inverse_sqrt_slope(z v) { return over(real(-0.5) * v, z) }
    InverseSqrtWobble inverse_sqrt_wobble(g e z) {
        let r = e / abs(z);
        return pick(unknown(), abs(g) * real(1.5) * r * (real(1.0) + real(2.0) * r), r < real(0.25))
    }
    WaveWobble wave_wobble(v e) { return min(real(2.0), e * (abs(v) + real(0.5) * e)) }
    TanSlope tan_slope(v) { return real(1.0) + v * v }
    TanWobble tan_wobble(g e v) {
        let r = real(2.0) * (real(1.0) + abs(v)) * e;
        let w = real(3.0) * e * g * (abs(v) + real(2.0) * g * e);
        return pick(unknown(), w, r < real(0.25))
    }
    AsinSlope asin_slope(z) { return over(real(1.0), root(sealed(real(1.0) - z) * sealed(real(1.0) + z))) }
    AcosSlope acos_slope(z) { return over(real(-1.0), root(sealed(real(1.0) - z) * sealed(real(1.0) + z))) }
    AsinWobble asin_wobble(g e z) {
        let r = real(2.0) * e / sealed(real(1.0) - abs(z));
        let w = real(1.3) * (e * g) * ((abs(z) + e) * g) * g;
        return pick(unknown(), abs(w), (r < real(0.25)) && (abs(z) < real(1.0)))
    }
    AtanSlope atan_slope(z) {
        let near = over(real(1.0), real(1.0) + z * z);
        return pick(near, over(over(real(1.0), z), z), abs(z) > real(1e9))
    }
    AtanWobble atan_wobble(g e z) {
        let r = real(2.0) * e / (real(1.0) + abs(z));
        return pick(unknown(), real(4.0) * (e * g) * ((abs(z) + e) * g), r < real(0.25))
    }
    TanhSlope tanh_slope(z) {
        let q = exp(real(-2.0) * abs(z));
        return over(real(4.0) * q, (real(1.0) + q) * (real(1.0) + q))
    }
    TanhWobble tanh_wobble(g e v) {
        return pick(unknown(), g * e * (real(2.6) * abs(v) + real(4.0) * e), e < real(0.125))
    }
    AsinhSlope asinh_slope(z) {
        let size = abs(z);
        let near = over(real(1.0), root(real(1.0) + z * z));
        return pick(near, over(real(1.0), size), size > real(1e9))
    }
    AsinhWobble asinh_wobble(g e z) {
        let r = real(2.0) * e / (real(1.0) + abs(z));
        return pick(unknown(), real(1.7) * (e * g) * ((abs(z) + e) * g) * g, r < real(0.25))
    }
    AcoshSlope acosh_slope(z) { return over(real(1.0), root(sealed(z - real(1.0))) * root(z + real(1.0))) }
    AcoshWobble acosh_wobble(g e z) {
        let r = real(2.0) * e / sealed(z - real(1.0));
        let w = real(1.3) * (e * g) * ((z + e) * g) * g;
        return pick(unknown(), w, (r < real(0.25)) && (z > real(1.0)))
    }
    AtanhSlope atanh_slope(z) { return over(real(1.0), sealed(real(1.0) - z) * sealed(real(1.0) + z)) }
    AtanhWobble atanh_wobble(g e z) {
        let w = real(4.0) * (e * g) * ((abs(z) + e) * g);
        return pick(unknown(), w, abs(real(2.0) * e * g) < real(0.25))
    }
    SigmoidSlope sigmoid_slope(z) {
        let q = exp(-abs(z));
        return over(q, (real(1.0) + q) * (real(1.0) + q))
    }
    // t²(3 - 2t).
    SmoothSlope smooth_slope(z) { return real(6.0) * z * sealed(real(1.0) - z) }
    SmoothWobble smooth_wobble(z e) { return e * (abs(real(6.0) - real(12.0) * z) + real(6.0) * e) }

    // Functions with a corner: near it, either slope may be the true one.
    AbsSlope abs_slope(z) { return pick(real(1.0), real(-1.0), z < real(0.0)) }
    AbsWobble abs_wobble(z e) { return pick(real(0.0), real(2.0), abs(z) <= e) }
    ReluSlope relu_slope(z) { return pick(real(1.0), real(0.0), z < real(0.0)) }
    ReluWobble relu_wobble(z e) { return pick(real(0.0), real(1.0), abs(z) <= e) }
    SaturateSlope saturate_slope(z) {
        return pick(real(1.0), real(0.0), (z < real(0.0)) || (z > real(1.0)))
    }
    SaturateWobble saturate_wobble(z e) {
        return pick(real(0.0), real(1.0), (abs(z) <= e) || (abs(sealed(z - real(1.0))) <= e))
    }
    // The larger, and the smaller.
    LargerSlope larger_slope(a da b db) { return pick(da, db, b > a) }
    SmallerSlope smaller_slope(a da b db) { return pick(da, db, b < a) }
    // One that overflows is the larger for certain. Where it is open, sums of bounds: max may swallow NaN.
    LargerError larger_error(a ea b eb) {
        let gap = abs(a - b);
        return pick(pick(ea, eb, b > a), ea + eb, (gap <= ea + eb) && (gap < unknown()))
    }
    SmallerError smaller_error(a ea b eb) {
        let gap = abs(a - b);
        return pick(pick(ea, eb, b < a), ea + eb, (gap <= ea + eb) && (gap < unknown()))
    }
    LargerBound larger_bound(a ea da pa b eb db pb) {
        let gap = abs(a - b);
        let other = pa + pb + abs(da - db) * real(1.001);
        return pick(pick(pa, pb, b > a), other, (gap <= ea + eb) && (gap < unknown()))
    }
    SmallerBound smaller_bound(a ea da pa b eb db pb) {
        let gap = abs(a - b);
        let other = pa + pb + abs(da - db) * real(1.001);
        return pick(pick(pa, pb, b < a), other, (gap <= ea + eb) && (gap < unknown()))
    }

    // Functions with steps: a value that may be on either side of some is off by as many.
    StepsError steps_error(z e) {
        let r = z - floor(z);
        return pick(real(0.0), floor(e) + real(1.0), (e > real(0.0)) && (min(r, real(1.0) - r) <= e))
    }
    HalvesError halves_error(z e) {
        let r = z - floor(z);
        let steps = floor(e + real(0.5)) + real(1.0);
        return pick(real(0.0), steps, (e > real(0.0)) && (abs(r - real(0.5)) <= e))
    }
    SignError sign_error(z e) { return pick(real(0.0), real(2.0), (e > real(0.0)) && (abs(z) <= e)) }
    EdgeError edge_error(a ea b eb) {
        return pick(real(0.0), real(1.0), (ea + eb > real(0.0)) && (abs(a - b) <= ea + eb))
    }
    FractError fract_error(z e) {
        let r = z - floor(z);
        let jump = pick(real(0.0), real(1.0), (e > real(0.0)) && (min(r, real(1.0) - r) <= e));
        return e + u() + jump
    }
    // a - b·k, k = trunc(a/b).
    RemainderSlope remainder_slope(k da db) { return da - k * db }
    RemainderError remainder_error(ea k eb) { return ea + (abs(k) + real(1.0)) * eb }
    RemainderBound remainder_bound(k da pa db pb) {
        return pa + abs(k) * pb + u() * (abs(k * db) + abs(da - k * db)) + moved(abs(da) + abs(db))
    }
    EitherMoves either_moves(da db) { return abs(da) + abs(db) }
    // Integers beyond the mantissa, and numbers held to f32 in a program of f64.
    IntegerError integer_error(v) { return pick(real(0.0), u() * abs(v), abs(v) * u() >= real(1.0)) }
    SingleError single_error(v e) { return e + real(5.9604644775390625e-8) * abs(v) + real(1.2e-38) }
}
