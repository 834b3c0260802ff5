//! The program of a network: forward pass, unit responses, contraction, written out for its sizes.

mod script;
mod source;

use self::source::runs;
use super::buffers::{PmLayer, module};
use super::product::TURNS;
use super::{Kind, Parts, Request};
use crate::error::{Error, Result};
use crate::gpu::context::Gpu;
use crate::objective::network::Features;
use crate::objective::network::fit::steepness;
use crate::objective::{Architecture, Loss, Network, Targets};
use crate::vector;

/// Terms whose state is held at once; more are taken one lot after another.
const CAPACITY: usize = 512;

/// Powers of u of a fit at most: one-sided quotients with four nodes.
const POWERS: usize = 8;

/// Evaluations of a response that one invocation makes at least: one pair of nodes.
const EVALUATIONS: u64 = 2;

/// The kernels of each layer.
const KERNELS: [&str; 5] = ["forward", "scales", "responses", "contraction", "kinks"];

pub(super) struct NetworkProgram {
    architecture: Architecture,
    /// Terms that there is room for.
    capacity: usize,
    /// Numbers of a term that all points share, and those of each point.
    features: usize,
    section: usize,
    /// Loop iterations of one response, layer by layer.
    iterations: Vec<u64>,
    /// The largest scale of a sample.
    largest_scale: f32,
}

/// Where the arrays of a layer begin in a point's section, in numbers a term.
struct Places {
    z: usize,
    a: usize,
    tail: usize,
    scale: usize,
    kinked: usize,
    fit: usize,
}

pub(super) fn parts(gpu: &Gpu, network: &Network) -> Result<Parts> {
    network.samples().check_f32()?;
    let (architecture, samples) = (network.architecture(), network.samples());
    let limits = gpu.limits();
    let too_much = |what: &str, value: u64, limit: u64| Error::Limit {
        what: what.into(),
        value,
        limit,
        device: limits.device.clone(),
        advice: "use the device `cpu`".into(),
    };
    let deepest = architecture.layers().iter().map(|layer| layer.inputs).max().unwrap_or(1) as u64;
    let turns = deepest.div_ceil(16) * TURNS;
    if turns > limits.iterations {
        return Err(too_much("the number of loop iterations of one product", turns, limits.iterations));
    }
    let iterations: Vec<u64> =
        (0..architecture.layers().len()).map(|l| response_iterations(architecture, l)).collect();
    let most = EVALUATIONS * iterations.iter().copied().max().unwrap_or(0);
    if most > limits.iterations {
        return Err(too_much(
            "the number of loop iterations of one unit's response",
            most,
            limits.iterations,
        ));
    }

    let (data, levels) = match samples.features() {
        Features::Bytes { bytes, levels } => {
            let bytes = bytes.as_slice().unwrap_or(&[]);
            let word = |four: &[u8]| {
                let byte = |i: usize| u32::from(four.get(i).copied().unwrap_or(0)) << (8 * i);
                byte(0) | byte(1) | byte(2) | byte(3)
            };
            (
                bytes.chunks(4).map(word).collect(),
                levels.iter().map(|&level| (level as f32).to_bits()).collect(),
            )
        }
        Features::Reals(values) => {
            (values.iter().map(|&value| (value as f32).to_bits()).collect::<Vec<u32>>(), Vec::new())
        }
    };
    let mut table: Vec<u32> = match (samples.targets(), architecture.loss()) {
        (Targets::Classes(classes), Loss::SoftmaxCrossEntropy) => classes.clone(),
        _ => {
            let outputs = architecture.outputs();
            let value = |i: usize| (samples.target(i / outputs, i % outputs) as f32).to_bits();
            (0..samples.len() * outputs).map(value).collect()
        }
    };
    let levels_at = table.len();
    table.extend::<Vec<u32>>(levels);
    let scales_at = table.len();
    let scales = samples.scales();
    let largest_scale = vector::largest_magnitude(&scales, 1.0);
    table.extend(scales.into_iter().map(f32::to_bits));

    let (places, outputs_at, section) = places(architecture);
    let program = NetworkProgram {
        architecture: architecture.clone(),
        capacity: samples.len().min(CAPACITY),
        features: architecture.inputs(),
        section,
        iterations,
        largest_scale,
    };
    let is_bytes = matches!(samples.features(), Features::Bytes { .. });
    let own = program.render(&places, outputs_at, levels_at, scales_at, is_bytes);
    let mut entry_points: Vec<String> =
        ["gather", "loss", "values", "propose", "settle", "commit"].map(String::from).to_vec();
    for l in 0..architecture.layers().len() {
        entry_points.extend(KERNELS.map(|kernel| format!("{kernel}_{l}")));
    }
    Ok(Parts { source: module(&own), entry_points, data, table, kind: Kind::Network(program) })
}

