//! Plain gradient descent: x ← x - rate · gradient.

use super::update::{DeviceUpdate, Update};
use crate::numeric::Real;

/// Declares a formula once, for the host in both precisions and for devices.
macro_rules! formula {
    ($name:ident($($input:ident),*), $wgsl:ident: $($formula:tt)*) => {
        fn $name<T: Real>($($input: T),*) -> T {
            $($formula)*
        }
        const $wgsl: &str = stringify!($($formula)*);
    };
}

formula!(moved(x, rate, gradient), MOVED: x - rate * gradient);

/// The update rule of plain gradient descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientDescent {
    rate: f64,
}

impl GradientDescent {
    /// With this learning rate.
    pub fn new(rate: f64) -> Self {
        GradientDescent { rate }
    }
}

impl Update for GradientDescent {
    fn name(&self) -> String {
        format!("gradient descent, learning rate {}", self.rate)
    }

    fn fault(&self) -> Option<String> {
        (!self.rate.is_finite()).then(|| format!("the learning rate is {}; it must be finite", self.rate))
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], _: &mut [f64], _: usize) {
        x.iter_mut().zip(gradient).for_each(|(x, &g)| *x = moved(*x, self.rate, g));
    }

    fn update_f32(&self, x: &mut [f32], gradient: &[f32], _: &mut [f64], _: usize) {
        x.iter_mut().zip(gradient).for_each(|(x, &g)| *x = moved(*x, self.rate as f32, g));
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate { wgsl: MOVED, rate: self.rate })
    }
}
