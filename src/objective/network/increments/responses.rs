//! The unit responses of some samples, fitted: for each unit and sample the coefficients c_m of φ.

use pulp::{Arch, WithSimd};

use super::Batch;
use super::chunk::Chunk;
use super::product::Product;
use super::response::{Responder, negated};
use crate::difference::Scheme;
use crate::difference::Steps;
use crate::numeric::Real;
use crate::numeric::vector;
use crate::objective::network::fit::{self, Fit, MOST_NODES};
use crate::objective::network::{Activation, Architecture};

/// Per layer: how far the sums of its units are shifted, and where that leads.
pub(super) struct Reach<T> {
    /// The largest step of a parameter of the layer.
    pub(super) largest_step: Vec<T>,
    /// 1 over the distance to the nearest singularity.
    steepness: Vec<f64>,
}

impl<T: Real> Reach<T> {
    pub(super) fn new(architecture: &Architecture, parameters: &[T], steps: Steps<'_, T>) -> Self {
        let layers = architecture.layers().iter();
        let largest_step = layers
            .map(|layer| match steps {
                Steps::Uniform(h) => h,
                Steps::Each(each) => {
                    let end = layer.bias_offset() + usize::from(architecture.has_biases()) * layer.outputs;
                    vector::largest_magnitude(&each[layer.offset..end], T::ZERO)
                }
            })
            .collect();
        Reach { largest_step, steepness: fit::steepness(architecture, parameters) }
    }
}

/// One layer's responses.
pub(super) struct LayerResponses<T> {
    /// `[lane]`: the power of two, at least 1 and at least every input of the layer in absolute value, by which the
    /// inputs are divided: u = r·a/scale for the step r·(the largest step).
    pub(super) scale: Vec<T>,
    /// For each power m of u: m, and c_m as `[unit][lane]`; c_1 is divided by the scale, so that the inputs themselves
    /// go with it. Of an element-wise pair they are 0.
    pub(super) powers: Vec<(u32, Vec<T>)>,
    /// Pairs (sample within the chunk, unit), in this order, whose response is no such polynomial: each weight is evaluated
    /// by itself.
    pub(super) element_wise: Vec<(u32, u32)>,
}

/// The responses of all layers.
pub(super) struct Responses<T> {
    pub(super) layers: Vec<LayerResponses<T>>,
}

impl<T: Product> Responses<T> {
    pub(super) fn new<const L: usize>(
        batch: &Batch<T>,
        parameters: &[T],
        chunk: &Chunk<T>,
        scheme: Scheme,
        reach: &Reach<T>,
    ) -> Self {
        let layers = batch.architecture.layers().iter().enumerate().map(|(l, layer)| {
            let scale = scales(batch, chunk, l);
            let largest = vector::largest_magnitude(&scale, T::ONE);
            let reach_of_layer = (largest * reach.largest_step[l]).to_f64() * reach.steepness[l];
            let nodes = Fit::nodes_for(reach_of_layer, T::PRECISION);
            let fit = Fit::new(nodes.unwrap_or(1), scheme);
            let zeros = || vec![T::ZERO; layer.outputs * chunk.stride];
            let mut responses = LayerResponses {
                scale,
                powers: fit.powers.iter().map(|(m, _)| (*m, zeros())).collect(),
                element_wise: Vec::new(),
            };
            if nodes.is_some() {
                Arch::new().dispatch(Evaluate::<T, L> {
                    responder: Responder::new(&batch.architecture, parameters, chunk),
                    l,
                    fit: &fit,
                    largest_step: reach.largest_step[l],
                    responses: &mut responses,
                });
            } else {
                let pairs =
                    (0..chunk.count as u32).flat_map(|s| (0..layer.outputs as u32).map(move |j| (s, j)));
                responses.element_wise = pairs.collect();
            }
            responses.element_wise.sort_unstable();
            responses
        });
        Responses { layers: layers.collect() }
    }
}

/// For each lane, the power of two that bounds 1 and the inputs of layer `l`.
fn scales<T: Real>(batch: &Batch<T>, chunk: &Chunk<T>, l: usize) -> Vec<T> {
    let mut most = vec![T::ONE; chunk.stride];
    let bounded = l > 0 && batch.architecture.layers()[l - 1].activation.bound().is_some();
    if l == 0 {
        let features = batch.architecture.inputs();
        let rows = batch.inputs[chunk.first * features..].chunks_exact(features);
        for (most, row) in most.iter_mut().zip(rows.take(chunk.count)) {
            *most = vector::largest_magnitude(row, T::ONE);
        }
    } else if !bounded {
        for row in chunk.layers[l - 1].a.chunks_exact(chunk.stride) {
            most.iter_mut().zip(row).for_each(|(most, &a)| *most = a.magnitude().larger(*most));
        }
    }
    most.iter_mut().for_each(|most| *most = vector::power_of_two_above(*most));
    most
}

/// Evaluates and fits the responses of layer `l`.
struct Evaluate<'a, T, const L: usize> {
    responder: Responder<'a, T, L>,
    l: usize,
    fit: &'a Fit,
    largest_step: T,
    responses: &'a mut LayerResponses<T>,
}

impl<T: Product, const L: usize> WithSimd for Evaluate<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Evaluate { mut responder, l, fit, largest_step, responses } = self;
        let chunk = responder.chunk;
        let units = responder.architecture.layers()[l].outputs;
        let half = T::of(0.5);
        let relu =
            responder.architecture.layers()[l..].iter().any(|layer| layer.activation == Activation::Relu);
        for j in 0..units {
            for block in 0..chunk.stride / L {
                let first = block * L;
                let mut kinked = [false; L];
                let mut odd = [[T::ZERO; L]; MOST_NODES];
                let mut even = [[T::ZERO; L]; MOST_NODES];
                for (k, &node) in fit.nodes.iter().enumerate() {
                    let node = T::of(node) * largest_step;
                    let mut d = [T::ZERO; L];
                    for (d, &scale) in d.iter_mut().zip(&responses.scale[first..first + L]) {
                        *d = node * scale;
                    }
                    // Only the outermost nodes need to look for kinks, but all do.
                    let plus = responder.response(simd, (l, j, block), d, &mut kinked);
                    let minus = responder.response(simd, (l, j, block), negated(d), &mut kinked);
                    for i in 0..L {
                        odd[k][i] = half * (plus[i] - minus[i]);
                        even[k][i] = half * (plus[i] + minus[i]);
                    }
                }
                let out = j * chunk.stride + first;
                for ((m, weights), (_, c)) in fit.powers.iter().zip(&mut responses.powers) {
                    let part = if m % 2 == 1 { &odd } else { &even };
                    let c = &mut c[out..out + L];
                    for (values, &weight) in part.iter().zip(weights) {
                        let weight = T::of(weight);
                        for i in 0..L {
                            c[i] += weight * values[i];
                        }
                    }
                    if *m == 1 {
                        c.iter_mut().zip(&responses.scale[first..]).for_each(|(c, &scale)| *c = *c / scale);
                    }
                }
                if relu && kinked.contains(&true) {
                    for (i, _) in
                        kinked.iter().enumerate().filter(|(i, kinked)| **kinked && first + i < chunk.count)
                    {
                        responses.element_wise.push(((first + i) as u32, j as u32));
                        responses.powers.iter_mut().for_each(|(_, c)| c[out + i] = T::ZERO);
                    }
                }
            }
        }
    }
}
