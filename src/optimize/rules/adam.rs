//! Adam.

use super::adagrad::per;
use super::{Rate, share_fault, size_fault};
use crate::optimize::Update;

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

    /// Where each coordinate is led, to be multiplied by the rate; `state` is `[coordinate][m, v]`.
    pub(super) fn each(
        &self,
        gradient: &[f64],
        state: &mut [f64],
        step: usize,
        mut go: impl FnMut(usize, f64),
    ) {
        let [first, second] = self.betas;
        let t = (step + 1) as f64;
        let (first_left, second_left) = (1.0 - first.powf(t), 1.0 - second.powf(t));
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
}
