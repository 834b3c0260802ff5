//! Unit responses on the host: how the loss of each sample answers to a shift of one unit's sum, from that unit onward.

use pulp::Simd;

use super::chunk::{Chunk, State};
use crate::numeric::Real;
use crate::objective::network::dense::Dense;
use crate::objective::network::{Activation, Architecture, Loss};

/// One number for each of `L` samples.
pub(super) type Lanes<T, const L: usize> = [T; L];

/// Everything that a response needs, and room for its intermediate values.
pub(super) struct Responder<'a, T, const L: usize> {
    pub(super) architecture: &'a Architecture,
    pub(super) parameters: &'a [T],
    pub(super) chunk: &'a Chunk<T>,
    before: Vec<Lanes<T, L>>,
    after: Vec<Lanes<T, L>>,
}

impl<'a, T: Dense, const L: usize> Responder<'a, T, L> {
    pub(super) fn new(architecture: &'a Architecture, parameters: &'a [T], chunk: &'a Chunk<T>) -> Self {
        let widest = architecture.layers().iter().map(|layer| layer.outputs).max().unwrap_or(0);
        let room = || vec![[T::ZERO; L]; widest];
        Responder { architecture, parameters, chunk, before: room(), after: room() }
    }

    /// φ(d) for unit `j` of layer `l` and the samples of a block of lanes. Sets the lanes of `kinked` in which a relu
    /// has its kink between 0 and d (or, in the layers after the next, may have).
    #[inline(always)]
    pub(super) fn response<S: Simd>(
        &mut self,
        simd: S,
        (l, j, block): (usize, usize, usize),
        d: Lanes<T, L>,
        kinked: &mut [bool; L],
    ) -> Lanes<T, L> {
        let chunk = self.chunk;
        let layers = self.architecture.layers();
        let at = |row: usize| row * chunk.stride + block * L;
        let (one, two) = (T::ONE, T::of(2.0));
        let shift = shifted(layers[l].activation, &chunk.layers[l], at(j), d, one, kinked);
        let Some(next) = layers.get(l + 1) else { return self.output_response(j, block, shift) };

        let weights = &self.parameters[next.offset + j * next.outputs..][..next.outputs];
        for (k, (&w, to)) in weights.iter().zip(&mut self.before).enumerate() {
            let mut z = shift;
            z.iter_mut().for_each(|z| *z = *z * w);
            *to = shifted(next.activation, &chunk.layers[l + 1], at(k), z, one, kinked);
        }
        for (state, layer) in chunk.layers.iter().zip(layers).skip(l + 2) {
            let weights = &self.parameters[layer.offset..layer.bias_offset()];
            let sums = &mut self.after[..layer.outputs];
            T::dense(simd, &self.before[..layer.inputs], weights, None, sums);
            for (k, sum) in sums.iter_mut().enumerate() {
                *sum = shifted(layer.activation, state, at(k), *sum, two, kinked);
            }
            std::mem::swap(&mut self.before, &mut self.after);
        }
        let changes = &self.before[..self.architecture.outputs()];
        let mut sum = [T::ZERO; L];
        match self.architecture.loss() {
            // ln Σ p_k e^(d_k - d_t): what has to be added to 1 has no part of the class itself, whose p may be near 1.
            Loss::SoftmaxCrossEntropy => {
                let mut right = [T::ZERO; L];
                for (k, change) in changes.iter().enumerate() {
                    let hot = lanes::<T, L>(&chunk.one_hot, at(k));
                    for i in 0..L {
                        right[i] += change[i] * hot[i];
                    }
                }
                for (k, change) in changes.iter().enumerate() {
                    let p = lanes::<T, L>(&chunk.output, at(k));
                    let mut e = *change;
                    for i in 0..L {
                        e[i] = e[i] - right[i];
                    }
                    let e = exp_m1(e);
                    for i in 0..L {
                        sum[i] += p[i] * e[i];
                    }
                }
                self.log_of_one_plus(block, sum, |k, i| changes[k][i] - right[i])
            }
            Loss::MeanSquaredError => {
                for (k, change) in changes.iter().enumerate() {
                    let error = lanes::<T, L>(&chunk.output, at(k));
                    for i in 0..L {
                        sum[i] += change[i] * (two * error[i] + change[i]);
                    }
                }
                let m = T::of(changes.len() as f64);
                for sum in &mut sum {
                    *sum = *sum / m;
                }
                sum
            }
        }
    }

