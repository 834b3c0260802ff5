//! Responses where steps are so small that all of φ but its linear part is below rounding (`Fit::is_linear`): φ(d) = δ·d.
//! Linear parts of a chain are multiplied, so that those of a layer follow from those of the next by one matrix product,
//! δ_l = g'(z_l)·(W_{l+1} δ_{l+1}): what the quotient is at such a step is what backpropagation computes.

use pulp::{Arch, WithSimd};

use super::Batch;
use super::chunk::{Chunk, State};
use super::product::Product;
use crate::numeric::Real;
use crate::objective::network::{Activation, Loss};

/// δ of the layers from `first` on, `[unit][lane]` each; nothing of those before.
pub(super) fn slopes<T: Product>(
    batch: &Batch<T>,
    parameters: &[T],
    chunk: &Chunk<T>,
    first: usize,
) -> Vec<Vec<T>> {
    let layers = batch.architecture.layers();
    let mut slopes = vec![Vec::new(); layers.len()];
    // Of the activations of the layer at hand, turned into those of its sums.
    let mut slope = of_loss(batch, chunk);
    for l in (first..layers.len()).rev() {
        let activation = layers[l].activation;
        Arch::new().dispatch(Through { activation, state: &chunk.layers[l], slopes: &mut slope });
        let before = if l == first { Vec::new() } else { vec![T::ZERO; layers[l].inputs * chunk.stride] };
        slopes[l] = slope;
        slope = before;
        if l > first {
            let weights = &parameters[layers[l].offset..layers[l].bias_offset()];
            T::product(
                (layers[l].inputs, layers[l].outputs, chunk.count),
                (weights, (layers[l].outputs, 1)),
                (&slopes[l], (chunk.stride, 1)),
                (&mut slope, (chunk.stride, 1)),
            );
        }
    }
    slopes
}

/// The slopes of the loss along each output: p - 1 of the class is -Σ p of the others, which does not cancel.
fn of_loss<T: Product>(batch: &Batch<T>, chunk: &Chunk<T>) -> Vec<T> {
    let mut slopes = chunk.output.clone();
    match batch.architecture.loss() {
        Loss::SoftmaxCrossEntropy => {
            for (row, hot) in
                slopes.chunks_exact_mut(chunk.stride).zip(chunk.one_hot.chunks_exact(chunk.stride))
            {
                for ((slope, &hot), &others) in row.iter_mut().zip(hot).zip(&chunk.others) {
                    *slope = if hot > T::ZERO { -others } else { *slope };
                }
            }
        }
        Loss::MeanSquaredError => {
            let factor = T::of(2.0 / batch.architecture.outputs() as f64);
            slopes.iter_mut().for_each(|slope| *slope = *slope * factor);
        }
    }
    slopes
}

/// Multiplies slopes of activations by g'(z).
struct Through<'a, T> {
    activation: Activation,
    state: &'a State<T>,
    slopes: &'a mut [T],
}

impl<T: Real> WithSimd for Through<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Through { activation, state, slopes } = self;
        let (one, four) = (T::ONE, T::of(4.0));
        match activation {
            Activation::Identity => {}
            Activation::Relu => {
                for (slope, &z) in slopes.iter_mut().zip(&state.z) {
                    // 0, or NaN where z is.
                    *slope = *slope * if z > T::ZERO { one } else { T::ZERO * z };
                }
            }
            Activation::Sigmoid => {
                for (slope, &t) in slopes.iter_mut().zip(&state.tail) {
                    *slope = *slope * (t * (one - t));
                }
            }
            Activation::Tanh => {
                for (slope, &t) in slopes.iter_mut().zip(&state.tail) {
                    *slope = *slope * (four * t * (one - t));
                }
            }
            Activation::Softplus => {
                for ((slope, &t), &z) in slopes.iter_mut().zip(&state.tail).zip(&state.z) {
                    *slope = *slope * if z < T::ZERO { t } else { one - t };
                }
            }
        }
    }
}

/// `[lane]`, of each layer: how close to its kink the closest relu is; infinite where there is none.
pub(super) fn nearest_kinks<T: Real>(batch: &Batch<T>, chunk: &Chunk<T>) -> Vec<Vec<T>> {
    let layers = batch.architecture.layers().iter().zip(&chunk.layers);
    layers
        .map(|(layer, state)| {
            let mut nearest = vec![T::of(f64::INFINITY); chunk.stride];
            if layer.activation == Activation::Relu {
                for row in state.z.chunks_exact(chunk.stride) {
                    for (nearest, z) in nearest.iter_mut().zip(row) {
                        let z = z.magnitude();
                        *nearest = if z < *nearest { z } else { *nearest };
                    }
                }
            }
            nearest
        })
        .collect()
}
