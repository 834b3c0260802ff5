//! What is differentiated. Knows no device.

mod closure;
mod increments;
pub mod network;
mod pack;
mod packed;
mod quadratic;
mod separable;
mod shader;
mod vector_closure;

pub use closure::Closure;
pub use increments::{Increments, IncrementsAt, Steps};
pub use network::{Activation, Architecture, Layer, Loss, Network, Samples, Targets};
pub use pack::{Formula, Number, Separable};
pub use quadratic::{Matrix, Quadratic};
pub use shader::{ShaderOptions, WgslObjective};
pub use vector_closure::VectorClosure;

use std::ops::Range;

use crate::error::{Error, Result};
use crate::precision::Real;

/// A scalar function of `n` real coordinates:
/// f(x) = constant + Σₛ termₛ(x), or constant + the mean over s, for one or more terms.
///
/// Only [`dimension`](Objective::dimension) and [`value`](Objective::value) are required: the CPU engine then
/// differences `value` in f64. The other methods make it faster or bring it to other devices:
///
/// | to run | implement |
/// |---|---|
/// | on the CPU in f32, or term by term | [`host_f32`](Objective::host_f32), [`host_f64`](Objective::host_f64) |
/// | on a GPU | [`wgsl`](Objective::wgsl) |
/// | without cancellation (increments) | [`increments_f32`](Objective::increments_f32), [`increments_f64`](Objective::increments_f64), [`Wgsl::increments`] |
///
/// Terms are differenced one by one before they are summed: Σ(term(x+h) - term(x-h)) loses 4 to 6 times less
/// to rounding than Σterm(x+h) - Σterm(x-h).
///
/// ```
/// use plusminus::{Difference, Engine, Objective, Precision};
///
/// /// f(x) = x₀²·x₁
/// struct Product;
/// impl Objective for Product {
///     fn dimension(&self) -> usize { 2 }
///     fn value(&self, x: &[f64]) -> f64 { x[0] * x[0] * x[1] }
/// }
///
/// let engine = Engine::cpu(Precision::F64);
/// let points = ndarray::array![[3.0, 2.0]];
/// let gradient = engine.evaluator(&Product)?.gradient(points.view(), &Difference::default())?;
/// assert!((gradient.gradient[[0, 0]] - 12.0).abs() < 1e-9);
/// assert!((gradient.gradient[[0, 1]] - 9.0).abs() < 1e-9);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub trait Objective: Send + Sync {
    /// The number n of coordinates, at least 1.
    fn dimension(&self) -> usize;

    /// f(x) over all terms, in f64: the oracle that error messages and tests consult.
    /// `x` has [`dimension`](Objective::dimension) elements.
    fn value(&self, x: &[f64]) -> f64;

    /// What messages call it.
    fn name(&self) -> String {
        "objective".into()
    }

    /// The number of terms, at least 1. A minibatch selects some of them.
    fn terms(&self) -> usize {
        1
    }

    /// How the terms make up the value.
    fn reduction(&self) -> Reduction {
        Reduction::Sum
    }

    /// Added to the reduced terms; no difference ever sees it.
    fn constant(&self) -> f64 {
        0.0
    }

    /// The selected terms, ready to be evaluated on the host in f64. `None`: by [`value`](Objective::value).
    fn host_f64(&self, _selection: Selection<'_>) -> Option<Box<dyn Terms<f64> + '_>> {
        None
    }

    /// The selected terms, ready to be evaluated on the host in f32.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is no such form, as by default.
    fn host_f32(&self, _selection: Selection<'_>) -> Result<Box<dyn Terms<f32> + '_>> {
        Err(Error::unsupported(format!(
            "`{}` can be evaluated on the CPU in f64 only; use precision f64",
            self.name()
        )))
    }

    /// The increments of the selected terms in f64: differences that subtract no two values of f. `None` if the
    /// objective has none, as by default.
    fn increments_f64(&self, _selection: Selection<'_>) -> Option<Box<dyn Increments<f64> + '_>> {
        None
    }

    /// The increments of the selected terms in f32. `None` if the objective has none, as by default.
    ///
    /// # Errors
    /// [`Error::Usage`] if a number of the objective is too large for f32.
    fn increments_f32(&self, _selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f32> + '_>>> {
        Ok(None)
    }

    /// What the engine knows of the objective's structure: some gradients have programs of their own on a device. A
    /// type of your own has none of these structures.
    fn structure(&self) -> Structure<'_> {
        Structure::Unknown
    }

    /// The objective as a shader.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is no such form, as by default.
    fn wgsl(&self) -> Result<Wgsl> {
        Err(Error::unsupported(format!("`{}` has no WGSL form for a GPU; use the device `cpu`", self.name())))
    }
}

/// A structure for which a device has a program of its own.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Structure<'a> {
    /// None that is known.
    Unknown,
    /// ½·xᵀAx + bᵀx + c.
    Quadratic(&'a Quadratic),
    /// The mean loss of a network.
    Network(&'a Network),
}

/// How terms make up an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// Their sum divided by the number of selected terms.
    Mean,
}

impl Reduction {
    /// What the sum of `terms` terms is divided by.
    pub fn divisor(self, terms: usize) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            Reduction::Mean => terms as f64,
        }
    }
}

