//! Plain gradient descent: x ← x - rate · gradient.

use super::Rate;
use crate::numeric::Real;
use crate::optimize::{DeviceUpdate, Update};

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
#[derive(Clone, Debug, PartialEq)]
pub struct GradientDescent {
    rate: Rate,
}

impl GradientDescent {
    /// With this learning rate: a number, or a [`Rate`] that changes.
    pub fn new(rate: impl Into<Rate>) -> Self {
        GradientDescent { rate: rate.into() }
    }
}

impl Update for GradientDescent {
    fn name(&self) -> String {
        format!("gradient descent, {}", self.rate)
    }

    fn fault(&self) -> Option<String> {
        self.rate.fault()
    }

    fn changes(&self) -> bool {
        self.rate.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], _: &mut [f64], step: usize) {
        let rate = self.rate.at(step);
        x.iter_mut().zip(gradient).for_each(|(x, &g)| *x = moved(*x, rate, g));
    }

    fn update_f32(&self, x: &mut [f32], gradient: &[f32], _: &mut [f64], step: usize) {
        let rate = self.rate.at(step) as f32;
        x.iter_mut().zip(gradient).for_each(|(x, &g)| *x = moved(*x, rate, g));
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn plain_rate(&self) -> Option<f64> {
        self.rate.constant()
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new(format!("x = {MOVED};").replace("rate", "k0"), 0))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        vec![self.rate.at(step)]
    }
}
