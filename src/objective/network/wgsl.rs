//! Puts the sizes of a network into `shaders/objective/network.wgsl`.

use std::fmt::Write;

use super::{Activation, Architecture, Loss, Samples, Targets};
use crate::objective::Wgsl;

/// The widest layer that an invocation holds: two private arrays of this many f32, and the engine's few variables, fit in
/// the 8 KiB that WGSL promises every shader.
pub(super) const MAX_WIDTH: usize = 1000;

const NETWORK: &str = include_str!("../../../shaders/objective/network.wgsl");

pub(super) fn render(architecture: &Architecture, samples: &Samples) -> Wgsl {
    let layers = architecture.layers();
    let width = layers.iter().map(|layer| layer.outputs).max().unwrap_or(1);
    let levels = samples.levels::<f64>();
    let mut features = vec![0.0f64; samples.len() * samples.width()];
    for (s, row) in features.chunks_exact_mut(samples.width()).enumerate() {
        samples.read_into(s, &levels, row);
    }
    let (data, indices): (Vec<f64>, Vec<u32>) = match (samples.targets(), architecture.loss()) {
        (Targets::Classes(classes), Loss::SoftmaxCrossEntropy) => (features, classes.clone()),
        _ => {
            let every = (0..samples.len()).flat_map(|s| (0..architecture.outputs()).map(move |k| (s, k)));
            (features.into_iter().chain(every.map(|(s, k)| samples.target(s, k))).collect(), Vec::new())
        }
    };
    Wgsl {
        source: format!(
            "const WIDTH = {width}u;\nconst BIASES = {};\nconst TARGETS = {}u;\n{NETWORK}\n{}",
            architecture.has_biases(),
            samples.len() * samples.width(),
            term(architecture),
        ),
        data,
        indices,
        iterations: iterations(architecture),
        ..Default::default()
    }
}

/// `fn term`: a call for each layer, then the loss.
fn term(architecture: &Architecture) -> String {
    let mut text = String::from("fn term(s: u32) -> real {\n");
    let mut line = |args: std::fmt::Arguments<'_>| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {args}");
    };
    let arrays = ["pm_even", "pm_odd"];
    for (l, layer) in architecture.layers().iter().enumerate() {
        let (from, to) = (arrays[(l + 1) % 2], arrays[l % 2]);
        let sizes = format!("{}u, {}u, {}u", layer.offset, layer.inputs, layer.outputs);
        if l == 0 {
            line(format_args!("dense_from_data(s * {}u, &{to}, {sizes});", layer.inputs));
        } else {
            line(format_args!("dense(&{from}, &{to}, {sizes});"));
        }
        let apply = match layer.activation {
            Activation::Identity => continue,
            Activation::Sigmoid => "apply_sigmoid",
            Activation::Tanh => "apply_tanh",
            Activation::Relu => "apply_relu",
            Activation::Softplus => "apply_softplus",
        };
        line(format_args!("{apply}(&{to}, {}u);", layer.outputs));
    }
    let last = arrays[(architecture.layers().len() + 1) % 2];
    let loss = match architecture.loss() {
        Loss::SoftmaxCrossEntropy => "softmax_cross_entropy",
        Loss::MeanSquaredError => "mean_squared_error",
    };
    line(format_args!("return {loss}(&{last}, {}u, s);", architecture.outputs()));
    text.push_str("}\n");
    text
}

/// Loop iterations of one call of `term`.
fn iterations(architecture: &Architecture) -> u64 {
    let layers = architecture.layers().iter().map(|layer| {
        let units = layer.outputs.div_ceil(4) as u64;
        let activation = if layer.activation == Activation::Identity { 0 } else { layer.outputs as u64 };
        units * (layer.inputs as u64 / 4 + layer.inputs as u64 % 4 + 1) + activation
    });
    layers.sum::<u64>() + 2 * architecture.outputs() as u64
}
