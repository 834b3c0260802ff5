//! The forward pass of some samples, and what increments need of it.

use pulp::{Arch, WithSimd};

use super::Batch;
use super::Product;
use crate::numeric::Real;
use crate::objective::network::{Activation, Loss};

/// One layer at the unperturbed point. All arrays are `[unit][lane]`, a lane being a sample.
pub(super) struct State<T> {
    /// The sums z.
    pub(super) z: Vec<T>,
    /// The activations.
    pub(super) a: Vec<T>,
    /// What increments of the activation need: the sigmoid of -|z|, or of -2|z| for tanh, which is at most ½, so that
    /// nothing cancels; empty for identity and relu.
    pub(super) tail: Vec<T>,
}

/// Some samples after their forward pass.
pub(super) struct Chunk<T> {
    /// The first sample, counted within the batch.
    pub(super) first: usize,
    /// Samples.
    pub(super) count: usize,
    /// Lanes: `count`, rounded up to whole blocks.
    pub(super) stride: usize,
    pub(super) layers: Vec<State<T>>,
    /// `[output][lane]`: the softmax, or y - t for the squared error.
    pub(super) output: Vec<T>,
    /// `[output][lane]`: 1 for the class of the sample, else 0; empty for the squared error.
    pub(super) one_hot: Vec<T>,
    /// `[lane]`: the sum of the softmax over all outputs but the class, without cancellation.
    pub(super) others: Vec<T>,
    /// The losses of the samples, added up.
    pub(super) loss: T,
}

impl<T: Product> Chunk<T> {
    /// Runs samples `first..first + count` of the batch through the network; lanes come in blocks of `L`.
    pub(super) fn forward<const L: usize>(
        batch: &Batch<T>,
        parameters: &[T],
        first: usize,
        count: usize,
    ) -> Self {
        let architecture = &*batch.architecture;
        let stride = count.next_multiple_of(L);
        let mut layers: Vec<State<T>> = Vec::new();
        for layer in architecture.layers() {
            let mut z = vec![T::ZERO; layer.outputs * stride];
            if architecture.has_biases() {
                let bias = &parameters[layer.bias_offset()..][..layer.outputs];
                z.chunks_exact_mut(stride).zip(bias).for_each(|(row, &b)| row.fill(b));
            }
            // From samples by rows, or from units by rows.
            let (from, steps) = match layers.last() {
                None => (&batch.inputs[first * layer.inputs..], (layer.inputs, 1)),
                Some(before) => (&before.a[..], (1, stride)),
            };
            let weights = &parameters[layer.offset..layer.bias_offset()];
            T::product(
                (count, layer.inputs, layer.outputs),
                (from, steps),
                (weights, (layer.outputs, 1)),
                (&mut z, (1, stride)),
            );
            let (mut a, mut tail) = (z.clone(), Vec::new());
            if !matches!(layer.activation, Activation::Identity | Activation::Relu) {
                tail.resize(z.len(), T::ZERO);
            }
            Arch::new().dispatch(Activate { activation: layer.activation, a: &mut a, tail: &mut tail });
            layers.push(State { z, a, tail });
        }
        let mut chunk = Chunk {
            first,
            count,
            stride,
            layers,
            output: Vec::new(),
            one_hot: Vec::new(),
            others: Vec::new(),
            loss: T::ZERO,
        };
        Arch::new().dispatch(Losses { batch, chunk: &mut chunk });
        chunk
    }

    /// The same state with sample `s` of the chunk in every one of `L` lanes.
    pub(super) fn repeated<const L: usize>(&self, s: usize) -> Self {
        let repeat = |rows: &[T]| -> Vec<T> {
            rows.chunks_exact(self.stride).flat_map(|row| std::iter::repeat_n(row[s], L)).collect()
        };
        let layers = self.layers.iter();
        Chunk {
            first: self.first + s,
            count: L,
            stride: L,
            layers: layers
                .map(|state| State { z: repeat(&state.z), a: repeat(&state.a), tail: repeat(&state.tail) })
                .collect(),
            output: repeat(&self.output),
            one_hot: repeat(&self.one_hot),
            others: repeat(&self.others),
            loss: T::ZERO,
        }
    }
}

