//! Each kernel of a descent, broken on purpose, and noticed. (That they are right: `tests/suite/descent.rs`; the kernels of
//! whole gradients, broken: `tests/suite/kernels.rs`.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array1;

use super::super::device::Gpu;
use super::super::probe;
use super::super::program::{Program, Request};
use super::{gpu, wanted};
use crate::difference::{Scheme, Step};
use crate::numeric::SplitMix64;
use crate::objective::{Matrix, Objective, Quadratic};

/// Where a descent of two points led, steps made and values, as numbers.
fn run(gpu: &Arc<Gpu>, objective: &dyn Objective, (right, wrong): (&str, &str)) -> Vec<f32> {
    let found = AtomicBool::new(false);
    let change = |source: String| {
        found.fetch_or(source.contains(right), Ordering::Relaxed);
        source.replacen(right, wrong, 1)
    };
    let mut program = Program::new(Arc::clone(gpu), Arc::new(objective), change).unwrap().unwrap();
    let mut random = SplitMix64::new(7);
    let points: Vec<f32> = (0..2 * objective.dimension()).map(|_| 0.5 * random.normal() as f32).collect();
    let order: Vec<u32> = (0..objective.terms() as u32).rev().collect();
    let reply = program
        .run(&Request {
            points: &points,
            count: 2,
            how: (Scheme::Central, Step::Fixed(0.25)),
            order: &order,
            batch: order.len(),
            steps: 3,
            update: Some(("x - rate * gradient", 0.1)),
            gradient: true,
            settles: true,
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

#[test]
fn every_kernel_of_a_descent_is_noticed_when_broken() {
    let gpu = gpu();
    let mut random = SplitMix64::new(5);
    let b = Array1::from_shape_simple_fn(70, || random.normal());
    let diagonal = Quadratic::new(Matrix::Diagonal(b.clone()), b, 0.0).unwrap();
    let cases = [
        ("let to = x - rate * gradient", "let to = x + rate * gradient"),
        (
            "atomicAdd(&pm_flags[pm_flag(point, PM_MADE)], 1u)",
            "atomicAdd(&pm_flags[pm_flag(point, PM_MADE)], 2u)",
        ),
        ("pm_next[all + i] = pm_points[i]", "pm_next[all + i] = pm_next[i]"),
    ];
    let whole = run(&gpu, &diagonal, ("alias real = f32;", "alias real = f32;"));
    for (right, wrong) in cases {
        let error = apart(&run(&gpu, &diagonal, (right, wrong)), &whole);
        assert!(error.is_nan() || error > 1e-3, "`{wrong}` is off by {error:e} only");
    }
}

/// A slow device gets each launch by itself, two under way at a time: the same bits.
#[test]
fn launches_in_many_submissions_give_the_same_bits() {
    let fast = gpu();
    let mut slow = probe::open(wanted(&fast)).unwrap();
    slow.probe.times.rate = 10.0;
    let slow = Arc::new(slow);
    let mut random = SplitMix64::new(5);
    let b = Array1::from_shape_simple_fn(70, || random.normal());
    let diagonal = Quadratic::new(Matrix::Diagonal(b.clone()), b, 0.0).unwrap();
    let none = ("alias real = f32;", "alias real = f32;");
    let count = |gpu: &Arc<Gpu>| gpu.counts.all()[0];
    let before = [count(&fast), count(&slow)];
    assert_eq!(run(&slow, &diagonal, none), run(&fast, &diagonal, none));
    // Three steps of a gradient, the values, and two launches of a descent each.
    assert_eq!([count(&fast) - before[0], count(&slow) - before[1]], [1, 12]);
}
