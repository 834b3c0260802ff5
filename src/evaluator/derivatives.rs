//! Derivatives beyond the gradient, by chosen steps and with error bars.

use std::time::Instant;

use ndarray::{Array, Array2, ArrayView2, Dimension, Ix1, Ix2, Ix3};

use super::Evaluator;
use super::auto::notice;
use super::direct::RunIn;
use super::lines::{Along, Line};
use crate::derivative::Derivative;
use crate::displacement::{Displaced, Displacement, NONE};
use crate::error::{Error, Result};
use crate::ladder::{Assessed, ROUND};
use crate::precision::{Precision, Real};
use crate::remark::Remark;
use crate::scheme::Scheme;

/// Evaluations of one line, and of one plane, in a round.
const LINE: usize = 2 * ROUND as usize;
const PLANE: usize = 4 * ROUND as usize;

/// A line through a point, by its axis or the point's vector.
#[derive(Clone, Copy)]
enum Wanted {
    Axis(usize),
    Vector,
}

/// Where a result goes: from the point, the line and the term.
type Places<'a, D> = &'a dyn Fn(usize, Wanted, Option<usize>, usize) -> Vec<D>;

/// Derivatives that are wanted.
struct Request<'a, D: Dimension> {
    points: ArrayView2<'a, f64>,
    /// One a point, if any line is along it.
    vectors: Option<ArrayView2<'a, f64>>,
    /// The lines through each point, and the axes across.
    lines: Vec<(Wanted, Option<usize>)>,
    /// Evaluations of each line in a round.
    evaluations: usize,
    by_term: bool,
    /// Of the results.
    shape: D,
    places: Places<'a, D>,
}

