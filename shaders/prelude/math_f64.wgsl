// Elementary functions in f64, where WGSL has none: naga lets them pass and devices return garbage. Errors: at most 3 ulp.
// The twin in f32 has the same names. No bitcast of f64 and no 64-bit integers, which adapters need not have.

// There is no bitcast of f64, so every test is made on the bits of an f32. The scale keeps finite numbers finite there.
fn pm_is_finite(x: real) -> bool {
    return (bitcast<u32>(f32(x * 0x1p-1000)) & 0x7f800000u) != 0x7f800000u;
}

fn pm_is_nan(x: real) -> bool {
    return (bitcast<u32>(f32(x)) & 0x7fffffffu) > 0x7f800000u;
}

// Infinity and NaN from bits that depend on an argument, since compilers take neither for possible.
fn pm_infinity(x: real) -> real {
    return real(bitcast<f32>(0x7f800000u | (bitcast<u32>(f32(x)) & 0u)));
}

fn pm_nan(x: real) -> real {
    return real(bitcast<f32>(0x7fc00000u | (bitcast<u32>(f32(x)) >> 31u)));
}

// Whether the sign bit of x is set; a comparison does not see that of -0. What is 0 in f32 keeps its sign.
fn pm_is_negative(x: real) -> bool {
    return (bitcast<u32>(f32(x)) >> 31u) != 0u;
}

// Zero, which no compiler knows: an integer k below 2^23 does not use the lowest bit of its f32 mantissa.
fn pm_zero_of(k: real) -> u32 {
    return bitcast<u32>(f32(k)) & 1u;
}

// v, across which no sum is reassociated: compilers do not multiply out a factor, here 1. `zero` is pm_zero_of(k).
fn pm_sealed(v: real, zero: u32) -> real {
    return v * real(1u + zero);
}

// v rounded to 24 bits: the product of two such numbers is exact. Compilers must keep the rounding.
fn pm_short(v: real) -> real {
    return real(f32(v));
}

// n / d. Drivers divide f64 to an ulp or better; in f32 this takes more.
fn pm_quotient(n: real, d: real) -> real {
    return n / d;
}

// 2^k for k in [-126, 127].
fn pm_small_power_of_two(k: i32) -> real {
    return real(bitcast<f32>(bitcast<u32>(k + 127) << 23u));
}

// v·2^k for k in [-1080, 1039]: k = 16j + l with j rounded towards 0, and 2^(8j) twice, since 2^k itself may overflow or
// be subnormal where the result is neither. The zero between them keeps compilers from combining them.
fn pm_scaled(v: real, k: i32) -> real {
    let j = (k + ((k >> 31u) & 15)) >> 4u;
    let root = pm_small_power_of_two(j);
    let fourth = (root * root) * (root * root);
    let eighth = fourth * fourth;
    return (v * pm_small_power_of_two(k - (j << 4u)) * eighth + real(pm_zero_of(real(k)))) * eighth;
}

// 2^k for k in [-1022, 1023].
fn pm_power_of_two(k: i32) -> real {
    return pm_scaled(real(1.0), k);
}

// expm1(r) for x = k·ln 2 + r; k is rounded to the nearest integer beforehand. Two-part reduction after Cody and Waite: the
// leading part of ln 2 is so short that k times it is exact. Minimax polynomial.
fn pm_reduced_expm1(x: real, k: real) -> real {
    let r = pm_sealed(x - k * 0.6931471805601177, pm_zero_of(k)) - k * -1.7239444525614835e-13;
    let series = 0.5 + r * (0.16666666666666671 + r * (0.04166666666666667 + r * (0.0083333333333259856
        + r * (0.001388888888888377 + r * (0.00019841269875342142 + r * (2.4801587325677858e-5 + r * (2.7557254740405415e-6
        + r * (2.7557273372596147e-7 + r * (2.5105490906986695e-8 + r * 2.0914822139699311e-9)))))))));
    return r + r * r * series;
}

