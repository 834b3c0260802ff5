//! Where a slope is in doubt: conditions on values, errors and slopes that raise a flag of an axis.

use super::super::arith::*;
use super::table::table;
use crate::numeric::Real;

table! {
    /// Where a slope is in doubt: conditions on values, errors and slopes that raise a flag of an axis.
    Condition -> bool;

    // A comparison of two numbers that may come out the other way, and they move apart.
    Close close(a ea da b eb db) { return (abs(a - b) <= ea + eb) && (da != db) }
    // The same of numbers that do not move: the rounded program may have gone another way than the exact one.
    Doubtful doubtful(a ea b eb) { return (ea + eb > real(0.0)) && (abs(a - b) <= ea + eb) }
    // A number that moves, at a whole one.
    AtStep at_step(z e d) {
        let r = z - floor(z);
        return (min(r, real(1.0) - r) <= e) && (d != real(0.0))
    }
    // At a whole one other than 0.
    AtCut at_cut(z e d) {
        let r = z - floor(z);
        return (min(r, real(1.0) - r) <= e) && (abs(z) + e > real(0.5)) && (d != real(0.0))
    }
    // At a half.
    AtHalf at_half(z e d) {
        let r = z - floor(z);
        return (abs(r - real(0.5)) <= e) && (d != real(0.0))
    }
    // At 0.
    AtZero at_zero(z e d) { return (abs(z) <= e) && (d != real(0.0)) }
    // A number that does not move and may be on either side of a whole one.
    DoubtfulCut doubtful_cut(z e) {
        let r = z - floor(z);
        return (e > real(0.0)) && (min(r, real(1.0) - r) <= e) && (abs(z) + e > real(0.5))
    }

    // Of a step that is the caller's own: a comparison that comes out otherwise at its end,
    Crosses crosses(a da b db h) {
        let gap = sealed(a - b);
        let after = gap + h * (da - db);
        return ((gap < real(0.0)) != (after < real(0.0))) || ((gap > real(0.0)) != (after > real(0.0)))
    }
    // a number that is cut to another whole one there,
    CutsOver cuts_over(z d h) {
        let y = z + h * d;
        let sides = ((z < real(0.0)) != (y < real(0.0))) && (abs(z) >= real(1.0));
        return (floor(abs(z)) != floor(abs(y))) || sides
    }
    // or that is 0 at one end alone.
    Vanishes vanishes(z d h) { return (z == real(0.0)) != (z + h * d == real(0.0)) }
}
