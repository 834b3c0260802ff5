//! Momentum.

use super::{Rate, share_fault};
use crate::optimize::{DeviceUpdate, Update};

/// Gradient descent with momentum (Polyak, 1964): v ← β·v + g, x ← x - rate·v.
///
/// ```
/// use plusminus::{Descent, Engine, Momentum, Precision, WgslObjective};
/// let f = WgslObjective::from_expression("x0^2/2 + 50*x1^2", 2)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let done = Descent::new(Momentum::new(0.015)).steps(400).run(&mut evaluator, ndarray::array![[3.0, 4.0]].view())?;
/// assert!(done.points.iter().all(|x| x.abs() < 1e-6));
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Momentum {
    rate: Rate,
    beta: f64,
}

impl Momentum {
    /// With this learning rate, and β = 0.9.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Momentum { rate: rate.into(), beta: 0.9 }
    }

    /// Sets β, at least 0 and below 1.
    #[must_use]
    pub fn beta(self, beta: f64) -> Self {
        Momentum { beta, ..self }
    }
}

impl Update for Momentum {
    fn name(&self) -> String {
        format!("momentum {}, {}", self.beta, self.rate)
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
            *x -= rate * *v;
        }
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new("s0 = k1 * s0 + gradient; x = x - k0 * s0;", 1))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        vec![self.rate.at(step), self.beta]
    }
}
