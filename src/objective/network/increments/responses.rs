//! The unit responses of some samples, fitted: for each unit and sample the coefficients c_m of φ.

use std::ops::Range;

use pulp::{Arch, WithSimd};

use super::Batch;
use super::chunk::Chunk;
use super::linear;
use super::product::Product;
use super::response::{Responder, negated};
use crate::difference::Scheme;
use crate::difference::Steps;
use crate::numeric::Real;
use crate::numeric::vector;
use crate::objective::network::fit::{Fit, MOST_NODES, Spread};
use crate::objective::network::{Activation, Architecture};

/// Per layer: how far the sums of its units are shifted, and where that leads.
pub(super) struct Reach<T> {
    /// The largest step of a parameter of the layer.
    pub(super) largest_step: Vec<T>,
    spread: Spread,
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
        Reach { largest_step, spread: Spread::new(architecture, parameters) }
    }
}

impl<T: Real> Reach<T> {
    /// Whether a relu of layer `l` or a later one may have its kink within the shifts of these lanes.
    fn meets_kinks(&self, l: usize, kinks: &[Vec<T>], scale: &[T], lanes: Range<usize>) -> bool {
        let step = self.largest_step[l].to_f64();
        kinks[l..].iter().zip(&self.spread.moves[l]).any(|(nearest, moves)| {
            // Twice: how far sums move is rounded.
            let farthest = T::of(2.0 * moves * step);
            lanes.clone().any(|lane| nearest[lane] <= farthest * scale[lane])
        })
    }
}

/// One layer's responses.
pub(super) struct LayerResponses<T> {
    /// `[lane]`: the power of two, at least 1 and at least every input of the layer in absolute value, by which the
    /// inputs are divided: u = r·a/scale for the step r·(the largest step).
    pub(super) scale: Vec<T>,
    /// For each power m of u: m, and c_m as `[unit][lane]`; c_1 is divided by the scale and the largest step, which makes it
    /// the slope of the loss along the unit's sum. Of an element-wise pair they are 0.
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
        let layers = batch.architecture.layers();
        let scales: Vec<Vec<T>> = (0..layers.len()).map(|l| scales(batch, chunk, l)).collect();
        let shifts: Vec<f64> = (0..layers.len())
            .map(|l| (vector::largest_magnitude(&scales[l], T::ONE) * reach.largest_step[l]).to_f64())
            .collect();
        // A layer is linear if what follows is, too.
        let linear =
            |&l: &usize| Fit::is_linear(shifts[l] * reach.spread.bend(l, scheme), scheme, T::PRECISION);
        let first_linear = layers.len() - (0..layers.len()).rev().take_while(linear).count();
        let mut slopes = linear::slopes(batch, parameters, chunk, first_linear);
        let kinks = linear::nearest_kinks(batch, chunk);
        let all_blocks: Vec<usize> = (0..chunk.stride / L).collect();
        let layers = scales.into_iter().enumerate().map(|(l, scale)| {
            let nodes = Fit::nodes_for(shifts[l] * reach.spread.steepness[l], T::PRECISION);
            let fit = Fit::new(nodes.unwrap_or(1), scheme);
            let zeros = || vec![T::ZERO; layers[l].outputs * chunk.stride];
            let mut responses = LayerResponses { scale, powers: Vec::new(), element_wise: Vec::new() };
            let blocks = if l < first_linear {
                responses.powers = fit.powers.iter().map(|(m, _)| (*m, zeros())).collect();
                all_blocks.clone()
            } else {
                let blocks: Vec<usize> = all_blocks
                    .iter()
                    .copied()
                    .filter(|block| {
                        let lanes = block * L..(block + 1) * L;
                        reach.meets_kinks(l, &kinks, &responses.scale, lanes)
                    })
                    .collect();
                responses.powers.push((1, std::mem::take(&mut slopes[l])));
                if !blocks.is_empty() {
                    responses.powers.extend(fit.powers[1..].iter().map(|(m, _)| (*m, zeros())));
                }
                blocks
            };
            if nodes.is_some() && !blocks.is_empty() {
                Arch::new().dispatch(Evaluate::<T, L> {
                    responder: Responder::new(&batch.architecture, parameters, chunk),
                    l,
                    fit: &fit,
                    largest_step: reach.largest_step[l],
                    blocks: &blocks,
                    responses: &mut responses,
                });
            } else if nodes.is_none() {
                let units = layers[l].outputs as u32;
                responses.element_wise =
                    (0..chunk.count as u32).flat_map(|s| (0..units).map(move |j| (s, j))).collect();
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

/// Evaluates and fits the responses of layer `l` for some blocks of lanes.
struct Evaluate<'a, T, const L: usize> {
    responder: Responder<'a, T, L>,
    l: usize,
    fit: &'a Fit,
    largest_step: T,
    blocks: &'a [usize],
    responses: &'a mut LayerResponses<T>,
}

impl<T: Product, const L: usize> WithSimd for Evaluate<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Evaluate { mut responder, l, fit, largest_step, blocks, responses } = self;
        let chunk = responder.chunk;
        let units = responder.architecture.layers()[l].outputs;
        let half = T::of(0.5);
        let relu =
            responder.architecture.layers()[l..].iter().any(|layer| layer.activation == Activation::Relu);
        for j in 0..units {
            for &block in blocks {
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
                    c.fill(T::ZERO);
                    for (values, &weight) in part.iter().zip(weights) {
                        let weight = T::of(weight);
                        for i in 0..L {
                            c[i] += weight * values[i];
                        }
                    }
                    if *m == 1 {
                        for (c, &scale) in c.iter_mut().zip(&responses.scale[first..]) {
                            *c = *c / (scale * largest_step);
                        }
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
