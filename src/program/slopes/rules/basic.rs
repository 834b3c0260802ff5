//! The operations: sums, products, quotients, and functions by their slopes.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// The operations: sums, products, quotients, and functions by their slopes.
    Basic in Rule -> real;

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
        return pick(unknown(), bound, low > eb)
    }
    QuotientSlope quotient_slope(b v da db) { return over(da - v * db, b) }
    QuotientBound quotient_bound(b eb v ev da pa db pb) {
        let low = abs(b) - eb;
        let top = da - v * db;
        let d = abs(top / low);
        let inner = pa + abs(v) * pb + abs(db) * ev + d * eb + u() * (abs(v * db) + abs(top));
        let bound = inner / low + k_division() * u() * d + moved(abs(da) + abs(db));
        return pick(unknown(), bound, low > eb)
    }
    OverSlope over_slope(b d) { return over(d, b) }
    OverBound over_bound(b eb d p) {
        let low = abs(b) - eb;
        let q = abs(d) / low;
        let bound = (p + q * eb) / low + k_division() * u() * q + moved(d);
        return pick(unknown(), bound, low > eb)
    }

    // Functions of one number by their slope. What does not move stays at rest, however steep it is.
    ChainError chain_error(g w e v k) { return (abs(g) + w + eta()) * e + k * u() * abs(v) + eta() }
    OwnError own_error(v k) { return k * u() * abs(v) + eta() }
    WaveError wave_error(g w e v k) { return min(real(2.0), (abs(g) + w) * e + k * u() * abs(v) + eta()) }
    ChainSlope chain_slope(g d) { return pick(g * d, d, d == real(0.0)) }
    ChainBound chain_bound(g w d p k) {
        let off = w + eta();
        let bound = (abs(g) + off) * p + off * abs(d) + k * u() * abs(g * d) + eta();
        return pick(bound, p, (d == real(0.0)) && (p == real(0.0)))
    }

    // Functions of two numbers by their slopes g along the first and l along the second.
    AlsoError also_error(before l x e) { return before + (abs(l) + x) * e }
    PairSlope pair_slope(g da l db) {
        return pick(g * da, da, da == real(0.0)) + pick(l * db, db, db == real(0.0))
    }
    PairBound pair_bound(g w da pa l x db pb k) {
        let first = (abs(g) + w) * pa + (w + eta()) * abs(da) + k * u() * abs(g * da);
        let second = (abs(l) + x) * pb + (x + eta()) * abs(db) + k * u() * abs(l * db);
        let left = pick(first, pa, (da == real(0.0)) && (pa == real(0.0)));
        let right = pick(second, pb, (db == real(0.0)) && (pb == real(0.0)));
        return left + right + moved(abs(da) + abs(db))
    }
}
