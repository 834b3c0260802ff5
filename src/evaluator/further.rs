//! Derivatives beyond the gradient: along a direction, Jacobians, Hessians and their products.

use std::time::Instant;

use ndarray::{ArrayView2, Ix1, Ix2, Ix3, RemoveAxis};

use super::request::{Request, Through};
use super::resolve::Source;
use super::{Evaluator, with_core};
use crate::difference::{Derivative, Difference};
use crate::error::{Error, Result};
use crate::memory;

/// Bytes that an entry of a Hessian takes at the peak, as measured (88 in one of 3,000 coordinates): three arrays, the planes to difference in,
/// and what comes of these.
const HESSIAN_ENTRY: usize = 88;

/// The same of a Jacobian: three arrays, and the values of terms.
const JACOBIAN_ENTRY: usize = 40;

impl Evaluator<'_> {
    /// The derivatives of f along `directions`, one a point: ∇f·v, both arrays of shape `[batch, n]`, the result `[batch]`.
    /// Directions need not be of length 1; along 0 the derivative is 0. A [relative step](crate::Step::Relative) is relative to the
    /// coordinate that the direction moves most.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and [`Error::Usage`] if the shapes differ or a direction is not finite.
    ///
    /// ```
    /// use plusminus::{Closure, Difference, Engine, Precision};
    /// let f = Closure::new(2, |x| x[0] * x[1])?;
    /// let (x, v) = (ndarray::array![[2.0, 3.0]], ndarray::array![[1.0, -1.0]]);
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let along = evaluator.directional(x.view(), v.view(), &Difference::default())?;
    /// let bar = along.error.map_or(f64::INFINITY, |bars| bars[0]);
    /// assert!((along.value[0] - 1.0).abs() <= bar && bar < 1e-12);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn directional(
        &mut self,
        points: ArrayView2<'_, f64>,
        directions: ArrayView2<'_, f64>,
        difference: &Difference,
    ) -> Result<Derivative<Ix1>> {
        check_directions(points, directions)?;
        let request = Request {
            points,
            vectors: Some(directions),
            lines: vec![(Through::Vector, None)],
            by_term: false,
            moved: None,
            in_order: false,
            shape: Ix1(points.nrows()),
            places: &|point, _, _, _| [Some(Ix1(point)), None],
        };
        self.beyond(&request, difference, 1, "directional derivatives")
    }

    /// The Hessians at `points` of shape `[batch, n]`: `[batch, n, n]`, symmetric. With adaptive steps it takes about
    /// 32 n(n+1)/2 evaluations a point.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    ///
    /// ```
    /// use plusminus::{Closure, Difference, Engine, Precision};
    /// let f = Closure::new(2, |x| x[0].powi(3) * x[1])?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let hessian = evaluator.hessian(ndarray::array![[2.0, 3.0]].view(), &Difference::default())?;
    /// assert!((hessian.value[[0, 0, 0]] - 36.0).abs() < 1e-8);
    /// assert!((hessian.value[[0, 0, 1]] - 12.0).abs() < 1e-8);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn hessian(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
    ) -> Result<Derivative<Ix3>> {
        let (batch, n) = points.dim();
        memory::check(&[batch, n, n], HESSIAN_ENTRY, &format!("{batch} Hessians of {n} coordinates"))?;
        let request = Request {
            points,
            vectors: None,
            lines: (0..n).flat_map(|i| (i..n).map(move |j| (Through::Axis(i), Some(j)))).collect(),
            by_term: false,
            moved: None,
            in_order: false,
            shape: Ix3(batch, n, n),
            places: &|point, along, across, _| match (along, across) {
                (Through::Axis(i), Some(j)) if i != j => [Some(Ix3(point, i, j)), Some(Ix3(point, j, i))],
                (Through::Axis(i), _) => [Some(Ix3(point, i, i)), None],
                (Through::Vector, _) => [None, None],
            },
        };
        self.beyond(&request, difference, 2, "Hessians")
    }

    /// Hessians times `vectors`, one a point, without the Hessians: all arrays of shape `[batch, n]`. With adaptive steps it
    /// takes about 32 n evaluations a point.
    ///
    /// # Errors
    /// As [`directional`](Self::directional).
    pub fn hessian_product(
        &mut self,
        points: ArrayView2<'_, f64>,
        vectors: ArrayView2<'_, f64>,
        difference: &Difference,
    ) -> Result<Derivative<Ix2>> {
        check_directions(points, vectors)?;
        let (batch, n) = points.dim();
        let request = Request {
            points,
            vectors: Some(vectors),
            lines: (0..n).map(|j| (Through::Vector, Some(j))).collect(),
            by_term: false,
            moved: None,
            in_order: false,
            shape: Ix2(batch, n),
            places: &|point, _, across, _| [across.map(|axis| Ix2(point, axis)), None],
        };
        self.beyond(&request, difference, 2, "products with Hessians")
    }

    /// The Jacobians of the selected terms at `points` of shape `[batch, n]`: `[batch, terms, n]`. The terms of
    /// [`WgslObjective::residuals`](crate::WgslObjective::residuals) and [`VectorClosure`](crate::VectorClosure) are the
    /// components of a vector; those of any other objective are what it is a sum or mean of.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    ///
    /// ```
    /// use plusminus::{Difference, Engine, Precision, VectorClosure};
    /// let f = VectorClosure::new(2, 2, |x, out| {
    ///     out[0] = x[0] * x[1];
    ///     out[1] = x[1].sin();
    /// })?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let jacobian = evaluator.jacobian(ndarray::array![[2.0, 3.0]].view(), &Difference::default())?;
    /// assert!((jacobian.value[[0, 0, 0]] - 3.0).abs() < 1e-12);
    /// assert!((jacobian.value[[0, 1, 1]] - 3f64.cos()).abs() < 1e-12);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn jacobian(
        &mut self,
        points: ArrayView2<'_, f64>,
        difference: &Difference,
    ) -> Result<Derivative<Ix3>> {
        let (batch, n) = points.dim();
        let terms = with_core!(self, pipeline => pipeline.backend.capacity()?.terms);
        let what = format!("{batch} Jacobians of {terms} terms in {n} coordinates");
        memory::check(&[batch, terms, n], JACOBIAN_ENTRY, &what)?;
        let request = Request {
            points,
            vectors: None,
            lines: (0..n).map(|i| (Through::Axis(i), None)).collect(),
            by_term: true,
            moved: None,
            in_order: true,
            shape: Ix3(batch, terms, n),
            places: &|point, along, _, term| match along {
                Through::Axis(i) => [Some(Ix3(point, term, i)), None],
                Through::Vector => [None, None],
            },
        };
        self.beyond(&request, difference, 1, "Jacobians")
    }

    /// A derivative along lines or in planes.
    fn beyond<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        difference: &Difference,
        derivative: usize,
        what: &str,
    ) -> Result<Derivative<D>> {
        let begin = Instant::now();
        let (rows, step) = with_core!(self, pipeline => {
            let resolved = pipeline.resolve_beyond(difference, derivative, what)?;
            let rows = match resolved.source {
                Source::Carried { bars } => pipeline.by_slopes(request, bars, resolved.scheme)?,
                Source::Finite => pipeline.at_step(request, (resolved.scheme, resolved.step))?,
                _ => pipeline.by_lists(request, &resolved)?,
            };
            (rows, resolved.step)
        });
        rows.answer(step, difference.on_failure, begin)
    }
}

fn check_directions(points: ArrayView2<'_, f64>, directions: ArrayView2<'_, f64>) -> Result<()> {
    if points.dim() != directions.dim() {
        return Err(Error::usage(format!(
            "points have the shape {:?} and directions {:?}: one direction a point, in as many coordinates",
            points.dim(),
            directions.dim()
        )));
    }
    match directions.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((point, axis), v)) => Err(Error::usage(format!(
            "component {axis} of the direction at point {point} is {v}: it must be finite"
        ))),
    }
}
