//! f(x + δeᵢ) - f(x) = δ((Sx + t)ᵢ + ½δSᵢᵢ): one matrix-vector product for the whole gradient.

use pulp::{Arch, WithSimd};
use rayon::prelude::*;

use super::terms::dot;
use super::{Quadratic, Symmetric};
use crate::difference::{Scheme, Steps};
use crate::numeric::{Real, work};
use crate::objective::increments::answer_at;
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
        if !form.dense {
            return Box::new(AtDiagonal { form, x });
        }
        let mut slope = vec![T::ZERO; n];
        let rows = |(task, out): (usize, &mut [T])| {
            Arch::new().dispatch(Slope { form, x, first: task * TASK, out });
        };
        if n > TASK {
            slope.par_chunks_mut(TASK).enumerate().for_each(rows);
        } else {
            slope.chunks_mut(TASK).enumerate().for_each(rows);
        }
        Box::new(At { form, x, slope })
    }

    fn is_exact(&self, scheme: Scheme) -> bool {
        scheme == Scheme::Central
    }

    fn answer(&self, x: &[T], how: Option<(Scheme, Steps<'_, T>)>, quotients: &mut [T]) -> T {
        match how {
            Some((Scheme::Central, _)) if !self.form.dense => {
                Arch::new().dispatch(Diagonal { form: &self.form, x, slopes: quotients })
            }
            _ => answer_at(&*self.at(x), how, quotients),
        }
    }
}

/// ½·Σ xᵢ((Sx + t)ᵢ + tᵢ), a product at a time.
#[inline(always)]
fn half<T: Real>(x: T, slope: T, t: T) -> T {
    // Halved first, so that no sum overflows that need not.
    x * (T::of(0.5) * slope + T::of(0.5) * t)
}

/// What the quotient of one side has beside the slope, times the step and the curvature: nothing between x+h and x-h.
fn side<T: Real>(scheme: Scheme) -> Option<T> {
    match scheme {
        Scheme::Central => None,
        Scheme::Forward => Some(T::of(0.5)),
        Scheme::Backward => Some(T::of(-0.5)),
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
        self.form.matrix[axis * self.x.len() + axis]
    }
}

impl<T: Real> IncrementsAt<T> for At<'_, T> {
    fn value(&self) -> T {
        let each = self.x.iter().zip(&self.slope).zip(&self.form.linear);
        each.fold(T::ZERO, |sum, ((&x, &slope), &t)| sum + half(x, slope, t))
    }

    fn increment(&self, axis: usize, delta: T) -> T {
        delta * (self.slope[axis] + T::of(0.5) * delta * self.curvature(axis))
    }

    /// The factor δ of an increment cancels against the step, and between x+h and x-h the curvature does.
    fn quotients(&self, scheme: Scheme, steps: Steps<'_, T>, quotients: &mut [T]) {
        quotients.copy_from_slice(&self.slope);
        let Some(side) = side::<T>(scheme) else { return };
        for (axis, quotient) in quotients.iter_mut().enumerate() {
            *quotient += side * steps.at(axis) * self.curvature(axis);
        }
    }
}

/// The same of a diagonal matrix, with nothing kept: many points may be asked for, and one at a time costs more than its slopes.
struct AtDiagonal<'a, T> {
    form: &'a Symmetric<T>,
    x: &'a [T],
}

impl<T: Real> AtDiagonal<'_, T> {
    #[inline(always)]
    fn slope(&self, axis: usize) -> T {
        self.form.matrix[axis] * self.x[axis] + self.form.linear[axis]
    }
}

impl<T: Real> IncrementsAt<T> for AtDiagonal<'_, T> {
    fn value(&self) -> T {
        let each = self.x.iter().zip(&self.form.matrix).zip(&self.form.linear);
        each.fold(T::ZERO, |sum, ((&x, &s), &t)| sum + half(x, s * x + t, t))
    }

    fn increment(&self, axis: usize, delta: T) -> T {
        delta * (self.slope(axis) + T::of(0.5) * delta * self.form.matrix[axis])
    }

    fn quotients(&self, scheme: Scheme, steps: Steps<'_, T>, quotients: &mut [T]) {
        let each = self.x.iter().zip(&self.form.matrix).zip(&self.form.linear);
        quotients.iter_mut().zip(each).for_each(|(to, ((&x, &s), &t))| *to = s * x + t);
        let Some(side) = side::<T>(scheme) else { return };
        for (axis, quotient) in quotients.iter_mut().enumerate() {
            *quotient += side * steps.at(axis) * self.form.matrix[axis];
        }
    }
}

/// Sx + t of a diagonal matrix, and the value.
struct Diagonal<'a, T> {
    form: &'a Symmetric<T>,
    x: &'a [T],
    slopes: &'a mut [T],
}

impl<T: Real> WithSimd for Diagonal<'_, T> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> T {
        let Diagonal { form, x, slopes } = self;
        work::add(|| 6 * x.len() as u64);
        let each = x.iter().zip(&form.matrix).zip(&form.linear);
        slopes.iter_mut().zip(each).for_each(|(to, ((&x, &s), &t))| *to = s * x + t);
        let each = x.iter().zip(&*slopes).zip(&form.linear);
        each.fold(T::ZERO, |sum, ((&x, &slope), &t)| sum + half(x, slope, t))
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
        work::add(|| (2 * n * out.len()) as u64);
        for (r, out) in (first..).zip(out) {
            *out = dot(&form.matrix[r * n..][..n], x) + form.linear[r];
        }
    }
}