// e^x.
fn pm_exp(x: real) -> real {
    let bounded = select(select(x, 710.0, x > 710.0), -746.0, x < -746.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let e = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k));
    return select(e, x, pm_is_nan(x));
}

// e^x - 1, accurate relative to the result.
fn pm_expm1(x: real) -> real {
    let bounded = select(select(x, 710.0, x > 710.0), -60.0, x < -60.0);
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
    return r * (0.69314718055994531 + r * (0.24022650695910071 + r * (0.055504108664821628 + r * (0.0096181291076284795
        + r * (0.0013333558146406117 + r * (0.00015403530393370558 + r * (1.5252733842009232e-5 + r * (1.3215486808929519e-6
        + r * (1.0178056855501161e-7 + r * (7.0548971892065078e-9 + r * (4.4558591123302077e-10
        + r * 2.5729528125665952e-11)))))))))));
}

// 2^x; x less its nearest integer is exact.
fn pm_exp2(x: real) -> real {
    let bounded = select(select(x, 1025.0, x > 1025.0), -1077.0, x < -1077.0);
    let k = floor(bounded + 0.5);
    let e = pm_scaled(1.0 + pm_reduced_exp2m1(bounded - k), i32(k));
    return select(e, x, pm_is_nan(x));
}

// tanh(x): minimax polynomial up to 0.55, above it 1 - 2 / (e^2|x| + 1).
fn pm_tanh(x: real) -> real {
    let z = x * x;
    let near = x + x * z * (-0.33333333333333333 + z * (0.13333333333333312 + z * (-0.053968253968220375
        + z * (0.021869488534073908 + z * (-0.0088632354631468001 + z * (0.0035921267699626347 + z * (-0.0014558190971513512
        + z * (0.0005899052969492733 + z * (-0.00023847272480152521 + z * (9.455133052924858e-5 + z * (-3.3720801120463164e-5
        + z * 7.8742743453444191e-6)))))))))));
    let far = 1.0 - 2.0 / (1.0 + pm_exp(2.0 * min(abs(x), 22.0)));
    return select(select(select(far, -far, x < 0.0), near, abs(x) < 0.55), x, pm_is_nan(x));
}

