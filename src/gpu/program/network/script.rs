//! Which kernels run in which order, for gradients and for descents.

use super::super::buffers::{PmStep, linear};
use super::super::product::Product;
use super::super::{Request, Script};
use super::{KERNELS, NetworkProgram};
use crate::error::Result;
use crate::gpu::context::Gpu;
use crate::objective::Activation;

/// Which kernel is which among the pipelines: five of the program, three of a descent, then five for each layer.
const GATHER: usize = 0;
const LOSS: usize = 1;
const VALUES: usize = 2;
const DESCEND: usize = 3;
const LAYERS: usize = 6;

impl NetworkProgram {
    pub(in crate::gpu::program) fn script(&self, gpu: &Gpu, request: &Request<'_>) -> Result<Script> {
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
                        let slot = script.push(part);
                        script.run(kernel(4, l), slot, l, slices(rows * layer.outputs));
                    }
                }
            }
            if request.rate.is_some() {
                let slot = script.steps.len() - 1;
                script.run(DESCEND, slot, 0, linear(all));
                script.run(DESCEND + 1, slot, 0, [(points as u32).div_ceil(64), 1, 1]);
                script.run(DESCEND + 2, slot, 0, linear(all));
            }
        }
        Ok(script)
    }
}
