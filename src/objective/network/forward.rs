//! The network in f64 by matrix products, and its gradient by backpropagation: the witnesses against which
//! kernels are tested. No code is shared with them.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView1, Axis};
use rayon::prelude::*;

use super::{Activation, Architecture, Loss, Network, Samples};
use crate::error::{Error, Result};
use crate::numeric::work;
#[cfg(feature = "cli")]
use crate::team::{Held, Team, share};

/// Samples taken at once: bounds the memory of a pass over a large set.
const CHUNK: usize = 1024;

fn chunks_of(samples: &Samples) -> Vec<Range<usize>> {
    let count = samples.len();
    (0..count).step_by(CHUNK).map(|start| start..(start + CHUNK).min(count)).collect()
}

impl Activation {
    fn apply(self, z: f64) -> f64 {
        match self {
            Activation::Identity => z,
            Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Activation::Tanh => z.tanh(),
            // Not `max`, which turns NaN into 0.
            Activation::Relu => {
                if z < 0.0 {
                    0.0
                } else {
                    z
                }
            }
            Activation::Softplus => z.max(0.0) + (-z.abs()).exp().ln_1p() + 0.0 * z,
        }
    }

    /// The derivative, from z and the activation at z.
    fn slope(self, z: f64, a: f64) -> f64 {
        match self {
            Activation::Identity => 1.0,
            Activation::Sigmoid => a * (1.0 - a),
            Activation::Tanh => 1.0 - a * a,
            Activation::Relu => f64::from(u8::from(z > 0.0)),
            Activation::Softplus => 1.0 / (1.0 + (-z).exp()),
        }
    }
}

/// How many samples have their largest output at their class (the first of equals counts).
fn count_right(outputs: &Array2<f64>, classes: &[u32]) -> usize {
    let is_right = |(row, class): &(ArrayView1<'_, f64>, &u32)| {
        let best = row.iter().enumerate().fold(0, |best, (k, y)| if *y > row[best] { k } else { best });
        best == **class as usize
    };
    outputs.rows().into_iter().zip(classes).filter(is_right).count()
}

/// What one layer saw and made of it.
struct Pass {
    sums: Array2<f64>,
    activations: Array2<f64>,
}

impl Architecture {
    fn passes(&self, parameters: &[f64], inputs: &Array2<f64>) -> Result<Vec<Pass>> {
        let views = self.views(parameters)?;
        let mut arrays = views.iter();
        let mut passes: Vec<Pass> = Vec::new();
        for layer in self.layers() {
            let before = passes.last().map_or(inputs, |pass| &pass.activations);
            let mut sums = Array2::zeros((before.nrows(), layer.outputs));
            if let Some(weights) = arrays.next() {
                work::add(|| 2 * (sums.len() * before.ncols()) as u64);
                sums = before.dot(&weights.values);
            }
            if self.has_biases()
                && let Some(bias) = arrays.next()
            {
                sums += &bias.values;
            }
            let activations = sums.mapv(|z| layer.activation.apply(z));
            passes.push(Pass { sums, activations });
        }
        Ok(passes)
    }

    /// The outputs of the last layer (before any softmax) for `inputs` of shape `[samples, features]`:
    /// `[samples, outputs]`, in f64.
    ///
    /// # Errors
    /// [`Error::Usage`] if the parameters or the features are not as many as the network has.
    pub fn answers(&self, parameters: &[f64], inputs: &Array2<f64>) -> Result<Array2<f64>> {
        if inputs.ncols() != self.inputs() {
            return Err(Error::usage(format!(
                "the inputs have {} features, but network {self} takes {}",
                inputs.ncols(),
                self.inputs()
            )));
        }
        let mut passes = self.passes(parameters, inputs)?;
        passes.pop().map(|pass| pass.activations).ok_or_else(|| Error::usage("the network has no layer"))
    }
}

impl Network {
    /// The outputs of the last layer: [`Architecture::answers`].
    ///
    /// # Errors
    /// [`Error::Usage`] if the parameters or the features are not as many as the network has.
    pub fn outputs(&self, parameters: &[f64], inputs: &Array2<f64>) -> Result<Array2<f64>> {
        self.architecture.answers(parameters, inputs)
    }

    /// The share of samples whose largest output is their class (the first of equals counts).
    ///
    /// # Errors
    /// [`Error::Usage`] if the targets are not classes or the shapes do not fit.
    pub fn accuracy(&self, parameters: &[f64], samples: &Samples) -> Result<f64> {
        let classes =
            samples.classes().ok_or_else(|| Error::usage("accuracy needs classes as targets, not values"))?;
        let right = self.over_chunks(samples, chunks_of(samples), |rows, inputs| {
            Ok(count_right(&self.outputs(parameters, inputs)?, &classes[rows]))
        })?;
        Ok(right.into_iter().sum::<usize>() as f64 / samples.len() as f64)
    }

