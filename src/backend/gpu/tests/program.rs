//! Each kernel of a program, broken on purpose, and noticed. (That they are right: `tests/suite/increments.rs`,
//! `tests/suite/descent.rs`.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{Array1, Array2};

use super::super::device::Gpu;
use super::super::program::{Program, Request};
use super::gpu;
use crate::difference::{Scheme, Step};
use crate::numeric::SplitMix64;
use crate::objective::{
    Activation, Architecture, Loss, Matrix, Network, Objective, Quadratic, Samples, Targets,
};

/// Gradients (or where a descent led), steps made and values, as numbers.
fn run(
    gpu: &Arc<Gpu>,
    objective: &dyn Objective,
    count: usize,
    rate: Option<f32>,
    (right, wrong): (&str, &str),
) -> Vec<f32> {
    let found = AtomicBool::new(false);
    let change = |source: String| {
        found.fetch_or(source.contains(right), Ordering::Relaxed);
        source.replacen(right, wrong, 1)
    };
    let mut program = Program::new(Arc::clone(gpu), Arc::new(objective), change).unwrap().unwrap();
    let mut random = SplitMix64::new(7);
    let points: Vec<f32> = (0..count * objective.dimension()).map(|_| 0.5 * random.normal() as f32).collect();
    let order: Vec<u32> = (0..objective.terms() as u32).rev().collect();
    let reply = program
        .run(&Request {
            points: &points,
            count,
            how: (Scheme::Central, Step::Fixed(0.25)),
            order: &order,
            batch: order.len(),
            steps: if rate.is_some() { 3 } else { 1 },
            update: rate.map(|rate| ("x - rate * gradient", rate)),
            gradient: true,
            settles: true,
            traced: &[true, false, true],
        })
        .unwrap();
    assert!(found.load(Ordering::Relaxed), "the text to break is gone: {right}");
    let made = reply.made.iter().map(|&made| made as f32);
    reply.main.iter().chain(&reply.before).chain(&reply.trace).copied().chain(made).collect()
}

/// The largest difference, relative to the largest number.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    let largest = b.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    // `max` would drop a NaN.
    differences.fold(0.0, |most: f32, d| if d.is_nan() || most.is_nan() { f32::NAN } else { most.max(d) })
        / largest
}

fn network(activation: Activation, loss: Loss, bytes: bool) -> Network {
    let mut random = SplitMix64::new(3);
    let architecture =
        Architecture::new(7, loss).dense(6, activation).dense(5, activation).dense(4, Activation::Identity);
    let classes: Vec<u32> = (0..20).map(|_| random.below(4) as u32).collect();
    let samples = if bytes {
        let inputs = Array2::from_shape_simple_fn((20, 7), || random.below(256) as u8);
        Samples::from_bytes(inputs, 255.0, classes)
    } else {
        let inputs = Array2::from_shape_simple_fn((20, 7), || random.normal());
        let targets = match loss {
            Loss::SoftmaxCrossEntropy => Targets::Classes(classes),
            Loss::MeanSquaredError => {
                Targets::Values(Array2::from_shape_simple_fn((20, 4), || random.normal()))
            }
        };
        Samples::new(inputs, targets)
    };
    Network::new(architecture, samples.unwrap()).unwrap()
}

#[test]
fn every_kernel_of_the_quadratic_is_noticed_when_broken() {
    let gpu = gpu();
    let mut random = SplitMix64::new(5);
    let matrix = Array2::from_shape_simple_fn((70, 70), || 0.1 * random.normal());
    let b = Array1::from_shape_simple_fn(70, || random.normal());
    let dense = Quadratic::new(Matrix::Dense(matrix), b.clone(), 0.0).unwrap();
    let diagonal = Quadratic::new(Matrix::Diagonal(b.clone()), b, 0.0).unwrap();
    let cases: [(&Quadratic, usize, Option<f32>, &str, &str); 9] = [
        (&dense, 1, None, "sum[1] += matrix(i * DIMENSION + j + 64u)", "sum[1] += matrix(i * DIMENSION + j)"),
        (
            &dense,
            1,
            None,
            "pm_partial[local] += pm_partial[local + width]",
            "pm_partial[local] += pm_partial[local]",
        ),
        (&dense, 9, None, "sum[2] += pm_tile_a[at + 2u] * b", "sum[2] += pm_tile_a[at + 1u] * b"),
        (&diagonal, 2, None, "matrix(at % DIMENSION) * pm_points[at]", "matrix(0u) * pm_points[at]"),
        (&dense, 2, None, "let slope = sx + linear(i)", "let slope = sx - linear(i)"),
        (&dense, 2, None, "pm_trace(point, total)", "pm_trace(point, 2.0 * total)"),
        (&diagonal, 2, Some(0.1), "let to = x - rate * gradient", "let to = x + rate * gradient"),
        (
            &diagonal,
            2,
            Some(0.1),
            "atomicAdd(&pm_flags[pm_flag(point, PM_MADE)], 1u)",
            "atomicAdd(&pm_flags[pm_flag(point, PM_MADE)], 2u)",
        ),
        (&diagonal, 2, Some(0.1), "pm_next[all + i] = pm_points[i]", "pm_next[all + i] = pm_next[i]"),
    ];
    for (objective, count, rate, right, wrong) in cases {
        let whole = run(&gpu, objective, count, rate, ("alias real = f32;", "alias real = f32;"));
        let broken = run(&gpu, objective, count, rate, (right, wrong));
        let error = apart(&broken, &whole);
        assert!(error.is_nan() || error > 1e-3, "`{wrong}` is off by {error:e} only");
    }
}

