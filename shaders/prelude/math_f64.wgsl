// What math.wgsl and math_angle.wgsl need in f64. Errors: at most 3 ulp. WGSL has no such functions in f64: naga lets them pass
// and devices return garbage. No bitcast of f64 and no 64-bit integers, which adapters need not have.

// Arguments of exp, expm1, 2^x, sinh and cosh beyond these give what these give.
const PM_EXP_MOST = 710.0;
const PM_EXP_LEAST = -746.0;
const PM_EXPM1_LEAST = -60.0;
const PM_EXP2_MOST = 1025.0;
const PM_EXP2_LEAST = -1077.0;
const PM_COSH_MOST = 711.0;

// ln 2, 1 / ln 2 and π/2, each as the sum of two parts.
const PM_LN2_HIGH = 0.6931471805601177;
const PM_LN2_LOW = -1.7239444525614835e-13;
const PM_LOG2E_HIGH = 1.4426950216293335;
const PM_LOG2E_LOW = 1.9259629911266175e-8;
const PM_HALF_PI_HIGH = 1.5707963705062866;
const PM_HALF_PI_LOW = -4.3711390001862428e-8;

// pow's series in s: 2 / ln 2 whole and in two parts, and the coefficient of s³ in two parts.
const PM_POW_LINEAR = 2.8853900817779268;
const PM_POW_LINEAR_HIGH = 2.885390043258667;
const PM_POW_LINEAR_LOW = 3.8519259822532349e-8;
const PM_POW_CUBIC_HIGH = 0.96179670095443726;
const PM_POW_CUBIC_LOW = -7.0284616509527585e-9;

// asinh and acosh square no larger number.
const PM_SQUARE_MOST = 0x1p60;
// powi divides 1 by no smaller x^|n|.
const PM_POWI_LEAST = 0x1p-1000;
// atan2 scales what is larger or smaller than these.
const PM_ATAN2_LARGE = 0x1p900;
const PM_ATAN2_LARGE_SCALE = 0x1p-100;
const PM_ATAN2_SMALL = 0x1p-900;
const PM_ATAN2_SMALL_SCALE = 0x1p100;
// 13,000,000, the largest angle of sin, cos and tan.
const PM_ANGLE_MOST_BITS = 0x4b465d40u;

// Minimax polynomials; the functions that use them say where they hold.
fn pm_expm1_series(r: real) -> real {
    return 0.5 + r * (0.16666666666666671 + r * (0.04166666666666667 + r * (0.0083333333333259856
        + r * (0.001388888888888377 + r * (0.00019841269875342142 + r * (2.4801587325677858e-5 + r * (2.7557254740405415e-6
        + r * (2.7557273372596147e-7 + r * (2.5105490906986695e-8 + r * 2.0914822139699311e-9)))))))));
}
// 2^r - 1 for r in [-1/2, 1/2].
fn pm_reduced_exp2m1(r: real) -> real {
    return r * (0.69314718055994531 + r * (0.24022650695910071 + r * (0.055504108664821628 + r * (0.0096181291076284795
        + r * (0.0013333558146406117 + r * (0.00015403530393370558 + r * (1.5252733842009232e-5 + r * (1.3215486808929519e-6
        + r * (1.0178056855501161e-7 + r * (7.0548971892065078e-9 + r * (4.4558591123302077e-10
        + r * 2.5729528125665952e-11)))))))))));
}
fn pm_sinh_series(z: real) -> real {
    return 0.16666666666666667 + z * (0.0083333333333333334 + z * (0.00019841269841269773 + z * (2.7557319224040339e-6
        + z * (2.5052108364058041e-8 + z * (1.6059048396350562e-10 + z * (7.6466253616566577e-13
        + z * 2.8445264169895286e-15))))));
}
fn pm_log1p_series(t: real) -> real {
    return 0.66666666666666667 + t * (0.40000000000000016 + t * (0.28571428571421886 + t * (0.22222222223340602
        + t * (0.18181818085339408 + t * (0.15384620283714326 + t * (0.13333176115594044 + t * (0.11768012629305745
        + t * (0.10480229576921894 + t * (0.099432238963963484 + t * (0.063293351553439172 + t * 0.15239456950018403))))))))));
}
fn pm_log_series(t: real) -> real {
    return 0.66666666666666698 + t * (0.3999999999989607 + t * (0.28571428627528796 + t * (0.22222210881932927
        + t * (0.18182907497671218 + t * (0.15331112587960168 + t * 0.14623956608211879)))));
}
fn pm_asinh_series(z: real) -> real {
    return -0.16666666666666667 + z * (0.074999999999999199 + z * (-0.044642857142677227 + z * (0.030381944428513683
        + z * (-0.022372158355736262 + z * (0.017352744155690403 + z * (-0.013964483323351327 + z * (0.011547475926257405
        + z * (-0.0097257161441516882 + z * (0.0081823676463777901 + z * (-0.0064746008466359027 + z * (0.0041383581314025197
        + z * -0.0014988358499957473)))))))))));
}
fn pm_atanh_series(z: real) -> real {
    return 0.33333333333333333 + z * (0.19999999999999759 + z * (0.14285714285800712 + z * (0.1111111109903553
        + z * (0.090909099542145772 + z * (0.076922717936248815 + z * (0.066675934427670265 + z * (0.058670839310477048
        + z * (0.054230401748137952 + z * (0.037440533573059305 + z * 0.078191174671208894)))))))));
}
fn pm_pow_series(t: real) -> real {
    return 0.57707801635558536 + t * (0.41219858311114432 + t * (0.32059889796687998 + t * (0.2623081915302578
        + t * (0.22195278196734129 + t * (0.19238092497374446 + t * (0.16887570524662732 + t * 0.16922968441445715))))));
}
fn pm_sin_series(z: real) -> real {
    return -0.16666666666666667 + z * (0.0083333333333333313 + z * (-0.00019841269841264741 + z * (2.7557319219089079e-6
        + z * (-2.5052106146148227e-8 + z * (1.6058518030197686e-10 + z * -7.585901341559535e-13)))));
}
fn pm_cos_series(z: real) -> real {
    return 0.041666666666666665 + z * (-0.0013888888888887296 + z * (2.4801587298613823e-5 + z * (-2.7557317193473845e-7
        + z * (2.087613006576344e-9 + z * -1.1381472741781293e-11))));
}
// (asin(s) - s) / s for z = s² <= 1/4.
fn pm_asin_rest(z: real) -> real {
    return z * (0.16666666666666668 + z * (0.074999999999984329 + z * (0.04464285714635543 + z * (0.030381944138531247
        + z * (0.022372172942149888 + z * (0.017352392720869973 + z * (0.013971212973552933 + z * (0.011479177415184906
        + z * (0.010322814350185779 + z * (0.0054575067186403583 + z * (0.017400879442694022 + z * (-0.014851887071247203
        + z * 0.028757851367421565))))))))))));
}
fn pm_atan_series(z: real) -> real {
    return -0.33333333333333333 + z * (0.19999999999999803 + z * (-0.14285714285659457 + z * (0.11111111105119365
        + z * (-0.090909087517060758 + z * (0.076922963231577845 + z * (-0.066664239543734122 + z * (0.058789182929757272
        + z * (-0.052303754575766692 + z * (0.045512338448295677 + z * (-0.034561322968262308
        + z * 0.016275521683893418))))))))));
}
fn pm_tanh_series(z: real) -> real {
    return -0.33333333333333333 + z * (0.13333333333333312 + z * (-0.053968253968220375 + z * (0.021869488534073908
        + z * (-0.0088632354631468001 + z * (0.0035921267699626347 + z * (-0.0014558190971513512 + z * (0.0005899052969492733
        + z * (-0.00023847272480152521 + z * (9.455133052924858e-5 + z * (-3.3720801120463164e-5
        + z * 7.8742743453444191e-6))))))))));
}

