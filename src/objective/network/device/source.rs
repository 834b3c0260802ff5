//! The shaders' text, written out for the sizes of a network.

use std::fmt::Write;

use super::Shape;
use crate::objective::ProgramLimits;
use crate::objective::network::{Activation, Loss};
use crate::objective::product::{GROUP_SUM, Product, Tile};

const GRADIENT: &str = include_str!("../../../../shaders/network/gradient.wgsl");
const LAYER: &str = include_str!("../../../../shaders/network/layer.wgsl");

/// A sum of so many products, unrolled: runs from, to, by.
pub(super) fn runs(count: usize) -> [(usize, usize, usize); 3] {
    let (by_16, by_4) = (count / 16 * 16, count / 4 * 4);
    [(0, by_16, 16), (by_16, by_4, 4), (by_4, count, 1)]
}

impl Shape<'_> {
    /// The tiles of a layer's sums, for as many terms as there is room for, and of its contraction.
    pub(super) fn forward_tile(&self, l: usize, limits: &ProgramLimits) -> Tile {
        Tile::of(self.capacity, self.architecture.layers()[l].outputs, limits)
    }

    pub(super) fn contraction_tile(&self, l: usize, limits: &ProgramLimits) -> Tile {
        Tile::of(self.rows(l), self.architecture.layers()[l].outputs, limits)
    }

    pub(super) fn render(
        &self,
        [levels_at, scales_at]: [usize; 2],
        is_bytes: bool,
        limits: &ProgramLimits,
    ) -> String {
        let Shape { architecture, places, outputs_at, .. } = self;
        let outputs = architecture.outputs();
        let last = places.last().map_or(0, |places| places.a);
        let widest = architecture.layers().iter().map(|layer| layer.outputs).max().unwrap_or(1);
        let mut text = format!(
            "const FEATURES = {}u;\nconst SECTION = {}u;\nconst CAPACITY = {}u;\n\
             const OUTPUTS = {outputs}u;\nconst LAST_A = {last}u;\nconst OUTPUT = {outputs_at}u;\nconst OTHERS = {}u;\n\
             const LEVELS = {levels_at}u;\nconst SOFTMAX = {};\nconst BYTES = {is_bytes};\n\
             const BIASES = {};\nvar<private> pm_even: array<real, {widest}>;\nvar<private> pm_odd: array<real, {widest}>;\n\
             fn pm_is_beyond(i: u32, x: real) -> bool {{ return abs(x) > pm_layer.bound; }}\n{GROUP_SUM}\n{GRADIENT}\n",
            self.features,
            self.section,
            self.capacity,
            outputs_at + outputs,
            architecture.loss() == Loss::SoftmaxCrossEntropy,
            architecture.has_biases(),
        );
        for l in (0..places.len()).rev() {
            text.push_str(&self.layer(l, scales_at, limits));
        }
        text
    }

    /// The kernels of layer `l`.
    fn layer(&self, l: usize, scales_at: usize, limits: &ProgramLimits) -> String {
        let (layer, places) = (&self.architecture.layers()[l], &self.places);
        let place = &places[l];
        let (input, scale) = match l
            .checked_sub(1)
            .map(|before| (&places[before], self.architecture.layers()[before].activation))
        {
            None => (
                format!("pm_state[s * {}u + i]", layer.inputs),
                format!("return pm_number(pm_table[{scales_at}u + term_of(s)]);"),
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
        let slope = match layer.activation {
            Activation::Identity => "1.0".into(),
            // 0, or NaN where z is.
            Activation::Relu => format!("select(0.0 * {0}, 1.0, {0} > 0.0)", read(place.z)),
            Activation::Sigmoid => format!("({0} * (1.0 - {0}))", read(place.tail)),
            Activation::Tanh => format!("(4.0 * {0} * (1.0 - {0}))", read(place.tail)),
            Activation::Softplus => {
                format!("select(1.0 - {0}, {0}, {1} < 0.0)", read(place.tail), read(place.z))
            }
        };
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
        let rows = self.rows(l);
        // The first layer reads the data.
        let forward = if l == 0 {
            "return feature(point, row, k, tile);"
        } else {
            "return inputs_LAYER(point, row, k);"
        };
        let kernels = LAYER
            .replace("RESPONSE", &self.response(l))
            .replace("FORWARD", forward)
            .replace("ACTIVATE", &activate)
            .replace("CHANGE", &change)
            .replace("SLOPE", &slope)
            .replace("DOUBT", &self.doubt(l))
            .replace("INPUTS", &format!("{}u", layer.inputs))
            .replace("INPUT", &input)
            .replace("SCALE_AT", &format!("{}u", place.scale))
            .replace("SCALE", &scale)
            .replace("LAYER", &l.to_string())
            .replace("UNITS", &format!("{}u", layer.outputs))
            .replace("ROWS", &format!("{rows}u"))
            .replace("WEIGHTS", &format!("{}u", layer.offset))
            .replace("NEAREST_AT", &format!("{}u", place.nearest))
            .replace("Z_AT", &format!("{}u", place.z))
            .replace("A_AT", &format!("{}u", place.a))
            .replace("KINKED_AT", &format!("{}u", place.kinked))
            .replace("FIT_AT", &format!("{}u", place.fit));
        let (forward, contraction) = (format!("forward_{l}"), format!("contraction_{l}"));
        let units = format!("{}u", layer.outputs);
        let forward = Product {
            name: &forward,
            given: &forward,
            tile: self.forward_tile(l, limits),
            rows: "pm_step.count",
            columns: &units,
            depth: &format!("{}u", layer.inputs),
            passes: "1u",
            shares: "pm_step.to_term",
            a_by_columns: false,
        };
        let contraction = Product {
            name: &contraction,
            given: &contraction,
            tile: self.contraction_tile(l, limits),
            rows: &format!("{rows}u"),
            columns: &units,
            depth: "pm_step.count",
            passes: "pm_layer.powers",
            shares: "1u",
            a_by_columns: true,
        };
        [kernels, forward.render(), contraction.render(), self.slopes(l, limits)].join("\n")
    }

    /// Statements that set `in_doubt` where a relu of layer `l` or a later one may have its kink within the shift.
    fn doubt(&self, l: usize) -> String {
        let mut text = String::new();
        for (q, layer) in self.architecture.layers().iter().enumerate().skip(l) {
            // Writing to a String cannot fail.
            let _ = match (layer.activation == Activation::Relu, q == l) {
                (false, _) => Ok(()),
                (true, true) => {
                    let z = self.places[q].z;
                    writeln!(text, "    in_doubt = in_doubt || abs(pm_state[at + {z}u * CAPACITY]) <= reach;")
                }
                (true, false) => {
                    let nearest = self.places[q].nearest;
                    writeln!(
                        text,
                        "    in_doubt = in_doubt || pm_state[base + {nearest}u * CAPACITY + s] <= pm_layer.moves * reach;"
                    )
                }
            };
        }
        text
    }

    /// The kernel `slopes_l`: of the last layer from the loss, else a product of the next layer's slopes with its weights.
    fn slopes(&self, l: usize, limits: &ProgramLimits) -> String {
        let layers = self.architecture.layers();
        let units = layers[l].outputs;
        let Some(next) = layers.get(l + 1) else {
            return format!(
                "@compute @workgroup_size(64)\nfn slopes_{l}(@builtin(workgroup_id) group: vec3<u32>, \
                 @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {{\n    \
                 let id = pm_linear(group, groups, local);\n    if (id >= pm_step.count * {units}u) {{ return; }}\n    \
                 let s = id / {units}u;\n    let j = id % {units}u;\n    \
                 store_slope_{l}(group.z, s, j, output_slope(base_of(group.z), s, j));\n}}\n"
            );
        };
        let (fit, outputs) = (self.places[l + 1].fit, next.outputs);
        let given = format!(
            "fn slopes_{l}_a(point: u32, s: u32, k: u32, part: u32, tile: u32) -> real {{ return pm_state[base_of(point) + {fit}u * \
             CAPACITY + s * {outputs}u + k]; }}\nfn slopes_{l}_b(point: u32, k: u32, j: u32, part: u32) -> real {{ return \
             pm_points[point * DIMENSION + {}u + j * {outputs}u + k]; }}\nfn slopes_{l}_between(point: u32, row: u32, column: u32) -> \
             real {{ return 1.0; }}\nfn slopes_{l}_store(point: u32, share: u32, s: u32, j: u32, sum: real) {{ store_slope_{l}(point, s, \
             j, sum); }}\n",
            next.offset
        );
        let name = format!("slopes_{l}");
        let product = Product {
            name: &name,
            given: &name,
            tile: self.forward_tile(l, limits),
            rows: "pm_step.count",
            columns: &format!("{units}u"),
            depth: &format!("{outputs}u"),
            passes: "1u",
            shares: "1u",
            a_by_columns: false,
        };
        given + &product.render()
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
                    line(format_args!("let label = pm_word(pm_table[term_of(s)]);"));
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
