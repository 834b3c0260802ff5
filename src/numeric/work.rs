//! Floating-point operations of the CPU engine, counted where they are made.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Those who want to know.
static ASKED: AtomicUsize = AtomicUsize::new(0);

static MADE: AtomicU64 = AtomicU64::new(0);

/// Adds some, if anybody wants to know.
#[inline(always)]
pub(crate) fn add(operations: impl FnOnce() -> u64) {
    if ASKED.load(Ordering::Relaxed) > 0 {
        MADE.fetch_add(operations(), Ordering::Relaxed);
    }
}

/// Runs something, and counts the floating-point operations that the CPU engine makes meanwhile, in all threads of the process.
///
/// Counted are the instructions of programs (expressions and WGSL, and the slopes that they carry), the matrix products of networks
/// and the rows of quadratic forms: a product or a sum is one operation, a function such as exp is one, too, and a rule that
/// combines k numbers is k - 1. Those of closures and formulas in Rust, of activations, and of devices are not.
///
/// ```
/// use plusminus::{Difference, Engine, Precision, Quadratic, count_operations};
/// let f = Quadratic::sum_of_squares(3)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let points = ndarray::array![[1.0, 2.0, 3.0]];
/// let (gradient, operations) = count_operations(|| evaluator.gradient(points.view(), &Difference::default()));
/// assert_eq!(gradient?.value[[0, 2]], 6.0);
/// assert!((6..100).contains(&operations));
/// # Ok::<(), plusminus::Error>(())
/// ```
pub fn count_operations<R>(run: impl FnOnce() -> R) -> (R, u64) {
    ASKED.fetch_add(1, Ordering::Relaxed);
    let before = MADE.load(Ordering::Relaxed);
    let done = run();
    let made = MADE.load(Ordering::Relaxed).wrapping_sub(before);
    ASKED.fetch_sub(1, Ordering::Relaxed);
    (done, made)
}