/// The layers' places, where the output's state begins, and the size of a section.
fn places(architecture: &Architecture) -> (Vec<Places>, usize, usize) {
    let mut next = 0;
    let mut take = |count: usize| {
        next += count;
        next - count
    };
    let layers = architecture.layers().iter().map(|layer| Places {
        z: take(layer.outputs),
        a: take(layer.outputs),
        tail: take(layer.outputs),
        scale: take(1),
        kinked: take(layer.outputs),
        fit: take(POWERS * layer.outputs),
    });
    let layers = layers.collect();
    // The outputs, the sum of the others, the loss.
    let outputs_at = take(architecture.outputs() + 2);
    (layers, outputs_at, next)
}

/// Loop iterations of one evaluation of the response of layer `l`.
fn response_iterations(architecture: &Architecture, l: usize) -> u64 {
    let mut sum = 2;
    for (q, layer) in architecture.layers().iter().enumerate().skip(l + 1) {
        let units = layer.outputs as u64;
        let each = if q == l + 1 {
            1
        } else {
            runs(layer.inputs).into_iter().map(|(from, to, by)| (to - from) / by).sum::<usize>() as u64 + 1
        };
        sum += units * each;
    }
    sum + 2 * architecture.outputs() as u64
}

impl NetworkProgram {
    pub(super) fn state_of_point(&self) -> usize {
        self.section * self.capacity
    }

    pub(super) fn state(&self, points: usize) -> usize {
        (self.features + points * self.section) * self.capacity
    }

    pub(super) fn operations(&self, batch: usize) -> u64 {
        let layers = self.architecture.layers().iter().zip(&self.iterations);
        let each = layers.map(|(layer, iterations)| {
            // Forward, two powers of the contraction; four evaluations of the responses, where a turn is dear.
            (3 * layer.inputs * layer.outputs) as u64 + 4 * 30 * iterations * layer.outputs as u64
        });
        each.sum::<u64>() * batch as u64
    }

    /// Settings of each layer, from the parameters of the request's points.
    pub(super) fn layers(&self, request: &Request<'_>) -> Result<Vec<PmLayer>> {
        let (scheme, step) = request.how;
        let layers = self.architecture.layers();
        let n = self.architecture.parameters();
        // A descent may take the parameters up to the bound, and every response twice as far, before it halts.
        let growth: f32 = if request.rate.is_some() { 2.0 } else { 1.0 };
        let mut largest = vec![1.0f32; layers.len()];
        let mut steep = vec![0.0f64; layers.len()];
        for parameters in request.points.chunks_exact(n) {
            for (l, own) in steepness(&self.architecture, parameters).into_iter().enumerate() {
                steep[l] = steep[l].max(own);
                let end = layers.get(l + 1).map_or(n, |next| next.offset);
                largest[l] = vector::largest_magnitude(&parameters[layers[l].offset..end], largest[l]);
            }
        }
        // The device knows one bound for all parameters.
        let bound = growth * vector::largest_magnitude(&largest, 1.0);
        Ok((0..layers.len())
            .map(|l| {
                let most = if request.rate.is_some() { bound } else { largest[l] };
                let largest_step = step.at(f64::from(most));
                let scale = match l {
                    0 => f64::from(self.largest_scale),
                    // Of activations without a bound this is a guess, and the device looks at each sample.
                    _ => layers[l - 1].activation.bound().unwrap_or(16.0),
                };
                PmLayer::new(largest_step, bound, scale, steep[l] * f64::from(growth), scheme)
            })
            .collect())
    }
}
