//! The rules by which values, slopes and their errors go through a program: one text for the CPU engine and for devices.
//!
//! Of an operand `a`: its value `a`, a bound `ea` of the value's error, its slope `da` (the change over h) and a bound `pa` of
//! the slope's error. `v` is the value of the result as computed, `d` its slope. Bounds are those of running error analysis
//! (Wilkinson; Higham, "Accuracy and Stability of Numerical Algorithms", section 3.3): whatever the operands are within
//! their bounds, the result is within its own. Of a function `g` is the slope (its derivative), and `w` bounds how far off
//! that can be because the argument is, by up to `e`.
//!
//! Slopes are those in the limit of small steps. At the step that increments take if none is named, 2^-60 of |x| in f32
//! and 2^-80 in f64, what h adds to a rule (h·da·db to a product's) is far below the rule's own rounding.

use super::arith::*;
use crate::numeric::Real;
use crate::program::lanes::LANES;

/// Operands of a rule, at most.
pub(in crate::program) const MOST_OPERANDS: usize = 9;

/// Declares rules: for each a function of Rust, a row in the table, and the text of the same function in WGSL.
macro_rules! rules {
    ($(
        $(#[$doc:meta])*
        $name:ident $function:ident($($argument:ident)+) {
            $(let $local:ident = $value:expr;)*
            return $result:expr
        }
    )*) => {
        /// A rule: numbers in, one number out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::program) enum Rule { $($(#[$doc])* $name),* }

        $(
            #[inline(always)]
            #[allow(clippy::too_many_arguments, reason = "an operand has up to four numbers")]
            pub(crate) fn $function<T: Real>($($argument: N<T>),+) -> N<T> {
                $(let $local = $value;)*
                $result
            }
        )*

        impl Rule {
            /// How many numbers go in.
            pub(in crate::program) fn operands(self) -> usize {
                match self { $(Rule::$name => [$(stringify!($argument)),+].len()),* }
            }

            /// Its name on devices.
            #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
            pub(in crate::program) fn name(self) -> &'static str {
                match self { $(Rule::$name => stringify!($function)),* }
            }
        }

        /// The rules as WGSL.
        #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
        pub(in crate::program) const TEXT: &str = concat!($(
            "fn ", stringify!($function), "(", $(stringify!($argument), ": real, ",)+ ") -> real {\n",
            $("    let ", stringify!($local), " = ", stringify!($value), ";\n",)*
            "    return ", stringify!($result), ";\n}\n",
        )*);

        /// Applies a rule to rows, of which it takes the first.
        #[inline(always)]
        pub(in crate::program) fn apply<T: Real>(
            rule: Rule,
            from: &[&[T; LANES]; MOST_OPERANDS],
            to: &mut [T; LANES],
        ) {
            match rule {
                $(Rule::$name => {
                    rules!(@rows from, 0, $($argument)+);
                    for lane in 0..LANES {
                        to[lane] = $function($(N($argument[lane])),+).0;
                    }
                })*
            }
        }
    };
    (@rows $from:ident, $at:expr, $argument:ident $($rest:ident)*) => {
        let $argument = $from[$at];
        rules!(@rows $from, $at + 1, $($rest)*);
    };
    (@rows $from:ident, $at:expr,) => {};
}

