//! The program of a network: forward pass, unit responses, contraction, written out for its sizes.

use std::fmt::Write;

use super::buffers::{PmLayer, PmStep, descend_module, linear, module};
use super::product::{Product, TURNS};
use super::{Dispatch, Kind, Parts, Request, Script};
use crate::error::{Error, Result};
use crate::gpu::context::Gpu;
use crate::objective::network::Features;
use crate::objective::network::fit::steepness;
use crate::objective::{Activation, Architecture, Loss, Network, Targets};
use crate::step::Step;
use crate::vector;

const GRADIENT: &str = include_str!("../../../shaders/network/gradient.wgsl");
const LAYER: &str = include_str!("../../../shaders/network/layer.wgsl");

/// Terms whose state is held at once; more are taken one lot after another.
const CAPACITY: usize = 512;

/// Powers of u of a fit at most: one-sided quotients with four nodes.
const POWERS: usize = 8;

/// Evaluations of a response that one invocation makes at least: one pair of nodes.
const EVALUATIONS: u64 = 2;

/// Which kernel is which among the pipelines: five of the program, three of a descent, then five for each layer.
const GATHER: usize = 0;
const LOSS: usize = 1;
const VALUES: usize = 2;
const DESCEND: usize = 3;
const LAYERS: usize = 6;
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

