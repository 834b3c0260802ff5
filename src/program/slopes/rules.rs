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
pub(in crate::program) const MOST_OPERANDS: usize = 16;

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
            #[allow(
                clippy::too_many_arguments,
                clippy::approx_constant,
                clippy::excessive_precision,
                reason = "an operand has up to four numbers; constants are those of WGSL, too"
            )]
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

            #[cfg(test)]
            pub(super) const ALL: &[Rule] = &[$(Rule::$name),*];

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
        #[cfg_attr(debug_assertions, inline(never))]
        #[cfg_attr(not(debug_assertions), inline(always))]
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
            #[cfg(test)]
            breaks(rule, to);
        }
    };
    (@rows $from:ident, $at:expr, $argument:ident $($rest:ident)*) => {
        let $argument = $from[$at];
        rules!(@rows $from, $at + 1, $($rest)*);
    };
    (@rows $from:ident, $at:expr,) => {};
}

#[cfg(test)]
thread_local! {
    static BROKEN: std::cell::Cell<Option<Rule>> = const { std::cell::Cell::new(None) };
}

/// Breaks a rule on this thread: bounds become 0, other numbers are off by a thousandth.
#[cfg(test)]
pub(super) fn broken(rule: Option<Rule>) {
    BROKEN.set(rule);
}

