//! The increment of one weight or bias by itself, plainly: the change is carried from the perturbed unit onward, sample
//! by sample. What the unit responses are tested against; it shares with them the forward pass and nothing else.

use super::Batch;
use super::chunk::{Chunk, State};
use super::product::Product;
use crate::objective::network::{Activation, Loss};
use crate::precision::Real;

/// L(x + delta·e) - L(x) along `axis`, where L is the mean loss of the batch.
pub(super) fn increment<T: Product>(
    batch: &Batch<'_, T>,
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
    let a = state.a[at];
    match activation {
        Activation::Identity => d,
        Activation::Sigmoid => state.slope[at] * d.exp_m1() / (T::ONE + a * d.exp_m1()),
        Activation::Tanh => state.slope[at] * d.tanh() / (T::ONE + a * d.tanh()),
        Activation::Softplus => (state.slope[at] * d.exp_m1()).ln_1p(),
        Activation::Relu => {
            let (z, after) = (state.z[at], state.z[at] + d);
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
fn changed_loss<T: Product>(batch: &Batch<'_, T>, chunk: &Chunk<T>, s: usize, changes: &[T]) -> T {
    let output = |k: usize| chunk.output[k * chunk.stride + s];
    let mut sum = T::ZERO;
    match batch.architecture.loss() {
        Loss::SoftmaxCrossEntropy => {
            let class = batch.classes[chunk.first + s] as usize;
            for (k, &change) in changes.iter().enumerate().filter(|(k, _)| *k != class) {
                sum += output(k) * (change - changes[class]).exp_m1();
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