/// Turns sums into activations, and keeps the tails.
struct Activate<'a, T> {
    activation: Activation,
    a: &'a mut [T],
    tail: &'a mut [T],
}

impl<T: Real> WithSimd for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Activate { activation, a, tail } = self;
        match activation {
            Activation::Identity => {}
            Activation::Relu => a.iter_mut().for_each(|a| *a = a.larger(T::ZERO)),
            Activation::Sigmoid => {
                for (a, tail) in a.iter_mut().zip(tail) {
                    let e = (-a.magnitude()).exp();
                    *tail = e / (T::ONE + e);
                    *a = if *a < T::ZERO { *tail } else { T::ONE / (T::ONE + e) };
                }
            }
            Activation::Tanh => {
                for (a, tail) in a.iter_mut().zip(tail) {
                    let e = (-(a.magnitude() + a.magnitude())).exp();
                    *tail = e / (T::ONE + e);
                    *a = a.tanh();
                }
            }
            Activation::Softplus => {
                for (a, tail) in a.iter_mut().zip(tail) {
                    let e = (-a.magnitude()).exp();
                    *tail = e / (T::ONE + e);
                    *a = a.larger(T::ZERO) + e.ln_1p_near();
                }
            }
        }
    }
}

/// The losses, and the state of the outputs from which increments of the loss start.
struct Losses<'a, T> {
    batch: &'a Batch<T>,
    chunk: &'a mut Chunk<T>,
}

impl<T: Product> WithSimd for Losses<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Losses { batch, chunk } = self;
        let (stride, outputs) = (chunk.stride, batch.architecture.outputs());
        let y = chunk.layers.last().map_or(&[][..], |state| &state.a);
        let mut losses = vec![T::ZERO; stride];
        match batch.architecture.loss() {
            Loss::SoftmaxCrossEntropy => {
                let mut most = y[..stride].to_vec();
                for row in y.chunks_exact(stride) {
                    most.iter_mut().zip(row).for_each(|(most, &y)| *most = y.larger(*most));
                }
                let mut one_hot = vec![T::ZERO; y.len()];
                for (lane, &class) in batch.classes[chunk.first..][..chunk.count].iter().enumerate() {
                    one_hot[class as usize * stride + lane] = T::ONE;
                }
                let mut exponentials = vec![T::ZERO; y.len()];
                let mut sum = vec![T::ZERO; stride];
                let mut others = vec![T::ZERO; stride];
                let mut right = vec![T::ZERO; stride];
                for k in 0..outputs {
                    let row = k * stride..(k + 1) * stride;
                    let (y, hot) = (&y[row.clone()], &one_hot[row.clone()]);
                    let e = &mut exponentials[row];
                    for l in 0..stride {
                        let above = y[l] - most[l];
                        e[l] = above.exp();
                        sum[l] += e[l];
                        others[l] += e[l] * (T::ONE - hot[l]);
                        right[l] += above * hot[l];
                    }
                }
                for row in exponentials.chunks_exact_mut(stride) {
                    row.iter_mut().zip(&sum).for_each(|(e, &sum)| *e = *e / sum);
                }
                for l in 0..stride {
                    others[l] = others[l] / sum[l];
                    losses[l] = sum[l].ln() - right[l];
                }
                (chunk.output, chunk.one_hot, chunk.others) = (exponentials, one_hot, others);
            }
            Loss::MeanSquaredError => {
                let mut errors = y.to_vec();
                for (k, row) in errors.chunks_exact_mut(stride).enumerate() {
                    for (lane, error) in row[..chunk.count].iter_mut().enumerate() {
                        *error = *error - batch.targets[(chunk.first + lane) * outputs + k];
                    }
                    losses.iter_mut().zip(row).for_each(|(loss, &mut error)| *loss += error * error);
                }
                let m = T::of(outputs as f64);
                losses.iter_mut().for_each(|loss| *loss = *loss / m);
                chunk.output = errors;
            }
        }
        chunk.loss = losses[..chunk.count].iter().fold(T::ZERO, |sum, &loss| sum + loss);
    }
}