/// A sum of so many products, unrolled: runs from, to, by.
fn runs(count: usize) -> [(usize, usize, usize); 3] {
    let (by_16, by_4) = (count / 16 * 16, count / 4 * 4);
    [(0, by_16, 16), (by_16, by_4, 4), (by_4, count, 1)]
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
                let largest_step = match step {
                    Step::Relative { .. } => step.at(f64::from(most)),
                    Step::Fixed(h) => h,
                };
                let scale = match l {
                    0 => f64::from(self.largest_scale),
                    // Of activations without a bound this is a guess, and the device looks at each sample.
                    _ => layers[l - 1].activation.bound().unwrap_or(16.0),
                };
                PmLayer::new(largest_step, bound, scale, steep[l] * f64::from(growth), scheme)
            })
            .collect())
    }

    pub(super) fn script(&self, gpu: &Gpu, request: &Request<'_>) -> Result<Script> {
        let layers = self.architecture.layers();
        let (batch, points) = (request.batch, request.count);
        let settings = self.layers(request)?;
        let limit = gpu.limits().iterations;
        let mut script = Script::default();
        let all = points * self.architecture.parameters();
        let slices = |count: usize| [(count as u32).div_ceil(64), 1, points as u32];
        for step in 0..request.steps {
            for first in (0..batch).step_by(self.capacity) {
                let count = self.capacity.min(batch - first);
                let own = PmStep { first: first as u32, count: count as u32, ..PmStep::new(request, step) };
                let slot = script.push(own);
                let kernel = |name: usize, l: usize| LAYERS + KERNELS.len() * l + name;
                script.run(GATHER, slot, 0, linear(count * self.features));
                for (l, layer) in layers.iter().enumerate() {
                    script.run(kernel(0, l), slot, l, Product::groups(count, layer.outputs, points));
                    if layer.activation.bound().is_none() && l + 1 < layers.len() {
                        script.run(kernel(1, l), slot, l, slices(count));
                    }
                }
                script.run(LOSS, slot, 0, slices(count));
                // In a descent also for the host's sake, which halts where a value overflows.
                if own.traced == 1 || request.rate.is_some() {
                    script.run(VALUES, slot, 0, [(points as u32).div_ceil(64), 1, 1]);
                }
                if !request.gradient {
                    continue;
                }
                for (l, layer) in layers.iter().enumerate() {
                    // As many nodes at a time as loops may take.
                    let nodes = settings[l].nodes().max(1);
                    let each = (limit / (2 * self.iterations[l] + 1)).clamp(1, 4) as u32;
                    for from in (0..nodes).step_by(each as usize) {
                        let part = PmStep { from_term: from, to_term: (from + each).min(nodes), ..own };
                        let slot = script.push(part);
                        script.run(kernel(2, l), slot, l, slices(count * layer.outputs));
                    }
                    let rows = layer.inputs + usize::from(self.architecture.has_biases());
                    script.run(kernel(3, l), slot, l, Product::groups(rows, layer.outputs, points));
                }
                for (l, layer) in layers.iter().enumerate() {
                    let kinks = layers[l..].iter().any(|layer| layer.activation == Activation::Relu);
                    let guessed = l > 0 && layers[l - 1].activation.bound().is_none();
                    if !kinks && !guessed && settings[l].nodes() > 0 {
                        continue;
                    }
                    let rows = layer.inputs + usize::from(self.architecture.has_biases());
                    let each = (limit / (2 * self.iterations[l] + 1)).max(1) as usize;
                    for from in (0..count).step_by(each) {
                        let part = PmStep {
                            from_term: from as u32,
                            to_term: (from + each).min(count) as u32,
                            ..own
                        };
                        script.steps.push(part);
                        let slot = script.steps.len() - 1;
                        let groups = slices(rows * layer.outputs);
                        script.dispatches.push(Dispatch {
                            kernel: kernel(4, l),
                            step: slot,
                            layer: l,
                            groups,
                        });
                    }
                }
            }
            if request.rate.is_some() {
                let slot = script.steps.len() - 1;
                let mut run = |kernel, groups| {
                    script.dispatches.push(Dispatch { kernel, step: slot, layer: 0, groups })
                };
                run(DESCEND, linear(all));
                run(DESCEND + 1, [(points as u32).div_ceil(64), 1, 1]);
                run(DESCEND + 2, linear(all));
            }
        }
        Ok(script)
    }

    fn render(
        &self,
        places: &[Places],
        outputs_at: usize,
        levels_at: usize,
        scales_at: usize,
        is_bytes: bool,
    ) -> String {
        let architecture = &self.architecture;
        let outputs = architecture.outputs();
        let last = places.last().map_or(0, |places| places.a);
        let widest = architecture.layers().iter().map(|layer| layer.outputs).max().unwrap_or(1);
        let mut text = format!(
            "const DIMENSION = {}u;\nconst FEATURES = {}u;\nconst SECTION = {}u;\nconst CAPACITY = {}u;\n\
             const OUTPUTS = {outputs}u;\nconst LAST_A = {last}u;\nconst OUTPUT = {outputs_at}u;\nconst OTHERS = {}u;\n\
             const LOSS = {}u;\nconst LEVELS = {levels_at}u;\nconst SOFTMAX = {};\nconst BYTES = {is_bytes};\n\
             const BIASES = {};\nvar<private> pm_even: array<real, {widest}>;\nvar<private> pm_odd: array<real, {widest}>;\n\
             fn pm_is_beyond(i: u32, x: real) -> bool {{ return abs(x) > pm_layer.bound; }}\n{GRADIENT}\n{}\n",
            architecture.parameters(),
            self.features,
            self.section,
            self.capacity,
            outputs_at + outputs,
            outputs_at + outputs + 1,
            architecture.loss() == Loss::SoftmaxCrossEntropy,
            architecture.has_biases(),
            descend_module(),
        );
        for l in (0..places.len()).rev() {
            text.push_str(&self.layer(l, places, scales_at));
        }
        text
    }

    /// The kernels of layer `l`.
    fn layer(&self, l: usize, places: &[Places], scales_at: usize) -> String {
        let layer = &self.architecture.layers()[l];
        let place = &places[l];
        let (input, scale) = match l
            .checked_sub(1)
            .map(|before| (&places[before], self.architecture.layers()[before].activation))
        {
            None => (
                format!("pm_state[s * {}u + i]", layer.inputs),
                format!("return bitcast<f32>(pm_table[{scales_at}u + term_of(s)]);"),
            ),
            Some((before, activation)) => (
                format!("pm_state[base_of(point) + {}u * CAPACITY + s * {}u + i]", before.a, layer.inputs),
                match activation.bound() {
                    Some(_) => "return 1.0;".into(),
                    None => format!("return pm_state[base_of(point) + {}u * CAPACITY + s];", before.scale),
                },
            ),
        };
        // Past the last input stands the bias, whose input is 1.
        let input = format!("if (i == {}u) {{ return 1.0; }} return {input};", layer.inputs);
        let store = |what: &str, at: usize| format!("pm_state[at + {at}u * CAPACITY] = {what};");
        let activate = match layer.activation {
            Activation::Identity => store("z", place.a),
            Activation::Relu => store("pm_relu(z)", place.a),
            Activation::Sigmoid => format!(
                "let pair = sigmoid_and_tail(z); {} {}",
                store("pair.x", place.a),
                store("pair.y", place.tail)
            ),
            Activation::Tanh => format!(
                "{} {}",
                store("pm_tanh(z)", place.a),
                store("sigmoid_and_tail(2.0 * z).y", place.tail)
            ),
            Activation::Softplus => {
                format!("{} {}", store("pm_softplus(z)", place.a), store("sigmoid_and_tail(z).y", place.tail))
            }
        };
        let read = |at: usize| format!("pm_state[at + {at}u * CAPACITY]");
        let change = match layer.activation {
            Activation::Identity => "return d;".into(),
            Activation::Relu => format!("return change_relu({}, d, margin);", read(place.z)),
            Activation::Sigmoid => {
                format!("return change_sigmoid({}, {}, d);", read(place.z), read(place.tail))
            }
            // tanh z = 2σ(2z) - 1
            Activation::Tanh => {
                format!(
                    "return 2.0 * change_sigmoid(2.0 * {}, {}, 2.0 * d);",
                    read(place.z),
                    read(place.tail)
                )
            }
            Activation::Softplus => {
                format!("return change_softplus({}, {}, d);", read(place.z), read(place.tail))
            }
        };
        let rows = layer.inputs + usize::from(self.architecture.has_biases());
        let kernels = LAYER
            .replace("RESPONSE", &self.response(l))
            .replace("ACTIVATE", &activate)
            .replace("CHANGE", &change)
            .replace("INPUTS", &format!("{}u", layer.inputs))
            .replace("INPUT", &input)
            .replace("SCALE_AT", &format!("{}u", place.scale))
            .replace("SCALE", &scale)
            .replace("LAYER", &l.to_string())
            .replace("UNITS", &format!("{}u", layer.outputs))
            .replace("ROWS", &format!("{rows}u"))
            .replace("WEIGHTS", &format!("{}u", layer.offset))
            .replace("Z_AT", &format!("{}u", place.z))
            .replace("A_AT", &format!("{}u", place.a))
            .replace("KINKED_AT", &format!("{}u", place.kinked))
            .replace("FIT_AT", &format!("{}u", place.fit));
        let (forward, contraction) = (format!("forward_{l}"), format!("contraction_{l}"));
        let units = format!("{}u", layer.outputs);
        let forward = Product {
            name: &forward,
            rows: "pm_step.count",
            columns: &units,
            depth: &format!("{}u", layer.inputs),
            passes: "1u",
            a_by_columns: false,
        };
        let contraction = Product {
            name: &contraction,
            rows: &format!("{rows}u"),
            columns: &units,
            depth: "pm_step.count",
            passes: "pm_layer.powers",
            a_by_columns: true,
        };
        [kernels, forward.render(), contraction.render()].join("\n")
    }

    /// `fn response_l`: the change of the loss of a term when the sum of unit j changes by d, from there onward.
    fn response(&self, l: usize) -> String {
        let layers = self.architecture.layers();
        let softmax = self.architecture.loss() == Loss::SoftmaxCrossEntropy;
        let outputs = self.architecture.outputs();
        let mut text = String::from(
            "fn response_LAYER(base: u32, weights: u32, s: u32, j: u32, d: real) -> real {\n    \
             let shift = change_LAYER(base, s, j, d, 1.0);\n",
        );
        // Writing to a String cannot fail.
        let mut line = |args: std::fmt::Arguments<'_>| {
            let _ = writeln!(text, "    {args}");
        };
        let output = "pm_state[base + OUTPUT * CAPACITY + s * OUTPUTS + k]";
        match layers.get(l + 1) {
            None => line(format_args!("return output_change(base, s, j, shift);")),
            Some(next) => {
                let n = l + 1;
                line(format_args!("let row = weights + {}u + j * {}u;", next.offset, next.outputs));
                let one = |k: &str| format!("change_{n}(base, s, {k}, shift * pm_points[row + {k}], 1.0)");
                // The changes of the outputs: computed where they are needed if this is the last layer, else from arrays.
                let change = |k: &str, array: &str| {
                    if n + 1 == layers.len() { one(k) } else { format!("{array}[{k}]") }
                };
                let (mut from, mut to) = ("pm_even", "pm_odd");
                if n + 1 < layers.len() {
                    line(format_args!(
                        "for (var k = 0u; k < {}u; k++) {{ pm_even[k] = {}; }}",
                        next.outputs,
                        one("k")
                    ));
                    for (q, layer) in layers.iter().enumerate().skip(n + 1) {
                        let (inputs, units) = (layer.inputs, layer.outputs);
                        line(format_args!("for (var k = 0u; k < {units}u; k++) {{"));
                        line(format_args!("    var z: real = 0.0; var w = weights + {}u + k;", layer.offset));
                        for (first, last, by) in runs(inputs) {
                            let term = |i: usize| format!("{from}[i + {i}u] * pm_points[w + {}u]", i * units);
                            // Added up in pairs, which is shallower, and more exact.
                            let sums: Vec<String> = (0..by)
                                .step_by(2)
                                .map(|i| {
                                    if i + 1 < by {
                                        format!("({} + {})", term(i), term(i + 1))
                                    } else {
                                        term(i)
                                    }
                                })
                                .collect();
                            line(format_args!(
                                "    for (var i = {first}u; i < {last}u; i += {by}u) {{ z += {}; w += {}u; }}",
                                sums.join(" + "),
                                by * units
                            ));
                        }
                        line(format_args!("    {to}[k] = change_{q}(base, s, k, z, 2.0);"));
                        line(format_args!("}}"));
                        (from, to) = (to, from);
                    }
                }
                line(format_args!("var sum: real = 0.0;"));
                if softmax {
                    // ln Σ p_k e^(d_k - d_t): what is added to 1 has no part of the class, whose p may be near 1.
                    line(format_args!("let label = pm_table[term_of(s)];"));
                    line(format_args!("let right = {};", change("label", from)));
                    line(format_args!("for (var k = 0u; k < {outputs}u; k++) {{"));
                    line(format_args!("    let e = pm_expm1({} - right);", change("k", from)));
                    line(format_args!("    sum += select({output} * e, 0.0, k == label);"));
                    line(format_args!("}}"));
                    line(format_args!("if (sum >= -0.5 || pm_is_nan(sum)) {{ return pm_log1p(sum); }}"));
                    // Far below 0 the 1 would cancel.
                    line(format_args!("sum = 0.0;"));
                    line(format_args!("for (var k = 0u; k < {outputs}u; k++) {{"));
                    line(format_args!("    sum += {output} * pm_exp({} - right);", change("k", from)));
                    line(format_args!("}}"));
                    line(format_args!("return pm_log(sum);"));
                } else {
                    line(format_args!("for (var k = 0u; k < {outputs}u; k++) {{"));
                    line(format_args!("    let change = {};", change("k", from)));
                    line(format_args!("    sum += change * (2.0 * {output} + change);"));
                    line(format_args!("}}"));
                    line(format_args!("return sum / real(OUTPUTS);"));
                }
            }
        }
        text.push_str("}\n");
        text
    }
}
