//! The increment of one weight or bias by itself, plainly: the change is carried from the perturbed unit onward, sample
//! by sample. What the unit responses are tested against; it shares with them the forward pass and nothing else.

use super::Batch;
use super::chunk::{Chunk, State};
use super::product::Product;
use super::response::far_change;
use crate::numeric::Real;
use crate::objective::network::{Activation, Loss};

/// L(x + delta·e) - L(x) along `axis`, where L is the mean loss of the batch.
pub(super) fn increment<T: Product>(
    batch: &Batch<T>,
    parameters: &[T],
    chunks: &[Chunk<T>],
    axis: usize,
    delta: T,
) -> T {
    let layers = batch.architecture.layers();
    let l = layers.partition_point(|layer| layer.offset <= axis) - 1;
    let layer = &layers[l];
    // A bias is the row after the last row of weights.
    let (i, j) = ((axis - layer.offset) / layer.outputs, (axis - layer.offset) % layer.outputs);
    let mut sum = T::ZERO;
    for chunk in chunks {
        for s in 0..chunk.count {
            let input = match l {
                _ if i == layer.inputs => T::ONE,
                0 => batch.inputs[(chunk.first + s) * layer.inputs + i],
                _ => chunk.layers[l - 1].a[i * chunk.stride + s],
            };
            // The changes of the activations of layer l: only unit j's.
            let mut changes = vec![T::ZERO; layer.outputs];
            changes[j] = changed(layer.activation, &chunk.layers[l], j * chunk.stride + s, delta * input);
            for (layer, state) in layers.iter().zip(&chunk.layers).skip(l + 1) {
                let weights = parameters[layer.offset..layer.bias_offset()].chunks_exact(layer.outputs);
                let mut sums = vec![T::ZERO; layer.outputs];
                for (&change, row) in changes.iter().zip(weights) {
                    sums.iter_mut().zip(row).for_each(|(sum, &w)| *sum += change * w);
                }
                let change = |(k, d)| changed(layer.activation, state, k * chunk.stride + s, d);
                changes = sums.into_iter().enumerate().map(change).collect();
            }
            sum += changed_loss(batch, chunk, s, &changes);
        }
    }
    sum / T::of(batch.count as f64)
}

/// The change of an activation whose sum changes by `d`.
fn changed<T: Real>(activation: Activation, state: &State<T>, at: usize, d: T) -> T {
    let z = state.z[at];
    // Of e^|d| where it would overflow, two values have nothing to cancel.
    if d.magnitude() > T::of(40.0) && !matches!(activation, Activation::Identity | Activation::Relu) {
        return far_change(activation, z, d);
    }
    // σ(z+d) - σ(z) = s(1-s)E/(1 + sE), s = σ(z), E = expm1(d); for z > 0 with signs turned, so that 1 + sE does not cancel.
    let sigmoid = |z: T, d: T| {
        let (s, e) = (state.tail[at], if z < T::ZERO { d.exp_m1() } else { (-d).exp_m1() });
        let change = s * (T::ONE - s) * e / (T::ONE + s * e);
        if z < T::ZERO { change } else { -change }
    };
    match activation {
        Activation::Identity => d,
        Activation::Sigmoid => sigmoid(z, d),
        // tanh z = 2σ(2z) - 1
        Activation::Tanh => sigmoid(z, d + d) + sigmoid(z, d + d),
        Activation::Softplus if z < T::ZERO => (state.tail[at] * d.exp_m1()).ln_1p(),
        // ln(1 + e^z) = z + ln(1 + e^-z)
        Activation::Softplus => d + (state.tail[at] * (-d).exp_m1()).ln_1p(),
        Activation::Relu => {
            let after = z + d;
            match (z > T::ZERO, after > T::ZERO) {
                (true, true) => d,
                (true, false) => -z,
                (false, true) => after,
                (false, false) => T::ZERO,
            }
        }
    }
}

/// The change of the loss of sample `s` whose outputs change by `changes`.
fn changed_loss<T: Product>(batch: &Batch<T>, chunk: &Chunk<T>, s: usize, changes: &[T]) -> T {
    let output = |k: usize| chunk.output[k * chunk.stride + s];
    let mut sum = T::ZERO;
    match batch.architecture.loss() {
        Loss::SoftmaxCrossEntropy => {
            let class = batch.classes[chunk.first + s] as usize;
            for (k, &change) in changes.iter().enumerate().filter(|(k, _)| *k != class) {
                sum += output(k) * (change - changes[class]).exp_m1();
            }
            if sum < T::of(-0.5) {
                // Far below 0 the 1 of ln(1 + sum) would cancel.
                let term = |(k, &change): (usize, &T)| output(k) * (change - changes[class]).exp();
                return changes.iter().enumerate().map(term).fold(T::ZERO, |sum, term| sum + term).ln();
            }
            sum.ln_1p()
        }
        Loss::MeanSquaredError => {
            for (k, &change) in changes.iter().enumerate() {
                sum += change * (output(k) + output(k) + change);
            }
            sum / T::of(changes.len() as f64)
        }
    }
}
