//! f(x + δeᵢ) - f(x) = δ((Sx + t)ᵢ + ½δSᵢᵢ): one matrix-vector product for the whole gradient.

use pulp::{Arch, WithSimd};
use rayon::prelude::*;

use super::terms::dot;
use super::{Quadratic, Symmetric};
use crate::difference::{Scheme, Steps};
use crate::numeric::Real;
use crate::objective::{Increments, IncrementsAt, Selection};

/// Rows of a task: enough to be worth handing to another thread.
const TASK: usize = 64;

pub(super) struct QuadraticIncrements<T> {
    form: Symmetric<T>,
}

impl<T: Real> QuadraticIncrements<T> {
    pub(super) fn new(quadratic: &Quadratic, selection: Selection<'_>) -> Self {
        QuadraticIncrements { form: quadratic.symmetric(selection) }
    }
}

impl<T: Real> Increments<T> for QuadraticIncrements<T> {
    fn at<'s>(&'s self, x: &'s [T]) -> Box<dyn IncrementsAt<T> + 's> {
        let form = &self.form;
        let n = x.len();
        let mut slope = vec![T::ZERO; n];
        let rows = |(task, out): (usize, &mut [T])| {
            Arch::new().dispatch(Slope { form, x, first: task * TASK, out });
        };
        if form.dense && n > TASK {
            slope.par_chunks_mut(TASK).enumerate().for_each(rows);
        } else {
            slope.chunks_mut(TASK).enumerate().for_each(rows);
        }
        Box::new(At { form, x, slope })
    }
}

struct At<'a, T> {
    form: &'a Symmetric<T>,
    x: &'a [T],
    /// Sx + t.
    slope: Vec<T>,
}

impl<T: Real> At<'_, T> {
    fn curvature(&self, axis: usize) -> T {
        let form = self.form;
        form.matrix[if form.dense { axis * self.x.len() + axis } else { axis }]
    }
}

impl<T: Real> IncrementsAt<T> for At<'_, T> {
    /// ½·Σ xᵢ((Sx + t)ᵢ + tᵢ)
    fn value(&self) -> T {
        let (mut sum, half) = (T::ZERO, T::of(0.5));
        for ((&x, &slope), &t) in self.x.iter().zip(&self.slope).zip(&self.form.linear) {
            // Halved first, so that no sum overflows that need not.
            sum += x * (half * slope + half * t);
        }
        sum
    }

    fn increment(&self, axis: usize, delta: T) -> T {
        delta * (self.slope[axis] + T::of(0.5) * delta * self.curvature(axis))
    }

    /// The factor δ of an increment cancels against the step, and between x+h and x-h the curvature does.
    fn quotients(&self, scheme: Scheme, steps: Steps<'_, T>, quotients: &mut [T]) {
        quotients.copy_from_slice(&self.slope);
        let side = match scheme {
            Scheme::Central => return,
            Scheme::Forward => T::of(0.5),
            Scheme::Backward => T::of(-0.5),
        };
        for (axis, quotient) in quotients.iter_mut().enumerate() {
            *quotient += side * steps.at(axis) * self.curvature(axis);
        }
    }
}

/// Some rows of Sx + t.
struct Slope<'a, T> {
    form: &'a Symmetric<T>,
    x: &'a [T],
    first: usize,
    out: &'a mut [T],
}

impl<T: Real> WithSimd for Slope<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Slope { form, x, first, out } = self;
        let n = x.len();
        for (r, out) in (first..).zip(out) {
            let sx = if form.dense { dot(&form.matrix[r * n..][..n], x) } else { form.matrix[r] * x[r] };
            *out = sx + form.linear[r];
        }
    }
}
