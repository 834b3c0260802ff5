//! The program of a network for a device: forward pass, unit responses, contraction, written out for its sizes.

mod plan;
mod settings;
mod source;

use self::source::runs;
use super::samples::Features;
use super::{Architecture, Loss, Network, Targets};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real, vector};
use crate::objective::product::TURNS;
use crate::objective::{Cells, DeviceProgram, ProgramLimits, ProgramPlan, ProgramRequest, ProgramText};

/// Terms whose state is held at once; more are taken one lot after another.
const CAPACITY: usize = 512;

/// Powers of u of a fit at most: one-sided quotients with four nodes.
const POWERS: usize = 8;

/// Evaluations of a response that one invocation makes at least: one pair of nodes.
const EVALUATIONS: u64 = 2;

/// The kernels: of the network, and of each layer.
const OF_ALL: [&str; 1] = ["loss"];
const OF_A_LAYER: [&str; 7] =
    ["forward", "activate", "scales", "slopes", "responses", "contraction", "kinks"];

/// The sizes that text and plan are made for.
struct Shape<'a> {
    architecture: &'a Architecture,
    /// Terms that there is room for.
    capacity: usize,
    /// Numbers of a term that all points share, and those of each point.
    features: usize,
    section: usize,
    places: Vec<Places>,
    /// Where the outputs' state begins.
    outputs_at: usize,
    /// Loop iterations of one response, layer by layer.
    iterations: Vec<u64>,
}

/// Where the arrays of a layer begin in a point's section, in numbers a term.
struct Places {
    z: usize,
    a: usize,
    tail: usize,
    scale: usize,
    /// How close to its kink the closest relu of a term is.
    nearest: usize,
    kinked: usize,
    /// Powers of a fit; before that, sums of parts of the inputs.
    fit: usize,
}

impl<'a> Shape<'a> {
    fn new(network: &'a Network) -> Self {
        let architecture = network.architecture();
        let (places, outputs_at, section) = places(architecture);
        Shape {
            architecture,
            capacity: network.samples().len().min(CAPACITY).min(of_a_group(architecture)),
            features: architecture.inputs(),
            section,
            places,
            outputs_at,
            iterations: (0..architecture.layers().len())
                .map(|l| response_iterations(architecture, l))
                .collect(),
        }
    }

    /// Whether loops keep to what an invocation may make.
    fn check(&self, limits: &ProgramLimits) -> Result<()> {
        let deepest = self.architecture.layers().iter().map(|layer| layer.inputs).max().unwrap_or(1) as u64;
        for (what, value) in [
            ("product", deepest.div_ceil(16) * TURNS),
            ("unit's response", EVALUATIONS * self.iterations.iter().copied().max().unwrap_or(0)),
        ] {
            if value > limits.iterations {
                return Err(Error::Limit {
                    what: format!("the number of loop iterations of one {what}"),
                    value,
                    limit: limits.iterations,
                    device: limits.device.clone(),
                    advice: "use the device `cpu`".into(),
                });
            }
        }
        Ok(())
    }
}

impl Network {
    /// The largest scale of a sample, at least 1.
    fn largest_scale(&self) -> f64 {
        *self.largest_scale.get_or_init(|| vector::largest_magnitude(&self.samples.scales::<f64>(), 1.0))
    }

    /// What a device reads: the features, and the table with where what bytes stand for and the samples' scales begin in it.
    fn cells<T: Real>(&self) -> (Cells, Cells, [usize; 2]) {
        let (samples, precision) = (self.samples(), T::PRECISION);
        let (mut data, mut table) = (Cells::new(precision), Cells::new(precision));
        match (samples.targets(), self.architecture().loss()) {
            (Targets::Classes(classes), Loss::SoftmaxCrossEntropy) => table.whole(classes.iter().copied()),
            _ => {
                let outputs = self.architecture().outputs();
                table.numbers((0..samples.len() * outputs).map(|i| samples.target(i / outputs, i % outputs)));
            }
        }
        let levels_at = table.len();
        match samples.features() {
            Features::Bytes { bytes, levels } => {
                let bytes = bytes.as_slice().unwrap_or(&[]);
                data.whole(bytes.chunks(4).map(|four| {
                    let byte = |i: usize| u32::from(four.get(i).copied().unwrap_or(0)) << (8 * i);
                    byte(0) | byte(1) | byte(2) | byte(3)
                }));
                table.numbers(levels.iter().copied());
            }
            Features::Reals(values) => data.numbers(values.iter().copied()),
        }
        let scales_at = table.len();
        table.numbers(samples.scales::<T>().into_iter().map(T::to_f64));
        (data, table, [levels_at, scales_at])
    }
}

impl DeviceProgram for Network {
    fn text(&self, limits: &ProgramLimits) -> Result<ProgramText> {
        let (architecture, samples) = (self.architecture(), self.samples());
        let shape = Shape::new(self);
        shape.check(limits)?;
        let (data, table, places) = match limits.precision {
            Precision::F32 => {
                samples.check_f32()?;
                self.cells::<f32>()
            }
            Precision::F64 => self.cells::<f64>(),
        };
        let is_bytes = matches!(samples.features(), Features::Bytes { .. });
        let mut kernels: Vec<String> = OF_ALL.map(String::from).to_vec();
        for l in 0..architecture.layers().len() {
            kernels.extend(OF_A_LAYER.map(|kernel| format!("{kernel}_{l}")));
        }
        let source = shape.render(places, is_bytes, limits);
        Ok(ProgramText::new(source, kernels, data, table).own())
    }

    fn fills_workgroup_memory(&self) -> bool {
        true
    }

    fn state(&self, points: usize) -> usize {
        let shape = Shape::new(self);
        (shape.features + points * shape.section) * shape.capacity
    }

    fn operations(&self, terms: usize) -> u64 {
        let shape = Shape::new(self);
        let each = shape.architecture.layers().iter().zip(&shape.iterations).map(|(layer, iterations)| {
            // Forward, two powers of the contraction; four evaluations of the responses, where a turn is dear.
            (3 * layer.inputs * layer.outputs) as u64 + 4 * 30 * iterations * layer.outputs as u64
        });
        each.sum::<u64>() * terms as u64
    }

    fn plan(&self, request: &ProgramRequest<'_>) -> Result<ProgramPlan> {
        Ok(Shape::new(self).plan(request, self.largest_scale()))
    }
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
        nearest: take(1),
        kinked: take(layer.outputs),
        fit: take(POWERS * layer.outputs),
    });
    let layers = layers.collect();
    // The outputs, the sum of the others.
    let outputs_at = take(architecture.outputs() + 1);
    (layers, outputs_at, next)
}

/// Inputs that one workgroup of a layer's sums takes at most, so that there are enough workgroups.
const INPUTS_OF_A_PART: usize = 64;

/// Into how many parts the sums of a layer with so many inputs are cut, of which so many invocations take all: as many as keep the
/// device busy, with enough for each, and room for each where the fit will be.
fn parts(inputs: usize, invocations: u64, busy: u64) -> usize {
    // Twice as many invocations as the device holds at once are no faster.
    let wanted = (busy / (2 * invocations.max(1))) as usize;
    wanted.min(inputs / INPUTS_OF_A_PART).clamp(1, POWERS)
}

/// Loop iterations of one invocation, twice which some drivers stop at.
const TURNS_OF_ALL: usize = 1 << 15;

/// Terms whose losses one workgroup can find: each invocation has loops over the outputs of its own.
fn of_a_group(architecture: &Architecture) -> usize {
    64 * (TURNS_OF_ALL / (3 * architecture.outputs() + 7)).max(1)
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
