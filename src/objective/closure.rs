//! Any Rust function of a point, on the host.

use std::ops::Range;

use super::{Objective, Selection, Terms};
use crate::error::{Error, Result};
use crate::precision::Real;

type Function<T> = Box<dyn Fn(&[T]) -> T + Send + Sync>;

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
pub struct Closure {
    dimension: usize,
    name: String,
    f64: Function<f64>,
    f32: Option<Function<f32>>,
}

impl Closure {
    /// An objective of `dimension` coordinates.
    ///
    /// # Errors
    /// [`Error::Usage`] if `dimension` is 0.
    pub fn new(dimension: usize, function: impl Fn(&[f64]) -> f64 + Send + Sync + 'static) -> Result<Self> {
        if dimension == 0 {
            return Err(Error::usage("a closure of 0 coordinates has no gradient; give it at least 1"));
        }
        Ok(Closure { dimension, name: "closure".into(), f64: Box::new(function), f32: None })
    }

    /// Adds the same function in f32, for [`Precision::F32`](crate::Precision::F32).
    #[must_use]
    pub fn with_f32(mut self, function: impl Fn(&[f32]) -> f32 + Send + Sync + 'static) -> Self {
        self.f32 = Some(Box::new(function));
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
        (self.f64)(x)
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn host_f64(&self, _: Selection<'_>) -> Option<Box<dyn Terms<f64> + '_>> {
        Some(Box::new(Single { function: &*self.f64, operations: 4 * self.dimension as u64 }))
    }

    fn host_f32(&self, _: Selection<'_>) -> Result<Box<dyn Terms<f32> + '_>> {
        let function = self.f32.as_deref().ok_or_else(|| {
            Error::unsupported(format!(
                "`{}` is a Rust function of f64; use precision f64, or add an f32 one (Closure::with_f32)",
                self.name
            ))
        })?;
        Ok(Box::new(Single { function, operations: 4 * self.dimension as u64 }))
    }
}

/// A whole function as the only term.
pub(crate) struct Single<F> {
    pub(crate) function: F,
    pub(crate) operations: u64,
}

impl<T: Real, F: Fn(&[T]) -> T + Send + Sync> Terms<T> for Single<F> {
    fn evaluate(&self, x: &[T], _: Range<usize>, out: &mut [T]) {
        out.fill((self.function)(x));
    }

    fn operations(&self) -> u64 {
        self.operations
    }
}
