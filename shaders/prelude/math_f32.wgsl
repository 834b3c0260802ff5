// What math.wgsl and math_angle.wgsl need in f32. Errors: at most 2.5 ulp where divisions and roots are correctly rounded.

// Arguments of exp, expm1, 2^x, sinh and cosh beyond these give what these give.
const PM_EXP_MOST = 89.0;
const PM_EXP_LEAST = -104.0;
const PM_EXPM1_LEAST = -30.0;
const PM_EXP2_MOST = 129.0;
const PM_EXP2_LEAST = -151.0;
const PM_COSH_MOST = 90.0;

// ln 2, 1 / ln 2 and π/2, each as the sum of two parts.
const PM_LN2_HIGH = 0.693145752;
const PM_LN2_LOW = 1.42860682e-6;
const PM_LOG2E_HIGH = 1.44287109;
const PM_LOG2E_LOW = -0.000176052861;
const PM_HALF_PI_HIGH = 1.57080078;
const PM_HALF_PI_LOW = -4.4544551e-6;

// pow's series in s: 2 / ln 2 whole and in two parts, and the coefficient of s³ in two parts.
const PM_POW_LINEAR = 2.88539008;
const PM_POW_LINEAR_HIGH = 2.88574219;
const PM_POW_LINEAR_LOW = -0.000352105722;
const PM_POW_CUBIC_HIGH = 0.961914063;
const PM_POW_CUBIC_LOW = -0.000117368574;

// asinh and acosh square no larger number.
const PM_SQUARE_MOST = 0x1p30;
// powi divides 1 by no smaller x^|n|.
const PM_POWI_LEAST = 0x1p-120;
// atan2 scales what is larger or smaller than these.
const PM_ATAN2_LARGE = 0x1p100;
const PM_ATAN2_LARGE_SCALE = 0x1p-20;
const PM_ATAN2_SMALL = 0x1p-60;
const PM_ATAN2_SMALL_SCALE = 0x1p60;
// 12,800, the largest angle that Cody and Waite's reduction takes; and the largest of sin, cos and tan. The host makes the latter
// 0x7f7fffff, every number, once an objective needs it (src/backend/gpu/objective.rs): compilers take long for the code.
const PM_NEAR_ANGLE_BITS = 0x46480000u;
const PM_ANGLE_MOST_BITS = 0x46480000u;

// Minimax polynomials; the functions that use them say where they hold.
fn pm_expm1_series(r: real) -> real {
    return 0.500000001 + r * (0.166666667 + r * (0.0416664628 + r * (0.00833331069 + r * (0.0013933881
        + r * 0.000198912473))));
}
// 2^r - 1 for r in [-1/2, 1/2].
fn pm_reduced_exp2m1(r: real) -> real {
    return r * (0.693147181 + r * (0.240226509 + r * (0.0555041088 + r * (0.0096180561 + r * (0.00133335019
        + r * (0.00015461677 + r * 1.52975025e-5))))));
}
fn pm_sinh_series(z: real) -> real { return 0.166666666 + z * (0.00833333968 + z * (0.00019838102 + z * 2.80628026e-6)); }
fn pm_log1p_series(t: real) -> real {
    return 0.666666666 + t * (0.400000108 + t * (0.285703018 + t * (0.222648234 + t * (0.174634006 + t * 0.207928374))));
}
fn pm_log_series(t: real) -> real { return 0.666666666 + t * (0.400001239 + t * (0.28550587 + t * 0.23336811)); }
fn pm_asinh_series(z: real) -> real {
    return -0.166666666 + z * (0.0749997289 + z * (-0.0446300219 + z * (0.0301561786 + z * (-0.0205267935
        + z * 0.00993650431))));
}
fn pm_atanh_series(z: real) -> real {
    return 0.333333333 + z * (0.200000054 + z * (0.142851509 + z * (0.111324117 + z * (0.0873170029 + z * 0.103964187))));
}
fn pm_pow_series(t: real) -> real { return 0.577078237 + t * (0.412064493 + t * 0.332582342); }
fn pm_sin_series(z: real) -> real { return -0.166666667 + z * (0.00833333182 + z * (-0.000198400554 + z * 2.72458869e-6)); }
fn pm_cos_series(z: real) -> real { return 0.0416666646 + z * (-0.00138882875 + z * 2.45446088e-5); }
// (asin(s) - s) / s for z = s² <= 1/4.
fn pm_asin_rest(z: real) -> real {
    return z * (0.166666663 + z * (0.0750009454 + z * (0.0445994015 + z * (0.0311006627 + z * (0.0171492384
        + z * 0.0336908472)))));
}
fn pm_atan_series(z: real) -> real {
    return -0.333333333 + z * (0.199999772 + z * (-0.14284147 + z * (0.110712876 + z * (-0.0862409864 + z * 0.0504664888))));
}