/// Which terms take part.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// All of them, in order.
    All,
    /// These, in this order; each below [`Objective::terms`].
    Only(&'a [u32]),
}

impl Selection<'_> {
    /// How many terms are selected out of `terms`.
    pub fn len(&self, terms: usize) -> usize {
        match self {
            Selection::All => terms,
            Selection::Only(indices) => indices.len(),
        }
    }

    /// The index of the `s`-th selected term.
    pub fn index(&self, s: usize) -> usize {
        match self {
            Selection::All => s,
            Selection::Only(indices) => indices[s] as usize,
        }
    }
}

/// Selected terms of an objective, prepared for the host in one precision.
pub trait Terms<T: Real>: Send + Sync {
    /// Writes term `range.start`, `range.start + 1`, … (counted within the selection) at `x` into `out`,
    /// which has `range.len()` elements.
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]);

    /// How many points [`evaluate_lanes`](Self::evaluate_lanes) takes at once; 1: it takes one, as
    /// [`evaluate`](Self::evaluate) does.
    fn lanes(&self) -> usize {
        1
    }

    /// Evaluates terms at as many points at once as there are [`lanes`](Self::lanes): `x` is `[coordinate][lane]` and
    /// `out` `[term][lane]`.
    fn evaluate_lanes(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        self.evaluate(x, range, out);
    }

    /// Σ of the terms in `range` with a coordinate moved up, minus the same moved down, for each of some coordinates in
    /// turn: `out` is `[axis][lane]`. Terms are subtracted one by one, and those that the coordinate does not touch may be
    /// left out. `x`, `[coordinate][lane]`, is afterwards as it was.
    fn differences(&self, x: &mut [T], moves: &Moves<'_, T>, range: Range<usize>, out: &mut [T]) {
        let lanes = self.lanes();
        let mut kept = vec![T::ZERO; lanes];
        let (mut upper, mut lower) = (moves.base.to_vec(), moves.base.to_vec());
        for (i, (axis, out)) in moves.axes.clone().zip(out.chunks_exact_mut(lanes)).enumerate() {
            let row = axis * lanes..(axis + 1) * lanes;
            kept.copy_from_slice(&x[row.clone()]);
            for (moved, values) in [(moves.plus, &mut upper), (moves.minus, &mut lower)] {
                if let Some(moved) = moved {
                    x[row.clone()].copy_from_slice(&moved[i * lanes..][..lanes]);
                    values.resize(lanes * range.len(), T::ZERO);
                    self.evaluate_lanes(x, range.clone(), values);
                }
            }
            x[row].copy_from_slice(&kept);
            out.fill(T::ZERO);
            for (upper, lower) in upper.chunks_exact(lanes).zip(lower.chunks_exact(lanes)) {
                for lane in 0..lanes {
                    out[lane] += upper[lane] - lower[lane];
                }
            }
        }
    }

    /// Ranges that start at multiples of this are evaluated fastest (SIMD lanes).
    fn granularity(&self) -> usize {
        1
    }

    /// Why evaluations since the last call have no value, other than that it is not finite: an index out of range, a loop
    /// that runs away. The engine asks after each piece of work.
    fn failure(&self) -> Option<Error> {
        None
    }

    /// About how many multiplications and additions one term takes: sets how finely work is shared out.
    fn operations(&self) -> u64;
}

