//! Weight decay by way of the gradient.

use super::{before, size_fault};
use crate::optimize::{DeviceUpdate, Update};

/// A rule that descends on f(x) + ½λ‖x‖²: g ← g + λ·x. (That of [`AdamW`](super::AdamW) and [`Lion`](super::Lion) is their own.)
#[derive(Clone, Debug, PartialEq)]
pub struct WeightDecay<R> {
    rule: R,
    decay: f64,
}

impl<R: Update> WeightDecay<R> {
    /// This rule with λ, which is not negative.
    pub fn new(rule: R, decay: f64) -> Self {
        WeightDecay { rule, decay }
    }
}

impl<R: Update> Update for WeightDecay<R> {
    fn name(&self) -> String {
        format!("{}, weight decay {}", self.rule.name(), self.decay)
    }

    fn fault(&self) -> Option<String> {
        self.rule.fault().or_else(|| size_fault("decay", self.decay))
    }

    fn state(&self) -> usize {
        self.rule.state()
    }

    fn changes(&self) -> bool {
        self.rule.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        let decayed: Vec<f64> = gradient.iter().zip(&*x).map(|(g, x)| g + self.decay * x).collect();
        self.rule.update(x, &decayed, state, step);
    }

    fn is_elementwise(&self) -> bool {
        self.rule.is_elementwise()
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        before(&self.rule, |k| format!("gradient = gradient + {k} * x;"))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        [self.rule.device_numbers(step), vec![self.decay]].concat()
    }
}
