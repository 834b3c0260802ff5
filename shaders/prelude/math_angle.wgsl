// Functions of angles and their inverses, in either precision. Their constants and polynomials are in math_f32.wgsl and
// math_f64.wgsl. π/2 is PM_HALF_PI_HIGH + PM_HALF_PI_LOW.

// Whether sin, cos and tan are defined here: |x| up to 12,800 (f64: 13,000,000). On bits, so that NaN and infinity are not.
fn pm_is_angle(x: real) -> bool { return (pm_bits(x) & 0x7fffffffu) <= PM_ANGLE_MOST_BITS; }

// sin(r + lack) - r for |r| <= π/4: minimax polynomial.
fn pm_sin_rest(r: real, lack: real) -> real {
    let z = r * r;
    return r * z * pm_sin_series(z) + lack * (1.0 - 0.5 * z);
}

// 1 - cos(r + lack) for |r| <= π/4: minimax polynomial.
fn pm_cos_rest(r: real, lack: real) -> real {
    let z = r * r;
    return 0.5 * z - (z * z * pm_cos_series(z) - r * lack);
}

// sin(x + turns·π/2); NaN where x is no angle.
fn pm_sin_turned(x: real, turns: i32) -> real {
    let reduced = pm_reduced_angle(x);
    let quarter = i32(reduced.z) + turns;
    let s = reduced.x + pm_sin_rest(reduced.x, reduced.y);
    let c = 1.0 - pm_cos_rest(reduced.x, reduced.y);
    let v = select(s, c, (quarter & 1) != 0);
    return pm_pick(pm_nan(x), pm_pick(v, -v, (quarter & 2) != 0), pm_is_angle(x));
}

fn pm_sin(x: real) -> real { return pm_sin_turned(x, 0); }

fn pm_cos(x: real) -> real { return pm_sin_turned(x, 1); }

// tan(x) = sin(r) / cos(r) or -cos(r) / sin(r), each of these in two parts, which are not added up before the division: its
// short quotient is followed by what that leaves. NaN where x is no angle.
fn pm_tan(x: real) -> real {
    let reduced = pm_reduced_angle(x);
    let r = reduced.x;
    let s = pm_sin_rest(r, reduced.y);
    let c = pm_cos_rest(r, reduced.y);
    let is_odd = (i32(reduced.z) & 1) != 0;
    let n = select(r, -1.0, is_odd);
    let n_low = select(s, c, is_odd);
    let d = select(1.0, r, is_odd);
    let d_low = select(-c, s, is_odd);
    let q = pm_short((n + n_low) / (d + d_low));
    let d_short = pm_short(d);
    let left = pm_sealed(n - q * d_short, pm_zero_of(reduced.z)) - q * (d - d_short);
    let value = q + (left + (n_low - q * d_low)) / (d + d_low);
    return pm_pick(pm_nan(x), value, pm_is_angle(x));
}

// √z in two parts, the first short, for 0 <= z: the second is what the first leaves of z, so the device's root need not be exact.
fn pm_root_parts(z: real) -> vec2<real> {
    let root = sqrt(z);
    let high = pm_short(root);
    return vec2<real>(high, select((z - high * high) / (root + high), 0.0, z <= 0.0));
}

// asin(x): the polynomial up to 1/2, above it π/2 - 2·asin(√((1 - x) / 2)); NaN beyond 1.
fn pm_asin(x: real) -> real {
    let size = abs(x);
    let is_far = size > 0.5;
    let z = select(x * x, 0.5 - 0.5 * size, is_far);
    let rest = pm_asin_rest(z);
    let root = pm_root_parts(z);
    let high = pm_sealed(PM_HALF_PI_HIGH - 2.0 * root.x, pm_zero_of(floor(size)));
    let far = high - (2.0 * (root.y + (root.x + root.y) * rest) - PM_HALF_PI_LOW);
    let near = x + x * rest;
    let value = select(near, select(far, -far, x < 0.0), is_far);
    return pm_pick(pm_pick(pm_nan(x), value, size <= 1.0), x, pm_is_nan(x));
}

// acos(x): π/2 - asin(x) up to 1/2, beyond it 2·asin(√((1 - |x|) / 2)) or π less that; NaN beyond 1.
fn pm_acos(x: real) -> real {
    let size = abs(x);
    let is_far = size > 0.5;
    let z = select(x * x, 0.5 - 0.5 * size, is_far);
    let rest = pm_asin_rest(z);
    let root = pm_root_parts(z);
    let low = root.y + (root.x + root.y) * rest;
    let near = PM_HALF_PI_HIGH - (x + (x * rest - PM_HALF_PI_LOW));
    let positive = 2.0 * (root.x + low);
    let negative = 2.0 * (PM_HALF_PI_HIGH - root.x) - (2.0 * low - 2.0 * PM_HALF_PI_LOW);
    let value = select(near, select(positive, negative, x < 0.0), is_far);
    return pm_pick(pm_pick(pm_nan(x), value, size <= 1.0), x, pm_is_nan(x));
}

// atan(n / d) for n, d >= 0, not both 0 or infinite and far from overflow: minimax polynomial in a quotient within tan(π/8), to
// which π/4 and π/2 less it lead.
fn pm_atan_of_quotient(n: real, d: real) -> real {
    let is_upper = n > 2.414 * d;
    let is_middle = n > 0.4143 * d;
    let numerator = select(select(n, n - d, is_middle), -d, is_upper);
    let denominator = select(select(d, n + d, is_middle), n, is_upper);
    let r = pm_quotient(numerator, denominator);
    let z = r * r;
    let rest = r * z * pm_atan_series(z);
    let high = select(select(real(0.0), 0.5 * PM_HALF_PI_HIGH, is_middle), PM_HALF_PI_HIGH, is_upper);
    let low = select(select(real(0.0), 0.5 * PM_HALF_PI_LOW, is_middle), PM_HALF_PI_LOW, is_upper);
    return high + (r + (rest + low));
}

// atan(x).
fn pm_atan(x: real) -> real {
    let size = abs(x);
    let is_huge = size > 1e30;
    let a = pm_atan_of_quotient(select(size, 1.0, is_huge), select(real(1.0), 0.0, is_huge));
    return pm_pick(pm_pick(a, -a, x < 0.0), x, pm_is_nan(x));
}

// The angle of the point (x, y), in [-π, π], also where both are 0 or infinite, as IEEE 754 has it.
fn pm_atan2(y: real, x: real) -> real {
    let is_y_infinite = !pm_is_finite(y);
    let is_x_infinite = !pm_is_finite(x);
    let is_any_infinite = is_y_infinite || is_x_infinite;
    let size_y = select(abs(y), select(real(0.0), 1.0, is_y_infinite), is_any_infinite);
    let size_x = select(abs(x), select(real(0.0), 1.0, is_x_infinite), is_any_infinite);
    let most = select(size_x, size_y, size_y > size_x);
    // Powers of two keep sums from overflowing and small numbers from being flushed.
    let scale = select(select(real(1.0), PM_ATAN2_LARGE_SCALE, most > PM_ATAN2_LARGE), PM_ATAN2_SMALL_SCALE, most < PM_ATAN2_SMALL);
    let a = pm_atan_of_quotient(size_y * scale, select(size_x * scale, 1.0, most == 0.0));
    let turned = select(a, 2.0 * PM_HALF_PI_HIGH - (a - 2.0 * PM_HALF_PI_LOW), pm_is_negative(x));
    let value = select(turned, -turned, pm_is_negative(y));
    return pm_pick(pm_pick(value, x, pm_is_nan(x)), y, pm_is_nan(y));
}