    /// The mean loss over all samples, in f64, and of classes the accuracy, in one pass. The ranks of a team share the chunks, and find the same
    /// as one alone. `held` says which of the samples of all ranks these are, if not all.
    ///
    /// # Errors
    /// [`Error::Usage`] unless there are as many parameters as the network has.
    #[cfg(feature = "cli")]
    pub(crate) fn loss_and_accuracy(
        &self,
        parameters: &[f64],
        team: &dyn Team,
        held: Option<&Held>,
    ) -> Result<(f64, Option<f64>)> {
        let classes = self.samples.classes();
        let (own, count) = match held {
            Some(held) => {
                let (pieces, own) = held.pieces(CHUNK);
                let first = held.here().start;
                let own = pieces[own].iter().map(|range| range.start - first..range.end - first);
                (own.collect(), held.terms())
            }
            None => {
                let chunks = chunks_of(&self.samples);
                (chunks[share(team.rank(), team.size(), chunks.len())].to_vec(), self.samples.len())
            }
        };
        let parts = self.over_chunks(&self.samples, own, |rows, inputs| {
            let outputs = self.outputs(parameters, inputs)?;
            let right = classes.map_or(0, |classes| count_right(&outputs, &classes[rows.clone()]));
            Ok([self.loss_of(&outputs, rows), right as f64])
        })?;
        let sent = parts.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        let all = team.all_gather(sent)?.concat();
        let mut numbers =
            all.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap_or_default()));
        let (mut loss, mut right) = (0.0, 0.0);
        while let (Some(one), Some(other)) = (numbers.next(), numbers.next()) {
            (loss, right) = (loss + one, right + other);
        }
        let count = count as f64;
        Ok((loss / count, classes.map(|_| right / count)))
    }

    /// What comes of chunks of samples, on all cores, in order.
    fn over_chunks<R: Send>(
        &self,
        samples: &Samples,
        chunks: Vec<Range<usize>>,
        part: impl Fn(Range<usize>, &Array2<f64>) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        chunks.into_par_iter().map(|rows| part(rows.clone(), &samples.inputs(rows)?)).collect()
    }

    /// The mean loss over all samples, in f64; NaN if the number of parameters is wrong.
    pub(super) fn mean_loss(&self, parameters: &[f64]) -> f64 {
        let parts = self.over_chunks(&self.samples, chunks_of(&self.samples), |rows, inputs| {
            Ok(self.loss_of(&self.outputs(parameters, inputs)?, rows))
        });
        parts.map_or(f64::NAN, |parts| parts.into_iter().sum::<f64>() / self.samples.len() as f64)
    }

    /// The sum of the losses of samples with these outputs.
    fn loss_of(&self, outputs: &Array2<f64>, rows: Range<usize>) -> f64 {
        outputs.rows().into_iter().zip(rows).map(|(y, s)| self.sample_loss(y, s)).sum()
    }

    fn sample_loss(&self, y: ArrayView1<'_, f64>, s: usize) -> f64 {
        match self.architecture.loss() {
            Loss::SoftmaxCrossEntropy => {
                let most = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = y.iter().map(|v| (v - most).exp()).sum();
                let right: f64 =
                    y.iter().enumerate().map(|(k, v)| self.samples.target(s, k) * (v - most)).sum();
                sum.ln() - right
            }
            Loss::MeanSquaredError => {
                let squares = y.iter().enumerate().map(|(k, v)| (v - self.samples.target(s, k)).powi(2));
                squares.sum::<f64>() / y.len() as f64
            }
        }
    }

    /// The exact gradient of the mean loss by backpropagation in f64, to compare with. At a kink (relu at 0) it
    /// is the derivative from the left.
    ///
    /// # Errors
    /// [`Error::Usage`] unless there are as many parameters as the network has.
    pub fn analytic_gradient(&self, parameters: &[f64]) -> Result<Array1<f64>> {
        let inputs = self.samples.inputs(0..self.samples.len())?;
        let passes = self.architecture.passes(parameters, &inputs)?;
        let views = self.architecture.views(parameters)?;
        let mut gradient = Array1::zeros(parameters.len());
        let scale = 1.0 / self.samples.len() as f64;
        // The derivative of the loss by the activations of the layer at hand.
        let mut slope = passes.last().map_or(Array2::zeros((0, 0)), |pass| pass.activations.clone());
        for (s, mut row) in slope.rows_mut().into_iter().enumerate() {
            match self.architecture.loss() {
                Loss::SoftmaxCrossEntropy => {
                    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    row.mapv_inplace(|v| (v - most).exp());
                    let sum = row.sum();
                    row.indexed_iter_mut()
                        .for_each(|(k, v)| *v = scale * (*v / sum - self.samples.target(s, k)));
                }
                Loss::MeanSquaredError => {
                    let m = row.len() as f64;
                    row.indexed_iter_mut()
                        .for_each(|(k, v)| *v = scale * 2.0 / m * (*v - self.samples.target(s, k)));
                }
            }
        }
        for (i, layer) in self.architecture.layers().iter().enumerate().rev() {
            let pass = &passes[i];
            ndarray::Zip::from(&mut slope)
                .and(&pass.sums)
                .and(&pass.activations)
                .for_each(|d, &z, &a| *d *= layer.activation.slope(z, a));
            let before = if i == 0 { &inputs } else { &passes[i - 1].activations };
            let weights = before.t().dot(&slope);
            for (to, from) in gradient.iter_mut().skip(layer.offset).zip(&weights) {
                *to = *from;
            }
            if self.architecture.has_biases() {
                for (to, from) in gradient.iter_mut().skip(layer.bias_offset()).zip(&slope.sum_axis(Axis(0)))
                {
                    *to = *from;
                }
            }
            let name = format!("W{}", i + 1);
            if let Some(view) = views.iter().find(|view| view.name == name) {
                slope = slope.dot(&view.values.t());
            }
        }
        Ok(gradient)
    }
}
