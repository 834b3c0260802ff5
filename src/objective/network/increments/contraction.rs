//! The contraction of unit responses with the inputs: the gradient of a layer by one matrix product for each power of
//! u, G_ij = Σ_m r_ij^m / h_ij · mean over s of c_m[s,j]·(a_si/scale_s)^m with r_ij = h_ij over the largest step; and the pairs whose response is no
//! polynomial, weight by weight.

use pulp::{Arch, WithSimd};
use rayon::prelude::*;

use super::At;
use super::chunk::Chunk;
use super::product::{Product, View};
use super::response::{Responder, negated};
use super::responses::{Reach, Responses};
use crate::difference::Scheme;
use crate::difference::Steps;
use crate::numeric::Real;
use crate::objective::network::Layer;

/// Rows of a layer's weights in a task, at least.
const ROWS: usize = 64;

/// Some rows of one layer's weights; the row after the last is the biases'.
struct Tile<'q, T> {
    l: usize,
    first: usize,
    quotients: &'q mut [T],
}

pub(super) fn contract<T: Product, const L: usize>(
    at: &At<'_, T, L>,
    responses: &[Responses<T>],
    scheme: Scheme,
    steps: Steps<'_, T>,
    reach: &Reach<T>,
    quotients: &mut [T],
) {
    let architecture = &*at.batch.architecture;
    let mut tiles = Vec::new();
    let mut rest = quotients;
    for (l, layer) in architecture.layers().iter().enumerate() {
        let rows = layer.inputs + usize::from(architecture.has_biases());
        let (own, others) = rest.split_at_mut(rows * layer.outputs);
        rest = others;
        // A few tiles a thread; where they are cut changes no sum.
        let height = rows.div_ceil(2 * rayon::current_num_threads()).next_multiple_of(8).max(ROWS);
        for (i, quotients) in own.chunks_mut(height * layer.outputs).enumerate() {
            tiles.push(Tile { l, first: i * height, quotients });
        }
    }
    tiles.into_par_iter().for_each(|tile| {
        let contraction =
            Contraction { at, responses, scheme, steps, largest_step: reach.largest_step[tile.l] };
        contraction.tile(tile);
    });
}

struct Contraction<'a, T, const L: usize> {
    at: &'a At<'a, T, L>,
    responses: &'a [Responses<T>],
    scheme: Scheme,
    steps: Steps<'a, T>,
    largest_step: T,
}

impl<T: Product, const L: usize> Contraction<'_, T, L> {
    fn tile(&self, tile: Tile<'_, T>) {
        let Tile { l, first, quotients } = tile;
        let architecture = &*self.at.batch.architecture;
        let layer = &architecture.layers()[l];
        let outputs = layer.outputs;
        let rows = quotients.len() / outputs;
        let weights = rows.min(layer.inputs.saturating_sub(first));
        let most = self.responses.iter().map(|responses| responses.layers[l].powers.len()).max().unwrap_or(0);

        quotients.fill(T::ZERO);
        let mut sums = vec![T::ZERO; quotients.len()];
        let mean = T::ONE / T::of(self.at.batch.count as f64);
        let mut raised = Vec::new();
        for power in 0..most {
            sums.fill(T::ZERO);
            let mut m = 1;
            for (chunk, responses) in self.at.chunks.iter().zip(self.responses) {
                let responses = &responses.layers[l];
                // Samples of large inputs may take more powers than others.
                let Some((this, c)) = responses.powers.get(power) else { continue };
                m = *this;
                let c = (&c[..], (1, chunk.stride));
                if weights > 0 {
                    let inputs = self.inputs(l, chunk, first);
                    let inputs = match m {
                        1 => inputs,
                        _ => raise(inputs, &responses.scale[..chunk.count], weights, m, &mut raised),
                    };
                    T::product((weights, chunk.count, outputs), inputs, c, (&mut sums, (outputs, 1)));
                }
                if rows > weights {
                    // The biases: their input is 1.
                    for (sum, c) in sums[weights * outputs..].iter_mut().zip(c.0.chunks_exact(chunk.stride)) {
                        for (&c, &scale) in c[..chunk.count].iter().zip(&responses.scale) {
                            *sum += if m == 1 { c } else { c * power_of(T::ONE / scale, m) };
                        }
                    }
                }
            }
            Arch::new().dispatch(|| self.add(layer, first, m, mean, &sums, quotients));
        }
        if self.responses.iter().any(|responses| !responses.layers[l].element_wise.is_empty()) {
            self.add_element_wise(l, first, mean, quotients);
        }
    }

    /// Adds what the sums of one power are in the quotients.
    #[inline(always)]
    fn add(&self, layer: &Layer, first: usize, m: u32, mean: T, sums: &[T], quotients: &mut [T]) {
        // φ(-u) turns the sign of even powers, against the quotient's own -h.
        let sign = if self.scheme == Scheme::Backward && m.is_multiple_of(2) { -T::ONE } else { T::ONE };
        match self.steps {
            // c_1 is the slope: r_ij and h_ij fall out.
            _ if m == 1 => {
                for (quotient, &sum) in quotients.iter_mut().zip(sums) {
                    *quotient += mean * sum;
                }
            }
            Steps::Uniform(h) => {
                let factor = sign * mean / h;
                for (quotient, &sum) in quotients.iter_mut().zip(sums) {
                    *quotient += factor * sum;
                }
            }
            Steps::Each(steps) => {
                let steps = &steps[layer.offset + first * layer.outputs..];
                for ((quotient, &sum), &h) in quotients.iter_mut().zip(sums).zip(steps) {
                    *quotient += sign * mean * power_of(h / self.largest_step, m) / h * sum;
                }
            }
        }
    }

    /// The inputs of layer `l` from the unit `first` on, `[unit][sample]`.
    fn inputs<'s>(&'s self, l: usize, chunk: &'s Chunk<T>, first: usize) -> View<'s, T> {
        let batch = self.at.batch;
        if l == 0 {
            let features = batch.architecture.inputs();
            (&batch.inputs[chunk.first * features + first..], (1, features))
        } else {
            (&chunk.layers[l - 1].a[first * chunk.stride..], (chunk.stride, 1))
        }
    }

    /// Adds the pairs (unit, sample) whose response is no polynomial.
    fn add_element_wise(&self, l: usize, first: usize, mean: T, quotients: &mut [T]) {
        let (batch, parameters) = (self.at.batch, self.at.parameters);
        let layer = &batch.architecture.layers()[l];
        let rows = quotients.len() / layer.outputs;
        for (chunk, responses) in self.at.chunks.iter().zip(self.responses) {
            for pairs in responses.layers[l].element_wise.chunk_by(|a, b| a.0 == b.0) {
                let s = pairs[0].0 as usize;
                let (inputs, (by_unit, by_sample)) = match first < layer.inputs {
                    true => self.inputs(l, chunk, first),
                    false => (&[][..], (0, 0)),
                };
                let input = |i: usize| {
                    // Past the last unit stands the bias.
                    if first + i < layer.inputs { inputs[i * by_unit + s * by_sample] } else { T::ONE }
                };
                let inputs: Vec<T> = (0..rows).map(input).collect();
                let repeated = chunk.repeated::<L>(s);
                Arch::new().dispatch(ElementWise {
                    responder: Responder::<T, L>::new(&batch.architecture, parameters, &repeated),
                    l,
                    pairs,
                    inputs: &inputs,
                    axis: layer.offset + first * layer.outputs,
                    scheme: self.scheme,
                    steps: self.steps,
                    mean,
                    quotients,
                });
            }
        }
    }
}

