//! Random rounding: numbers with slopes, of which each operation makes the value and the slopes off by what it may round off,
//! up or down. The bound of a rule whose operands are exact is what the rule itself rounds off; so operators and functions are
//! those of [`Slope`] on numbers without errors, and what they give as bounds is added or subtracted at random. It is what
//! `program/slopes/random.rs` writes into programs.
//!
//! A formula in Rust has no places that tell equal operations apart; so the hash takes the operation and its operands, too: the
//! same on the same numbers errs alike, as it does in truth.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::{AXIS, LINE, Slope, context};
use crate::numeric::Real;
use crate::objective::pack::{Number, Pack};
use crate::program::{mixed, off};

/// Numbers of `L` lanes, without bounds.
#[derive(Clone, Copy)]
pub(super) struct Sampled<T, const L: usize, const S: usize, const SECOND: bool>(
    pub(super) Slope<T, L, S, true, SECOND>,
);

/// What rounds.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Operation {
    /// A constant, or a direction that was handed in: off by its own error.
    Given,
    Add,
    Multiply,
    Divide,
    Sqrt,
    Abs,
    Exp,
    Ln,
    Tanh,
    Sin,
    Cos,
    PowI,
    PowF,
}

/// What tells slopes and second slopes from values.
const FIRST: u64 = 0x243f_6a88_85a3_08d3;
const OTHER: u64 = 0x1319_8a2e_0370_7344;

/// Where a number goes among keys that are added up; `off` mixes their sum.
#[inline(always)]
fn scattered(bits: u64) -> u64 {
    let bits = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits ^ bits >> 32
}

#[inline(always)]
fn perturb<T: Real, const L: usize>(to: &mut Pack<T, L>, by: &Pack<T, L>, keys: &[u64; L], of: u64) {
    for lane in 0..L {
        to.0[lane] = off(to.0[lane], by.0[lane], keys[lane] ^ of);
    }
}

impl<T: Real, const L: usize, const S: usize, const SECOND: bool> Sampled<T, L, S, SECOND> {
    /// Numbers made off by their bounds, which came of an operation on these operands.
    #[inline(always)]
    pub(super) fn new(
        number: Slope<T, L, S, true, SECOND>,
        operation: Operation,
        operands: &[&Slope<T, L, S, true, SECOND>],
    ) -> Self {
        let zero = Pack([T::ZERO; L]);
        let mut out = Slope { e: zero, p: [zero; S], q: zero, ..number };
        let first = mixed(u64::from(context::sample()) << 32 | operation as u64);
        // Sums and products are the same the other way round.
        let turn = if matches!(operation, Operation::Add | Operation::Multiply) { 0 } else { 23 };
        let with = |keys: &mut [u64; L], i: usize, numbers: &Pack<T, L>| {
            for (key, number) in keys.iter_mut().zip(&numbers.0) {
                *key = key.wrapping_add(scattered(number.to_f64().to_bits().rotate_left(turn * i as u32)));
            }
        };
        let mut keys = [first; L];
        for (i, operand) in operands.iter().enumerate() {
            with(&mut keys, i, &operand.v);
        }
        perturb(&mut out.v, &number.e, &keys, 0);
        for line in 0..Slope::<T, L, S, true, SECOND>::LINES {
            // What is at rest rounds nothing.
            if number.p[line].0.iter().all(|&p| p == T::ZERO) {
                continue;
            }
            let mut keys = keys;
            for (i, operand) in operands.iter().enumerate() {
                with(&mut keys, i, &operand.d[line]);
            }
            perturb(&mut out.d[line], &number.p[line], &keys, FIRST);
        }
        if SECOND && number.q.0.iter().any(|&q| q != T::ZERO) {
            for (i, operand) in operands.iter().enumerate() {
                for numbers in [&operand.d[AXIS], &operand.d[LINE], &operand.s] {
                    with(&mut keys, i, numbers);
                }
            }
            perturb(&mut out.s, &number.q, &keys, OTHER);
        }
        Sampled(out)
    }
}

impl<T: Real, const L: usize, const S: usize, const SECOND: bool> Neg for Sampled<T, L, S, SECOND> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Sampled(-self.0)
    }
}

impl<T: Real, const L: usize, const S: usize, const SECOND: bool> Sub for Sampled<T, L, S, SECOND> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self + -b
    }
}

impl<T: Real, const L: usize, const S: usize, const SECOND: bool> AddAssign for Sampled<T, L, S, SECOND> {
    #[inline(always)]
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $operation:ident;)*) => {$(
        impl<T: Real, const L: usize, const S: usize, const SECOND: bool> $trait for Sampled<T, L, S, SECOND> {
            type Output = Self;

            fn $method(self, b: Self) -> Self {
                Self::new(self.0.$method(b.0), Operation::$operation, &[&self.0, &b.0])
            }
        }
    )*};
}

operators! {
    Add add Add;
    Mul mul Multiply;
    Div div Divide;
}

macro_rules! functions {
    ($($name:ident $operation:ident;)*) => {
        impl<T: Real, const L: usize, const S: usize, const SECOND: bool> Number for Sampled<T, L, S, SECOND> {
            fn of(value: f64) -> Self {
                Self::new(Slope::of(value), Operation::Given, &[])
            }

            fn mul_add(self, a: Self, b: Self) -> Self {
                self * a + b
            }

            $(
                fn $name(self) -> Self {
                    Self::new(self.0.$name(), Operation::$operation, &[&self.0])
                }
            )*

            fn powi(self, n: i32) -> Self {
                Self::new(self.0.powi(n), Operation::PowI, &[&self.0, &Slope::of(f64::from(n))])
            }

            fn powf(self, y: Self) -> Self {
                Self::new(self.0.powf(y.0), Operation::PowF, &[&self.0, &y.0])
            }
        }
    };
}

functions! {
    sqrt Sqrt;
    abs Abs;
    exp Exp;
    ln Ln;
    tanh Tanh;
    sin Sin;
    cos Cos;
}
