// exp, expm1, log, log1p and tanh in f32, twins of src/math.rs (which says why and by which method), and the
// activations made of them. The names do not shadow WGSL's own functions.

// Infinity and NaN have all exponent bits set. A test on the bits, since compilers may assume that no NaN
// occurs: `x != x` is false for NaN on some drivers, and min, max and clamp swallow it.
fn pm_is_finite(x: real) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

fn pm_is_nan(x: real) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// 2^k for k in [-126, 127].
fn pm_power_of_two(k: i32) -> real {
    return bitcast<f32>(bitcast<u32>(k + 127) << 23u);
}

// expm1(r) for x = k·ln 2 + r; k is rounded to the nearest integer beforehand.
fn pm_reduced_expm1(x: real, k: real) -> real {
    let r = (x - k * 0.69314575) - k * 1.4286068e-6;
    let series = 0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)))));
    return r + r * r * series;
}

fn pm_exp(x: real) -> real {
    let bounded = select(select(x, 89.0, x > 89.0), -104.0, x < -104.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let p = pm_reduced_expm1(bounded, k);
    // In two factors, since 2^k itself may overflow or be subnormal where the result is neither.
    let whole = i32(k);
    let half = whole >> 1u;
    let e = (1.0 + p) * pm_power_of_two(half) * pm_power_of_two(whole - half);
    return select(e, x, pm_is_nan(x));
}

// e^x - 1, accurate relative to the result.
fn pm_expm1(x: real) -> real {
    let bounded = select(select(x, 89.0, x > 89.0), -30.0, x < -30.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let p = pm_reduced_expm1(bounded, k);
    let whole = i32(k);
    let half = whole >> 1u;
    let lower = pm_power_of_two(half);
    let upper = pm_power_of_two(whole - half);
    let e = (lower * upper - 1.0) + (lower * p) * upper;
    return select(e, x, pm_is_nan(x));
}

fn pm_tanh(x: real) -> real {
    let size = min(abs(x), 10.0);
    let k = floor(2.0 * size * 1.4426950408889634 + 0.5);
    let p = pm_reduced_expm1(2.0 * size, k);
    let scale = pm_power_of_two(i32(k));
    let e = (scale - 1.0) + scale * p;
    let t = e / (e + 2.0);
    return select(select(t, -t, x < 0.0), x, pm_is_nan(x));
}

// 2·atanh(s) for s² <= 1/9.
fn pm_twice_atanh(s: real) -> real {
    let t = s * s;
    let series = 1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0 + t * (1.0 / 11.0 + t * (1.0 / 13.0 + t * (1.0 / 15.0))))));
    return 2.0 * (s + s * t * series);
}

// ln(1 + x) for x in [-1/2, 1].
fn pm_log1p_near(x: real) -> real {
    return pm_twice_atanh(x / (2.0 + x));
}

// ln(x) for positive normal x.
fn pm_log(x: real) -> real {
    let root_half = 0x3f3504f3u;
    let bits = bitcast<u32>(x) - root_half;
    let k = real(bitcast<i32>(bits) >> 23u);
    let m = bitcast<f32>((bits & 0x007fffffu) + root_half);
    let log_m = pm_twice_atanh((m - 1.0) / (m + 1.0));
    return select(x, k * 0.69314575 + (k * 1.4286068e-6 + log_m), pm_is_finite(x));
}

// ln(1 + x), accurate relative to the result: -infinity at -1, NaN below.
fn pm_log1p(x: real) -> real {
    let is_near = x >= -0.5 && x <= 1.0;
    let u = 1.0 + x;
    let far = pm_log(select(1.0, u, u > 0.0 || pm_is_nan(x)));
    // The bits of -infinity and NaN, since compilers take neither for possible.
    let outside = select(bitcast<f32>(0x7fc00000u | (bitcast<u32>(x) >> 31u)), bitcast<f32>(0xff800000u | (bitcast<u32>(x) & 0u)), u == 0.0);
    return select(select(outside, far, u > 0.0 || pm_is_nan(x)), pm_log1p_near(select(0.0, x, is_near)), is_near);
}

fn pm_sigmoid(z: real) -> real {
    return 1.0 / (1.0 + pm_exp(-z));
}

fn pm_relu(z: real) -> real {
    return select(z, 0.0, z < 0.0 && !pm_is_nan(z));
}

fn pm_softplus(z: real) -> real {
    return pm_relu(z) + pm_log1p_near(pm_exp(-abs(z)));
}
