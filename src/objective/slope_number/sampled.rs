//! Random rounding: numbers with slopes, of which each operation makes the value and the slopes off by what it may round off,
//! up or down. The bound of a rule whose operands are exact is what the rule itself rounds off; so operators and functions are
//! those of [`Slope`] on numbers without errors, and what they give as bounds is added or subtracted at random. It is what
//! `program/slopes/random.rs` writes into programs.
//!
//! A formula in Rust has no places that tell equal operations apart; so the hash takes the operation and its operands, too: the
//! same on the same numbers errs alike, as it does in truth.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::{Slope, context};
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

/// Of what belongs to slopes and to second slopes.
const FIRST: u64 = 0x243f_6a88_85a3_08d3;
const SECOND_ORDER: u64 = 0x1319_8a2e_0370_7344;

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
        let key = mixed(u64::from(context::sample()) << 32 | operation as u64);
        // Sums and products are the same the other way round.
        let turn = if matches!(operation, Operation::Add | Operation::Multiply) { 0 } else { 23 };
        let hash = |of: &dyn Fn(&Slope<T, L, S, true, SECOND>) -> T| {
            operands.iter().enumerate().fold(0u64, |sum, (i, operand)| {
                let bits = of(operand).to_f64().to_bits();
                sum.wrapping_add(mixed(bits.rotate_left(turn * i as u32)))
            })
        };
        for lane in 0..L {
            let key = key.wrapping_add(hash(&|operand| operand.v.0[lane]));
            out.v.0[lane] = off(number.v.0[lane], number.e.0[lane], key);
            let mut lines = key;
            for i in 0..Slope::<T, L, S, true, SECOND>::LINES {
                let own = hash(&|operand| operand.d[i].0[lane]);
                lines = lines.wrapping_add(own);
                let key = key.wrapping_add(own) ^ FIRST;
                out.d[i].0[lane] = off(number.d[i].0[lane], number.p[i].0[lane], key);
            }
            if SECOND {
                let key = lines.wrapping_add(hash(&|operand| operand.s.0[lane])) ^ SECOND_ORDER;
                out.s.0[lane] = off(number.s.0[lane], number.q.0[lane], key);
            }
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
