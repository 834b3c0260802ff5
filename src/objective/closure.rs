//! Any Rust function of a point, on the host.

use std::ops::Range;

use bytemuck::TransparentWrapper;
use pulp::{Arch, WithSimd};

use super::pack::{F32x16, F64x8, Formula, Pack};
use super::{Objective, Selection, Terms};
use crate::error::{Error, Result};
use crate::precision::Real;

/// An objective made of a Rust function, evaluated on the CPU by all cores at once.
///
/// ```
/// use plusminus::{Closure, Difference, Engine, Precision};
///
/// let f = Closure::new(2, |x| x[0].sin() * x[1])?;
/// let engine = Engine::cpu(Precision::F64);
/// let points = ndarray::array![[0.0, 5.0]];
/// let gradient = engine.evaluator(&f)?.gradient(points.view(), &Difference::default())?;
/// assert!((gradient.gradient[[0, 0]] - 5.0).abs() < 1e-8);
/// # Ok::<(), plusminus::Error>(())
/// ```
///
/// A [`Formula`] is evaluated at 8 points at once (f32: 16) by SIMD code, and is many times as fast:
///
/// ```
/// use plusminus::{Closure, Formula, Number};
///
/// struct Rosenbrock;
/// impl Formula for Rosenbrock {
///     #[inline(always)]
///     fn value<N: Number>(&self, x: &[N]) -> N {
///         let mut sum = N::of(0.0);
///         for pair in x.windows(2) {
///             let (a, b) = (N::of(1.0) - pair[0], pair[1] - pair[0] * pair[0]);
///             sum += a * a + N::of(100.0) * b * b;
///         }
///         sum
///     }
/// }
/// let f = Closure::formula(10, Rosenbrock)?;
/// # Ok::<(), plusminus::Error>(())
/// ```
pub struct Closure {
    dimension: usize,
    name: String,
    f64: Box<dyn Terms<f64>>,
    f32: Option<Box<dyn Terms<f32>>>,
}

impl Closure {
    /// An objective of `dimension` coordinates.
    ///
    /// # Errors
    /// [`Error::Usage`] if `dimension` is 0.
    pub fn new(dimension: usize, function: impl Fn(&[f64]) -> f64 + Send + Sync + 'static) -> Result<Self> {
        Self::of(dimension, Single { function, operations: 4 * dimension as u64 })
    }

    /// An objective whose formula is evaluated at many points at once, in f64 and in f32.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn formula(dimension: usize, formula: impl Formula + Clone + 'static) -> Result<Self> {
        let packed = |formula| Packed { formula, arch: Arch::new(), dimension };
        let closure = Self::of(dimension, packed(formula.clone()))?;
        Ok(Closure { f32: Some(Box::new(packed(formula))), ..closure })
    }

    fn of(dimension: usize, terms: impl Terms<f64> + 'static) -> Result<Self> {
        if dimension == 0 {
            return Err(Error::usage("a closure of 0 coordinates has no gradient; give it at least 1"));
        }
        Ok(Closure { dimension, name: "closure".into(), f64: Box::new(terms), f32: None })
    }

    /// Adds the same function in f32, for [`Precision::F32`](crate::Precision::F32).
    #[must_use]
    pub fn with_f32(mut self, function: impl Fn(&[f32]) -> f32 + Send + Sync + 'static) -> Self {
        self.f32 = Some(Box::new(Single { function, operations: 4 * self.dimension as u64 }));
        self
    }

    /// Sets the name used in messages.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl Objective for Closure {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &[f64]) -> f64 {
        let mut value = [f64::NAN];
        self.f64.evaluate(x, 0..1, &mut value);
        value[0]
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn host_f64(&self, _: Selection<'_>) -> Option<Box<dyn Terms<f64> + '_>> {
        Some(Box::new(Borrowed(&*self.f64)))
    }

    fn host_f32(&self, _: Selection<'_>) -> Result<Box<dyn Terms<f32> + '_>> {
        let terms = self.f32.as_deref().ok_or_else(|| {
            Error::unsupported(format!(
                "`{}` is a Rust function of f64; use precision f64, or add an f32 one (Closure::with_f32)",
                self.name
            ))
        })?;
        Ok(Box::new(Borrowed(terms)))
    }
}

/// A whole function as the only term.
struct Single<F> {
    function: F,
    operations: u64,
}

impl<T: Real, F: Fn(&[T]) -> T + Send + Sync> Terms<T> for Single<F> {
    fn evaluate(&self, x: &[T], _: Range<usize>, out: &mut [T]) {
        out.fill((self.function)(x));
    }

    fn operations(&self) -> u64 {
        self.operations
    }
}

/// A formula as the only term.
struct Packed<F> {
    formula: F,
    arch: Arch,
    dimension: usize,
}

/// Evaluations of a formula, compiled for several CPU feature levels.
struct Evaluations<'a, F, T, const N: usize> {
    formula: &'a F,
    x: &'a mut [Pack<T, N>],
    /// Moves one of these in turn; none: the point itself.
    axes: Range<usize>,
    moved: &'a [Pack<T, N>],
    out: &'a mut [Pack<T, N>],
}

