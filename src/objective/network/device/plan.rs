//! Which kernels run in which order.

use super::{OF_A_LAYER, OF_ALL, Shape, parts};
use crate::objective::network::Activation;
use crate::objective::{Launch, ProgramPlan, ProgramRequest};

/// Which kernel is which: those of the network, then those of each layer.
const LOSS: usize = 0;
const FORWARD: usize = 0;
const ACTIVATE: usize = 1;
const SCALES: usize = 2;
const SLOPES: usize = 3;
const RESPONSES: usize = 4;
const CONTRACTION: usize = 5;
const KINKS: usize = 6;

impl Shape<'_> {
    pub(super) fn plan(&self, request: &ProgramRequest<'_>, largest_scale: f64) -> ProgramPlan {
        let layers = self.architecture.layers();
        let points = request.count;
        let settings = self.settings(request, largest_scale);
        let (limit, busy) = (request.limits.iterations, request.limits.busy);
        let mut launches = Vec::new();
        let slices = |count: usize| {
            let [wide, high, _] = Launch::linear(count);
            [wide, high, points as u32]
        };
        let of_layer = |kernel: usize, l: usize| OF_ALL.len() + OF_A_LAYER.len() * l + kernel;
        for first in (0..request.terms).step_by(self.capacity) {
            let count = self.capacity.min(request.terms - first);
            let terms = first as u32..(first + count) as u32;
            let mut run = |kernel: usize, settings: usize, part: (u32, u32), groups: [u32; 3]| {
                launches.push(Launch {
                    kernel,
                    terms: terms.clone(),
                    part: part.0..part.1,
                    settings,
                    groups,
                });
            };
            for (l, layer) in layers.iter().enumerate() {
                let tile = self.forward_tile(l, request.limits);
                let groups = tile.groups(count, layer.outputs, points);
                let parts = parts(layer.inputs, tile.invocations(groups), busy);
                let groups = [groups[0], groups[1], groups[2] * parts as u32];
                run(of_layer(FORWARD, l), l, (0, parts as u32), groups);
                if parts > 1 {
                    run(of_layer(ACTIVATE, l), l, (0, parts as u32), slices(count * layer.outputs));
                }
                let has_kinks = layer.activation == Activation::Relu;
                if layer.activation.bound().is_none() && l + 1 < layers.len() || has_kinks {
                    run(of_layer(SCALES, l), l, (0, 0), slices(count));
                }
            }
            run(LOSS, 0, (0, 0), [points as u32, 1, 1]);
            if !request.gradient {
                continue;
            }
            // All slopes before any response: those of a layer start from the next one's.
            for (l, layer) in layers.iter().enumerate().rev().filter(|(l, _)| settings[*l].is_linear) {
                let groups = match l + 1 < layers.len() {
                    true => self.forward_tile(l, request.limits).groups(count, layer.outputs, points),
                    false => slices(count * layer.outputs),
                };
                run(of_layer(SLOPES, l), l, (0, 0), groups);
            }
            for (l, layer) in layers.iter().enumerate() {
                // As many nodes at a time as loops may take.
                let nodes = match settings[l].is_linear && !self.may_doubt(l) {
                    true => 0,
                    false => settings[l].nodes.max(1),
                };
                let each = (limit / (2 * self.iterations[l] + 1)).clamp(1, 4) as u32;
                for from in (0..nodes).step_by(each as usize) {
                    let part = (from, (from + each).min(nodes));
                    run(of_layer(RESPONSES, l), l, part, slices(count * layer.outputs));
                }
                let groups =
                    self.contraction_tile(l, request.limits).groups(self.rows(l), layer.outputs, points);
                run(of_layer(CONTRACTION, l), l, (0, 0), groups);
            }
            for (l, layer) in layers.iter().enumerate() {
                if !self.may_doubt(l) && settings[l].nodes > 0 {
                    continue;
                }
                let each = (limit / (2 * self.iterations[l] + 1)).max(1) as usize;
                for from in (0..count).step_by(each) {
                    let part = (from as u32, (from + each).min(count) as u32);
                    run(of_layer(KINKS, l), l, part, slices(self.rows(l) * layer.outputs));
                }
            }
        }
        ProgramPlan { settings: settings.iter().map(|layer| layer.row).collect(), launches }
    }

    /// Whether the response of a term may turn out to be no polynomial: relus have kinks, and of inputs without a bound the
    /// scale is a guess.
    pub(super) fn may_doubt(&self, l: usize) -> bool {
        let layers = self.architecture.layers();
        let has_kinks = layers[l..].iter().any(|layer| layer.activation == Activation::Relu);
        let is_guess = l > 0 && layers[l - 1].activation.bound().is_none();
        has_kinks || is_guess
    }

    /// Rows of the weights of a layer, its biases included.
    pub(super) fn rows(&self, l: usize) -> usize {
        self.architecture.layers()[l].inputs + usize::from(self.architecture.has_biases())
    }
}
