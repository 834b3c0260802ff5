// Elementary functions in f32, their errors at most 2.5 ulp where divisions and roots are correctly rounded.
// exp, expm1, log, log1p and tanh have twins in src/math.rs, which says why. The names do not shadow WGSL's own functions.

// Infinity and NaN have all exponent bits set. A test on the bits, since compilers may assume that no NaN
// occurs: `x != x` is false for NaN on some drivers, and min, max and clamp swallow it.
fn pm_is_finite(x: real) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

fn pm_is_nan(x: real) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// Infinity and NaN from bits that depend on an argument, since compilers take neither for possible.
fn pm_infinity(x: real) -> real {
    return bitcast<f32>(0x7f800000u | (bitcast<u32>(x) & 0u));
}

fn pm_nan(x: real) -> real {
    return bitcast<f32>(0x7fc00000u | (bitcast<u32>(x) >> 31u));
}

// Whether the sign bit of x is set; a comparison does not see that of -0.
fn pm_is_negative(x: real) -> bool {
    return (bitcast<u32>(x) >> 31u) != 0u;
}

// Zero, which no compiler knows: an integer k below 2^23 does not use the lowest bit of its mantissa.
fn pm_zero_of(k: real) -> u32 {
    return bitcast<u32>(k) & 1u;
}

// v, across which no sum is reassociated. `zero` is pm_zero_of(k).
fn pm_sealed(v: real, zero: u32) -> real {
    return bitcast<f32>(bitcast<u32>(v) ^ zero);
}

// v rounded to 12 bits: the product of two such numbers is exact. Integer arithmetic cannot be reassociated away.
fn pm_short(v: real) -> real {
    return bitcast<f32>((bitcast<u32>(v) + 0x800u) & 0xfffff000u);
}

// n / d to about half an ulp, where WGSL allows 2.5 and some drivers multiply by 1 / d. The product of the short parts and its
// difference from n are exact; that has at most 14 bits, so the mask takes nothing off it and holds its place.
fn pm_quotient(n: real, d: real) -> real {
    let q = pm_short(n / d);
    let high = pm_short(d);
    let rest = bitcast<f32>(bitcast<u32>(n - q * high) & 0xfffffff0u) - q * (d - high);
    return q + rest / d;
}

// 2^k for k in [-126, 127].
fn pm_power_of_two(k: i32) -> real {
    return bitcast<f32>(bitcast<u32>(k + 127) << 23u);
}

// The same for small k, which is cheaper in f64.
fn pm_small_power_of_two(k: i32) -> real {
    return pm_power_of_two(k);
}

// v·2^k for v near 1 in two factors, since 2^k itself may overflow or be subnormal where the result is neither. The first
// is added to the exponent, so that no compiler combines them.
fn pm_scaled(v: real, k: i32) -> real {
    let half = k >> 1u;
    return bitcast<f32>(bitcast<u32>(v) + (bitcast<u32>(half) << 23u)) * pm_power_of_two(k - half);
}

// expm1(r) for x = k·ln 2 + r; k is rounded to the nearest integer beforehand. Two-part reduction after Cody and Waite: the
// leading part of ln 2 is so short that k times it is exact. Minimax polynomial.
fn pm_reduced_expm1(x: real, k: real) -> real {
    let r = pm_sealed(x - k * 0.693145752, pm_zero_of(k)) - k * 1.42860682e-6;
    let series = 0.500000001 + r * (0.166666667 + r * (0.0416664628 + r * (0.00833331069 + r * (0.0013933881
        + r * 0.000198912473))));
    return r + r * r * series;
}

// e^x.
fn pm_exp(x: real) -> real {
    let bounded = select(select(x, 89.0, x > 89.0), -104.0, x < -104.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let e = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k));
    return select(e, x, pm_is_nan(x));
}