#[test]
fn every_kernel_of_the_network_is_noticed_when_broken() {
    let gpu = gpu();
    use Activation::{Relu, Sigmoid, Softplus, Tanh};
    use Loss::{MeanSquaredError, SoftmaxCrossEntropy};
    let cases: [(Activation, Loss, bool, &str, &str); 17] = [
        (Sigmoid, SoftmaxCrossEntropy, true, "(8u * (at & 3u))", "(8u * (at & 1u))"),
        (
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "pm_state[id] = bitcast<f32>(pm_data[at])",
            "pm_state[id] = bitcast<f32>(pm_data[id])",
        ),
        (Sigmoid, SoftmaxCrossEntropy, false, "value = pm_log(sum) - ", "value = pm_log(sum) + "),
        (Sigmoid, SoftmaxCrossEntropy, false, "select(e, 0.0, k == label)", "e"),
        (Sigmoid, SoftmaxCrossEntropy, false, "select(change, -change, is_class)", "change"),
        (
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "let change = tail * (1.0 - tail) * e",
            "let change = tail * e",
        ),
        (Tanh, SoftmaxCrossEntropy, false, "2.0 * change_sigmoid(2.0 *", "change_sigmoid(2.0 *"),
        (Softplus, MeanSquaredError, false, "return select(d + change, change, z < 0.0)", "return change"),
        (
            Softplus,
            MeanSquaredError,
            false,
            "return change * (2.0 * output + change)",
            "return change * (output + change)",
        ),
        (Relu, MeanSquaredError, false, "let from_above = select(-z, d, after > 0.0)", "let from_above = d"),
        (
            Relu,
            SoftmaxCrossEntropy,
            false,
            "for (var s = pm_step.from_term; s < pm_step.to_term; s++)",
            "for (var s = pm_step.from_term; s < pm_step.from_term; s++)",
        ),
        (Sigmoid, SoftmaxCrossEntropy, false, "if (BIASES) { z += ", "if (BIASES) { z -= "),
        (Relu, MeanSquaredError, false, "(bitcast<u32>(x) + 0x007fffffu) & 0xff800000u", "0u"),
        (Tanh, SoftmaxCrossEntropy, false, "odd[k] = 0.5 * (plus - minus)", "odd[k] = 0.5 * (plus + minus)"),
        (Sigmoid, SoftmaxCrossEntropy, false, "sum * pm_layer.inverse * pm_step.mean", "sum * pm_step.mean"),
        (
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "sum[3] += pm_tile_a[at + 3u] * b",
            "sum[3] += pm_tile_a[at + 2u] * b",
        ),
        (
            Sigmoid,
            SoftmaxCrossEntropy,
            false,
            "for (var s = 0u; s < pm_step.count; s++) { sum +=",
            "for (var s = 1u; s < pm_step.count; s++) { sum +=",
        ),
    ];
    for (activation, loss, bytes, right, wrong) in cases {
        let network = network(activation, loss, bytes);
        let whole = run(&gpu, &network, 2, None, ("alias real = f32;", "alias real = f32;"));
        let broken = run(&gpu, &network, 2, None, (right, wrong));
        let error = apart(&broken, &whole);
        assert!(error.is_nan() || error > 1e-3, "{activation:?}: `{wrong}` is off by {error:e} only");
    }
}
