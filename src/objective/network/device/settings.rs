//! The settings of each layer: the fit of its responses, from the parameters at hand.

use bytemuck::{Pod, Zeroable};

use super::Shape;
use crate::difference::Scheme;
use crate::numeric::{Precision, vector};
use crate::objective::network::Activation;
use crate::objective::network::fit::{Fit, Spread};
use crate::objective::{ProgramRequest, SETTINGS};

/// `PmLayer` in `shaders/network/gradient.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct PmLayer {
    largest: f32,
    inverse: f32,
    nodes: u32,
    powers: u32,
    bound: f32,
    farthest: f32,
    linear: u32,
    moves: f32,
    node: [f32; 4],
    weights: [[f32; 4]; 8],
}

impl PmLayer {
    /// Pairs of nodes; none if responses are evaluated element by element.
    pub(super) fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Settings for steps of at most `largest`, parameters of at most `bound`, inputs of about `scale` and responses of
    /// that steepness (1 over the distance to the nearest singularity). Where a sample's inputs turn out so much larger
    /// that the fit would not do, the device evaluates element by element.
    pub(super) fn new(largest: f64, bound: f32, scale: f64, steepness: f64, scheme: Scheme) -> Self {
        let mut layer =
            PmLayer { largest: largest as f32, inverse: (1.0 / largest) as f32, bound, ..Zeroable::zeroed() };
        let Some(count) = Fit::nodes_for(largest * scale * steepness, Precision::F32) else { return layer };
        let fit = Fit::new(count, scheme);
        layer.farthest = (Fit::farthest(count, Precision::F32) / steepness).min(1e30) as f32;
        layer.nodes = fit.nodes.len() as u32;
        layer.powers = fit.powers.len() as u32;
        layer.node.iter_mut().zip(&fit.nodes).for_each(|(to, &node)| *to = node as f32);
        for (to, (_, weights)) in layer.weights.iter_mut().zip(&fit.powers) {
            to.iter_mut().zip(weights).for_each(|(to, &weight)| *to = weight as f32);
        }
        layer
    }

    /// Whether only the linear parts of responses matter.
    pub(super) fn is_linear(&self) -> bool {
        self.linear == 1
    }

    /// A row of settings.
    pub(super) fn row(&self) -> [u32; SETTINGS] {
        let mut row = [0; SETTINGS];
        let words: &[u32] = bytemuck::cast_slice(std::slice::from_ref(self));
        row[..words.len()].copy_from_slice(words);
        row
    }
}

impl Shape<'_> {
    /// Settings of each layer, from the parameters of the request's points.
    pub(super) fn settings(&self, request: &ProgramRequest<'_>, largest_scale: f32) -> Vec<PmLayer> {
        let layers = self.architecture.layers();
        let n = self.architecture.parameters();
        // A descent may take the parameters up to the bound, and every response twice as far, before it halts.
        let growth: f32 = if request.descends { 2.0 } else { 1.0 };
        let mut largest = vec![1.0f32; layers.len()];
        let mut steep = vec![0.0f64; layers.len()];
        let mut bend = steep.clone();
        let mut moves = steep.clone();
        for parameters in request.points.chunks_exact(n) {
            let spread = Spread::new(self.architecture, parameters);
            for l in 0..layers.len() {
                steep[l] = steep[l].max(spread.steepness[l]);
                bend[l] = bend[l].max(spread.bend(l, request.scheme));
                let later = spread.moves[l].iter().enumerate().skip(1);
                for (ahead, own) in
                    later.filter(|(ahead, _)| layers[l + ahead].activation == Activation::Relu)
                {
                    moves[l] = moves[l].max(own * f64::from(growth).powi(ahead as i32));
                }
                let end = layers.get(l + 1).map_or(n, |next| next.offset);
                largest[l] = vector::largest_magnitude(&parameters[layers[l].offset..end], largest[l]);
            }
        }
        // The device knows one bound for all parameters.
        let bound = growth * vector::largest_magnitude(&largest, 1.0);
        let mut settings: Vec<PmLayer> = Vec::with_capacity(layers.len());
        // From the last on: a layer is linear if what follows is, too.
        let mut linear = true;
        for l in (0..layers.len()).rev() {
            let most = if request.descends { bound } else { largest[l] };
            let largest_step = request.step.at(f64::from(most));
            let scale = match l {
                0 => f64::from(largest_scale),
                // Of activations without a bound this is a guess, and the device looks at each sample.
                _ => layers[l - 1].activation.bound().unwrap_or(16.0),
            };
            let (steep, bend) = (steep[l] * f64::from(growth), bend[l] * f64::from(growth));
            let scheme = request.scheme;
            let mut layer = PmLayer::new(largest_step, bound, scale, steep, scheme);
            linear = linear && Fit::is_linear(largest_step * scale * bend, scheme, Precision::F32);
            if linear {
                layer.linear = 1;
                // Twice: how far they move is rounded.
                layer.moves = (2.0 * moves[l]).min(1e30) as f32;
                layer.farthest = (Fit::farthest_linear(scheme, Precision::F32) / bend).min(1e30) as f32;
                if !self.may_doubt(l) {
                    layer.powers = 1;
                }
            }
            settings.push(layer);
        }
        settings.reverse();
        settings
    }
}

#[cfg(test)]
mod tests {
    /// The struct holds the same fields in the same order as the shader's.
    #[test]
    fn settings_are_laid_out_alike() {
        assert_eq!(size_of::<super::PmLayer>(), 176);
    }
}