#[cfg(test)]
fn breaks<T: Real>(rule: Rule, to: &mut [T; LANES]) {
    if BROKEN.get() != Some(rule) {
        return;
    }
    let name = rule.name();
    let is_bound = ["error", "bound", "wobble"].iter().any(|end| name.ends_with(end));
    let factor = T::of(1.001);
    to.iter_mut().for_each(|number| *number = if is_bound { T::ZERO } else { *number * factor });
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
    ChainError chain_error(g w e v k) { return (abs(g) + w + eta()) * e + k * u() * abs(v) + eta() }
    OwnError own_error(v k) { return k * u() * abs(v) + eta() }
    WaveError wave_error(g w e v k) { return min(real(2.0), (abs(g) + w) * e + k * u() * abs(v) + eta()) }
    ChainSlope chain_slope(g d) { return select(g * d, d, d == real(0.0)) }
    ChainBound chain_bound(g w d p k) {
        let off = w + eta();
        let bound = (abs(g) + off) * p + off * abs(d) + k * u() * abs(g * d) + eta();
        return select(bound, p, (d == real(0.0)) && (p == real(0.0)))
    }

    // Functions of two numbers by their slopes g along the first and l along the second.
    AlsoError also_error(before l x e) { return before + (abs(l) + x) * e }
    PairSlope pair_slope(g da l db) {
        return select(g * da, da, da == real(0.0)) + select(l * db, db, db == real(0.0))
    }
    PairBound pair_bound(g w da pa l x db pb k) {
        let first = (abs(g) + w) * pa + (w + eta()) * abs(da) + k * u() * abs(g * da);
        let second = (abs(l) + x) * pb + (x + eta()) * abs(db) + k * u() * abs(l * db);
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
    AtanSlope atan_slope(z) {
        let near = real(1.0) / (real(1.0) + z * z);
        return select(near, real(1.0) / z / z, abs(z) > real(1e9))
    }
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
    // One that overflows is the larger for certain. Where it is open, sums of bounds: max may swallow NaN.
    LargerError larger_error(a ea b eb) {
        let gap = abs(a - b);
        return select(select(ea, eb, b > a), ea + eb, (gap <= ea + eb) && (gap < unknown()))
    }
    SmallerError smaller_error(a ea b eb) {
        let gap = abs(a - b);
        return select(select(ea, eb, b < a), ea + eb, (gap <= ea + eb) && (gap < unknown()))
    }
    LargerBound larger_bound(a ea da pa b eb db pb) {
        let gap = abs(a - b);
        let other = pa + pb + abs(da - db) * real(1.001);
        return select(select(pa, pb, b > a), other, (gap <= ea + eb) && (gap < unknown()))
    }
    SmallerBound smaller_bound(a ea da pa b eb db pb) {
        let gap = abs(a - b);
        let other = pa + pb + abs(da - db) * real(1.001);
        return select(select(pa, pb, b < a), other, (gap <= ea + eb) && (gap < unknown()))
    }

    // Functions with steps: a value that may be on either side of some is off by as many.
    StepsError steps_error(z e) {
        let r = z - floor(z);
        return select(real(0.0), floor(e) + real(1.0), (e > real(0.0)) && (min(r, real(1.0) - r) <= e))
    }
    HalvesError halves_error(z e) {
        let r = z - floor(z);
        let steps = floor(e + real(0.5)) + real(1.0);
        return select(real(0.0), steps, (e > real(0.0)) && (abs(r - real(0.5)) <= e))
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

    // Second slopes: s along two axes at once, given the slopes along the one (d…) and along the other (c…); q bounds the
    // error of s, p and o those of d and c.
    ProductSecond product_second(a b sa sb da ca db cb) {
        return (a * sb + sa * b) + (da * cb + ca * db)
    }
    ProductSecondBound product_second_bound(a ea sa qa b eb sb qb da pa ca oa db pb cb ob) {
        let left = (abs(b) + eb) * qa + eb * abs(sa) + (abs(a) + ea) * qb + ea * abs(sb);
        let first = (abs(cb) + ob) * pa + abs(da) * ob + (abs(db) + pb) * oa + abs(ca) * pb;
        let size = abs(a * sb) + abs(sa * b) + abs(da * cb) + abs(ca * db);
        let one = min(abs(a), abs(sb)) + min(abs(sa), abs(b));
        let two = min(abs(da), abs(cb)) + min(abs(ca), abs(db));
        return left + first + real(3.0) * u() * size + moved(one + two)
    }
    QuotientSecond quotient_second(b v d c sa db cb sb) {
        return (sa - (d * cb + c * db) - v * sb) / b
    }
    QuotientSecondBound quotient_second_bound(b eb v e d p c o qa db pb cb ob sb qb s) {
        let low = abs(b) - eb;
        let first = (abs(cb) + ob) * p + abs(d) * ob + (abs(db) + pb) * o + abs(c) * pb;
        let inner = qa + first + abs(v) * qb + abs(sb) * e + abs(s) * eb;
        let size = abs(d * cb) + abs(c * db) + abs(v * sb) + abs(s * b);
        let bound = (inner + real(4.0) * u() * size) / low + k_division() * u() * abs(s) + moved(size);
        return select(unknown(), bound, low > eb)
    }
    // Of a function: slope g, second slope r, which may be off by w and x.
    ChainSecond chain_second(g r s d c) {
        return select(g * s, s, s == real(0.0)) + select(r * d * c, real(0.0), (d == real(0.0)) || (c == real(0.0)))
    }
    ChainSecondBound chain_second_bound(g w k s q r x l d p c o) {
        let own = (abs(g) + w) * q + (w + eta()) * abs(s) + k * u() * abs(g * s);
        let both = abs(d) * o + abs(c) * p + p * o;
        let turn = (abs(r) + x) * both + (x + eta()) * abs(d * c) + l * u() * abs(r * d * c) + eta();
        let first = select(own, q, (s == real(0.0)) && (q == real(0.0)));
        let still = ((d == real(0.0)) && (p == real(0.0))) || ((c == real(0.0)) && (o == real(0.0)));
        return first + select(turn, real(0.0), still) + moved(abs(s) + abs(d * c))
    }
    // Of a function of two: the mixed part, r·(da·cb + ca·db).
    MixedSecond mixed_second(before r da ca db cb) {
        let mixed = da * cb + ca * db;
        return before + select(r * mixed, real(0.0), mixed == real(0.0))
    }
    MixedSecondBound mixed_second_bound(before r x l da pa ca oa db pb cb ob) {
        let both = (abs(cb) + ob) * pa + abs(da) * ob + (abs(db) + pb) * oa + abs(ca) * pb;
        let size = abs(da * cb) + abs(ca * db);
        let bound = (abs(r) + x) * both + (x + (l + real(2.0)) * u() * abs(r) + eta()) * size;
        return before + select(bound, real(0.0), (both == real(0.0)) && (size == real(0.0)))
    }
    Total total(a b) { return a + b }
    TotalBound total_bound(a b s) { return a + b + u() * abs(s) }

    // Second slopes of functions, and how far off they can be.
    Copied copied(a) { return a }
    Zero zero(a) { return select(real(0.0), a, abs(a) < real(0.0)) }
    Exp2Second exp2_second(g) { return g * real(0.6931471805599453) }
    LogSecond log_second(g) { return -g * g }
    OverSecond over_second(g z) { return -g / z }
    PoleSecondWobble pole_second_wobble(r e z) {
        let q = e / abs(z);
        return select(unknown(), abs(r) * real(2.0) * q * (real(1.0) + real(3.0) * q), q < real(0.25))
    }
    Log1pSecondWobble log1p_second_wobble(r e g) {
        let q = e * abs(g);
        return select(unknown(), abs(r) * real(2.0) * q * (real(1.0) + real(3.0) * q), q < real(0.25))
    }
    SqrtSecond sqrt_second(g z) { return real(-0.5) * g / z }
    SqrtSecondWobble sqrt_second_wobble(r e z) {
        let q = e / abs(z);
        return select(unknown(), abs(r) * real(1.5) * q * (real(1.0) + real(2.0) * q), q < real(0.25))
    }
    InverseSqrtSecond inverse_sqrt_second(g z) { return real(-1.5) * g / z }
    InverseSqrtSecondWobble inverse_sqrt_second_wobble(r e z) {
        let q = e / abs(z);
        return select(unknown(), abs(r) * real(2.5) * q * (real(1.0) + real(3.0) * q), q < real(0.25))
    }
    TanSecond tan_second(g v) { return real(2.0) * v * g }
    TanSecondWobble tan_second_wobble(g e v) {
        let q = real(2.0) * (real(1.0) + abs(v)) * e;
        return select(unknown(), real(4.0) * g * (real(1.0) + real(3.0) * v * v) * e, q < real(0.25))
    }
    AsinSecond asin_second(g z) { return z * g * g * g }
    AsinSecondWobble asin_second_wobble(g e z) {
        let q = real(2.0) * e / sealed(real(1.0) - abs(z));
        let size = abs(z) + e;
        let w = real(1.5) * e * abs(g * g * g) * g * g * (real(1.0) + real(2.0) * size * size);
        return select(unknown(), w, (q < real(0.25)) && (abs(z) < real(1.0)))
    }
    AtanSecond atan_second(g z) { return real(-2.0) * (z * g) * g }
    AtanSecondWobble atan_second_wobble(g e z) {
        let q = real(2.0) * e / (real(1.0) + abs(z));
        let w = real(6.0) * e * g * (g + real(3.0) * (z * g) * (z * g)) * g;
        return select(unknown(), w, q < real(0.25))
    }
    TanhSecond tanh_second(g v) { return real(-2.0) * v * g }
    TanhSecondWobble tanh_second_wobble(g e) { return select(unknown(), real(6.0) * g * e, e < real(0.125)) }
    AsinhSecond asinh_second(g z) { return -(z * g) * g * g }
    AsinhSecondWobble asinh_second_wobble(g e z) {
        let q = real(2.0) * e / (real(1.0) + abs(z));
        return select(unknown(), real(4.0) * e * g * g * g, q < real(0.25))
    }
    AcoshSecondWobble acosh_second_wobble(g e z) {
        let q = real(2.0) * e / sealed(z - real(1.0));
        let w = real(2.0) * e * g * g * g * (real(2.0) * (z * g) * (z * g) + g * g);
        return select(unknown(), w, (q < real(0.25)) && (z > real(1.0)))
    }
    AtanhSecond atanh_second(g z) { return real(2.0) * (z * g) * g }
    AtanhSecondWobble atanh_second_wobble(g e z) {
        let w = real(4.0) * e * (real(1.0) + real(3.0) * z * z) * g * g * g;
        return select(unknown(), abs(w), abs(real(2.0) * e * g) < real(0.25))
    }
    // 1 - 2s cancels where s is a half, and is off by as much as s is.
    SigmoidSecond sigmoid_second(g v) { return g * sealed(real(1.0) - real(2.0) * v) }
    SigmoidSecondWobble sigmoid_second_wobble(g e) {
        return select(unknown(), g * (e + e * e) + real(10.0) * u() * g, e <= real(1.0))
    }
    SmoothSecond smooth_second(z) { return real(6.0) - real(12.0) * z }
    SmoothSecondWobble smooth_second_wobble(z e) { return real(12.0) * e + real(12.0) * u() * (real(1.0) + abs(z)) }
    // At a corner nothing is known.
    AbsSecondWobble abs_second_wobble(z e) { return select(real(0.0), unknown(), abs(z) <= e) }
    SaturateSecondWobble saturate_second_wobble(z e) {
        let near = (abs(z) <= e) || (abs(sealed(z - real(1.0))) <= e);
        return select(real(0.0), unknown(), near)
    }
    LargerSecond larger_second(a sa b sb) { return select(sa, sb, b > a) }
    SmallerSecond smaller_second(a sa b sb) { return select(sa, sb, b < a) }
    LargerSecondBound larger_second_bound(a ea sa qa b eb sb qb da db) {
        let gap = abs(a - b);
        let near = (gap <= ea + eb) && (gap < unknown());
        let other = select(unknown(), qa + qb + abs(sa - sb) * real(1.001), da == db);
        return select(select(qa, qb, b > a), other, near)
    }
    SmallerSecondBound smaller_second_bound(a ea sa qa b eb sb qb da db) {
        let gap = abs(a - b);
        let near = (gap <= ea + eb) && (gap < unknown());
        let other = select(unknown(), qa + qb + abs(sa - sb) * real(1.001), da == db);
        return select(select(qa, qb, b < a), other, near)
    }
    RemainderSecondBound remainder_second_bound(k sa qa sb qb) {
        return qa + abs(k) * qb + u() * (abs(k * sb) + abs(sa - k * sb)) + moved(abs(sa) + abs(sb))
    }
    // n(n-1)·a^(n-2), given that power.
    WholePowerSecond whole_power_second(p n) { return n * (n - real(1.0)) * p }
    WholePowerSecondWobble whole_power_second_wobble(r a e n) {
        let size = abs(a) + e;
        let steep = abs(n * (n - real(1.0)) * (n - real(2.0))) * pow(size, n - real(3.0)) * e;
        let q = abs(n - real(2.0)) * e / abs(a);
        let inverse = select(unknown(), abs(r) * real(1.5) * q, q < real(0.25));
        let w = select(steep, inverse, n < real(0.0));
        let flat = (n == real(0.0)) || (n == real(1.0)) || (n == real(2.0)) || (e == real(0.0));
        return select(w, real(0.0), flat)
    }
    // a^b twice by a, by a and b, twice by b; given the slopes g and l.
    PowerSecond power_second(a b g) {
        let at_zero = select(unknown(), select(real(0.0), real(2.0), b == real(2.0)), b >= real(2.0));
        let flat = (b == real(0.0)) || (b == real(1.0));
        return select((b - real(1.0)) * g / a, select(at_zero, real(0.0), flat), a == real(0.0))
    }
    PowerMixed power_mixed(a b v) { return v / a * (real(1.0) + b * log(a)) }
    ExponentSecond exponent_second(a l) { return l * log(a) }
    PowerSecondWobble power_second_wobble(r a ea b eb) {
        let q = ea / abs(a);
        let turn = abs(log(abs(a))) * eb;
        let size = real(2.0) + abs(b);
        let relative = size * q + turn + eb / max(abs(b - real(1.0)), eb);
        let certain = (q * size < real(0.125)) && (turn < real(0.125));
        let w = select(unknown(), real(2.0) * abs(r) * relative, certain);
        return select(w, real(0.0), (ea == real(0.0)) && (eb == real(0.0)))
    }
    PowerMixedWobble power_mixed_wobble(a ea b eb v) {
        let q = ea / abs(a);
        let size = real(1.0) + abs(log(abs(a)));
        let turn = size * eb;
        let relative = ((real(2.0) + abs(b)) * q + turn) * (real(1.0) + abs(b)) * size;
        let certain = (q * (real(2.0) + abs(b)) < real(0.125)) && (turn < real(0.125));
        let w = select(unknown(), real(2.0) * abs(v / a) * (relative + real(8.0) * u() * size * (real(1.0) + abs(b))), certain);
        return w
    }
    ExponentSecondWobble exponent_second_wobble(a ea b eb v) {
        let q = ea / abs(a);
        let size = real(1.0) + abs(log(abs(a)));
        let turn = size * eb;
        let certain = (q * (real(1.0) + abs(b)) < real(0.125)) && (turn < real(0.125));
        let w = real(2.0) * abs(v) * size * size * (turn + (real(2.0) + abs(b)) * q);
        return select(unknown(), w, certain)
    }
    AngleSecond angle_second(y x) {
        let m = max(abs(x), abs(y));
        let p = x / m;
        let q = y / m;
        let r = p * p + q * q;
        return real(-2.0) * p * q / (r * r) / m / m
    }
    AngleMixed angle_mixed(y x) {
        let m = max(abs(x), abs(y));
        let p = x / m;
        let q = y / m;
        let r = p * p + q * q;
        return sealed(q - p) * (q + p) / (r * r) / m / m
    }
    AngleSecondWobble angle_second_wobble(y ey x ex) {
        let m = max(abs(x), abs(y));
        let r = (ex + ey) / m;
        let p = x / m;
        let q = y / m;
        let s = p * p + q * q;
        let w = (real(5.0) * r + real(16.0) * u()) / s / m / m;
        let cut = (x <= ex) && (abs(y) <= ey);
        return select(unknown(), w, (r < real(0.25)) && !cut)
    }
}
