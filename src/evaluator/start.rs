//! Points as they are handed in, in the working precision, and what is wrong with some: looked at once, on all threads.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::Pipeline;
use crate::backend::Fault;
use crate::difference::perturb::check_point;
use crate::error::{Error, Result};
use crate::numeric::{Real, vector};

/// Numbers that one thread looks at, at least: fewer are done before another thread has begun.
const AT_LEAST: usize = 1 << 14;

/// Points that can be differenced at.
pub(crate) struct Start<T> {
    /// Which they are.
    pub(crate) good: Vec<usize>,
    /// Their coordinates, one point after the other.
    pub(crate) x: Vec<T>,
    /// What is wrong with the others; one entry a point.
    pub(crate) failures: Vec<Fault>,
}

impl<T: Real> Start<T> {
    /// Of points `[point][coordinate]`, within bounds if there are any.
    pub(super) fn new(points: ArrayView2<'_, f64>, bounds: Option<&[[f64; 2]]>) -> Self {
        let (count, n) = points.dim();
        let standard = points.as_standard_layout();
        let of = |&x: &f64| T::of(x);
        let all: Vec<T> = match standard.as_slice() {
            Some(flat) => flat.par_iter().with_min_len(AT_LEAST).map(of).collect(),
            None => standard.iter().map(of).collect(),
        };
        if bounds.is_none() && all.par_chunks(AT_LEAST).all(vector::all_finite) {
            let failures = std::iter::repeat_with(|| None).take(count).collect();
            return Start { good: (0..count).collect(), x: all, failures };
        }
        let fault = |(point, x): (usize, &[T])| {
            let within = |bounds| check_bounds(x, point, bounds);
            let checked = check_point(x, point).and_then(|()| bounds.map_or(Ok(()), within));
            checked.err().map(Box::new)
        };
        let at_least = (AT_LEAST / n.max(1)).max(1);
        let failures: Vec<Fault> =
            all.par_chunks_exact(n).enumerate().with_min_len(at_least).map(fault).collect();
        let good: Vec<usize> = (0..count).filter(|&point| failures[point].is_none()).collect();
        let x = if good.len() == count {
            all
        } else {
            good.iter().flat_map(|&point| all[point * n..][..n].iter().copied()).collect()
        };
        Start { good, x, failures }
    }
}

impl<T: Real> Pipeline<'_, T> {
    /// Points of finite coordinates within the bounds.
    pub(crate) fn starts(&self, points: ArrayView2<'_, f64>) -> Start<T> {
        Start::new(points, self.bounds.as_deref())
    }
}

/// # Errors
/// [`Error::Usage`] if a coordinate is out of its bounds.
fn check_bounds<T: Real>(x: &[T], point: usize, bounds: &[[f64; 2]]) -> Result<()> {
    for (axis, (x, &[lower, upper])) in x.iter().zip(bounds).enumerate() {
        if !(lower..=upper).contains(&x.to_f64()) {
            return Err(Error::usage(format!(
                "x[{axis}] = {x} of point {point} is out of its bounds, {lower} to {upper}; move it there"
            )));
        }
    }
    Ok(())
}
