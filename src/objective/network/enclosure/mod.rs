//! The gradient of a network's loss, enclosed: a forward and a backward sweep in f64, each number with a bound of its error
//! (Wilkinson's running error analysis, layer by layer).
//!
//! Of each number v a sweep has the computed one, ṽ, and e ≥ |ṽ - v|, where v is what exact arithmetic would give, of the
//! data as they are written and the parameters as they are. The sums of a layer come with those of absolute values: an
//! n-fold sum in f64 is off by at most D(n)·u·Σ|aᵢ||wᵢ| for its own rounding ([`product`]) and Σ|wᵢ|eᵢ for that of the aᵢ.
//! Activations and losses are bounded by what their slopes can be within e ([`activation`], [`loss`]).

mod activation;
mod loss;
mod product;
mod sweep;

use self::product::depth;
use self::sweep::Sweep;
use super::Network;
use crate::objective::enclosure::{LEAST, UNIT};
use crate::objective::{Enclosed, Enclosures, Selection};

/// Samples of a sweep.
const CHUNK: usize = 32;

/// Samples whose gradients are added up one sweep after the other, at least; the sums of more are added up along a binary
/// tree.
const TASK: usize = 64;

/// Parameters for each further sample of a task: what many sums are worth that would have to be kept.
const PARAMETERS: usize = 1024;

pub(super) struct NetworkEnclosures<'a> {
    network: &'a Network,
    /// The selected samples.
    selected: Vec<usize>,
    /// What bytes stand for; empty if the features are no bytes.
    levels: Vec<f64>,
}

/// A gradient that is not yet divided by the number of samples, and bounds of its errors.
struct Sums {
    values: Vec<f64>,
    bounds: Vec<f64>,
}

impl Sums {
    fn and(mut self, other: &Sums) -> Self {
        self.values.iter_mut().zip(&other.values).for_each(|(sum, other)| *sum += other);
        self.bounds.iter_mut().zip(&other.bounds).for_each(|(sum, other)| *sum += other);
        self
    }
}

impl<'a> NetworkEnclosures<'a> {
    pub(super) fn new(network: &'a Network, selection: Selection<'_>) -> Self {
        let count = selection.len(network.samples.len());
        NetworkEnclosures {
            network,
            selected: (0..count).map(|s| selection.index(s)).collect(),
            levels: network.samples.levels(),
        }
    }

    /// The sums over some samples, in halves of whole tasks.
    fn tree(&self, sweep: &Sweep<'_>, task: usize, selected: &[usize]) -> Sums {
        if selected.len() <= task {
            let mut sums = Sums { values: vec![0.0; sweep.x.len()], bounds: vec![0.0; sweep.x.len()] };
            selected.chunks(CHUNK).for_each(|chunk| sweep.add(chunk, &self.levels, &mut sums));
            return sums;
        }
        let half = selected.len().div_ceil(task).div_ceil(2) * task;
        let (left, right) = selected.split_at(half);
        let (left, right) = rayon::join(|| self.tree(sweep, task, left), || self.tree(sweep, task, right));
        left.and(&right)
    }
}

impl Enclosures for NetworkEnclosures<'_> {
    fn at(&self, x: &[f64], gradient: &mut [Enclosed]) {
        let count = self.selected.len();
        let task = (x.len() / PARAMETERS).clamp(TASK, 1 << 12).next_multiple_of(CHUNK);
        let tasks = count.div_ceil(task);
        // Within a chunk, from chunk to chunk of a task, and up the tree.
        let roundings = depth(count.min(CHUNK))
            + count.min(task).div_ceil(CHUNK)
            + tasks.next_power_of_two().ilog2() as usize;
        let sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
        let sweep = Sweep { network: self.network, x, sizes: &sizes, sum: roundings as f64 * UNIT };
        let sums = self.tree(&sweep, task, &self.selected);
        let count = count as f64;
        for (enclosed, (sum, bound)) in gradient.iter_mut().zip(sums.values.iter().zip(&sums.bounds)) {
            let mean = sum / count;
            *enclosed = Enclosed::new(mean, bound / count + UNIT * mean.abs() + LEAST);
        }
    }
}
