//! What L-BFGS remembers of the curvature (Nocedal, 1980): the last steps and by how much gradients changed along them.

use std::collections::VecDeque;

/// Steps and changes of gradients, the latest last.
#[derive(Clone, Debug)]
pub(super) struct History {
    most: usize,
    /// Step, change of the gradient, and one over their product.
    pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)>,
}

impl History {
    pub(super) fn new(most: usize) -> Self {
        History { most, pairs: VecDeque::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Remembers a step, unless the curvature along it is not positive.
    pub(super) fn push(&mut self, step: Vec<f64>, change: Vec<f64>) {
        let (product, square) = (dot(&step, &change), dot(&change, &change));
        // Below this, rounding may have made the sign.
        if !(product > f64::EPSILON * square && product.is_finite() && (1.0 / product).is_finite()) {
            return;
        }
        if self.pairs.len() == self.most {
            self.pairs.pop_front();
        }
        self.pairs.push_back((step, change, 1.0 / product));
    }

    /// -H·g along the coordinates that are free, H being the inverse of the Hessian as far as it is known (the two loops of Nocedal).
    pub(super) fn direction(&self, gradient: &[f64], is_free: &[bool]) -> Vec<f64> {
        let free = |vector: &[f64]| -> Vec<f64> {
            vector.iter().zip(is_free).map(|(&v, &is_free)| if is_free { v } else { 0.0 }).collect()
        };
        let mut direction: Vec<f64> = free(gradient).iter().map(|g| -g).collect();
        // Of each pair only what lies along free coordinates; without curvature there it says nothing.
        let pairs: Vec<(Vec<f64>, Vec<f64>, f64)> = self
            .pairs
            .iter()
            .map(|(step, change, _)| (free(step), free(change)))
            .filter_map(|(step, change)| {
                let product = dot(&step, &change);
                (product > f64::EPSILON * dot(&change, &change)).then(|| (step, change, 1.0 / product))
            })
            .collect();
        let mut shares = Vec::new();
        for (step, change, inverse) in pairs.iter().rev() {
            let share = inverse * dot(step, &direction);
            add(&mut direction, -share, change);
            shares.push(share);
        }
        if let Some((_, change, inverse)) = pairs.last() {
            let scale = 1.0 / (inverse * dot(change, change));
            direction.iter_mut().for_each(|d| *d *= scale);
        }
        for ((step, change, inverse), share) in pairs.iter().zip(shares.iter().rev()) {
            let other = inverse * dot(change, &direction);
            add(&mut direction, share - other, step);
        }
        direction
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], by: f64, other: &[f64]) {
    to.iter_mut().zip(other).for_each(|(to, other)| *to += by * other);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a quadratic in two dimensions two steps tell all: the direction leads to its minimum.
    #[test]
    fn two_steps_tell_all_of_a_quadratic() {
        let hessian = [[3.0, 1.0], [1.0, 2.0]];
        let product = |s: &[f64]| -> Vec<f64> { hessian.iter().map(|row| dot(row, s)).collect() };
        let mut history = History::new(5);
        // Conjugate steps: the second is at right angles to the change along the first.
        let first = vec![1.0, 0.0];
        let second = vec![1.0, -3.0];
        assert_eq!(dot(&second, &product(&first)), 0.0);
        history.push(first.clone(), product(&first));
        history.push(second.clone(), product(&second));
        let gradient = [4.0, -7.0];
        let direction = history.direction(&gradient, &[true, true]);
        let left: Vec<f64> = product(&direction).iter().zip(gradient).map(|(h, g)| h + g).collect();
        assert!(left.iter().all(|left| left.abs() < 1e-12), "{left:?}");
        // Held, a coordinate does not move, and the other is led by its own curvature.
        let held = history.direction(&gradient, &[true, false]);
        assert!(held[1] == 0.0 && held[0] < 0.0);
        // Negative curvature is not remembered.
        let mut history = History::new(5);
        history.push(vec![1.0, 0.0], vec![-1.0, 0.0]);
        assert!(history.is_empty());
    }
}
