//! f(x) = ½·xᵀAx + bᵀx + c.

mod device;
mod enclosure;
mod increments;
mod terms;

use ndarray::{Array1, Array2, ArrayView1};
use rayon::prelude::*;

use self::enclosure::QuadraticEnclosures;
use self::increments::QuadraticIncrements;
use self::terms::{QuadraticTerms, Selected};
use super::{DeviceProgram, Enclosures, Incremental, Increments, Objective, Selection, Terms, Wgsl};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// Rows of A in one term. A quadratic of so few coordinates is one term and is differenced as a whole, exactly
/// as the textbook does; a larger one is differenced block by block, which loses less to rounding.
const ROWS: usize = 8;

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

    fn is_dense(&self) -> bool {
        matches!(self.a, Matrix::Dense(_))
    }

    /// The symmetric matrix S and the vector t with f(x) = ½·xᵀSx + tᵀx over the selected blocks of rows, without the
    /// constant: S = ½(DA + AᵀD), t = Db, where D keeps the selected rows.
    fn symmetric<T: Real>(&self, selection: Selection<'_>) -> Symmetric<T> {
        let n = self.b.len();
        let mut weight = vec![0.0; n];
        for s in 0..selection.len(self.terms()) {
            let block = selection.index(s) * ROWS;
            weight[block..(block + ROWS).min(n)].iter_mut().for_each(|w| *w += 1.0);
        }
        let linear = self.b.iter().zip(&weight).map(|(b, w)| T::of(b * w)).collect();
        let matrix = match &self.a {
            Matrix::Identity { scale } => weight.iter().map(|w| T::of(scale * w)).collect(),
            Matrix::Diagonal(d) => d.iter().zip(&weight).map(|(d, w)| T::of(d * w)).collect(),
            Matrix::Dense(a) => {
                let mut s = vec![T::ZERO; n * n];
                s.par_chunks_exact_mut(n).enumerate().for_each(|(i, row)| {
                    let column = a.column(i);
                    for (j, (to, &upper)) in row.iter_mut().zip(a.row(i)).enumerate() {
                        // In this order s[i, j] and s[j, i] are the same number.
                        let (mine, other) = (weight[i] * upper, weight[j] * column[j]);
                        *to = T::of(0.5 * (mine + other));
                    }
                });
                s
            }
        };
        Symmetric { matrix, dense: self.is_dense(), linear }
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

    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        Some(Box::new(Selected::of(self.prepare(), selection)))
    }

    fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
        self.check_f32()?;
        Ok(Box::new(Selected::of(self.prepare(), selection)))
    }

    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }

    fn device_program(&self) -> Option<&dyn DeviceProgram> {
        Some(self)
    }

    fn wgsl(&self) -> Result<Wgsl> {
        let n = self.b.len();
        let (form, iterations) = match self.a {
            Matrix::Dense(_) => (DENSE, ROWS as u64 * n.div_ceil(4) as u64 + ROWS as u64),
            _ => (DIAGONAL, ROWS as u64),
        };
        let source = format!("const N = {n}u;\nconst ROWS = {ROWS}u;\n{form}");
        let QuadraticTerms { a, b, .. } = self.prepare::<f64>();
        Ok(Wgsl { source, data: [b, a].concat(), indices: Vec::new(), iterations, ..Default::default() })
    }
}

impl Incremental for Quadratic {
    fn increments_f64(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f64>>>> {
        Ok(Some(Box::new(QuadraticIncrements::new(self, selection))))
    }

    fn increments_f32(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f32>>>> {
        self.check_f32()?;
        Ok(Some(Box::new(QuadraticIncrements::new(self, selection))))
    }

    fn enclosures<'s>(&'s self, selection: Selection<'_>) -> Option<Box<dyn Enclosures + 's>> {
        Some(Box::new(QuadraticEnclosures::new(self, selection)))
    }
}

const DENSE: &str = include_str!("../../../shaders/objective/quadratic_dense.wgsl");
const DIAGONAL: &str = include_str!("../../../shaders/objective/quadratic_diagonal.wgsl");

/// ½·xᵀSx + tᵀx with S symmetric.
struct Symmetric<T> {
    /// n·n elements by rows if dense, else the n elements of the diagonal.
    matrix: Vec<T>,
    dense: bool,
    linear: Vec<T>,
}