impl Evaluator<'_> {
    /// The derivatives of f along `directions`, one a point: ∇f·v, both arrays of shape `[batch, n]`, the result `[batch]`.
    /// Directions need not be of length 1; along 0 the derivative is 0.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and [`Error::Usage`] if the shapes differ or a direction is not finite.
    ///
    /// ```
    /// use plusminus::{Closure, Engine, Precision};
    /// let f = Closure::new(2, |x| x[0] * x[1])?;
    /// let engine = Engine::cpu(Precision::F64);
    /// let (x, v) = (ndarray::array![[2.0, 3.0]], ndarray::array![[1.0, -1.0]]);
    /// let along = engine.evaluator(&f)?.directional(x.view(), v.view())?;
    /// assert!((along.value[0] - 1.0).abs() <= along.error[0] && along.error[0] < 1e-12);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn directional(
        &mut self,
        points: ArrayView2<'_, f64>,
        directions: ArrayView2<'_, f64>,
    ) -> Result<Derivative<Ix1>> {
        self.check_directions(points, directions)?;
        self.derivatives(Request {
            points,
            vectors: Some(directions),
            lines: vec![(Wanted::Vector, None)],
            evaluations: LINE,
            by_term: false,
            shape: Ix1(points.nrows()),
            places: &|point, _, _, _| vec![Ix1(point)],
        })
    }

    /// The Hessians at `points` of shape `[batch, n]`: `[batch, n, n]`, symmetric. It takes about 32 n(n+1)/2 evaluations
    /// a point.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    ///
    /// ```
    /// use plusminus::{Closure, Engine, Precision};
    /// let f = Closure::new(2, |x| x[0].powi(3) * x[1])?;
    /// let engine = Engine::cpu(Precision::F64);
    /// let hessian = engine.evaluator(&f)?.hessian(ndarray::array![[2.0, 3.0]].view())?;
    /// assert!((hessian.value[[0, 0, 0]] - 36.0).abs() < 1e-8);
    /// assert!((hessian.value[[0, 0, 1]] - 12.0).abs() < 1e-8);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn hessian(&mut self, points: ArrayView2<'_, f64>) -> Result<Derivative<Ix3>> {
        let (batch, n) = points.dim();
        self.derivatives(Request {
            points,
            vectors: None,
            lines: (0..n).flat_map(|i| (i..n).map(move |j| (Wanted::Axis(i), Some(j)))).collect(),
            evaluations: PLANE,
            by_term: false,
            shape: Ix3(batch, n, n),
            places: &|point, along, across, _| match (along, across) {
                (Wanted::Axis(i), Some(j)) if i != j => vec![Ix3(point, i, j), Ix3(point, j, i)],
                (Wanted::Axis(i), _) => vec![Ix3(point, i, i)],
                (Wanted::Vector, _) => Vec::new(),
            },
        })
    }

    /// Hessians times `vectors`, one a point, without the Hessians: all arrays of shape `[batch, n]`. It takes about 32 n
    /// evaluations a point.
    ///
    /// # Errors
    /// As [`directional`](Self::directional).
    pub fn hessian_product(
        &mut self,
        points: ArrayView2<'_, f64>,
        vectors: ArrayView2<'_, f64>,
    ) -> Result<Derivative<Ix2>> {
        self.check_directions(points, vectors)?;
        let (batch, n) = points.dim();
        self.derivatives(Request {
            points,
            vectors: Some(vectors),
            lines: (0..n).map(|j| (Wanted::Vector, Some(j))).collect(),
            evaluations: PLANE,
            by_term: false,
            shape: Ix2(batch, n),
            places: &|point, _, across, _| across.map(|axis| Ix2(point, axis)).into_iter().collect(),
        })
    }

    /// The Jacobians of the selected terms at `points` of shape `[batch, n]`: `[batch, terms, n]`. The terms of
    /// [`WgslObjective::residuals`](crate::WgslObjective::residuals) and [`VectorClosure`](crate::VectorClosure) are the
    /// components of a vector; those of any other objective are what it is a sum or mean of.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    ///
    /// ```
    /// use plusminus::{Engine, Precision, VectorClosure};
    /// let f = VectorClosure::new(2, 2, |x, out| {
    ///     out[0] = x[0] * x[1];
    ///     out[1] = x[1].sin();
    /// })?;
    /// let engine = Engine::cpu(Precision::F64);
    /// let jacobian = engine.evaluator(&f)?.jacobian(ndarray::array![[2.0, 3.0]].view())?;
    /// assert!((jacobian.value[[0, 0, 0]] - 3.0).abs() < 1e-12);
    /// assert!((jacobian.value[[0, 1, 1]] - 3f64.cos()).abs() < 1e-12);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn jacobian(&mut self, points: ArrayView2<'_, f64>) -> Result<Derivative<Ix3>> {
        self.prepare()?;
        let (batch, n) = points.dim();
        self.derivatives(Request {
            points,
            vectors: None,
            lines: (0..n).map(|i| (Wanted::Axis(i), None)).collect(),
            evaluations: LINE,
            by_term: true,
            shape: Ix3(batch, self.terms_here(), n),
            places: &|point, along, _, term| match along {
                Wanted::Axis(i) => vec![Ix3(point, term, i)],
                Wanted::Vector => Vec::new(),
            },
        })
    }

    /// The selected terms at `points` of shape `[batch, n]`, each by itself: `[batch, terms]`.
    ///
    /// # Errors
    /// As [`values`](Self::values).
    pub fn terms(&mut self, points: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        match self.precision() {
            Precision::F64 => self.terms_in::<f64>(points),
            Precision::F32 => self.terms_in::<f32>(points),
        }
    }

    fn terms_in<T: Real>(&mut self, points: ArrayView2<'_, f64>) -> Result<Array2<f64>>
    where
        Self: RunIn<T>,
    {
        let (batch, n) = points.dim();
        self.start_all::<T>(points)?;
        let terms = self.terms_here();
        let mut all = Array2::zeros((batch, terms));
        let at_once = self.batch(1, 1, true);
        for first in (0..batch).step_by(at_once) {
            let count = at_once.min(batch - first);
            let x: Vec<T> = (first..first + count).flat_map(|p| points.row(p).to_vec()).map(T::of).collect();
            let at = |source| Displacement { source, base: NONE, axis: NONE, value: T::ZERO };
            let evaluations: Vec<_> = (0..count as u32).map(at).collect();
            let what =
                Displaced { dimension: n, sources: &x, bases: 0, evaluations: &evaluations, by_term: true };
            let found = self.displaced(&what)?;
            for point in 0..count {
                for term in 0..terms {
                    let value = found[term * count + point];
                    if !value.is_finite() {
                        return Err(self.explain(&x[point * n..][..n], first + point, None));
                    }
                    all[[first + point, term]] = value;
                }
            }
        }
        Ok(all)
    }

    fn check_directions(&self, points: ArrayView2<'_, f64>, directions: ArrayView2<'_, f64>) -> Result<()> {
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

    fn derivatives<D: Dimension>(&mut self, request: Request<'_, D>) -> Result<Derivative<D>> {
        match self.precision() {
            Precision::F64 => self.derivatives_in::<f64, D>(request),
            Precision::F32 => self.derivatives_in::<f32, D>(request),
        }
    }

    fn derivatives_in<T: Real, D: Dimension>(&mut self, request: Request<'_, D>) -> Result<Derivative<D>>
    where
        Self: RunIn<T>,
    {
        let Request { points, vectors, lines: asked, evaluations, by_term, shape, places } = request;
        let mut found = Found::new(shape);
        let begin = Instant::now();
        self.start_all::<T>(points)?;
        let (batch, n) = points.dim();
        let vectors: Vec<Vec<f64>> =
            vectors.iter().flat_map(|vectors| vectors.rows().into_iter().map(|row| row.to_vec())).collect();
        let moves = asked.iter().any(|(along, across)| matches!(along, Wanted::Vector) || across.is_some());
        let sources = if moves { 1 + LINE * if vectors.is_empty() { n } else { 1 } } else { 1 };
        let at_once = self.batch(sources, evaluations * asked.len() + 1, by_term);
        for first in (0..batch).step_by(at_once) {
            let last = (first + at_once).min(batch);
            let x: Vec<T> = (first..last).flat_map(|p| points.row(p).to_vec()).map(T::of).collect();
            let mut lines = Vec::new();
            for point in first..last {
                for &(along, across) in &asked {
                    let along = match along {
                        Wanted::Axis(axis) => Along::Axis(axis),
                        Wanted::Vector if vectors[point].iter().all(|&v| v == 0.0) => continue,
                        Wanted::Vector => Along::Vector(&vectors[point]),
                    };
                    lines.push(Line::new(point - first, &x[(point - first) * n..][..n], along, across));
                }
            }
            let (values, made) = self.lines(&x, &mut lines, Scheme::Central, by_term)?;
            found.evaluations += made;
            let count = last - first;
            if let Some(bad) = values.iter().position(|value| !value.is_finite()) {
                let point = bad % count;
                return Err(self.explain(&x[point * n..][..n], first + point, None));
            }
            for line in &lines {
                let (point, at) = (first + line.point, &x[line.point * n..][..n]);
                let (along, axis) = match line.along {
                    Along::Axis(axis) => (Wanted::Axis(axis), Some(axis)),
                    Along::Vector(_) => (Wanted::Vector, None),
                };
                for (term, result) in line.results.iter().enumerate() {
                    if result.scheme.is_none() {
                        return Err(self.no_side(at, point, axis.or(line.across).unwrap_or(0), line));
                    }
                    for place in places(point, along, line.across, term) {
                        found.put(place, result, line.step(result));
                    }
                    if let Some(notice) = notice(result, Scheme::Central, line.barred) {
                        let term = by_term.then_some(term);
                        found.remarks.push(Remark { point, axis, across: line.across, term, notice });
                    }
                }
            }
            self.tell(last, batch, true);
        }
        let Found { value, error, step, remarks, evaluations } = found;
        Ok(Derivative { value, error, step, remarks, evaluations, seconds: begin.elapsed().as_secs_f64() })
    }
}

/// A [`Derivative`] that is being filled.
struct Found<D: Dimension> {
    value: Array<f64, D>,
    error: Array<f64, D>,
    step: Array<f64, D>,
    remarks: Vec<Remark>,
    evaluations: u64,
}

impl<D: Dimension> Found<D> {
    fn new(shape: D) -> Self {
        let zeros = || Array::zeros(shape.clone());
        Found { value: zeros(), error: zeros(), step: zeros(), remarks: Vec::new(), evaluations: 0 }
    }

    fn put(&mut self, place: D, result: &Assessed, step: f64) {
        self.value[place.clone()] = result.value;
        self.error[place.clone()] = result.error;
        self.step[place] = step;
    }
}