// The bits of x as an f32: there is no bitcast of f64, so every test is made on these.
fn pm_bits(x: real) -> u32 { return bitcast<u32>(f32(x)); }

// Not on the bits: what is 0 in f32 need not be 0.
fn pm_is_zero(x: real) -> bool { return x == 0.0; }

// Infinity and NaN have all exponent bits set. The scale keeps finite numbers finite in f32.
fn pm_is_finite(x: real) -> bool { return ((pm_bits(x * 0x1p-1000) ^ pm_zero()) & 0x7f800000u) != 0x7f800000u; }

// The first, or if `is_second` the second. There are no bits of f64 to pick by.
fn pm_pick(first: real, second: real, is_second: bool) -> real { return select(first, second, is_second); }

// v, across which no sum is reassociated: compilers do not multiply out a factor, here 1. `zero` is pm_zero_of(k).
fn pm_sealed(v: real, zero: u32) -> real { return v * real(1u + zero); }

// v rounded to 24 bits: the product of two such numbers is exact. Compilers must keep the rounding.
fn pm_short(v: real) -> real { return real(f32(v)); }

// The short part of a v of [√½, √2) to which 1 is added before it is multiplied: there is room enough for that here.
fn pm_short_below(v: real) -> real { return pm_short(v); }

// n / d, and √x. Drivers compute these to an ulp or better in f64; in f32 this takes more.
fn pm_quotient(n: real, d: real) -> real { return n / d; }

fn pm_over(n: real, d: real) -> real { return n / d; }

fn pm_root(x: real) -> real { return sqrt(x); }

// v·2^k for k in [-1080, 1039]: k = 16j + l with j rounded towards 0, and 2^(8j) twice, since 2^k itself may overflow or
// be subnormal where the result is neither. The zero between them keeps compilers from combining them.
fn pm_scaled(v: real, k: i32) -> real {
    let j = (k + ((k >> 31u) & 15)) >> 4u;
    let root = pm_power_of_two(j);
    let fourth = (root * root) * (root * root);
    let eighth = fourth * fourth;
    return (v * pm_power_of_two(k - (j << 4u)) * eighth + real(pm_zero_of(real(k)))) * eighth;
}

// tanh(x): minimax polynomial up to 0.55, above it 1 - 2 / (e^2|x| + 1).
fn pm_tanh(x: real) -> real {
    let z = x * x;
    let near = x + x * z * pm_tanh_series(z);
    let far = 1.0 - 2.0 / (1.0 + pm_exp(2.0 * min(abs(x), 22.0)));
    return pm_pick(pm_pick(pm_pick(far, -far, x < 0.0), near, abs(x) < 0.55), x, pm_is_nan(x));
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
    let k = bitcast<i32>(pm_bits(twice) - 0x3f3504f3u) >> 23u;
    return vec2<real>(twice * pm_power_of_two(-k), real(k + taken));
}

// A logarithm from its value for positive finite x: -infinity at 0, NaN below, x where it is not finite.
fn pm_log_bounded(value: real, x: real) -> real {
    let outside = pm_pick(pm_nan(x), -pm_infinity(x), x == 0.0);
    return pm_pick(pm_pick(outside, value, x > 0.0), x, pm_is_nan(x) || (x > 0.0 && !pm_is_finite(x)));
}

// x^n: f64 holds every i32.
fn pm_pow_of_integer(x: real, n: i32) -> real { return pm_pow(x, real(n)); }

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
