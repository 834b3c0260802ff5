//! exp, expm1, ln, ln(1+x) and tanh in f32 and f64. Those in f32 are twins of `shaders/prelude/math.wgsl`
//! with the coefficients of `math_f32.wgsl`.
//!
//! A finite difference subtracts two values that lie close together, so the error of a library function is
//! multiplied by 1/h; an increment, which subtracts nothing, needs expm1 and log1p that are accurate relative to
//! their small results. WGSL allows its own `exp` 3 + 2·|x| ulp and its `log` an absolute error of 2^-21 near 1, and has
//! neither expm1 nor log1p. The functions here have no branches, so a loop over samples becomes SIMD code, in f64 too,
//! where the standard library's are calls. Their errors in ulp: tests below, and the table in `shaders/README.md`.
//!
//! Method: Cody and Waite's two-part reduction to |r| <= ln(2)/2 and Taylor's series there (its first omitted
//! term is below the last place); the logarithm as 2·atanh((v-1)/(v+1)) with v in [√½, √2). log1p(x) by the same
//! series in x/(2+x) for x in [-½, 1]; outside, 1+x loses nothing that counts.

macro_rules! functions {
    (
        $module:ident, $real:ident, $bits:ident, $signed:ident, mantissa $mantissa:literal, bias $bias:literal,
        ln 2 = $high:literal + $low:literal, exp in [$least:literal, $most:literal],
        expm1 from $expm1_least:literal, tanh to $tanh_most:literal,
        exponential $exponential:expr, area $area:expr
    ) => {
        pub(crate) mod $module {
            const LOG2_E: $real = std::$real::consts::LOG2_E;
            /// The leading bits of ln 2: a small integer multiple of it is exact.
            const LN_2_HIGH: $real = $high;
            const LN_2_LOW: $real = $low;
            /// Adding 1.5·2^mantissa rounds to the nearest integer, which then stands in the low bits.
            const ROUND: $real = 1.5 * (1u64 << $mantissa) as $real;
            const ROOT_HALF: $bits = std::$real::consts::FRAC_1_SQRT_2.to_bits();
            const FRACTION: $bits = (1 << $mantissa) - 1;

            /// c₀ + x(c₁ + x(c₂ + …)), the coefficients given as their inverses.
            #[inline(always)]
            fn series<const N: usize>(x: $real, inverses: [f64; N]) -> $real {
                let mut sum = 0.0;
                for inverse in inverses.iter().rev() {
                    sum = (1.0 / *inverse) as $real + x * sum;
                }
                sum
            }

            /// expm1(r) and k with x = k·ln 2 + r.
            #[inline(always)]
            fn reduced_expm1(x: $real) -> ($real, $signed) {
                let shifted = x * LOG2_E + ROUND;
                let k = shifted - ROUND;
                let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
                let p = r + r * r * series(r, $exponential);
                (p, (shifted.to_bits() as $signed).wrapping_sub(ROUND.to_bits() as $signed))
            }

            /// 2^k for k of a normal number.
            #[inline(always)]
            fn power_of_two(k: $signed) -> $real {
                $real::from_bits((k.wrapping_add($bias) << $mantissa) as $bits)
            }

            /// e^x: infinite where it overflows, 0 where it underflows, NaN for NaN.
            #[inline(always)]
            pub(crate) fn exp(x: $real) -> $real {
                // Comparisons rather than min and max, which swallow NaN.
                let x = if x > $most { $most } else { x };
                let x = if x < $least { $least } else { x };
                let (p, k) = reduced_expm1(x);
                // In two factors, since 2^k itself may overflow or be subnormal where the result is neither.
                let half = k >> 1;
                (1.0 + p) * power_of_two(half) * power_of_two(k.wrapping_sub(half))
            }

            /// e^x - 1, accurate relative to the result near 0 too; infinite up to half a unit of x before e^x is.
            #[inline(always)]
            pub(crate) fn expm1(x: $real) -> $real {
                let x = if x > $most { $most } else { x };
                let x = if x < $expm1_least { $expm1_least } else { x };
                let (p, k) = reduced_expm1(x);
                let half = k >> 1;
                let (lower, upper) = (power_of_two(half), power_of_two(k.wrapping_sub(half)));
                (lower * upper - 1.0) + (lower * p) * upper
            }

            /// e^x - 1 for |x| <= ln(2)/2, where nothing has to be reduced.
            #[inline(always)]
            pub(crate) fn expm1_near(x: $real) -> $real {
                x + x * x * series(x, $exponential)
            }

            /// tanh(x) = E/(E + 2), E = expm1(2·|x|): accurate relative to the result, near 0 too.
            #[inline(always)]
            pub(crate) fn tanh(x: $real) -> $real {
                let size = x.abs();
                let size = if size > $tanh_most { $tanh_most } else { size };
                let (p, k) = reduced_expm1(2.0 * size);
                let scale = power_of_two(k);
                let e = (scale - 1.0) + scale * p;
                (e / (e + 2.0)).copysign(x)
            }

            /// 2·atanh(s) by its series in s², for s² <= 1/9.
            #[inline(always)]
            fn twice_atanh(s: $real) -> $real {
                let t = s * s;
                2.0 * (s + s * t * series(t, $area))
            }

            /// ln(1 + x) for x in [-½, 1].
            #[inline(always)]
            pub(crate) fn log1p_near(x: $real) -> $real {
                twice_atanh(x / (2.0 + x))
            }

            /// ln(x) for positive normal x; infinity and NaN stay what they are.
            #[inline(always)]
            pub(crate) fn ln(x: $real) -> $real {
                // Split x = m·2^k with m in [√½, √2), so that ln(m) does not cancel against k·ln 2.
                let bits = x.to_bits().wrapping_sub(ROOT_HALF);
                let k = ((bits as $signed) >> $mantissa) as $real;
                let m = $real::from_bits((bits & FRACTION).wrapping_add(ROOT_HALF));
                let log_m = twice_atanh((m - 1.0) / (m + 1.0));
                let log = k * LN_2_HIGH + (k * LN_2_LOW + log_m);
                // The bits of infinity and NaN would otherwise give an ordinary number.
                if x.is_finite() { log } else { x }
            }

            /// ln(1 + x), accurate relative to the result near 0 too: -∞ at -1, NaN below.
            #[inline(always)]
            pub(crate) fn log1p(x: $real) -> $real {
                let u = 1.0 + x;
                let far = if u > 0.0 {
                    ln(u)
                } else if u == 0.0 {
                    $real::NEG_INFINITY
                } else {
                    // NaN, also where x is.
                    $real::NAN
                };
                let is_near = (-0.5..=1.0).contains(&x);
                if is_near { log1p_near(if is_near { x } else { 0.0 }) } else { far }
            }
        }
    };
}

functions!(
    single, f32, u32, i32, mantissa 23, bias 127,
    ln 2 = 0.693_145_75 + 1.428_606_8e-6, exp in [-104.0, 89.0],
    expm1 from -30.0, tanh to 10.0,
    exponential [2.0, 6.0, 24.0, 120.0, 720.0, 5040.0],
    area [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]
);

functions!(
    double, f64, u64, i64, mantissa 52, bias 1023,
    // The leading 33 bits, and the rest.
    ln 2 = 0.693_147_180_369_123_8 + 1.908_214_929_270_587_7e-10, exp in [-746.0, 710.0],
    expm1 from -60.0, tanh to 22.0,
    exponential [
        2.0, 6.0, 24.0, 120.0, 720.0, 5040.0, 40320.0, 362_880.0, 3_628_800.0, 39_916_800.0, 479_001_600.0,
        6_227_020_800.0
    ],
    area [
        3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0, 23.0, 25.0, 27.0, 29.0, 31.0, 33.0
    ]
);
