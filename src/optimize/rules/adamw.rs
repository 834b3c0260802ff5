//! AdamW.

use super::adam::{MOMENTS, Moments, STEP};
use super::{Rate, size_fault};
use crate::optimize::{DeviceUpdate, Update};

/// AdamW (Loshchilov and Hutter, 2019): [`Adam`](super::Adam) in which weights decay by themselves, x ← x - rate·λ·x, and not by way of
/// the gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    rate: Rate,
    moments: Moments,
    decay: f64,
}

impl AdamW {
    /// With this learning rate, β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and λ = 0.01.
    pub fn new(rate: impl Into<Rate>) -> Self {
        AdamW { rate: rate.into(), moments: Moments::default(), decay: 0.01 }
    }

    /// Sets λ, which is not negative.
    #[must_use]
    pub fn decay(self, decay: f64) -> Self {
        AdamW { decay, ..self }
    }

    /// Sets β₁ and β₂, both at least 0 and below 1.
    #[must_use]
    pub fn betas(self, first: f64, second: f64) -> Self {
        AdamW { moments: Moments { betas: [first, second], ..self.moments }, ..self }
    }

    /// Sets ε, which is not negative.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        AdamW { moments: Moments { epsilon, ..self.moments }, ..self }
    }
}

impl Update for AdamW {
    fn name(&self) -> String {
        format!("AdamW, {}, weight decay {}", self.rate, self.decay)
    }

    fn fault(&self) -> Option<String> {
        self.rate.fault().or_else(|| self.moments.fault()).or_else(|| size_fault("decay", self.decay))
    }

    fn state(&self) -> usize {
        2
    }

    fn changes(&self) -> bool {
        self.rate.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        let rate = self.rate.at(step);
        self.moments.each(gradient, state, step, |i, by| x[i] -= rate * (by + self.decay * x[i]));
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new(format!("{MOMENTS} x = x - k0 * ({STEP} + k8 * x);"), 2))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        [vec![self.rate.at(step)], self.moments.numbers(step), vec![self.decay]].concat()
    }
}
