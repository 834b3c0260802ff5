//! What gradients cost: memory by increments grows with batch × widest layer, never with parameters × batch, and operations of functions
//! of sums with coordinates, never with their square. A program of its own, since it counts what the whole process allocates and makes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]
#![allow(unsafe_code, reason = "an allocator that counts is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ndarray::Array2;
use plusminus::{
    Activation, Adam, Architecture, Bars, Descent, Difference, Engine, Loss, Network, Objective, Precision,
    Samples, Targets, WgslObjective, count_operations,
};

/// One test at a time.
static ALONE: Mutex<()> = Mutex::new(());

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator, and counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Bytes that a gradient takes beyond what was there before it.
fn bytes(batch: usize, bars: Bars) -> (usize, usize) {
    let architecture = Architecture::new(784, Loss::SoftmaxCrossEntropy)
        .dense(50, Activation::Sigmoid)
        .dense(10, Activation::Identity);
    let inputs = Array2::from_shape_fn((batch, 784), |(i, j)| ((i * 784 + j) as f64).sin());
    let targets = Targets::Classes((0..batch as u32).map(|sample| sample % 10).collect());
    let network = Network::new(architecture, Samples::new(inputs, targets).unwrap()).unwrap();
    let x = network.architecture().initial_parameters(0.1, 1);
    let x = Array2::from_shape_vec((1, x.len()), x).unwrap();
    let engine = Engine::cpu(Precision::F32);
    let mut evaluator = engine.evaluator(&network).unwrap();
    evaluator.gradient(x.view(), &Difference::default().with_bars(bars)).unwrap();
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    evaluator.gradient(x.view(), &Difference::default().with_bars(bars)).unwrap();
    (MOST.load(Ordering::Relaxed) - before, network.dimension())
}

#[test]
fn memory_grows_with_batch_times_width() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Parameters in a few copies (with bars, more in f64), and of each sample a few numbers a unit.
    for (bars, copies) in [(Bars::Off, 12), (Bars::On, 32)] {
        check(bars, copies);
    }
}

fn check(bars: Bars, copies: usize) {
    let (small, parameters) = bytes(100, bars);
    let (large, _) = bytes(1000, bars);
    println!("784-50-10, bars {bars}: {small} bytes for a batch of 100, {large} for 1,000");
    let parameter_copies = copies * 4 * parameters;
    assert!(small < parameter_copies + 100 * 784 * 4 * 2, "{small}");
    assert!(large < parameter_copies + 1000 * 784 * 4 * 2, "{large}");
    assert!(large < 4 * parameters * 100, "as many as one number for each parameter and sample: {large}");
}

/// A point that is nowhere singular.
fn point(n: usize) -> Array2<f64> {
    Array2::from_shape_fn((1, n), |(_, i)| (0.618 * (i + 1) as f64).fract() * 2.0 - 0.7)
}

#[test]
fn operations_of_functions_of_sums_grow_with_coordinates() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for text in [
        "sqrt(sum(x^2))",
        "log(sum(exp(x)))",
        "-20*exp(-0.2*sqrt(mean(x^2))) - exp(mean(cos(2*pi*x)))",
        "sum(x[1:]*x[:-1]) / sum(x^2)",
        "sum(x^2)/4000 - prod(cos(x/(i+1)))",
    ] {
        let operations = |n: usize| {
            let f = WgslObjective::from_expression(text, n).unwrap();
            let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
            let point = point(n);
            let mut gradient = || evaluator.gradient(point.view(), &Difference::default()).unwrap();
            gradient();
            count_operations(gradient).1
        };
        let (small, large) = (operations(2000), operations(8000));
        assert!(0 < small && large < 5 * small, "{text}: {small} {large}");
    }
}

/// No more a step than a gradient has, of which the first is another thing.
#[test]
fn descents_take_the_sums() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let f = WgslObjective::from_expression("norm(x) + 0.5*sum(x)^2", 1000).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let point = point(1000);
    let mut gradient = || evaluator.gradient(point.view(), &Difference::default()).unwrap();
    gradient();
    let one = count_operations(gradient).1;
    let descent = Descent::new(Adam::new(1e-3)).steps(40);
    let all = count_operations(|| descent.run(&mut evaluator, point.view()).unwrap()).1;
    // The end is judged by some gradients more; of the whole each step takes a hundred times as many and more.
    assert!(all < 200 * one, "{all} {one}");
}
