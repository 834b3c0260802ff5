//! RMSProp.

use super::adagrad::per;
use super::{Rate, share_fault, size_fault};
use crate::optimize::{DeviceUpdate, Update};

/// RMSProp (Tieleman and Hinton, 2012): s ← ρ·s + (1 - ρ)·g², x ← x - rate·g / (√s + ε).
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp {
    rate: Rate,
    rho: f64,
    epsilon: f64,
}

impl RmsProp {
    /// With this learning rate, ρ = 0.99 and ε = 1e-8.
    pub fn new(rate: impl Into<Rate>) -> Self {
        RmsProp { rate: rate.into(), rho: 0.99, epsilon: 1e-8 }
    }

    /// Sets ρ, at least 0 and below 1.
    #[must_use]
    pub fn rho(self, rho: f64) -> Self {
        RmsProp { rho, ..self }
    }

    /// Sets ε, which is not negative.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        RmsProp { epsilon, ..self }
    }
}

impl Update for RmsProp {
    fn name(&self) -> String {
        format!("RMSProp {}, {}", self.rho, self.rate)
    }

    fn fault(&self) -> Option<String> {
        let rate = self.rate.fault();
        rate.or_else(|| share_fault("rho", self.rho)).or_else(|| size_fault("epsilon", self.epsilon))
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
            *s = self.rho * *s + (1.0 - self.rho) * g * g;
            *x -= rate * per(*g, s.sqrt() + self.epsilon);
        }
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new(
            "s0 = k1 * s0 + k2 * gradient * gradient; x = x - k0 * pm_per(gradient, sqrt(s0) + k3);",
            1,
        ))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        vec![self.rate.at(step), self.rho, 1.0 - self.rho, self.epsilon]
    }
}
