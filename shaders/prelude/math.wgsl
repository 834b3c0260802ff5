// Elementary functions in either precision: exponentials, logarithms, hyperbolic functions, powers, and the activations of
// networks. math_angle.wgsl has those of angles. math_f32.wgsl and math_f64.wgsl have what differs: constants, polynomials
// (`pm_…_series`), and what looks at the bits of a number. A module takes one of these two.
// Constants have no type, so that each keeps its digits until it meets a `real`. The names do not shadow WGSL's own functions.
// exp, expm1, log, log1p and tanh have twins in src/numeric/math.rs, which says why.

const PM_LN2 = 0.6931471805599453;
const PM_LOG2E = 1.4426950408889634;

// Compilers may suppose that there is neither NaN nor infinity. So these are looked for in bits that went through a seal, and
// where a result may be one, it is picked by its bits (pm_pick), never by a choice of numbers. `pm_zero()` is a 0 that compilers
// do not know; each module reads its own.
fn pm_is_nan(x: real) -> bool { return ((pm_bits(x) ^ pm_zero()) & 0x7fffffffu) > 0x7f800000u; }

// Infinity and NaN from bits that depend on an argument, since compilers take neither for possible.
fn pm_infinity(x: real) -> real { return real(bitcast<f32>(0x7f800000u | (pm_bits(x) & 0u))); }

fn pm_nan(x: real) -> real { return real(bitcast<f32>(0x7fc00000u | (pm_bits(x) >> 31u))); }

// Whether the sign bit of x is set; a comparison does not see that of -0. What is 0 in f32 keeps its sign.
fn pm_is_negative(x: real) -> bool { return (pm_bits(x) >> 31u) != 0u; }

// Zero, which no compiler knows: an integer k below 2^23 does not use the lowest bit of its f32 mantissa.
fn pm_zero_of(k: real) -> u32 { return pm_bits(k) & 1u; }

// 2^k for k in [-126, 127].
fn pm_power_of_two(k: i32) -> real { return real(bitcast<f32>(bitcast<u32>(k + 127) << 23u)); }

// expm1(r) for x = k·ln 2 + r; k is rounded to the nearest integer beforehand. Two-part reduction after Cody and Waite: the
// leading part of ln 2 is so short that k times it is exact. Minimax polynomial.
fn pm_reduced_expm1(x: real, k: real) -> real {
    let r = pm_sealed(x - k * PM_LN2_HIGH, pm_zero_of(k)) - k * PM_LN2_LOW;
    return r + r * r * pm_expm1_series(r);
}

// e^x.
fn pm_exp(x: real) -> real {
    let bounded = select(select(x, PM_EXP_MOST, x > PM_EXP_MOST), PM_EXP_LEAST, x < PM_EXP_LEAST);
    let k = floor(bounded * PM_LOG2E + 0.5);
    let e = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k));
    return pm_pick(e, x, pm_is_nan(x));
}

// e^x - 1, accurate relative to the result.
fn pm_expm1(x: real) -> real {
    let bounded = select(select(x, PM_EXP_MOST, x > PM_EXP_MOST), PM_EXPM1_LEAST, x < PM_EXPM1_LEAST);
    let k = floor(bounded * PM_LOG2E + 0.5);
    let p = pm_reduced_expm1(bounded, k);
    let whole = i32(k);
    let scale = pm_power_of_two(min(whole, 60));
    let near = pm_sealed(scale - 1.0, pm_zero_of(k)) + scale * p;
    // Where the 1 is below the last place, 2^k may overflow though the result does not.
    let e = select(near, pm_scaled(1.0 + p, whole), whole > 60);
    return pm_pick(e, x, pm_is_nan(x));
}

// 2^x; x less its nearest integer is exact.
fn pm_exp2(x: real) -> real {
    let bounded = select(select(x, PM_EXP2_MOST, x > PM_EXP2_MOST), PM_EXP2_LEAST, x < PM_EXP2_LEAST);
    let k = floor(bounded + 0.5);
    let e = pm_scaled(1.0 + pm_reduced_exp2m1(bounded - k), i32(k));
    return pm_pick(e, x, pm_is_nan(x));
}

