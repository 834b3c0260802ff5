//! Sums, products and quotients of numbers with slopes.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::Slope;
use crate::numeric::Real;
use crate::objective::pack::Pack;
use crate::program::rules::{self, N};

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> Add
    for Slope<T, L, S, BARS, SECOND>
{
    type Output = Self;

    #[inline(always)]
    fn add(self, b: Self) -> Self {
        let v = self.v + b.v;
        let e = if BARS { by!(sum_error(v, self.e, b.e)) } else { self.e };
        Self::each(v, e, |i| {
            let d = self.d[i] + b.d[i];
            (d, BARS.then(|| by!(sum_bound(d, self.p[i], b.p[i]))))
        })
        .curved(|_| {
            let s = self.s + b.s;
            (s, BARS.then(|| by!(sum_bound(s, self.q, b.q))))
        })
    }
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> Neg
    for Slope<T, L, S, BARS, SECOND>
{
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Slope { v: -self.v, d: self.d.map(Neg::neg), s: -self.s, ..self }
    }
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> Sub
    for Slope<T, L, S, BARS, SECOND>
{
    type Output = Self;

    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self + -b
    }
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> AddAssign
    for Slope<T, L, S, BARS, SECOND>
{
    #[inline(always)]
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> Mul
    for Slope<T, L, S, BARS, SECOND>
{
    type Output = Self;

    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let v = self.v * b.v;
        let e = if BARS { by!(product_error(self.v, self.e, b.v, b.e, v)) } else { self.e };
        Self::each(v, e, |i| {
            let (da, pa, db, pb) = (self.d[i], self.p[i], b.d[i], b.p[i]);
            let bound = || by!(product_bound(self.v, self.e, da, pa, b.v, b.e, db, pb));
            (by!(product_slope(self.v, da, b.v, db)), BARS.then(bound))
        })
        .curved(|_| {
            let ([da, pa, ca, oa], [db, pb, cb, ob]) = (self.lines(), b.lines());
            let bound = || {
                let (one, other) = (self, b);
                by!(product_second_bound(
                    one.v, one.e, one.s, one.q, other.v, other.e, other.s, other.q, da, pa, ca, oa, db, pb,
                    cb, ob
                ))
            };
            (by!(product_second(self.v, b.v, self.s, b.s, da, ca, db, cb)), BARS.then(bound))
        })
    }
}

impl<T: Real, const L: usize, const S: usize, const BARS: bool, const SECOND: bool> Div
    for Slope<T, L, S, BARS, SECOND>
{
    type Output = Self;

    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let v = self.v / b.v;
        let e = if BARS { by!(quotient_error(self.e, b.v, b.e, v)) } else { self.e };
        Self::each(v, e, |i| {
            let (da, pa, db, pb) = (self.d[i], self.p[i], b.d[i], b.p[i]);
            let bound = || by!(quotient_bound(b.v, b.e, v, e, da, pa, db, pb));
            (by!(quotient_slope(b.v, v, da, db)), BARS.then(bound))
        })
        .curved(|out| {
            let ([d, p, c, o], [db, pb, cb, ob]) = (out.lines(), b.lines());
            let s = by!(quotient_second(b.v, v, d, c, self.s, db, cb, b.s));
            let bound = || {
                by!(quotient_second_bound(b.v, b.e, v, e, d, p, c, o, self.q, db, pb, cb, ob, b.s, b.q, s))
            };
            (s, BARS.then(bound))
        })
    }
}
