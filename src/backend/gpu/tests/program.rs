//! Each kernel of a descent, broken on purpose, and noticed. (That they are right: `tests/suite/descent.rs`; the kernels of
//! whole gradients, broken: `tests/suite/kernels.rs`.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array1;

use super::super::carried::CarriedProgram;
use super::super::device::Gpu;
use super::super::probe;
use super::super::program::{Program, Request, Update};
use super::{gpu, wanted};
use crate::backend::{DeviceRule, Gradients, RULE_NUMBERS};
use crate::difference::{Scheme, Step};
use crate::numeric::{Precision, SplitMix64};
use crate::objective::{Matrix, Objective, Quadratic, ShaderOptions, WgslObjective};

/// Where a descent of two points led, steps made and values, as numbers.
fn run(gpu: &Arc<Gpu>, objective: &dyn Objective, (right, wrong): (&str, &str)) -> Vec<f32> {
    let found = AtomicBool::new(false);
    let change = |source: String| {
        found.fetch_or(source.contains(right), Ordering::Relaxed);
        source.replacen(right, wrong, 1)
    };
    let program = Program::new(Arc::clone(gpu), Arc::new(objective), change).unwrap().unwrap();
    let made = made(program, objective, Step::Fixed(0.25));
    assert!(found.load(Ordering::Relaxed), "the text to break is gone: {right}");
    made
}

/// The same of what is made for slopes of a text.
fn run_carried(
    gpu: &Arc<Gpu>,
    objective: &dyn Objective,
    (by, step): (Gradients, Step),
    (right, wrong): (&str, &str),
) -> Vec<f32> {
    let found = AtomicBool::new(false);
    let change = |source: String| {
        found.fetch_or(source.contains(right), Ordering::Relaxed);
        source.replacen(right, wrong, 1)
    };
    let brought = CarriedProgram::new(objective, Precision::F32, by, (2, 1)).unwrap().unwrap();
    let program = Program::with(Arc::clone(gpu), Arc::new(objective), Some(Box::new(brought)), change);
    let made = made(program.unwrap(), objective, step);
    assert!(found.load(Ordering::Relaxed), "the text to break is gone: {right}");
    made
}

fn made(mut program: Program<'_, f32>, objective: &dyn Objective, step: Step) -> Vec<f32> {
    let mut random = SplitMix64::new(7);
    let points: Vec<f32> = (0..2 * objective.dimension()).map(|_| 0.5 * random.normal() as f32).collect();
    let order: Vec<u32> = (0..objective.terms() as u32).rev().collect();
    let mut numbers = [0.0; RULE_NUMBERS];
    numbers[..3].copy_from_slice(&[0.1, 0.5, 0.01]);
    let wgsl = "s0 = k1 * s0 + gradient; s1 = s1 + s0 * s0; x = x - k0 * s0 + k2 * s1;".to_string();
    let rule = DeviceRule { wgsl, state: 2, numbers: vec![numbers; 3] };
    let state: Vec<f32> = (0..2 * points.len()).map(|_| 0.1 * random.normal() as f32).collect();
    // Some coordinates come to them.
    let n = objective.dimension();
    let limits: Vec<f32> = (0..2 * n).map(|i| if i < n { -0.4 - 0.01 * i as f32 } else { 0.5 }).collect();
    let reply = program
        .run(&Request {
            points: &points,
            count: 2,
            how: (Scheme::Central, step),
            order: &order,
            batch: order.len(),
            steps: 3,
            update: Some(Update { rule: &rule, first: 0, state: &state, limits: &limits }),
            gradient: true,
            settles: true,
        })
        .unwrap();
    let made = reply.made.iter().map(|&made| made as f32);
    let numbers = reply.main.iter().chain(&reply.before).chain(&reply.trace).chain(&reply.state);
    numbers.copied().chain(made).collect()
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
        ("x = x - k0 * s0", "x = x + k0 * s0"),
        ("s0 = pm_next[2u * all + i];", ""),
        ("s1 = pm_next[3u * all + i];", "s1 = pm_next[2u * all + i];"),
        ("pm_next[(2u + kept) * all + i] = s0;", ""),
        ("pm_next[(3u + kept) * all + i] = s1;", "pm_next[(2u + kept) * all + i] = s1;"),
        ("pm_next[(2u + k) * all + i] = pm_next[(2u + pm_step.kept + k) * all + i];", ""),
        ("(2u + 2u * pm_step.kept) * pm_step.points", "2u * pm_step.points"),
        ("let lower = pm_next[limits + axis];", "let lower = pm_next[limits];"),
        (
            "let upper = pm_next[limits + DIMENSION + axis];",
            "let upper = pm_next[limits + DIMENSION + axis] + 0.1;",
        ),
        ("if (x < lower) { x = lower; }", ""),
        ("if (x > upper) { x = upper; }", ""),
        ("+ 2u * DIMENSION * pm_step.bounded", ""),
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

#[test]
fn every_kernel_of_slopes_is_noticed_when_broken() {
    let gpu = gpu();
    let step = Step::Relative { exponent: -2 };
    let options = |terms| ShaderOptions { data: vec![0.5, 1.5], terms, ..Default::default() };
    let text = "fn term(s: u32) -> real { return (x(0) + real(s) * 0.01) * x(1) * x(1) + exp(x(2) * data(s % 2u)); }";
    let few = WgslObjective::new("few.wgsl", text, 3, options(Some(3))).unwrap();
    let many = WgslObjective::new("many.wgsl", text, 3, options(Some(100))).unwrap();
    // A branch within any step.
    let text = "fn objective() -> real {
        var sum = x(1) * x(2);
        for (var i = 0u; i < 80u; i++) { if (x(0) > 0.05 * real(i) - 2.0) { sum += 0.001 * x(0); } }
        return sum;
    }";
    let doubtful = WgslObjective::new("doubt.wgsl", text, 3, options(None)).unwrap();
    let (limit, over) = (Gradients::Slopes, Gradients::SlopesOverSteps);
    let cases: [(&WgslObjective, Gradients, &str, &str); 13] = [
        (&few, limit, "pm_points[pm_point_offset + min(i", "pm_points[min(i"),
        (&few, limit, "pm_number(pm_data[min(i", "pm_number(pm_data[0u * min(i"),
        (&few, limit, "let axis = group * PM_SLOTS + slot;", "let axis = slot;"),
        (&few, limit, "let point = id % pm_step.points;", "let point = 0u * id;"),
        (&few, limit, "pm_sums[0] = pm_add(pm_sums[0], pm_value, 0.0);", ""),
        (&few, limit, "pm_sums[slot + 1u] = pm_add(pm_sums[slot + 1u], pm_slope[slot], 0.0);", ""),
        (&few, limit, "var slope = sum * pm_step.mean;", "var slope = 0.5 * sum;"),
        (&few, over, "slope *= 0.5", "slope *= 1.0"),
        (&few, over, "return pm_side * h;", "return h;"),
        (&few, over, "pm_side = -pm_side;", ""),
        (&many, limit, "pm_carry_all(point, group, local, 64u)", "pm_carry_all(point, group, local, 32u)"),
        (&many, limit, "pm_store(point, group, slot, sum); }", "pm_store(point, group, 0u, sum); }"),
        (&doubtful, over, "(pm_raised & PM_DOUBTS) != 0u", "false"),
    ];
    for (objective, by, right, wrong) in cases {
        let whole = run_carried(&gpu, objective, (by, step), (right, right));
        let error = apart(&run_carried(&gpu, objective, (by, step), (right, wrong)), &whole);
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
