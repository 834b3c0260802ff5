//! Nesterov's momentum.

use super::{Rate, share_fault};
use crate::optimize::{DeviceUpdate, Update};

/// Gradient descent with Nesterov's momentum (Nesterov, 1983), as Sutskever and others (2013) write it for the point that looks ahead:
/// v ← β·v + g, x ← x - rate·(g + β·v).
#[derive(Clone, Debug, PartialEq)]
pub struct Nesterov {
    rate: Rate,
    beta: f64,
}

impl Nesterov {
    /// With this learning rate, and β = 0.9.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Nesterov { rate: rate.into(), beta: 0.9 }
    }

    /// Sets β, at least 0 and below 1.
    #[must_use]
    pub fn beta(self, beta: f64) -> Self {
        Nesterov { beta, ..self }
    }
}

impl Update for Nesterov {
    fn name(&self) -> String {
        format!("Nesterov's momentum {}, {}", self.beta, self.rate)
    }

    fn fault(&self) -> Option<String> {
        self.rate.fault().or_else(|| share_fault("beta", self.beta))
    }

    fn state(&self) -> usize {
        1
    }

    fn changes(&self) -> bool {
        self.rate.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        let rate = self.rate.at(step);
        for ((x, g), v) in x.iter_mut().zip(gradient).zip(state) {
            *v = self.beta * *v + g;
            *x -= rate * (g + self.beta * *v);
        }
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new("s0 = k1 * s0 + gradient; x = x - k0 * (gradient + k1 * s0);", 1))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        vec![self.rate.at(step), self.beta]
    }
}