// The bits of x as an f32.
fn pm_bits(x: real) -> u32 { return bitcast<u32>(x); }

// On the bits, since a comparison may take a subnormal number for 0.
fn pm_is_zero(x: real) -> bool { return (pm_bits(x) & 0x7fffffffu) == 0u; }

// Infinity and NaN have all exponent bits set. A test on the bits, since compilers may assume that no NaN
// occurs: `x != x` is false for NaN on some drivers, and min, max and clamp swallow it.
fn pm_is_finite(x: real) -> bool { return ((pm_bits(x) ^ pm_zero()) & 0x7f800000u) != 0x7f800000u; }

// The first, or if `is_second` the second.
fn pm_pick(first: real, second: real, is_second: bool) -> real {
    return bitcast<f32>(select(bitcast<u32>(first), bitcast<u32>(second), is_second));
}

// v, across which no sum is reassociated. `zero` is pm_zero_of(k).
fn pm_sealed(v: real, zero: u32) -> real { return bitcast<f32>(bitcast<u32>(v) ^ zero); }

// v rounded to 12 bits: the product of two such numbers is exact. Integer arithmetic cannot be reassociated away.
fn pm_short(v: real) -> real { return bitcast<f32>((bitcast<u32>(v) + 0x800u) & 0xfffff000u); }

// v cut to 11 bits, so that 1 more than a v of [√½, √2) has no more than 12.
fn pm_short_below(v: real) -> real { return bitcast<f32>(bitcast<u32>(v) & 0xffffe000u); }

// n / d to about half an ulp, where WGSL allows 2.5 and some drivers multiply by 1 / d. The product of the short parts and its
// difference from n are exact; that has at most 14 bits, so the mask takes nothing off it and holds its place.
fn pm_quotient(n: real, d: real) -> real {
    let q = pm_short(n / d);
    let high = pm_short(d);
    let rest = bitcast<f32>(bitcast<u32>(n - q * high) & 0xfffffff0u) - q * (d - high);
    return q + rest / d;
}

// The bits of a size, times 2^149 if it is subnormal: read as the integer that its bits are, since devices may flush it.
fn pm_normal_bits(size: u32) -> u32 { return select(size, bitcast<u32>(f32(size)), size < 0x00800000u); }

// n / d to about half an ulp, whatever their size: by their mantissas. Zeros, infinities and NaN go the device's own way.
fn pm_over(n: real, d: real) -> real {
    let n_size = bitcast<u32>(n) & 0x7fffffffu;
    let d_size = bitcast<u32>(d) & 0x7fffffffu;
    let n_bits = pm_normal_bits(n_size);
    let d_bits = pm_normal_bits(d_size);
    let n_power = n_bits >> 23u;
    let d_power = d_bits >> 23u;
    if (n_power - 1u >= 254u || d_power - 1u >= 254u) {
        return n / d;
    }
    let m = bitcast<f32>((n_bits & 0x007fffffu) | 0x3f800000u);
    let w = bitcast<f32>((d_bits & 0x007fffffu) | 0x3f800000u);
    let raised = select(0, 149, d_bits != d_size) - select(0, 149, n_bits != n_size);
    // Further than 160 there is nothing but 0 and infinity.
    let size = pm_scaled(pm_quotient(m, w), clamp(i32(n_power) - i32(d_power) + raised, -160, 160));
    return bitcast<f32>(bitcast<u32>(size) ^ ((bitcast<u32>(n) ^ bitcast<u32>(d)) & 0x80000000u));
}

