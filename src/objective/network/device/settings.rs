//! The settings of each layer: the fit of its responses, from the parameters at hand.

use super::Shape;
use crate::difference::Scheme;
use crate::numeric::{Real, vector};
use crate::objective::network::Activation;
use crate::objective::network::fit::{Fit, Spread};
use crate::objective::{ProgramPoints, ProgramRequest, SETTINGS, settings};

/// Pairs of nodes for which `PmLayer` has room; responses for which a fit would take more are evaluated element by element.
const NODES: usize = 4;

/// Weights of the nodes, for each power.
const POWERS: usize = 8;

/// `PmLayer` in `shaders/network/gradient.wgsl`.
#[derive(Clone, Copy, Debug)]
pub(super) struct PmLayer<T> {
    node: [T; NODES],
    weights: [[T; NODES]; POWERS],
    largest: T,
    inverse: T,
    bound: T,
    farthest: T,
    moves: T,
    nodes: u32,
    powers: u32,
    linear: u32,
}

/// What the plan has to know of a layer.
pub(super) struct Planned {
    /// Pairs of nodes; none if responses are evaluated element by element.
    pub(super) nodes: u32,
    /// Whether only the linear parts of responses matter.
    pub(super) is_linear: bool,
    pub(super) row: [u32; SETTINGS],
}

impl<T: Real> PmLayer<T> {
    /// Settings for steps of at most `largest`, parameters of at most `bound`, inputs of about `scale` and responses of
    /// that steepness (1 over the distance to the nearest singularity). Where a sample's inputs turn out so much larger
    /// that the fit would not do, the device evaluates element by element.
    fn new(largest: f64, bound: T, scale: f64, steepness: f64, scheme: Scheme) -> Self {
        let mut layer = PmLayer {
            node: [T::ZERO; NODES],
            weights: [[T::ZERO; NODES]; POWERS],
            largest: T::of(largest),
            inverse: T::of(1.0 / largest),
            bound,
            farthest: T::ZERO,
            moves: T::ZERO,
            nodes: 0,
            powers: 0,
            linear: 0,
        };
        let precision = T::PRECISION;
        let count = Fit::nodes_for(largest * scale * steepness, precision).filter(|&count| count <= NODES);
        let Some(count) = count else { return layer };
        let fit = Fit::new(count, scheme);
        layer.farthest = T::of((Fit::farthest(count, precision) / steepness).min(1e30));
        layer.nodes = fit.nodes.len() as u32;
        layer.powers = fit.powers.len() as u32;
        layer.node.iter_mut().zip(&fit.nodes).for_each(|(to, &node)| *to = T::of(node));
        for (to, (_, weights)) in layer.weights.iter_mut().zip(&fit.powers) {
            to.iter_mut().zip(weights).for_each(|(to, &weight)| *to = T::of(weight));
        }
        layer
    }

    fn planned(&self) -> Planned {
        let PmLayer { node, weights, largest, inverse, bound, farthest, moves, nodes, powers, linear } =
            *self;
        let mut numbers = [node.as_slice(), weights.as_flattened()].concat();
        numbers.extend([largest, inverse, bound, farthest, moves]);
        Planned { nodes, is_linear: linear == 1, row: settings(&numbers, &[nodes, powers, linear]) }
    }
}

impl Shape<'_> {
    /// Settings of each layer, from the parameters of the request's points.
    pub(super) fn settings(&self, request: &ProgramRequest<'_>, largest_scale: f64) -> Vec<Planned> {
        match request.points {
            ProgramPoints::F32(points) => self.settings_at(points, request, largest_scale),
            ProgramPoints::F64(points) => self.settings_at(points, request, largest_scale),
        }
    }

    fn settings_at<T: Real>(
        &self,
        points: &[T],
        request: &ProgramRequest<'_>,
        largest_scale: f64,
    ) -> Vec<Planned> {
        let layers = self.architecture.layers();
        let n = self.architecture.parameters();
        // A descent may take the parameters up to the bound, and every response twice as far, before it halts.
        let growth = if request.descends { 2.0 } else { 1.0 };
        let mut largest = vec![T::ONE; layers.len()];
        let mut steep = vec![0.0f64; layers.len()];
        let mut bend = steep.clone();
        let mut moves = steep.clone();
        for parameters in points.chunks_exact(n) {
            let spread = Spread::new(self.architecture, parameters);
            for l in 0..layers.len() {
                steep[l] = steep[l].max(spread.steepness[l]);
                bend[l] = bend[l].max(spread.bend(l, request.scheme));
                let later = spread.moves[l].iter().enumerate().skip(1);
                for (ahead, own) in
                    later.filter(|(ahead, _)| layers[l + ahead].activation == Activation::Relu)
                {
                    moves[l] = moves[l].max(own * f64::powi(growth, ahead as i32));
                }
                let end = layers.get(l + 1).map_or(n, |next| next.offset);
                largest[l] = vector::largest_magnitude(&parameters[layers[l].offset..end], largest[l]);
            }
        }
        // The device knows one bound for all parameters.
        let bound = T::of(growth) * vector::largest_magnitude(&largest, T::ONE);
        let mut settings = Vec::with_capacity(layers.len());
        // From the last on: a layer is linear if what follows is, too.
        let mut linear = true;
        for l in (0..layers.len()).rev() {
            let most = if request.descends { bound } else { largest[l] };
            let largest_step = request.step.at(most.to_f64());
            let scale = match l {
                0 => largest_scale,
                // Of activations without a bound this is a guess, and the device looks at each sample.
                _ => layers[l - 1].activation.bound().unwrap_or(16.0),
            };
            let (steep, bend) = (steep[l] * growth, bend[l] * growth);
            let scheme = request.scheme;
            let mut layer = PmLayer::<T>::new(largest_step, bound, scale, steep, scheme);
            linear = linear && Fit::is_linear(largest_step * scale * bend, scheme, T::PRECISION);
            if linear {
                layer.linear = 1;
                // Twice: how far they move is rounded.
                layer.moves = T::of((2.0 * moves[l]).min(1e30));
                layer.farthest = T::of((Fit::farthest_linear(scheme, T::PRECISION) / bend).min(1e30));
                if !self.may_doubt(l) {
                    layer.powers = 1;
                }
            }
            settings.push(layer.planned());
        }
        settings.reverse();
        settings
    }
}
