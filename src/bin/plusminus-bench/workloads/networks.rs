//! W3 and W5: gradients and forward passes of networks.

use plusminus::{Activation, Architecture, Loss, Network, Objective, Samples, Targets};

use super::random::SplitMix64;
use super::{Task, Workload, matrix};

pub(super) fn all() -> plusminus::Result<Vec<Workload>> {
    let mut all = Vec::new();
    for (widths, samples, is_large) in [
        (&[64, 32, 10][..], 32, false),
        (&[784, 50, 10], 100, false),
        (&[64, 32, 10], 1438, true),
        (&[64, 32, 10], 1797, true),
        (&[784, 50, 100, 10], 100, true),
        (&[784, 1024, 1024, 10], 100, true),
    ] {
        all.push(network(widths, samples, Task::Gradient, is_large)?);
    }
    all.push(network(&[784, 50, 100, 10], 100, Task::Values, false)?);
    all.push(network(&[64, 32, 10], 1797, Task::Values, true)?);
    Ok(all)
}

/// Sigmoid layers, the last linear, softmax cross-entropy. Parameters: `initial_parameters(0.3, 2)`. Inputs: uniform
/// numbers of seed 3, by samples; then for each sample a class, `below(outputs)`.
fn network(widths: &[usize], samples: usize, task: Task, is_large: bool) -> plusminus::Result<Workload> {
    let mut architecture = Architecture::new(widths[0], Loss::SoftmaxCrossEntropy);
    for (i, &width) in widths.iter().enumerate().skip(1) {
        let last = i + 1 == widths.len();
        let activation = if last { Activation::Identity } else { Activation::Sigmoid };
        architecture = architecture.dense(width, activation);
    }
    let mut random = SplitMix64::new(3);
    let inputs = (0..samples * widths[0]).map(|_| f64::from(random.uniform() as f32)).collect();
    let inputs = matrix(inputs, samples, widths[0])?;
    let classes = (0..samples).map(|_| random.below(architecture.outputs()) as u32).collect();
    let parameters = architecture.initial_parameters(0.3, 2);
    let parameters: Vec<f64> = parameters.into_iter().map(|w| f64::from(w as f32)).collect();
    let weights: usize = architecture.layers().iter().map(|layer| layer.inputs * layer.outputs).sum();
    let network = Network::new(architecture, Samples::new(inputs, Targets::Classes(classes))?)?;
    let points = matrix(parameters.clone(), 1, parameters.len())?;
    let witness = match task {
        Task::Gradient => {
            Some(matrix(network.analytic_gradient(&parameters)?.to_vec(), 1, parameters.len())?)
        }
        _ => None,
    };
    let (group, what) = if task == Task::Values { ("W5", "forward pass of ") } else { ("W3", "") };
    let name = format!("{what}{}, {samples} samples", network.name());
    let flops = (2 * weights * samples) as f64;
    Ok(Workload { group, name, objective: Box::new(network), points, flops, task, witness, is_large })
}