impl<T: Real, const N: usize, F: Formula> WithSimd for Evaluations<'_, F, T, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Evaluations { formula, x, axes, moved, out } = self;
        if axes.is_empty() {
            out[0] = formula.value(x);
        }
        for ((axis, &moved), out) in axes.zip(moved).zip(out) {
            let kept = x[axis];
            x[axis] = moved;
            *out = formula.value(x);
            x[axis] = kept;
        }
    }
}

macro_rules! packed {
    ($real:ident, $pack:ident, $lanes:literal) => {
        impl<F: Formula> Terms<$real> for Packed<F> {
            fn evaluate(&self, x: &[$real], _: Range<usize>, out: &mut [$real]) {
                out.fill(self.formula.value(x));
            }

            fn lanes(&self) -> usize {
                $lanes
            }

            fn evaluate_lanes(&self, x: &[$real], _: Range<usize>, out: &mut [$real]) {
                let mut x = $pack::wrap_slice(x.as_chunks().0).to_vec();
                let out = $pack::wrap_slice_mut(out.as_chunks_mut().0);
                let formula = &self.formula;
                self.arch.dispatch(Evaluations { formula, x: &mut x, axes: 0..0, moved: &[], out });
            }

            fn evaluate_axes(
                &self,
                x: &mut [$real],
                axes: Range<usize>,
                moved: &[$real],
                _: Range<usize>,
                out: &mut [$real],
            ) {
                let x = $pack::wrap_slice_mut(x.as_chunks_mut().0);
                let moved = $pack::wrap_slice(moved.as_chunks().0);
                let out = $pack::wrap_slice_mut(out.as_chunks_mut().0);
                self.arch.dispatch(Evaluations { formula: &self.formula, x, axes, moved, out });
            }

            fn operations(&self) -> u64 {
                4 * self.dimension as u64
            }
        }
    };
}

packed!(f64, F64x8, 8);
packed!(f32, F32x16, 16);

/// Terms that belong to the closure.
struct Borrowed<'a, T: Real>(&'a dyn Terms<T>);

impl<T: Real> Terms<T> for Borrowed<'_, T> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        self.0.evaluate(x, range, out);
    }
    fn lanes(&self) -> usize {
        self.0.lanes()
    }
    fn evaluate_lanes(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        self.0.evaluate_lanes(x, range, out);
    }
    fn evaluate_axes(
        &self,
        x: &mut [T],
        axes: Range<usize>,
        moved: &[T],
        range: Range<usize>,
        out: &mut [T],
    ) {
        self.0.evaluate_axes(x, axes, moved, range, out);
    }
    fn operations(&self) -> u64 {
        self.0.operations()
    }
}
