//! f(x) = ½·xᵀAx + bᵀx + c.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView1};
use pulp::{Arch, WithSimd};

use super::{Objective, Selection, Terms, Wgsl};
use crate::error::{Error, Result};
use crate::precision::Real;

/// Rows of A in one term. A quadratic of so few coordinates is one term and is differenced as a whole, exactly
/// as the textbook does; a larger one is differenced block by block, which loses less to rounding.
const ROWS: usize = 8;

/// Partial sums of a dense row on the host: two 256-bit registers of f32.
const LANES: usize = 16;

/// The matrix A of a quadratic.
#[derive(Clone, Debug)]
pub enum Matrix {
    /// scale · I.
    Identity {
        /// The diagonal's one value.
        scale: f64,
    },
    /// A diagonal matrix.
    Diagonal(Array1<f64>),
    /// Any square matrix; it need not be symmetric (xᵀAx only sees the symmetric part).
    Dense(Array2<f64>),
}

/// The quadratic ½·xᵀAx + bᵀx + c of `n` coordinates.
#[derive(Clone, Debug)]
pub struct Quadratic {
    a: Matrix,
    b: Array1<f64>,
    c: f64,
}

impl Quadratic {
    /// A quadratic in as many coordinates as `b` has elements.
    ///
    /// # Errors
    /// [`Error::Usage`] if the shapes disagree, `b` is empty, or an element is not finite.
    pub fn new(a: Matrix, b: Array1<f64>, c: f64) -> Result<Self> {
        let n = b.len();
        if n == 0 {
            return Err(Error::usage("b is empty: a quadratic needs at least one coordinate"));
        }
        let (shape, bad) = match &a {
            Matrix::Identity { scale } => ((n, n), (!scale.is_finite()).then_some(*scale)),
            Matrix::Diagonal(d) => ((d.len(), d.len()), d.iter().copied().find(|v| !v.is_finite())),
            Matrix::Dense(m) => (m.dim(), m.iter().copied().find(|v| !v.is_finite())),
        };
        if shape != (n, n) {
            return Err(Error::usage(format!(
                "A is {} x {} and b has {n} elements: A must be {n} x {n}",
                shape.0, shape.1
            )));
        }
        if let Some(value) = bad.or_else(|| b.iter().copied().chain([c]).find(|v| !v.is_finite())) {
            return Err(Error::usage(format!("A, b and c must be finite: found {value}")));
        }
        Ok(Quadratic { a, b, c })
    }

    /// Σ xᵢ², the textbook's `function_2` in `n` coordinates.
    ///
    /// # Errors
    /// [`Error::Usage`] if `n` is 0.
    pub fn sum_of_squares(n: usize) -> Result<Self> {
        Quadratic::new(Matrix::Identity { scale: 2.0 }, Array1::zeros(n), 0.0)
    }

    /// The exact gradient ½(A + Aᵀ)x + b, to compare with.
    ///
    /// `x` has [`dimension`](Objective::dimension) elements.
    pub fn analytic_gradient(&self, x: ArrayView1<'_, f64>) -> Array1<f64> {
        let ax = match &self.a {
            Matrix::Identity { scale } => &x * *scale,
            Matrix::Diagonal(d) => &x * d,
            Matrix::Dense(m) => (m.dot(&x) + m.t().dot(&x)) * 0.5,
        };
        ax + &self.b
    }

    fn check_f32(&self) -> Result<()> {
        let beyond = |value: &f64| !(*value as f32).is_finite();
        let in_a = match &self.a {
            Matrix::Identity { scale } => Some(*scale).filter(beyond),
            Matrix::Diagonal(d) => d.iter().copied().find(beyond),
            Matrix::Dense(m) => m.iter().copied().find(beyond),
        };
        match in_a.or_else(|| self.b.iter().copied().find(beyond)) {
            None => Ok(()),
            Some(value) => Err(Error::usage(format!(
                "A or b holds {value:e}, too large for f32; scale the objective, or use precision f64"
            ))),
        }
    }

    fn prepare<T: Real>(&self) -> QuadraticTerms<T> {
        let cast = |values: &mut dyn Iterator<Item = f64>| values.map(T::of).collect();
        let (a, dense) = match &self.a {
            Matrix::Identity { scale } => (vec![T::of(*scale); self.b.len()], false),
            Matrix::Diagonal(d) => (cast(&mut d.iter().copied()), false),
            Matrix::Dense(m) => (cast(&mut m.iter().copied()), true),
        };
        QuadraticTerms { a, dense, b: cast(&mut self.b.iter().copied()) }
    }
}