// e^x - 1, accurate relative to the result.
fn pm_expm1(x: real) -> real {
    let bounded = select(select(x, 89.0, x > 89.0), -30.0, x < -30.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let p = pm_reduced_expm1(bounded, k);
    let whole = i32(k);
    let scale = pm_small_power_of_two(min(whole, 60));
    let near = pm_sealed(scale - 1.0, pm_zero_of(k)) + scale * p;
    // Where the 1 is below the last place, 2^k may overflow though the result does not.
    let e = select(near, pm_scaled(1.0 + p, whole), whole > 60);
    return select(e, x, pm_is_nan(x));
}

// 2^r - 1 for r in [-1/2, 1/2]: minimax polynomial.
fn pm_reduced_exp2m1(r: real) -> real {
    return r * (0.693147181 + r * (0.240226509 + r * (0.0555041088 + r * (0.0096180561 + r * (0.00133335019
        + r * (0.00015461677 + r * 1.52975025e-5))))));
}

// 2^x; x less its nearest integer is exact.
fn pm_exp2(x: real) -> real {
    let bounded = select(select(x, 129.0, x > 129.0), -151.0, x < -151.0);
    let k = floor(bounded + 0.5);
    let e = pm_scaled(1.0 + pm_reduced_exp2m1(bounded - k), i32(k));
    return select(e, x, pm_is_nan(x));
}

// tanh(x) = e / (e + 2) with e = expm1(2|x|).
fn pm_tanh(x: real) -> real {
    let size = min(abs(x), 10.0);
    let k = floor(2.0 * size * 1.4426950408889634 + 0.5);
    let p = pm_reduced_expm1(2.0 * size, k);
    let scale = pm_small_power_of_two(i32(k));
    let e = pm_sealed(scale - 1.0, pm_zero_of(k)) + scale * p;
    let t = e / (e + 2.0);
    return select(select(t, -t, x < 0.0), x, pm_is_nan(x));
}

// sinh(x): minimax polynomial up to 1, above it (e^|x| - e^-|x|) / 2, where little cancels.
fn pm_sinh(x: real) -> real {
    let size = abs(x);
    let is_near = size < 1.0;
    let bounded = select(size, 90.0, size > 90.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    // e^|x| / 2, since e^|x| overflows before the result does.
    let half = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k) - 1);
    let far = half - 0.25 / half;
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * (0.166666666 + z * (0.00833333968 + z * (0.00019838102 + z * 2.80628026e-6)));
    return select(select(select(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// cosh(x) = (e^|x| + e^-|x|) / 2.
fn pm_cosh(x: real) -> real {
    let size = abs(x);
    let bounded = select(size, 90.0, size > 90.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let half = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k) - 1);
    return select(half + 0.25 / half, x, pm_is_nan(x));
}

// 2·atanh(s) for s² <= 1/9: minimax polynomial.
fn pm_twice_atanh(s: real) -> real {
    let t = s * s;
    return 2.0 * s + s * t * (0.666666666 + t * (0.400000108 + t * (0.285703018 + t * (0.222648234 + t * (0.174634006
        + t * 0.207928374)))));
}

// ln(1 + x) for x in [-1/2, 1], by atanh's series in s = x / (2 + x). Since 2s = x - sx and x = 2s + sx, it is
// x - (x²/2 - s(x²/2 + …)): the leading term is x itself, and the rounding of s counts for little.
fn pm_log1p_near(x: real) -> real {
    let s = x / (2.0 + x);
    let t = s * s;
    let half_square = 0.5 * x * x;
    return x - (half_square - s * (half_square + t * (0.666666666 + t * (0.400000108 + t * (0.285703018 + t * (0.222648234
        + t * (0.174634006 + t * 0.207928374)))))));
}

// x less ln(1 + x) for 1 + x in [√½, √2]: the same with a shorter polynomial.
fn pm_log1p_rest(x: real) -> real {
    let s = x / (2.0 + x);
    let t = s * s;
    let half_square = 0.5 * x * x;
    return half_square - s * (half_square + t * (0.666666666 + t * (0.400001239 + t * (0.28550587 + t * 0.23336811))));
}

// m in [√½, √2) and k with x = m·2^k, for positive x. A subnormal number is read as the integer that its bits
// are, so that nothing is lost on devices that flush it.
fn pm_split(x: real) -> vec2<real> {
    let given = bitcast<u32>(x);
    let is_subnormal = given < 0x00800000u;
    let root_half = 0x3f3504f3u;
    let bits = select(given, bitcast<u32>(f32(given)), is_subnormal) - root_half;
    let k = (bitcast<i32>(bits) >> 23u) - select(0, 149, is_subnormal);
    return vec2<real>(bitcast<f32>((bits & 0x007fffffu) + root_half), real(k));
}

// A logarithm from its value for positive finite x: -infinity at 0, NaN below, x where it is not finite. From the bits,
// since a comparison may take a subnormal number for 0.
fn pm_log_bounded(value: real, x: real) -> real {
    let given = bitcast<u32>(x);
    let outside = select(pm_nan(x), -pm_infinity(x), (given & 0x7fffffffu) == 0u);
    return select(select(outside, value, given - 1u < 0x7f7fffffu), x, given >= 0x7f800000u && given < 0x80000000u);
}

// ln(x) = k·ln 2 + ln(m): -infinity at 0, NaN below.
fn pm_log(x: real) -> real {
    let split = pm_split(x);
    let f = split.x - 1.0;
    let value = split.y * 0.693145752 + (f - (pm_log1p_rest(f) - split.y * 1.42860682e-6));
    return pm_log_bounded(value, x);
}

// log2(x): -infinity at 0, NaN below. 1 / ln 2 and ln(m) in two parts each, for one rounding instead of two.
fn pm_log2(x: real) -> real {
    let split = pm_split(x);
    let f = split.x - 1.0;
    let high = pm_short(f);
    let low = (f - high) - pm_log1p_rest(f);
    let value = split.y + (high * 1.44287109 + (low * 1.44287109 + (high + low) * -0.000176052861));
    return pm_log_bounded(value, x);
}

// ln(1 + x), accurate relative to the result: -infinity at -1, NaN below. Outside of [-1/2, 1], 1 + x loses nothing that counts.
fn pm_log1p(x: real) -> real {
    let is_near = x >= -0.5 && x <= 1.0;
    return select(select(pm_log(1.0 + x), pm_log1p_near(select(0.0, x, is_near)), is_near), x, pm_is_nan(x));
}

// asinh(x): minimax polynomial up to 1/2, above it ln(1 + a + a² / (1 + √(1 + a²))) with a = |x|, and ln(a) + ln 2 where a²
// would overflow.
fn pm_asinh(x: real) -> real {
    let size = abs(x);
    let is_huge = size > 0x1p30;
    let is_near = size < 0.5;
    let a = select(size, 1.0, is_huge);
    let square = a * a;
    let v = select(a + square / (1.0 + sqrt(1.0 + square)), size, is_huge);
    let far = pm_log1p(v) + select(real(0.0), 0.6931471805599453, is_huge);
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * (-0.166666666 + z * (0.0749997289 + z * (-0.0446300219 + z * (0.0301561786
        + z * (-0.0205267935 + z * 0.00993650431)))));
    return select(select(select(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// acosh(x) = ln(1 + t + √(2t + t²)) with t = x - 1, which is exact near 1; NaN below 1.
fn pm_acosh(x: real) -> real {
    let is_huge = x > 0x1p30;
    let t = select(x - 1.0, 1.0, is_huge || x < 1.0);
    let v = select(t + sqrt(2.0 * t + t * t), x, is_huge);
    let value = pm_log1p(v) + select(real(0.0), 0.6931471805599453, is_huge);
    return select(select(value, pm_nan(x), x < 1.0), x, pm_is_nan(x));
}

// atanh(x): minimax polynomial up to 1/3, above it ln(1 + 2a / (1 - a)) / 2 with a = |x|; infinite at 1, NaN beyond.
fn pm_atanh(x: real) -> real {
    let size = abs(x);
    let is_near = size <= 0.3333;
    let a = select(0.5, size, size < 1.0);
    let inside = 0.5 * pm_log(1.0 + pm_quotient(2.0 * a, 1.0 - a));
    let far = select(select(pm_nan(x), pm_infinity(x), size == 1.0), inside, size < 1.0);
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * (0.333333333 + z * (0.200000054 + z * (0.142851509 + z * (0.111324117
        + z * (0.0873170029 + z * 0.103964187)))));
    return select(select(select(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// Whether sin, cos and tan are defined here: |x| <= 12,800. On bits, so that NaN and infinity are not.
fn pm_is_angle(x: real) -> bool {
    return (bitcast<u32>(f32(x)) & 0x7fffffffu) <= 0x46480000u;
}

// r in [-π/4, π/4], what it lacks, and k, with x = k·π/2 + r + lack, after Cody and Waite: π/2 in four parts of 11 bits
// and a rest, so short that k times a part is exact for k < 2^13. All differences are exact where r is small, the first two
// always; what the others round away is kept and added at the end. The seals keep the order.
fn pm_reduced_angle(x: real) -> vec3<real> {
    let bounded = select(0.0, x, pm_is_angle(x));
    let k = floor(bounded * 0.6366197723675814 + 0.5);
    let zero = pm_zero_of(k);
    // Another zero, lest neighbouring seals be taken for a common factor.
    let other = zero << 1u;
    let r1 = pm_sealed(bounded - k * 1.5703125, other);
    let r2 = pm_sealed(r1 - k * 0.000483751297, zero);
    let r3 = pm_sealed(r2 - k * 7.54953362e-8, other);
    let lost3 = pm_sealed(pm_sealed(r2 - r3, other) - k * 7.54953362e-8, other);
    let r4 = pm_sealed(r3 - k * 2.56328292e-12, zero);
    let lost4 = pm_sealed(pm_sealed(r3 - r4, zero) - k * 2.56328292e-12, zero);
    let rest = (lost3 + lost4) - k * 6.123234e-17;
    let r = pm_sealed(r4 + rest, other);
    let lack = pm_sealed(r4 - r, zero) + rest;
    return vec3<real>(r, lack, k);
}

// sin(r + lack) - r for |r| <= π/4: minimax polynomial.
fn pm_sin_rest(r: real, lack: real) -> real {
    let z = r * r;
    return r * z * (-0.166666667 + z * (0.00833333182 + z * (-0.000198400554 + z * 2.72458869e-6)))
        + lack * (1.0 - 0.5 * z);
}

// 1 - cos(r + lack) for |r| <= π/4: minimax polynomial.
fn pm_cos_rest(r: real, lack: real) -> real {
    let z = r * r;
    return 0.5 * z - (z * z * (0.0416666646 + z * (-0.00138882875 + z * 2.45446088e-5)) - r * lack);
}

// sin(x); NaN for |x| > 12,800.
fn pm_sin(x: real) -> real {
    let reduced = pm_reduced_angle(x);
    let quarter = i32(reduced.z);
    let s = reduced.x + pm_sin_rest(reduced.x, reduced.y);
    let c = 1.0 - pm_cos_rest(reduced.x, reduced.y);
    let v = select(s, c, (quarter & 1) != 0);
    return select(pm_nan(x), select(v, -v, (quarter & 2) != 0), pm_is_angle(x));
}

// cos(x); NaN for |x| > 12,800.
fn pm_cos(x: real) -> real {
    let reduced = pm_reduced_angle(x);
    let quarter = i32(reduced.z) + 1;
    let s = reduced.x + pm_sin_rest(reduced.x, reduced.y);
    let c = 1.0 - pm_cos_rest(reduced.x, reduced.y);
    let v = select(s, c, (quarter & 1) != 0);
    return select(pm_nan(x), select(v, -v, (quarter & 2) != 0), pm_is_angle(x));
}

// tan(x) = sin(r) / cos(r) or -cos(r) / sin(r), each of these in two parts, which are not added up before the division: its
// short quotient is followed by what that leaves. NaN for |x| > 12,800.
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
    return select(pm_nan(x), value, pm_is_angle(x));
}

// (asin(s) - s) / s for z = s² <= 1/4: minimax polynomial.
fn pm_asin_rest(z: real) -> real {
    return z * (0.166666663 + z * (0.0750009454 + z * (0.0445994015 + z * (0.0311006627 + z * (0.0171492384
        + z * 0.0336908472)))));
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
    let high = pm_sealed(1.57080078 - 2.0 * root.x, pm_zero_of(floor(size)));
    let far = high - (2.0 * (root.y + (root.x + root.y) * rest) - -4.4544551e-6);
    let near = x + x * rest;
    let value = select(near, select(far, -far, x < 0.0), is_far);
    return select(select(pm_nan(x), value, size <= 1.0), x, pm_is_nan(x));
}

// acos(x): π/2 - asin(x) up to 1/2, beyond it 2·asin(√((1 - |x|) / 2)) or π less that; NaN beyond 1.
fn pm_acos(x: real) -> real {
    let size = abs(x);
    let is_far = size > 0.5;
    let z = select(x * x, 0.5 - 0.5 * size, is_far);
    let rest = pm_asin_rest(z);
    let root = pm_root_parts(z);
    let low = root.y + (root.x + root.y) * rest;
    let near = 1.57080078 - (x + (x * rest - -4.4544551e-6));
    let positive = 2.0 * (root.x + low);
    let negative = 2.0 * (1.57080078 - root.x) - (2.0 * low - 2.0 * -4.4544551e-6);
    let value = select(near, select(positive, negative, x < 0.0), is_far);
    return select(select(pm_nan(x), value, size <= 1.0), x, pm_is_nan(x));
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
    let rest = r * z * (-0.333333333 + z * (0.199999772 + z * (-0.14284147 + z * (0.110712876 + z * (-0.0862409864
        + z * 0.0504664888)))));
    let high = select(select(real(0.0), 0.5 * 1.57080078, is_middle), 1.57080078, is_upper);
    let low = select(select(real(0.0), 0.5 * -4.4544551e-6, is_middle), -4.4544551e-6, is_upper);
    return high + (r + (rest + low));
}

// atan(x).
fn pm_atan(x: real) -> real {
    let size = abs(x);
    let is_huge = size > 1e30;
    let a = pm_atan_of_quotient(select(size, 1.0, is_huge), select(real(1.0), 0.0, is_huge));
    return select(select(a, -a, x < 0.0), x, pm_is_nan(x));
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
    let scale = select(select(real(1.0), 0x1p-20, most > 0x1p100), 0x1p60, most < 0x1p-60);
    let a = pm_atan_of_quotient(size_y * scale, select(size_x * scale, 1.0, most == 0.0));
    let turned = select(a, 2.0 * 1.57080078 - (a - 2.0 * -4.4544551e-6), pm_is_negative(x));
    let value = select(turned, -turned, pm_is_negative(y));
    return select(select(value, x, pm_is_nan(x)), y, pm_is_nan(y));
}

// |x|^y for positive finite |x|, as 2^(y·log2|x|). The product may be 150, so log2|x| is needed to eight bits more than
// fit one number: s, its square and cube and their coefficients are carried in a short part, with exact products, and a
// rest. Then log2|x| = k + 2/ln 2·(s + s³/3 + …) with s = (m - 1) / (m + 1).
fn pm_pow_of_positive(size: real, y: real) -> real {
    let split = pm_split(size);
    let m = split.x;
    let k = split.y;
    let zero = pm_zero_of(k);
    let m_high = bitcast<f32>(bitcast<u32>(m) & 0xffffe000u);
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
    let more = t * (0.577078237 + t * (0.412064493 + t * 0.332582342));
    let p_high = pm_short(0.961914063 + more);
    let p_low = pm_sealed(0.961914063 - p_high, zero) + (-0.000117368574 + more);
    let cube = s_high * t_high;
    let u_high = pm_short(cube);
    let u_low = (cube - u_high) + (s_high * t_low + s_low * t);
    let first = s_high * 2.88574219;
    let third = u_high * p_high;
    let low = (u_high * p_low + u_low * (p_high + p_low)) + (s_high * -0.000352105722 + s_low * 2.88539008);
    let w_high = pm_short(k + (first + (third + low)));
    let w_low = pm_sealed(pm_sealed(pm_sealed(k - w_high, zero) + first, zero) + third, zero) + low;

    // No y beyond 2^65 changes the result.
    let bounded = select(select(y, 0x1p65, y > 0x1p65), -0x1p65, y < -0x1p65);
    let y_high = pm_short(bounded);
    let y_low = bounded - y_high;
    let z_high = y_high * w_high;
    let z_low = y_high * w_low + y_low * (w_high + w_low);
    let z = z_high + z_low;
    let is_over = z > 129.0;
    let is_under = z < -151.0;
    let whole = floor(select(select(z, 129.0, is_over), -151.0, is_under) + 0.5);
    let r = select(pm_sealed(z_high - whole, zero) + z_low, 0.0, is_over || is_under);
    return pm_scaled(1.0 + pm_reduced_exp2m1(r), i32(whole));
}

// x^y as IEEE 754 has it, but NaN wherever an argument is NaN: y = 0 gives 1, a negative x needs an integer y.
fn pm_pow(x: real, y: real) -> real {
    let size = abs(x);
    let is_zero = (bitcast<u32>(x) & 0x7fffffffu) == 0u;
    let is_special = is_zero || !pm_is_finite(x);
    let limit = select(real(0.0), pm_infinity(x), is_zero != (y > 0.0));
    let magnitude = select(pm_pow_of_positive(select(size, 1.0, is_special), y), limit, is_special);
    let is_integer = floor(y) == y;
    let is_odd = is_integer && floor(0.5 * y) != 0.5 * y;
    let is_undefined = pm_is_negative(x) && !is_special && !is_integer;
    let value = select(magnitude, -magnitude, pm_is_negative(x) && is_odd);
    let defined = select(select(value, pm_nan(x), is_undefined), 1.0, (bitcast<u32>(y) & 0x7fffffffu) == 0u);
    return select(select(defined, pm_nan(x), pm_is_nan(x)), pm_nan(y), pm_is_nan(y));
}

// x^n by squaring for n from -3 to 4, by pm_pow beyond, where the roundings of squares would add up. 0^0 is 1.
fn pm_powi(x: real, n: i32) -> real {
    let is_negative = n < 0;
    let size = select(bitcast<u32>(n), 0u - bitcast<u32>(n), is_negative);
    if size > select(4u, 3u, is_negative) {
        // f32 holds integers to 2^24: larger n in two addends.
        if size > 0x1000000u {
            let low = n % 256;
            return pm_pow(x, real(n - low)) * pm_pow(x, real(low));
        }
        return pm_pow(x, real(n));
    }
    let root = select(1.0, x, (size & 2u) != 0u) * select(1.0, x * x, (size & 4u) != 0u);
    let odd = select(1.0, x, (size & 1u) != 0u);
    let power = (root * odd) * root;
    // Where x^|n| is subnormal or 0, its inverse may yet be finite.
    let inverse = select(((1.0 / root) / odd) / root, 1.0 / power, abs(power) > 0x1p-120);
    return select(select(power, inverse, is_negative), x, pm_is_nan(x));
}

// 1 / (1 + e^-z), for z < 0 as e^z / (1 + e^z), so that the error of the exponential counts for less.
fn pm_sigmoid(z: real) -> real {
    let e = pm_exp(-abs(z));
    return select(1.0, e, z < 0.0) / (1.0 + e);
}

fn pm_relu(z: real) -> real {
    // NaN built from bits, lest the two choices be taken for max, which may swallow it.
    return select(select(z, 0.0, z < 0.0), pm_nan(z), pm_is_nan(z));
}

fn pm_softplus(z: real) -> real {
    return pm_relu(z) + pm_log1p_near(pm_exp(-abs(z)));
}