    /// ln(1 + sum), where sum = Σ p_k expm1(d_k). Far below 0 the 1 would cancel: there it is ln Σ p_k e^d_k.
    #[inline(always)]
    fn log_of_one_plus(&self, block: usize, sum: Lanes<T, L>, d: impl Fn(usize, usize) -> T) -> Lanes<T, L> {
        let half = T::of(-0.5);
        let mut log = [T::ZERO; L];
        let mut far = false;
        for i in 0..L {
            log[i] = sum[i].ln_1p();
            far |= sum[i] < half;
        }
        if far {
            let chunk = self.chunk;
            for i in (0..L).filter(|&i| sum[i] < half) {
                let outputs = chunk.output.chunks_exact(chunk.stride).enumerate();
                let sum = outputs.fold(T::ZERO, |sum, (k, p)| sum + p[block * L + i] * d(k, i).exp());
                log[i] = sum.ln();
            }
        }
        log
    }

    /// The change of the loss when output `j` alone changes.
    #[inline(always)]
    fn output_response(&self, j: usize, block: usize, change: Lanes<T, L>) -> Lanes<T, L> {
        let chunk = self.chunk;
        let at = j * chunk.stride + block * L;
        let output = lanes::<T, L>(&chunk.output, at);
        let mut loss = [T::ZERO; L];
        match self.architecture.loss() {
            Loss::SoftmaxCrossEntropy => {
                let hot = lanes::<T, L>(&chunk.one_hot, at);
                let others = lanes::<T, L>(&chunk.others, block * L);
                for i in 0..L {
                    // Of the class itself: all others fall behind by as much.
                    loss[i] = if hot[i] > T::ZERO { -change[i] } else { change[i] };
                }
                loss = exp_m1(loss);
                for i in 0..L {
                    loss[i] = loss[i] * if hot[i] > T::ZERO { others[i] } else { output[i] };
                }
                loss = self.log_of_one_plus(block, loss, |k, i| match (k == j, hot[i] > T::ZERO) {
                    (true, false) => change[i],
                    (false, true) => -change[i],
                    _ => T::ZERO,
                });
            }
            Loss::MeanSquaredError => {
                let m = T::of(self.architecture.outputs() as f64);
                for i in 0..L {
                    loss[i] = change[i] * (output[i] + output[i] + change[i]) / m;
                }
            }
        }
        loss
    }
}

/// -d. (Not by `map`, whose closure would be compiled without the CPU's vector instructions.)
#[inline(always)]
pub(super) fn negated<T: Real, const L: usize>(mut d: Lanes<T, L>) -> Lanes<T, L> {
    for d in &mut d {
        *d = -*d;
    }
    d
}

#[inline(always)]
fn lanes<T: Real, const L: usize>(values: &[T], at: usize) -> Lanes<T, L> {
    let mut lanes = [T::ZERO; L];
    lanes.copy_from_slice(&values[at..at + L]);
    lanes
}

