//! Numbers whose operations are calls. Inlined, those of numbers with slopes are hundreds of instructions each, and every formula
//! would be compiled to all of them once more for what is rarely asked for.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::objective::pack::Number;

#[derive(Clone, Copy)]
pub(super) struct Called<N>(pub(super) N);

macro_rules! operators {
    ($($trait:ident $method:ident;)*) => {$(
        impl<N: Number> $trait for Called<N> {
            type Output = Self;

            #[inline(never)]
            fn $method(self, b: Self) -> Self {
                Called(self.0.$method(b.0))
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl<N: Number> Neg for Called<N> {
    type Output = Self;

    #[inline(never)]
    fn neg(self) -> Self {
        Called(-self.0)
    }
}

impl<N: Number> AddAssign for Called<N> {
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

macro_rules! functions {
    ($($name:ident($($argument:ident: $type:ty => $value:expr),*);)*) => {
        impl<N: Number> Number for Called<N> {
            #[inline(never)]
            fn of(value: f64) -> Self {
                Called(N::of(value))
            }

            $(
                #[inline(never)]
                fn $name(self, $($argument: $type),*) -> Self {
                    Called(self.0.$name($($value),*))
                }
            )*
        }
    };
}

functions! {
    mul_add(a: Self => a.0, b: Self => b.0);
    sqrt();
    abs();
    exp();
    ln();
    tanh();
    sin();
    cos();
    powi(n: i32 => n);
    powf(y: Self => y.0);
}
