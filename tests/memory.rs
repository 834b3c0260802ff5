//! Memory of a gradient by increments grows with batch × widest layer, never with parameters × batch.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]
#![allow(unsafe_code, reason = "an allocator that counts is unsafe by its trait")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use plusminus::{Activation, Difference, Engine, Loss, Objective, Precision};

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
fn bytes(widths: &[usize], batch: usize) -> (usize, usize) {
    let network = common::network(widths, Activation::Sigmoid, Loss::SoftmaxCrossEntropy, true, batch, 3);
    let x = network.architecture().initial_parameters(0.1, 1);
    let x = ndarray::Array2::from_shape_vec((1, x.len()), x).unwrap();
    let engine = Engine::cpu(Precision::F32);
    let mut evaluator = engine.evaluator(&network).unwrap();
    evaluator.gradient(x.view(), &Difference::default()).unwrap();
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    evaluator.gradient(x.view(), &Difference::default()).unwrap();
    (MOST.load(Ordering::Relaxed) - before, network.dimension())
}

#[test]
fn memory_grows_with_batch_times_width() {
    let (small, parameters) = bytes(&[784, 50, 10], 100);
    let (large, _) = bytes(&[784, 50, 10], 1000);
    println!("784-50-10: {small} bytes for a batch of 100, {large} for 1,000");
    // Parameters in a few copies, and of each sample a few numbers a unit.
    let parameter_copies = 12 * 4 * parameters;
    assert!(small < parameter_copies + 100 * 784 * 4 * 2, "{small}");
    assert!(large < parameter_copies + 1000 * 784 * 4 * 2, "{large}");
    assert!(large < 4 * parameters * 100, "as many as one number for each parameter and sample: {large}");
}