// e^size / 2, since e^size overflows before sinh and cosh do.
fn pm_half_exp(size: real) -> real {
    let bounded = select(size, PM_COSH_MOST, size > PM_COSH_MOST);
    let k = floor(bounded * PM_LOG2E + 0.5);
    return pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k) - 1);
}

// sinh(x): minimax polynomial up to 1, above it (e^|x| - e^-|x|) / 2, where little cancels.
fn pm_sinh(x: real) -> real {
    let size = abs(x);
    let is_near = size < 1.0;
    let half = pm_half_exp(size);
    let far = half - 0.25 / half;
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * pm_sinh_series(z);
    return pm_pick(pm_pick(pm_pick(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// cosh(x) = (e^|x| + e^-|x|) / 2.
fn pm_cosh(x: real) -> real {
    let half = pm_half_exp(abs(x));
    return pm_pick(half + 0.25 / half, x, pm_is_nan(x));
}

// ln(1 + x) for x in [-1/2, 1], by atanh's series in s = x / (2 + x). Since 2s = x - sx and x = 2s + sx, it is
// x - (x²/2 - s(x²/2 + …)): the leading term is x itself, and the rounding of s counts for little.
fn pm_log1p_near(x: real) -> real {
    let s = pm_quotient(x, 2.0 + x);
    let t = s * s;
    let half_square = 0.5 * x * x;
    return x - (half_square - s * (half_square + t * pm_log1p_series(t)));
}

// x less ln(1 + x) for 1 + x in [√½, √2]: the same with a shorter polynomial.
fn pm_log1p_rest(x: real) -> real {
    let s = x / (2.0 + x);
    let t = s * s;
    let half_square = 0.5 * x * x;
    return half_square - s * (half_square + t * pm_log_series(t));
}

// ln(x) = k·ln 2 + ln(m): -infinity at 0, NaN below.
fn pm_log(x: real) -> real {
    let split = pm_split(x);
    let f = split.x - 1.0;
    let value = split.y * PM_LN2_HIGH + (f - (pm_log1p_rest(f) - split.y * PM_LN2_LOW));
    return pm_log_bounded(value, x);
}

// log2(x): -infinity at 0, NaN below. 1 / ln 2 and ln(m) in two parts each, for one rounding instead of two.
fn pm_log2(x: real) -> real {
    let split = pm_split(x);
    let f = split.x - 1.0;
    let high = pm_short(f);
    let low = (f - high) - pm_log1p_rest(f);
    let value = split.y + (high * PM_LOG2E_HIGH + (low * PM_LOG2E_HIGH + (high + low) * PM_LOG2E_LOW));
    return pm_log_bounded(value, x);
}

// ln(1 + x), accurate relative to the result: -infinity at -1, NaN below. Outside of [-1/2, 1], 1 + x loses nothing that counts.
fn pm_log1p(x: real) -> real {
    let is_near = x >= -0.5 && x <= 1.0;
    let near = pm_log1p_near(select(0.0, x, is_near));
    return pm_pick(pm_pick(pm_log(1.0 + x), near, is_near), x, pm_is_nan(x));
}

// asinh(x): minimax polynomial up to 1/2, above it ln(1 + a + a² / (1 + √(1 + a²))) with a = |x|, and ln(a) + ln 2 where a²
// would overflow.
fn pm_asinh(x: real) -> real {
    let size = abs(x);
    let is_huge = size > PM_SQUARE_MOST;
    let is_near = size < 0.5;
    let a = select(size, 1.0, is_huge);
    let square = a * a;
    let v = select(a + pm_quotient(square, 1.0 + pm_root(1.0 + square)), size, is_huge);
    let far = pm_log1p(v) + select(real(0.0), PM_LN2, is_huge);
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * pm_asinh_series(z);
    return pm_pick(pm_pick(pm_pick(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// acosh(x) = ln(1 + t + √(2t + t²)) with t = x - 1, which is exact near 1; NaN below 1.
fn pm_acosh(x: real) -> real {
    let is_huge = x > PM_SQUARE_MOST;
    let t = select(x - 1.0, 1.0, is_huge || x < 1.0);
    let v = select(t + pm_root(2.0 * t + t * t), x, is_huge);
    let value = pm_log1p(v) + select(real(0.0), PM_LN2, is_huge);
    return pm_pick(pm_pick(value, pm_nan(x), x < 1.0), x, pm_is_nan(x));
}

// atanh(x): minimax polynomial up to 1/3, above it ln(1 + 2a / (1 - a)) / 2 with a = |x|; infinite at 1, NaN beyond.
fn pm_atanh(x: real) -> real {
    let size = abs(x);
    let is_near = size <= 0.3333;
    let a = select(0.5, size, size < 1.0);
    let inside = 0.5 * pm_log(1.0 + pm_quotient(2.0 * a, 1.0 - a));
    let far = pm_pick(pm_pick(pm_nan(x), pm_infinity(x), size == 1.0), inside, size < 1.0);
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * pm_atanh_series(z);
    return pm_pick(pm_pick(pm_pick(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// |x|^y for positive finite |x|, as 2^(y·log2|x|). The product may be 150 (f64: 1075), so log2|x| is needed to eight (eleven)
// bits more than fit one number: s, its square and cube and their coefficients are carried in a short part, with exact
// products, and a rest. Then log2|x| = k + 2/ln 2·(s + s³/3 + …) with s = (m - 1) / (m + 1).
fn pm_pow_of_positive(size: real, y: real) -> real {
    let split = pm_split(size);
    let m = split.x;
    let k = split.y;
    let zero = pm_zero_of(k);
    let m_high = pm_short_below(m);
    let m_low = m - m_high;
    let f = pm_sealed(m - 1.0, zero);
    let s = f / (m + 1.0);
    let s_high = pm_short(s);
    let s_low = (pm_sealed(f - s_high * (m_high + 1.0), zero) - s_high * m_low) / (m + 1.0);
    let square = s_high * s_high;
    let t_high = pm_short(square);
    let square_low = s_low * (s_high + s);
    let t_low = (square - t_high) + square_low;
    let t = square + square_low;
    let more = t * pm_pow_series(t);
    let p_high = pm_short(PM_POW_CUBIC_HIGH + more);
    let p_low = pm_sealed(PM_POW_CUBIC_HIGH - p_high, zero) + (PM_POW_CUBIC_LOW + more);
    let cube = s_high * t_high;
    let u_high = pm_short(cube);
    let u_low = (cube - u_high) + (s_high * t_low + s_low * t);
    let first = s_high * PM_POW_LINEAR_HIGH;
    let third = u_high * p_high;
    let low = (u_high * p_low + u_low * (p_high + p_low)) + (s_high * PM_POW_LINEAR_LOW + s_low * PM_POW_LINEAR);
    let w_high = pm_short(k + (first + (third + low)));
    let w_low = pm_sealed(pm_sealed(pm_sealed(k - w_high, zero) + first, zero) + third, zero) + low;

    // No y beyond 2^65 changes the result.
    let bounded = select(select(y, 0x1p65, y > 0x1p65), -0x1p65, y < -0x1p65);
    let y_high = pm_short(bounded);
    let y_low = bounded - y_high;
    let z_high = y_high * w_high;
    let z_low = y_high * w_low + y_low * (w_high + w_low);
    let z = z_high + z_low;
    let is_over = z > PM_EXP2_MOST;
    let is_under = z < PM_EXP2_LEAST;
    let whole = floor(select(select(z, PM_EXP2_MOST, is_over), PM_EXP2_LEAST, is_under) + 0.5);
    let r = select(pm_sealed(z_high - whole, zero) + z_low, 0.0, is_over || is_under);
    return pm_scaled(1.0 + pm_reduced_exp2m1(r), i32(whole));
}

// x^y as IEEE 754 has it, but NaN wherever an argument is NaN: y = 0 gives 1, a negative x needs an integer y.
fn pm_pow(x: real, y: real) -> real {
    let size = abs(x);
    let is_zero = pm_is_zero(x);
    let is_special = is_zero || !pm_is_finite(x);
    let limit = pm_pick(real(0.0), pm_infinity(x), is_zero != (y > 0.0));
    let magnitude = select(pm_pow_of_positive(select(size, 1.0, is_special), y), limit, is_special);
    let is_integer = floor(y) == y;
    let is_odd = is_integer && floor(0.5 * y) != 0.5 * y;
    let is_undefined = pm_is_negative(x) && !is_special && !is_integer;
    let value = select(magnitude, -magnitude, pm_is_negative(x) && is_odd);
    let defined = pm_pick(pm_pick(value, pm_nan(x), is_undefined), 1.0, pm_is_zero(y));
    return pm_pick(pm_pick(defined, pm_nan(x), pm_is_nan(x)), pm_nan(y), pm_is_nan(y));
}

// x^n by squaring for n from -3 to 4, by pm_pow beyond, where the roundings of squares would add up. 0^0 is 1.
fn pm_powi(x: real, n: i32) -> real {
    let is_negative = n < 0;
    let size = select(bitcast<u32>(n), 0u - bitcast<u32>(n), is_negative);
    if size > select(4u, 3u, is_negative) {
        return pm_pow_of_integer(x, n);
    }
    let root = select(1.0, x, (size & 2u) != 0u) * select(1.0, x * x, (size & 4u) != 0u);
    let odd = select(1.0, x, (size & 1u) != 0u);
    let power = (root * odd) * root;
    // Where x^|n| is subnormal or 0, its inverse may yet be finite.
    let is_small = abs(power) <= PM_POWI_LEAST;
    let first = pm_over(1.0, select(power, root, is_small));
    let inverse = select(first, pm_over(pm_over(first, odd), root), is_small);
    return pm_pick(pm_pick(power, inverse, is_negative), x, pm_is_nan(x));
}

// 1 / (1 + e^-z), for z < 0 as e^z · 1 / (1 + e^z), so that the error of the exponential counts for less.
fn pm_sigmoid(z: real) -> real {
    let e = pm_exp(-abs(z));
    return select(1.0, e, z < 0.0) * pm_quotient(1.0, 1.0 + e);
}

// 1 / √x.
fn pm_inverse_root(x: real) -> real { return pm_over(1.0, pm_root(x)); }

fn pm_relu(z: real) -> real {
    // NaN built from bits, lest the two choices be taken for max, which may swallow it.
    return pm_pick(pm_pick(z, 0.0, z < 0.0), pm_nan(z), pm_is_nan(z));
}

fn pm_softplus(z: real) -> real { return pm_relu(z) + pm_log1p_near(pm_exp(-abs(z))); }

// ln(e^a + e^b), relative to the larger, which is held to 0 where it is not finite.
fn pm_held(a: real) -> real { return pm_pick(real(0.0), a, pm_is_finite(a)); }

fn pm_logsumexp(a: real, b: real) -> real {
    let m = pm_held(max(a, b));
    return m + pm_log(pm_exp(a - m) + pm_exp(b - m));
}

// These need no care, but WGSL's own exist for f32 alone. Each is one or a few roundings.
fn pm_degrees(x: real) -> real { return x * 57.295779513082323; }
fn pm_radians(x: real) -> real { return x * 0.017453292519943295; }

// x kept to [0, 1]. Not by clamp, which may swallow NaN.
fn pm_saturate(x: real) -> real {
    return pm_pick(pm_pick(pm_pick(x, 0.0, x < 0.0), 1.0, x > 1.0), pm_nan(x), pm_is_nan(x));
}

fn pm_smoothstep(low: real, high: real, x: real) -> real {
    let t = pm_saturate((x - low) / (high - low));
    return t * t * (3.0 - 2.0 * t);
}

// The remainder of a / b with the sign of a, exact as C's fmod: multiples of b by powers of two are taken off, the largest first.
// Each is exact, and so is each difference, since it takes more than half of what is left. WGSL's own is off by a whole b where
// the quotient is rounded to a whole number.
fn pm_remainder(a: real, b: real) -> real {
    let unit = abs(b);
    let is_nan = pm_is_nan(a) || pm_is_nan(b) || !pm_is_finite(a) || pm_is_zero(b);
    var rest = select(abs(a), real(0.0), is_nan);
    if !is_nan && rest >= unit {
        var part = unit;
        // As many as there are binary exponents in f64.
        for (var i = 0u; i < 2100u && rest - part >= part; i++) {
            part += part;
        }
        for (var i = 0u; i < 2101u; i++) {
            if rest >= part {
                rest -= part;
            }
            if part <= unit {
                break;
            }
            part *= 0.5;
        }
    }
    return pm_pick(pm_pick(rest, -rest, pm_is_negative(a)), pm_nan(a), is_nan);
}