/// Where coordinates are moved, for [`Terms::differences`].
#[derive(Clone, Debug)]
pub struct Moves<'a, T> {
    /// The coordinates.
    pub axes: Range<usize>,
    /// `[axis][lane]`: up; `None`: not at all, and `base` has the terms.
    pub plus: Option<&'a [T]>,
    /// `[axis][lane]`: down; `None`: not at all.
    pub minus: Option<&'a [T]>,
    /// `[term][lane]`: the terms at the points, if one of both is `None`.
    pub base: &'a [T],
}

/// An objective as WGSL.
///
/// `source` defines `fn term(s: u32) -> real`, the `s`-th term (counted among all, not within a selection).
/// It reads the coordinate `i` of its point by `x(i)`, and the arrays below by `data(i)` and `index(i)`;
/// `dimension()` and `data_len()` are their numbers; `real` is the working precision, f32 or f64. `exp`, `log`, `sin` and
/// the like are the engine's own and take one `real`. Names that begin with `pm_` belong to the engine.
///
/// A term that comes out infinite or NaN is noticed. One that would in exact arithmetic, but that the driver's compiler
/// makes finite, is not: WGSL lets it assume that neither occurs (lavapipe takes `y/(z-z)` for 0, and `clamp`, `min` and
/// `max` swallow NaN).
#[derive(Clone, Debug, Default)]
pub struct Wgsl {
    /// The WGSL text.
    pub source: String,
    /// Read by `data(i)`, rounded to the working precision.
    pub data: Vec<f64>,
    /// Read by `index(i)`.
    pub indices: Vec<u32>,
    /// At most how many loop iterations one call of `term` makes, nested loops multiplied out. An invocation is
    /// given only so many terms that it stays below the device's limit, above which some drivers stop loops
    /// without a word.
    pub iterations: u64,
    /// Whether `source` also defines `fn increment(s: u32, axis: u32, delta: real) -> real`: the `s`-th term at
    /// x + delta·e minus the same term at x, computed without subtracting the two. `x(i)` is the coordinate at x.
    /// [`iterations`](Self::iterations) holds for it, too.
    pub increments: bool,
    /// Whether `source` is to be mistrusted: `x(i)` and `data(i)` out of range and loops without end become errors, at
    /// the cost of a comparison a read and a turn. Otherwise `x(i)` past the last coordinate reads another point's.
    pub guarded: bool,
    /// What the engine calls for a term, if it is not `term`.
    pub entry: Entry,
}

/// The function of a WGSL text that gives a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// `fn term(s: u32) -> real`
    #[default]
    Term,
    /// `fn objective() -> real`, the only term.
    Objective,
    /// `fn residual(k: u32) -> real`: each residual is a term.
    Residual,
    /// `fn residual(k: u32) -> real`: the square of each is a term.
    SquaredResidual,
    /// `fn gradient(i: u32) -> real`: each component is a term.
    Gradient,
}

impl Entry {
    /// The WGSL function that the kernels call.
    pub(crate) fn wgsl(self) -> String {
        let body = match self {
            Entry::Term => "return term(s);",
            Entry::Objective => "return objective();",
            Entry::Residual => "return residual(s);",
            Entry::SquaredResidual => "let r = residual(s); return r * r;",
            Entry::Gradient => "return gradient(s);",
        };
        format!("fn pm_entry(s: u32) -> real {{ {body} }}")
    }
}
