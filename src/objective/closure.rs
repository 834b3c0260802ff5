//! Any Rust function of a point, on the host.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::pack::{Formula, Separable};
use super::separable::{self, Sparse, Whole};
use super::slope_number::{FormulaSlopes, Selected};
use super::slopes::Slopes;
use super::text::{ShaderOptions, WgslObjective};
use super::traced;
use super::{Incremental, Moves, Objective, Selection, Terms, Wgsl};
#[cfg(feature = "gpu")]
use super::{SlopeShape, SlopeText};
use crate::error::{Error, Result};
use crate::numeric::{Real, Sparsity};

/// Slopes in both precisions.
type BothSlopes = (Arc<dyn Slopes<f64>>, Arc<dyn Slopes<f32>>);

/// A text that may be made.
type LazyText = LazyLock<Option<WgslObjective>, Box<dyn FnOnce() -> Option<WgslObjective> + Send + Sync>>;

/// Slopes that share a value: of formulas, which have many coordinates, and of terms, which read few.
const OF_FORMULAS: usize = 4;
const OF_TERMS: usize = 2;

/// An objective made of a Rust function, evaluated on the CPU by all cores at once.
///
/// ```
/// use plusminus::{Closure, Difference, Engine, Precision};
///
/// let f = Closure::new(2, |x| x[0].sin() * x[1])?;
/// let engine = Engine::cpu(Precision::F64);
/// let points = ndarray::array![[0.0, 5.0]];
/// let gradient = engine.evaluator(&f)?.gradient(points.view(), &Difference::default())?;
/// assert!((gradient.value[[0, 0]] - 5.0).abs() < 1e-8);
/// # Ok::<(), plusminus::Error>(())
/// ```
///
/// A [`Formula`] is evaluated at 8 points at once (f32: 16) by SIMD code, and is many times as fast; of at most 2,048 operations it also
/// runs on GPUs:
///
/// ```
/// use plusminus::{Closure, Formula, Number};
///
/// #[derive(Clone)]
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
    terms: usize,
    name: String,
    f64: Arc<dyn Terms<f64>>,
    f32: Option<Arc<dyn Terms<f32>>>,
    /// Of formulas.
    slopes: Option<BothSlopes>,
    /// Whole formulas as a text, if they can be written down, made when slopes are first needed.
    text: Option<Arc<LazyText>>,
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
        let operations = 4 * dimension as u64;
        let slopes = both::<_, OF_FORMULAS>(Whole(formula.clone()), None, operations);
        let written = formula.clone();
        let text: LazyText = LazyLock::new(Box::new(move || {
            let text = traced::text(dimension, &written)?;
            WgslObjective::new("formula", &text, dimension, ShaderOptions::default()).ok()
        }));
        let closure = Self::sparse(dimension, Whole(formula), &Sparsity::full(1, dimension), operations)?;
        Ok(Closure { slopes: Some(slopes), text: Some(Arc::new(text)), ..closure })
    }

    /// The text of a formula.
    fn text(&self) -> Option<&WgslObjective> {
        LazyLock::force(self.text.as_ref()?).as_ref()
    }

    /// An objective whose terms are evaluated at many points at once, in f64 and in f32, and only where a coordinate
    /// that they read moves.
    ///
    /// ```
    /// use plusminus::{Closure, Number, Separable};
    ///
    /// #[derive(Clone)]
    /// struct Rosenbrock(usize);
    /// impl Separable for Rosenbrock {
    ///     fn terms(&self) -> usize { self.0 - 1 }
    ///     fn reads(&self, term: usize) -> Vec<usize> { vec![term, term + 1] }
    ///     #[inline(always)]
    ///     fn term<N: Number>(&self, s: usize, x: &[N]) -> N {
    ///         let (a, b) = (N::of(1.0) - x[s], x[s + 1] - x[s] * x[s]);
    ///         a * a + N::of(100.0) * b * b
    ///     }
    /// }
    /// let f = Closure::separable(10, Rosenbrock(10))?;
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] if `dimension` or the number of terms is 0, or a term reads a coordinate that
    /// [`reads`](Separable::reads) does not name, as found by trying each term with NaN in all others.
    pub fn separable(dimension: usize, formula: impl Separable + Clone + 'static) -> Result<Self> {
        let (reads, operations) = (Arc::new(separable::reads(dimension, &formula)?), 16);
        let slopes = both::<_, OF_TERMS>(formula.clone(), Some(Arc::clone(&reads)), operations);
        let closure = Self::sparse(dimension, formula, &reads, operations)?;
        Ok(Closure { slopes: Some(slopes), ..closure })
    }

    fn sparse(
        dimension: usize,
        formula: impl Separable + Clone + 'static,
        reads: &Sparsity,
        operations: u64,
    ) -> Result<Self> {
        let terms = formula.terms();
        let closure = Self::of(dimension, Sparse::new(formula.clone(), reads, operations))?;
        Ok(Closure { terms, f32: Some(Arc::new(Sparse::new(formula, reads, operations))), ..closure })
    }

    fn of(dimension: usize, terms: impl Terms<f64> + 'static) -> Result<Self> {
        if dimension == 0 {
            return Err(Error::usage("a closure of 0 coordinates has no gradient; give it at least 1"));
        }
        Ok(Closure {
            dimension,
            terms: 1,
            name: "closure".into(),
            f64: Arc::new(terms),
            f32: None,
            slopes: None,
            text: None,
        })
    }

    /// Adds the same function in f32, for [`Precision::F32`](crate::Precision::F32).
    #[must_use]
    pub fn with_f32(mut self, function: impl Fn(&[f32]) -> f32 + Send + Sync + 'static) -> Self {
        self.f32 = Some(Arc::new(Single { function, operations: 4 * self.dimension as u64 }));
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
        let mut values = vec![f64::NAN; self.terms];
        self.f64.evaluate(x, 0..self.terms, &mut values);
        values.iter().sum()
    }

    fn terms(&self) -> usize {
        self.terms
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn incremental(&self) -> Option<&dyn Incremental> {
        self.slopes.as_ref().map(|_| self as &dyn Incremental)
    }

    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        Some(Shared::boxed(&self.f64, selection))
    }

    fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
        let terms = self.f32.as_ref().ok_or_else(|| {
            Error::unsupported(format!(
                "`{}` is a Rust function of f64; use precision f64, or add an f32 one (Closure::with_f32)",
                self.name
            ))
        })?;
        Ok(Shared::boxed(terms, selection))
    }

    fn wgsl(&self) -> Result<Wgsl> {
        match self.text() {
            Some(text) => text.wgsl(),
            None => Err(Error::unsupported(format!(
                "`{}` has no WGSL form for a GPU, which only formulas of at most {} operations have (Closure::formula); use the \
                 device `cpu`",
                self.name,
                traced::MOST
            ))),
        }
    }
}