// sinh(x): minimax polynomial up to 1, above it (e^|x| - e^-|x|) / 2, where little cancels.
fn pm_sinh(x: real) -> real {
    let size = abs(x);
    let is_near = size < 1.0;
    let bounded = select(size, 711.0, size > 711.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    // e^|x| / 2, since e^|x| overflows before the result does.
    let half = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k) - 1);
    let far = half - 0.25 / half;
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * (0.16666666666666667 + z * (0.0083333333333333334 + z * (0.00019841269841269773
        + z * (2.7557319224040339e-6 + z * (2.5052108364058041e-8 + z * (1.6059048396350562e-10 + z * (7.6466253616566577e-13
        + z * 2.8445264169895286e-15)))))));
    return select(select(select(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// cosh(x) = (e^|x| + e^-|x|) / 2.
fn pm_cosh(x: real) -> real {
    let size = abs(x);
    let bounded = select(size, 711.0, size > 711.0);
    let k = floor(bounded * 1.4426950408889634 + 0.5);
    let half = pm_scaled(1.0 + pm_reduced_expm1(bounded, k), i32(k) - 1);
    return select(half + 0.25 / half, x, pm_is_nan(x));
}

// 2·atanh(s) for s² <= 1/9: minimax polynomial.
fn pm_twice_atanh(s: real) -> real {
    let t = s * s;
    return 2.0 * s + s * t * (0.66666666666666667 + t * (0.40000000000000016 + t * (0.28571428571421886
        + t * (0.22222222223340602 + t * (0.18181818085339408 + t * (0.15384620283714326 + t * (0.13333176115594044
        + t * (0.11768012629305745 + t * (0.10480229576921894 + t * (0.099432238963963484 + t * (0.063293351553439172
        + t * 0.15239456950018403)))))))))));
}

// ln(1 + x) for x in [-1/2, 1], by atanh's series in s = x / (2 + x). Since 2s = x - sx and x = 2s + sx, it is
// x - (x²/2 - s(x²/2 + …)): the leading term is x itself, and the rounding of s counts for little.
fn pm_log1p_near(x: real) -> real {
    let s = x / (2.0 + x);
    let t = s * s;
    let half_square = 0.5 * x * x;
    return x - (half_square - s * (half_square + t * (0.66666666666666667 + t * (0.40000000000000016
        + t * (0.28571428571421886 + t * (0.22222222223340602 + t * (0.18181818085339408 + t * (0.15384620283714326
        + t * (0.13333176115594044 + t * (0.11768012629305745 + t * (0.10480229576921894 + t * (0.099432238963963484
        + t * (0.063293351553439172 + t * 0.15239456950018403)))))))))))));
}

// x less ln(1 + x) for 1 + x in [√½, √2]: the same with a shorter polynomial.
fn pm_log1p_rest(x: real) -> real {
    let s = x / (2.0 + x);
    let t = s * s;
    let half_square = 0.5 * x * x;
    return half_square - s * (half_square + t * (0.66666666666666698 + t * (0.3999999999989607 + t * (0.28571428627528796
        + t * (0.22222210881932927 + t * (0.18182907497671218 + t * (0.15331112587960168 + t * 0.14623956608211879)))))));
}

// m in [√½, √2) and k with x = m·2^k, for positive x, subnormal ones included. Two exact scalings bring x to
// within [2^-126, 2^126], where its exponent can be read off an f32.
fn pm_split(x: real) -> vec2<real> {
    let is_huge = x > 0x1p378;
    let is_tiny = x < 0x1p-378;
    let once = x * select(select(real(1.0), real(0x1p-700), is_huge), real(0x1p700), is_tiny);
    let is_large = once > 0x1p126;
    let is_small = once < 0x1p-126;
    let twice = once * select(select(real(1.0), real(0x1p-252), is_large), real(0x1p252), is_small);
    let taken = select(select(0, 700, is_huge), -700, is_tiny) + select(select(0, 252, is_large), -252, is_small);
    let k = bitcast<i32>(bitcast<u32>(f32(twice)) - 0x3f3504f3u) >> 23u;
    return vec2<real>(twice * pm_small_power_of_two(-k), real(k + taken));
}

// A logarithm from its value for positive finite x: -infinity at 0, NaN below, x where it is not finite.
fn pm_log_bounded(value: real, x: real) -> real {
    let outside = select(pm_nan(x), -pm_infinity(x), x == 0.0);
    return select(select(outside, value, x > 0.0), x, pm_is_nan(x) || (x > 0.0 && !pm_is_finite(x)));
}

// ln(x) = k·ln 2 + ln(m): -infinity at 0, NaN below.
fn pm_log(x: real) -> real {
    let split = pm_split(x);
    let f = split.x - 1.0;
    let value = split.y * 0.6931471805601177 + (f - (pm_log1p_rest(f) - split.y * -1.7239444525614835e-13));
    return pm_log_bounded(value, x);
}

// log2(x): -infinity at 0, NaN below. 1 / ln 2 and ln(m) in two parts each, for one rounding instead of two.
fn pm_log2(x: real) -> real {
    let split = pm_split(x);
    let f = split.x - 1.0;
    let high = pm_short(f);
    let low = (f - high) - pm_log1p_rest(f);
    let value = split.y + (high * 1.4426950216293335 + (low * 1.4426950216293335 + (high + low) * 1.9259629911266175e-8));
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
    let is_huge = size > 0x1p60;
    let is_near = size < 0.5;
    let a = select(size, 1.0, is_huge);
    let square = a * a;
    let v = select(a + square / (1.0 + sqrt(1.0 + square)), size, is_huge);
    let far = pm_log1p(v) + select(real(0.0), 0.6931471805599453, is_huge);
    let near_x = select(0.0, x, is_near);
    let z = near_x * near_x;
    let near = near_x + near_x * z * (-0.16666666666666667 + z * (0.074999999999999199 + z * (-0.044642857142677227
        + z * (0.030381944428513683 + z * (-0.022372158355736262 + z * (0.017352744155690403 + z * (-0.013964483323351327
        + z * (0.011547475926257405 + z * (-0.0097257161441516882 + z * (0.0081823676463777901 + z * (-0.0064746008466359027
        + z * (0.0041383581314025197 + z * -0.0014988358499957473))))))))))));
    return select(select(select(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// acosh(x) = ln(1 + t + √(2t + t²)) with t = x - 1, which is exact near 1; NaN below 1.
fn pm_acosh(x: real) -> real {
    let is_huge = x > 0x1p60;
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
    let near = near_x + near_x * z * (0.33333333333333333 + z * (0.19999999999999759 + z * (0.14285714285800712
        + z * (0.1111111109903553 + z * (0.090909099542145772 + z * (0.076922717936248815 + z * (0.066675934427670265
        + z * (0.058670839310477048 + z * (0.054230401748137952 + z * (0.037440533573059305
        + z * 0.078191174671208894))))))))));
    return select(select(select(far, -far, x < 0.0), near, is_near), x, pm_is_nan(x));
}

// Whether sin, cos and tan are defined here: |x| <= 13,000,000. On bits, so that NaN and infinity are not.
fn pm_is_angle(x: real) -> bool {
    return (bitcast<u32>(f32(x)) & 0x7fffffffu) <= 0x4b465d40u;
}

// r in [-π/4, π/4], what it lacks, and k, with x = k·π/2 + r + lack, after Cody and Waite: π/2 in three parts of 30 bits
// and a rest, so short that k times a part is exact for k < 2^23. All differences are exact where r is small, the first
// always; what the others round away is kept and added at the end. The seals keep the order.
fn pm_reduced_angle(x: real) -> vec3<real> {
    let bounded = select(0.0, x, pm_is_angle(x));
    let k = floor(bounded * 0.6366197723675814 + 0.5);
    let zero = pm_zero_of(k);
    // Another zero, lest neighbouring seals be taken for a common factor.
    let other = zero << 1u;
    let r1 = pm_sealed(bounded - k * 1.5707963276654482, other);
    let r2 = pm_sealed(r1 - k * -8.7055156920007315e-10, zero);
    let lost2 = pm_sealed(pm_sealed(r1 - r2, zero) - k * -8.7055156920007315e-10, zero);
    let r3 = pm_sealed(r2 - k * -3.503434396954818e-19, other);
    let lost3 = pm_sealed(pm_sealed(r2 - r3, other) - k * -3.503434396954818e-19, other);
    let rest = (lost2 + lost3) - k * -1.1351118607522201e-28;
    let r = pm_sealed(r3 + rest, zero);
    let lack = pm_sealed(r3 - r, zero) + rest;
    return vec3<real>(r, lack, k);
}

// sin(r + lack) - r for |r| <= π/4: minimax polynomial.
fn pm_sin_rest(r: real, lack: real) -> real {
    let z = r * r;
    return r * z * (-0.16666666666666667 + z * (0.0083333333333333313 + z * (-0.00019841269841264741
        + z * (2.7557319219089079e-6 + z * (-2.5052106146148227e-8 + z * (1.6058518030197686e-10
        + z * -7.585901341559535e-13))))))
        + lack * (1.0 - 0.5 * z);
}

// 1 - cos(r + lack) for |r| <= π/4: minimax polynomial.
fn pm_cos_rest(r: real, lack: real) -> real {
    let z = r * r;
    return 0.5 * z - (z * z * (0.041666666666666665 + z * (-0.0013888888888887296 + z * (2.4801587298613823e-5
        + z * (-2.7557317193473845e-7 + z * (2.087613006576344e-9 + z * -1.1381472741781293e-11))))) - r * lack);
}

// sin(x); NaN for |x| > 13,000,000.
fn pm_sin(x: real) -> real {
    let reduced = pm_reduced_angle(x);
    let quarter = i32(reduced.z);
    let s = reduced.x + pm_sin_rest(reduced.x, reduced.y);
    let c = 1.0 - pm_cos_rest(reduced.x, reduced.y);
    let v = select(s, c, (quarter & 1) != 0);
    return select(pm_nan(x), select(v, -v, (quarter & 2) != 0), pm_is_angle(x));
}

// cos(x); NaN for |x| > 13,000,000.
fn pm_cos(x: real) -> real {
    let reduced = pm_reduced_angle(x);
    let quarter = i32(reduced.z) + 1;
    let s = reduced.x + pm_sin_rest(reduced.x, reduced.y);
    let c = 1.0 - pm_cos_rest(reduced.x, reduced.y);
    let v = select(s, c, (quarter & 1) != 0);
    return select(pm_nan(x), select(v, -v, (quarter & 2) != 0), pm_is_angle(x));
}

// tan(x) = sin(r) / cos(r) or -cos(r) / sin(r), each of these in two parts, which are not added up before the division: its
// short quotient is followed by what that leaves. NaN for |x| > 13,000,000.
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
    return z * (0.16666666666666668 + z * (0.074999999999984329 + z * (0.04464285714635543 + z * (0.030381944138531247
        + z * (0.022372172942149888 + z * (0.017352392720869973 + z * (0.013971212973552933 + z * (0.011479177415184906
        + z * (0.010322814350185779 + z * (0.0054575067186403583 + z * (0.017400879442694022 + z * (-0.014851887071247203
        + z * 0.028757851367421565))))))))))));
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
    let high = pm_sealed(1.5707963705062866 - 2.0 * root.x, pm_zero_of(floor(size)));
    let far = high - (2.0 * (root.y + (root.x + root.y) * rest) - -4.3711390001862428e-8);
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
    let near = 1.5707963705062866 - (x + (x * rest - -4.3711390001862428e-8));
    let positive = 2.0 * (root.x + low);
    let negative = 2.0 * (1.5707963705062866 - root.x) - (2.0 * low - 2.0 * -4.3711390001862428e-8);
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
    let rest = r * z * (-0.33333333333333333 + z * (0.19999999999999803 + z * (-0.14285714285659457
        + z * (0.11111111105119365 + z * (-0.090909087517060758 + z * (0.076922963231577845 + z * (-0.066664239543734122
        + z * (0.058789182929757272 + z * (-0.052303754575766692 + z * (0.045512338448295677 + z * (-0.034561322968262308
        + z * 0.016275521683893418)))))))))));
    let high = select(select(real(0.0), 0.5 * 1.5707963705062866, is_middle), 1.5707963705062866, is_upper);
    let low = select(select(real(0.0), 0.5 * -4.3711390001862428e-8, is_middle), -4.3711390001862428e-8, is_upper);
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
    let scale = select(select(real(1.0), 0x1p-100, most > 0x1p900), 0x1p100, most < 0x1p-900);
    let a = pm_atan_of_quotient(size_y * scale, select(size_x * scale, 1.0, most == 0.0));
    let turned = select(a, 2.0 * 1.5707963705062866 - (a - 2.0 * -4.3711390001862428e-8), pm_is_negative(x));
    let value = select(turned, -turned, pm_is_negative(y));
    return select(select(value, x, pm_is_nan(x)), y, pm_is_nan(y));
}

// |x|^y for positive finite |x|, as 2^(y·log2|x|). The product may be 1075, so log2|x| is needed to eleven bits more than
// fit one number: s, its square and cube and their coefficients are carried in a short part, with exact products, and a
// rest. Then log2|x| = k + 2/ln 2·(s + s³/3 + …) with s = (m - 1) / (m + 1).
fn pm_pow_of_positive(size: real, y: real) -> real {
    let split = pm_split(size);
    let m = split.x;
    let k = split.y;
    let zero = pm_zero_of(k);
    let m_high = pm_short(m);
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
    let more = t * (0.57707801635558536 + t * (0.41219858311114432 + t * (0.32059889796687998 + t * (0.2623081915302578
        + t * (0.22195278196734129 + t * (0.19238092497374446 + t * (0.16887570524662732 + t * 0.16922968441445715)))))));
    let p_high = pm_short(0.96179670095443726 + more);
    let p_low = pm_sealed(0.96179670095443726 - p_high, zero) + (-7.0284616509527585e-9 + more);
    let cube = s_high * t_high;
    let u_high = pm_short(cube);
    let u_low = (cube - u_high) + (s_high * t_low + s_low * t);
    let first = s_high * 2.885390043258667;
    let third = u_high * p_high;
    let low = (u_high * p_low + u_low * (p_high + p_low)) + (s_high * 3.8519259822532349e-8 + s_low * 2.8853900817779268);
    let w_high = pm_short(k + (first + (third + low)));
    let w_low = pm_sealed(pm_sealed(pm_sealed(k - w_high, zero) + first, zero) + third, zero) + low;

    // No y beyond 2^65 changes the result.
    let bounded = select(select(y, 0x1p65, y > 0x1p65), -0x1p65, y < -0x1p65);
    let y_high = pm_short(bounded);
    let y_low = bounded - y_high;
    let z_high = y_high * w_high;
    let z_low = y_high * w_low + y_low * (w_high + w_low);
    let z = z_high + z_low;
    let is_over = z > 1025.0;
    let is_under = z < -1077.0;
    let whole = floor(select(select(z, 1025.0, is_over), -1077.0, is_under) + 0.5);
    let r = select(pm_sealed(z_high - whole, zero) + z_low, 0.0, is_over || is_under);
    return pm_scaled(1.0 + pm_reduced_exp2m1(r), i32(whole));
}

// x^y as IEEE 754 has it, but NaN wherever an argument is NaN: y = 0 gives 1, a negative x needs an integer y.
fn pm_pow(x: real, y: real) -> real {
    let size = abs(x);
    let is_zero = size == 0.0;
    let is_special = is_zero || !pm_is_finite(x);
    let limit = select(real(0.0), pm_infinity(x), is_zero != (y > 0.0));
    let magnitude = select(pm_pow_of_positive(select(size, 1.0, is_special), y), limit, is_special);
    let is_integer = floor(y) == y;
    let is_odd = is_integer && floor(0.5 * y) != 0.5 * y;
    let is_undefined = pm_is_negative(x) && !is_special && !is_integer;
    let value = select(magnitude, -magnitude, pm_is_negative(x) && is_odd);
    let defined = select(select(value, pm_nan(x), is_undefined), 1.0, y == 0.0);
    return select(select(defined, pm_nan(x), pm_is_nan(x)), pm_nan(y), pm_is_nan(y));
}

// x^n by squaring for n from -3 to 4, by pm_pow beyond, where the roundings of squares would add up. 0^0 is 1.
fn pm_powi(x: real, n: i32) -> real {
    let is_negative = n < 0;
    let size = select(bitcast<u32>(n), 0u - bitcast<u32>(n), is_negative);
    if size > select(4u, 3u, is_negative) {
        return pm_pow(x, real(n));
    }
    let root = select(1.0, x, (size & 2u) != 0u) * select(1.0, x * x, (size & 4u) != 0u);
    let odd = select(1.0, x, (size & 1u) != 0u);
    let power = (root * odd) * root;
    // Where x^|n| is subnormal or 0, its inverse may yet be finite.
    let inverse = select(((1.0 / root) / odd) / root, 1.0 / power, abs(power) > 0x1p-1000);
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
