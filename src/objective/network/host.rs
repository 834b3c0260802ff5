//! The network on the host, `L` samples at a time: twin of `shaders/objective/network.wgsl`.
//!
//! Samples lie side by side in SIMD lanes, so every lane does the same work whatever the widths, and a
//! perturbed parameter costs nothing extra. Multiplication and addition stay two roundings (no fused
//! multiply-add): every CPU gives the same bits.

use std::ops::Range;
use std::sync::Arc;

use pulp::{Arch, WithSimd};

use super::dense::Dense;
use super::{Activation, Architecture, Loss, Samples, Targets};
use crate::numeric::Real;
use crate::objective::{Selection, Terms};

/// One number for each of `L` samples.
type Lanes<T, const L: usize> = [T; L];

/// The selected samples, laid out for lanes.
pub(super) struct NetworkTerms<T, const L: usize> {
    architecture: Arc<Architecture>,
    count: usize,
    /// `[block][feature]`; lanes past the last sample are 0.
    inputs: Vec<Lanes<T, L>>,
    /// Target values, `[block][output]`, for the squared error; `[block]` classes as numbers for cross-entropy.
    targets: Vec<Lanes<T, L>>,
}

impl<T: Real, const L: usize> NetworkTerms<T, L> {
    pub(super) fn new(architecture: &Arc<Architecture>, samples: &Samples, selection: Selection<'_>) -> Self {
        let count = selection.len(samples.len());
        let features = architecture.inputs();
        let blocks = count.div_ceil(L);
        let mut inputs = vec![[T::ZERO; L]; blocks * features];
        let levels = samples.levels::<T>();
        let mut row = vec![T::ZERO; features];
        for s in 0..count {
            samples.read_into(selection.index(s), &levels, &mut row);
            for (lanes, &value) in inputs[s / L * features..].iter_mut().zip(&row) {
                lanes[s % L] = value;
            }
        }
        let width = if architecture.loss() == Loss::SoftmaxCrossEntropy { 1 } else { architecture.outputs() };
        let mut targets = vec![[T::ZERO; L]; blocks * width];
        for s in 0..count {
            for k in 0..width {
                targets[s / L * width + k][s % L] = T::of(match (samples.targets(), architecture.loss()) {
                    (Targets::Classes(classes), Loss::SoftmaxCrossEntropy) => {
                        f64::from(classes[selection.index(s)])
                    }
                    _ => samples.target(selection.index(s), k),
                });
            }
        }
        NetworkTerms { architecture: Arc::clone(architecture), count, inputs, targets }
    }
}

impl<T: Dense, const L: usize> Terms<T> for NetworkTerms<T, L> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        debug_assert!(range.end <= self.count);
        Arch::new().dispatch(Forward { terms: self, x, range, out });
    }

    fn granularity(&self) -> usize {
        L
    }

    fn operations(&self) -> u64 {
        let layers = self.architecture.layers().iter();
        // An activation costs about as much as twenty multiply-adds.
        layers.map(|layer| ((layer.inputs + 20) * layer.outputs) as u64).sum()
    }
}

struct Forward<'a, T, const L: usize> {
    terms: &'a NetworkTerms<T, L>,
    x: &'a [T],
    range: Range<usize>,
    out: &'a mut [T],
}

impl<T: Dense, const L: usize> WithSimd for Forward<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Forward { terms, x, range, out } = self;
        let architecture = &*terms.architecture;
        let widest = architecture.layers().iter().map(|layer| layer.outputs).max().unwrap_or(0);
        let mut before = vec![[T::ZERO; L]; widest];
        let mut after = vec![[T::ZERO; L]; widest];
        let target_width = terms.targets.len() / terms.count.div_ceil(L);
        for block in range.start / L..range.end.div_ceil(L) {
            let mut inputs = &terms.inputs[block * architecture.inputs()..][..architecture.inputs()];
            for layer in architecture.layers() {
                let weights = &x[layer.offset..layer.bias_offset()];
                let bias = architecture.has_biases().then(|| &x[layer.bias_offset()..][..layer.outputs]);
                let sums = &mut after[..layer.outputs];
                T::dense(simd, inputs, weights, bias, sums);
                sums.iter_mut().for_each(|z| activate(layer.activation, z));
                std::mem::swap(&mut before, &mut after);
                inputs = &before[..layer.outputs];
            }
            let targets = &terms.targets[block * target_width..][..target_width];
            let losses = match architecture.loss() {
                Loss::SoftmaxCrossEntropy => softmax_cross_entropy(inputs, &targets[0]),
                Loss::MeanSquaredError => mean_squared_error(inputs, targets),
            };
            let first = range.start.max(block * L);
            let last = range.end.min((block + 1) * L);
            out[first - range.start..last - range.start]
                .copy_from_slice(&losses[first - block * L..last - block * L]);
        }
    }
}

#[inline(always)]
fn activate<T: Real, const L: usize>(activation: Activation, z: &mut Lanes<T, L>) {
    match activation {
        Activation::Identity => {}
        Activation::Sigmoid => z.iter_mut().for_each(|z| *z = T::ONE / (T::ONE + (-*z).exp())),
        Activation::Tanh => z.iter_mut().for_each(|z| *z = z.tanh()),
        Activation::Relu => z.iter_mut().for_each(|z| *z = z.larger(T::ZERO)),
        // `larger` hands on a NaN of its first argument, so both parts do.
        Activation::Softplus => z.iter_mut().for_each(|z| {
            let size = z.larger(-*z);
            *z = z.larger(T::ZERO) + (-size).exp().ln_1p_near();
        }),
    }
}

#[inline(always)]
fn softmax_cross_entropy<T: Real, const L: usize>(y: &[Lanes<T, L>], class: &Lanes<T, L>) -> Lanes<T, L> {
    let mut most = y[0];
    for row in y {
        for l in 0..L {
            most[l] = row[l].larger(most[l]);
        }
    }
    let mut sum = [T::ZERO; L];
    let mut right = [T::ZERO; L];
    for (k, row) in y.iter().enumerate() {
        let k = T::of(k as f64);
        for l in 0..L {
            let above = row[l] - most[l];
            sum[l] += above.exp();
            right[l] = if class[l] == k { above } else { right[l] };
        }
    }
    let mut loss = [T::ZERO; L];
    for l in 0..L {
        loss[l] = sum[l].ln() - right[l];
    }
    loss
}

#[inline(always)]
fn mean_squared_error<T: Real, const L: usize>(y: &[Lanes<T, L>], targets: &[Lanes<T, L>]) -> Lanes<T, L> {
    let mut sum = [T::ZERO; L];
    for (y, t) in y.iter().zip(targets) {
        for l in 0..L {
            let error = y[l] - t[l];
            sum[l] += error * error;
        }
    }
    let outputs = T::of(y.len() as f64);
    sum.map(|sum| sum / outputs)
}
