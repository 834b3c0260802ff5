//! Dual numbers: a formula written once gives its value and its derivative.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// What the twins are written in: f64, or a dual number.
pub trait Number:
    Copy
    + From<f64>
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    fn value(self) -> f64;

    /// A function of this number, by its value and its derivative there.
    fn chain(self, value: f64, slope: f64) -> Self;

    fn exp(self) -> Self {
        let e = self.value().exp();
        self.chain(e, e)
    }

    fn ln(self) -> Self {
        self.chain(self.value().ln(), 1.0 / self.value())
    }

    fn sin(self) -> Self {
        self.chain(self.value().sin(), self.value().cos())
    }

    fn cos(self) -> Self {
        self.chain(self.value().cos(), -self.value().sin())
    }

    fn atan(self) -> Self {
        self.chain(self.value().atan(), 1.0 / (1.0 + self.value().powi(2)))
    }

    fn abs(self) -> Self {
        self.chain(self.value().abs(), self.value().signum())
    }

    fn sqrt(self) -> Self {
        let root = self.value().sqrt();
        self.chain(root, 0.5 / root)
    }

    fn powi(self, k: i32) -> Self {
        self.chain(self.value().powi(k), f64::from(k) * self.value().powi(k - 1))
    }
}

impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn chain(self, value: f64, _: f64) -> f64 {
        value
    }
}

/// A value and its derivative along one axis.
#[derive(Clone, Copy)]
pub struct Dual {
    value: f64,
    slope: f64,
}

impl From<f64> for Dual {
    fn from(value: f64) -> Dual {
        Dual { value, slope: 0.0 }
    }
}

impl Neg for Dual {
    type Output = Dual;

    fn neg(self) -> Dual {
        Dual { value: -self.value, slope: -self.slope }
    }
}

impl<T: Into<Dual>> Add<T> for Dual {
    type Output = Dual;

    fn add(self, other: T) -> Dual {
        let other = other.into();
        Dual { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl<T: Into<Dual>> Sub<T> for Dual {
    type Output = Dual;

    fn sub(self, other: T) -> Dual {
        self + -other.into()
    }
}

impl<T: Into<Dual>> Mul<T> for Dual {
    type Output = Dual;

    fn mul(self, other: T) -> Dual {
        let other = other.into();
        Dual { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl<T: Into<Dual>> Div<T> for Dual {
    type Output = Dual;

    fn div(self, other: T) -> Dual {
        let other = other.into();
        let value = self.value / other.value;
        Dual { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl Number for Dual {
    fn value(self) -> f64 {
        self.value
    }

    fn chain(self, value: f64, slope: f64) -> Dual {
        Dual { value, slope: slope * self.slope }
    }
}

pub fn sum<N: Number>(items: impl IntoIterator<Item = N>) -> N {
    items.into_iter().fold(N::from(0.0), |a, b| a + b)
}

/// The gradient of a sum of squares, one axis at a time.
pub fn gradient(x: &[f64], residuals: fn(&[Dual]) -> Vec<Dual>) -> Vec<f64> {
    let mut point: Vec<Dual> = x.iter().map(|&v| Dual::from(v)).collect();
    (0..x.len())
        .map(|k| {
            point[k].slope = 1.0;
            let slope = sum(residuals(&point).into_iter().map(|r| r * r)).slope;
            point[k].slope = 0.0;
            slope
        })
        .collect()
}
