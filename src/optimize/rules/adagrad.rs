//! AdaGrad.

use super::{Rate, size_fault};
use crate::optimize::{DeviceUpdate, Update};

/// AdaGrad (Duchi, Hazan and Singer, 2011): s ← s + g², x ← x - rate·g / (√s + ε).
#[derive(Clone, Debug, PartialEq)]
pub struct AdaGrad {
    rate: Rate,
    epsilon: f64,
}

impl AdaGrad {
    /// With this learning rate, and ε = 1e-10.
    pub fn new(rate: impl Into<Rate>) -> Self {
        AdaGrad { rate: rate.into(), epsilon: 1e-10 }
    }

    /// Sets ε, which is not negative.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        AdaGrad { epsilon, ..self }
    }
}

impl Update for AdaGrad {
    fn name(&self) -> String {
        format!("AdaGrad, {}", self.rate)
    }

    fn fault(&self) -> Option<String> {
        self.rate.fault().or_else(|| size_fault("epsilon", self.epsilon))
    }

    fn state(&self) -> usize {
        1
    }

    fn changes(&self) -> bool {
        self.rate.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        let rate = self.rate.at(step);
        for ((x, g), s) in x.iter_mut().zip(gradient).zip(state) {
            *s += g * g;
            *x -= rate * per(*g, s.sqrt() + self.epsilon);
        }
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new(
            "s0 = s0 + gradient * gradient; x = x - k0 * pm_per(gradient, sqrt(s0) + k1);",
            1,
        ))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        vec![self.rate.at(step), self.epsilon]
    }
}

/// A quotient; 0 of nothing, even by nothing.
pub(super) fn per(number: f64, by: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number / by }
}
