//! Slopes over a step that is the caller's own, of any size.
//!
//! `h` is the step, `z + h·d` where the argument goes. What comes out is (g(z + h·d) - g(z))/h by a formula that subtracts no two
//! values which may be close: addition theorems, most of them. Where values are far apart, or of opposite signs, their
//! difference loses nothing and is taken as it is.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// Slopes over a step that is the caller's own, of any size.
    Finite in Rule -> real;

    MovedTo moved_to(z d h) { return z + h * d }
    OnTheWay on_the_way(z d h t) { return z + t * (h * d) }
    FiniteProduct finite_product(a da b db h) { return da * (b + h * db) + a * db }
    FiniteSquare finite_square(a d h) { return d * (real(2.0) * a + h * d) }
    FiniteCube finite_cube(a d h) {
        let t = h * d;
        return d * (real(3.0) * a * (a + t) + t * t)
    }
    FiniteFourth finite_fourth(a d h) {
        let t = h * d;
        let y = a + t;
        return d * (real(2.0) * a + t) * (y * y + a * a)
    }
    FiniteQuotient finite_quotient(b v da db h) { return (da - v * db) / (b + h * db) }

    // Of e^z and e^z - 1, g being e^z.
    FiniteExp finite_exp(g d h) { return g * d * expm1_over(h * d) }
    FiniteExp2 finite_exp2(v d h) {
        let r = real(0.6931471805599453) * d;
        return v * r * expm1_over(h * r)
    }
    FiniteLog finite_log(z d h) {
        let r = d / z;
        return r * log1p_over(h * r)
    }
    FiniteLog2 finite_log2(z d h) {
        let r = d / z;
        return real(1.4426950408889634) * r * log1p_over(h * r)
    }
    FiniteLog1p finite_log1p(z d h) {
        let r = d / (real(1.0) + z);
        return r * log1p_over(h * r)
    }
    FiniteSqrt finite_sqrt(z v d h) { return pick(d / (v + sqrt(z + h * d)), d, d == real(0.0)) }
    FiniteInverseSqrt finite_inverse_sqrt(z v d h) {
        let w = real(1.0) / sqrt(z + h * d);
        return -(d * v) * w * (v * w / (v + w))
    }
    // Sine and cosine; g is the derivative.
    FiniteWave finite_wave(v g d h) {
        let t = real(0.5) * h * d;
        return d * sin_over(t) * (g * cos(t) - v * sin(t))
    }
    // The hyperbolic ones; what grows and shrinks by exponentials cancels where t is large.
    FiniteSinh finite_sinh(z v g d h) {
        let t = real(0.5) * h * d;
        let near = g * cosh(t) + v * sinh(t);
        return d * sinh_over(t) * pick(near, cosh(z + t), abs(t) > real(0.5))
    }
    FiniteCosh finite_cosh(z v g d h) {
        let t = real(0.5) * h * d;
        let near = g * cosh(t) + v * sinh(t);
        return d * sinh_over(t) * pick(near, sinh(z + t), abs(t) > real(0.5))
    }
    FiniteTan finite_tan(v g d h) {
        let t = h * d;
        return d * tan_over(t) * g / (real(1.0) - v * tan(t))
    }
    FiniteAsin finite_asin(z v d h) {
        let t = h * d;
        let y = z + t;
        let w = sqrt(sealed(real(1.0) - z) * sealed(real(1.0) + z));
        let x = sqrt(sealed(sealed(real(1.0) - z) - t) * sealed(sealed(real(1.0) + z) + t));
        let r = d * (w + z * (real(2.0) * z + t) / (w + x));
        return pick(r * asin_over(h * r), (asin(y) - v) / h, z * y < real(0.0))
    }
    FiniteAcos finite_acos(z v d h) {
        let t = h * d;
        let y = z + t;
        let w = sqrt(sealed(real(1.0) - z) * sealed(real(1.0) + z));
        let x = sqrt(sealed(sealed(real(1.0) - z) - t) * sealed(sealed(real(1.0) + z) + t));
        let r = d * (w + z * (real(2.0) * z + t) / (w + x));
        return pick(-r * asin_over(h * r), (acos(y) - v) / h, z * y < real(0.0))
    }
    FiniteAtan finite_atan(z v d h) {
        let y = z + h * d;
        let far = abs(z * y) > real(1e15);
        let r = pick(d / (real(1.0) + z * y), d / z / y, far);
        return pick(r * atan_over(h * r), (atan(y) - v) / h, z * y < real(0.0))
    }
    // By q = e^(-2|z|), which saturates nowhere; from the end nearer to 0 if the other way something might overflow.
    FiniteTanh finite_tanh(z v d h) {
        let t = h * d;
        let y = z + t;
        let out = pick(pick(t, -t, z < real(0.0)), abs(t), z == real(0.0));
        let here = (out >= real(0.0)) || (abs(t) <= real(1.0));
        let q = exp(real(-2.0) * pick(abs(y), abs(z), here));
        let s = real(-2.0) * pick(abs(t), out, here);
        let near = real(4.0) * q * d * expm1_over(s) / ((real(1.0) + q) * (real(1.0) + q * exp(s)));
        return pick(near, (tanh(y) - v) / h, (z * y < real(0.0)) && (abs(t) > real(1.0)))
    }
    FiniteSigmoid finite_sigmoid(z v d h) {
        let t = h * d;
        let y = z + t;
        let out = pick(pick(t, -t, z < real(0.0)), abs(t), z == real(0.0));
        let here = (out >= real(0.0)) || (abs(t) <= real(1.0));
        let q = exp(-pick(abs(y), abs(z), here));
        let s = -pick(abs(t), out, here);
        let near = q * d * expm1_over(s) / ((real(1.0) + q) * (real(1.0) + q * exp(s)));
        let far = (real(1.0) / (real(1.0) + exp(-y)) - v) / h;
        return pick(near, far, (z * y < real(0.0)) && (abs(t) > real(1.0)))
    }
    // max(z, 0) + ln(1 + e^-|z|), part by part, if the ends are far apart.
    FiniteSoftplus finite_softplus(z d h) {
        let t = h * d;
        let size = abs(t);
        let s = real(1.0) / (real(1.0) + exp(-z));
        let p = s * expm1_over(min(t, real(1.0)));
        let low = min(z, z + t);
        let high = max(z, z + t);
        let ramp = pick(max(high, real(0.0)), size, low >= real(0.0));
        let far = ramp + (log1p(exp(-abs(high))) - log1p(exp(-abs(low))));
        return d * pick(p * log1p_over(t * p), far / size, size > real(1.0))
    }
    FiniteSmooth finite_smooth(z d h) {
        let t = h * d;
        return d * (real(6.0) * z * sealed(real(1.0) - z) + t * (real(3.0) * sealed(real(1.0) - real(2.0) * z) - real(2.0) * t))
    }
    FiniteAsinh finite_asinh(z v d h) {
        let t = h * d;
        let y = z + t;
        let w = sqrt(real(1.0) + z * z);
        let x = sqrt(real(1.0) + y * y);
        let r = d * ((real(2.0) * z + t) / (y * w + z * x));
        let apart = (z * y <= real(0.0)) || (abs(t) > real(1e9));
        let near = pick(r * asinh_over(h * r), (asinh(y) - v) / h, apart);
        let large = (z * y > real(0.0)) && (abs(z) > real(1e9)) && (abs(y) > real(1e9));
        return pick(near, d / abs(z) * log1p_over(h * (d / z)), large)
    }
    FiniteAcosh finite_acosh(z v d h) {
        let t = h * d;
        let y = z + t;
        let w = sqrt(sealed(z - real(1.0)) * (z + real(1.0)));
        let x = sqrt(sealed(sealed(z - real(1.0)) + t) * (y + real(1.0)));
        let r = d * ((real(2.0) * z + t) / (y * w + z * x));
        let near = pick(r * asinh_over(h * r), (acosh(y) - v) / h, abs(t) > real(1e9));
        let large = (z > real(1e9)) && (y > real(1e9));
        return pick(near, d / z * log1p_over(h * (d / z)), large)
    }
    FiniteAtanh finite_atanh(z d h) {
        let r = d / (sealed(real(1.0) - z) * sealed(real(1.0) + z) - z * (h * d));
        return r * atanh_over(h * r)
    }

    // Functions with a corner, g being the slope on this side.
    FiniteAbs finite_abs(z g d h) {
        let t = h * d;
        let turns = (z < real(0.0)) != (z + t < real(0.0));
        return pick(g * d, -g * (real(2.0) * z + t) / h, turns)
    }
    FiniteRelu finite_relu(z d h) {
        let y = z + h * d;
        let both = pick(d, real(0.0), z < real(0.0));
        let one = pick(-z, y, z < real(0.0)) / h;
        return pick(both, one, (z < real(0.0)) != (y < real(0.0)))
    }
    FiniteSaturate finite_saturate(z v d h) {
        let y = z + h * d;
        let held = min(max(y, real(0.0)), real(1.0));
        let within = (abs(z - real(0.5)) <= real(0.5)) && (abs(y - real(0.5)) <= real(0.5));
        return pick((held - v) / h, d, within)
    }
    // The larger and the smaller: who it is before and after.
    FiniteLarger finite_larger(a da b db h) {
        let gap = sealed(a - b);
        let after = gap + h * (da - db) < real(0.0);
        let changed = pick(db - gap / h, da + gap / h, b > a);
        return pick(pick(da, db, b > a), changed, after != (b > a))
    }
    FiniteSmaller finite_smaller(a da b db h) {
        let gap = sealed(a - b);
        let after = gap + h * (da - db) > real(0.0);
        let changed = pick(db - gap / h, da + gap / h, b < a);
        return pick(pick(da, db, b < a), changed, after != (b < a))
    }
    // Functions with steps, given the value w where the argument goes.
    FiniteJump finite_jump(w v h) { return (w - v) / h }
    FiniteFract finite_fract(z d h) { return d - (floor(z + h * d) - floor(z)) / h }
    // a - b·k, k = trunc(a/b), which becomes l.
    FiniteRemainder finite_remainder(k l da b db h) { return da - k * db - (l - k) * ((b + h * db) / h) }

    // a^b. By logarithms of the sizes if these are close.
    FinitePower finite_power(a da b db v h) {
        let t = h * da;
        let y = a + t;
        let c = b + h * db;
        let whole = (db == real(0.0)) && (floor(b) == b);
        let even = whole && (floor(real(0.5) * b) == real(0.5) * b);
        let turns = (a < real(0.0)) != (y < real(0.0));
        let k = pick(da / a, -(real(2.0) * a + t) / a / h, turns);
        let r = c * k * log1p_over(h * k) + pick(db * log(a), real(0.0), db == real(0.0));
        let real_power = ((a > real(0.0)) && (y > real(0.0))) || (whole && (even || !turns));
        let near = real_power && (a != real(0.0)) && (y != real(0.0)) && (abs(h * r) <= real(1.0));
        return pick((pow(y, c) - v) / h, v * r * expm1_over(h * r), near)
    }
    // The angle of (x, y), scaled by the larger. Where the turn is a half one or more, or the negative half of the axis is
    // crossed, as it is.
    FiniteAngle finite_angle(y x v dy dx h) {
        let m = max(abs(x), abs(y));
        let p = x / m;
        let q = y / m;
        let den = p * p + q * q + h * (p * (dx / m) + q * (dy / m));
        let r = (p * (dy / m) - q * (dx / m)) / den;
        let near = r * atan_over(h * r);
        let far = (atan2(y + h * dy, x + h * dx) - v) / h;
        return pick(far, near, (den > real(0.0)) && (abs((far - near) * h) < real(1.0)))
    }

    // Special functions. Over short ways, the mean of the slopes at five places by Gauss and Legendre, off by less than 1e-14
    // where the way is an eighth of that to the next singularity; over long ones the ends' difference loses little. g is that
    // mean, y the other end, w the value there. `s` is -1 where the slopes have the other sign.
    FivePlaces five_places(a b c d e) {
        let outer = real(0.11846344252809454) * (a + e);
        return outer + (real(0.23931433524968324) * (b + d) + real(0.28444444444444444) * c)
    }
    // What is entire, and of a scale of 1.
    FiniteEntire finite_entire(g w v d h s) {
        return pick((w - v) / h, s * g * d, abs(h * d) <= real(0.25))
    }
    // By the tails p and q of both ends, if these are on one side of 0: `s` is 1 for erf, -1 for erfc.
    FiniteNormal finite_normal(g p q w v z y d h s) {
        let near = abs(h * d) * (real(1.0) + abs(z)) <= real(0.25);
        let tails = s * pick(p - q, q - p, z < real(0.0)) / h;
        return pick(pick((w - v) / h, tails, z * y > real(0.0)), g * s * d, near)
    }
    // Like 1/z where z is large, steep where it is negative.
    FiniteScaled finite_scaled(g w v z d h s) {
        let reach = pick(real(0.125) * (real(1.0) + z), real(0.25) / (real(1.0) - z), z < real(0.0));
        return pick((w - v) / h, s * g * d, abs(h * d) <= reach)
    }
    // With poles at 0, or at whole numbers below it.
    FinitePole finite_pole(g w v z d h s) {
        return pick((w - v) / h, s * g * d, abs(h * d) <= min(real(0.25), real(0.125) * abs(z)))
    }
    FiniteGamma finite_gamma(g w v z d h s) {
        let off = pick(abs(z - floor(z + real(0.5))), z, z >= real(0.5));
        return pick((w - v) / h, s * g * d, abs(h * d) <= real(0.125) * off)
    }
    FiniteCbrt finite_cbrt(w v d) { return pick(d / (w * w + w * v + v * v), d, d == real(0.0)) }
    FiniteLogit finite_logit(z d h) {
        let p = d / z;
        let q = d / sealed(real(1.0) - z);
        return p * log1p_over(h * p) + q * log1p_over(-(h * q))
    }
}
