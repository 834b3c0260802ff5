//! Some samples forward and back through the layers.

use super::activation::{Activated, activated};
use super::loss;
use super::product::{depth, product};
use super::{Network, Sums};
use crate::objective::enclosure::{LEAST, UNIT, WRITTEN};
use crate::objective::network::{Layer, Loss};

/// What all samples share.
pub(super) struct Sweep<'a> {
    pub(super) network: &'a Network,
    /// The parameters.
    pub(super) x: &'a [f64],
    /// Their absolute values.
    pub(super) sizes: &'a [f64],
    /// What a sum over all samples may be off, relative to that of absolute values.
    pub(super) sum: f64,
}

/// Numbers and bounds of their errors, `[sample][unit]`.
#[derive(Default)]
struct Numbers {
    values: Vec<f64>,
    errors: Vec<f64>,
}

impl Numbers {
    fn zeros(count: usize) -> Self {
        Numbers { values: vec![0.0; count], errors: vec![0.0; count] }
    }

    /// Absolute values times `part`, and errors times `whole`.
    fn sizes(&self, part: f64, whole: f64) -> Vec<f64> {
        let both = self.values.iter().zip(&self.errors);
        both.map(|(value, error)| part * value.abs() + whole * error).collect()
    }
}

impl Sweep<'_> {
    /// Adds the gradients of these samples' losses.
    pub(super) fn add(&self, samples: &[usize], levels: &[f64], sums: &mut Sums) {
        let architecture = &*self.network.architecture;
        let inputs = self.inputs(samples, levels);
        let mut activations: Vec<Numbers> = vec![inputs];
        let mut slopes: Vec<Vec<Activated>> = Vec::new();
        for (layer, before) in architecture.layers().iter().zip(0..) {
            let sums = self.forward(layer, samples.len(), &activations[before]);
            let mut units: Vec<Activated> = Vec::with_capacity(sums.values.len());
            let both = sums.values.iter().zip(&sums.errors);
            units.extend(both.map(|(&z, &e)| activated(layer.activation, z, e)));
            activations.push(Numbers {
                values: units.iter().map(|unit| unit.value).collect(),
                errors: units.iter().map(|unit| unit.error).collect(),
            });
            slopes.push(units);
        }
        let Some(outputs) = activations.pop() else { return };
        let mut changes = self.losses(samples, &outputs);
        // From the last layer back; `changes` is the slope of the loss along its activations.
        for ((layer, units), before) in architecture.layers().iter().zip(&slopes).zip(&activations).rev() {
            for ((value, error), unit) in changes.values.iter_mut().zip(&mut changes.errors).zip(units) {
                let change = unit.slope * *value;
                *error = (unit.slope + unit.wobble) * *error
                    + unit.wobble * value.abs()
                    + UNIT * change.abs()
                    + LEAST;
                *value = change;
            }
            self.contract(layer, samples.len(), before, &changes, sums);
            if layer.offset > 0 {
                changes = self.backward(layer, samples.len(), &changes);
            }
        }
    }

    fn inputs(&self, samples: &[usize], levels: &[f64]) -> Numbers {
        let features = self.network.samples.width();
        let mut inputs = Numbers::zeros(samples.len() * features);
        for (row, &sample) in inputs.values.chunks_exact_mut(features).zip(samples) {
            self.network.samples.read_into(sample, levels, row);
        }
        inputs
            .errors
            .iter_mut()
            .zip(&inputs.values)
            .for_each(|(error, value)| *error = WRITTEN * value.abs());
        inputs
    }

    /// The sums of a layer: a·W + b.
    fn forward(&self, layer: &Layer, count: usize, before: &Numbers) -> Numbers {
        let Layer { inputs, outputs, .. } = *layer;
        let weights = layer.offset..layer.bias_offset();
        let rounding = depth(inputs) as f64 * UNIT;
        let mut sums = Numbers::zeros(count * outputs);
        sums.errors.fill(LEAST);
        if self.network.architecture.has_biases() {
            let bias = &self.x[layer.bias_offset()..][..outputs];
            for (values, errors) in
                sums.values.chunks_exact_mut(outputs).zip(sums.errors.chunks_exact_mut(outputs))
            {
                values.copy_from_slice(bias);
                errors.iter_mut().zip(bias).for_each(|(error, bias)| *error += rounding * bias.abs());
            }
        }
        let (size, to) = ((count, inputs, outputs), (outputs, 1));
        let by = (inputs, 1);
        product(size, (&before.values, by), (&self.x[weights.clone()], to), (&mut sums.values, to));
        product(size, (&before.sizes(rounding, 1.0), by), (&self.sizes[weights], to), (&mut sums.errors, to));
        sums
    }

    /// The slope of the loss along the inputs of a layer: δ·Wᵀ.
    fn backward(&self, layer: &Layer, count: usize, changes: &Numbers) -> Numbers {
        let Layer { inputs, outputs, .. } = *layer;
        let weights = layer.offset..layer.bias_offset();
        let rounding = depth(outputs) as f64 * UNIT;
        let mut back = Numbers::zeros(count * inputs);
        back.errors.fill(LEAST);
        let (size, by, to) = ((count, outputs, inputs), (outputs, 1), (inputs, 1));
        let turned = (1, outputs);
        product(size, (&changes.values, by), (&self.x[weights.clone()], turned), (&mut back.values, to));
        product(
            size,
            (&changes.sizes(rounding, 1.0), by),
            (&self.sizes[weights], turned),
            (&mut back.errors, to),
        );
        back
    }

    /// Adds the gradient along the weights and biases of a layer: aᵀ·δ, and δ.
    fn contract(&self, layer: &Layer, count: usize, before: &Numbers, changes: &Numbers, sums: &mut Sums) {
        let Layer { inputs, outputs, .. } = *layer;
        let own = layer.offset..layer.bias_offset();
        let (size, turned, by) = ((inputs, count, outputs), (1, inputs), (outputs, 1));
        product(size, (&before.values, turned), (&changes.values, by), (&mut sums.values[own.clone()], by));
        // |a|(p + Du|δ|) + e(|δ| + p): of the inputs, whose e is a part of |a|, in one product.
        let bounds = &mut sums.bounds[own];
        let sizes = before.sizes(1.0, 0.0);
        if layer.offset == 0 {
            let changes = changes.sizes(self.sum + WRITTEN, 1.0 + WRITTEN);
            product(size, (&sizes, turned), (&changes, by), (bounds, by));
        } else {
            product(size, (&sizes, turned), (&changes.sizes(self.sum, 1.0), by), (&mut *bounds, by));
            product(size, (&before.errors, turned), (&changes.sizes(1.0, 1.0), by), (bounds, by));
        }
        if self.network.architecture.has_biases() {
            // Their input is 1.
            let own = layer.bias_offset()..layer.bias_offset() + outputs;
            let ones = vec![1.0; count];
            let size = (1, count, outputs);
            product(size, (&ones, (1, 1)), (&changes.values, by), (&mut sums.values[own.clone()], by));
            let changes = changes.sizes(self.sum, 1.0);
            product(size, (&ones, (1, 1)), (&changes, by), (&mut sums.bounds[own], by));
        }
    }

    /// The slope of each sample's loss along its outputs.
    fn losses(&self, samples: &[usize], outputs: &Numbers) -> Numbers {
        let (architecture, data) = (&*self.network.architecture, &self.network.samples);
        let width = architecture.outputs();
        let mut changes = Numbers::zeros(outputs.values.len());
        let out = changes.values.chunks_exact_mut(width).zip(changes.errors.chunks_exact_mut(width));
        let at = outputs.values.chunks_exact(width).zip(outputs.errors.chunks_exact(width));
        for ((&sample, (values, errors)), (slopes, bounds)) in samples.iter().zip(at).zip(out) {
            match (architecture.loss(), data.classes()) {
                (Loss::SoftmaxCrossEntropy, Some(classes)) => {
                    loss::softmax(values, errors, classes[sample] as usize, slopes, bounds);
                }
                _ => loss::squared(values, errors, |k| data.target(sample, k), slopes, bounds),
            }
        }
        changes
    }
}