/// (a/scale)^m of inputs `[unit][sample]`, in the layout that they have.
fn raise<'r, T: Product>(
    (inputs, (by_unit, by_sample)): View<'_, T>,
    scale: &[T],
    weights: usize,
    m: u32,
    raised: &'r mut Vec<T>,
) -> View<'r, T> {
    raised.resize(weights * scale.len(), T::ZERO);
    if by_unit == 1 {
        for ((out, row), &scale) in raised.chunks_exact_mut(weights).zip(inputs.chunks(by_sample)).zip(scale)
        {
            Arch::new().dispatch(|| {
                let inverse = T::ONE / scale;
                for (out, &a) in out.iter_mut().zip(row) {
                    *out = power_of(a * inverse, m);
                }
            });
        }
        (raised, (1, weights))
    } else {
        for (out, row) in raised.chunks_exact_mut(scale.len()).zip(inputs.chunks(by_unit)) {
            for ((out, &a), &scale) in out.iter_mut().zip(row).zip(scale) {
                *out = power_of(a / scale, m);
            }
        }
        (raised, (scale.len(), 1))
    }
}

#[inline(always)]
fn power_of<T: Real>(x: T, m: u32) -> T {
    let mut power = x;
    for _ in 1..m {
        power = power * x;
    }
    power
}

/// The quotients of one sample along the weights of some units, each weight by itself, `L` at a time.
struct ElementWise<'a, T, const L: usize> {
    responder: Responder<'a, T, L>,
    l: usize,
    /// (sample, unit)
    pairs: &'a [(u32, u32)],
    /// One a row of weights.
    inputs: &'a [T],
    /// Of the first weight of the first row.
    axis: usize,
    scheme: Scheme,
    steps: Steps<'a, T>,
    mean: T,
    quotients: &'a mut [T],
}

impl<T: Product, const L: usize> WithSimd for ElementWise<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let ElementWise { mut responder, l, pairs, inputs, axis, scheme, steps, mean, quotients } = self;
        let outputs = responder.architecture.layers()[l].outputs;
        let mut kinked = [false; L];
        for &(_, j) in pairs {
            let j = j as usize;
            for (block, inputs) in inputs.chunks(L).enumerate() {
                if inputs.iter().all(|&a| a == T::ZERO) {
                    continue;
                }
                let mut h = [T::ONE; L];
                let mut d = [T::ZERO; L];
                for (i, &a) in inputs.iter().enumerate() {
                    h[i] = steps.at(axis + (block * L + i) * outputs + j);
                    d[i] = h[i] * a;
                }
                let mut response = |d| responder.response(simd, (l, j, 0), d, &mut kinked);
                let mut quotient = [T::ZERO; L];
                match scheme {
                    Scheme::Forward => {
                        let plus = response(d);
                        (0..L).for_each(|i| quotient[i] = plus[i] / h[i]);
                    }
                    Scheme::Backward => {
                        let minus = response(negated(d));
                        (0..L).for_each(|i| quotient[i] = -minus[i] / h[i]);
                    }
                    Scheme::Central => {
                        let (plus, minus) = (response(d), response(negated(d)));
                        (0..L).for_each(|i| quotient[i] = (plus[i] - minus[i]) / (h[i] + h[i]));
                    }
                }
                for (i, quotient) in quotient.into_iter().enumerate().take(inputs.len()) {
                    quotients[(block * L + i) * outputs + j] += mean * quotient;
                }
            }
        }
    }
}
