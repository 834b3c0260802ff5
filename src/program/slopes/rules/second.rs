//! Second slopes.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// Second slopes.
    Second in Rule -> real;

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
        return over(sa - (d * cb + c * db) - v * sb, b)
    }
    QuotientSecondBound quotient_second_bound(b eb v e d p c o qa db pb cb ob sb qb s) {
        let low = abs(b) - eb;
        let first = (abs(cb) + ob) * p + abs(d) * ob + (abs(db) + pb) * o + abs(c) * pb;
        let inner = qa + first + abs(v) * qb + abs(sb) * e + abs(s) * eb;
        let size = abs(d * cb) + abs(c * db) + abs(v * sb) + abs(s * b);
        let bound = (inner + real(4.0) * u() * size) / low + k_division() * u() * abs(s) + moved(size);
        return pick(unknown(), bound, low > eb)
    }
    // Of a function: slope g, second slope r, which may be off by w and x.
    ChainSecond chain_second(g r s d c) {
        return pick(g * s, s, s == real(0.0)) + pick(r * d * c, real(0.0), (d == real(0.0)) || (c == real(0.0)))
    }
    ChainSecondBound chain_second_bound(g w k s q r x l d p c o) {
        let own = (abs(g) + w) * q + (w + eta()) * abs(s) + k * u() * abs(g * s);
        let both = abs(d) * o + abs(c) * p + p * o;
        let turn = (abs(r) + x) * both + (x + eta()) * abs(d * c) + l * u() * abs(r * d * c) + eta();
        let first = pick(own, q, (s == real(0.0)) && (q == real(0.0)));
        let still = ((d == real(0.0)) && (p == real(0.0))) || ((c == real(0.0)) && (o == real(0.0)));
        return first + pick(turn, real(0.0), still) + moved(abs(s) + abs(d * c))
    }
    // Of a function of two: the mixed part, r·(da·cb + ca·db).
    MixedSecond mixed_second(before r da ca db cb) {
        let mixed = da * cb + ca * db;
        return before + pick(r * mixed, real(0.0), mixed == real(0.0))
    }
    MixedSecondBound mixed_second_bound(before r x l da pa ca oa db pb cb ob) {
        let both = (abs(cb) + ob) * pa + abs(da) * ob + (abs(db) + pb) * oa + abs(ca) * pb;
        let size = abs(da * cb) + abs(ca * db);
        let bound = (abs(r) + x) * both + (x + (l + real(2.0)) * u() * abs(r) + eta()) * size;
        return before + pick(bound, real(0.0), (both == real(0.0)) && (size == real(0.0)))
    }
    Total total(a b) { return a + b }
    TotalBound total_bound(a b s) { return a + b + u() * abs(s) }

    // Second slopes of functions, and how far off they can be.
    Copied copied(a) { return a }
    Zero zero(a) { return pick(real(0.0), a, abs(a) < real(0.0)) }
    Exp2Second exp2_second(g) { return g * real(0.6931471805599453) }
    LogSecond log_second(g) { return -g * g }
    OverSecond over_second(g z) { return over(-g, z) }
    PoleSecondWobble pole_second_wobble(r e z) {
        let q = e / abs(z);
        return pick(unknown(), abs(r) * real(2.0) * q * (real(1.0) + real(3.0) * q), q < real(0.25))
    }
    Log1pSecondWobble log1p_second_wobble(r e g) {
        let q = e * abs(g);
        return pick(unknown(), abs(r) * real(2.0) * q * (real(1.0) + real(3.0) * q), q < real(0.25))
    }
    SqrtSecond sqrt_second(g z) { return over(real(-0.5) * g, z) }
    SqrtSecondWobble sqrt_second_wobble(r e z) {
        let q = e / abs(z);
        return pick(unknown(), abs(r) * real(1.5) * q * (real(1.0) + real(2.0) * q), q < real(0.25))
    }
    InverseSqrtSecond inverse_sqrt_second(g z) { return over(real(-1.5) * g, z) }
    InverseSqrtSecondWobble inverse_sqrt_second_wobble(r e z) {
        let q = e / abs(z);
        return pick(unknown(), abs(r) * real(2.5) * q * (real(1.0) + real(3.0) * q), q < real(0.25))
    }
    TanSecond tan_second(g v) { return real(2.0) * v * g }
    TanSecondWobble tan_second_wobble(g e v) {
        let q = real(2.0) * (real(1.0) + abs(v)) * e;
        return pick(unknown(), real(4.0) * g * (real(1.0) + real(3.0) * v * v) * e, q < real(0.25))
    }
    AsinSecond asin_second(g z) { return z * g * g * g }
    AsinSecondWobble asin_second_wobble(g e z) {
        let q = real(2.0) * e / sealed(real(1.0) - abs(z));
        let size = abs(z) + e;
        let w = real(1.5) * e * abs(g * g * g) * g * g * (real(1.0) + real(2.0) * size * size);
        return pick(unknown(), w, (q < real(0.25)) && (abs(z) < real(1.0)))
    }
    AtanSecond atan_second(g z) { return real(-2.0) * (z * g) * g }
    AtanSecondWobble atan_second_wobble(g e z) {
        let q = real(2.0) * e / (real(1.0) + abs(z));
        let w = real(6.0) * e * g * (g + real(3.0) * (z * g) * (z * g)) * g;
        return pick(unknown(), w, q < real(0.25))
    }
    TanhSecond tanh_second(g v) { return real(-2.0) * v * g }
    TanhSecondWobble tanh_second_wobble(g e) { return pick(unknown(), real(6.0) * g * e, e < real(0.125)) }
    AsinhSecond asinh_second(g z) { return -(z * g) * g * g }
    AsinhSecondWobble asinh_second_wobble(g e z) {
        let q = real(2.0) * e / (real(1.0) + abs(z));
        return pick(unknown(), real(4.0) * e * g * g * g, q < real(0.25))
    }
    AcoshSecondWobble acosh_second_wobble(g e z) {
        let q = real(2.0) * e / sealed(z - real(1.0));
        let w = real(2.0) * e * g * g * g * (real(2.0) * (z * g) * (z * g) + g * g);
        return pick(unknown(), w, (q < real(0.25)) && (z > real(1.0)))
    }
    AtanhSecond atanh_second(g z) { return real(2.0) * (z * g) * g }
    AtanhSecondWobble atanh_second_wobble(g e z) {
        let w = real(4.0) * e * (real(1.0) + real(3.0) * z * z) * g * g * g;
        return pick(unknown(), abs(w), abs(real(2.0) * e * g) < real(0.25))
    }
    // 1 - 2s cancels where s is a half, and is off by as much as s is.
    SigmoidSecond sigmoid_second(g v) { return g * sealed(real(1.0) - real(2.0) * v) }
    SigmoidSecondWobble sigmoid_second_wobble(g e) {
        return pick(unknown(), g * (e + e * e) + real(10.0) * u() * g, e <= real(1.0))
    }
    SmoothSecond smooth_second(z) { return real(6.0) - real(12.0) * z }
    SmoothSecondWobble smooth_second_wobble(z e) { return real(12.0) * e + real(12.0) * u() * (real(1.0) + abs(z)) }
    // At a corner nothing is known.
    AbsSecondWobble abs_second_wobble(z e) { return pick(real(0.0), unknown(), abs(z) <= e) }
    SaturateSecondWobble saturate_second_wobble(z e) {
        let near = (abs(z) <= e) || (abs(sealed(z - real(1.0))) <= e);
        return pick(real(0.0), unknown(), near)
    }
    LargerSecond larger_second(a sa b sb) { return pick(sa, sb, b > a) }
    SmallerSecond smaller_second(a sa b sb) { return pick(sa, sb, b < a) }
    LargerSecondBound larger_second_bound(a ea sa qa b eb sb qb da db) {
        let gap = abs(a - b);
        let near = (gap <= ea + eb) && (gap < unknown());
        let other = pick(unknown(), qa + qb + abs(sa - sb) * real(1.001), da == db);
        return pick(pick(qa, qb, b > a), other, near)
    }
    SmallerSecondBound smaller_second_bound(a ea sa qa b eb sb qb da db) {
        let gap = abs(a - b);
        let near = (gap <= ea + eb) && (gap < unknown());
        let other = pick(unknown(), qa + qb + abs(sa - sb) * real(1.001), da == db);
        return pick(pick(qa, qb, b < a), other, near)
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
        let inverse = pick(unknown(), abs(r) * real(1.5) * q, q < real(0.25));
        let w = pick(steep, inverse, n < real(0.0));
        let flat = (n == real(0.0)) || (n == real(1.0)) || (n == real(2.0)) || (e == real(0.0));
        return pick(w, real(0.0), flat)
    }
    // a^b twice by a, by a and b, twice by b; given the slopes g and l.
    PowerSecond power_second(a b g) {
        let at_zero = pick(unknown(), pick(real(0.0), real(2.0), b == real(2.0)), b >= real(2.0));
        let flat = (b == real(0.0)) || (b == real(1.0));
        return pick(over((b - real(1.0)) * g, a), pick(at_zero, real(0.0), flat), a == real(0.0))
    }
    PowerMixed power_mixed(a b v) { return over(v, a) * (real(1.0) + b * log(a)) }
    ExponentSecond exponent_second(a l) { return l * log(a) }
    PowerSecondWobble power_second_wobble(r a ea b eb) {
        let q = ea / abs(a);
        let turn = abs(log(abs(a))) * eb;
        let size = real(2.0) + abs(b);
        let relative = size * q + turn + eb / max(abs(b - real(1.0)), eb);
        let certain = (q * size < real(0.125)) && (turn < real(0.125));
        let w = pick(unknown(), real(2.0) * abs(r) * relative, certain);
        return pick(w, real(0.0), (ea == real(0.0)) && (eb == real(0.0)))
    }
    PowerMixedWobble power_mixed_wobble(a ea b eb v) {
        let q = ea / abs(a);
        let size = real(1.0) + abs(log(abs(a)));
        let turn = size * eb;
        let relative = ((real(2.0) + abs(b)) * q + turn) * (real(1.0) + abs(b)) * size;
        let certain = (q * (real(2.0) + abs(b)) < real(0.125)) && (turn < real(0.125));
        let w = pick(unknown(), real(2.0) * abs(v / a) * (relative + real(8.0) * u() * size * (real(1.0) + abs(b))), certain);
        return w
    }
    ExponentSecondWobble exponent_second_wobble(a ea b eb v) {
        let q = ea / abs(a);
        let size = real(1.0) + abs(log(abs(a)));
        let turn = size * eb;
        let certain = (q * (real(1.0) + abs(b)) < real(0.125)) && (turn < real(0.125));
        let w = real(2.0) * abs(v) * size * size * (turn + (real(2.0) + abs(b)) * q);
        return pick(unknown(), w, certain)
    }
    AngleSecond angle_second(y x) {
        let m = max(abs(x), abs(y));
        let p = over(x, m);
        let q = over(y, m);
        let r = p * p + q * q;
        return over(over(over(real(-2.0) * p * q, r * r), m), m)
    }
    AngleMixed angle_mixed(y x) {
        let m = max(abs(x), abs(y));
        let p = over(x, m);
        let q = over(y, m);
        let r = p * p + q * q;
        return over(over(over(sealed(q - p) * (q + p), r * r), m), m)
    }
    AngleSecondWobble angle_second_wobble(y ey x ex) {
        let m = max(abs(x), abs(y));
        let r = (ex + ey) / m;
        let p = x / m;
        let q = y / m;
        let s = p * p + q * q;
        let w = (real(5.0) * r + real(16.0) * u()) / s / m / m;
        let cut = (x <= ex) && (abs(y) <= ey);
        return pick(unknown(), w, (r < real(0.25)) && !cut)
    }
}