// √x to about half an ulp, where WGSL allows five and more: by the mantissa in [1, 4). The squares of the root's two parts and
// what they leave of it are exact; the mask takes nothing off and holds its place.
fn pm_root(x: real) -> real {
    let given = bitcast<u32>(x);
    // Times 2^150, which is a square.
    let is_subnormal = given - 1u < 0x007fffffu;
    let bits = select(given, bitcast<u32>(2.0 * f32(given)), is_subnormal);
    if (bits - 0x00800000u >= 0x7f000000u) {
        return sqrt(x);
    }
    let power = (bits >> 23u) - 127u;
    let odd = power & 1u;
    let m = bitcast<f32>((bits & 0x007fffffu) | ((127u + odd) << 23u));
    let root = sqrt(m);
    let high = pm_short(root);
    let low = root - high;
    let rest = bitcast<f32>(bitcast<u32>(m - high * high) & 0xfffffff0u) - 2.0 * high * low;
    let near = root + 0.5 * (rest - low * low) / root;
    let half = (bitcast<i32>(power - odd) >> 1u) - select(0, 75, is_subnormal);
    return bitcast<f32>(bitcast<u32>(near) + (bitcast<u32>(half) << 23u));
}

// v·2^k for v near 1 in two factors, since 2^k itself may overflow or be subnormal where the result is neither. The first
// is added to the exponent, so that no compiler combines them.
fn pm_scaled(v: real, k: i32) -> real {
    let half = k >> 1u;
    return bitcast<f32>(bitcast<u32>(v) + (bitcast<u32>(half) << 23u)) * pm_power_of_two(k - half);
}

// tanh(x) = e / (e + 2) with e = expm1(2|x|); x itself where x²/3 is below the last place.
fn pm_tanh(x: real) -> real {
    let size = min(abs(x), 10.0);
    let k = floor(2.0 * size * PM_LOG2E + 0.5);
    let p = pm_reduced_expm1(2.0 * size, k);
    let scale = pm_power_of_two(i32(k));
    let e = pm_sealed(scale - 1.0, pm_zero_of(k)) + scale * p;
    let t = select(pm_quotient(e, e + 2.0), size, size < 1e-4);
    return pm_pick(pm_pick(t, -t, x < 0.0), x, pm_is_nan(x));
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
    let outside = pm_pick(pm_nan(x), -pm_infinity(x), (given & 0x7fffffffu) == 0u);
    return pm_pick(pm_pick(outside, value, given - 1u < 0x7f7fffffu), x, given >= 0x7f800000u && given < 0x80000000u);
}

// x^n: f32 holds integers to 2^24, so larger n in two addends.
fn pm_pow_of_integer(x: real, n: i32) -> real {
    if n > 0x1000000 || n < -0x1000000 {
        let low = n % 256;
        return pm_pow(x, real(n - low)) * pm_pow(x, real(low));
    }
    return pm_pow(x, real(n));
}

// m·w for m below 2^24: the upper and the lower 32 bits.
fn pm_wide_product(m: u32, w: u32) -> vec2<u32> {
    let m_high = m >> 16u;
    let m_low = m & 0xffffu;
    let low = m_low * (w & 0xffffu);
    let one = m_low * (w >> 16u);
    let other = m_high * (w & 0xffffu);
    let middle = (low >> 16u) + (one & 0xffffu) + (other & 0xffffu);
    let high = m_high * (w >> 16u) + (one >> 16u) + (other >> 16u) + (middle >> 16u);
    return vec2<u32>(high, (middle << 16u) | (low & 0xffffu));
}