impl Objective for Quadratic {
    fn dimension(&self) -> usize {
        self.b.len()
    }

    fn value(&self, x: &[f64]) -> f64 {
        let x = ArrayView1::from(x);
        let ax = match &self.a {
            Matrix::Identity { scale } => &x * *scale,
            Matrix::Diagonal(d) => &x * d,
            Matrix::Dense(m) => m.dot(&x),
        };
        0.5 * x.dot(&ax) + x.dot(&self.b) + self.c
    }

    fn name(&self) -> String {
        let kind = match self.a {
            Matrix::Identity { .. } => "identity",
            Matrix::Diagonal(_) => "diagonal",
            Matrix::Dense(_) => "dense",
        };
        format!("quadratic ({kind}, n = {})", self.b.len())
    }

    fn terms(&self) -> usize {
        self.b.len().div_ceil(ROWS)
    }

    fn constant(&self) -> f64 {
        self.c
    }

    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64> + '_>> {
        Some(Box::new(Selected::of(self.prepare(), selection)))
    }

    fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32> + '_>> {
        self.check_f32()?;
        Ok(Box::new(Selected::of(self.prepare(), selection)))
    }

    fn wgsl(&self) -> Result<Wgsl> {
        self.check_f32()?;
        let n = self.b.len();
        let (form, iterations) = match self.a {
            Matrix::Dense(_) => (DENSE, ROWS as u64 * n.div_ceil(4) as u64 + ROWS as u64),
            _ => (DIAGONAL, ROWS as u64),
        };
        let source = format!("const N = {n}u;\nconst ROWS = {ROWS}u;\n{form}");
        let QuadraticTerms { a, b, .. } = self.prepare::<f32>();
        Ok(Wgsl { source, data: [b, a].concat(), indices: Vec::new(), iterations })
    }
}

const DENSE: &str = include_str!("../../shaders/objective/quadratic_dense.wgsl");
const DIAGONAL: &str = include_str!("../../shaders/objective/quadratic_diagonal.wgsl");

/// The twin of `quadratic_dense.wgsl` and `quadratic_diagonal.wgsl`.
struct QuadraticTerms<T> {
    /// n·n elements by rows if dense, else the n elements of the diagonal.
    a: Vec<T>,
    dense: bool,
    b: Vec<T>,
}

struct Selected<T> {
    terms: QuadraticTerms<T>,
    /// Indices of the selected terms.
    selection: Vec<usize>,
}

impl<T: Real> Selected<T> {
    fn of(terms: QuadraticTerms<T>, selection: Selection<'_>) -> Self {
        let count = selection.len(terms.b.len().div_ceil(ROWS));
        Selected { terms, selection: (0..count).map(|s| selection.index(s)).collect() }
    }
}

impl<T: Real> Terms<T> for Selected<T> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        Arch::new().dispatch(Rows { terms: &self.terms, x, selection: &self.selection[range], out });
    }

    fn operations(&self) -> u64 {
        let a_row = if self.terms.dense { self.terms.b.len() } else { 1 };
        (ROWS * (a_row + 2)) as u64
    }
}

struct Rows<'a, T> {
    terms: &'a QuadraticTerms<T>,
    x: &'a [T],
    selection: &'a [usize],
    out: &'a mut [T],
}

impl<T: Real> WithSimd for Rows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let QuadraticTerms { a, dense, b } = self.terms;
        let (x, n, half) = (self.x, b.len(), T::of(0.5));
        for (out, &block) in self.out.iter_mut().zip(self.selection) {
            let mut sum = T::ZERO;
            for r in block * ROWS..((block + 1) * ROWS).min(n) {
                let ax = if *dense { dot(&a[r * n..][..n], x) } else { a[r] * x[r] };
                sum += x[r] * (half * ax + b[r]);
            }
            *out = sum;
        }
    }
}

/// Σ aᵢ·bᵢ, in a fixed order that becomes SIMD code.
#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder());
    for (a, b) in a.zip(b) {
        for l in 0..LANES {
            lanes[l] += a[l] * b[l];
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(rest) {
        *lane += a * b;
    }
    let mut sum = T::ZERO;
    for lane in lanes {
        sum += lane;
    }
    sum
}
