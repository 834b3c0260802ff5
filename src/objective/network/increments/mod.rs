//! Increments of a network's loss on the host: the forward pass once, then unit responses and their contraction with
//! the inputs (`fit.rs` says how), in matrix products, on all cores. One weight by itself: `oracle.rs`.

mod chunk;
mod contraction;
mod linear;
mod oracle;
mod product;
mod response;
mod responses;

use std::sync::Arc;

use rayon::prelude::*;

use self::chunk::Chunk;
pub(super) use self::product::{Product, View};
use self::responses::{Reach, Responses};
use super::{Architecture, Loss, Network};
use crate::difference::{Scheme, Steps};
use crate::numeric::Real;
use crate::objective::{Increments, IncrementsAt, Selection};

/// Samples of a task at most. A constant, so that sums are the same on every machine.
const TASK: usize = 64;

/// The selected samples, laid out for matrix products.
pub(super) struct Batch<T> {
    pub(super) architecture: Arc<Architecture>,
    count: usize,
    /// `[sample][feature]`
    inputs: Vec<T>,
    /// The classes, if the loss is cross-entropy.
    classes: Vec<u32>,
    /// `[sample][output]`: the target values, if the loss is the squared error.
    targets: Vec<T>,
}

/// Increments of a network over the selected samples, `L` lanes at a time.
pub(super) struct NetworkIncrements<T, const L: usize> {
    batch: Batch<T>,
}

impl<T: Real, const L: usize> NetworkIncrements<T, L> {
    pub(super) fn new(network: &Network, selection: Selection<'_>) -> Self {
        let (architecture, samples) = (&network.architecture, &network.samples);
        let count = selection.len(samples.len());
        let features = architecture.inputs();
        let levels = samples.levels::<T>();
        let mut inputs = vec![T::ZERO; count * features];
        inputs.par_chunks_exact_mut(features).with_min_len(32).enumerate().for_each(|(s, row)| {
            samples.read_into(selection.index(s), &levels, row);
        });
        let (mut classes, mut targets) = (Vec::new(), Vec::new());
        match (architecture.loss(), samples.classes()) {
            (Loss::SoftmaxCrossEntropy, Some(all)) => {
                classes = (0..count).map(|s| all[selection.index(s)]).collect();
            }
            _ => {
                let outputs = architecture.outputs();
                targets = (0..count * outputs)
                    .map(|i| T::of(samples.target(selection.index(i / outputs), i % outputs)))
                    .collect();
            }
        }
        let architecture = Arc::clone(architecture);
        NetworkIncrements { batch: Batch { architecture, count, inputs, classes, targets } }
    }
}

impl<T: Product, const L: usize> Increments<T> for NetworkIncrements<T, L> {
    fn at<'s>(&'s self, x: &'s [T]) -> Box<dyn IncrementsAt<T> + 's> {
        let batch = &self.batch;
        // Of equal sizes, so that no core waits long for another.
        let each = batch.count.div_ceil(batch.count.div_ceil(TASK));
        let starts: Vec<usize> = (0..batch.count).step_by(each).collect();
        let chunks: Vec<Chunk<T>> = starts
            .into_par_iter()
            .map(|first| Chunk::forward::<L>(batch, x, first, each.min(batch.count - first)))
            .collect();
        Box::new(At::<T, L> { batch, parameters: x, chunks })
    }
}

/// A network at one point.
struct At<'a, T, const L: usize> {
    batch: &'a Batch<T>,
    parameters: &'a [T],
    chunks: Vec<Chunk<T>>,
}

impl<T: Product, const L: usize> IncrementsAt<T> for At<'_, T, L> {
    fn value(&self) -> T {
        let sum = self.chunks.iter().fold(T::ZERO, |sum, chunk| sum + chunk.loss);
        sum / T::of(self.batch.count as f64)
    }

    fn increment(&self, axis: usize, delta: T) -> T {
        oracle::increment(self.batch, self.parameters, &self.chunks, axis, delta)
    }

    fn quotients(&self, scheme: Scheme, steps: Steps<'_, T>, quotients: &mut [T]) {
        let reach = Reach::new(&self.batch.architecture, self.parameters, steps);
        let responses: Vec<Responses<T>> = self
            .chunks
            .par_iter()
            .map(|chunk| Responses::new::<L>(self.batch, self.parameters, chunk, scheme, &reach))
            .collect();
        contraction::contract::<T, L>(self, &responses, scheme, steps, &reach, quotients);
    }
}
