//! The objectives, generic over the number, so that a tape can record what f32 and f64 compute.

use std::path::Path;

use num_traits::Float;

use crate::inputs::{Workload, array};

/// A function with its data in the precision F.
pub enum Objective<F> {
    Rosenbrock,
    Squares,
    /// ½xᵀAx + bᵀx, A by rows.
    Dense {
        a: Vec<F>,
        b: Vec<F>,
    },
    /// Sigmoid layers, the last linear, mean softmax cross-entropy.
    Network {
        widths: Vec<usize>,
        images: Vec<F>,
        classes: Vec<usize>,
    },
}

impl<F: Float> Objective<F> {
    pub fn read(folder: &Path, workload: &Workload) -> Result<Self, String> {
        let numbers = |what: &str| -> Result<Vec<F>, String> {
            let values = array(folder, workload, what)?;
            Ok(values.into_iter().filter_map(F::from).collect())
        };
        Ok(match workload.kind.as_str() {
            "rosenbrock" => Objective::Rosenbrock,
            "squares" => Objective::Squares,
            "dense" => Objective::Dense { a: numbers("data0")?, b: numbers("data1")? },
            "network" => Objective::Network {
                widths: workload.widths.clone(),
                images: numbers("data0")?,
                classes: array(folder, workload, "data1")?.into_iter().map(|class| class as usize).collect(),
            },
            other => return Err(format!("no objective is called {other}")),
        })
    }

    /// Multiplications, which are what a tape records most of.
    pub fn products(&self, n: usize) -> usize {
        match self {
            Objective::Rosenbrock => 4 * n,
            Objective::Squares => n,
            Objective::Dense { .. } => n * n,
            Objective::Network { classes, .. } => n * classes.len(),
        }
    }

    pub fn value<T: Float + From<F>>(&self, x: &[T]) -> T {
        match self {
            Objective::Rosenbrock => rosenbrock(x),
            Objective::Squares => x.iter().fold(T::zero(), |sum, &x| sum + x * x),
            Objective::Dense { a, b } => {
                let half = number::<T>(0.5);
                let rows = a.chunks_exact(b.len()).zip(b).zip(x);
                rows.fold(T::zero(), |sum, ((row, &b), &xi)| {
                    // Eight sums side by side: a single one waits for each addition.
                    let mut parts = [T::zero(); 8];
                    for (row, x) in row.chunks(8).zip(x.chunks(8)) {
                        for ((part, &a), &x) in parts.iter_mut().zip(row).zip(x) {
                            *part = *part + constant::<T, F>(a) * x;
                        }
                    }
                    let dot = parts.into_iter().fold(T::zero(), |sum, part| sum + part);
                    sum + xi * (half * dot + constant::<T, F>(b))
                })
            }
            Objective::Network { widths, images, classes } => {
                let samples = images.chunks_exact(widths[0]).zip(classes);
                let sum = samples
                    .fold(T::zero(), |sum, (image, &class)| sum + cross_entropy(x, widths, image, class));
                sum / number::<T>(classes.len() as f64)
            }
        }
    }
}

fn number<T: Float>(value: f64) -> T {
    <T as num_traits::NumCast>::from(value).unwrap_or_else(T::nan)
}

fn constant<T: From<F>, F>(value: F) -> T {
    value.into()
}

fn rosenbrock<T: Float>(x: &[T]) -> T {
    let (one, hundred) = (T::one(), number::<T>(100.0));
    x.windows(2).fold(T::zero(), |sum, pair| {
        let (a, b) = (one - pair[0], pair[1] - pair[0] * pair[0]);
        sum + a * a + hundred * b * b
    })
}

/// Of one sample. Weights lie by inputs, so the inner loop runs over outputs that are next to each other.
fn cross_entropy<T: Float + From<F>, F: Float>(x: &[T], widths: &[usize], image: &[F], class: usize) -> T {
    let mut units: Vec<T> = image.iter().map(|&pixel| constant(pixel)).collect();
    let mut at = 0;
    for (layer, pair) in widths.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        let (weights, biases) = x[at..at + (inputs + 1) * outputs].split_at(inputs * outputs);
        at += (inputs + 1) * outputs;
        let mut sums = biases.to_vec();
        for (&unit, row) in units.iter().zip(weights.chunks_exact(outputs)) {
            for (sum, &weight) in sums.iter_mut().zip(row) {
                *sum = *sum + unit * weight;
            }
        }
        if layer + 2 < widths.len() {
            sums.iter_mut().for_each(|z| *z = T::one() / (T::one() + (-*z).exp()));
        }
        units = sums;
    }
    // A constant on a tape too, which leaves the derivative as it is.
    let largest = units.iter().fold(T::neg_infinity(), |most, &z| if z > most { z } else { most });
    let sum = units.iter().fold(T::zero(), |sum, &z| sum + (z - largest).exp());
    sum.ln() + largest - units[class]
}
