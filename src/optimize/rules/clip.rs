//! Clipping of gradients.

use super::before;
use crate::optimize::{DeviceUpdate, Update};

/// How gradients that are too large are made smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Clip {
    /// All of it by one factor, so that its norm ‖g‖₂ is at most this (Pascanu, Mikolov and Bengio, 2013): its direction stays.
    Norm(f64),
    /// Each component by itself, to at most this in absolute value.
    Value(f64),
}

/// A rule with gradients that are clipped.
///
/// ```
/// use plusminus::{Clip, Clipped, GradientDescent, Update};
/// let rule = Clipped::new(GradientDescent::new(1.0), Clip::Norm(1.0));
/// let mut x = [0.0, 0.0];
/// rule.update(&mut x, &[30.0, 40.0], &mut [], 0);
/// assert!((x[0] + 0.6).abs() < 1e-15 && (x[1] + 0.8).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Clipped<R> {
    rule: R,
    clip: Clip,
}

impl<R: Update> Clipped<R> {
    /// This rule with such gradients.
    pub fn new(rule: R, clip: Clip) -> Self {
        Clipped { rule, clip }
    }
}

impl Clip {
    fn most(self) -> f64 {
        match self {
            Clip::Norm(most) | Clip::Value(most) => most,
        }
    }

    fn clipped(self, gradient: &[f64]) -> Vec<f64> {
        match self {
            Clip::Norm(most) => {
                // In units of the largest component: squares may have no room.
                let largest = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                let unit = if largest > 0.0 { largest } else { 1.0 };
                let norm = unit * gradient.iter().map(|g| (g / unit).powi(2)).sum::<f64>().sqrt();
                let by = if norm > most { most / norm } else { 1.0 };
                gradient.iter().map(|g| g * by).collect()
            }
            Clip::Value(most) => gradient.iter().map(|g| g.max(-most).min(most)).collect(),
        }
    }
}

impl<R: Update> Update for Clipped<R> {
    fn name(&self) -> String {
        match self.clip {
            Clip::Norm(most) => format!("{}, gradients clipped to a norm of {most}", self.rule.name()),
            Clip::Value(most) => format!("{}, components of gradients clipped to {most}", self.rule.name()),
        }
    }

    fn fault(&self) -> Option<String> {
        let most = self.clip.most();
        let is_good = most.is_finite() && most > 0.0;
        let fault = || format!("gradients clipped to {most}: it must be finite and greater than 0");
        self.rule.fault().or_else(|| (!is_good).then(fault))
    }

    fn state(&self) -> usize {
        self.rule.state()
    }

    fn changes(&self) -> bool {
        self.rule.changes()
    }

    fn update(&self, x: &mut [f64], gradient: &[f64], state: &mut [f64], step: usize) {
        self.rule.update(x, &self.clip.clipped(gradient), state, step);
    }

    fn is_elementwise(&self) -> bool {
        matches!(self.clip, Clip::Value(_)) && self.rule.is_elementwise()
    }

    fn on_device(&self) -> Option<DeviceUpdate> {
        let of_one = |k: String| format!("gradient = min(max(gradient, -{k}), {k});");
        self.is_elementwise().then(|| before(&self.rule, of_one)).flatten()
    }

    fn device_numbers(&self, step: usize) -> Vec<f64> {
        [self.rule.device_numbers(step), vec![self.clip.most()]].concat()
    }
}