rules! {
    // Sums.
    Negated negated(a) { return -a }
    SumError sum_error(v ea eb) { return ea + eb + u() * abs(v) }
    SumSlope sum_slope(da db) { return da + db }
    DifferenceSlope difference_slope(da db) { return da - db }
    SumBound sum_bound(d pa pb) { return pa + pb + u() * abs(d) }

    // Products: of two, with a factor that does not move, of one with itself.
    ProductError product_error(a ea b eb v) {
        return ea * (abs(b) + eb) + abs(a) * eb + u() * abs(v) + eta()
    }
    ProductSlope product_slope(a da b db) { return a * db + da * b }
    ProductBound product_bound(a ea da pa b eb db pb) {
        let left = (abs(b) + eb) * pa + eb * abs(da);
        let right = (abs(a) + ea) * pb + ea * abs(db);
        return left + right + real(2.0) * u() * (abs(a * db) + abs(da * b)) + moved(abs(da) + abs(db))
    }
    ScaledSlope scaled_slope(k d) { return k * d }
    ScaledBound scaled_bound(k ek d p) {
        return (abs(k) + ek) * p + ek * abs(d) + u() * abs(k * d) + moved(d)
    }
    SquareError square_error(a ea v) {
        return ea * (real(2.0) * abs(a) + ea) + u() * v + eta()
    }
    SquareSlope square_slope(a d) { return real(2.0) * a * d }
    SquareBound square_bound(a ea d p) {
        return real(2.0) * ((abs(a) + ea) * p + ea * abs(d)) + real(2.0) * u() * abs(a * d) + moved(d)
    }

    // Quotients v = a/b. Unknown where b may be a half of itself, or less.
    QuotientError quotient_error(ea b eb v) {
        let low = abs(b) - eb;
        let bound = (ea + abs(v) * eb) / low + k_division() * u() * abs(v) + eta();
        return select(unknown(), bound, low > eb)
    }
    QuotientSlope quotient_slope(b v da db) { return (da - v * db) / b }
    QuotientBound quotient_bound(b eb v ev da pa db pb) {
        let low = abs(b) - eb;
        let top = da - v * db;
        let d = abs(top / low);
        let inner = pa + abs(v) * pb + abs(db) * ev + d * eb + u() * (abs(v * db) + abs(top));
        let bound = inner / low + k_division() * u() * d + moved(abs(da) + abs(db));
        return select(unknown(), bound, low > eb)
    }
    OverSlope over_slope(b d) { return d / b }
    OverBound over_bound(b eb d p) {
        let low = abs(b) - eb;
        let q = abs(d) / low;
        let bound = (p + q * eb) / low + k_division() * u() * q + moved(d);
        return select(unknown(), bound, low > eb)
    }

    // Functions of one number by their slope. What does not move stays at rest, however steep it is.
    ChainError chain_error(g w e v k) { return (abs(g) + w) * e + k * u() * abs(v) + eta() }
    OwnError own_error(v k) { return k * u() * abs(v) + eta() }
    WaveError wave_error(g w e v k) { return min(real(2.0), (abs(g) + w) * e + k * u() * abs(v) + eta()) }
    ChainSlope chain_slope(g d) { return select(g * d, d, d == real(0.0)) }
    ChainBound chain_bound(g w d p k) {
        let bound = (abs(g) + w) * p + w * abs(d) + k * u() * abs(g * d) + eta();
        return select(bound, p, (d == real(0.0)) && (p == real(0.0)))
    }

    // Functions of two numbers by their slopes g along the first and l along the second.
    AlsoError also_error(before l x e) { return before + (abs(l) + x) * e }
    PairSlope pair_slope(g da l db) {
        return select(g * da, da, da == real(0.0)) + select(l * db, db, db == real(0.0))
    }
    PairBound pair_bound(g w da pa l x db pb k) {
        let first = (abs(g) + w) * pa + w * abs(da) + k * u() * abs(g * da);
        let second = (abs(l) + x) * pb + x * abs(db) + k * u() * abs(l * db);
        let left = select(first, pa, (da == real(0.0)) && (pa == real(0.0)));
        let right = select(second, pb, (db == real(0.0)) && (pb == real(0.0)));
        return left + right + moved(abs(da) + abs(db))
    }

    // Slopes g of functions at z, with the value v, and how far off they can be.
    ExpWobble exp_wobble(g e) { return select(unknown(), abs(g) * (e + e * e), e <= real(1.0)) }
    Exp2Slope exp2_slope(v) { return v * real(0.6931471805599453) }
    LogSlope log_slope(z) { return real(1.0) / z }
    Log2Slope log2_slope(z) { return real(1.4426950408889634) / z }
    PoleWobble pole_wobble(g e z) {
        let r = e / abs(z);
        return select(unknown(), abs(g) * r * (real(1.0) + real(2.0) * r), r < real(0.25))
    }
    Log1pSlope log1p_slope(z) { return real(1.0) / (real(1.0) + z) }
    Log1pWobble log1p_wobble(g e) {
        let r = e * abs(g);
        return select(unknown(), abs(g) * r * (real(1.0) + real(2.0) * r), r < real(0.25))
    }
    SqrtSlope sqrt_slope(v) { return real(0.5) / v }
    SqrtWobble sqrt_wobble(g e z) {
        let r = e / abs(z);
        return select(unknown(), g * real(0.5) * r * (real(1.0) + r), r < real(0.25))
    }
    InverseSqrtSlope inverse_sqrt_slope(z v) { return real(-0.5) * v / z }
    InverseSqrtWobble inverse_sqrt_wobble(g e z) {
        let r = e / abs(z);
        return select(unknown(), abs(g) * real(1.5) * r * (real(1.0) + real(2.0) * r), r < real(0.25))
    }
    WaveWobble wave_wobble(v e) { return min(real(2.0), e * (abs(v) + real(0.5) * e)) }
    TanSlope tan_slope(v) { return real(1.0) + v * v }
    TanWobble tan_wobble(g e v) {
        let r = real(2.0) * (real(1.0) + abs(v)) * e;
        let w = real(3.0) * e * g * (abs(v) + real(2.0) * g * e);
        return select(unknown(), w, r < real(0.25))
    }
    AsinSlope asin_slope(z) { return real(1.0) / sqrt(sealed(real(1.0) - z) * sealed(real(1.0) + z)) }
    AcosSlope acos_slope(z) { return real(-1.0) / sqrt(sealed(real(1.0) - z) * sealed(real(1.0) + z)) }
    AsinWobble asin_wobble(g e z) {
        let r = real(2.0) * e / sealed(real(1.0) - abs(z));
        let w = real(1.3) * (e * g) * ((abs(z) + e) * g) * g;
        return select(unknown(), abs(w), (r < real(0.25)) && (abs(z) < real(1.0)))
    }
    AtanSlope atan_slope(z) { return real(1.0) / (real(1.0) + z * z) }
    AtanWobble atan_wobble(g e z) {
        let r = real(2.0) * e / (real(1.0) + abs(z));
        return select(unknown(), real(4.0) * (e * g) * ((abs(z) + e) * g), r < real(0.25))
    }
    TanhSlope tanh_slope(z) {
        let q = exp(real(-2.0) * abs(z));
        return real(4.0) * q / ((real(1.0) + q) * (real(1.0) + q))
    }
    TanhWobble tanh_wobble(g e v) {
        return select(unknown(), g * e * (real(2.6) * abs(v) + real(4.0) * e), e < real(0.125))
    }
    AsinhSlope asinh_slope(z) {
        let size = abs(z);
        let near = real(1.0) / sqrt(real(1.0) + z * z);
        return select(near, real(1.0) / size, size > real(1e9))
    }
    AsinhWobble asinh_wobble(g e z) {
        let r = real(2.0) * e / (real(1.0) + abs(z));
        return select(unknown(), real(1.7) * (e * g) * ((abs(z) + e) * g) * g, r < real(0.25))
    }
    AcoshSlope acosh_slope(z) { return real(1.0) / (sqrt(sealed(z - real(1.0))) * sqrt(z + real(1.0))) }
    AcoshWobble acosh_wobble(g e z) {
        let r = real(2.0) * e / sealed(z - real(1.0));
        let w = real(1.3) * (e * g) * ((z + e) * g) * g;
        return select(unknown(), w, (r < real(0.25)) && (z > real(1.0)))
    }
    AtanhSlope atanh_slope(z) { return real(1.0) / (sealed(real(1.0) - z) * sealed(real(1.0) + z)) }
    AtanhWobble atanh_wobble(g e z) {
        let w = real(4.0) * (e * g) * ((abs(z) + e) * g);
        return select(unknown(), w, abs(real(2.0) * e * g) < real(0.25))
    }
    SigmoidSlope sigmoid_slope(z) {
        let q = exp(-abs(z));
        return q / ((real(1.0) + q) * (real(1.0) + q))
    }
    // t²(3 - 2t).
    SmoothSlope smooth_slope(z) { return real(6.0) * z * sealed(real(1.0) - z) }
    SmoothWobble smooth_wobble(z e) { return e * (abs(real(6.0) - real(12.0) * z) + real(6.0) * e) }

    // Functions with a corner: near it, either slope may be the true one.
    AbsSlope abs_slope(z) { return select(real(1.0), real(-1.0), z < real(0.0)) }
    AbsWobble abs_wobble(z e) { return select(real(0.0), real(2.0), abs(z) <= e) }
    ReluSlope relu_slope(z) { return select(real(1.0), real(0.0), z < real(0.0)) }
    ReluWobble relu_wobble(z e) { return select(real(0.0), real(1.0), abs(z) <= e) }
    SaturateSlope saturate_slope(z) {
        return select(real(1.0), real(0.0), (z < real(0.0)) || (z > real(1.0)))
    }
    SaturateWobble saturate_wobble(z e) {
        return select(real(0.0), real(1.0), (abs(z) <= e) || (abs(sealed(z - real(1.0))) <= e))
    }
    // The larger, and the smaller.
    LargerSlope larger_slope(a da b db) { return select(da, db, b > a) }
    SmallerSlope smaller_slope(a da b db) { return select(da, db, b < a) }
    EitherError either_error(ea eb) { return max(ea, eb) }
    LargerBound larger_bound(a ea da pa b eb db pb) {
        let sure = select(pa, pb, b > a);
        let other = max(pa, pb) + abs(da - db) * real(1.001);
        return select(sure, other, abs(a - b) <= ea + eb)
    }
    SmallerBound smaller_bound(a ea da pa b eb db pb) {
        let sure = select(pa, pb, b < a);
        let other = max(pa, pb) + abs(da - db) * real(1.001);
        return select(sure, other, abs(a - b) <= ea + eb)
    }

    // Functions with steps: a value that may be on either side of one is off by 1.
    StepsError steps_error(z e) {
        let r = z - floor(z);
        return select(real(0.0), real(1.0), (e > real(0.0)) && (min(r, real(1.0) - r) <= e))
    }
    HalvesError halves_error(z e) {
        let r = z - floor(z);
        return select(real(0.0), real(1.0), (e > real(0.0)) && (abs(r - real(0.5)) <= e))
    }
    SignError sign_error(z e) { return select(real(0.0), real(2.0), (e > real(0.0)) && (abs(z) <= e)) }
    EdgeError edge_error(a ea b eb) {
        return select(real(0.0), real(1.0), (ea + eb > real(0.0)) && (abs(a - b) <= ea + eb))
    }
    FractError fract_error(z e) {
        let r = z - floor(z);
        let jump = select(real(0.0), real(1.0), (e > real(0.0)) && (min(r, real(1.0) - r) <= e));
        return e + u() + jump
    }
    // a - b·k, k = trunc(a/b).
    RemainderSlope remainder_slope(k da db) { return da - k * db }
    RemainderError remainder_error(ea k b eb) { return ea + abs(k) * eb + u() * abs(b) + folded(k, b) }
    RemainderBound remainder_bound(k da pa db pb) {
        return pa + abs(k) * pb + u() * (abs(k * db) + abs(da - k * db)) + moved(abs(da) + abs(db))
    }
    EitherMoves either_moves(da db) { return abs(da) + abs(db) }
    // Integers beyond the mantissa, and numbers held to f32 in a program of f64.
    IntegerError integer_error(v) { return select(real(0.0), u() * abs(v), abs(v) * u() >= real(1.0)) }
    SingleError single_error(v e) { return e + real(5.9604644775390625e-8) * abs(v) + real(1.2e-38) }

    // Powers. Of a whole n that is known: n·a^(n-1), given p = a^(n-1).
    WholePowerSlope whole_power_slope(p n) { return n * p }
    WholePowerWobble whole_power_wobble(g a e n) {
        let size = abs(a) + e;
        let steep = abs(n * (n - real(1.0))) * pow(size, n - real(2.0)) * e;
        let r = abs(n - real(1.0)) * e / abs(a);
        let inverse = select(unknown(), abs(g) * real(1.5) * r, r < real(0.25));
        let w = select(steep, inverse, n < real(0.0));
        let flat = (n == real(0.0)) || (n == real(1.0)) || (e == real(0.0));
        return select(w, real(0.0), flat)
    }
    // a^b by a and by b.
    PowerSlope power_slope(a b v) {
        let at_zero = select(unknown(), select(real(0.0), real(1.0), b == real(1.0)), b >= real(1.0));
        return select(b * v / a, select(at_zero, real(0.0), b == real(0.0)), a == real(0.0))
    }
    PowerWobble power_wobble(g a ea b eb v) {
        let r = ea / abs(a);
        let size = abs(log(abs(a)));
        let turn = size * eb;
        let own = abs(g) * real(1.5) * abs(b - real(1.0)) * r;
        let across = real(1.5) * abs(v / a) * (real(1.0) + abs(b) * size) * eb;
        let certain = (r * max(real(1.0), abs(b)) < real(0.125)) && (turn < real(0.125));
        return select(select(unknown(), own + across, certain), real(0.0), (ea == real(0.0)) && (eb == real(0.0)))
    }
    ExponentSlope exponent_slope(a v) {
        return select(v * log(a), real(0.0), (v == real(0.0)) && (a == real(0.0)))
    }
    ExponentWobble exponent_wobble(a ea b eb v) {
        let r = ea / abs(a);
        let size = abs(log(abs(a)));
        let turn = size * eb;
        let w = real(1.5) * abs(v) * ((real(1.0) + abs(b) * size) * r + size * turn);
        let certain = (r * max(real(1.0), abs(b)) < real(0.125)) && (turn < real(0.125));
        return select(select(unknown(), w, certain), real(0.0), (ea == real(0.0)) && (eb == real(0.0)))
    }
    // The angle of (x, y), by y and by x, scaled by the larger; unknown across the negative half of the axis.
    AngleSlope angle_slope(y x) {
        let m = max(abs(x), abs(y));
        let p = x / m;
        let q = y / m;
        return p / (p * p + q * q) / m
    }
    AngleSlopeAcross angle_slope_across(y x) {
        let m = max(abs(x), abs(y));
        let p = x / m;
        let q = y / m;
        return -q / (p * p + q * q) / m
    }
    AngleWobble angle_wobble(y ey x ex) {
        let m = max(abs(x), abs(y));
        let r = (ex + ey) / m;
        let p = x / m;
        let q = y / m;
        let w = real(2.0) * r / (p * p + q * q) / m;
        let cut = (x <= ex) && (abs(y) <= ey);
        return select(unknown(), w, (r < real(0.25)) && !cut)
    }
}