impl Incremental for Closure {
    fn slopes_f64(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f64>>>> {
        if let Some(text) = self.text()
            && let Some(slopes) = text.slopes_f64(selection)?
        {
            return Ok(Some(slopes));
        }
        Ok(self.slopes.as_ref().map(|(slopes, _)| Selected::boxed(slopes, selection)))
    }

    fn slopes_f32(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f32>>>> {
        // A number may be too large for a text in f32.
        if let Some(text) = self.text()
            && let Ok(Some(slopes)) = text.slopes_f32(selection)
        {
            return Ok(Some(slopes));
        }
        Ok(self.slopes.as_ref().map(|(_, slopes)| Selected::boxed(slopes, selection)))
    }

    #[cfg(feature = "gpu")]
    fn slope_text(&self, shape: &SlopeShape) -> Result<Option<SlopeText>> {
        self.text().map_or(Ok(None), |text| text.slope_text(shape))
    }
}

/// `S` slopes at once in both precisions.
fn both<F: Separable + Clone + 'static, const S: usize>(
    formula: F,
    pattern: Option<Arc<Sparsity>>,
    operations: u64,
) -> BothSlopes {
    let slopes = || FormulaSlopes::<F, S> { formula: formula.clone(), pattern: pattern.clone(), operations };
    (Arc::new(slopes()), Arc::new(slopes()))
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

/// Terms of the closure, all or some.
struct Shared<T: Real> {
    terms: Arc<dyn Terms<T>>,
    /// `None`: all.
    indices: Option<Vec<u32>>,
}

impl<T: Real> Shared<T> {
    fn boxed(terms: &Arc<dyn Terms<T>>, selection: Selection<'_>) -> Box<dyn Terms<T>> {
        Box::new(Shared { terms: Arc::clone(terms), indices: selection.to_indices() })
    }

    /// Hands each selected term of `range`, and its row of `out`, to `one`.
    fn each(&self, range: Range<usize>, out: &mut [T], mut one: impl FnMut(Range<usize>, &mut [T])) {
        let Some(indices) = &self.indices else { return one(range, out) };
        let width = out.len() / range.len().max(1);
        for (&index, out) in indices[range].iter().zip(out.chunks_mut(width.max(1))) {
            one(index as usize..index as usize + 1, out);
        }
    }
}

impl<T: Real> Terms<T> for Shared<T> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        self.each(range, out, |range, out| self.terms.evaluate(x, range, out));
    }

    fn lanes(&self) -> usize {
        self.terms.lanes()
    }

    fn evaluate_lanes(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        self.each(range, out, |range, out| self.terms.evaluate_lanes(x, range, out));
    }

    fn differences(&self, x: &mut [T], moves: &Moves<'_, T>, range: Range<usize>, out: &mut [T]) {
        let Some(indices) = &self.indices else { return self.terms.differences(x, moves, range, out) };
        let lanes = self.lanes();
        let mut one = vec![T::ZERO; out.len()];
        out.fill(T::ZERO);
        for (i, &index) in indices[range].iter().enumerate() {
            let base = moves.base.get(i * lanes..(i + 1) * lanes).unwrap_or(&[]);
            let moves = Moves { base, ..moves.clone() };
            self.terms.differences(x, &moves, index as usize..index as usize + 1, &mut one);
            out.iter_mut().zip(&one).for_each(|(sum, &difference)| *sum += difference);
        }
    }

    fn operations(&self) -> u64 {
        self.terms.operations()
    }
}