/// The change of an activation when its sum z changes by d. A kink counts as passed if |z| <= `margin`·|d|.
#[inline(always)]
fn shifted<T: Real, const L: usize>(
    activation: Activation,
    state: &State<T>,
    at: usize,
    d: Lanes<T, L>,
    margin: T,
    kinked: &mut [bool; L],
) -> Lanes<T, L> {
    let mut change = d;
    match activation {
        Activation::Identity => {}
        Activation::Relu => {
            let z = lanes::<T, L>(&state.z, at);
            for i in 0..L {
                change[i] = relu_change(z[i], d[i]);
                kinked[i] |= z[i].magnitude() <= margin * d[i].magnitude();
            }
        }
        Activation::Sigmoid | Activation::Tanh | Activation::Softplus => {
            let (z, tail) = (lanes::<T, L>(&state.z, at), lanes::<T, L>(&state.tail, at));
            // The sigmoid's E is that of d below 0, of -d above; tanh z = 2σ(2z) - 1.
            let mut e = d;
            for i in 0..L {
                let d = if activation == Activation::Tanh { d[i] + d[i] } else { d[i] };
                e[i] = if z[i] < T::ZERO { d } else { -d };
            }
            let e = exp_m1(e);
            for i in 0..L {
                let below = z[i] < T::ZERO;
                change[i] = if activation == Activation::Softplus {
                    // log1p(σ(z)·E), or d more than the change of ln(1 + e^-z).
                    let change = (tail[i] * e[i]).ln_1p_near();
                    if below { change } else { d[i] + change }
                } else {
                    // With t = σ(-|z|), on the side where 1 + tE does not cancel.
                    let change = tail[i] * (T::ONE - tail[i]) * e[i] / (T::ONE + tail[i] * e[i]);
                    if below { change } else { -change }
                };
            }
            if activation == Activation::Tanh {
                for change in &mut change {
                    *change += *change;
                }
            }
            let near = T::of(NEAR);
            if !within(&d, near) {
                for i in 0..L {
                    if d[i].magnitude() <= near {
                        continue;
                    }
                    if d[i].magnitude() > T::of(FAR) {
                        change[i] = far_change(activation, z[i], d[i]);
                    } else if activation == Activation::Softplus {
                        let below = z[i] < T::ZERO;
                        let change_here = (tail[i] * e[i]).ln_1p();
                        change[i] = if below { change_here } else { d[i] + change_here };
                    }
                }
            }
        }
    }
    change
}

/// Shifts within this need no reduction in e^d - 1, and keep the argument of log1p within its series.
const NEAR: f64 = 0.34;

/// Whether all are within ±`limit`.
#[inline(always)]
fn within<T: Real, const L: usize>(d: &Lanes<T, L>, limit: T) -> bool {
    let mut inside = true;
    for d in d {
        inside &= d.magnitude() <= limit;
    }
    inside
}

/// e^d - 1
#[inline(always)]
fn exp_m1<T: Real, const L: usize>(mut d: Lanes<T, L>) -> Lanes<T, L> {
    if within(&d, T::of(NEAR)) {
        for d in &mut d {
            *d = d.exp_m1_near();
        }
    } else {
        for d in &mut d {
            *d = d.exp_m1();
        }
    }
    d
}

/// Shifts beyond this are so large that two values have nothing to cancel, and e^d may overflow.
const FAR: f64 = 40.0;

/// The change of an activation for a shift that is [`FAR`].
pub(super) fn far_change<T: Real>(activation: Activation, z: T, d: T) -> T {
    let value = |z: T| match activation {
        Activation::Sigmoid => T::ONE / (T::ONE + (-z).exp()),
        Activation::Tanh => z.tanh(),
        _ => z.larger(T::ZERO) + (-z.magnitude()).exp().ln_1p_near(),
    };
    value(z + d) - value(z)
}

/// max(0, z+d) - max(0, z), exact piece by piece: on one side of the kink the change is d itself or 0.
#[inline(always)]
fn relu_change<T: Real>(z: T, d: T) -> T {
    let after = z + d;
    if z > T::ZERO {
        if after > T::ZERO { d } else { -z }
    } else if after > T::ZERO {
        after
    } else {
        // 0, or NaN where one of them is.
        T::ZERO * after
    }
}