// The same for |x| of 12,800 and more, with k up to a multiple of 4, after Payne and Hanek: of 2/π only the bits count that
// x times them neither makes whole turns nor loses. The fraction of a quarter has 62 bits, of which x near a multiple of π/2
// takes at most 31.
fn pm_reduced_far_angle(x: real) -> vec3<real> {
    let bits = pm_bits(x);
    let m = (bits & 0x007fffffu) | 0x00800000u;
    // Of 2/π behind a word of zeros, the words from the one with the first bit that counts; by choices, since compilers take
    // long for arrays.
    let first = ((bits >> 23u) & 0xffu) - 120u;
    let word = first >> 5u;
    let near = vec4<u32>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u);
    let far = vec4<u32>(0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
    let one = select(near, vec4<u32>(near.yzw, far.x), (word & 1u) != 0u);
    let two = select(one, vec4<u32>(one.zw, select(far.xy, far.yz, (word & 1u) != 0u)), (word & 2u) != 0u);
    let digits = select(two, far, word >= 4u);
    let shift = first & 31u;
    // Not by 32, which WGSL takes for 0.
    let window = (digits.xyz << vec3<u32>(shift)) | ((digits.yzw >> vec3<u32>(1u)) >> vec3<u32>(31u - shift));
    // Quarters of a turn in units of 2^-62, without whole turns.
    let second = pm_wide_product(m, window.y);
    let third = pm_wide_product(m, window.z);
    let sum = second.y + third.x;
    let all = m * window.x + second.x + select(0u, 1u, sum < third.x);
    let quarter = (all + 0x20000000u) >> 30u;
    let high = all - (quarter << 30u);
    let is_below = high >= 0x80000000u;
    // The size of what is left, with its first bit in front: twelve bits, twelve more, and the next ones.
    let size_high = select(high, ~high + select(0u, 1u, sum == 0u), is_below);
    let size_low = select(sum, 0u - sum, is_below);
    let zeros = select(countLeadingZeros(size_high), 32u + countLeadingZeros(size_low), size_high == 0u);
    let up = min(zeros & 31u, 31u);
    let front = select(size_high, size_low, zeros >= 32u);
    let behind = select(size_low, 0u, zeros >= 32u);
    let top = (front << up) | ((behind >> 1u) >> (31u - up));
    let tail = behind << up;
    // As numbers in [1/2, 1), times 2^(2 - zeros).
    let f1 = f32(top >> 20u) * 0x1p-12;
    let f2 = f32((top >> 8u) & 0xfffu) * 0x1p-24;
    let f3 = f32(((top & 0xffu) << 12u) | (tail >> 20u)) * 0x1p-44;
    // Times π/2 in three parts: the product of the first parts is exact, and so are those of a first and a second.
    let main = f1 * 1.57080078125;
    let next = (f1 * -4.45358455e-6 + f2 * 1.57080078125) + (f3 * 1.57080078 + (f2 * -4.45358455e-6 + f1 * -8.70551575e-10));
    let zero = pm_zero_of(f32(quarter));
    let r = pm_sealed(main + next, zero);
    let lack = pm_sealed(main - r, zero << 1u) + next;
    let is_negative = (bits >> 31u) != 0u;
    let scale = select(1.0, -1.0, is_below != is_negative) * pm_power_of_two(2 - i32(zeros));
    return vec3<real>(r * scale, lack * scale, f32(select(quarter, (4u - quarter) & 3u, is_negative)));
}

// r in [-π/4, π/4], what it lacks, and k, with x = k·π/2 + r + lack, after Cody and Waite: π/2 in four parts of 11 bits
// and a rest, so short that k times a part is exact for k < 2^13. All differences are exact where r is small, the first two
// always; what the others round away is kept and added at the end. The seals keep the order.
fn pm_reduced_angle(x: real) -> vec3<real> {
    let is_far = (pm_bits(x) & 0x7fffffffu) > PM_NEAR_ANGLE_BITS;
    if (PM_ANGLE_MOST_BITS > PM_NEAR_ANGLE_BITS && is_far && pm_is_angle(x)) {
        return pm_reduced_far_angle(x);
    }
    let bounded = select(x, 0.0, is_far);
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
