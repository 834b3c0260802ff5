//! Adam.

use super::adagrad::per;
use super::{Rate, share_fault, size_fault};
use crate::optimize::{DeviceUpdate, Update};

/// Adam (Kingma and Ba, 2015): m ← β₁·m + (1 - β₁)·g, v ← β₂·v + (1 - β₂)·g², and with t steps made, this one included,
/// x ← x - rate·m̂ / (√v̂ + ε), where m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
///
/// ```
/// use plusminus::{Adam, Descent, Engine, Precision, Rate, Schedule, WgslObjective};
/// let f = WgslObjective::from_expression("(1 - x0)^2 + 100*(x1 - x0^2)^2", 2)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let rate = Rate::new(0.02).with(Schedule::Cosine { steps: 5000, least: 0.0 });
/// let done = Descent::new(Adam::new(rate)).steps(5000).run(&mut evaluator, ndarray::array![[-1.2, 1.0]].view())?;
/// assert!(done.points.iter().all(|x| (x - 1.0).abs() < 5e-3));
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    rate: Rate,
    moments: Moments,
}

/// What Adam and AdamW share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    pub(super) betas: [f64; 2],
    pub(super) epsilon: f64,
}

/// Both moments, on a device.
pub(super) const MOMENTS: &str = "s0 = k1 * s0 + k2 * gradient; s1 = k3 * s1 + k4 * gradient * gradient;";

/// Where a coordinate is led there, to be multiplied by the rate.
pub(super) const STEP: &str = "pm_per(s0 / k5, sqrt(s1 / k6) + k7)";

impl Default for Moments {
    fn default() -> Self {
        Moments { betas: [0.9, 0.999], epsilon: 1e-8 }
    }
}

impl Moments {
    pub(super) fn fault(&self) -> Option<String> {
        let [first, second] = self.betas;
        let betas = share_fault("beta1", first).or_else(|| share_fault("beta2", second));
        betas.or_else(|| size_fault("epsilon", self.epsilon))
    }

    /// What these read, from `k1` on.
    pub(super) fn numbers(&self, step: usize) -> Vec<f64> {
        let [first, second] = self.betas;
        let [first_left, second_left] = self.left(step);
        vec![first, 1.0 - first, second, 1.0 - second, first_left, second_left, self.epsilon]
    }

    /// The shares of the moments that gradients have, and not the zeros that they began with.
    fn left(&self, step: usize) -> [f64; 2] {
        let t = (step + 1) as f64;
        self.betas.map(|beta| 1.0 - beta.powf(t))
    }

    /// Where each coordinate is led, to be multiplied by the rate; `state` is `[coordinate][m, v]`.
    pub(super) fn each(
        &self,
        gradient: &[f64],
        state: &mut [f64],
        step: usize,
        mut go: impl FnMut(usize, f64),
    ) {
        let [first, second] = self.betas;
        let [first_left, second_left] = self.left(step);
        for (i, (g, moments)) in gradient.iter().zip(state.chunks_exact_mut(2)).enumerate() {
            moments[0] = first * moments[0] + (1.0 - first) * g;
            moments[1] = second * moments[1] + (1.0 - second) * g * g;
            go(i, per(moments[0] / first_left, (moments[1] / second_left).sqrt() + self.epsilon));
        }
    }
}

impl Adam {
    /// With this learning rate, β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Adam { rate: rate.into(), moments: Moments::default() }
    }

    /// Sets β₁ and β₂, both at least 0 and below 1.
    #[must_use]
    pub fn betas(self, first: f64, second: f64) -> Self {
        Adam { moments: Moments { betas: [first, second], ..self.moments }, ..self }
    }

    /// Sets ε, which is not negative.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Adam { moments: Moments { epsilon, ..self.moments }, ..self }
    }
}

impl Update for Adam {
    fn name(&self) -> String {
        format!("Adam, {}", self.rate)
    }

    fn fault(&self) -> Option<String> {
        self.rate.fault().or_else(|| self.moments.fault())
    }

    fn state(&self) -> usize {
        2
    }

    fn changes(&self) -> bool {
        self.rate.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        let rate = self.rate.at(step);
        self.moments.each(gradient, state, step, |i, by| x[i] -= rate * by);
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        Some(DeviceUpdate::new(format!("{MOMENTS} x = x - k0 * {STEP};"), 2))
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        [vec![self.rate.at(step)], self.moments.numbers(step)].concat()
    }
}
